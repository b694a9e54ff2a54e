"""The columnar reader reads what the careful one reads, whatever the file; nothing is told by one alone."""

from collections.abc import Sequence
from dataclasses import fields, replace
from functools import cache
from itertools import product
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pregon.errors import PregonError
from pregon.origin import motor
from pregon.origin.sources import ejemplos
from pregon.origin.sources.sintetica import Sintetica
from pregon.prep import base_de_datos, eleccion
from pregon.prep.base_de_datos import LIMITES, BaseDeDatos, Limites
from pregon.prep.dialecto import PRESETS
from pregon.prep.escribir.resultados import resultados
from pregon.prep.jornada import CatalogoSintetico
from pregon.testing.estrategias import Noche, noches

MUCHAS = settings(max_examples=300, suppress_health_check=[HealthCheck.too_slow])


def escritas(noche: Noche) -> list[tuple[str, bytes]]:
    corte = motor.contar(
        noche.jornada, numero=noche.numero, instante=noche.instante, ultimo=noche.ultimo, actas=noche.actas
    )
    return [
        (f"COAH_{r.eleccion.clave}_2026.csv", resultados(corte, r, tuple(r.actas))) for r in corte.resultados
    ]


def desacuerdos(nombre: str, datos: bytes, limites: Limites = LIMITES) -> Sequence[object]:
    """Return the fields in which the two readers differ, or the causes of both where one refuses the file."""
    try:
        bases = base_de_datos.leer(nombre, datos, limites=limites)
    except PregonError as error:
        with pytest.raises(type(error)) as otro:
            motor.leer(nombre, datos, limites=limites)
        return [] if str(otro.value) == str(error) else [str(error), str(otro.value)]
    rapidas = motor.leer(nombre, datos, limites=limites)
    campos = [f.name for f in fields(BaseDeDatos)]
    pares = zip(bases, rapidas, strict=True)
    return [(c, a.archivo) for a, b in pares for c in campos if getattr(a, c) != getattr(b, c)] + [
        ("columnas", a.archivo)
        for a, b in zip(bases, rapidas, strict=True)
        if isinstance(b.actas, motor.Tabla)
        and not motor.Tabla.de(a.actas, len(a.columnas)).cuadro.equals(b.actas.cuadro)
    ]


@MUCHAS
@given(noches())
def test_a_written_file_is_read_alike(noche: Noche) -> None:
    assert [desacuerdos(nombre, datos) for nombre, datos in escritas(noche)] == [[]] * len(noche.actas)


RAREZAS = (
    "", " ", "-", "N/A", "0", "1", "2", "7", "+5", "-5", "1,234", "12.0", "0012", "0000000012", "4294967295",
    "ILEGIBLE", "sin dato", "SIN ACTA", "NaN", "'0003", '="0004"', '"', '"5"', "a,b", "|", "S", "S1",
    "Básica", "TOTAL", "EXCEDE LISTA NOMINAL", "FUERA DE CATALOGO", "algo nunca visto", "07/06/2026 18:30:05",
    "7/6/2026 9:05", "2026-06-07 20:00", "x" * 64, "\u00a05", "٣", "3", "\t8", "C01",
)  # fmt: skip


@cache
def noches_enteras() -> Sequence[tuple[str, bytes]]:
    """Return the files of the shipped nights, made small, in every dialecto: nearly all rows are regular."""
    escritos = []
    for ejemplo, dialecto in product(("diputaciones", "ayuntamientos"), PRESETS.values()):
        noche = eleccion.leer(ejemplos.texto(ejemplo), archivo=ejemplo)
        pocas = [replace(e, catalogo=CatalogoSintetico(casillas=38, semilla=7)) for e in noche.elecciones]
        fuente = Sintetica(replace(noche, elecciones=tuple(pocas), dialecto=dialecto))
        actas = fuente.leer(noche.cierre).actas
        escritos += escritas(Noche(jornada=fuente.jornada, actas=actas, numero=1, ultimo=True))
    return escritos


@st.composite
def estropeadas(draw: st.DrawFn) -> tuple[str, bytes]:
    """Draw a written file with cells, lines and ends of lines as no writer should leave them."""
    nombre, datos = draw(st.sampled_from(noches_enteras()))
    lineas = datos.decode().splitlines()
    cuerpo = next(i for i, linea in enumerate(lineas) if "SECCION" in linea) + 1
    delimitador = max(",|;\t", key=lineas[cuerpo - 1].count)
    for _ in range(draw(st.integers(0, 8))):
        i = draw(st.integers(cuerpo, len(lineas) - 1))
        celdas = lineas[i].split(delimitador)
        n = draw(st.integers(0, len(celdas) - 1))
        rareza = draw(st.sampled_from(RAREZAS))
        falta = draw(st.sampled_from(["celda"] * 8 + ["columna", "repetir", "cortar", "alargar", "meter"]))
        match falta:
            case "celda":
                celdas[n] = rareza
                lineas[i] = delimitador.join(celdas)
            case "columna":
                for k in range(cuerpo, len(lineas), 3):
                    varias = lineas[k].split(delimitador)
                    lineas[k] = delimitador.join([*varias[:n], rareza, *varias[n + 1 :]])
            case "repetir":
                lineas.insert(i, lineas[i])
            case "cortar":
                lineas[i] = delimitador.join(celdas[:n])
            case "alargar":
                lineas[i] += delimitador + rareza
            case _:
                nota = f"TOTAL{delimitador * 9}"
                lineas.insert(i, draw(st.sampled_from(("", "  ", delimitador * 60, nota, lineas[3]))))
    fin = draw(st.sampled_from(("\n", "\n", "\n", "\r\n", "\r")))
    return nombre, (fin.join(lineas) + draw(st.sampled_from(("", fin)))).encode()


def test_regular_files_are_read_in_columns() -> None:
    bases = [base for archivo in noches_enteras() for base in motor.leer(*archivo)]

    assert [type(base.actas) for base in bases] == [motor.Tabla] * len(bases)
    assert [desacuerdos(*archivo) for archivo in noches_enteras()] == [[]] * len(bases)


@MUCHAS
@given(estropeadas())
def test_a_spoilt_file_is_read_alike_with_the_same_warnings(archivo: tuple[str, bytes]) -> None:
    assert desacuerdos(*archivo) == []


@pytest.mark.full
@pytest.mark.timeout(1800)
@settings(MUCHAS, max_examples=10_000)
@given(estropeadas())
def test_ten_thousand_spoilt_files_are_read_alike(archivo: tuple[str, bytes]) -> None:
    assert desacuerdos(*archivo) == []


def test_every_real_file_is_read_alike(datos_reales: Path) -> None:
    archivos = [r for r in sorted(datos_reales.rglob("*")) if r.suffix in {".csv", ".zip"} and r.is_file()]

    assert [d for r in archivos for d in desacuerdos(r.name, r.read_bytes())] == []
