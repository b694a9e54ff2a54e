"""Who leads: a single vote is enough, a tie is nobody's (R74)."""

import pytest

from pregon.prep.contienda import columnas
from pregon.prep.corte import ResultadoEleccion, ResultadoUnidad, Totales
from pregon.prep.jornada import Ambito, Coalicion, Contendiente, Eleccion, Partido, Unidad
from pregon.prep.lugares import Lugar, contiendas, entidad, ventaja


def _lugar(clave: str, votos: int) -> Lugar:
    quien = Contendiente(clave=clave, nombre=clave, siglas=(clave,), color="#000000", columnas=(0,))
    return Lugar(contendiente=quien, votos=votos)


@pytest.mark.parametrize(
    ("votos", "lider", "segundo", "empate", "diferencia"),
    [
        ({}, None, None, [], 0),
        ({"PAN": 0, "PRI": 0}, None, None, [], 0),
        ({"PAN": 0, "PRI": 1}, "PRI", None, [], 1),
        ({"PAN": 1, "PRI": 2}, "PRI", "PAN", [], 1),
        ({"PAN": 5, "PRI": 9, "MC": 7}, "PRI", "MC", [], 2),
        ({"PAN": 4, "PRI": 4, "MC": 3}, None, None, ["PAN", "PRI"], 0),
        ({"PAN": 3, "PRI": 4, "MC": 4}, None, None, ["PRI", "MC"], 0),
        ({"PAN": 4, "PRI": 3, "MC": 3}, "PAN", "PRI", [], 1),
    ],
)
def test_r74_who_leads(
    votos: dict[str, int], lider: str | None, segundo: str | None, empate: list[str], diferencia: int
) -> None:
    una = ventaja([_lugar(clave, n) for clave, n in votos.items()])

    assert (una.lider.clave if una.lider else None) == lider
    assert (una.segundo.clave if una.segundo else None) == segundo
    assert [c.clave for c in una.empate] == empate
    assert una.diferencia == diferencia


def _totales(votos: tuple[int, ...]) -> Totales:
    return Totales.de({"esperadas": 1, "contabilizadas": 1}, votos)


def _resultado(ambito: Ambito, *coaliciones: Coalicion) -> ResultadoEleccion:
    """Two unidades and a remainder of no unidad; columns PAN, PRI, C_PAN_PRI, NO_REGISTRADAS, NULOS."""
    partidos = [Partido(clave=c, nombre=c, color="#000000") for c in ("PAN", "PRI")]
    unidades = (Unidad(numero=1, nombre="Uno"), Unidad(numero=2, nombre="Dos"))
    votos = ((1, 20, 300, 0, 0), (4000, 50_000, 600_000, 0, 0))
    return ResultadoEleccion(
        eleccion=Eleccion(
            clave="E",
            nombre="E",
            titulo="E",
            slug="e",
            ambito=ambito,
            detalle=Ambito.DISTRITO,
            unidades=unidades,
            partidos=tuple(partidos),
            coaliciones=coaliciones,
            columnas=columnas(partidos, coaliciones),
        ),
        totales=_totales((1_004_001, 50_020, 600_300, 0, 0)),
        unidades=tuple(
            ResultadoUnidad(unidad=u, totales=_totales(v), secciones=())
            for u, v in zip(unidades, votos, strict=True)
        ),
        municipios=(),
        sin_unidad=(),
        fuera_de_catalogo=(),
        actas=(),
    )


def _juntos(clave: str, unidad: int) -> Coalicion:
    return Coalicion(
        clave=clave,
        nombre=clave,
        partidos=("PAN", "PRI"),
        color="#111111",
        unidades=frozenset({unidad}),
    )


def _votos(resultado: ResultadoEleccion) -> dict[str, int]:
    return {u.contendiente.clave: u.votos for u in entidad(resultado, contiendas(resultado))}


def test_r68_the_entidad_is_the_sum_of_its_unidades_and_of_what_belongs_to_none() -> None:
    assert _votos(_resultado(Ambito.DISTRITO, _juntos("JUNTOS", 1))) == {
        "PAN": 1_004_000,
        "PRI": 50_000,
        "JUNTOS": 321,
    }


def test_r70_the_same_parties_under_two_names_are_two_contendientes() -> None:
    assert _votos(_resultado(Ambito.DISTRITO, _juntos("EN_UNO", 1), _juntos("EN_DOS", 2))) == {
        "PAN": 1_000_000,
        "PRI": 0,
        "EN_UNO": 321,
        "EN_DOS": 654_000,
    }


def test_r68_one_contest_for_the_entidad_reads_its_own_columns() -> None:
    assert _votos(_resultado(Ambito.ENTIDAD, _juntos("JUNTOS", 1))) == {"JUNTOS": 1_654_321}
