"""What a node says of itself after each round, signed with its own key: the receipt.

Evidence, never a state (distribution.md, L5): the monitor looks for itself. Origin reads it for one
purpose: to know from which corte a delta helps, and when a node asks for everything again.
"""

import json
import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from securesystemslib.exceptions import UnverifiedSignatureError
from securesystemslib.signer import CryptoSigner, Signature, SSlibKey

from pregon.errors import ErrorDeConfianza
from pregon.paquete.manifest import canonico
from pregon.prep.sello import leer_utc, sello_utc

FORMATO: Final = 1
LIMITE: Final = 4096
"""Bytes of a receipt."""
_HEX: Final = re.compile(r"[0-9a-f]{64}")
_FIRMA: Final = re.compile(r"[0-9a-f]{128}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Recibo:
    """Instants aware, UTC, whole seconds, by the node's own clock."""

    nodo: str
    rol: str
    corte: int | None
    """The active one."""
    manifest: str | None
    """SHA-256 of its manifest."""
    activado: datetime | None
    emitido: datetime
    entero: bool
    """The next delivery must bring every object: a delta failed, or somebody asked for it."""


def firmar(recibo: Recibo, llave: CryptoSigner) -> bytes:
    """Return the signed receipt, canonical JSON."""
    campos = _campos(recibo) | {"llave": str(llave.public_key.keyval["public"])}
    return canonico(campos | {"firma": llave.sign(canonico(campos)).signature})


def leer(datos: bytes) -> tuple[Recibo, str]:
    """Return a receipt and the public key (64 hex digits) that signed it. Raises ErrorDeConfianza.

    Whether that key is the node's is for the caller to know.
    """
    try:
        if len(datos) > LIMITE:
            raise ValueError(f"mide {len(datos)} bytes")
        crudo: dict[str, Any] = json.loads(datos)
        firma = crudo.pop("firma")
        publica = crudo["llave"]
        if crudo["formato"] != FORMATO or not _HEX.fullmatch(publica):
            raise ValueError("formato desconocido")
        if not _FIRMA.fullmatch(firma):  # hex also reads with spaces or capitals (B5)
            raise ValueError("su firma no está en su forma canónica")
        recibo = Recibo(
            nodo=str(crudo["nodo"]),
            rol=str(crudo["rol"]),
            corte=None if crudo["corte"] is None else int(crudo["corte"]),
            manifest=None if crudo["manifest"] is None else _hex(crudo["manifest"]),
            activado=None if crudo["activado"] is None else leer_utc(crudo["activado"]),
            emitido=leer_utc(crudo["emitido"]),
            entero=crudo["entero"] is True,
        )
        if canonico(_campos(recibo) | {"llave": publica, "firma": firma}) != datos:
            raise ValueError("no está en su forma canónica")
        llave = SSlibKey("", "ed25519", "ed25519", {"public": publica})
        llave.verify_signature(Signature("", firma), canonico(_campos(recibo) | {"llave": publica}))
    except (
        ValueError,
        TypeError,
        KeyError,
        AttributeError,
        RecursionError,
        OverflowError,
        UnverifiedSignatureError,
    ) as error:
        raise ErrorDeConfianza(f"el recibo del nodo no se sostiene: {error!s:.120}") from error
    return recibo, publica


def _campos(recibo: Recibo) -> dict[str, Any]:
    return {
        "formato": FORMATO,
        "nodo": recibo.nodo,
        "rol": recibo.rol,
        "corte": recibo.corte,
        "manifest": recibo.manifest,
        "activado": sello_utc(recibo.activado) if recibo.activado else None,
        "emitido": sello_utc(recibo.emitido),
        "entero": recibo.entero,
    }


def _hex(texto: object) -> str:
    if not isinstance(texto, str) or not _HEX.fullmatch(texto):
        raise ValueError(f"SHA-256 imposible: {texto!r:.80}")
    return texto
