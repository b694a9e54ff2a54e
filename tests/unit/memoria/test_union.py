from collections import Counter
from collections.abc import Sequence
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from pregon.memoria.registros import Peticion
from pregon.memoria.union import Union


def _peticion(segundo: int, ruta: str = "/") -> Peticion:
    return Peticion(segundo, "192.0.2.1", "agente", "GET", ruta, 200, 1)


def _unir(fuentes: Sequence[Sequence[Peticion]], ventana: int = 10_000) -> tuple[Counter[Peticion], Union]:
    union = Union(ventana=ventana)
    return Counter(union.recorrer(fuentes)), union


PETICIONES = st.builds(_peticion, st.integers(0, 4), st.sampled_from("ab"))
FUENTES = st.lists(st.lists(PETICIONES, max_size=12), min_size=1, max_size=4)


@given(fuentes=FUENTES)
def test_k1_an_event_counts_as_often_as_the_file_that_tells_it_most(fuentes: list[list[Peticion]]) -> None:
    unidas, union = _unir(fuentes)

    esperado: Counter[Peticion] = Counter()
    for fuente in fuentes:
        esperado |= Counter(fuente)
    assert unidas == esperado
    assert unidas.total() + union.duplicadas == sum(map(len, fuentes))
    assert union.tardias == 0


@given(fuentes=FUENTES, azar=st.randoms(use_true_random=False))
def test_k1_neither_the_order_of_lines_nor_that_of_files_matters(
    fuentes: list[list[Peticion]], azar: Random
) -> None:
    revueltas = [azar.sample(fuente, len(fuente)) for fuente in fuentes]
    azar.shuffle(revueltas)

    assert _unir(revueltas)[0] == _unir(fuentes)[0]


@given(fuente=st.lists(PETICIONES, max_size=12), copias=st.integers(2, 4))
def test_k1_a_file_given_again_adds_nothing(fuente: list[Peticion], copias: int) -> None:
    assert _unir([fuente] * copias)[0] == Counter(fuente)


def test_two_equal_lines_of_one_file_are_two_requests() -> None:
    assert _unir([[_peticion(1), _peticion(1)]])[0].total() == 2


def test_files_in_order_of_time_need_a_small_window_only() -> None:
    fuente = [_peticion(n) for n in range(1000)]

    unidas, union = _unir([fuente, fuente], ventana=3)

    assert (unidas.total(), union.duplicadas, union.tardias) == (1000, 1000, 0)


def test_a_line_beyond_the_window_is_counted_and_said_to_be() -> None:
    tarde = [_peticion(500), _peticion(1)]

    unidas, union = _unir([[_peticion(n) for n in range(1000)], tarde], ventana=3)

    assert unidas.total() + union.duplicadas == 1002
    assert union.tardias > 0
