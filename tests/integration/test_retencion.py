"""A corte is held, shown, released or superseded: a real origin, a source that fails, an engine that lies."""

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, NoReturn

import pytest

from pregon.errors import ErrorDeConfiguracion, ErrorDeDatos, ErrorDeOperacion, ErrorDeRed
from pregon.origin import motor
from pregon.origin.jornada import Fase
from pregon.origin.retencion import Desenlace, Motivo, escribir, terminar
from pregon.origin.sources.fuente import Entrada
from pregon.origin.sources.sintetica import Sintetica
from pregon.paquete.bitacora import Acto
from pregon.prep.acta import Acta
from pregon.prep.corte import Corte, Totales
from pregon.prep.jornada import Jornada
from pregon.storage.bitacora import Bitacora
from pregon.testing.jornada import CADA, CORTES, FuenteConFallas, Noche, Saboteador

TROZADO = ("DIP_LOC.csv, fila 812: el archivo termina a media fila",)
MIRADA = CADA / 60
"""Between two looks at the source of a held corte."""


@pytest.fixture
def noche(tmp_path: Path) -> Noche:
    """One corte is published and the second one is due."""
    noche = Noche(tmp_path)
    noche.admitir("ana", "luis", "eva")
    noche.a_la_hora(1)
    noche.origen().paso()
    noche.a_la_hora(2)
    return noche


@pytest.mark.parametrize("nivel", ["entidad", "unidad", "seccion"])
def test_c1_one_cell_that_the_second_engine_counts_otherwise_holds_the_corte(
    noche: Noche, nivel: str
) -> None:
    noche.contar = Saboteador(nivel)

    noche.origen().paso()

    retenido = noche.retenido()
    assert noche.publicado() == 1
    assert retenido is not None
    assert (retenido.numero, retenido.motivos) == (2, (Motivo.MOTORES,))
    assert retenido.plazo == noche.cadencia.debido(3)
    assert any(c.texto.startswith("Diputaciones Locales: ") for c in retenido.causas)
    (asiento,) = noche.actos(Acto.RETENIDO)
    assert asiento["motivos"] == [Motivo.MOTORES.value]


def test_c1_engines_that_agree_again_publish_it(noche: Noche) -> None:
    noche.contar = saboteador = Saboteador("seccion")
    origen = noche.origen()
    origen.paso()

    saboteador.activo = False
    noche.reloj.ahora += MIRADA
    origen.paso()

    assert noche.publicado() == 2
    assert noche.retenido() is None
    assert len(noche.actos(Acto.ENTERO)) == 1


def test_c1_an_engine_that_cannot_count_holds_and_offers_nothing(noche: Noche) -> None:
    def no_cuadra(*_: object, **__: object) -> NoReturn:
        raise ValueError("el corte no cuadra en distrito 3")

    noche.contar = no_cuadra
    noche.origen().paso()

    retenido = noche.retenido()
    assert retenido is not None
    assert retenido.contenido is None
    assert "no cuadra en distrito 3" in retenido.causas[0].texto
    assert "no hay nada que liberar" in retenido.consejo
    assert "Liberarlo" not in retenido.consejo
    with pytest.raises(ErrorDeOperacion, match="nada que liberar: los dos motores no coinciden"):
        noche.firmar("ana")


def test_c1_a_corte_that_does_not_square_and_cannot_even_be_written_is_held(noche: Noche) -> None:
    def negativo(jornada: Jornada, **datos: Any) -> Corte:
        corte = motor.contar(jornada, **datos)
        primero, *otros = corte.resultados
        totales = Totales(tuple(-cifra for cifra in primero.totales.cifras))
        return replace(corte, resultados=(replace(primero, totales=totales), *otros))

    noche.contar = negativo
    noche.origen().paso()

    retenido = noche.retenido()
    assert retenido is not None
    assert (retenido.motivos, retenido.contenido) == ((Motivo.MOTORES,), None)
    assert "Diputaciones Locales: no cuadra en " in retenido.causas[0].texto


def test_c2_a_torn_input_is_held_and_published_as_soon_as_it_is_whole(noche: Noche) -> None:
    origen = noche.origen()
    noche.fuente.causas = TROZADO
    origen.paso()
    assert noche.publicado() == 1

    noche.reloj.ahora += timedelta(minutes=4)
    origen.paso()
    noche.fuente.causas = ()
    noche.reloj.ahora += timedelta(minutes=1)
    origen.paso()

    ultimo = noche.repositorio().ultimo()
    assert ultimo is not None
    assert ultimo.numero == 2
    # Ages and the turn of the difusores count from when it went out, not from when it was due.
    assert ultimo.publicado == noche.cadencia.debido(2) + timedelta(minutes=5)
    assert [a["causas"] for a in noche.actos(Acto.RETENIDO)] == [list(TROZADO)]
    assert len(noche.actos(Acto.ENTERO)) == 1


CANARIO = "postgresql://prep:" + "canario@10.0.0.1/captura"


def _con_secreto(noche: Noche) -> None:
    """Somebody pasted a connection string where the election is described."""
    fuente = noche.fuente.fuente
    assert isinstance(fuente, Sintetica)
    instituto = replace(fuente.jornada.instituto, nombre=f"Instituto {CANARIO}")
    fuente.jornada = replace(fuente.jornada, instituto=instituto)


def test_b8_a_corte_that_seems_to_hold_a_secret_is_held_until_two_persons_have_looked(noche: Noche) -> None:
    """Never published by itself; and a false alarm stops no night."""
    _con_secreto(noche)
    origen = noche.origen()
    origen.paso()

    retenido = noche.retenido()
    assert noche.publicado() == 1
    assert retenido is not None
    assert retenido.motivos == (Motivo.SECRETO,)
    assert "una dirección con contraseña, en la línea" in retenido.causas[0].texto
    assert "canario" not in str(retenido)

    noche.firmar("ana")
    noche.firmar("luis")
    noche.reloj.ahora += MIRADA
    origen.paso()
    assert noche.publicado() == 2


def test_b8_a_paquete_before_the_opening_is_not_made_with_a_secret(tmp_path: Path) -> None:
    noche = Noche(tmp_path)
    _con_secreto(noche)

    noche.origen().paso()

    assert noche.publicado() is None
    (falla,) = noche.actos("falla")
    assert "«index.html» lleva un secreto: una dirección con contraseña" in falla["causa"]
    assert "canario" not in falla["causa"]


@pytest.mark.parametrize(
    "error", [ErrorDeDatos("no hay archivos"), ErrorDeRed("no contesta"), RecursionError("demasiado hondo")]
)
def test_c2_a_source_that_cannot_be_read_holds_with_nothing_to_release(
    noche: Noche, error: Exception
) -> None:
    noche.fuente.error = error

    noche.origen().paso()

    retenido = noche.retenido()
    assert retenido is not None
    assert (retenido.motivos, retenido.contenido) == ((Motivo.FUENTE,), None)
    assert ("falla del programa" in retenido.causas[0].texto) == isinstance(error, RecursionError)
    assert "no hay nada que liberar" in retenido.consejo
    with pytest.raises(ErrorDeOperacion, match="nada que liberar"):
        noche.firmar("ana")


def test_c2_a_held_corte_stops_no_heartbeat(noche: Noche) -> None:
    origen = noche.origen()
    noche.fuente.causas = TROZADO
    origen.paso()
    antes = noche.latidos()

    noche.reloj.ahora += CADA / 2
    origen.paso()

    assert noche.latidos() == antes + 1


def test_c2_a_restart_while_the_source_is_down_goes_on(noche: Noche) -> None:
    noche.fuente.error = ErrorDeRed("no contesta")
    noche.origen().paso()
    antes = noche.latidos()

    noche.reloj.ahora += CADA / 2
    noche.origen().paso()

    assert noche.latidos() == antes + 1
    retenido = noche.retenido()
    assert retenido is not None
    assert retenido.desde == noche.cadencia.debido(2)


def test_c2_many_looks_fill_neither_book_nor_disk(noche: Noche) -> None:
    origen = noche.origen()
    for fila in range(3):
        noche.fuente.causas = tuple(f"fila {fila + n}: incompleta" * 40 for n in range(100))
        noche.reloj.ahora += MIRADA
        origen.paso()

    retenido = noche.retenido()
    assert retenido is not None
    assert (len(retenido.causas), retenido.cuantas) == (20, 100)
    assert max(len(c.texto) for c in retenido.causas) == 300
    assert len(noche.actos(Acto.RETENIDO)) == 1


def test_c2_a_held_corte_leaves_its_source_in_peace_between_two_looks(noche: Noche) -> None:
    lecturas: list[datetime] = []

    class Anotada(FuenteConFallas):
        def leer(self, hasta: datetime) -> Entrada:
            lecturas.append(noche.reloj.ahora)
            return super().leer(hasta)

    origen = noche.origen(Anotada(fuente=noche.fuente, causas=TROZADO))
    for _ in range(5):
        origen.paso()
    noche.reloj.ahora += MIRADA
    origen.paso()

    assert lecturas == [noche.cadencia.debido(2), noche.cadencia.debido(2) + MIRADA]


def test_c7_a_corte_whole_again_that_could_not_be_published_is_superseded_and_said_to_be(
    noche: Noche,
) -> None:
    origen = noche.origen()
    noche.fuente.causas = TROZADO
    origen.paso()
    objetos = noche.carpeta / "repositorio" / "objetos"
    objetos.rename(noche.carpeta / "aparte")
    objetos.touch()

    noche.fuente.causas = ()
    noche.reloj.ahora += MIRADA
    origen.paso()
    assert noche.publicado() == 1
    objetos.unlink()
    (noche.carpeta / "aparte").rename(objetos)
    noche.a_la_hora(3)
    origen.paso()

    assert noche.publicado() == 3
    assert [a["superado_por"] for a in noche.actos(Acto.SUPERADO)] == [3]


def test_c7_the_next_corte_supersedes_the_one_held(noche: Noche) -> None:
    origen = noche.origen()
    noche.fuente.causas = TROZADO
    origen.paso()

    noche.fuente.causas = ()
    noche.a_la_hora(3)
    origen.paso()

    assert noche.publicado() == 3
    assert noche.retenido() is None
    assert [a["superado_por"] for a in noche.actos(Acto.SUPERADO)] == [3]
    assert noche.actos(Acto.OMITIDOS) == []


def test_c7_a_look_longer_than_its_period_skips_the_next_and_says_so(noche: Noche) -> None:
    class Lenta(FuenteConFallas):
        def leer(self, hasta: datetime) -> Entrada:
            if noche.reloj.ahora == noche.cadencia.debido(2):
                noche.reloj.ahora += 2.5 * CADA
            return super().leer(hasta)

    origen = noche.origen(Lenta(fuente=noche.fuente))
    origen.paso()
    assert noche.publicado() == 2
    origen.paso()

    assert noche.publicado() == 4
    assert [d["numeros"] for d in noche.actos(Acto.OMITIDOS)] == [[3]]


def test_e2_a_clock_that_steps_back_makes_no_corte_below_one_held(noche: Noche) -> None:
    origen = noche.origen()
    noche.fuente.causas = TROZADO
    noche.a_la_hora(4)
    origen.paso()

    noche.fuente.causas = ()
    noche.a_la_hora(2)
    origen.paso()

    assert noche.publicado() == 4


def test_c2_two_persons_release_what_could_be_read(noche: Noche) -> None:
    origen = noche.origen()
    noche.fuente.causas = TROZADO
    origen.paso()

    noche.firmar("ana", motivo="el renglón 812 se verificó con el acta")
    origen.paso()
    assert noche.publicado() == 1
    noche.firmar("luis", motivo="de acuerdo, oficio 12")
    origen.paso()

    assert noche.publicado() == 2
    (liberado,) = noche.actos(Acto.LIBERADO)
    assert [(f["nombre"], f["motivo"]) for f in liberado["firmas"]] == [
        ("Ana", "el renglón 812 se verificó con el acta"),
        ("Luis", "de acuerdo, oficio 12"),
    ]


def test_c1_what_is_released_is_the_corte_of_the_first_engine(noche: Noche) -> None:
    noche.contar = Saboteador("entidad")
    origen = noche.origen()
    origen.paso()
    noche.firmar("ana")
    noche.firmar("eva")

    origen.paso()

    assert _encabezado(noche)["TOTAL_VOTOS_C_CS"] == _votos(noche, 2) + 1


def test_c2_a_content_that_changed_needs_new_signatures(noche: Noche) -> None:
    origen = noche.origen()
    noche.fuente.causas = TROZADO
    origen.paso()
    noche.firmar("ana")
    noche.fuente.causas = (*TROZADO, "fila 813: falta")
    origen.paso()

    assert len(noche.firmar("luis")) == 1
    origen.paso()
    assert noche.publicado() == 1
    noche.firmar("ana")
    origen.paso()

    assert noche.publicado() == 2


def _una_dos_veces(noche: Noche) -> None:
    noche.firmar("ana")
    noche.firmar("ana", motivo="otra vez")


def _llave_ajena(noche: Noche) -> None:
    shutil.copy(noche.carpeta / "personas/luis.pem", noche.carpeta / "personas/ana.pem")
    noche.firmar("ana")


def _sin_motivo(noche: Noche) -> None:
    noche.firmar("ana", motivo="  ")


def _a_solas(noche: Noche) -> None:
    noche.personas = noche.personas[:1]
    noche.firmar("ana")


@pytest.mark.parametrize(
    ("acto", "error", "texto"),
    [
        (_una_dos_veces, ErrorDeOperacion, "«Ana» ya firmó"),
        (lambda noche: noche.firmar("pedro"), ErrorDeConfiguracion, "no hay una persona «pedro»"),
        (_llave_ajena, ErrorDeConfiguracion, "no es la llave privada de «ana»"),
        (_sin_motivo, ErrorDeConfiguracion, "--motivo"),
        (_a_solas, ErrorDeConfiguracion, "hacen falta dos personas"),
    ],
)
def test_c2_an_act_that_is_worth_nothing_is_refused(
    noche: Noche, acto: Callable[[Noche], object], error: type[Exception], texto: str
) -> None:
    noche.fuente.causas = TROZADO
    noche.origen().paso()

    with pytest.raises(error, match=texto):
        acto(noche)


@pytest.mark.parametrize("campo", ["contenido", "motivo", "firma"])
def test_c2_a_signature_serves_for_nothing_else(noche: Noche, campo: str) -> None:
    origen = noche.origen()
    noche.fuente.causas = TROZADO
    origen.paso()
    noche.firmar("ana")
    libro = Bitacora(noche.carpetas.liberaciones, "luis")
    ajena = dict(libro.leer()[0].datos)
    libro.append(noche.reloj.ahora, "liberar", "corte 2", {**ajena, campo: "0" * 128})

    origen.paso()

    assert noche.publicado() == 1


def test_c2_the_signatures_of_one_corte_do_not_serve_the_next(noche: Noche) -> None:
    origen = noche.origen()
    noche.fuente.causas = TROZADO
    origen.paso()
    noche.a_la_hora(3)
    noche.firmar("ana")
    noche.firmar("luis")

    origen.paso()

    assert noche.publicado() == 1
    retenido = noche.retenido()
    assert retenido is not None
    assert retenido.numero == 3


def test_c2_a_broken_book_of_releases_holds_up_no_corte(noche: Noche) -> None:
    origen = noche.origen()
    noche.carpetas.liberaciones.write_bytes(b"no es un libro\n")

    origen.paso()

    assert noche.publicado() == 2
    assert len(noche.actos("falla")) == 1


def test_c2_the_last_corte_waits_for_people(noche: Noche) -> None:
    origen = noche.origen()
    noche.fuente.causas = TROZADO
    noche.a_la_hora(CORTES)
    origen.paso()
    noche.reloj.ahora += 20 * CADA
    origen.paso()

    retenido = noche.retenido()
    assert retenido is not None
    assert retenido.plazo is None
    assert "Es el último corte" in retenido.consejo
    assert noche.publicado() == 1
    noche.firmar("ana")
    noche.firmar("luis")
    origen.paso()

    assert origen.fase is Fase.CERRADA


def test_f1_a_hold_and_its_signatures_survive_every_restart(noche: Noche) -> None:
    noche.fuente.causas = TROZADO
    noche.origen().paso()
    noche.firmar("ana")
    noche.reloj.ahora += timedelta(minutes=2)
    noche.origen().paso()
    noche.firmar("luis")

    noche.origen().paso()

    assert noche.publicado() == 2
    assert len(noche.actos(Acto.RETENIDO)) == 1
    (liberado,) = noche.actos(Acto.LIBERADO)
    assert datetime.fromisoformat(liberado["desde"]) == noche.cadencia.debido(2)


def test_f1_a_release_that_was_decided_and_not_done_is_done_by_the_next_life(noche: Noche) -> None:
    noche.fuente.causas = TROZADO
    noche.origen().paso()
    noche.firmar("ana")
    firmas = noche.firmar("luis")
    retenido = noche.retenido()
    assert retenido is not None
    decidido = terminar(retenido, Desenlace.LIBERADO, firmas=firmas)
    (noche.carpetas.retenciones / "2.json").write_bytes(escribir(decidido))  # killed right here

    noche.origen().paso()

    assert noche.publicado() == 2
    assert len(noche.actos(Acto.LIBERADO)) == 1


def test_f1_a_hold_without_its_entry_is_recorded_by_the_next_life(noche: Noche) -> None:
    noche.fuente.causas = TROZADO
    noche.origen().paso()
    libro = noche.carpetas.bitacora
    libro.write_bytes(b"".join(libro.read_bytes().splitlines(keepends=True)[:-1]))
    assert noche.actos(Acto.RETENIDO) == []

    noche.origen()

    assert len(noche.actos(Acto.RETENIDO)) == 1


@pytest.mark.parametrize("vidas", [1, 2])
def test_c4_a_correction_is_published_listed_and_recorded_also_after_a_restart(
    noche: Noche, vidas: int
) -> None:
    noche.a_la_hora(3)
    origenes = [noche.origen()]
    origenes[0].paso()
    _corregir_despues_de(noche, 3)

    noche.a_la_hora(4)
    origenes += [noche.origen() for _ in range(1, vidas)]
    origenes[-1].paso()

    assert noche.publicado() == 4
    (cambios,) = _cambios(noche)
    (corregida,) = cambios["corregidas"]
    (voto,) = [c for c in corregida["campos"] if c["campo"] != "TOTAL_VOTOS_CALCULADO"]
    assert voto["despues"] == voto["antes"] - 1
    correcciones = noche.actos("publicación")[-1]["correcciones"]["DIP_LOC"]
    assert correcciones["corregidas"] == 1
    assert any(linea.startswith("corregidas: ") for linea in correcciones["muestra"])


def _corregir_despues_de(noche: Noche, numero: int) -> None:
    publicadas = noche.fuente.leer(noche.cadencia.instante(numero)).actas["DIP_LOC"]
    elegida = next(a for a in publicadas if a.contada and isinstance(a.votos[0], int) and a.votos[0] > 0)

    def corregir(acta: Acta) -> Acta:
        if acta.renglon != elegida.renglon:
            return acta
        primero, *otros = acta.votos
        assert isinstance(primero, int)
        return replace(acta, votos=(primero - 1, *otros))

    noche.fuente.corregir = corregir


def _cambios(noche: Noche) -> list[dict[str, Any]]:
    repositorio = noche.repositorio()
    ultimo = repositorio.ultimo()
    assert ultimo is not None
    sha = next(a.sha256 for a in ultimo.archivos if a.ruta == "corte.json")
    figuras = json.loads(repositorio.objetos.path(sha).read_bytes())
    return [e["cambios"] for e in figuras["elecciones"]]


def test_c4_a_published_corte_that_cannot_be_read_back_holds_up_no_corte(noche: Noche) -> None:
    repositorio = noche.repositorio()
    ultimo = repositorio.ultimo()
    assert ultimo is not None
    for archivo in ultimo.archivos:
        if archivo.ruta.endswith(".csv"):
            repositorio.objetos.discard(archivo.sha256)

    noche.origen().paso()

    assert noche.publicado() == 2
    assert "no se pudo leer" in str(noche.actos("falla"))


def test_c12_actas_that_the_source_verified_and_the_corte_lacks_raise_the_alarm_until_they_agree(
    noche: Noche, caplog: pytest.LogCaptureFixture
) -> None:
    noche.fuente.verificadas = {"DIP_LOC": 999}
    noche.origen().paso()
    assert noche.publicado() == 2
    capturadas = _encabezado(noche)["ACTAS_CAPTURADAS"]
    assert "informa 999 actas verificadas" in caplog.text

    noche.a_la_hora(3)
    noche.origen().paso()
    assert noche.actos(Acto.ALARMA) == [{"corte": 2, "fuente": 999, "capturadas": capturadas}]
    noche.a_la_hora(4)
    noche.fuente.verificadas = {"DIP_LOC": _capturadas(noche, 4)}
    noche.origen().paso()

    assert [a["corte"] for a in noche.actos(Acto.FIN_DE_ALARMA)] == [4]
    assert len(noche.actos(Acto.ALARMA)) == 1


def test_c2_the_acta_tells_holds_releases_and_alarms_of_the_night(noche: Noche) -> None:
    noche.fuente.causas = TROZADO
    noche.fuente.verificadas = {"DIP_LOC": 999}
    noche.origen().paso()
    noche.a_la_hora(CORTES)
    origen = noche.origen()
    origen.paso()
    noche.firmar("ana", motivo="cotejado")
    noche.firmar("luis", motivo="oficio 12")
    origen.paso()
    noche.reloj.ahora += 4 * CADA
    origen.paso()

    acta = noche.carpetas.acta.read_text(encoding="utf-8")
    assert f"no se publicó; lo superó el corte {CORTES}" in acta
    assert "se publicó liberado por Ana: cotejado; Luis: oficio 12" in acta
    assert "| DIP_LOC | 2 | 999 |" in acta
    assert "la fuente y los cortes no tenían las mismas actas" in acta


def test_c12_a_source_that_wavers_while_a_corte_is_held_does_not_fill_the_book(noche: Noche) -> None:
    origen = noche.origen()
    noche.fuente.causas = TROZADO
    for verificadas in (999, _capturadas(noche, 2)) * 5:
        noche.fuente.verificadas = {"DIP_LOC": verificadas}
        noche.reloj.ahora += MIRADA
        origen.paso()

    assert (len(noche.actos(Acto.ALARMA)), len(noche.actos(Acto.FIN_DE_ALARMA))) == (1, 1)


def test_c7_the_lag_of_skipped_cortes_is_recorded(noche: Noche) -> None:
    antes = _encabezado(noche)["ACTAS_CAPTURADAS"]
    noche.fuente.verificadas = {"DIP_LOC": antes + 77}
    noche.a_la_hora(4)

    noche.origen().paso()

    assert noche.actos(Acto.OMITIDOS) == [{"numeros": [2, 3], "rezago": {"DIP_LOC": 77}}]


def _encabezado(noche: Noche) -> dict[str, int]:
    """Return the header figures of the newest corte."""
    encabezado: dict[str, int] = noche.actos("publicación")[-1]["encabezados"]["DIP_LOC"]
    return encabezado


def _capturadas(noche: Noche, numero: int) -> int:
    actas = noche.fuente.fuente.leer(noche.cadencia.instante(numero)).actas["DIP_LOC"]
    return sum(a.capturada for a in actas)


def _votos(noche: Noche, numero: int) -> int:
    actas = noche.fuente.fuente.leer(noche.cadencia.instante(numero)).actas["DIP_LOC"]
    return sum(a.total_calculado for a in actas if a.contada)
