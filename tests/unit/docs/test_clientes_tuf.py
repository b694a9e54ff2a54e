"""The page on foreign clients shows the table that they are judged by, and commands that parse."""

import re
import shlex
from pathlib import Path

import pytest

from pregon.testing import conformidad
from pregon.testing.alteraciones import ALTERACIONES, creidas, tabla

PAGINA = (Path(__file__).resolve().parents[3] / "docs/referencia/clientes-tuf.md").read_text()
ORDENES = re.findall(r"^python -m pregon.testing.conformidad ((?:.*\\\n)*.*)$", PAGINA, re.MULTILINE)


def test_the_page_shows_every_verdict() -> None:
    assert tabla() in PAGINA, "python -c 'from pregon.testing.alteraciones import *; print(tabla())'"


def test_the_page_says_why_something_is_believed() -> None:
    assert creidas() in PAGINA, "python -c 'from pregon.testing.alteraciones import *; print(creidas())'"
    assert [una.id for una in ALTERACIONES if bool(una.creen) is not bool(una.porque)] == []


def test_more_than_forty_are_refused_by_all_three() -> None:
    assert sum(not una.creen for una in ALTERACIONES) >= 40
    assert len({una.id for una in ALTERACIONES}) == len(ALTERACIONES)


@pytest.mark.parametrize("orden", ORDENES)
def test_a_command_shown_parses(orden: str) -> None:
    args = conformidad._parser().parse_args(shlex.split(orden.replace("\\\n", " ")))

    assert args.orden in {"init", "refresh", "download"}


def test_each_order_is_shown() -> None:
    assert len(ORDENES) == 3
