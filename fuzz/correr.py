"""Fuzz every target, or the named ones, for some seconds each: `make fuzz ARGS="120 manifest prueba"`.

Each runs in a process of its own under atheris. The corpus that it grows stays in build/fuzz/<target>/corpus
for the next time; a find stays beside it as crash-… or timeout-…, and ends the run with 1.
"""

import hashlib
import subprocess
import sys
import time
from importlib.util import find_spec
from pathlib import Path

RAIZ = Path(__file__).resolve().parent.parent
sys.path += [str(RAIZ / "fuzz"), str(RAIZ / "tests" / "hostiles")]

SEGUNDOS = 60
PLAZO = 10
"""Seconds for one input: instrumented code is several times slower."""
MAXIMO = 16_384
"""Bytes of one input."""


def main(argumentos: list[str]) -> int:
    """Run the targets one by one; 1 when any has a find."""
    if argumentos[:1] == ["--uno"]:
        _uno(argumentos[1], int(argumentos[2]))
        return 0
    if find_spec("atheris") is None:
        print("atheris is not here: `make fuzz` sets it up")
        return 4
    from blancos import BLANCOS  # noqa: PLC0415 — a child imports it under atheris, instrumented

    segundos = int(argumentos.pop(0)) if argumentos and argumentos[0].isdigit() else SEGUNDOS
    desconocidos = set(argumentos) - set(BLANCOS)
    if desconocidos:
        print(f"no such target: {', '.join(sorted(desconocidos))}; there are {', '.join(BLANCOS)}")
        return 4
    peor = 0
    for nombre in argumentos or BLANCOS:
        inicio = time.monotonic()
        orden = [sys.executable, __file__, "--uno", nombre, str(segundos)]
        hecho = subprocess.run(orden, capture_output=True, text=True, check=False, timeout=segundos * 3 + 300)
        resumen = [x for x in hecho.stderr.splitlines() if x.startswith(("Done", "#")) or "ERROR" in x][-1:]
        estado = "well" if hecho.returncode == 0 else f"FIND in build/fuzz/{nombre}"
        print(f"{nombre}: {estado} in {time.monotonic() - inicio:.0f} s; {' '.join(resumen)}", flush=True)
        if hecho.returncode:
            print("\n".join((hecho.stdout + hecho.stderr).splitlines()[-40:]))
            peor = 1
    return peor


def _uno(nombre: str, segundos: int) -> None:
    import atheris  # noqa: PLC0415 — the only place that needs it

    with atheris.instrument_imports(include=["pregon"]):
        from blancos import BLANCOS  # noqa: PLC0415 — now, and instrumented
    carpeta = RAIZ / "build" / "fuzz" / nombre
    corpus = carpeta / "corpus"
    corpus.mkdir(parents=True, exist_ok=True)
    for datos in BLANCOS[nombre].semillas():
        (corpus / hashlib.sha256(datos).hexdigest()[:20]).write_bytes(datos)
    opciones = [
        f"-max_total_time={segundos}", f"-timeout={PLAZO}", f"-max_len={MAXIMO}", "-rss_limit_mb=2048",
        f"-artifact_prefix={carpeta}/", "-print_final_stats=1",
    ]  # fmt: skip
    probar = BLANCOS[nombre].probar

    def una(datos: bytes) -> None:
        probar(datos)

    atheris.Setup([sys.argv[0], *opciones, str(corpus)], una)
    atheris.Fuzz()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
