"""Draws that are the same anywhere: bits, sums and products, pinned by their exact values."""

import hashlib

import pytest

from pregon.origin.sources import ejemplos
from pregon.origin.sources.azar import Azar
from pregon.origin.sources.sintetica import Sintetica
from pregon.prep import eleccion


def test_a_normal_draw_comes_in_eighths_of_a_deviation() -> None:
    azar = Azar("pregon")

    assert [azar.normal(100, 8) for _ in range(8)] == [91, 85, 99, 104, 102, 103, 91, 92]


def test_normal_draws_have_the_mean_and_deviation_asked_for() -> None:
    azar = Azar("pregon")
    tiros = [azar.normal(50, 4) for _ in range(20_000)]
    media = sum(tiros) / len(tiros)

    assert media == pytest.approx(50, abs=0.1)
    assert sum((t - media) ** 2 for t in tiros) / len(tiros) == pytest.approx(16, rel=0.05)


def test_geometric_draws_stop_at_their_maximum() -> None:
    azar = Azar("pregon")

    assert [azar.geometrica(1.0, 5), azar.geometrica(0.0, 5)] == [5, 0]
    assert sum(azar.geometrica(0.5, 50) for _ in range(20_000)) / 20_000 == pytest.approx(1, abs=0.05)


def test_draws_along_a_curve_follow_its_quantiles() -> None:
    azar = Azar("pregon")
    tiros = sorted(azar.de_curva((0.0, 0.1, 1.0)) for _ in range(20_000))

    assert tiros[0] >= 0
    assert tiros[10_000] == pytest.approx(0.1, abs=0.02)
    assert tiros[15_000] == pytest.approx(0.55, abs=0.03)


def test_a_shipped_night_is_the_same_on_every_machine_and_version_of_python() -> None:
    fuente = Sintetica(eleccion.leer(ejemplos.texto("municipio"), archivo="municipio"))
    resumen = hashlib.sha256()
    for acta in fuente.leer(fuente.jornada.cierre).actas["AYUN"]:
        votos = [v if isinstance(v, int) else v.value for v in acta.votos]
        resumen.update(
            f"{acta.casilla.clave} {votos} {acta.verificacion} {acta.codigo_integridad}\n".encode()
        )

    assert resumen.hexdigest() == "f207e5b152ca7911f85cfaabc26e9199babc5634ea1c4fadf949d94270a3e98a"
