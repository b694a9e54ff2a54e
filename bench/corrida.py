"""One measured run in a process of its own, for its time and its peak of memory.

    python bench/corrida.py MANERA CARPETA

MANERA is one of `motores` or `ajenos`, CARPETA what `anotar` left: files of the national night and their
list. Prints a `Corrida` as JSON: from the first byte read to the votes of each file.
"""

import importlib
import json
import subprocess
import sys
import time
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Final

import noches
from noches import Archivo, Manera

_LISTA: Final = "archivos.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Corrida:
    """What a run cost and gave; two are equal when they gave the same votes."""

    segundos: float = field(compare=False)
    procesador: float = field(compare=False)
    """Seconds of processor, of all threads: what the run takes on a quiet machine, or more."""
    gib: float = field(compare=False)
    """Peak of resident memory, the libraries that the run needs included."""
    votos: list[list[int]]


def correr(manera: str, carpeta: Path) -> Corrida:
    """Run in a new process."""
    orden = [sys.executable, __file__, manera, str(carpeta)]
    return Corrida(**json.loads(subprocess.run(orden, stdout=subprocess.PIPE, check=True).stdout))


def anotar(archivos: Iterable[Archivo], carpeta: Path) -> None:
    """Leave the list of files beside them."""
    lista = [asdict(archivo) | {"ruta": str(archivo.ruta)} for archivo in archivos]
    (carpeta / _LISTA).write_text(json.dumps(lista))


def main(manera: str, carpeta: Path) -> None:
    """Run here and print what it cost."""
    archivos = [Archivo(**a | {"ruta": Path(a["ruta"])}) for a in json.loads((carpeta / _LISTA).read_text())]
    claves = {archivo.clave for archivo in archivos}
    noche = noches.nacional()
    jornada = replace(noche, elecciones=tuple(e for e in noche.elecciones if e.clave in claves))
    # Only the library that the run needs: the others would count as its memory.
    modulo = importlib.import_module("motores" if manera in {"rapido", "llano"} else "ajenos")
    correr_aqui: Manera = modulo.MANERAS[manera]
    inicio, antes = time.perf_counter(), time.process_time()
    votos = correr_aqui(jornada, archivos)
    corrida = Corrida(
        segundos=time.perf_counter() - inicio,
        procesador=time.process_time() - antes,
        gib=_pico(),
        votos=[list(v) for v in votos],
    )
    print(json.dumps(asdict(corrida)))


def _pico() -> float:
    """Return the largest resident size of this process, in GiB; `getrusage` might tell its parent's."""
    lineas = Path("/proc/self/status").read_text().splitlines()
    return next(int(linea.split()[1]) for linea in lineas if linea.startswith("VmHWM")) / 2**20


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
