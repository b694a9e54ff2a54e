from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from pregon.documentos.markdown import escribir
from pregon.memoria.base import Base, Promedio
from pregon.memoria.figuras import figuras
from pregon.memoria.lectura import ArchivoLeido
from pregon.memoria.memoria import DatosDeMemoria, Incidencias, en_json, memoria, sin_direcciones
from pregon.memoria.registros import Peticion
from pregon.paquete.bitacora import Acto, Asiento, encadenar
from pregon.paquete.difusores import Estado, Transicion, Veredicto, Vigilancia

ZONA = ZoneInfo("America/Monterrey")
INSTANTE = datetime(2026, 6, 8, 0, 30, tzinfo=UTC)
SEGUNDO = int(INSTANTE.timestamp())


def _asientos(*actos: tuple[str, str, dict[str, Any]]) -> tuple[Asiento, ...]:
    cadena: list[Asiento] = []
    for n, (acto, objeto, datos) in enumerate(actos):
        previo = cadena[-1] if cadena else None
        instante = INSTANTE + timedelta(minutes=n)
        cadena.append(
            encadenar(previo, instante=instante, actor="nodo uni", acto=acto, objeto=objeto, datos=datos)
        )
    return tuple(cadena)


def _datos(**cambios: Any) -> DatosDeMemoria:
    peticiones = [
        Peticion(SEGUNDO + n * 1800, "203.0.113.9", "Navegador <b>", "GET", "/", 200, 100) for n in range(4)
    ]
    datos = DatosDeMemoria(
        difusor="Universidad | de Prueba",
        zona=ZONA,
        elaborada=INSTANTE + timedelta(days=1),
        archivos=(
            ArchivoLeido(
                nombre="2026-06-07.log",
                bytes=2048,
                sha256="a" * 64,
                lineas=7,
                rechazadas={"línea vacía": 3},
                ejemplos=((2, "línea vacía"), (5, "línea vacía")),
                primera=SEGUNDO,
                ultima=SEGUNDO + 5400,
                defecto="",
            ),
        ),
        duplicadas=0,
        tardias=0,
        figuras=figuras(peticiones, zona=ZONA),
        vigilancia_declarada=False,
        dias=(date(2026, 6, 7), date(2026, 6, 8)),
        incidencias=Incidencias(),
        base=None,
        version="0.1.0",
    )
    return replace(datos, **cambios)


def _texto(**cambios: Any) -> str:
    return escribir(memoria(_datos(**cambios)))


def test_r135_it_has_the_four_parts_and_the_users_in_order() -> None:
    titulos = [linea for linea in _texto().splitlines() if linea.startswith("## ")]

    assert titulos == [
        "## 1. Bitácoras de acceso",
        "## 2. Usuarios que consultaron la publicación",
        "## 3. Reporte de incidencias",
        "## 4. Comparativo con el promedio del portal",
        "## 5. Comentarios y sugerencias",
    ]


def test_r135_each_log_comes_with_size_hash_and_its_first_and_last_entry() -> None:
    fila = f"| `2026-06-07.log` | 2,048 | `{'a' * 64}` | 07/06/2026 18:30:00 | 07/06/2026 20:00:00 | 7 | 3 |"

    assert fila in _texto()


def test_k1_rejected_lines_are_shown_with_their_place() -> None:
    assert "| `2026-06-07.log` | línea vacía | 3 | 2, 5 |" in _texto()


def test_k1_a_damaged_file_and_lines_out_of_order_are_told() -> None:
    [archivo] = _datos().archivos

    texto = _texto(archivos=(replace(archivo, defecto="el comprimido está incompleto"),), tardias=12)

    assert "> Archivo `2026-06-07.log`: el comprimido está incompleto." in texto
    assert "> 12 líneas venían tan fuera de orden" in texto


def test_r136_the_definitions_stand_beside_the_figures() -> None:
    texto = _texto()

    assert "pausas menores a 30 minutos" in texto
    assert "| Total | 4 | 4 | 4 | 1 | 400 |" in texto


def test_k4_no_address_and_no_agent_of_a_reader_is_printed() -> None:
    bitacora = _asientos(("rechazado", "198.51.100.4:8081", {"causa": "de 2001:db8::7 y 198.51.100.5"}))

    texto = _texto(incidencias=Incidencias(bitacora=bitacora))

    for secreto in ("203.0.113.9", "198.51.100", "2001:db8", "Navegador"):
        assert secreto not in texto


@pytest.mark.parametrize(
    ("texto", "limpio"),
    [
        ("http://192.0.2.1:8081/x", "http://[dirección]:8081/x"),
        ("desde ::ffff:192.0.2.1.", "desde ::ffff:[dirección]."),
        ("desde 192.0.2.1.", "desde [dirección]."),
        ("fe80::1%eth0", "[dirección]%eth0"),
        ("a las 18:30:01 el corte 12", "a las 18:30:01 el corte 12"),
        ("versión 0.1.0", "versión 0.1.0"),
        ("a" * 64, "a" * 64),
        ("07/06/2026", "07/06/2026"),
    ],
)
def test_k4_addresses_are_covered_and_nothing_else(texto: str, limpio: str) -> None:
    assert sin_direcciones(texto) == limpio


def test_r135_activations_are_summed_up_and_their_gaps_declared() -> None:
    bitacora = _asientos(*(("activado", str(n), {}) for n in (0, 1, 2, 5)))

    texto = _texto(incidencias=Incidencias(bitacora=bitacora))

    assert "Cortes activados: 3, del 1 al 5. No se activaron: 3, 4." in texto
    assert "no contienen ninguna incidencia" in texto


def test_r135_every_other_entry_is_an_incident() -> None:
    bitacora = _asientos(
        ("activado", "1", {}), ("alterado", "index.html", {"corte": 1, "causa": "otro hash"})
    )

    texto = _texto(incidencias=Incidencias(bitacora=bitacora))

    assert "| 07/06/2026 18:31:00 | alterado | index.html | causa: otro hash, corte: 1 |" in texto
    assert "no contienen ninguna incidencia" not in texto


def test_r135_transitions_of_the_monitor_are_shown() -> None:
    transicion = Transicion(
        difusor="uni",
        instante=INSTANTE,
        hecho=Veredicto.FALTADO,
        de=Vigilancia(estado=Estado.DEMORADO),
        a=Vigilancia(estado=Estado.SUSPENDIDO),
        corte=4,
    )

    texto = _texto(incidencias=Incidencias(transiciones=(transicion,)))

    assert "| 07/06/2026 18:30:00 | uni | demorado → suspendido | faltado, corte 4 |" in texto


@pytest.mark.parametrize(
    ("acto", "datos", "constancia"),
    [
        (
            Acto.RETENIDO,
            {"motivos": ["entrada incompleta", "fuente ilegible"]},
            "incompleta; fuente ilegible",
        ),
        (
            Acto.LIBERADO,
            {"firmas": [{"nombre": "Ana", "motivo": "cotejado"}, {"nombre": "Luis", "motivo": "oficio 12"}]},
            "Ana: cotejado; Luis: oficio 12",
        ),
        (Acto.SUPERADO, {"superado_por": 6}, "lo superó el corte 6"),
        (Acto.OMITIDOS, {"numeros": [3, 4]}, "3, 4"),
        (Acto.ALARMA, {"corte": 5, "fuente": 99, "capturadas": 37}, "fuente 99, capturadas 37"),
        (Acto.ENTERO, {"otra": "forma"}, "otra: forma"),
    ],
)
def test_c2_what_the_institute_held_is_told(acto: Acto, datos: dict[str, Any], constancia: str) -> None:
    libro = _asientos((acto.value, "corte 5", datos), ("inicio", "origen", {}))

    texto = _texto(incidencias=Incidencias(instituto=libro))

    assert f"| {acto.value} | corte 5 |" in texto
    assert constancia in texto
    assert "inicio" not in texto


def test_the_first_reading_of_the_signed_list_is_no_incident() -> None:
    bitacora = _asientos(("lista", "uni", {"de": None, "a": "activo"}))

    assert "no contienen ninguna incidencia" in _texto(incidencias=Incidencias(bitacora=bitacora))


@pytest.mark.parametrize(
    ("declarada", "frase"),
    [(False, "sí cuentan, porque no se indicaron"), (True, "que el Instituto declaró")],
)
def test_h5_it_says_which_probes_are_set_apart(declarada: bool, frase: str) -> None:  # noqa: FBT001 — a case
    assert frase in _texto(vigilancia_declarada=declarada)


def test_a_book_that_cannot_be_believed_is_said_to_be() -> None:
    texto = _texto(incidencias=Incidencias(defectos=("La bitácora no se pudo comprobar.",)))

    assert "> La bitácora no se pudo comprobar." in texto
    assert "no contienen ninguna incidencia" not in texto


def test_more_incidents_than_the_paper_holds_are_counted() -> None:
    bitacora = _asientos(*(("rechazado", "Rechazado", {}) for _ in range(502)))

    assert "contiene 2 asientos más" in _texto(incidencias=Incidencias(bitacora=bitacora))


def _base(promedio: Promedio, cifra: float) -> Base:
    return Base(
        portal="https://www.uni.example",
        desde=date(2026, 5, 11),
        hasta=date(2026, 5, 31),
        promedio=promedio,
        fuente="registros",
        hits=cifra,
        paginas=cifra,
        visitas=cifra,
    )


def test_r135_the_comparison_is_per_hour_of_the_whole_period() -> None:
    assert "| Hits | 0.5 | 4 | 1.3 | 2.7 |" in _texto(base=_base(Promedio.HORA, 0.5))


def test_r138_a_baseline_per_day_is_compared_per_day() -> None:
    assert "| Hits | 8.0 | 4 | 4.0 | 0.5 |" in _texto(base=_base(Promedio.DIA, 8))


def test_a_baseline_of_zero_divides_nothing() -> None:
    assert "| Hits | 0.0 | 4 | 1.3 | — |" in _texto(base=_base(Promedio.HORA, 0))


def test_a_period_without_requests_is_a_legal_memoria() -> None:
    texto = _texto(figuras=figuras([], zona=ZONA), base=_base(Promedio.HORA, 1))

    assert "| Hits | 1.0 | 0 | — | — |" in texto


def test_r139_the_json_sums_like_the_paper() -> None:
    datos = en_json(_datos())

    assert (
        datos["hits"] == sum(dia["hits"] for dia in datos["dias"]) == sum(h["hits"] for h in datos["horas"])
    )
    assert datos["lineas"]["rechazadas"] == 3


def test_the_name_of_the_difusor_cannot_break_a_table() -> None:
    assert r"| Difusor | Universidad \| de Prueba |" in _texto()
