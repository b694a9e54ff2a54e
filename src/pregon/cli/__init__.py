"""The command line: one module per command. A command builds the objects, calls one use case, prints, exits.

A command's module is imported only when it is called, so that a node without extras runs (decisions §7).
Its contract is `def main(argv: Sequence[str]) -> int`. Adding a command is one module and one line here.
"""

import importlib
import io
import logging
import os
import sys
import zoneinfo
from collections.abc import Sequence
from importlib.metadata import version

from pregon.errors import INTERNO, ErrorDeConfiguracion, PregonError

ORDENES = {
    "demo": "corre una noche electoral completa en esta máquina",
    "corte": "recalcula el encabezado de una base de datos publicada y lo compara",
    "sitio": "hace el sitio completo de una base de datos (prototipo navegable)",
    "verificar": "comprueba una carpeta o dirección contra la firma del Instituto",
    "registro": "lee el registro público de cortes y compara el de varios difusores",
    "eleccion": "valida la configuración de una elección o muestra un ejemplo",
    "origen": "el Instituto: llaves, cortes, publicación y entrega",
    "llaves": "las llaves del Instituto: ceremonia, firmas, rotación, revocación y huella",
    "nodo": "el difusor: recibe, verifica, activa y sirve",
    "vigilancia": "observa lo que el público ve en cada difusor",
    "difusores": "lista de difusores, suspensión y reconexión",
    "memoria": "memoria técnica de un difusor a partir de sus registros de acceso",
}
_PAQUETES_DE_EXTRA = {
    "jinja2": "origen",
    "markupsafe": "origen",
    "aiohttp": "origen",
    "polars": "origen",
    "psycopg": "origen",
    "boto3": "s3",
}


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code (documented in `pregon.errors`)."""
    args = list(sys.argv[1:] if argv is None else argv)
    # Our own tzdata, never the machine's: one of before the law of 2022 prints another hour (E3).
    zoneinfo.reset_tzpath(to=())
    for salida in (sys.stdout, sys.stderr):
        if isinstance(salida, io.TextIOWrapper):
            salida.reconfigure(errors="replace")  # an accent that the terminal lacks is no reason to stop
    nivel = os.environ.get("PREGON_NIVEL", "WARNING").upper()
    logging.basicConfig(
        level=nivel if nivel in logging.getLevelNamesMapping() else "WARNING",
        format="%(asctime)s %(levelname)s %(name)s: %(message)s",
        stream=sys.stderr,
    )
    if not args or args[0] in {"-h", "--help", "--ayuda"}:
        print(_ayuda())
        return 0 if args else ErrorDeConfiguracion.codigo
    if args[0] in {"-V", "--version"}:
        print(f"pregon {version('pregon')}")
        return 0
    orden = args[0]
    if orden not in ORDENES:
        print(f"pregon: «{orden}» no es una orden.\n\n{_ayuda()}", file=sys.stderr)
        return ErrorDeConfiguracion.codigo
    try:
        modulo = importlib.import_module(f"pregon.cli.{orden}")
        codigo = modulo.main(args[1:])
    except ModuleNotFoundError as error:
        extra = _PAQUETES_DE_EXTRA.get(error.name or "")
        if extra is None:
            raise
        print(
            f"pregon {orden}: falta el motor del Instituto ({error.name}).\n"
            f'Qué hacer: instale «pip install "pregon[{extra}]"».',
            file=sys.stderr,
        )
        return ErrorDeConfiguracion.codigo
    except PregonError as error:
        print(f"pregon {orden}: {error}\nQué hacer: {error.consejo}", file=sys.stderr)
        return error.codigo
    except KeyboardInterrupt:
        print(f"\npregon {orden}: interrumpida", file=sys.stderr)
        return 130
    except BrokenPipeError:
        # The reader of our output went away (`| head`): not an error of ours; keep the exit quiet.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return INTERNO
    return int(codigo)


def _ayuda() -> str:
    ancho = max(map(len, ORDENES))
    lineas = [f"  {nombre:<{ancho}}  {texto}" for nombre, texto in ORDENES.items()]
    return "\n".join(
        [
            "uso: pregon ORDEN [argumentos]",
            "",
            "Resultados electorales preliminares que cualquiera puede verificar en cualquier difusor.",
            "",
            "órdenes:",
            *lineas,
            "",
            "«pregon ORDEN --help» explica cada una; «pregon --version» dice la versión.",
        ]
    )
