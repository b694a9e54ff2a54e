"""`pregon demo`: a whole election night on this machine, by the public commands, in about two minutes.

It prepares a folder, starts origin, nodes and monitor as real processes, kills one difusor for three
periods, starts it again, sends a few readers, and at the close gathers acta and memoria. What it prints
on stdout is for people until, with `--salir`, the last line: one JSON object for programs.
"""

import json
import shlex
import shutil
import signal
import sys
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import FrameType

from pregon.cli.demo.narracion import Narracion
from pregon.cli.demo.noche import Noche, Plan, preparar, puertos_libres, repartir_raiz
from pregon.cli.demo.procesos import Procesos, orden
from pregon.cli.parser import Parser
from pregon.errors import EXITO, INTERNO, ErrorDeConfiguracion

_ARRANQUE = 9.0
"""Wall seconds from the start of the processes to the opening, so that *antes de abrir* can be seen."""
_ARRANQUE_POR_ARCHIVO = 6.0
"""More for each real file, which origin reads before it opens."""
_CADA = 6.0
"""Wall seconds between cortes, unless told otherwise."""
_CADA_POR_ARCHIVO = 5.0
"""More for each real file after the first: real nights with hundreds of columns take origin seconds."""
_GRACIA_FINAL = 12
"""Periods after the last corte within which the night must have closed."""


def main(argv: Sequence[str]) -> int:
    """Run the demo; 0 when every node ended on the last corte, verified."""
    args = _parser().parse_args(argv)
    puerto = puertos_libres(args.puerto or 8080, args.nodos + 1, exactos=args.puerto is not None)
    for ruta in args.desde:
        if not ruta.is_file():
            raise ErrorDeConfiguracion(f"no existe el archivo {ruta}")
    espera = _ARRANQUE + _ARRANQUE_POR_ARCHIVO * len(args.desde)
    carpeta = (args.carpeta or Path(f"noche-{datetime.now(UTC):%Y%m%d-%H%M%S}")).resolve()
    if carpeta.exists() and any(carpeta.iterdir()):
        raise ErrorDeConfiguracion(f"la carpeta {carpeta} no está vacía: elija otra con --carpeta")
    plan = Plan(
        carpeta=carpeta,
        eleccion=args.eleccion,
        desde=tuple(args.desde),
        cortes=args.cortes,
        cada=args.cada or _CADA + _CADA_POR_ARCHIVO * max(0, len(args.desde) - 1),
        nodos=args.nodos,
        puerto=puerto,
        apertura_real=_segundo_entero(datetime.now(UTC) + timedelta(seconds=espera)),
    )
    return _correr(plan, salir=args.salir)


def _parser() -> Parser:
    parser = Parser(
        prog="pregon demo",
        descripcion=(
            "Corre una noche electoral completa en esta máquina: cortes, firma, entrega, portales,\n"
            "vigilancia, una suspensión con su regreso, cierre, acta y memoria técnica."
        ),
        epilogo=(
            "códigos de salida: 0 todos los nodos terminaron en el último corte, verificados; "
            "1 alguno no; 4 argumentos."
        ),
    )
    parser.add_argument(
        "--desde", nargs="+", type=Path, default=[], metavar="ARCHIVO",
        help="reproduce la noche de estas bases de datos publicadas (CSV o ZIP)",
    )  # fmt: skip
    parser.add_argument(
        "--eleccion", choices=["diputaciones", "ayuntamientos"], default="diputaciones",
        help="noche sintética que se corre (de fábrica: diputaciones)",
    )  # fmt: skip
    parser.add_argument("--cortes", type=_entero(1, 145), default=12, help="número de cortes (12)")
    parser.add_argument(
        "--cada", type=_numero(1, 600), default=None, metavar="SEG",
        help="segundos reales entre cortes (6; más con varios archivos); los sellos van a su paso",
    )  # fmt: skip
    parser.add_argument("--nodos", type=_entero(1, 50), default=3, help="difusores, aparte del nodo 0 (3)")
    parser.add_argument(
        "--puerto", type=_entero(1024, 65_000), default=None,
        help="puerto del nodo 0; los demás siguen (el primero libre desde 8080)",
    )  # fmt: skip
    parser.add_argument("--carpeta", type=Path, help="dónde escribir todo (noche-FECHA-HORA)")
    parser.add_argument(
        "--salir", action="store_true",
        help="termina al cerrar la jornada; la última línea es un objeto JSON",
    )  # fmt: skip
    return parser


def _correr(plan: Plan, *, salir: bool) -> int:
    inicio = time.monotonic()
    noche = preparar(plan)
    _decir(f"Carpeta de la noche: {plan.carpeta}")
    llaves = orden("origen", "preparar", str(noche.origen))
    if llaves.returncode:
        print(llaves.stderr, file=sys.stderr)
        return llaves.returncode
    repartir_raiz(noche)
    _decir(llaves.stdout.strip())
    alto = _Alto()
    procesos = Procesos(plan.carpeta / "procesos", avisar=_decir)
    try:
        for i, nodo in enumerate(noche.nodos):
            procesos.iniciar(f"nodo-{i}", "nodo", "servir", str(nodo.config))
            _decir(f"{nodo.nombre}: {nodo.url}/")
        procesos.iniciar("origen", "origen", "jornada", str(noche.origen))
        procesos.iniciar("vigilancia", "vigilancia", "observar", str(noche.vigilancia))
        narracion = Narracion(noche, procesos, decir=_decir)
        limite = plan.apertura_real + timedelta(seconds=plan.cada * (plan.cortes + _GRACIA_FINAL))
        while not alto.pedido and not narracion.terminada and datetime.now(UTC) < limite:
            narracion.paso()
            time.sleep(0.25)
        if alto.pedido:
            return INTERNO if salir else EXITO
        resumen = narracion.resumen(segundos=time.monotonic() - inicio)
        bien = narracion.terminada and all(nodo["verificado"] for nodo in resumen["nodos"])
        _despedida(noche, resumen, bien=bien)
        if not salir:
            _decir("Los portales siguen en pie; Ctrl-C termina")
        while not salir and not alto.pedido:
            procesos.cuidar()
            time.sleep(0.5)
    finally:
        procesos.terminar()
    if salir:
        print(json.dumps(resumen, ensure_ascii=False), flush=True)
    return EXITO if bien else INTERNO


def _despedida(noche: Noche, resumen: dict[str, object], *, bien: bool) -> None:
    if not bien:
        _decir(
            f"La noche no terminó como debía; lo que dijo cada proceso está en {noche.plan.carpeta}/procesos"
        )
        return
    _decir(f"Proyecto del acta circunstanciada: {resumen['acta']}")
    _decir(f"Memoria técnica de {noche.nodos[-1].nombre}: {resumen['memoria']}")
    pregon = "pregon" if shutil.which("pregon") else f"{shlex.quote(sys.executable)} -m pregon"
    raiz = shlex.quote(str(noche.raiz))
    _decir(f"Verifique usted mismo: {pregon} verificar {noche.nodos[1].url} --raiz {raiz}")


class _Alto:
    """Ctrl-C and SIGTERM: end in order, once."""

    def __init__(self) -> None:
        self.pedido = False
        signal.signal(signal.SIGINT, self._pedir)
        signal.signal(signal.SIGTERM, self._pedir)

    def _pedir(self, _senal: int, _marco: FrameType | None) -> None:
        self.pedido = True


def _decir(texto: str) -> None:
    print(f"{datetime.now(UTC):%H:%M:%S} {texto}", flush=True)


def _segundo_entero(instante: datetime) -> datetime:
    return instante.replace(microsecond=0) + timedelta(seconds=1)


def _entero(minimo: int, maximo: int) -> Callable[[str], int]:
    def entero(texto: str) -> int:
        valor = int(texto)
        if not minimo <= valor <= maximo:
            raise ValueError
        return valor

    return entero


def _numero(minimo: float, maximo: float) -> Callable[[str], float]:
    def numero(texto: str) -> float:
        valor = float(texto)
        if not minimo <= valor <= maximo:
            raise ValueError
        return valor

    return numero
