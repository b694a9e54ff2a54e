"""The manifest: what one corte consists of, and our own rules for accepting it.

One TUF target per corte, `<rol>/<numero>/manifest` (decisions §28), canonical JSON. It names every file
with its size and SHA-256, so a single signature covers the whole paquete. The images of the actas are a
second list under the same signature: a corte is whole without them (decisions §14). Paquete 0 is *antes de
abrir*: pages without figures (decisions §17); `instante` and `huella` are then null.
"""

import hashlib
import json
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Any, Final

from pregon.errors import ErrorDeConfianza, Rechazado
from pregon.paquete import merkle
from pregon.paquete.limites import LIMITES, Limites
from pregon.prep.sello import leer_utc, sello_utc

FORMATO: Final = 1
_SHA256 = re.compile(r"[0-9a-f]{64}")
_ROL = re.compile(r"oficial|prototipo|simulacro-[a-z0-9-]{1,60}")
_DISPOSITIVO = re.compile(r"(?i:con|prn|aux|nul|com[0-9]|lpt[0-9])(\..*)?")
"""Names that Windows keeps for devices, with any extension."""
_PRUEBA: Final = ".well-known"
"""Folder of the proofs, which no manifest lists; nor, where cases are one, under another case."""
IMAGENES: Final = "actas"
"""Folder of the images, and of nothing else."""
EXTENSIONES: Final = frozenset({"jpg", "pdf", "png", "webp"})
"""Kinds of image."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Archivo:
    """One file of the paquete: relative POSIX path, identity bytes (decisions §13)."""

    ruta: str
    tamano: int
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """One corte as published. All instants aware, UTC, whole seconds."""

    rol: str
    numero: int
    instante: datetime | None
    """Election time of the corte (decisions §9)."""
    publicado: datetime
    """Wall time of publication: ages are counted from here."""
    no_antes_de: datetime
    """Wall time of the opening: no corte with data was published earlier."""
    periodo: float
    """Wall seconds between cortes: the unit of every age and deadline."""
    ultimo: bool
    catalogo: str
    """SHA-256 of the catalogue (units, ballot, casillas)."""
    huella: str | None
    """SHA-256 of `corte.json` (decisions §10)."""
    anterior: str | None
    """SHA-256 of the previous manifest's bytes."""
    bitacora: str | None
    """Head of the night's bitácora when the corte was made (decisions §4)."""
    archivos: tuple[Archivo, ...]
    """Sorted by path, without duplicates: what a node needs before it activates the corte."""
    imagenes: tuple[Archivo, ...] = ()
    """Images of its actas, likewise: a node brings them afterwards (decisions §14)."""

    @property
    def objetivo(self) -> str:
        """Return the name of its TUF target (decisions §28)."""
        return objetivo(self.rol, self.numero)


@dataclass(frozen=True, slots=True, kw_only=True)
class Marca:
    """High-water mark of a node: the highest corte it ever accepted. Survives a restored backup."""

    numero: int
    sha256: str


def objetivo(rol: str, numero: int) -> str:
    """Return the TUF target path of a corte's manifest."""
    return f"{rol}/{numero}/manifest"


def huella(datos: bytes) -> str:
    """Return the SHA-256 of some bytes as 64 lower-case hex digits."""
    return hashlib.sha256(datos).hexdigest()


def archivo(ruta: str, datos: bytes) -> Archivo:
    """Describe one file."""
    return Archivo(ruta=ruta, tamano=len(datos), sha256=huella(datos))


def imagen(sha256: str, extension: str, tamano: int) -> Archivo:
    """Describe the image of an acta: its path is its hash, so that no cache serves another one (R100)."""
    return Archivo(ruta=f"{IMAGENES}/{sha256}.{extension}", tamano=tamano, sha256=sha256)


def canonico(valor: Mapping[str, Any]) -> bytes:
    """Return the one JSON text of a value: sorted keys, no spaces, UTF-8."""
    return json.dumps(
        valor, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False
    ).encode()


def escribir(manifest: Manifest) -> bytes:
    """Return the canonical bytes; the hash of these is the identity of the corte."""
    return canonico(
        {
            "formato": FORMATO,
            "rol": manifest.rol,
            "numero": manifest.numero,
            "instante": sello_utc(manifest.instante) if manifest.instante else None,
            "publicado": sello_utc(manifest.publicado),
            "no_antes_de": sello_utc(manifest.no_antes_de),
            "periodo": float(manifest.periodo),
            "ultimo": manifest.ultimo,
            "catalogo": manifest.catalogo,
            "huella": manifest.huella,
            "anterior": manifest.anterior,
            "bitacora": manifest.bitacora,
            "merkle": raiz(manifest).hex(),
            "archivos": [[a.ruta, a.tamano, a.sha256] for a in manifest.archivos],
            "imagenes": [[a.sha256, a.ruta.rpartition(".")[2], a.tamano] for a in manifest.imagenes],
        }
    )


def hojas(manifest: Manifest) -> list[bytes]:
    """Return a line per file, images after the rest: the leaves of the paquete's Merkle tree."""
    return [f"{a.sha256} {a.tamano} {a.ruta}\n".encode() for a in (*manifest.archivos, *manifest.imagenes)]


def raiz(manifest: Manifest) -> bytes:
    """Return the Merkle root of all files: what the proof of one of them leads to."""
    return merkle.raiz(hojas(manifest))


def leer(datos: bytes, limites: Limites = LIMITES) -> Manifest:
    """Parse manifest bytes from outside. Raises ErrorDeConfianza for any shape but ours (A15, A16, B4)."""
    if len(datos) > limites.manifest:
        raise ErrorDeConfianza(f"manifest de {len(datos)} bytes: el límite es {limites.manifest}")
    try:
        crudo = json.loads(datos)
        manifest = Manifest(
            rol=_campo(crudo, "rol", str),
            numero=_campo(crudo, "numero", int),
            instante=leer_utc(crudo["instante"]) if crudo["instante"] is not None else None,
            publicado=leer_utc(crudo["publicado"]),
            no_antes_de=leer_utc(crudo["no_antes_de"]),
            periodo=float(_campo(crudo, "periodo", (int, float))),
            ultimo=_campo(crudo, "ultimo", bool),
            catalogo=_hex(crudo["catalogo"]),
            huella=_hex_o_nada(crudo["huella"]),
            anterior=_hex_o_nada(crudo["anterior"]),
            bitacora=_hex_o_nada(crudo["bitacora"]),
            archivos=tuple(
                Archivo(ruta=ruta_segura(ruta, limites), tamano=_natural(tamano), sha256=_hex(sha))
                for ruta, tamano, sha in _campo(crudo, "archivos", list)
            ),
            imagenes=tuple(
                imagen(_hex(sha), _extension(extension), _natural(tamano))
                for sha, extension, tamano in _campo(crudo, "imagenes", list)
            ),
        )
        formato = crudo["formato"]
        canonicos = escribir(manifest)
    except (ValueError, TypeError, KeyError, RecursionError, OverflowError) as error:
        raise ErrorDeConfianza(f"el manifest no tiene la forma esperada: {error}") from error
    if formato != FORMATO or isinstance(formato, bool):
        raise ErrorDeConfianza(f"formato de manifest desconocido: {formato!r}; actualice Pregón")
    if (
        not _ROL.fullmatch(manifest.rol)
        or not 0 <= manifest.numero < 1_000_000
        or not 0 < manifest.periodo < 86_400
    ):
        raise ErrorDeConfianza("el manifest lleva un rol, número o periodo imposible")
    _sin_choques(manifest.archivos, limites)
    _imagenes_posibles(manifest.imagenes, limites)
    if canonicos != datos:
        raise ErrorDeConfianza("el manifest no está en su forma canónica")
    return manifest


def aceptar(
    manifest: Manifest,
    *,
    sha256: str,
    rol: str,
    marca: Marca | None,
) -> None:
    """Raise Rechazado unless a node that accepts only `rol` may activate this manifest.

    `sha256` is the hash of its signed bytes. The same corte again is accepted (a repeated delivery);
    an older one or another one with the same number never is (R35, A2, A20). No clock is asked: a signed
    corte with data is itself proof of opening, and the second lock compares the two instants that were
    signed with it, so a node's wrong clock neither opens early nor keeps shut (decisions §17, E1).
    """
    if manifest.rol != rol:
        raise Rechazado(f"el paquete es de «{manifest.rol}» y este nodo sólo acepta «{rol}»")
    if marca is not None:
        if manifest.numero < marca.numero:
            raise Rechazado(f"el corte {manifest.numero} es anterior al {marca.numero} ya aceptado")
        if manifest.numero == marca.numero and sha256 != marca.sha256:
            raise Rechazado(
                f"hay dos cortes {manifest.numero} distintos: {sha256[:12]} y {marca.sha256[:12]}"
            )
    if manifest.numero > 0 and manifest.publicado < manifest.no_antes_de:
        raise Rechazado(
            f"el corte {manifest.numero} se firmó a las {manifest.publicado.isoformat()} y no puede"
            f" publicarse antes de {manifest.no_antes_de.isoformat()}"
        )


def ruta_segura(ruta: object, limites: Limites = LIMITES) -> str:
    """Return a relative path that is safe to create anywhere, or raise ValueError (A16, B1, B4)."""
    if not isinstance(ruta, str) or not 0 < len(ruta.encode()) <= limites.ruta:
        raise ValueError(f"ruta imposible: {ruta!r:.80}")
    partes = ruta.split("/")
    mal = (
        any(parte in {"", ".", ".."} or parte.endswith((" ", ".")) for parte in partes)
        or any(_DISPOSITIVO.fullmatch(parte) for parte in partes)
        or any(c in '\\:*?"<>|%' for c in ruta)
        or not ruta.isprintable()
        or unicodedata.normalize("NFC", ruta) != ruta
        or partes[0].casefold() == _PRUEBA
    )
    if mal:
        raise ValueError(f"ruta imposible: {ruta!r:.80}")
    return ruta


def _sin_choques(archivos: Iterable[Archivo], limites: Limites) -> None:
    rutas = [a.ruta for a in archivos]
    total = sum(a.tamano for a in archivos)
    if len(rutas) > limites.archivos or total > limites.paquete:
        raise ErrorDeConfianza(f"paquete de {len(rutas)} archivos y {total} bytes: excede los límites")
    if any(a.tamano > limites.archivo for a in archivos):
        raise ErrorDeConfianza("un archivo del paquete excede el límite")
    if rutas != sorted(rutas):
        raise ErrorDeConfianza("los archivos del manifest no van en orden")
    vistos = {unicodedata.normalize("NFC", ruta.casefold()) for ruta in rutas}
    if len(vistos) != len(rutas):
        raise ErrorDeConfianza("dos archivos del manifest se confunden entre sí")
    if any(ruta.split("/")[0] == IMAGENES for ruta in vistos):
        raise ErrorDeConfianza(f"«{IMAGENES}/» es sólo de las imágenes")
    for ruta in vistos:
        carpeta = ruta
        while "/" in carpeta:
            carpeta = carpeta.rsplit("/", 1)[0]
            if carpeta in vistos:
                raise ErrorDeConfianza(f"«{carpeta}» es archivo y carpeta a la vez")


def _imagenes_posibles(imagenes: tuple[Archivo, ...], limites: Limites) -> None:
    shas = [a.sha256 for a in imagenes]
    if len(shas) > limites.imagenes or any(a.tamano > limites.imagen for a in imagenes):
        raise ErrorDeConfianza("las imágenes del manifest exceden los límites")
    if any(uno >= otro for uno, otro in pairwise(shas)):
        raise ErrorDeConfianza("las imágenes del manifest no van en orden o se repiten")


def _campo(crudo: Any, nombre: str, tipo: Any) -> Any:
    valor = crudo[nombre]
    if not isinstance(valor, tipo) or (isinstance(valor, bool) and tipo is not bool):
        raise ValueError(f"«{nombre}» no es del tipo esperado")
    return valor


def _natural(valor: object) -> int:
    if not isinstance(valor, int) or isinstance(valor, bool) or valor < 0:
        raise ValueError(f"tamaño imposible: {valor!r:.40}")
    return valor


def _hex(valor: object) -> str:
    if not isinstance(valor, str) or not _SHA256.fullmatch(valor):
        raise ValueError(f"SHA-256 imposible: {valor!r:.80}")
    return valor


def _extension(valor: object) -> str:
    if valor not in EXTENSIONES:
        raise ValueError(f"imagen de una clase desconocida: {valor!r:.20}")
    return str(valor)


def _hex_o_nada(valor: object) -> str | None:
    return None if valor is None else _hex(valor)
