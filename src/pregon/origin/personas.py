"""The persons who may release a held corte: their keys, their acts, and what these are worth (decisions §15).

Each has an Ed25519 pair made on her own machine (`pregon origen persona`); the origin knows the public
half. An act is an asiento of its own book, signed over role, corte, content and reason together, so that it
serves for nothing else and nobody can lend it another reason.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from securesystemslib.exceptions import UnverifiedSignatureError, VerificationError
from securesystemslib.signer import CryptoSigner, Key, Signature, SSlibKey

from pregon.errors import ErrorDeConfiguracion, ErrorDeOperacion
from pregon.origin.retencion import FIRMAS, Firma, Retencion
from pregon.paquete.bitacora import Asiento
from pregon.paquete.manifest import canonico
from pregon.storage import atomic
from pregon.storage.bitacora import Bitacora

LIBERAR: Final = "liberar"
"""The act, in the book of releases."""
MOTIVO_MAXIMO: Final = 1000
"""Characters of a reason."""
_LLAVE_MAXIMA: Final = 4096
"""Bytes of a public key's file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Persona:
    """Somebody who may sign a release."""

    id: str
    nombre: str
    llave: Key

    @property
    def publica(self) -> str:
        """Return what tells one key from another, whatever its file calls it."""
        return str(self.llave.keyval["public"])


def crear_llaves(carpeta: Path, persona: str) -> tuple[Path, Path]:
    """Make the pair of a person and return (private, public) paths. Never overwrites: ErrorDeOperacion."""
    privada, publica = carpeta / f"{persona}.pem", carpeta / f"{persona}.publica.json"
    for ruta in (privada, publica):
        if ruta.exists():
            raise ErrorDeOperacion(f"«{ruta}» ya existe: una llave nunca se sobrescribe")
    firmante = CryptoSigner.generate_ed25519()
    atomic.write(privada, firmante.private_bytes, mode=atomic.SECRETO)
    llave = {"keyid": firmante.public_key.keyid, **firmante.public_key.to_dict()}
    atomic.write(publica, json.dumps(llave, indent=2).encode() + b"\n")
    return privada, publica


def leer_publica(ruta: Path) -> Key:
    """Return the key of a public file that `crear_llaves` made. Raises ErrorDeConfiguracion."""
    try:
        with ruta.open("rb") as archivo:
            crudo = json.loads(archivo.read(_LLAVE_MAXIMA))
        llave = SSlibKey.from_dict(crudo.pop("keyid"), crudo)
        if llave.keytype != "ed25519" or len(bytes.fromhex(llave.keyval["public"])) != 32:
            raise ValueError("no es una llave Ed25519")
    except OSError as error:
        raise ErrorDeConfiguracion(f"no se puede leer: {atomic.causa(error)}", archivo=str(ruta)) from error
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise ErrorDeConfiguracion("no es una llave pública de persona", archivo=str(ruta)) from error
    return llave


def comprobar(personas: Sequence[Persona]) -> None:
    """Raise ErrorDeConfiguracion when two persons share a key: one alone would be both."""
    vistas: dict[str, str] = {}
    for persona in personas:
        otra = vistas.setdefault(persona.publica, persona.id)
        if otra != persona.id:
            raise ErrorDeConfiguracion(f"«{otra}» y «{persona.id}» tienen la misma llave")


def firmar_liberacion(
    personas: Sequence[Persona],
    libro: Path,
    retencion: Retencion,
    *,
    persona: str,
    llave: Path,
    motivo: str,
    ahora: datetime,
) -> tuple[Firma, ...]:
    """Add one person's act to the book and return the valid signatures that the corte then has.

    ErrorDeOperacion: nothing to release, or she signed this already. ErrorDeConfiguracion: not a person of
    this origin, not her key, a reason of a wrong length.
    """
    quien = next((p for p in personas if p.id == persona), None)
    if quien is None:
        conocidas = ", ".join(p.id for p in personas) or "ninguna"
        raise ErrorDeConfiguracion(
            f"no hay una persona «{persona:.40}» en el origen; se conocen: {conocidas}"
        )
    if len(personas) < FIRMAS:
        raise ErrorDeConfiguracion("para liberar un corte hacen falta dos personas en el origen")
    if not 0 < len(motivo.strip()) <= MOTIVO_MAXIMO:
        raise ErrorDeConfiguracion(f"--motivo: entre 1 y {MOTIVO_MAXIMO} caracteres")
    if retencion.contenido is None:
        motivos = " y ".join(m.value for m in retencion.motivos)
        raise ErrorDeOperacion(f"el corte {retencion.numero} no tiene nada que liberar: {motivos}")
    propio = Bitacora(libro, quien.id)
    previas = firmas(personas, propio.leer(), retencion)
    if quien.id in {f.persona for f in previas}:
        raise ErrorDeOperacion(f"«{quien.nombre}» ya firmó este contenido: falta la firma de otra persona")
    declarado = _declaracion(retencion.rol, retencion.numero, retencion.contenido, motivo.strip())
    propio.append(
        ahora,
        LIBERAR,
        _objeto(retencion.numero),
        {
            "contenido": retencion.contenido,
            "motivo": motivo.strip(),
            "firma": _abrir(quien, llave).sign(declarado).signature,
        },
    )
    return firmas(personas, propio.leer(), retencion)


def firmas(
    personas: Sequence[Persona], asientos: Iterable[Asiento], retencion: Retencion
) -> tuple[Firma, ...]:
    """Return who validly signed the release of exactly this content: each person once, her first act."""
    if retencion.contenido is None:
        return ()
    por_id = {p.id: p for p in personas}
    validas: dict[str, Firma] = {}
    for asiento in asientos:
        persona = por_id.get(asiento.actor)
        propio = asiento.acto == LIBERAR and asiento.objeto == _objeto(retencion.numero)
        if persona is None or not propio or persona.publica in validas:
            continue
        motivo, firma = asiento.datos.get("motivo"), asiento.datos.get("firma")
        if not isinstance(motivo, str) or not isinstance(firma, str):
            continue
        declarado = _declaracion(retencion.rol, retencion.numero, retencion.contenido, motivo)
        if _vale(persona, firma, declarado):
            validas[persona.publica] = Firma(
                persona=persona.id, nombre=persona.nombre, motivo=motivo, instante=asiento.instante
            )
    return tuple(validas.values())


def _objeto(numero: int) -> str:
    return f"corte {numero}"


def _declaracion(rol: str, numero: int, contenido: str, motivo: str) -> bytes:
    """Return the bytes that are signed."""
    return canonico({"acto": LIBERAR, "rol": rol, "corte": numero, "contenido": contenido, "motivo": motivo})


def _vale(persona: Persona, firma: str, declarado: bytes) -> bool:
    try:
        persona.llave.verify_signature(Signature(persona.llave.keyid, firma), declarado)
    except (UnverifiedSignatureError, VerificationError):
        return False
    return True


def _abrir(persona: Persona, ruta: Path) -> CryptoSigner:
    try:
        return CryptoSigner.from_priv_key_uri(f"file2:{ruta.absolute()}", persona.llave)
    except OSError as error:
        raise ErrorDeConfiguracion("no se puede leer la llave", archivo=str(ruta)) from error
    except (ValueError, TypeError) as error:
        raise ErrorDeConfiguracion(f"no es la llave privada de «{persona.id}»", archivo=str(ruta)) from error
