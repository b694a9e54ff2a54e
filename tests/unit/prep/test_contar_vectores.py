"""The golden vectors of rules.md §6, and what each kind of acta adds (R39–R58, R72–R76)."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from pregon.origin.motor import contar
from pregon.prep.acta import Acta, Contabilizada, Renglon
from pregon.prep.base_de_datos import BaseDeDatos, leer
from pregon.prep.corte import Corte
from pregon.prep.deducir import jornada
from pregon.prep.jornada import Tipo
from pregon.prep.porcentaje import porcentaje
from pregon.prep.totales import totales

Contado = Callable[..., Corte]
AHORA = datetime(2026, 6, 8, 2, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("n", "d", "publicado"),
    [(2136, 2136, "100.0000"), (2031, 2136, "95.0842"), (492, 2136, "23.0337"), (263005, 1187254, "22.1523"),
     (262598, 1187254, "22.1180"), (7758, 8334, "93.0885"), (6767, 8334, "81.1975"), (1499, 8334, "17.9865"),
     (2600241, 4070910, "63.8737"), (2619742, 4070910, "64.3527"), (8259, 8334, "99.1000"),
     (6848, 8334, "82.1694"),
     (1520, 8334, "18.2385"), (2658993, 4125717, "64.4492"), (1640819, 4877520, "33.6404"),
     (1659669, 4877520, "34.0269"), (3069, 3627, "84.6153"), (2983, 3627, "82.2442"), (2677, 3627, "73.8075"),
     (2609, 3628, "71.9128"), (203, 625, "32.4800"), (301, 625, "48.1600"), (406, 625, "64.9600"),
     (203, 1250, "16.2400"), (23, 40, "57.5000"), (2741, 263005, "1.0421"), (4470, 24910, "17.9446"),
     (4013, 24910, "16.1099"), (7763, 24910, "31.1641"), (0, 0, "0.0000")],
)  # fmt: skip
def test_golden_vectors(n: int, d: int, publicado: str) -> None:
    assert porcentaje(n, d) == publicado


@pytest.fixture
def base(escribir: Callable[..., bytes]) -> BaseDeDatos:
    (leida,) = leer("COAH_DIP_LOC_2026.csv", escribir())
    return leida


@pytest.fixture
def contado(base: BaseDeDatos) -> Contado:
    noche, actas = jornada([base], tipo=Tipo.SIMULACRO, rol="simulacro")

    def _contado(*, ultimo: bool = False, filas: Sequence[Acta] | None = None) -> Corte:
        propias = actas if filas is None else {"DIP_LOC": filas}
        return contar(noche, numero=3, instante=AHORA, ultimo=ultimo, actas=propias)

    return _contado


def test_the_header_of_a_small_night(base: BaseDeDatos, contado: Contado) -> None:
    (resultado,) = contado().resultados

    assert {c: str(v) for c, v in resultado.totales.encabezado(ultimo=False).items()} == base.publicado


def test_the_last_corte_adds_the_especiales_to_participation_only(contado: Contado) -> None:
    antes = contado().resultados[0].totales.encabezado(ultimo=False)
    despues = contado(ultimo=True).resultados[0].totales.encabezado(ultimo=True)

    assert {c for c in antes if antes[c] != despues[c]} == {"PORCENTAJE_PARTICIPACION_CIUDADANA"}
    assert despues["PORCENTAJE_PARTICIPACION_CIUDADANA"] == "42.0000"


def test_an_empty_corte_is_all_zeros(contado: Contado) -> None:
    (resultado,) = contado(filas=[]).resultados

    assert set(resultado.totales.encabezado(ultimo=False).values()) == {0, "0.0000"}
    assert [u.unidad.numero for u in resultado.unidades] == [1, 2]


def test_an_acta_of_rp_adds_at_the_entidad_only(base: BaseDeDatos, contado: Contado) -> None:
    rp = replace(base.actas[1], tipo_acta="3ERP", renglon=Renglon(9))

    (resultado,) = contado(filas=[*base.actas, rp]).resultados

    assert resultado.totales.votos_c_cs == 220
    assert sum(u.totales.votos_c_cs for u in resultado.unidades) == 210
    assert resultado.sin_unidad == (rp,)


def test_an_acta_without_distrito_adds_at_the_entidad_only(base: BaseDeDatos, contado: Contado) -> None:
    sin = replace(base.actas[0], casilla=replace(base.actas[0].casilla, unidad=None), renglon=Renglon(9))

    (resultado,) = contado(filas=[*base.actas, sin]).resultados

    assert resultado.totales.votos_c_cs == 410
    assert resultado.sin_unidad == (sin,)


def test_fuera_de_catalogo_adds_nowhere(base: BaseDeDatos, contado: Contado) -> None:
    fuera = replace(base.actas[0], contabilizada=Contabilizada.FUERA_DE_CATALOGO, renglon=Renglon(9))

    (resultado,) = contado(filas=[*base.actas, fuera]).resultados

    assert (resultado.totales.votos_c_cs, resultado.totales.fuera_de_catalogo) == (210, 2)
    assert resultado.actas[-1] == fuera


@pytest.mark.parametrize(
    ("observacion", "cuenta"),
    [("EXCEDE LISTA NOMINAL", 1), ("ALGUN CAMPO ILEGIBLE O SIN DATO", 1), ("Inconsistente C.N.V", 1),
     ("-", 0),
     (" - ", 0), ("", 0), ("Sin Acta", 0), ("sin_acta_por_casilla", 0), ("Identificación forzada", 0),
     ("Letra y número no coinciden", 0), ("Identificación forzada, ilegible", 1)],
)  # fmt: skip
def test_r52_which_observations_are_inconsistencias(base: BaseDeDatos, observacion: str, cuenta: int) -> None:
    acta = replace(base.actas[0], observaciones=observacion)

    assert totales([acta], len(base.columnas)).inconsistentes == cuenta
