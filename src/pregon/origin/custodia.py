"""Private keys in files: Ed25519, PEM PKCS#8, under a passphrase unless a machine must open them alone."""

import json
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    load_pem_private_key,
)
from securesystemslib.signer import CryptoSigner, Key

from pregon.errors import ErrorDeAlmacen, ErrorDeConfiguracion, ErrorDeOperacion
from pregon.storage import atomic

FRASE_MINIMA: Final = 16
"""Characters: the file is all that a thief needs to try passphrases at his own pace."""
_FRASE_MAXIMA: Final = 1000
_PEM_MAXIMO: Final = 10_000


def nueva() -> CryptoSigner:
    """Make a key pair, in memory."""
    return CryptoSigner.generate_ed25519()


def guardar(ruta: Path, firmante: CryptoSigner, *, frase: str | None) -> None:
    """Write a private key, under a passphrase if one is given."""
    datos = firmante.private_bytes
    if frase is not None:
        cifrado = BestAvailableEncryption(frase.encode())
        datos = load_pem_private_key(datos, None).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, cifrado)
    atomic.write(ruta, datos, mode=atomic.SECRETO)


def comprobar_frase(nombre: str, frase: str) -> None:
    """Raise ErrorDeConfiguracion for a passphrase of a wrong length."""
    if not FRASE_MINIMA <= len(frase) <= _FRASE_MAXIMA:
        raise ErrorDeConfiguracion(f"la frase de «{nombre}» debe tener al menos {FRASE_MINIMA} caracteres")


def comprobar_medio(carpeta: Path, nombre: str) -> None:
    """Raise ErrorDeOperacion when a custodian's key is there already: it is never overwritten."""
    for ruta in _par(carpeta, nombre):
        if ruta.exists():
            raise ErrorDeOperacion(f"«{ruta}» ya existe y una llave nunca se sobrescribe: use otro medio")


def guardar_par(carpeta: Path, nombre: str, firmante: CryptoSigner, *, frase: str) -> None:
    """Leave a custodian's pair on her medium: the private key under her passphrase, and the public one.

    The private one is read back with the passphrase. Raises as `comprobar_frase` and `comprobar_medio`.
    """
    comprobar_frase(nombre, frase)
    comprobar_medio(carpeta, nombre)
    privada, publica = _par(carpeta, nombre)
    guardar(privada, firmante, frase=frase)
    llave = {"keyid": firmante.public_key.keyid, **firmante.public_key.to_dict()}
    atomic.write(publica, json.dumps(llave, indent=2).encode() + b"\n")
    if not es(abrir(privada, frase=frase), firmante.public_key):
        raise ErrorDeAlmacen(f"«{privada}» no quedó como se escribió: cambie ese medio")


def abrir(ruta: Path, *, frase: str | None) -> CryptoSigner:
    """Open a private key. Raises ErrorDeConfiguracion: missing, not a key, another passphrase."""
    try:
        with ruta.open("rb") as archivo:
            datos = archivo.read(_PEM_MAXIMO)
        return CryptoSigner(load_pem_private_key(datos, None if frase is None else frase.encode()))
    except OSError as error:
        raise ErrorDeConfiguracion(f"no se puede leer: {atomic.causa(error)}", archivo=str(ruta)) from error
    except (ValueError, TypeError) as error:
        causa = "no es una llave privada sin frase" if frase is None else "no la abre esa frase"
        raise ErrorDeConfiguracion(causa, archivo=str(ruta)) from error


def cifrada(ruta: Path) -> bool:
    """Say whether a private key asks for a passphrase. Raises ErrorDeConfiguracion if it cannot be read."""
    try:
        with ruta.open("rb") as archivo:
            return b"BEGIN ENCRYPTED PRIVATE KEY" in archivo.read(_PEM_MAXIMO)
    except OSError as error:
        raise ErrorDeConfiguracion(f"no se puede leer: {atomic.causa(error)}", archivo=str(ruta)) from error


def es(firmante: CryptoSigner, llave: Key) -> bool:
    """Say whether a signer holds the private half of a key, whatever identifier the key goes by."""
    return firmante.public_key.keyval == llave.keyval


def _par(carpeta: Path, nombre: str) -> tuple[Path, Path]:
    return carpeta / f"{nombre}.pem", carpeta / f"{nombre}.publica.json"
