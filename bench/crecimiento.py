"""How both engines grow, from 1,000 to 522,000 actas: runs them and draws the plot of the manual.

    python bench/crecimiento.py       writes docs/img/crecimiento.svg and prints the table of the page

Each size is run in processes of their own, the lesser of two counts; it takes minutes. Time is that of the
processor: what else the machine does must not bend the line.
"""

import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

import matplotlib as mpl
import noches
from corrida import Corrida, anotar, correr
from matplotlib import pyplot as plt
from noches import Archivo

ACTAS: Final = (1_000, 3_000, 10_000, 30_000, 100_000, 174_000, 348_000, 522_000)
MANERAS: Final = {"rapido": "motor rápido", "llano": "motor llano"}
VECES: Final = 2
IMAGEN: Final = Path("docs/img/crecimiento.svg")


def main() -> None:
    """Write the night once, cut it to every size, run, print and draw."""
    medidas: dict[str, list[Corrida]] = {manera: [] for manera in MANERAS}
    with tempfile.TemporaryDirectory() as temporal:
        carpeta = Path(temporal)
        enteros = list(noches.escritas(noches.nacional(), carpeta))
        for actas in ACTAS:
            anotar(_recortados(enteros, actas, carpeta), carpeta)
            for manera in MANERAS:
                corridas = [correr(manera, carpeta) for _ in range(VECES)]
                medidas[manera].append(min(corridas, key=lambda c: c.procesador))
    print("| Actas | Rápido (s) | Rápido (µs por acta) | Rápido (GiB) | Llano (s) | Llano (µs por acta) |")
    print("|---:|---:|---:|---:|---:|---:|")
    for actas, rapida, llana in zip(ACTAS, medidas["rapido"], medidas["llano"], strict=True):
        r, ll = rapida.procesador, llana.procesador
        por_acta = f"{r / actas * 1e6:.1f} | {rapida.gib:.2f} | {ll:.3f} | {ll / actas * 1e6:.1f}"
        print(f"| {actas:,} | {r:.3f} | {por_acta} |")
    _dibujar({nombre: [c.procesador for c in medidas[manera]] for manera, nombre in MANERAS.items()})


def _recortados(archivos: Sequence[Archivo], actas: int, carpeta: Path) -> Iterator[Archivo]:
    """Yield files with the first rows of these; the figures of their headers are no longer theirs."""
    for archivo in archivos:
        cuantas = min(actas, archivo.renglones)
        if cuantas:
            datos = archivo.ruta.read_bytes()
            lineas = datos.splitlines(keepends=True)[: noches.cabeza(datos) + 1 + cuantas]
            ruta = carpeta / f"recorte_{archivo.ruta.name}"
            ruta.write_bytes(b"".join(lineas))
            yield replace(archivo, ruta=ruta, renglones=cuantas)
        actas -= cuantas


def _dibujar(segundos: dict[str, list[float]]) -> None:
    mpl.rcParams["svg.hashsalt"] = "pregon"  # the same figures draw the same file
    figura, ejes = plt.subplots(figsize=(7, 4.2))
    for (nombre, tiempos), marca in zip(segundos.items(), "os", strict=True):
        ejes.plot(ACTAS, tiempos, marker=marca, label=nombre)
    ejes.set(xscale="log", yscale="log", xlabel="actas", ylabel="segundos de procesador")
    ejes.set_title("De los CSV al corte: tiempo según el número de actas")
    ejes.grid(which="both", alpha=0.3)
    ejes.legend()
    figura.tight_layout()
    IMAGEN.parent.mkdir(exist_ok=True)
    figura.savefig(IMAGEN, metadata={"Date": None})


if __name__ == "__main__":
    main()
