"""`pregon corte F…`: recompute the header of published databases and compare, as an auditor does first."""

import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from pregon.cli.parser import Parser
from pregon.errors import DIFERENCIAS, EXITO, ErrorDeDatos
from pregon.prep.base_de_datos import LIMITES, Advertencia, leer
from pregon.prep.comparar import Comparacion, comparar
from pregon.prep.corte import CAMPOS_ENCABEZADO
from pregon.prep.sello import sello

_EPILOGO = """códigos de salida:
  0  lo publicado es igual a lo que dan los renglones
  3  hay diferencias
  2  algún archivo no es una base de datos o no se pudo leer (la causa se dice; los demás se informan igual)
  4  la orden está mal escrita"""


def main(argv: Sequence[str]) -> int:
    """Compare every file; the worst result is the exit code."""
    parser = Parser(
        prog="pregon corte",
        descripcion="Recalcula y compara el encabezado de bases de datos publicadas (CSV, ZIP, ZIP en ZIP).",
        epilogo=_EPILOGO,
    )
    parser.add_argument("archivos", nargs="+", metavar="ARCHIVO", help="base de datos publicada")
    parser.add_argument(
        "--ultimo", action="store_true", help="es el último corte: participación con especiales"
    )
    parser.add_argument(
        "--json", action="store_true", help="para un programa: una lista, un objeto por elección"
    )
    # Python 3.11 would cut «usage: » off an own usage that begins with «uso: ».
    parser.usage = "%(prog)s [-h] [--ultimo] [--json] ARCHIVO [ARCHIVO ...]"
    args = parser.parse_intermixed_args(argv)
    comparaciones: list[Comparacion] = []
    errores: list[ErrorDeDatos] = []
    for nombre in args.archivos:
        try:
            bases = leer(nombre, _bytes(Path(nombre)))
        except ErrorDeDatos as fallo:
            errores.append(fallo)
            continue
        comparaciones += [comparar(base, ultimo=args.ultimo) for base in bases]
    if args.json:
        json.dump([_objeto(c) for c in comparaciones], sys.stdout, ensure_ascii=False, indent=1)
        print()
    elif comparaciones:
        print("\n\n".join(map(_tabla, comparaciones)))
    for error in errores:
        print(f"pregon corte: {error}\nQué hacer: {error.consejo}", file=sys.stderr)
    if errores:
        return ErrorDeDatos.codigo
    return DIFERENCIAS if any(c.diferencias for c in comparaciones) else EXITO


def _bytes(ruta: Path) -> bytes:
    try:
        with ruta.open("rb") as f:
            return f.read(LIMITES.bytes_archivo + 1)
    except FileNotFoundError as error:
        raise ErrorDeDatos("el archivo no existe", archivo=str(ruta)) from error
    except IsADirectoryError as error:
        raise ErrorDeDatos("es una carpeta; indique los archivos", archivo=str(ruta)) from error
    except OSError as error:
        raise ErrorDeDatos("no se puede leer; revise los permisos", archivo=str(ruta)) from error


def _objeto(c: Comparacion) -> dict[str, Any]:
    base = c.base
    publicado = base.publicado
    return {
        "archivo": base.archivo,
        "eleccion": base.titulo or base.eleccion,
        "clave": base.eleccion,
        "entidad": base.entidad,
        "corte": base.sello.isoformat() if base.sello else None,
        "ultimo": c.ultimo,
        "publicado": None
        if publicado is None
        else {campo: publicado.get(campo) for campo in CAMPOS_ENCABEZADO},
        "calculado": c.calculado,
        "diferencias": [
            {"campo": d.campo, "publicado": d.publicado, "calculado": d.calculado, "mensaje": d.mensaje}
            for d in c.diferencias
        ],
        "advertencias": [{**asdict(a), "mensaje": a.mensaje} for a in c.advertencias],
        "filas": len(base.actas),
    }


def _tabla(c: Comparacion) -> str:
    base = c.base
    zona = base.sello.tzinfo if base.sello else None
    corte = sello(base.sello, zona) if base.sello and zona else "sin fecha y hora"
    lineas = [
        base.archivo,
        f"{base.titulo or base.eleccion} · corte {corte} · {len(base.actas)} renglones",
        f"  {'':38}{'publicado':>14}{'calculado':>14}",
    ]
    diferentes = {d.campo: d for d in c.diferencias}
    for campo, valor in c.calculado.items():
        impreso = (base.publicado or {}).get(campo) or "–"
        marca = "≠" if campo in diferentes else " "
        lineas.append(f"{marca} {campo:38}{impreso:>14}{valor:>14}")
    lineas += [f"  ≠ {d.campo}: {d.mensaje}" for d in c.diferencias]
    lineas += [f"  ! {_lugar(a, base.archivo)}{a.mensaje}" for a in c.advertencias[:20]]
    if len(c.advertencias) > 20:
        lineas.append(f"  ! y {len(c.advertencias) - 20} advertencias más; «--json» las da todas")
    if base.publicado is None:
        lineas.append("  El archivo no publica encabezado de cifras: no hay con qué comparar.")
    elif not c.diferencias:
        lineas.append("  Igual: los renglones dan lo publicado.")
    return "\n".join(lineas)


def _lugar(a: Advertencia, archivo: str) -> str:
    partes = [a.archivo] if a.archivo != archivo else []
    partes += [f"fila {a.fila}"] if a.fila else []
    partes += [a.columna] if a.columna else []
    return f"{', '.join(partes)}: " if partes else ""
