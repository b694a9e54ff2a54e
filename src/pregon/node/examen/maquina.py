"""This machine, as it will have to last the night: disk, folder, inbox, ports, root, zone, size (R18–R21)."""

import contextlib
import errno
import os
import pwd
import secrets
import shutil
import socket
import stat
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from tuf.api.exceptions import RepositoryError
from tuf.api.metadata import Metadata, Root

from pregon.errors import ErrorDeAlmacen, PregonError
from pregon.node.config import ConfigNodo
from pregon.node.examen import Comprobacion, aviso, bien, falla
from pregon.node.nodo import CANDADO
from pregon.node.publicado import Publicado
from pregon.node.receive import CONSERVADOS, NOMBRES_POR_ARCHIVO
from pregon.paquete.limites import LIMITES
from pregon.paquete.manifest import huella
from pregon.storage import atomic
from pregon.storage.lock import holder

_SIN_CORTE: Final = 250_000_000
"""Bytes taken for a corte before the first one tells its own size."""
_SIN_CORTE_ARCHIVOS: Final = 20_000
_REGISTROS: Final = 1_000_000_000
"""Bytes of a night's access logs."""
_NUCLEOS, _MEMORIA, _DISCO = 8, 16e9, 100e9
"""The convocatoria's minimum (R18); what the system keeps for itself is allowed for."""
_MERMA: Final = 0.85
_VOLATILES: Final = frozenset({"tmpfs", "ramfs"})
_CENTRO: Final = frozenset({"America/Monterrey", "America/Mexico_City"})
"""UTC−6 all the year since the law of 2022: older zone data say UTC−5 in summer (E3)."""


def disco(config: ConfigNodo, activo: Publicado | None) -> tuple[Comprobacion, ...]:
    """Look for room for two cortes, without which none is accepted (D11), and for the night; inodes too."""
    que = "Disco"
    tamano = sum(a.tamano for a in activo.manifest.archivos) if activo else _SIN_CORTE
    cuantos = len(activo.manifest.archivos) if activo else _SIN_CORTE_ARCHIVOS
    imagenes = sum(a.tamano for a in activo.manifest.imagenes) if activo else 0
    try:
        libre = shutil.disk_usage(_existente(config.carpeta)).free
        sistema = os.statvfs(_existente(config.carpeta))
    except OSError as error:
        return (falla("disco", que, f"no se puede mirar: {atomic.causa(error)}", "revise la carpeta"),)
    noche = CONSERVADOS * tamano + imagenes + _REGISTROS
    hacer = f"libere espacio donde está «{config.carpeta}»"
    dice = f"quedan {_mb(libre)}; dos cortes piden {_mb(2 * tamano)} y toda la noche {_mb(noche)}"
    if libre < 2 * tamano:
        espacio = falla("disco", que, dice, hacer)
    else:
        espacio = bien("disco", que, dice) if libre >= noche else aviso("disco", que, dice, hacer)
    if not sistema.f_files:  # a file system without a fixed number of them
        return (espacio,)
    pide = NOMBRES_POR_ARCHIVO * cuantos
    dice = f"quedan {sistema.f_favail} nombres de archivo (inodos); el siguiente corte pide hasta {pide}"
    if sistema.f_favail < pide:
        return espacio, falla("inodos", "Inodos", dice, hacer)
    if sistema.f_favail < CONSERVADOS * cuantos:
        return espacio, aviso("inodos", "Inodos", dice, hacer)
    return espacio, bien("inodos", "Inodos", dice)


def raiz(config: ConfigNodo, *, ahora: datetime) -> Comprobacion:
    """Look at the trusted root, and print the huella that is compared with the acuerdo's."""
    que, hacer = "Raíz de confianza", "pida raiz.json al Instituto y compare su huella con la del acuerdo"
    try:
        datos = atomic.read(config.raiz, limit=LIMITES.metadatos)
        metadatos = Metadata[Root].from_bytes(datos)
        metadatos.signed.verify_delegate(Root.type, metadatos.signed_bytes, metadatos.signatures)
    except ErrorDeAlmacen as error:
        return falla("raiz", que, str(error), hacer)
    except (RepositoryError, ValueError):
        return falla("raiz", que, f"{config.raiz} no es una raíz firmada", hacer)
    dice = f"huella {huella(datos)}"
    vence = metadatos.signed.expires
    if vence <= ahora:
        return falla("raiz", que, f"{dice}; venció el {vence:%d/%m/%Y}", hacer)
    if vence <= ahora + timedelta(days=10):
        return aviso("raiz", que, f"{dice}; vence el {vence:%d/%m/%Y}", "avise a soporte técnico")
    return bien("raiz", que, f"{dice} (compárela con la del acuerdo); vence el {vence:%d/%m/%Y}")


def carpeta(config: ConfigNodo) -> tuple[Comprobacion, ...]:
    """Do in the node's folder, and take away again, what an activation does: write, link, rename, fsync."""
    que, donde = "Carpeta", config.carpeta
    hacer = f"revise dueño, permisos y montaje de «{donde}»"
    ensayo = donde / f".prueba-{secrets.token_hex(4)}"
    try:
        with atomic.almacen(f"escribir en «{donde}»"):
            try:
                atomic.write(ensayo / "a", b"prueba")
                (ensayo / "b").hardlink_to(ensayo / "a")
                ensayo.joinpath("b").rename(ensayo / "c")
                atomic.sync_dir(ensayo)
                if (ensayo / "c").stat().st_ino != (ensayo / "a").stat().st_ino:
                    raise OSError(errno.EMLINK, "los enlaces duros no comparten archivo")
            finally:
                shutil.rmtree(ensayo, ignore_errors=True)
    except ErrorDeAlmacen as error:
        return (falla("carpeta", que, str(error), hacer),)
    tipo = _sistema_de_archivos(donde)
    if tipo in _VOLATILES:
        return (
            aviso(
                "carpeta", que, f"«{donde}» está en memoria ({tipo}) y se pierde al apagar", "use un disco"
            ),
        )
    dueno = donde.stat().st_uid
    if dueno != os.geteuid():
        quien = _cuenta(dueno)
        return (
            aviso(
                "carpeta",
                que,
                f"se puede escribir, pero es de {quien} y esta prueba corrió como {_cuenta(os.geteuid())}",
                f"repítala como el nodo: «sudo -u {quien} pregon nodo probar …»",
            ),
        )
    return (bien("carpeta", que, f"«{donde}» admite escribir, enlazar, renombrar y asegurar en disco"),)


def reloj(sincronizado: bool | None) -> Comprobacion:  # noqa: FBT001 — the very answer of `clock.synchronised`
    """Say whether something keeps this machine's clock right (E5)."""
    que, hacer = "Reloj", "revise NTP (sale por UDP 123) antes de la jornada"
    match sincronizado:
        case True:
            return bien("reloj", que, "sincronizado")
        case False:
            return aviso("reloj", que, "SIN SINCRONIZAR", hacer)
        case None:
            return aviso("reloj", que, "no se pudo saber si está sincronizado", hacer)


def proceso(config: ConfigNodo) -> tuple[Comprobacion, ...]:
    """Look at who owns the folder, and whether the addresses to listen on are free or answer."""
    try:
        pid = holder(config.carpeta / CANDADO)
    except PregonError as error:
        return (falla("proceso", "Proceso", str(error), "corra la prueba como el usuario del nodo"),)
    responde = _responde(config.anfitrion, config.puerto) if config.puerto else False
    puerto = f"{config.anfitrion}:{config.puerto}"
    if pid is not None:
        if config.puerto and not responde:
            return (
                falla(
                    "proceso",
                    "Proceso",
                    f"el proceso {pid} usa la carpeta y nadie atiende en {puerto}",
                    f"mire qué es con «ps -p {pid}»; sólo debe haber un «pregon nodo servir»",
                ),
                *_de_nginx(config),
            )
        return (bien("proceso", "Proceso", f"encendido: proceso {pid}"), *_de_nginx(config))
    libre = bien("proceso", "Proceso", "apagado; nadie más usa la carpeta")
    if responde:
        return (
            libre,
            falla("puerto", "Puerto", f"{puerto} lo tiene otro programa", "apáguelo o cambie «escucha»"),
        )
    return (libre, _libre(config.anfitrion, config.puerto), *_de_nginx(config))


def buzon(config: ConfigNodo) -> tuple[Comprobacion, ...]:
    """Look whether the institute's account can write in the inbox and this one read it; in pull, nothing."""
    if config.origen is not None:
        return ()
    que, donde = "Buzón", config.buzon
    if not donde.is_dir():
        return (aviso("buzon", que, f"no existe «{donde}»", f"créelo: «mkdir {donde}»"),)
    if not os.access(donde, os.R_OK | os.X_OK):
        return (falla("buzon", que, f"este usuario no puede leer «{donde}»", "revise dueño y permisos"),)
    if not os.access(donde, os.W_OK):
        return (
            aviso(
                "buzon",
                que,
                f"este usuario no puede escribir en «{donde}»",
                "déle permiso: ahí deja el recibo y borra lo que rechaza",
            ),
        )
    if config.remitente is None:
        return (bien("buzon", que, f"«{donde}» se puede leer; es de {_cuenta(donde.stat().st_uid)}"),)
    try:
        cerrada = _cerrada(config.remitente, donde, stat.S_IRWXO)
    except KeyError:
        return (
            falla("buzon", que, f"no existe la cuenta «{config.remitente}»", "créela o corrija «remitente»"),
        )
    if cerrada is not None:
        return (
            falla(
                "buzon",
                que,
                f"«{config.remitente}» no puede entrar o escribir en «{cerrada}»",
                "dele permiso",
            ),
        )
    return (bien("buzon", que, f"«{config.remitente}» puede escribir en «{donde}» y este usuario leerlo"),)


def zona(config: ConfigNodo) -> Comprobacion:
    """Look whether the zone data of this machine know the law of 2022 (E3)."""
    desfase = datetime(2026, 6, 7, 18, 30, tzinfo=config.zona).utcoffset() or timedelta()
    horas = desfase.total_seconds() / 3600
    if config.zona.key in _CENTRO and horas != -6:
        return falla(
            "zona",
            "Zona horaria",
            f"los datos de zonas son viejos: {config.zona.key} sale en UTC{horas:+g}",
            "actualice el paquete tzdata; sólo cambia la hora de los registros, no la apertura",
        )
    return bien("zona", "Zona horaria", f"{config.zona.key}: UTC{horas:+g} en la noche")


def tamano(config: ConfigNodo) -> tuple[Comprobacion, ...]:
    """Compare this machine with the convocatoria's minimum; less is only told."""
    hacer = "es menos que el mínimo de la convocatoria: téngalo en cuenta o amplíelo"
    nucleos = len(os.sched_getaffinity(0))
    memoria = _memoria()
    total = shutil.disk_usage(_existente(config.carpeta)).total
    vistos = (
        ("nucleos", "Núcleos", f"{nucleos} (mínimo {_NUCLEOS})", nucleos >= _NUCLEOS),
        ("memoria", "Memoria", f"{memoria / 1e9:.1f} GB (mínimo 16)", memoria >= _MERMA * _MEMORIA),
        ("capacidad", "Capacidad", f"{total / 1e9:.0f} GB (mínimo 100)", total >= _MERMA * _DISCO),
    )
    return tuple(bien(i, q, d) if alcanza else aviso(i, q, d, hacer) for i, q, d, alcanza in vistos)


def _de_nginx(config: ConfigNodo) -> tuple[Comprobacion, ...]:
    """Look whether nginx listens where it should; it is another program, started apart."""
    if config.nginx is None:
        return ()
    vistos = []
    for direccion in config.nginx.direcciones:
        propia = {"0.0.0.0": "127.0.0.1", "[::]": "::1"}.get(direccion, direccion.strip("[]"))  # noqa: S104 — as written
        vistos += [
            f"{direccion}:{puerto}"
            for puerto in (config.nginx.https, config.nginx.http)
            if not _responde(propia, puerto)
        ]
    if vistos:
        hacer = "enciéndalo («systemctl start nginx»), o quite de «direcciones» la que esta máquina no tiene"
        return (aviso("nginx", "nginx", f"no escucha en {', '.join(vistos)}", hacer),)
    return (_ve_la_carpeta(config, config.nginx.usuario),)


def _ve_la_carpeta(config: ConfigNodo, usuario: str) -> Comprobacion:
    """Look whether nginx may open what the node links for it: otherwise it asks the node for every page."""
    try:
        cerrada = _cerrada(usuario, config.carpeta, stat.S_IXOTH)
    except (KeyError, OSError):
        return aviso("nginx", "nginx", f"no existe la cuenta «{usuario}»", "corrija «usuario» en [nginx]")
    if cerrada is not None:
        dice = f"escucha, pero «{usuario}» no puede entrar a «{cerrada}»: pide al nodo cada página, más lento"
        return aviso("nginx", "nginx", dice, f"dele paso: «chmod o+x {cerrada}»")
    return bien("nginx", "nginx", "escucha en todas sus direcciones y puede entrar a la carpeta")


def _responde(anfitrion: str, puerto: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection((anfitrion, puerto), 2):
        return True
    return False


def _libre(anfitrion: str, puerto: int) -> Comprobacion:
    que, donde = "Puerto", f"{anfitrion}:{puerto}"
    try:
        familia, tipo, _, _, direccion = socket.getaddrinfo(anfitrion, puerto, type=socket.SOCK_STREAM)[0]
        with socket.socket(familia, tipo) as enchufe:
            enchufe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            enchufe.bind(direccion)
    except OSError as error:
        dice = f"no se puede escuchar en {donde}: {atomic.causa(error)}"
        return falla("puerto", que, dice, "cambie «escucha», o libere ese puerto")
    return bien("puerto", que, f"{donde} está libre")


def _existente(ruta: Path) -> Path:
    """Return a path, or the nearest folder above it that exists."""
    return next((una for una in (ruta, *ruta.parents) if una.exists()), Path("/"))


def _cerrada(cuenta: str, donde: Path, pide: int) -> Path | None:
    """Return the folder that keeps an account out of `donde`, None if it may do there what it asks.

    `pide`: bits of the others' permissions; every folder above must let it through. By mode and groups,
    as the kernel does without access lists. Raises KeyError for an unknown account.
    """
    persona = pwd.getpwnam(cuenta)
    grupos = set(os.getgrouplist(cuenta, persona.pw_gid))
    absoluta = donde.resolve()
    for una in (*reversed(absoluta.parents), absoluta):
        datos = una.stat()
        if datos.st_uid == persona.pw_uid:
            permisos = datos.st_mode >> 6
        else:
            permisos = datos.st_mode >> 3 if datos.st_gid in grupos else datos.st_mode
        necesita = pide if una == absoluta else stat.S_IXOTH
        if persona.pw_uid != 0 and permisos & necesita != necesita:
            return una
    return None


def _cuenta(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"uid {uid}"


def _memoria() -> float:
    """Return the bytes of memory of this machine, or of the container that it is."""
    de_la_maquina = float(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"))
    with contextlib.suppress(OSError, ValueError):
        return min(de_la_maquina, float(Path("/sys/fs/cgroup/memory.max").read_text(encoding="ascii")))
    return de_la_maquina


def _sistema_de_archivos(ruta: Path) -> str:
    """Return the type of file system that holds a path; empty if the system does not tell."""
    mejor, tipo = "", ""
    with contextlib.suppress(OSError):
        for linea in Path("/proc/self/mountinfo").read_text(encoding="utf-8", errors="replace").splitlines():
            campos = linea.split()
            punto, resto = campos[4], campos[campos.index("-") + 1]
            if ruta.resolve().is_relative_to(punto) and len(punto) >= len(mejor):
                mejor, tipo = punto, resto
    return tipo


def _mb(tamano: float) -> str:
    return f"{tamano / 1e6:,.0f} MB"
