"""origen.toml: paths beside the file, faults with their line."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pregon.errors import ErrorDeConfiguracion
from pregon.origin.config import FuenteReproduccion, FuenteSintetica, leer

ARCHIVO = Path("/noche/origen/origen.toml")
SINTETICA = '[origen]\ndifusores = "../difusores.toml"\n[fuente]\ntipo = "sintetica"\nsemilla = 7\n'


def test_paths_are_relative_to_the_file() -> None:
    config = leer(SINTETICA, archivo=ARCHIVO)

    assert config.difusores == Path("/noche/origen/../difusores.toml")
    assert config.repositorio == Path("/noche/origen/repositorio")
    assert config.fuente == FuenteSintetica(eleccion=Path("/noche/origen/eleccion.toml"), semilla=7)
    assert config.reloj is None


def test_a_rehearsal_has_its_clock() -> None:
    texto = SINTETICA + "[reloj]\napertura_real = 2026-11-22T00:10:00Z\nperiodo_real = 6\ncortes = 12\n"

    reloj = leer(texto, archivo=ARCHIVO).reloj

    assert reloj is not None
    assert reloj.apertura_real == datetime(2026, 11, 22, 0, 10, tzinfo=UTC)
    assert reloj.periodo_real == timedelta(seconds=6)


def test_a_replay_only_under_a_simulacro_role() -> None:
    texto = '[origen]\n[fuente]\ntipo = "reproduccion"\narchivos = ["a.zip"]\nrol = "{}"\n'

    fuente = leer(texto.format("simulacro-reproduccion"), archivo=ARCHIVO).fuente

    assert isinstance(fuente, FuenteReproduccion)
    with pytest.raises(ErrorDeConfiguracion, match=r"línea 5, fuente\.rol"):
        leer(texto.format("oficial"), archivo=ARCHIVO)


@pytest.mark.parametrize(
    ("texto", "lugar"),
    [
        ("[origen]\n", "fuente"),
        ('[origen]\n[fuente]\ntipo = "adivinada"\n', "línea 3, fuente.tipo"),
        (
            SINTETICA + "[reloj]\napertura_real = 2026-11-22T00:10:00\nperiodo_real = 6\ncortes = 2\n",
            "línea 7, reloj.apertura_real",
        ),
        (SINTETICA.replace("semilla", "semila"), "línea 5, fuente.semila"),
    ],
)
def test_a_fault_is_told_with_its_place(texto: str, lugar: str) -> None:
    with pytest.raises(ErrorDeConfiguracion, match=lugar):
        leer(texto, archivo=ARCHIVO)
