"""`pregon origen`: the institute's side of the night."""

import json
import signal
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType

from pregon.cli.archivos import texto
from pregon.cli.parser import Parser
from pregon.clock import SystemClock
from pregon.errors import EXITO, ErrorDeConfiguracion
from pregon.origin import config as configs
from pregon.origin import estados
from pregon.origin.cierre import PUBLICACION
from pregon.origin.config import ConfigOrigen, FuenteReproduccion, FuenteSintetica, Reloj
from pregon.origin.jornada import MARGEN_DE_RETENCION, Carpetas, Fase, JornadaEnCurso, fase_de
from pregon.origin.llaves import abrir, ceremonia
from pregon.origin.repositorio import Repositorio
from pregon.origin.sources import Fuente
from pregon.origin.sources.reproduccion import Reproduccion
from pregon.origin.sources.sintetica import Sintetica
from pregon.paquete.difusores import Difusor, leer_difusores_toml
from pregon.prep import eleccion
from pregon.prep.base_de_datos import LIMITES
from pregon.prep.base_de_datos import leer as leer_base
from pregon.prep.cadencia import Cadencia
from pregon.prep.jornada import Jornada, Tipo
from pregon.storage.bitacora import Bitacora
from pregon.storage.lock import lock
from pregon.transport.local import LocalSender
from pregon.transport.sender import Sender


def main(argv: Sequence[str]) -> int:
    """Prepare, run or show one origin."""
    args = _parser().parse_args(argv)
    config = configs.leer(texto(args.config), archivo=args.config)
    match args.orden:
        case "preparar":
            return _preparar(config)
        case "jornada":
            return _jornada(config)
        case _:
            return _estado(config, en_json=args.json)


def _parser() -> Parser:
    parser = Parser(
        prog="pregon origen",
        descripcion="El Instituto: llaves, cortes, publicación y entrega. Todo se lee de un origen.toml.",
        epilogo="códigos de salida: 0 bien; 4 configuración; 5 confianza; 7 disco; 8 operación.",
    )
    ordenes = parser.add_subparsers(dest="orden", required=True, metavar="ORDEN", title="órdenes")
    for nombre, ayuda in (
        ("preparar", "ceremonia de llaves y repositorio vacío, una sola vez"),
        ("jornada", "corre la noche: cortes, publicación, entrega y cierre (hasta SIGTERM)"),
        ("estado", "fase, último corte y difusores"),
    ):
        sub = ordenes.add_parser(nombre, help=ayuda, descripcion=ayuda)
        sub.add_argument("config", type=Path, metavar="ORIGEN_TOML")
        if nombre == "estado":
            sub.add_argument("--json", action="store_true", help="para programas")
    return parser


def _preparar(config: ConfigOrigen) -> int:
    rol, retencion = _rol_y_retencion(config)
    ahora = datetime.now(UTC)
    llaves = ceremonia(
        config.carpeta, rol=rol, ahora=ahora, vence=max(retencion, ahora) + MARGEN_DE_RETENCION
    )
    Repositorio(config.repositorio, llaves, rol)
    print(f"Llaves de «{rol}» hechas. Huella de la raíz (SHA-256): {llaves.huella}")
    return EXITO


def _jornada(config: ConfigOrigen) -> int:
    difusores = leer_difusores_toml(texto(config.difusores), str(config.difusores))
    fuente, cadencia = _fuente_y_cadencia(config)
    llaves = abrir(config.carpeta, rol=fuente.jornada.rol)
    clock = SystemClock()

    def terminar(_senal: int, _marco: FrameType | None) -> None:
        clock.stop()

    signal.signal(signal.SIGTERM, terminar)
    signal.signal(signal.SIGINT, terminar)
    with lock(config.carpeta / "origen.candado"):
        JornadaEnCurso(
            fuente=fuente,
            cadencia=cadencia,
            repositorio=Repositorio(config.repositorio, llaves, fuente.jornada.rol),
            raiz=llaves.huella,
            difusores=difusores,
            senders={d.id: _sender(d, config) for d in difusores},
            carpetas=Carpetas(base=config.carpeta, transiciones=config.transiciones),
            clock=clock,
        ).correr()
    return EXITO


def _estado(config: ConfigOrigen, *, en_json: bool) -> int:
    carpetas = Carpetas(base=config.carpeta, transiciones=config.transiciones)
    difusores = leer_difusores_toml(texto(config.difusores), str(config.difusores))
    vigilancia = estados.leer_y_plegar(difusores, transiciones=carpetas.transiciones, actos=carpetas.actos)
    publicaciones = [a for a in Bitacora(carpetas.bitacora, "origen").leer() if a.acto == PUBLICACION]
    ultima = publicaciones[-1].datos if publicaciones else None
    fase = fase_de(ultima["numero"], ultimo=ultima["ultimo"]) if ultima else Fase.ANTES
    informe = {
        "fase": fase.value,
        "corte": ultima,
        "difusores": {id_: v.estado.value for id_, v in vigilancia.items()},
        "acta": str(carpetas.acta) if carpetas.acta.exists() else None,
    }
    if en_json:
        print(json.dumps(informe, ensure_ascii=False))
        return EXITO
    print(f"Fase: {fase.value}")
    if ultima and ultima["instante"]:
        publicado = datetime.fromisoformat(ultima["instante"])
        print(f"Último corte: {ultima['numero']}, instante {publicado:%Y-%m-%d %H:%M} UTC")
    else:
        print("Ningún corte publicado")
    for difusor in difusores:
        print(f"  {difusor.nombre}: {vigilancia[difusor.id].estado.value}")
    if carpetas.acta.exists():
        print(f"Proyecto del acta circunstanciada: {carpetas.acta}")
    return EXITO


def _rol_y_retencion(config: ConfigOrigen) -> tuple[str, datetime]:
    match config.fuente:
        case FuenteSintetica(eleccion=ruta):
            jornada = _eleccion(ruta)
            return jornada.rol, jornada.retencion
        case FuenteReproduccion(rol=rol):
            return rol, datetime.now(UTC)


def _fuente_y_cadencia(config: ConfigOrigen) -> tuple[Fuente, Cadencia]:
    match config.fuente:
        case FuenteSintetica(eleccion=ruta, semilla=semilla):
            fuente: Fuente = Sintetica(_acortar(_eleccion(ruta), config.reloj), semilla)
        case FuenteReproduccion(archivos=archivos, rol=rol):
            bases = [base for ruta in archivos for base in leer_base(ruta.name, _bytes(ruta))]
            cortes = config.reloj.cortes if config.reloj else 12
            fuente = Reproduccion(bases, Tipo.SIMULACRO, rol, cortes)
    jornada = fuente.jornada
    reloj = config.reloj
    return fuente, Cadencia(
        apertura=jornada.apertura,
        periodo=jornada.periodo,
        cierre=jornada.cierre,
        apertura_real=reloj.apertura_real if reloj else jornada.apertura,
        periodo_real=reloj.periodo_real if reloj else jornada.periodo,
    )


def _acortar(jornada: Jornada, reloj: Reloj | None) -> Jornada:
    """Fit a rehearsal's night to its number of cortes, so that all its actas arrive within them."""
    if reloj is None:
        return jornada
    return replace(jornada, cierre=jornada.apertura + (reloj.cortes - 1) * jornada.periodo)


def _sender(difusor: Difusor, config: ConfigOrigen) -> Sender:
    return LocalSender(config.difusores.parent / difusor.destino)


def _eleccion(ruta: Path) -> Jornada:
    return eleccion.leer(texto(ruta), archivo=str(ruta))


def _bytes(ruta: Path) -> bytes:
    try:
        with ruta.open("rb") as archivo:
            return archivo.read(LIMITES.bytes_archivo + 1)  # one more is refused by who reads it
    except OSError as error:
        raise ErrorDeConfiguracion(f"no se puede leer: {error.strerror}", archivo=str(ruta)) from error
