"""The public log of cortes: append-only, so that two different cortes 37 can be shown to anybody (A20).

Each corte published adds one line (`Entrada`); the lines are the leaves of a Merkle tree (RFC 9162), and
after each the night's key signs how many there are and their root: a checkpoint, in the signed note
format of C2SP (c2sp.org/tlog-checkpoint, c2sp.org/signed-note). Two checkpoints of one size with two roots,
or a shorter list that is no beginning of a longer one, are a proof against whoever signed them both
(`discrepancia`; `paquete.equivoco` writes it).

The lines are public and few (144 in a night), so consistency is shown by the lists themselves. A list may run
ahead of the checkpoint beside it, which is written last: what the checkpoint covers is its beginning.
"""

import base64
import binascii
import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Final

from securesystemslib.exceptions import UnverifiedSignatureError
from securesystemslib.signer import Signature, SSlibKey
from tuf.api.metadata import Targets

from pregon.errors import ErrorDeConfianza
from pregon.paquete import merkle
from pregon.paquete.limites import LIMITES, Limites
from pregon.paquete.manifest import Manifest
from pregon.prep.sello import leer_utc, sello_utc

_LINEA: Final = re.compile(
    r"(0|[1-9][0-9]{0,5}) (-|[0-9TZ:-]{20}) ([0-9TZ:-]{20}) ([0-9a-f]{64}) ([0-9a-f]{64})\n"
)
_ED25519: Final = b"\x01"
"""Kind of key in a signed note."""
_FIRMA: Final = re.compile(r"— ([^\s+]+) ([A-Za-z0-9+/]+={0,2})\n")
_SHA256: Final = 32
"""Bytes of a root."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entrada:
    """One corte in the log. Instants aware, UTC, whole seconds."""

    numero: int
    instante: datetime | None
    publicado: datetime
    manifest: str
    """SHA-256 of the manifest's bytes."""
    merkle: str
    """Root of its files, 64 hex digits (`manifest.raiz`)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """The log as signed: so many entries with this root."""

    origen: str
    """Name of the log and of its key: `origen(rol)`."""
    tamano: int
    raiz: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Historia:
    """A log as somebody shows it, whole: its entries give the root of its checkpoint."""

    checkpoint: Checkpoint
    lineas: tuple[bytes, ...]
    """The entries under that checkpoint and no more."""


def origen(rol: str) -> str:
    """Return the name of a role's log."""
    return f"pregon/{rol}"


def objetivo(rol: str) -> str:
    """Return the TUF target path of the checkpoint."""
    return f"{rol}/checkpoint"


def ruta(rol: str, posicion: int) -> str:
    """Return where the repository keeps one entry; position 0 is the first corte that the role published."""
    return f"registro/{rol}/{posicion}"


def escribir(entrada: Entrada) -> bytes:
    """Return the entry's line, the leaf of the tree."""
    instante = sello_utc(entrada.instante) if entrada.instante else "-"
    publicado = sello_utc(entrada.publicado)
    return f"{entrada.numero} {instante} {publicado} {entrada.manifest} {entrada.merkle}\n".encode()


def leer(datos: bytes) -> Entrada:
    """Read one line. Raises ErrorDeConfianza for any other shape."""
    linea = _LINEA.fullmatch(datos.decode("ascii", "replace"))
    try:
        if linea is None:
            raise ValueError("no tiene la forma de una entrada")
        numero, instante, publicado, sha256, raiz = linea.groups()
        entrada = Entrada(
            numero=int(numero),
            instante=None if instante == "-" else leer_utc(instante),
            publicado=leer_utc(publicado),
            manifest=sha256,
            merkle=raiz,
        )
    except ValueError as error:
        raise ErrorDeConfianza(f"el registro lleva una entrada imposible: {error}") from error
    if escribir(entrada) != datos:
        raise ErrorDeConfianza("el registro lleva una entrada que no está en su forma canónica")
    return entrada


def entrada(manifest: Manifest, sha256: str, raiz: bytes) -> Entrada:
    """Return what the log says of a corte; `raiz` is the Merkle root of its files."""
    return Entrada(
        numero=manifest.numero,
        instante=manifest.instante,
        publicado=manifest.publicado,
        manifest=sha256,
        merkle=raiz.hex(),
    )


def checkpoint(rol: str, lineas: Sequence[bytes]) -> Checkpoint:
    """Return the checkpoint of a log as it stands."""
    return Checkpoint(origen=origen(rol), tamano=len(lineas), raiz=merkle.raiz(lineas))


def texto(checkpoint: Checkpoint) -> bytes:
    """Return the bytes to be signed."""
    raiz = base64.b64encode(checkpoint.raiz).decode()
    return f"{checkpoint.origen}\n{checkpoint.tamano}\n{raiz}\n".encode()


def nota(checkpoint: Checkpoint, *, publica: bytes, firma: bytes) -> bytes:
    """Return the signed note: `firma` is the Ed25519 signature of `texto`, `publica` the key's 32 bytes."""
    sello = _sello(checkpoint.origen, _identificador(checkpoint.origen, publica) + firma)
    return texto(checkpoint) + b"\n" + sello.encode()


def leer_nota(datos: bytes, limites: Limites = LIMITES) -> Checkpoint:
    """Return what a note says; no signature is looked at. Raises ErrorDeConfianza."""
    return _nota(datos, limites)[0]


def verificar(datos: bytes, *llaves: str, limites: Limites = LIMITES) -> Checkpoint:
    """Return the checkpoint of a note that one of `llaves` signed. Raises ErrorDeConfianza.

    Signatures of other keys (witnesses) are passed over, as the format says; one that is of a given key and
    false condemns the note.
    """
    leido, firmas = _nota(datos, limites)
    firmado = False
    for texto_de_llave in llaves:
        nombre, publica = leer_llave(texto_de_llave)
        if nombre == leido.origen:
            firmado |= _firmado(texto(leido), firmas, nombre, publica)
    if not firmado:
        raise ErrorDeConfianza(f"el checkpoint del registro no lo firma la llave de «{leido.origen}»")
    return leido


def historia(cabeza: Checkpoint, lineas: Sequence[bytes]) -> Historia:
    """Return the entries that a checkpoint covers. Raises ErrorDeConfianza unless they give its root."""
    propias = tuple(lineas[: cabeza.tamano])
    if len(propias) < cabeza.tamano:
        raise ErrorDeConfianza(f"al registro le faltan entradas: trae {len(propias)} de {cabeza.tamano}")
    if merkle.raiz(propias) != cabeza.raiz:
        raise ErrorDeConfianza(f"las {cabeza.tamano} entradas del registro no dan la raíz firmada")
    leer_entradas(propias)
    return Historia(checkpoint=cabeza, lineas=propias)


def separar(datos: bytes, limites: Limites = LIMITES) -> tuple[bytes, ...]:
    """Return the lines of a list as a node serves it, none of them read yet. Raises ErrorDeConfianza."""
    if len(datos) > limites.entrada * limites.entradas:
        raise ErrorDeConfianza(f"registro de {len(datos)} bytes: pasa del límite")
    *enteras, resto = datos.split(b"\n")
    if resto:
        raise ErrorDeConfianza("el registro termina a media entrada")
    return tuple(linea + b"\n" for linea in enteras)


def leer_entradas(lineas: Sequence[bytes]) -> tuple[Entrada, ...]:
    """Read a list. Raises ErrorDeConfianza for two entries of one corte, or a number that goes back."""
    leidas = tuple(leer(linea) for linea in lineas)
    for una, otra in pairwise(leidas):
        if una.numero >= otra.numero:
            raise ErrorDeConfianza(f"el registro pone el corte {otra.numero} después del {una.numero}")
    return leidas


def discrepancia(una: Sequence[bytes], otra: Sequence[bytes]) -> int | None:
    """Return the first position at which two lists differ; None if the shorter begins the longer."""
    return next((i for i, (a, b) in enumerate(zip(una, otra, strict=False)) if a != b), None)


def llaves(targets: Targets, rol: str) -> tuple[str, ...]:
    """Return the verifier keys of a role as the signed metadata names them; empty if it names no role."""
    delegaciones = targets.delegations
    if delegaciones is None or rol not in (delegaciones.roles or {}):
        return ()
    publicas = [delegaciones.keys[keyid] for keyid in targets.get_delegated_role(rol).keyids]
    return tuple(
        llave(origen(rol), bytes.fromhex(publica.keyval["public"]))
        for publica in publicas
        if publica.keytype == "ed25519"
    )


def llave(nombre: str, publica: bytes) -> str:
    """Return the verifier key as text, to be printed on paper: `name+id+base64` (c2sp.org/signed-note)."""
    return f"{nombre}+{_identificador(nombre, publica).hex()}+{base64.b64encode(_ED25519 + publica).decode()}"


def leer_llave(texto: str) -> tuple[str, bytes]:
    """Return name and 32 bytes of a verifier key. Raises ErrorDeConfianza."""
    try:
        nombre, _, publica = texto.strip().split("+", 2)
        datos = base64.b64decode(publica, validate=True)
        if len(datos) != 33 or datos[:1] != _ED25519 or not re.fullmatch(r"\S+", nombre):
            raise ValueError("no es Ed25519 con nombre")
        if llave(nombre, datos[1:]) != texto.strip():
            raise ValueError("no es su identificador")
    except ValueError as error:
        raise ErrorDeConfianza(
            "no es una llave de verificación: cópiela entera, como la publicó el Instituto"
        ) from error
    return nombre, datos[1:]


def _nota(datos: bytes, limites: Limites) -> tuple[Checkpoint, list[tuple[str, bytes]]]:
    """Return a note's checkpoint and its signatures by name, key identifier first."""
    try:
        if len(datos) > limites.checkpoint:
            raise ValueError(f"mide {len(datos)} bytes")
        cuerpo, separador, firmas = datos.decode().rpartition("\n\n")
        origen_, tamano, raiz = cuerpo.split("\n")
        leido = Checkpoint(origen=origen_, tamano=int(tamano), raiz=base64.b64decode(raiz, validate=True))
        if not separador or texto(leido) != f"{cuerpo}\n".encode() or len(leido.raiz) != _SHA256:
            raise ValueError("no está en su forma canónica")
        if not 0 <= leido.tamano <= limites.entradas or not leido.origen.isprintable():
            raise ValueError("lleva un nombre o un tamaño imposible")
        leidas = [
            (hallada[1], base64.b64decode(hallada[2], validate=True)) for hallada in _FIRMA.finditer(firmas)
        ]
        # Written again they are the same: base64 has spare bits that no signature covers (B5).
        if not leidas or "".join(_sello(nombre, datos) for nombre, datos in leidas) != firmas:
            raise ValueError("sus firmas no tienen la forma de una nota")
    except (ValueError, binascii.Error) as error:
        raise ErrorDeConfianza(f"el checkpoint del registro no se sostiene: {error!s:.120}") from error
    return leido, leidas


def _sello(nombre: str, datos: bytes) -> str:
    return f"— {nombre} {base64.b64encode(datos).decode()}\n"


def _firmado(cuerpo: bytes, firmas: Sequence[tuple[str, bytes]], nombre: str, publica: bytes) -> bool:
    identificador = _identificador(nombre, publica)
    propias = [datos[4:] for firmante, datos in firmas if firmante == nombre and datos[:4] == identificador]
    verificadora = SSlibKey("", "ed25519", "ed25519", {"public": publica.hex()})
    try:
        for firma in propias:
            verificadora.verify_signature(Signature("", firma.hex()), cuerpo)
    except UnverifiedSignatureError as error:
        raise ErrorDeConfianza(f"la firma de «{nombre}» en el checkpoint del registro es falsa") from error
    return bool(propias)


def _identificador(nombre: str, publica: bytes) -> bytes:
    return hashlib.sha256(f"{nombre}\n".encode() + _ED25519 + publica).digest()[:4]
