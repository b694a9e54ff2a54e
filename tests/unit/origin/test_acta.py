from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from pregon.documentos.markdown import escribir
from pregon.origin.acta import (
    AlarmaDeContraste,
    CambioDeVigilancia,
    CortePublicado,
    CorteRetenido,
    DatosDeCierre,
    DifusorAlCierre,
    MotivoDeCierre,
    acta_circunstanciada,
)
from pregon.origin.retencion import Desenlace
from pregon.paquete.difusores import Causa, Estado
from pregon.paquete.manifest import Archivo, Manifest
from pregon.prep.acta import Clase
from pregon.prep.corte import CAMPOS_ENCABEZADO, Corte, ResultadoEleccion, Totales
from pregon.prep.jornada import Ambito, Eleccion, Jornada, Tipo
from pregon.testing.estrategias import INSTITUTO

APERTURA = datetime(2026, 6, 8, 0, 30, tzinfo=UTC)
DIEZ = timedelta(minutes=10)
HUELLA, SHA, RAIZ, CABEZA, ZIP = (letra * 64 for letra in "abcde")


def _jornada(tipo: Tipo = Tipo.SIMULACRO) -> Jornada:
    return Jornada(
        nombre="Diputaciones 2026",
        tipo=tipo,
        rol="simulacro-2026-05-17",
        instituto=INSTITUTO,
        fecha=date(2026, 6, 7),
        apertura=APERTURA,
        periodo=DIEZ,
        cierre=APERTURA + 3 * DIEZ,
        retencion=APERTURA + timedelta(days=7),
        computos=None,
        elecciones=(),
    )


def _totales(*, esperadas: int, contabilizadas: int) -> Totales:
    cifras = {
        "esperadas": esperadas,
        "contabilizadas": contabilizadas,
        "lista_nominal": 1000,
        f"lista nominal: {Clase.SIN_OBSERVACIONES.value}": 1000,
        "votos_especiales": 9,
    }
    return Totales.de(cifras, votos=(1234, 5))


def _corte(jornada: Jornada, *, esperadas: int = 10, contabilizadas: int = 10) -> Corte:
    eleccion = Eleccion(
        clave="DIP_LOC",
        nombre="Diputaciones Locales",
        titulo="DIPUTACIONES",
        slug="diputaciones",
        ambito=Ambito.DISTRITO,
        detalle=Ambito.DISTRITO,
        unidades=(),
        partidos=(),
        coaliciones=(),
        columnas=(),
    )
    resultado = ResultadoEleccion(
        municipios=(),
        eleccion=eleccion,
        totales=_totales(esperadas=esperadas, contabilizadas=contabilizadas),
        unidades=(),
        sin_unidad=(),
        fuera_de_catalogo=(),
        actas=(),
    )
    instante = APERTURA + 3 * DIEZ
    return Corte(jornada=jornada, numero=4, instante=instante, ultimo=True, resultados=(resultado,))


def _manifest() -> Manifest:
    return Manifest(
        rol="simulacro-2026-05-17",
        numero=4,
        instante=APERTURA + 3 * DIEZ,
        publicado=APERTURA + 3 * DIEZ + timedelta(seconds=2),
        no_antes_de=APERTURA,
        periodo=600.0,
        ultimo=True,
        catalogo="f" * 64,
        huella=HUELLA,
        anterior="0" * 64,
        bitacora=CABEZA,
        archivos=(
            Archivo(ruta="datos/20260607_1900_PREP_DIP_LOC_COAH.zip", tamano=123456, sha256=ZIP),
            Archivo(ruta="index.html", tamano=1, sha256="1" * 64),
        ),
    )


def _publicado(numero: int) -> CortePublicado:
    instante = APERTURA + (numero - 1) * DIEZ
    return CortePublicado(
        numero=numero,
        instante=instante,
        publicado=instante + timedelta(seconds=2),
        sha256=f"{numero:064x}",
    )


def _datos(corte: Corte | None = None) -> DatosDeCierre:
    return DatosDeCierre(
        corte=corte or _corte(_jornada()),
        manifest=_manifest(),
        manifest_sha256=SHA,
        apertura=APERTURA + timedelta(seconds=1),
        cierre=APERTURA + 3 * DIEZ + timedelta(seconds=3),
        motivo=MotivoDeCierre.PLAZO,
        fundamento="",
        cortes=tuple(map(_publicado, (1, 2, 3, 4))),
        difusores=(
            DifusorAlCierre(
                id="portal", nombre="Portal", url="https://p.example", estado=Estado.ACTIVO, portal=True
            ),
        ),
        bitacora=CABEZA,
        asientos=42,
        raiz=RAIZ,
        version="0.1.0",
    )


def _texto(datos: DatosDeCierre) -> str:
    return escribir(acta_circunstanciada(datos))


def test_it_says_that_it_is_a_proyecto_and_leaves_people_their_blanks() -> None:
    texto = _texto(_datos())

    assert "Proyecto sin validez hasta su firma" in texto
    assert "el programa no lo expide" in texto
    for rotulo in ("lugar y domicilio", "hora", "fecha", "firma", "nombre, cargo y número de oficio"):
        assert f"({rotulo})" in texto


@pytest.mark.parametrize("hash_", [HUELLA, SHA, RAIZ, CABEZA, ZIP, *(f"{n:064x}" for n in range(1, 5))])
def test_it_carries_every_hash_of_the_night(hash_: str) -> None:
    assert f"`{hash_}`" in _texto(_datos())


def test_it_gives_the_thirteen_figures_of_each_election() -> None:
    texto = _texto(_datos())

    assert [campo for campo in CAMPOS_ENCABEZADO if f"| `{campo}` |" not in texto] == []
    assert "| `TOTAL_VOTOS_C_CS` | 1,239 |" in texto
    assert "| `PORCENTAJE_ACTAS_CAPTURADAS` | 100.0000 % |" in texto


def test_only_databases_are_listed_as_databases() -> None:
    texto = _texto(_datos())

    assert "| `20260607_1900_PREP_DIP_LOC_COAH.zip` | 123,456 |" in texto
    assert "index.html" not in texto


def test_hours_are_those_of_the_capital() -> None:
    texto = _texto(_datos())

    assert "7 de junio de 2026, 18:30 h (UTC-6, hora de Saltillo)" in texto
    assert "07/06/2026 19:00:03" in texto


def test_a_rehearsal_says_so_and_an_oficial_night_does_not() -> None:
    assert "SIMULACRO" in _texto(_datos())
    assert "SIMULACRO" not in _texto(_datos(_corte(_jornada(Tipo.OFICIAL))))


def test_an_even_night_has_nothing_to_remark() -> None:
    texto = _texto(_datos())

    assert "El sistema no advirtió ninguna" in texto
    assert "La numeración de los cortes es continua" in texto


def test_c7_missing_cortes_are_declared_and_never_hidden() -> None:
    texto = _texto(replace(_datos(), cortes=(_publicado(4),)))

    assert "Números sin publicación en la bitácora: 1–3" in texto
    assert "la bitácora no tiene la publicación de 1–3" in texto


def test_the_order_of_the_cortes_given_does_not_matter() -> None:
    datos = _datos()

    assert _texto(replace(datos, cortes=datos.cortes[::-1])) == _texto(datos)


@pytest.mark.parametrize(
    ("motivo", "fundamento", "frase"),
    [
        (MotivoDeCierre.PLAZO, "", "Se cumplió el plazo"),
        (MotivoDeCierre.COMPLETO, "Ana Ruiz, 19:05 h", "Declaró: Ana Ruiz, 19:05 h"),
        (MotivoDeCierre.ACUERDO, "IEC/CG/100/2026", "Por acuerdo número IEC/CG/100/2026"),
    ],
)
def test_the_reason_of_the_close_is_told(motivo: MotivoDeCierre, fundamento: str, frase: str) -> None:
    texto = _texto(replace(_datos(), motivo=motivo, fundamento=fundamento))

    assert frase in texto
    assert "El sistema no advirtió ninguna" in texto


def test_an_early_close_without_all_actas_or_without_declaration_is_remarked() -> None:
    corte = _corte(_jornada(), esperadas=10, contabilizadas=9)

    texto = _texto(replace(_datos(corte), motivo=MotivoDeCierre.COMPLETO))

    assert "actas esperadas sin registrar, 1 de 10" in texto
    assert "exige el 100 %" in texto
    assert "Falta quién declaró" in texto


def test_a_corte_that_nobody_declared_the_last_is_remarked() -> None:
    assert "no está declarado como último" in _texto(_datos(replace(_corte(_jornada()), ultimo=False)))


def test_more_than_24_hours_needs_an_acuerdo() -> None:
    tarde = replace(_corte(_jornada()), instante=APERTURA + timedelta(hours=25))
    datos = _datos(tarde)

    assert "excedió 24 horas" in _texto(datos)
    con_acuerdo = replace(datos, motivo=MotivoDeCierre.ACUERDO, fundamento="IEC/CG/100/2026")
    assert "excedió 24 horas" not in _texto(con_acuerdo)


def test_suspensions_and_returns_come_with_their_evidence_in_order_of_time() -> None:
    def cambio(
        minutos: int, de: Estado, a: Estado, causa: Causa | None, evidencia: str
    ) -> CambioDeVigilancia:
        instante = APERTURA + timedelta(minutes=minutos)
        return CambioDeVigilancia(instante=instante, de=de, a=a, causa=causa, evidencia=evidencia)

    vuelta = cambio(60, Estado.RECONEXION, Estado.ACTIVO, None, "dos periodos cumplidos")
    caida = cambio(30, Estado.DEMORADO, Estado.SUSPENDIDO, Causa.PERIODOS, "cortes 2, 3 y 4 no vistos")
    difusor = DifusorAlCierre(
        id="uni",
        nombre="Universidad|X",
        url="https://u.example",
        estado=Estado.ACTIVO,
        cambios=(vuelta, caida),
    )

    texto = _texto(replace(_datos(), difusores=(difusor,)))

    assert texto.index("cortes 2, 3 y 4 no vistos") < texto.index("dos periodos cumplidos")
    assert r"Universidad\|X | demorado → suspendido | periodos |" in texto


def test_the_close_itself_is_no_change_of_a_difusor() -> None:
    cambio = CambioDeVigilancia(instante=APERTURA, de=Estado.ACTIVO, a=Estado.CERRADO)
    difusor = DifusorAlCierre(
        id="uni", nombre="Uni", url="https://u.example", estado=Estado.CERRADO, cambios=(cambio,)
    )

    assert "Ningún difusor cambió de estado" in _texto(replace(_datos(), difusores=(difusor,)))


def test_a_difusor_suspended_at_the_close_is_remarked() -> None:
    difusor = DifusorAlCierre(id="u", nombre="Uni", url="https://u.example", estado=Estado.SUSPENDIDO)

    assert "Uni estaba suspendido al cierre" in _texto(replace(_datos(), difusores=(difusor,)))


def _retenido(desenlace: Desenlace | None, **datos: Any) -> CorteRetenido:
    return CorteRetenido(
        numero=2,
        desde=APERTURA + DIEZ,
        motivos=("entrada incompleta",),
        causas=tuple(f"fila {n}" for n in range(20)),
        hasta=APERTURA + DIEZ + timedelta(seconds=75) if desenlace else None,
        desenlace=desenlace,
        **datos,
    )


@pytest.mark.parametrize(
    ("retenido", "frase"),
    [
        (_retenido(None), "sin desenlace registrado"),
        (_retenido(Desenlace.ENTERO), "18:41:15: quedó completo y se publicó"),
        (_retenido(Desenlace.SUPERADO, superado_por=3), "no se publicó; lo superó el corte 3"),
        (
            _retenido(Desenlace.LIBERADO, firmas=(("Ana", "cotejado"), ("Luis", "oficio 12"))),
            "se publicó liberado por Ana: cotejado; Luis: oficio 12",
        ),
    ],
)
def test_c2_a_held_corte_is_told_with_its_causes_and_its_end(retenido: CorteRetenido, frase: str) -> None:
    texto = _texto(replace(_datos(), retenidos=(retenido,)))

    assert "| 2 | 07/06/2026 18:40:00 | entrada incompleta; fila 0; fila 1" in texto
    assert "fila 5" not in texto
    assert frase in texto


def test_c2_a_release_is_remarked_with_both_names() -> None:
    retenido = _retenido(Desenlace.LIBERADO, firmas=(("Ana", "cotejado"), ("Luis", "oficio 12")))

    texto = _texto(replace(_datos(), retenidos=(retenido,)))

    assert "El corte 2 estaba retenido y se publicó por liberación de Ana y Luis." in texto


@pytest.mark.parametrize("hasta", [None, APERTURA + 3 * DIEZ])
def test_c12_an_alarm_is_told_and_remarked_while_it_lasts(hasta: datetime | None) -> None:
    alarma = AlarmaDeContraste(
        eleccion="DIP_LOC", corte=2, desde=APERTURA + DIEZ, hasta=hasta, fuente=2604, capturadas=981
    )

    texto = _texto(replace(_datos(), alarmas=(alarma,)))

    assert "| DIP_LOC | 2 | 2,604 | 981 | 07/06/2026 18:40:00 |" in texto
    assert ("no tenían las mismas actas" in texto) == (hasta is None)
