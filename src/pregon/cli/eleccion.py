"""`pregon eleccion`: explain every fault of an election's TOML, or print one that ships as an example."""

import json
from collections.abc import Sequence
from pathlib import Path

from pregon.cli.archivos import texto
from pregon.cli.parser import Parser
from pregon.errors import EXITO, ErrorDeConfiguracion
from pregon.origin.sources import ejemplos
from pregon.prep import eleccion
from pregon.prep.jornada import Eleccion, Jornada
from pregon.prep.sello import sello

_CODIGOS = "códigos de salida: 0 bien, 4 faltas en el archivo o en la llamada"


def main(argv: Sequence[str]) -> int:
    """Run `pregon eleccion`."""
    parser = Parser(
        prog="pregon eleccion",
        descripcion="La elección de una noche, descrita en un TOML.",
        epilogo=_CODIGOS,
    )
    ordenes = parser.add_subparsers(dest="orden", required=True, metavar="ORDEN", title="órdenes")
    ayuda = "explica cada falta de un TOML, con su línea"
    validar = ordenes.add_parser("validar", help=ayuda, descripcion=ayuda, epilogo=_CODIGOS)
    validar.add_argument("archivo", metavar="ARCHIVO", type=Path, help="el TOML de la elección")
    validar.add_argument("--json", action="store_true", help="responde en JSON")
    ayuda = "muestra el TOML comentado de una noche sintética"
    ejemplo = ordenes.add_parser("ejemplo", help=ayuda, descripcion=ayuda, epilogo=_CODIGOS)
    nombres = sorted(ejemplos.EJEMPLOS)
    ejemplo.add_argument("nombre", metavar="NOCHE", choices=nombres, help=" o ".join(nombres))
    args = parser.parse_args(argv)
    if args.orden == "ejemplo":
        print(ejemplos.texto(args.nombre), end="")
        return EXITO
    return _validar(args.archivo, en_json=args.json)


def _validar(archivo: Path, *, en_json: bool) -> int:
    toml = texto(archivo)
    faltas = eleccion.validar(toml, str(archivo))
    jornada = None if faltas else eleccion.leer(toml, archivo=str(archivo))
    if en_json:
        print(json.dumps(_documento(archivo, faltas, jornada), ensure_ascii=False, indent=2))
    elif jornada is None:
        for falta in faltas:
            print(falta)
        print(f"{len(faltas)} {'falta' if len(faltas) == 1 else 'faltas'}.")
    else:
        print(_resumen(archivo, jornada))
    return ErrorDeConfiguracion.codigo if faltas else EXITO


def _documento(
    archivo: Path, faltas: Sequence[ErrorDeConfiguracion], jornada: Jornada | None
) -> dict[str, object]:
    return {
        "archivo": str(archivo),
        "valida": not faltas,
        "faltas": [{"linea": f.linea, "clave": f.clave, "causa": f.causa} for f in faltas],
        "jornada": None
        if jornada is None
        else {
            "nombre": jornada.nombre,
            "tipo": jornada.tipo.value,
            "rol": jornada.rol,
            "apertura": jornada.local(jornada.apertura).isoformat(),
            "cierre": jornada.local(jornada.cierre).isoformat(),
            "elecciones": [
                {
                    "clave": e.clave,
                    "unidades": len(e.unidades),
                    "columnas": [c.clave for c in e.columnas],
                    "casillas": e.catalogo.casillas if e.catalogo else None,
                }
                for e in jornada.elecciones
            ],
        },
    }


def _resumen(archivo: Path, jornada: Jornada) -> str:
    zona = jornada.instituto.zona
    cortes = (jornada.cierre - jornada.apertura) // jornada.periodo + 1
    return "\n".join(
        [
            f"{archivo}: sin faltas.",
            f"{jornada.nombre} ({jornada.tipo.value}, rol {jornada.rol})",
            f"abre {sello(jornada.apertura, zona)}, cierra {sello(jornada.cierre, zona)}, {cortes} cortes",
            *(_linea(e) for e in jornada.elecciones),
        ]
    )


def _linea(eleccion: Eleccion) -> str:
    plural = {"distrito": "distritos", "municipio": "municipios", "entidad": "entidad"}[
        eleccion.detalle.value
    ]
    votos = " ".join(c.clave for c in eleccion.columnas)
    return f"{eleccion.nombre}: {len(eleccion.unidades)} {plural}; columnas de votos: {votos}"
