"""`pregon llaves`: the institute's keys, from the ceremony on an offline machine to a theft in the night."""

import getpass
import re
import sys
from argparse import Namespace
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from pathlib import Path

from securesystemslib.signer import CryptoSigner, Key
from tuf.api.metadata import Metadata, Root

from pregon.cli.archivos import contenido, texto
from pregon.cli.parser import Parser
from pregon.errors import EXITO, ErrorDeConfiguracion, ErrorDeOperacion
from pregon.origin import config as configs
from pregon.origin import custodia, expediente, llaves, papel, personas, raices
from pregon.origin.raices import EN_LINEA, NOMBRE, ROL, Cadena, Cambios
from pregon.paquete.manifest import huella


def main(argv: Sequence[str]) -> int:
    """Do one act with keys, or show them."""
    args = _parser().parse_args(argv)
    match args.orden:
        case "huella":
            return _huella(args.ruta, args.otra)
        case "instalar":
            return _instalar(args.expediente, args.config, args.en_linea)
        case "custodio":
            _comprobar(NOMBRE, [args.nombre])
            frase = _Frases(args.frases).nueva(args.nombre)
            custodia.guardar_par(args.carpeta, args.nombre, custodia.nueva(), frase=frase)
            print(
                f"Llave privada, bajo su frase: {args.carpeta / args.nombre}.pem (sólo para «{args.nombre}»)"
            )
            print(f"Llave pública, para la ceremonia: {args.carpeta / args.nombre}.publica.json")
            return EXITO
        case _:
            return _actuar(args)


def _parser() -> Parser:
    parser = Parser(
        prog="pregon llaves",
        descripcion="Las llaves del Instituto. Casi todo se hace en una máquina sin red.",
        epilogo="códigos de salida: 0 bien; 4 configuración; 5 confianza; 7 disco; 8 acto.",
    )
    ordenes = parser.add_subparsers(dest="orden", required=True, metavar="ORDEN", title="órdenes")
    ayudas = {
        "ceremonia": "hace las primeras llaves y la raíz; imprime el acta",
        "custodio": "hace el par de llaves de un custodio en su propia máquina",
        "firmar": "agrega la firma de un custodio a lo que esté pendiente",
        "rotar": "llaves nuevas, roles nuevos, custodios nuevos u otra vigencia",
        "revocar": "saca llaves perdidas o robadas",
        "instalar": "el origen toma del expediente raíces, targets y llaves en línea",
        "huella": "dice la huella de una raíz y de los roles, y si dos raíces se encadenan",
    }
    subs = {nombre: ordenes.add_parser(nombre, help=a, descripcion=a) for nombre, a in ayudas.items()}
    subs["custodio"].add_argument("nombre", metavar="NOMBRE", help="letras minúsculas, dígitos y guiones")
    subs["custodio"].add_argument("--carpeta", type=Path, metavar="RUTA", required=True, help="su medio")
    for nombre in ("ceremonia", "firmar", "rotar", "revocar", "instalar"):
        subs[nombre].add_argument(
            "expediente", type=Path, metavar="EXPEDIENTE", help="el archivo .json que viaja"
        )
    subs["instalar"].add_argument("config", type=Path, metavar="ORIGEN_TOML", help="configuración del origen")
    for nombre in ("custodio", "ceremonia", "firmar", "rotar", "revocar"):
        subs[nombre].add_argument(
            "--frases",
            type=Path,
            metavar="RUTA",
            help="archivo o descriptor con renglones nombre=frase, en vez de preguntarlas",
        )
    for nombre in ("ceremonia", "firmar", "rotar", "revocar"):
        subs[nombre].add_argument(
            "--llave",
            type=Path,
            metavar="PEM",
            action="append",
            default=[],
            required=nombre == "firmar",
            help="llave privada de un custodio presente, que firma; las veces que haga falta",
        )
    for nombre in ("ceremonia", "rotar", "revocar", "instalar"):
        subs[nombre].add_argument(
            "--en-linea",
            type=Path,
            metavar="RUTA",
            required=nombre == "ceremonia",
            help="medio de las llaves en línea que va al origen",
        )
    for nombre, opcion in (("ceremonia", "--custodio"), ("rotar", "--custodio"), ("revocar", "--nuevo")):
        subs[nombre].add_argument(
            opcion,
            metavar="NOMBRE=RUTA",
            action="append",
            default=[],
            required=nombre == "ceremonia",
            help="custodio y la carpeta de su medio, o su .publica.json si hizo su llave en otra parte",
        )
    for nombre in ("ceremonia", "rotar", "revocar"):
        subs[nombre].add_argument(
            "--rol",
            metavar="ROL",
            action="append",
            default=[],
            required=nombre == "ceremonia",
            help="oficial o simulacro-AAAA-MM-DD; las veces que haga falta",
        )
    for nombre in ("ceremonia", "rotar"):
        subs[nombre].add_argument(
            "--umbral", type=int, metavar="N", help="firmas de custodios que hacen falta (al empezar, 2)"
        )
        subs[nombre].add_argument(
            "--vence", metavar="AAAA-MM-DD", required=nombre == "ceremonia", help="después de la retención"
        )
    for nombre in ("rotar", "revocar"):
        for uno in EN_LINEA:
            subs[nombre].add_argument(f"--{uno}", action="store_true", help=f"la llave en línea de {uno}")
    subs["revocar"].add_argument(
        "--custodio", metavar="NOMBRE", action="append", default=[], help="custodio cuya llave sale"
    )
    subs["revocar"].add_argument(
        "--retirar", metavar="ROL", action="append", default=[], help="rol que se acaba, sin llave nueva"
    )
    subs["huella"].add_argument(
        "ruta", type=Path, metavar="RUTA", help="raíz, expediente o carpeta del Instituto"
    )
    subs["huella"].add_argument("otra", type=Path, metavar="OTRA", nargs="?", help="¿se encadena con ésta?")
    return parser


def _actuar(args: Namespace) -> int:
    """Make or change a chain, or only sign it; write it down with its acta."""
    frases = _Frases(args.frases)
    nuevos: dict[str, _Nuevo] = {}
    en_linea: dict[str, CryptoSigner] = {}
    if args.orden == "firmar":
        cadena = expediente.leer(args.expediente)
        if not raices.pendientes(cadena):
            raise ErrorDeOperacion("a este expediente no le falta ninguna firma")
        print(papel.acta(cadena))  # nobody signs what she has not read
    else:
        hacer = _ceremonia if args.orden == "ceremonia" else _cambiar
        publicas, nuevos = _custodios(args.nuevo if args.orden == "revocar" else args.custodio, frases)
        cadena, en_linea = hacer(args, publicas)
    firmantes = [nuevo.firmante for nuevo in nuevos.values()] + _abrir_llaves(args.llave, frases)
    cadena = raices.firmar(cadena, firmantes)
    # Nothing was written until all was known to be well; the file that makes the act is the last.
    for nombre, nuevo in nuevos.items():
        custodia.guardar_par(nuevo.carpeta, nombre, nuevo.firmante, frase=nuevo.frase)
    if en_linea:
        llaves.guardar_en_linea(args.en_linea, en_linea)
    if args.orden == "firmar":
        return _terminar(args.expediente, cadena, con=" [--en-linea MEDIO]")
    return _terminar(args.expediente, cadena, con=f" --en-linea {args.en_linea}" if en_linea else "")


def _ceremonia(args: Namespace, custodios: Mapping[str, Key]) -> tuple[Cadena, dict[str, CryptoSigner]]:
    if args.expediente.exists():
        raise ErrorDeOperacion(f"«{args.expediente}» ya existe: cada ceremonia tiene su expediente")
    _comprobar(ROL, args.rol)
    en_linea = {nombre: custodia.nueva() for nombre in (*args.rol, *EN_LINEA)}
    cadena = raices.fundar(
        custodios=custodios,
        umbral=2 if args.umbral is None else args.umbral,
        roles={rol: en_linea[rol].public_key for rol in args.rol},
        en_linea={nombre: en_linea[nombre].public_key for nombre in EN_LINEA},
        vence=_vence(args.vence),
    )
    return cadena, en_linea


def _cambiar(args: Namespace, custodios: Mapping[str, Key]) -> tuple[Cadena, dict[str, CryptoSigner]]:
    cadena = expediente.leer(args.expediente)
    revoca = args.orden == "revocar"
    _comprobar(ROL, args.rol)
    nombres = {*args.rol, *(uno for uno in EN_LINEA if getattr(args, uno))}
    if revoca and (args.rol or args.snapshot):
        # Who could sign those numbers could have pushed them up: others must sign from now on (A5).
        nombres |= set(EN_LINEA)
    if revoca and (ajenos := set(args.rol) - set(cadena.delegaciones)):
        raise ErrorDeOperacion(f"no hay un rol «{min(ajenos)}» que revocar")
    if nombres and args.en_linea is None:
        raise ErrorDeConfiguracion("--en-linea: diga en qué medio quedan las llaves nuevas")
    en_linea = {nombre: custodia.nueva() for nombre in sorted(nombres)}
    cambios = Cambios(
        custodios={**dict.fromkeys(args.custodio if revoca else ()), **custodios},
        roles=dict.fromkeys(args.retirar if revoca else ())
        | {rol: en_linea[rol].public_key for rol in args.rol},
        en_linea={nombre: en_linea[nombre].public_key for nombre in EN_LINEA if nombre in en_linea},
        umbral=None if revoca else args.umbral,
        vence=None if revoca or args.vence is None else _vence(args.vence),
    )
    return raices.cambiar(cadena, cambios), en_linea


def _terminar(ruta: Path, cadena: Cadena, *, con: str) -> int:
    faltas = raices.pendientes(cadena)
    acta = expediente.guardar(ruta, cadena)
    print(acta.read_text(encoding="utf-8"))
    print(f"Acta para imprimir: {acta}")
    if faltas:
        for falta in faltas:
            print(f"Pendiente: {falta.texto}")
        print(f"Lleve «{ruta}» a cada uno para que dé «pregon llaves firmar».")
    else:
        raices.completa(cadena)
        print(f"Está completo. En el origen: «pregon llaves instalar {ruta.name} origen.toml{con}»")
    return EXITO


def _instalar(ruta: Path, config: Path, en_linea: Path | None) -> int:
    instituto = configs.leer(texto(config), archivo=config).instituto
    cadena = expediente.leer(ruta)
    firmantes = llaves.leer_en_linea(en_linea, cadena) if en_linea else {}
    llaves.instalar(instituto, cadena, firmantes)
    print(f"Instaladas en «{instituto}»: raíz {len(cadena.raices)}, targets {len(cadena.targets)}.")
    print("Un origen que esté corriendo las toma con su siguiente latido o corte; no lo reinicie.")
    if firmantes:
        print(f"Las llaves en línea ya están aquí: destruya el medio «{en_linea}».")
    return EXITO


def _huella(ruta: Path, otra: Path | None) -> int:
    cadena = _leer_publico(ruta)
    if cadena.targets:
        lineas = list(papel.huellas(cadena))
    else:
        lineas = [(f"Huella de la raíz {cadena.root.version} (SHA-256)", huella(cadena.raices[0]))]
    for titulo, numero in lineas:
        print("\n".join(papel.parrafo(titulo, numero)))
    for verificadora in papel.verificadoras(cadena) if cadena.targets else ():
        print(f"Llave de verificación: {verificadora}")
    for falta in raices.pendientes(cadena) if cadena.targets else ():
        print(f"PROVISIONAL: {falta.texto}; no publique nada de esto hasta que esté completo")
    if otra is not None:
        root = raices.encadenar(cadena, _leer_publico(otra))
        print(
            f"Se encadenan: quien confía en la más vieja llega, firma por firma, a la versión {root.version}."
        )
    return EXITO


def _leer_publico(ruta: Path) -> Cadena:
    """Return what a folder, an expediente or one root.json holds."""
    if ruta.is_dir():
        cadena = llaves.leer_cadena(ruta / "repositorio" / "metadata")
    elif b'"raices"' in (datos := contenido(ruta))[:200]:
        return expediente.leer(ruta)
    else:
        cadena = Cadena(raices=(datos,), targets=())
    try:
        for datos in cadena.raices:
            raices.custodios_de(Metadata[Root].from_bytes(datos).signed)
    except raices.DE_OTRA_FORMA as error:
        raise ErrorDeConfiguracion("no es una raíz ni un expediente", archivo=str(ruta)) from error
    return cadena


def _custodios(nombrados: Iterable[str], frases: "_Frases") -> tuple[dict[str, Key], dict[str, "_Nuevo"]]:
    """Return name → public key of each, and name → what is to be written for those made here and now."""
    rutas: dict[str, Path] = {}
    for nombrado in nombrados:
        nombre, _, escrita = nombrado.partition("=")
        _comprobar(NOMBRE, [nombre])
        if not escrita or nombre in rutas or Path(escrita) in rutas.values():
            raise ErrorDeConfiguracion(f"«{nombrado}»: va NOMBRE=RUTA, cada custodio y cada medio una vez")
        rutas[nombre] = Path(escrita)
    publicas: dict[str, Key] = {}
    nuevos: dict[str, _Nuevo] = {}
    for nombre, ruta in rutas.items():
        if ruta.suffix == ".json":
            publicas[nombre] = personas.leer_publica(ruta)
            continue
        custodia.comprobar_medio(ruta, nombre)
        nuevo = _Nuevo(carpeta=ruta, firmante=custodia.nueva(), frase=frases.nueva(nombre))
        nuevos[nombre], publicas[nombre] = nuevo, nuevo.firmante.public_key
    return publicas, nuevos


def _abrir_llaves(rutas: Iterable[Path], frases: "_Frases") -> list[CryptoSigner]:
    return [custodia.abrir(r, frase=frases.de(r) if custodia.cifrada(r) else None) for r in rutas]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Nuevo:
    """A custodian's pair that is not written yet."""

    carpeta: Path
    firmante: CryptoSigner
    frase: str


class _Frases:
    """Passphrases, asked on the terminal or read from a file; never from the command line."""

    def __init__(self, archivo: Path | None) -> None:
        """Read the file, if one is given: lines `nombre=frase`."""
        self._dadas: Mapping[str, str] | None = None
        if archivo is not None:
            renglones = (renglon.partition("=") for renglon in texto(archivo).splitlines())
            self._dadas = {nombre.strip(): frase for nombre, _, frase in renglones if frase}

    def nueva(self, nombre: str) -> str:
        """Return the passphrase of a key that is about to be made; on a terminal it is asked twice."""
        if self._dadas is not None:
            custodia.comprobar_frase(nombre, self._dada(nombre))
            return self._dada(nombre)
        print(
            f"Frase nueva de «{nombre}», que sólo esa persona debe saber; por ejemplo, seis palabras al azar."
        )
        frase = self._preguntar(f"Frase de «{nombre}»: ")
        if self._preguntar("Otra vez: ") != frase:
            raise ErrorDeConfiguracion(f"las dos frases de «{nombre}» no son iguales; nada se firmó")
        custodia.comprobar_frase(nombre, frase)
        return frase

    def de(self, ruta: Path) -> str:
        """Return the passphrase of a key that exists; its name is the file's."""
        if self._dadas is not None:
            return self._dada(ruta.stem)
        return self._preguntar(f"Frase de «{ruta.stem}», para firmar con {ruta}: ")

    def _dada(self, nombre: str) -> str:
        assert self._dadas is not None
        if nombre not in self._dadas:
            raise ErrorDeConfiguracion(f"--frases: falta la de «{nombre}»")
        return self._dadas[nombre]

    def _preguntar(self, pregunta: str) -> str:
        if not sys.stdin.isatty():
            raise ErrorDeConfiguracion("no hay terminal en que preguntar la frase; use --frases")
        return getpass.getpass(pregunta)


def _comprobar(patron: re.Pattern[str], nombres: Iterable[str]) -> None:
    for nombre in nombres:
        if not patron.fullmatch(nombre):
            raise ErrorDeConfiguracion(
                f"«{nombre:.60}» no puede ser un nombre: minúsculas, dígitos y guiones"
            )


def _vence(escrita: str) -> datetime:
    try:
        vence = datetime.combine(date.fromisoformat(escrita), time(), UTC)
    except ValueError as error:
        raise ErrorDeConfiguracion(f"--vence: «{escrita:.40}» no es una fecha AAAA-MM-DD") from error
    if vence <= datetime.now(UTC):
        raise ErrorDeConfiguracion("--vence: esa fecha ya pasó; ¿está bien el reloj de esta máquina?")
    return vence
