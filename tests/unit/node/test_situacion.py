"""Deadlines, misses and what they mean, from a node's own evidence."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from pregon.node.estado import EstadoDelNodo, escribir, leer
from pregon.node.examen import Comprobacion, Nivel
from pregon.node.examen.noche import Entrega, en_llano, noche, ultima_entrega
from pregon.node.situacion import Situacion, situar
from pregon.paquete import bitacora
from pregon.paquete.bitacora import Asiento
from pregon.paquete.difusores import Estado
from pregon.paquete.manifest import Manifest

PUBLICADO = datetime(2026, 6, 8, 4, 30, 4, tzinfo=UTC)
"""22:30:04 in Coahuila."""
CORTE = Manifest(
    rol="oficial",
    numero=24,
    instante=datetime(2026, 6, 8, 4, 30, tzinfo=UTC),
    publicado=PUBLICADO,
    no_antes_de=datetime(2026, 6, 8, 0, 30, tzinfo=UTC),
    periodo=600.0,
    ultimo=False,
    catalogo="0" * 64,
    huella="0" * 64,
    anterior=None,
    bitacora=None,
    archivos=(),
)
AL_DIA = EstadoDelNodo(
    latido=PUBLICADO + timedelta(seconds=5),
    heartbeat=30,
    vence=PUBLICADO + timedelta(seconds=1800),
    difusor=Estado.ACTIVO,
    entero=False,
)
ENTREGA = Entrega(
    hora=PUBLICADO + timedelta(seconds=6), resultado="activado", corte=24, archivos=83, causa=""
)


def tras(segundos: float, *, manifest: Manifest | None = CORTE, **cambios: object) -> Situacion:
    # `replace` is checked by the dataclass at run time; a test may set any field.
    estado = replace(AL_DIA, **cambios)  # type: ignore[arg-type]  # any field
    return situar(manifest, estado, ahora=PUBLICADO + timedelta(seconds=segundos))


def juzgar(situacion: Situacion, entrega: Entrega | None = ENTREGA) -> Mapping[str, Comprobacion]:
    return {una.id: una for una in noche(situacion, entrega, zona=ZoneInfo("America/Monterrey"))}


@pytest.mark.parametrize(
    ("segundos", "faltas", "corte", "vence"),
    [(0, 0, 25, 1200), (1199, 0, 25, 1200), (1200, 1, 26, 1800), (1800, 2, 27, 2400), (2400, 3, 28, 3000)],
)
def test_the_deadline_of_a_corte_is_the_instant_of_the_one_after_it(
    segundos: int, faltas: int, corte: int, vence: int
) -> None:
    situacion = tras(segundos)

    assert situacion.faltas == faltas
    assert situacion.siguiente is not None
    assert situacion.siguiente.corte == corte
    assert situacion.siguiente.vence == PUBLICADO + timedelta(seconds=vence)


def test_corte_1_is_due_at_the_opening_whenever_paquete_0_was_published() -> None:
    cero = replace(
        CORTE, numero=0, instante=None, huella=None, publicado=CORTE.no_antes_de - timedelta(days=2)
    )

    situacion = situar(cero, AL_DIA, ahora=CORTE.no_antes_de - timedelta(hours=1))

    assert situacion.siguiente is not None
    assert (situacion.siguiente.corte, situacion.faltas, situacion.edad) == (1, 0, None)
    assert situacion.siguiente.vence == CORTE.no_antes_de + timedelta(seconds=600)


@pytest.mark.parametrize(
    "situacion",
    [
        tras(9999, manifest=replace(CORTE, ultimo=True)),
        tras(9999, difusor=Estado.CERRADO),
        tras(9999, manifest=None),
    ],
    ids=["último", "cerrado", "sin corte"],
)
def test_after_the_last_corte_and_before_the_first_nothing_is_missed(situacion: Situacion) -> None:
    assert (situacion.siguiente, situacion.faltas, situacion.edad) == (None, 0, None)


def test_a_night_that_goes_well_has_nothing_to_do() -> None:
    juzgadas = juzgar(tras(300))

    assert {una.nivel for una in juzgadas.values()} == {Nivel.BIEN}
    assert {una.hacer for una in juzgadas.values()} == {""}
    assert "24, de las 22:30 (publicado 22:30:04, hace 0.5 periodos)" in juzgadas["corte"].dice
    assert "el corte 25 debe verse aquí antes de las 22:50:04: quedan 900 s" in juzgadas["plazo"].dice
    assert "22:30:10: corte 24 verificado y activado, 83 archivos" in juzgadas["entrega"].dice


@pytest.mark.parametrize(
    ("situacion", "cual", "nivel", "dice"),
    [
        (tras(0, manifest=None), "corte", Nivel.AVISO, "aún no llega el primer paquete"),
        (tras(0, manifest=None), "portada", Nivel.AVISO, "503"),
        (tras(1000), "portada", Nivel.AVISO, "no recibe cortes"),
        (tras(1900, latido=PUBLICADO + timedelta(seconds=1000)), "portada", Nivel.FALLA, "sin actualización"),
        (tras(1900), "portada", Nivel.FALLA, "se interrumpió"),
        (tras(1300), "plazo", Nivel.AVISO, "1 periodo sin corte"),
        (tras(2500), "plazo", Nivel.FALLA, "3 periodos sin corte"),
        (tras(0, difusor=None), "vigilancia", Nivel.AVISO, "no nombra"),
        (tras(0, difusor=Estado.DEMORADO), "vigilancia", Nivel.AVISO, "demorado"),
        (tras(0, difusor=Estado.RECONEXION), "vigilancia", Nivel.AVISO, "reconexión"),
        (tras(0, difusor=Estado.SUSPENDIDO), "vigilancia", Nivel.FALLA, "suspendido"),
        (tras(0, difusor=Estado.SUSPENDIDO), "portada", Nivel.FALLA, "aviso de suspensión"),
        (tras(0, pendiente="aún no está objetos/ab"), "entrega", Nivel.AVISO, "otra está a medias"),
    ],
)
def test_what_is_wrong_is_told_with_what_to_do(
    situacion: Situacion, cual: str, nivel: Nivel, dice: str
) -> None:
    una = juzgar(situacion)[cual]

    assert una.nivel is nivel
    assert dice in una.dice
    assert una.hacer


@pytest.mark.parametrize(
    ("situacion", "nivel", "dice"),
    [
        (tras(-3600), Nivel.FALLA, "atrasado al menos 3600 s"),
        (tras(900, latido=PUBLICADO - timedelta(seconds=90)), Nivel.FALLA, "atrasado al menos 90 s"),
        (tras(5000), Nivel.AVISO, "ya venció"),
        (tras(1500, latido=PUBLICADO + timedelta(seconds=1400)), Nivel.AVISO, "1400 s después de firmada"),
    ],
)
def test_e1_the_clock_is_compared_with_what_was_signed(situacion: Situacion, nivel: Nivel, dice: str) -> None:
    una = juzgar(situacion)["firmas"]

    assert una.nivel is nivel
    assert dice in una.dice
    assert una.hacer


@pytest.mark.parametrize(
    ("causa", "dice"),
    [
        ("el corte 23 es anterior al 24 ya aceptado", "anterior a lo que ya se aceptó"),
        (
            "la firma o los metadatos no son válidos (BadVersionNumberError: x)",
            "anterior a lo que ya se aceptó",
        ),
    ],
)
def test_a2_an_older_corte_refused_is_told_in_plain_words(causa: str, dice: str) -> None:
    una = juzgar(tras(60, rechazo=causa))["entrega"]

    assert una.nivel is Nivel.FALLA
    assert dice in una.dice
    assert una.hacer.startswith("nada: lo que se muestra está bien")


@pytest.mark.parametrize(
    ("causa", "dice"),
    [
        ("el paquete es de «simulacro-x» y este nodo sólo acepta «oficial»", "de otra noche"),
        ("el repositorio no publica «oficial», el único rol que este nodo acepta", "de otra noche"),
        ("hay dos cortes 24 distintos: ab y cd", "dos cortes distintos"),
        ("«index.html» llegó alterado", "archivo alterado"),
        ("la firma o los metadatos no son válidos (UnsignedMetadataError: x)", "no lo firmó la raíz"),
        ("el corte 1 se firmó a las 1 y no puede publicarse antes de 2", "antes de la apertura"),
        ("algo que nadie pensó", "no se puede creer"),
    ],
)
def test_every_refusal_has_plain_words_and_something_to_do(causa: str, dice: str) -> None:
    dicho, hacer = en_llano(causa)

    assert dice in dicho
    assert hacer


def test_the_last_delivery_is_the_last_that_did_something() -> None:
    libro: list[Asiento] = []
    for acto, objeto, datos in (
        ("activado", "23", {"manifest": "0", "archivos": 80}),
        ("activado", "24", {"manifest": "0", "archivos": 83}),
        ("reparado", "cortes/24/index.html", {}),
    ):
        previo = libro[-1] if libro else None
        libro.append(
            bitacora.encadenar(
                previo, instante=PUBLICADO, actor="nodo d1", acto=acto, objeto=objeto, datos=datos
            )
        )

    ultima = ultima_entrega(libro)

    assert ultima is not None
    assert (ultima.resultado, ultima.corte, ultima.archivos) == ("activado", 24, 83)
    assert ultima_entrega([]) is None


def test_a_state_is_read_back_also_one_of_before_receipts() -> None:
    viejo = escribir(AL_DIA).replace(b'"entero":false,', b"").replace(b'"pedido":null,', b"")

    assert leer(escribir(AL_DIA)) == AL_DIA
    assert leer(viejo) == replace(AL_DIA, entero=True)
