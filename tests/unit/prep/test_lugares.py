"""Who leads: a single vote is enough, a tie is nobody's (R74)."""

import pytest

from pregon.prep.jornada import Contendiente
from pregon.prep.lugares import Lugar, ventaja


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
