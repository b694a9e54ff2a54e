"""vigilancia.toml."""

from pathlib import Path

import pytest

from pregon.errors import ErrorDeConfiguracion
from pregon.monitor.config import leer
from pregon.monitor.sonda import Direcciones

MINIMO = 'raiz = "r.json"\nrepositorio = "../rep"\nrol = "simulacro-x"\n'
ARCHIVO = Path("/srv/vigilancia/vigilancia.toml")


def test_the_defaults_are_safe() -> None:
    config = leer(MINIMO, archivo=ARCHIVO)

    assert config.direcciones is Direcciones.PUBLICAS
    assert config.rastreo_cada_ronda
    assert (config.ronda, config.plazo) == (None, 60.0)


def test_paths_are_relative_to_the_file() -> None:
    config = leer(MINIMO, archivo=ARCHIVO)

    assert config.raiz == Path("/srv/vigilancia/r.json")
    assert config.transiciones == Path("/srv/vigilancia/transiciones.jsonl")


@pytest.mark.parametrize(
    ("linea", "numero"),
    [
        ("ronda = 0", 4),
        ('direcciones = "todas"', 4),
        ('rastreo = "nunca"', 4),
        ("plazo = 100000", 4),
        ("ronda = true", 4),
        ("rondas = 3", 4),
    ],
)
def test_each_fault_has_its_line(linea: str, numero: int) -> None:
    with pytest.raises(ErrorDeConfiguracion) as falta:
        leer(MINIMO + linea + "\n", archivo=ARCHIVO)

    assert falta.value.linea == numero


def test_the_role_is_needed() -> None:
    with pytest.raises(ErrorDeConfiguracion, match="rol"):
        leer('raiz = "r"\nrepositorio = "x"\n', archivo=ARCHIVO)
