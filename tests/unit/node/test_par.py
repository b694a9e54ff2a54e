"""When one of two nodes retires, and when it may show a corte: the theory of `par`, walked through."""

from itertools import product

import pytest

from pregon.node.par import PACIENCIA, RECUERDO, SILENCIO, Senas, activar, leer, retirarse

VIDA, OTRA = "mia", "suya"


def senas(
    activo: int, listo: int | None = None, *, retirado: bool = False, ve: str = VIDA, ve_listo: int = 0
) -> Senas:
    return Senas(
        activo=activo,
        listo=activo if listo is None else listo,
        retirado=retirado,
        vida=OTRA,
        ve=ve,
        ve_listo=ve_listo,
    )


@pytest.mark.parametrize(
    ("activo", "par", "principal", "espera", "callado", "debe"),
    [
        (5, senas(5), True, 0.0, 0.0, False),
        (5, senas(6), True, 0.0, 0.0, True),
        (5, senas(4), False, 0.0, 0.0, False),
        (5, senas(5, 6), False, 0.0, 0.0, True),
        (5, senas(5, 6), True, PACIENCIA - 1, 0.0, False),
        (5, senas(5, 6), True, PACIENCIA, 0.0, True),
        (5, senas(5, ve="antigua"), True, 0.0, 0.0, True),
        (5, senas(5, ve="antigua"), True, PACIENCIA, 0.0, False),
        (5, None, True, 0.0, 0.0, True),
        (5, None, True, 0.0, SILENCIO, False),
        (5, senas(5, 6), False, 0.0, SILENCIO, True),
        (5, senas(5, 6), True, 0.0, SILENCIO, False),
        (5, senas(5, 6), True, PACIENCIA, SILENCIO, True),
        (5, senas(5, ve="antigua"), True, 0.0, SILENCIO, False),
        (5, senas(6), False, 0.0, SILENCIO, True),
        (5, senas(6), False, 0.0, RECUERDO, False),
    ],
)
def test_a_node_retires_rather_than_show_less_than_its_peer(
    activo: int, par: Senas | None, *, principal: bool, espera: float, callado: float, debe: bool
) -> None:
    assert retirarse(activo, par, vida=VIDA, principal=principal, espera=espera, callado=callado) is debe


@pytest.mark.parametrize(
    ("par", "callado", "puede"),
    [
        (senas(5), 0.0, False),
        (senas(6), 0.0, True),
        (senas(5, retirado=True, ve_listo=6), 0.0, True),
        (senas(5, retirado=True, ve_listo=5), 0.0, False),
        (senas(5), SILENCIO, True),
        (None, 0.0, False),
        (None, SILENCIO, True),
    ],
)
def test_a_corte_is_shown_when_it_leaves_the_peer_not_behind(
    par: Senas | None, callado: float, *, puede: bool
) -> None:
    assert activar(6, par, callado=callado) is puede


def test_of_two_nodes_in_any_state_never_do_both_wait_for_each_other() -> None:
    for a, b, listo_a, listo_b in product(range(3), repeat=4):
        if listo_a < a or listo_b < b or max(listo_a, listo_b) == min(a, b):
            continue
        seguido = _correr([a, b], [listo_a, listo_b])
        assert max(seguido) == max(listo_a, listo_b)


def _correr(activos: list[int], listos: list[int]) -> list[int]:
    """Let two nodes look at each other, in turn, until nothing changes; no reader's number ever falls."""
    vistos: list[Senas | None] = [None, None]
    mostrado = min(activos)
    for paso in range(40):
        yo, otro = paso % 2, 1 - paso % 2
        espera = 0.0 if paso < 20 else PACIENCIA
        vistos[yo] = _senas(otro, activos, listos, vistos, espera)
        if listos[yo] > activos[yo] and activar(listos[yo], vistos[yo], callado=0.0):
            activos[yo] = listos[yo]
        for nodo in (0, 1):
            if not _senas(nodo, activos, listos, vistos, espera).retirado:
                assert activos[nodo] >= mostrado
                mostrado = max(mostrado, activos[nodo])
    return activos


def _senas(
    nodo: int, activos: list[int], listos: list[int], vistos: list[Senas | None], espera: float
) -> Senas:
    visto = vistos[nodo]
    return Senas(
        activo=activos[nodo],
        listo=max(activos[nodo], listos[nodo]),
        retirado=retirarse(
            activos[nodo], visto, vida=str(nodo), principal=nodo == 0, espera=espera, callado=0.0
        ),
        vida=str(nodo),
        ve=visto.vida if visto else "-",
        ve_listo=visto.listo if visto else -1,
    )


def test_what_is_told_reads_back() -> None:
    dicho = senas(5, 6, retirado=True, ve_listo=6)
    assert leer(dicho.escribir()) == dicho


@pytest.mark.parametrize(
    "cuerpo",
    [b"", b"ok\n", b"sin corte\n", b"ok\nactivo x\nlisto 1\nvida a\nve b\nve_listo 1\n", b"\xff", b"<html>"],
)
def test_anything_else_is_no_peer(cuerpo: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        leer(cuerpo)
