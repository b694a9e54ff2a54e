"""The public log of cortes: append-only, so that two different cortes 37 can be shown to anybody (A20).

Each corte published adds one line (`Entrada`); the lines are the leaves of a Merkle tree (RFC 9162), and
after each the night's key signs how many there are and their root: a checkpoint, in the signed note
format of C2SP (c2sp.org/tlog-checkpoint, c2sp.org/signed-note). Two checkpoints of one size with two roots,
or a shorter list that is no beginning of a longer one, are a proof against whoever signed them both.

The lines are public and few (144 in a night), so consistency is shown by the lists themselves.
"""

import base64
import binascii
import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from securesystemslib.exceptions import UnverifiedSignatureError
from securesystemslib.signer import Signature, SSlibKey

from pregon.errors import ErrorDeConfianza
from pregon.paquete import merkle
from pregon.paquete.manifest import Manifest

_LINEA: Final = re.compile(
    r"(0|[1-9][0-9]{0,5}) (-|[0-9TZ:-]{20}) ([0-9TZ:-]{20}) ([0-9a-f]{64}) ([0-9a-f]{64})\n"
)
_INSTANTE: Final = "%Y-%m-%dT%H:%M:%SZ"
_ED25519: Final = b"\x01"
"""Kind of key in a signed note."""
_FIRMA: Final = "— "
_NOTA: Final = 4096
"""Bytes of a checkpoint with its signatures."""


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


def origen(rol: str) -> str:
    """Return the name of a role's log."""
    return f"pregon/{rol}"


def escribir(entrada: Entrada) -> bytes:
    """Return the entry's line, the leaf of the tree."""
    instante = entrada.instante.astimezone(UTC).strftime(_INSTANTE) if entrada.instante else "-"
    publicado = entrada.publicado.astimezone(UTC).strftime(_INSTANTE)
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
            instante=None if instante == "-" else _instante(instante),
            publicado=_instante(publicado),
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
    sello = base64.b64encode(_identificador(checkpoint.origen, publica) + firma).decode()
    return texto(checkpoint) + f"\n{_FIRMA}{checkpoint.origen} {sello}\n".encode()


def leer_nota(datos: bytes) -> Checkpoint:
    """Return what a note says, whoever signed it. Raises ErrorDeConfianza for any other shape."""
    return _partes(datos)[0]


def verificar(datos: bytes, llave: str) -> Checkpoint:
    """Return the checkpoint of a note that `llave` signed. Raises ErrorDeConfianza.

    Signatures of other keys (witnesses) are passed over, as the format says.
    """
    nombre, publica = leer_llave(llave)
    leido, firmas = _partes(datos)
    try:
        if leido.origen != nombre:
            raise ValueError(f"no es un checkpoint de «{nombre}»")
        _firmado(texto(leido), firmas, nombre, publica)
    except (ValueError, UnverifiedSignatureError) as error:
        raise ErrorDeConfianza(f"el checkpoint del registro no se sostiene: {error!s:.120}") from error
    return leido


def llave(nombre: str, publica: bytes) -> str:
    """Return the verifier key as text, to be printed on paper: `name+id+base64` (c2sp.org/signed-note)."""
    return f"{nombre}+{_identificador(nombre, publica).hex()}+{base64.b64encode(_ED25519 + publica).decode()}"


def leer_llave(texto: str) -> tuple[str, bytes]:
    """Return name and 32 bytes of a verifier key. Raises ErrorDeConfianza."""
    try:
        nombre, identificador, publica = texto.strip().split("+", 2)
        datos = base64.b64decode(publica, validate=True)
        if len(datos) != 33 or datos[:1] != _ED25519 or llave(nombre, datos[1:]) != texto.strip():
            raise ValueError(f"su identificador no es {identificador}")
    except (ValueError, binascii.Error) as error:
        raise ErrorDeConfianza(f"no es una llave de verificación: {error!s:.80}") from error
    return nombre, datos[1:]


def _partes(datos: bytes) -> tuple[Checkpoint, list[tuple[str, bytes]]]:
    """Return a note's checkpoint and its signatures by name: one text per meaning, or none at all (B5)."""
    try:
        if len(datos) > _NOTA:
            raise ValueError(f"mide {len(datos)} bytes")
        cuerpo, _, resto = datos.decode().rpartition("\n\n")
        origen_, tamano, raiz = cuerpo.split("\n")[:3]
        leido = Checkpoint(origen=origen_, tamano=int(tamano), raiz=base64.b64decode(raiz, validate=True))
        if texto(leido) != f"{cuerpo}\n".encode() or len(leido.raiz) != 32:
            raise ValueError("no tiene la forma de un checkpoint")
        firmas = []
        for linea in resto.removesuffix("\n").split("\n"):
            firmante, _, sello = linea.removeprefix(_FIRMA).rpartition(" ")
            firma = base64.b64decode(sello, validate=True)
            if linea != f"{_FIRMA}{firmante} {base64.b64encode(firma).decode()}" or resto[-1:] != "\n":
                raise ValueError("lleva una firma que no tiene su forma")
            firmas.append((firmante, firma))
    except ValueError as error:
        raise ErrorDeConfianza(f"el checkpoint del registro no se sostiene: {error!s:.120}") from error
    return leido, firmas


def _firmado(cuerpo: bytes, firmas: Sequence[tuple[str, bytes]], nombre: str, publica: bytes) -> None:
    identificador = _identificador(nombre, publica)
    for firmante, firma in firmas:
        if firmante == nombre and firma[:4] == identificador:
            llave = SSlibKey("", "ed25519", "ed25519", {"public": publica.hex()})
            llave.verify_signature(Signature("", firma[4:].hex()), cuerpo)
            return
    raise ValueError(f"no lo firma la llave de «{nombre}»")


def _identificador(nombre: str, publica: bytes) -> bytes:
    return hashlib.sha256(f"{nombre}\n".encode() + _ED25519 + publica).digest()[:4]


def _instante(texto: str) -> datetime:
    return datetime.strptime(texto, _INSTANTE).replace(tzinfo=UTC)
