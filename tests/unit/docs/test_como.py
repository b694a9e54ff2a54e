"""The configuration that a how-to shows can be read as it stands."""

import re
from pathlib import Path

from pregon.monitor import config as vigilancia
from pregon.origin import config as origen
from pregon.origin.retencion import FIRMAS
from pregon.paquete.difusores import validar_difusores_toml

COMO = Path(__file__).resolve().parents[3] / "docs" / "como"
JORNADA = (COMO / "origen-jornada.md").read_text()
DIFUSORES, ORIGEN, VIGILANCIA = re.findall(r"^```toml\n(.*?)^```", JORNADA, re.MULTILINE | re.DOTALL)


def test_the_difusores_toml_shown_has_no_fault() -> None:
    assert validar_difusores_toml(DIFUSORES, "difusores.toml") == ()


def test_the_origen_toml_shown_is_read_with_and_without_its_scaled_clock() -> None:
    aqui = Path("origen.toml")

    escalado = re.sub(r"^# (?=\[reloj\]|\w+ = )", "", ORIGEN, flags=re.MULTILINE)

    assert origen.leer(ORIGEN, archivo=aqui).reloj is None
    assert origen.leer(escalado, archivo=aqui).reloj is not None


def test_the_vigilancia_toml_shown_is_read() -> None:
    assert vigilancia.leer(VIGILANCIA, archivo=Path("vigilancia.toml")).rol == "simulacro-2026-05-17"


def test_the_personas_shown_are_two_that_may_release() -> None:
    (personas,) = re.findall(
        r"^```toml\n(.*?)^```", (COMO / "origen-retencion.md").read_text(), re.MULTILINE | re.DOTALL
    )

    assert len(origen.leer(ORIGEN + personas, archivo=Path("origen.toml")).personas) == FIRMAS
