"""Puebla 2024, gubernatura: the real corte of 18:00, rebuilt from the file of 20:00 by `<= T` (data.md)."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from pregon.origin.motor import contar
from pregon.origin.sources.reproduccion import Reproduccion
from pregon.prep.acta import Acta
from pregon.prep.base_de_datos import BaseDeDatos, leer
from pregon.prep.cambios import con_cambios
from pregon.prep.corte import CAMPOS_ENCABEZADO, Corte, ResultadoEleccion
from pregon.prep.identidades import faltas
from pregon.prep.jornada import Tipo

SIN_HORA = {
    "ACTAS_REGISTRADAS", "ACTAS_CAPTURADAS", "PORCENTAJE_ACTAS_CAPTURADAS", "ACTAS_NO_CONTABILIZADAS",
}  # fmt: skip
"""Figures that count «Sin acta», which has no hour in any official file."""


@pytest.fixture(scope="module")
def archivos(datos_reales: Path) -> Mapping[str, BaseDeDatos]:
    rutas = {h: datos_reales / f"puebla-2024/jornada/20240603_{h}/PUE_GUB_2024.csv" for h in ("1800", "2000")}
    if not all(ruta.is_file() for ruta in rutas.values()):
        pytest.skip("faltan los dos cortes de Puebla 2024 entre los archivos reales")
    return {h: leer(ruta.name, ruta.read_bytes())[0] for h, ruta in rutas.items()}


def reproducido(*bases: BaseDeDatos, hasta: BaseDeDatos, ultimo: bool = False) -> Corte:
    """Return the corte of the instant of one file, replayed from some files."""
    fuente = Reproduccion(bases, Tipo.SIMULACRO, "simulacro-puebla", 13)
    assert hasta.sello is not None
    return contar(
        fuente.jornada, numero=1, instante=hasta.sello, ultimo=ultimo, actas=fuente.leer(hasta.sello).actas
    )


def visto(acta: Acta) -> tuple[object, ...]:
    return acta.votos, acta.contabilizada, acta.observaciones, acta.lista_nominal


def encabezado(resultado: ResultadoEleccion) -> dict[str, str]:
    return {campo: str(valor) for campo, valor in resultado.totales.encabezado(ultimo=False).items()}


def publicado(base: BaseDeDatos) -> dict[str, str]:
    """Return the 13 figures as printed, without the ``.0`` of two counts (R58)."""
    assert base.publicado is not None
    return {campo: base.publicado[campo].removesuffix(".0") for campo in CAMPOS_ENCABEZADO}


def test_every_row_and_every_figure_of_1800_comes_back(archivos: Mapping[str, BaseDeDatos]) -> None:
    """«Sin acta» takes its hour from the first file that shows it: 943 of 8,346 rows."""
    a_las_18 = archivos["1800"]

    (hecho,) = reproducido(*archivos.values(), hasta=a_las_18).resultados

    distintas = [
        (nuestra.casilla.clave, visto(nuestra), visto(publicada))
        for nuestra, publicada in zip(hecho.actas, a_las_18.actas, strict=True)
        if visto(nuestra) != visto(publicada)
    ]
    assert distintas == []
    assert len(hecho.actas) == 8346
    assert encabezado(hecho) == publicado(a_las_18)
    assert len(publicado(a_las_18)) == 13
    assert list(faltas(hecho)) == []


def test_the_file_of_2000_alone_gives_every_row_that_has_an_hour(archivos: Mapping[str, BaseDeDatos]) -> None:
    a_las_18, a_las_20 = archivos.values()

    (hecho,) = reproducido(a_las_20, hasta=a_las_18).resultados

    finales = {a.renglon: a for a in a_las_20.actas}
    con_hora = [
        (nuestra, publicada)
        for nuestra, publicada in zip(hecho.actas, a_las_18.actas, strict=True)
        if not finales[nuestra.renglon].sin_acta
    ]
    assert [par for par in con_hora if visto(par[0]) != visto(par[1])] == []
    assert len(con_hora) == 8346 - 943
    distintos = {campo for campo, valor in encabezado(hecho).items() if valor != publicado(a_las_18)[campo]}
    assert distintos <= SIN_HORA


def test_between_the_two_cortes_nothing_published_was_corrected(archivos: Mapping[str, BaseDeDatos]) -> None:
    """R36: in GUB 501 actas arrived, none changed and no figure fell."""
    a_las_18, a_las_20 = archivos.values()
    antes = reproducido(a_las_18, hasta=a_las_18)

    (cambios,) = con_cambios(reproducido(a_las_20, hasta=a_las_20, ultimo=True), antes).cambios

    assert (cambios.nuevas, cambios.hay) == (501, False)
