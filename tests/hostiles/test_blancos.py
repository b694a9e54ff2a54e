"""Every target of the fuzzer over its own seeds, without the fuzzer: it raises nothing, in time."""

import time

import pytest
from blancos import BLANCOS

PLAZO = 2.0
"""Seconds of processor time for one seed."""


@pytest.mark.parametrize("nombre", BLANCOS)
def test_a_target_stands_its_seeds(nombre: str) -> None:
    tomadas = 0
    for semilla in BLANCOS[nombre].semillas():
        inicio = time.process_time()
        tomadas += BLANCOS[nombre].probar(semilla)
        assert time.process_time() - inicio < PLAZO

    assert tomadas
