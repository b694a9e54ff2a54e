"""The node beside rsync and a bare symlink: what a kill leaves, and what readers see while cortes come.

    python bench/caidas.py [PUBLICACIONES [PUNTOS]]     prints the table; writes build/caidas.json

The same trees for all, in one run: an entry page that holds its figures and names six pictures by their
content, and sixty pages, all of which change. *Kill*: `kill -9` before a system call that changes the public
tree, at evenly spaced ones; the tree is mixed when it is neither the whole old corte nor the whole new one.
*Readers*: four of them load the entry page and what it names, as a browser does, through nginx over TLS; a
load is mixed when something of it is missing, torn, or of another corte than the page. rsync deletes nothing,
which spares it the worse half.
"""

import contextlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from functools import cache
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Final

from pregon.node import config
from pregon.paquete.manifest import huella
from pregon.testing import origen, rastro, supervivencia
from pregon.testing.nginx import NginxEnProceso, certificar
from pregon.testing.nodo import escribir_nodo
from pregon.testing.portal import abrir_portal

SALIDA: Final = Path("build/caidas.json")
_PAGINAS: Final = 60
_FIGURAS: Final = 6
_LECTORES: Final = 4
_PAUSA: Final = 0.01
"""Seconds between two loads of a reader, so that on two cores whoever publishes has its turn."""
_CAMBIAN: Final = (
    "open,openat,write,ftruncate,fchmod,chmod,mkdir,rename,renameat,renameat2,link,symlink,unlink"
)
_NOMBRA: Final = re.compile(rb'src="([^"]+)"')
_LIMPIO: Final = """\
user {usuario};
worker_processes auto;
events {{ worker_connections 1024; }}
http {{
    include /etc/nginx/mime.types;
    access_log off;
    server {{
        listen 127.0.0.1:{puerto} ssl;
        ssl_certificate "{carpeta}/certificado.pem";
        ssl_certificate_key "{carpeta}/llave.pem";
        root "{raiz}";
    }}
}}
"""

Orden = Callable[[Path, Path], list[str]]
"""The command that publishes a source tree into a place."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fila:
    """What happened to one way of publishing."""

    manera: str
    puntos: int
    mezclados: int
    """Trees left mixed by a kill."""
    publicaciones: int
    cargas: int
    cargas_mezcladas: int


@cache
def arbol(numero: int) -> dict[str, bytes]:
    """Return a corte's files: all but the style sheet change with it."""
    figuras = [
        b"<svg xmlns='http://www.w3.org/2000/svg'><!--%d %d-->%s</svg>" % (numero, i, b" " * 20_000)
        for i in range(_FIGURAS)
    ]
    nombradas = {f"recursos/figura-{i}.{huella(datos)[:12]}.svg": datos for i, datos in enumerate(figuras)}
    imagenes = "".join(f'<img src="{ruta}">' for ruta in nombradas).encode()
    paginas = {f"casillas/{i}.html": b"<p>corte=%d; casilla %d " % (numero, i) * 50 for i in range(_PAGINAS)}
    entrada = b"<!doctype html><title>Corte</title>corte=%d;" % numero + imagenes + b"<p>fin"
    return origen.paginas(numero) | nombradas | paginas | {"index.html": entrada}


def en_enlace(fuente: Path, lugar: Path) -> list[str]:
    """Copy beside, and turn a symlink over: nothing verified."""
    nueva = lugar.with_name(f"{fuente.name}-copia")
    guion = 'rsync -a "$1/" "$2" && ln -sfn "$2" "$3.nuevo" && mv -T "$3.nuevo" "$3"'
    return ["sh", "-c", guion, "sh", str(fuente), str(nueva), str(lugar)]


def rsync(*opciones: str) -> Orden:
    """Copy into the public folder itself."""
    return lambda fuente, lugar: ["rsync", "-a", *opciones, f"{fuente}/", f"{lugar}/"]


MANERAS: Final[dict[str, Orden]] = {
    "`rsync -a --inplace`": rsync("--inplace"),
    "`rsync -a`": rsync(),
    "`rsync -a --delay-updates`": rsync("--delay-updates"),
    "carpeta nueva y enlace": en_enlace,
}


def main(publicaciones: int, puntos: int) -> None:
    """Measure, print and write."""
    with tempfile.TemporaryDirectory(prefix="pregon-caidas-") as carpeta:
        base = Path(carpeta)
        filas = [_nosotros(base / "nodo", publicaciones, puntos)]
        for i, (manera, orden) in enumerate(MANERAS.items()):
            filas.append(_ajeno(base / f"ajeno-{i}", manera, orden, publicaciones, puntos))
    SALIDA.parent.mkdir(exist_ok=True)
    SALIDA.write_text(json.dumps([asdict(fila) for fila in filas], indent=2, ensure_ascii=False) + "\n")
    print("| Manera | Muertes | Árboles mezclados | Publicaciones | Cargas | Mezcladas | Por publicación |")
    print("|---|---:|---:|---:|---:|---:|---:|")
    for f in filas:
        por = f.cargas_mezcladas / f.publicaciones
        print(
            f"| {f.manera} | {f.puntos} | {f.mezclados} | {f.publicaciones} | {f.cargas:,} |"
            f" {f.cargas_mezcladas:,} | {por:.1f} |"
        )


def _nosotros(base: Path, publicaciones: int, puntos: int) -> Fila:
    escena = supervivencia.preparar(base / "muertes", antes=1, archivos=arbol)
    with supervivencia.copia(escena.carpeta) as carpeta:
        corrida = rastro.seguir(supervivencia.recibidor(carpeta))
        pasos = rastro.repartidos(rastro.pasos(corrida, carpeta), puntos)
    mezclados = 0
    for paso in pasos:
        with supervivencia.copia(escena.carpeta) as carpeta:
            assert rastro.inyectar(supervivencia.recibidor(carpeta), paso, "signal=SIGKILL") == -9
            mezclados += _mezclado(carpeta / "actual")
            assert escena.juzgar(carpeta, visto=supervivencia.visible(carpeta)) is None
    with abrir_portal(base, con_nginx=True, por_segundo=1_000_000, conexiones=1000) as portal:
        portal.entregar(1, archivos=arbol(1))
        assert portal.nginx is not None
        with _lectores(portal.nginx) as cuenta:
            for numero in range(2, publicaciones + 2):
                portal.entregar(numero, archivos=arbol(numero))
    return _fila("un nodo de Pregón", len(pasos), mezclados, publicaciones, cuenta)


def _ajeno(base: Path, manera: str, orden: Orden, publicaciones: int, puntos: int) -> Fila:
    base.mkdir()
    pasos = rastro.repartidos(_pasos(base / "ensayo", orden), puntos)
    mezclados = 0
    for i, (llamada, vez) in enumerate(pasos):
        lugar = _sembrar(base / f"muerte-{i}", orden)
        muerte = ["strace", "-f", "-q", "-q", "-o", "/dev/null", f"--trace={llamada}"]
        muerte.append(f"--inject={llamada}:signal=SIGKILL:when={vez}")
        publicar = [*muerte, *orden(_escribir(lugar.parent, 2), lugar)]
        subprocess.run(publicar, capture_output=True, check=False, timeout=60)
        mezclados += _mezclado(lugar)
        shutil.rmtree(lugar.parent)
    lugar = _sembrar(base / "lectores", orden)
    nodo = escribir_nodo(base / "nodo", base, rol=origen.ROL)
    nginx = NginxEnProceso(config.leer(nodo.read_text(), archivo=nodo), base)
    certificar(base)
    with contextlib.ExitStack() as pila:
        pila.push(nginx.__exit__)
        assert nginx.config.nginx is not None
        usuario = nginx.config.nginx.usuario
        nginx.arrancar(_LIMPIO.format(usuario=usuario, puerto=nginx.https, carpeta=base, raiz=lugar))
        with _lectores(nginx) as cuenta:
            for numero in range(2, publicaciones + 2):
                fuente = _escribir(lugar.parent, numero)
                subprocess.run(orden(fuente, lugar), check=True, timeout=60)
                shutil.rmtree(fuente)
    return _fila(manera, len(pasos), mezclados, publicaciones, cuenta)


def _pasos(base: Path, orden: Orden) -> list[tuple[str, int]]:
    """Return the calls of a whole run that change something below the public place."""
    lugar = _sembrar(base, orden)
    salida = base / "rastro"
    seguir = ["strace", "-f", "-q", "-q", "-y", "-o", str(salida), f"--trace={_CAMBIAN}"]
    subprocess.run([*seguir, *orden(_escribir(base, 2), lugar)], check=True, timeout=60)
    veces: Counter[tuple[str, str]] = Counter()
    pasos = []
    for linea in salida.read_text().splitlines():
        hallada = re.match(r"(\d+) +(\w+)\((.*) = \d", linea)
        if hallada is None:
            continue
        proceso, llamada, resto = hallada.groups()
        veces[proceso, llamada] += 1
        lee = llamada.startswith("open") and "O_CREAT" not in resto and "O_WRONLY" not in resto
        # rsync's receiver works with names relative to the place, where it stands.
        if not lee and ("/lugar" in resto or "copia" in resto or '("' not in f"({resto}"):
            pasos.append((llamada, veces[proceso, llamada]))
    return list(dict.fromkeys(pasos))


def _sembrar(base: Path, orden: Orden) -> Path:
    """Publish corte 1 at a new place and return it."""
    base.mkdir()
    lugar = base / "lugar"
    subprocess.run(orden(_escribir(base, 1), lugar), check=True, timeout=60)
    return lugar


def _escribir(base: Path, numero: int) -> Path:
    """Write a corte's tree to be published, each with its own times: rsync looks at nothing else."""
    fuente = base / f"corte-{numero}"
    for ruta, datos in arbol(numero).items():
        archivo = fuente / ruta
        archivo.parent.mkdir(parents=True, exist_ok=True)
        archivo.write_bytes(datos)
        os.utime(archivo, (1_780_000_000 + 600 * numero,) * 2)
    return fuente


def _mezclado(lugar: Path) -> bool:
    """Tell if a public tree is neither the whole corte 1 nor the whole corte 2."""

    def entero(numero: int) -> bool:
        return all(
            (lugar / ruta).is_file() and (lugar / ruta).read_bytes() == datos
            for ruta, datos in arbol(numero).items()
        )

    return not (entero(1) or entero(2))


@contextlib.contextmanager
def _lectores(nginx: NginxEnProceso) -> Iterator[Counter[str]]:
    """Load the entry page again and again, by several readers; yield the count of loads and of mixed ones."""
    fin = threading.Event()
    cuentas = [Counter[str]() for _ in range(_LECTORES)]

    def leer(cuenta: Counter[str]) -> None:
        cliente = nginx.cliente()
        while not fin.is_set():
            try:
                cuenta["mezcladas"] += not _carga(cliente)
            except (HTTPException, OSError):  # an answer cut short
                cuenta["mezcladas"] += 1
                cliente.close()
            cuenta["cargas"] += 1
            time.sleep(_PAUSA)
        cliente.close()

    hilos = [threading.Thread(target=leer, args=(cuenta,)) for cuenta in cuentas]
    for hilo in hilos:
        hilo.start()
    total = Counter[str]()
    try:
        yield total
    finally:
        fin.set()
        for hilo in hilos:
            hilo.join()
        for cuenta in cuentas:
            total.update(cuenta)


def _carga(cliente: HTTPConnection) -> bool:
    """Load the entry page and all that it names; tell if all is whole and of the page's corte."""
    entrada = _pedir(cliente, "index.html")
    hallado = re.search(rb"corte=(\d+);", entrada)
    if hallado is None:
        return False
    esperado = arbol(int(hallado[1]))
    nombradas = [ruta.decode() for ruta in _NOMBRA.findall(entrada)]
    leidas = [_pedir(cliente, ruta) == esperado.get(ruta) for ruta in nombradas]
    return entrada == esperado["index.html"] and all(leidas)


def _pedir(cliente: HTTPConnection, ruta: str) -> bytes:
    cliente.request("GET", f"/{ruta}")
    return cliente.getresponse().read()


def _fila(manera: str, puntos: int, mezclados: int, publicaciones: int, cuenta: Counter[str]) -> Fila:
    return Fila(
        manera=manera,
        puntos=puntos,
        mezclados=mezclados,
        publicaciones=publicaciones,
        cargas=cuenta["cargas"],
        cargas_mezcladas=cuenta["mezcladas"],
    )


if __name__ == "__main__":
    publicaciones, puntos = (*map(int, sys.argv[1:]), *(200, 60)[len(sys.argv) - 1 :])
    main(publicaciones, puntos)
