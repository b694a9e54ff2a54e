"""`pregon origen`: the institute's side of the night."""

import contextlib
import json
import re
import signal
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType
from typing import Any

from pregon.cli.archivos import texto
from pregon.cli.parser import Parser
from pregon.clock import SystemClock, synchronised
from pregon.errors import EXITO, ErrorDeConfiguracion, ErrorDeOperacion
from pregon.node.examen import maquina
from pregon.origin import config as configs
from pregon.origin import contraste as contrastes
from pregon.origin import estados, personas, retenidos
from pregon.origin.cierre import PUBLICACION, fallas_vigentes
from pregon.origin.config import PATRON_DE_PERSONA, ConfigOrigen
from pregon.origin.contraste import Cifras, Contraste
from pregon.origin.imagenes import abrir as imagenes
from pregon.origin.jornada import MARGEN_DE_RETENCION, Carpetas, Fase, JornadaEnCurso, fase_de
from pregon.origin.llaves import OFICIAL, abrir, ceremonia, exigir_custodia
from pregon.origin.personas import Persona
from pregon.origin.repositorio import Repositorio
from pregon.origin.restaurar import abrir_copia, restaurar
from pregon.origin.retencion import FIRMAS, Firma, Retencion
from pregon.origin.sources import abrir as fuentes
from pregon.paquete.difusores import Difusor, leer_difusores_toml
from pregon.storage import atomic
from pregon.storage.bitacora import Bitacora
from pregon.storage.lock import lock
from pregon.transport.local import LocalSender
from pregon.transport.sender import Sender

_CONTRASTE = 100_000
"""Bytes of the file: a few figures per election."""


def main(argv: Sequence[str]) -> int:
    """Prepare, run or show one origin, or act on a held corte."""
    args = _parser().parse_args(argv)
    if args.orden == "persona":
        return _persona(args.id, args.carpeta)
    config = configs.leer(texto(args.config), archivo=args.config)
    match args.orden:
        case "preparar":
            return _preparar(config)
        case "jornada":
            return _jornada(config)
        case "restaurar":
            return _restaurar(config, args.desde)
        case "liberar":
            return _liberar(
                config,
                args.corte,
                huella=args.huella,
                persona=args.persona,
                llave=args.llave,
                motivo=args.motivo,
            )
        case _:
            return _estado(config, en_json=args.json)


def _parser() -> Parser:
    parser = Parser(
        prog="pregon origen",
        descripcion="El Instituto: llaves, cortes, publicación y entrega. Todo se lee de un origen.toml.",
        epilogo="códigos de salida: 0 bien; 2 datos; 4 configuración; 5 confianza; 6 red; 7 disco; 8 acto.",
    )
    ordenes = parser.add_subparsers(dest="orden", required=True, metavar="ORDEN", title="órdenes")
    for nombre, ayuda in (
        ("preparar", "ceremonia de llaves y repositorio vacío, una sola vez"),
        ("jornada", "corre la noche: cortes, publicación, entrega y cierre (hasta SIGTERM)"),
        ("estado", "fase, último corte, corte retenido, alarmas y difusores"),
        ("restaurar", "rehace el repositorio perdido con lo que guardan los difusores"),
        ("liberar", "firma la liberación de un corte retenido; hacen falta dos personas"),
    ):
        sub = ordenes.add_parser(nombre, help=ayuda, descripcion=ayuda)
        sub.add_argument("config", type=Path, metavar="ORIGEN_TOML")
        if nombre == "estado":
            sub.add_argument("--json", action="store_true", help="para programas")
        if nombre == "restaurar":
            sub.add_argument(
                *("--desde", "-d"),
                metavar="URL|CARPETA",
                action="append",
                required=True,
                help="portal o carpeta de un nodo; repítase, cuantos más mejor",
            )
        if nombre == "liberar":
            sub.add_argument("--corte", type=int, metavar="N", required=True, help="número del retenido")
            sub.add_argument(
                "--huella", metavar="HEX", required=True, help="de lo retenido, como la da «estado»"
            )
            sub.add_argument(
                "--motivo", metavar="TEXTO", required=True, help="queda en la bitácora y el acta"
            )
            sub.add_argument("--persona", metavar="ID", required=True, help="quien firma, de [[persona]]")
            sub.add_argument("--llave", type=Path, metavar="RUTA", required=True, help="su llave privada")
    ayuda = "hace el par de llaves de una persona que podrá liberar cortes"
    sub = ordenes.add_parser("persona", help=ayuda, descripcion=ayuda)
    sub.add_argument("id", metavar="ID", help="letras minúsculas, dígitos y guiones")
    sub.add_argument("--carpeta", type=Path, metavar="RUTA", required=True, help="donde quedan las llaves")
    return parser


def _preparar(config: ConfigOrigen) -> int:
    ahora = datetime.now(UTC)
    rol, retencion = fuentes.rol_y_retencion(config, texto=texto, ahora=ahora)
    if rol == OFICIAL and not config.custodios_aqui:
        raise ErrorDeConfiguracion(
            "«preparar» deja las llaves de los custodios sin frase en esta máquina. Para la noche oficial"
            " haga «pregon llaves ceremonia» en una máquina sin red; o, si el Instituto acepta ese riesgo,"
            " escriba «custodios_aqui = true» en [origen]"
        )
    llaves = ceremonia(
        config.instituto, rol=rol, ahora=ahora, vence=max(retencion, ahora) + MARGEN_DE_RETENCION
    )
    Repositorio(config.repositorio, llaves, rol)
    print(f"Llaves de «{rol}» hechas. Huella de la raíz (SHA-256): {llaves.huella}")
    return EXITO


def _restaurar(config: ConfigOrigen, desde: Sequence[str]) -> int:
    ahora = datetime.now(UTC)
    rol, _ = fuentes.rol_y_retencion(config, texto=texto, ahora=ahora)
    llaves = abrir(config.instituto, rol=rol)
    with lock(config.carpeta / "origen.candado"), contextlib.ExitStack() as pila:
        copias = [pila.enter_context(abrir_copia(lugar)) for lugar in desde]
        hecho = restaurar(config.repositorio, llaves, rol=rol, copias=copias, ahora=ahora)
    print(f"Restaurado hasta el corte {hecho.manifest.numero}, con lo que guarda {hecho.lugar}")
    if hecho.sin_imagen:
        print(f"Faltan {hecho.sin_imagen} imágenes que ninguna copia tiene: se recogen otra vez de su fuente")
    for lugar, causa in hecho.fallas.items():
        print(f"No sirvió {lugar}: {causa}")
    print("Siga con «pregon origen jornada»: el próximo corte continúa a éste")
    return EXITO


def _jornada(config: ConfigOrigen) -> int:
    difusores = leer_difusores_toml(texto(config.difusores), str(config.difusores))
    clock = SystemClock()
    fuente, cadencia = fuentes.abrir(config, texto=texto, clock=clock)
    llaves = abrir(config.instituto, rol=fuente.jornada.rol)
    exigir_custodia(config.instituto, rol=llaves.rol, juntas=config.custodios_aqui)

    def terminar(_senal: int, _marco: FrameType | None) -> None:
        clock.stop()

    signal.signal(signal.SIGTERM, terminar)
    signal.signal(signal.SIGINT, terminar)
    with lock(config.carpeta / "origen.candado"):
        print(
            f"Jornada de «{fuente.jornada.rol}» en marcha: «pregon origen estado» dice cómo va;"
            " Ctrl-C la termina en orden",
            flush=True,
        )
        repositorio = Repositorio(config.repositorio, llaves, fuente.jornada.rol)
        JornadaEnCurso(
            fuente=fuente,
            cadencia=cadencia,
            repositorio=repositorio,
            raiz=llaves.huella,
            difusores=difusores,
            senders={d.id: _sender(d, config) for d in difusores},
            carpetas=_carpetas(config),
            clock=clock,
            personas=_personas(config),
            imagenes=imagenes.abrir(config, fuente, repositorio.objetos),
        ).correr()
    return EXITO


def _persona(identificador: str, carpeta: Path) -> int:
    if not re.fullmatch(PATRON_DE_PERSONA, identificador):
        raise ErrorDeConfiguracion(f"«{identificador:.60}» no puede ser un id: minúsculas, dígitos y guiones")
    privada, publica = personas.crear_llaves(carpeta, identificador)
    print(
        f"Llave privada: {privada} (sólo para esa persona; guárdela fuera de esta máquina)\n"
        f"Llave pública: {publica}\n\n"
        "Agregue al origen.toml, y reinicie el origen:\n\n"
        f'[[persona]]\nid = "{identificador}"\nnombre = "Nombre y cargo"\nllave = "{publica}"'
    )
    return EXITO


def _liberar(config: ConfigOrigen, corte: int, *, huella: str, persona: str, llave: Path, motivo: str) -> int:
    if not re.fullmatch("[0-9a-f]{8,64}", huella):
        raise ErrorDeConfiguracion("--huella: de lo retenido, al menos sus primeros 8 dígitos")
    carpetas = _carpetas(config)
    retencion = retenidos.vigente(retenidos.leer(carpetas.retenciones))
    if retencion is None:
        raise ErrorDeOperacion("no hay ningún corte retenido")
    if retencion.numero != corte:
        raise ErrorDeOperacion(f"el corte retenido es el {retencion.numero}, no el {corte}")
    ahora = datetime.now(UTC)
    if retencion.plazo is not None and ahora >= retencion.plazo:
        raise ErrorDeOperacion(f"el plazo del corte {corte} ya venció: lo supera el siguiente")
    # The source is looked at again all the time: nobody signs another content than the one she read.
    if retencion.contenido is not None and not retencion.contenido.startswith(huella):
        raise ErrorDeOperacion("lo retenido cambió, su huella es otra: vea de nuevo «pregon origen estado»")
    conocidas = _personas(config)
    firmas = personas.firmar_liberacion(
        conocidas,
        carpetas.liberaciones,
        retencion,
        persona=persona,
        llave=llave,
        motivo=motivo,
        ahora=ahora,
    )
    print(f"Firmado: corte {corte}, huella de lo retenido {retencion.contenido}")
    if len(firmas) < FIRMAS:
        otras = ", ".join(p.id for p in conocidas if p.id != persona)
        print(f"Falta la firma de otra persona: {otras}")
    else:
        nombres = " y ".join(f.nombre for f in firmas[:FIRMAS])
        print(f"Liberado por {nombres}; el origen lo publica en cuanto lo lea")
    return EXITO


def _personas(config: ConfigOrigen) -> tuple[Persona, ...]:
    todas = tuple(
        Persona(id=p.id, nombre=p.nombre, llave=personas.leer_publica(p.llave)) for p in config.personas
    )
    personas.comprobar(todas)
    return todas


def _carpetas(config: ConfigOrigen) -> Carpetas:
    return Carpetas(base=config.carpeta, transiciones=config.transiciones)


def _estado(config: ConfigOrigen, *, en_json: bool) -> int:
    carpetas = _carpetas(config)
    ahora = datetime.now(UTC)
    difusores = leer_difusores_toml(texto(config.difusores), str(config.difusores))
    vigilancia = estados.leer_y_plegar(difusores, transiciones=carpetas.transiciones, actos=carpetas.actos)
    bitacora = Bitacora(carpetas.bitacora, "origen").leer()
    publicaciones = [a for a in bitacora if a.acto == PUBLICACION]
    ultima = publicaciones[-1].datos if publicaciones else None
    fase = fase_de(ultima["numero"], ultimo=ultima["ultimo"]) if ultima else Fase.ANTES
    retencion = retenidos.vigente(retenidos.leer(carpetas.retenciones))
    firmas = _firmas(config, retencion) if retencion else ()
    contraste = _leer_contraste(carpetas.contraste)
    if en_json:
        informe = {
            "fase": fase.value,
            "corte": ultima,
            "retenido": _retenido_json(retencion, firmas, ahora) if retencion else None,
            "contraste": _contraste_json(contraste) if contraste else None,
            "fallas": fallas_vigentes(bitacora),
            "difusores": {id_: v.estado.value for id_, v in vigilancia.items()},
            "acta": str(carpetas.acta) if carpetas.acta.exists() else None,
            "reloj": _reloj(),
        }
        print(json.dumps(informe, ensure_ascii=False))
        return EXITO
    print(f"Fase: {fase.value}")
    print(f"Reloj: {_reloj()}")
    if ultima and ultima["instante"]:
        publicado = datetime.fromisoformat(ultima["instante"])
        print(f"Último corte: {ultima['numero']}, instante {publicado:%Y-%m-%d %H:%M} UTC")
    else:
        print("Ningún corte publicado")
    for linea in (
        *(_retenido(retencion, firmas, ahora) if retencion else ()),
        *(_contraste(contraste, retenido=retencion is not None) if contraste else ()),
        *(f"FALLA: no se pudo {tarea}: {causa}" for tarea, causa in fallas_vigentes(bitacora).items()),
    ):
        print(linea)
    for difusor in difusores:
        print(f"  {difusor.nombre}: {vigilancia[difusor.id].estado.palabra}")
    if carpetas.acta.exists():
        print(f"Proyecto del acta circunstanciada: {carpetas.acta}")
    return EXITO


def _firmas(config: ConfigOrigen, retencion: Retencion) -> tuple[Firma, ...]:
    libro = Bitacora(_carpetas(config).liberaciones, "origen")
    return personas.firmas(_personas(config), libro.leer(), retencion)


def _retenido(retencion: Retencion, firmas: Sequence[Firma], ahora: datetime) -> Iterator[str]:
    """Yield what an operator must know of a held corte (§15)."""
    motivos = " y ".join(m.value for m in retencion.motivos)
    yield f"CORTE {retencion.numero} RETENIDO desde {retencion.desde:%H:%M:%S} UTC: {motivos}"
    for causa in retencion.causas:
        yield f"  causa: {causa.texto}"
    if retencion.cuantas > len(retencion.causas):
        yield f"  y {retencion.cuantas - len(retencion.causas)} causas más"
    yield f"  plazo: {_plazo(retencion, ahora)}"
    if retencion.contenido:
        quienes = ", ".join(f"{f.nombre} ({f.motivo})" for f in firmas) or "ninguna"
        yield f"  huella de lo retenido: {retencion.contenido}"
        yield f"  firmas para liberarlo: {len(firmas)} de {FIRMAS}: {quienes}"
    yield f"  qué hacer: {retencion.consejo}"


def _plazo(retencion: Retencion, ahora: datetime) -> str:
    if retencion.plazo is None:
        return "ninguno; es el último corte"
    segundos = int((retencion.plazo - ahora).total_seconds())
    if segundos <= 0:
        return f"venció a las {retencion.plazo:%H:%M:%S} UTC; lo supera el corte siguiente"
    faltan = f"{segundos // 60} min {segundos % 60:02d} s"
    return f"{retencion.plazo:%H:%M:%S} UTC, faltan {faltan}; entonces lo supera el corte siguiente"


def _leer_contraste(ruta: Path) -> Contraste | None:
    return contrastes.leer(atomic.read(ruta, limit=_CONTRASTE)) if ruta.exists() else None


def _contraste(contraste: Contraste, *, retenido: bool) -> Iterator[str]:
    for clave, c in contraste.alarmas.items():
        yield (
            f"ALARMA {clave}: la fuente informa {c.fuente} actas verificadas y el corte"
            f" {contraste.numero} tiene {c.corte}"
        )
    for clave, actas in contraste.rezago.items():
        if actas and (retenido or clave not in contraste.alarmas):
            yield f"Rezago {clave}: {actas} actas verificadas en la fuente que el público aún no ve"


def _reloj() -> str:
    """Say how this machine's clock is, in the words of a node's check."""
    hallado = maquina.reloj(synchronised())
    return f"{hallado.dice}: {hallado.hacer}" if hallado.hacer else hallado.dice


def _retenido_json(retencion: Retencion, firmas: Sequence[Firma], ahora: datetime) -> dict[str, Any]:
    plazo = retencion.plazo
    return {
        "numero": retencion.numero,
        "desde": retencion.desde.isoformat(),
        "motivos": [m.value for m in retencion.motivos],
        "causas": [c.texto for c in retencion.causas],
        "cuantas": retencion.cuantas,
        "contenido": retencion.contenido,
        "plazo": plazo.isoformat() if plazo else None,
        "segundos": max(0, int((plazo - ahora).total_seconds())) if plazo else None,
        "firmas": [{"persona": f.persona, "nombre": f.nombre, "motivo": f.motivo} for f in firmas],
        "que_hacer": retencion.consejo,
    }


def _contraste_json(contraste: Contraste) -> dict[str, Any]:
    def cifras(c: Cifras) -> dict[str, Any]:
        return {
            "fuente": c.fuente,
            "corte": c.corte,
            "publicadas": c.publicadas,
            "alarma": bool(c.difieren),
            "rezago": c.rezago,
        }

    return {
        "numero": contraste.numero,
        "instante": contraste.instante.isoformat(),
        "elecciones": {clave: cifras(c) for clave, c in contraste.elecciones.items()},
    }


def _sender(difusor: Difusor, config: ConfigOrigen) -> Sender:
    return LocalSender(config.difusores.parent / difusor.destino)
