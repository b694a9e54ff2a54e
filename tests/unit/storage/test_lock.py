import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from pregon.errors import ErrorDeAlmacen
from pregon.storage.lock import lock


def test_c8_a_second_holder_is_refused_and_told_who_has_it(tmp_path: Path) -> None:
    with (
        lock(tmp_path / "candado"),
        pytest.raises(ErrorDeAlmacen, match=f"pid {os.getpid()}"),
        lock(tmp_path / "candado"),
    ):
        pass


def test_it_is_free_after_use(tmp_path: Path) -> None:
    for _ in range(2):
        with lock(tmp_path / "candado"):
            pass


def test_waiting_has_a_deadline(tmp_path: Path) -> None:
    with lock(tmp_path / "candado"):
        inicio = time.monotonic()
        with pytest.raises(ErrorDeAlmacen), lock(tmp_path / "candado", wait=0.05):
            pass
        assert 0.05 <= time.monotonic() - inicio < 2


def test_f1_a_killed_holder_frees_it(tmp_path: Path) -> None:
    programa = (
        "import sys, time; from pathlib import Path; from pregon.storage.lock import lock\n"
        "with lock(Path(sys.argv[1])): print('listo', flush=True); time.sleep(60)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", programa, str(tmp_path / "candado")], stdout=subprocess.PIPE
    ) as proceso:
        assert proceso.stdout
        assert proceso.stdout.readline() == b"listo\n"
        with pytest.raises(ErrorDeAlmacen, match=f"pid {proceso.pid}"), lock(tmp_path / "candado"):
            pass
        proceso.kill()
        proceso.wait()
        with lock(tmp_path / "candado"):
            pass
