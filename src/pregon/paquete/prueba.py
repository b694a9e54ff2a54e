"""The proof of one corte: all that a citizen needs to believe it, in one JSON file, offline.

It carries the chain of roots, the metadata and the manifest as the exact bytes that were signed, and
`verificar` follows them from a trusted root to the manifest with the rules of the TUF specification
(signatures, thresholds, versions, hashes). Two things differ from TUF's client, on purpose: expiry is
told and never an error (decisions §27, an archived corte verifies for ever), and the metadata must be
exactly what our repository writes, every signature in it good, so that no byte of a proof can change
unseen (B5). Nothing here remembers: never going backwards belongs to whoever keeps a `Marca`.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, TypeVar

from securesystemslib.exceptions import UnverifiedSignatureError
from securesystemslib.signer import Key
from tuf.api.exceptions import RepositoryError
from tuf.api.metadata import (
    Metadata,
    MetaFile,
    Role,
    Root,
    Signed,
    Snapshot,
    TargetFile,
    Targets,
    Timestamp,
)

from pregon.errors import ErrorDeConfianza, Rechazado
from pregon.paquete import manifest, registro
from pregon.paquete.limites import LIMITES, Limites
from pregon.paquete.manifest import Manifest, canonico, huella

FORMATO: Final = 1
_CAMPOS: Final = frozenset(
    {"formato", "raices", "timestamp", "snapshot", "targets", "delegado", "manifest", "difusores"}
)
_FIRMA = re.compile(r"[0-9a-f]{2,20000}")
_T = TypeVar("_T", Root, Timestamp, Snapshot, Targets)
# What python-tuf lets through when metadata is JSON of another shape than its own (A15).
_FALLAS: Final = (
    RepositoryError,
    UnverifiedSignatureError,
    ValueError,
    TypeError,
    KeyError,
    AttributeError,
    RecursionError,
    OverflowError,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Prueba:
    """Raw bytes, exactly as signed."""

    raices: tuple[bytes, ...]
    """From some trusted version to the current one, without gaps."""
    timestamp: bytes
    snapshot: bytes
    targets: bytes
    delegado: bytes
    """Metadata of the night's role (decisions §28)."""
    manifest: bytes
    difusores: bytes | None
    """The signed list; None while the role lists none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verificada:
    """What a proof proves."""

    manifest: Manifest
    sha256: str
    """Of the manifest's bytes: the identity of the corte."""
    difusores: bytes | None
    difusores_html: str | None
    """SHA-256 of the signed page of difusores, if the role lists one."""
    autoria: bool
    """The chain meets a root that the caller trusts; otherwise only the proof's coherence is known."""
    vigente: bool
    vence: datetime
    """First expiry of all that was verified."""
    rol: str
    llaves: tuple[str, ...]
    """Verifier keys of the public log of cortes: the role's own."""
    checkpoint: str | None
    """SHA-256 of the newest signed checkpoint of that log, if the role lists one."""


def escribir(prueba: Prueba) -> bytes:
    """Return the one file of a proof."""
    return canonico(
        {
            "formato": FORMATO,
            "raices": [raiz.decode() for raiz in prueba.raices],
            "timestamp": prueba.timestamp.decode(),
            "snapshot": prueba.snapshot.decode(),
            "targets": prueba.targets.decode(),
            "delegado": prueba.delegado.decode(),
            "manifest": prueba.manifest.decode(),
            "difusores": None if prueba.difusores is None else prueba.difusores.decode(),
        }
    )


def leer(datos: bytes, limites: Limites = LIMITES) -> Prueba:
    """Parse a proof from outside; nothing is verified yet. Raises ErrorDeConfianza (A6, A15)."""
    if len(datos) > limites.prueba:
        raise ErrorDeConfianza(f"prueba de {len(datos)} bytes: el límite es {limites.prueba}")
    try:
        crudo = json.loads(datos)
        if crudo["formato"] != FORMATO or isinstance(crudo["formato"], bool):
            raise ValueError("formato desconocido; actualice Pregón")
        raices, difusores = crudo["raices"], crudo["difusores"]
        if set(crudo) != _CAMPOS or not isinstance(raices, list) or not 0 < len(raices) <= limites.raices:
            raise ValueError("sobran o faltan campos")
        prueba = Prueba(
            raices=tuple(_bytes(raiz, limites.metadatos) for raiz in raices),
            timestamp=_bytes(crudo["timestamp"], limites.metadatos),
            snapshot=_bytes(crudo["snapshot"], limites.metadatos),
            targets=_bytes(crudo["targets"], limites.metadatos),
            delegado=_bytes(crudo["delegado"], limites.metadatos),
            manifest=_bytes(crudo["manifest"], limites.manifest),
            difusores=None if difusores is None else _bytes(difusores, limites.difusores),
        )
        if escribir(prueba) != datos:
            raise ValueError("no está en su forma canónica")
    except (ValueError, TypeError, KeyError, RecursionError, OverflowError) as error:
        raise ErrorDeConfianza(f"la prueba no tiene la forma esperada: {error!s:.120}") from error
    return prueba


def verificar(
    prueba: Prueba,
    *,
    raiz: bytes | str | None,
    rol: str | None,
    ahora: datetime,
    limites: Limites = LIMITES,
) -> Verificada:
    """Follow a proof from a trusted root to its manifest. Raises ErrorDeConfianza at the first flaw.

    `raiz` is a root.json, or the SHA-256 of one that the proof carries, or None: then nobody's signature
    is believed and only the proof's coherence is checked. `rol` is the only role accepted; None: any.
    """
    corte = manifest.leer(prueba.manifest, limites)
    if rol is not None and corte.rol != rol:
        raise Rechazado(f"la prueba es de «{corte.rol}» y se esperaba «{rol}»")
    try:
        return _seguir(prueba, corte, raiz, ahora)
    except _FALLAS as error:
        raise ErrorDeConfianza(
            f"la prueba del corte {corte.numero} no se sostiene: {error!s:.200}"
        ) from error


def llaves(raices: Sequence[bytes], targets: bytes, *, raiz: bytes | str | None, rol: str) -> tuple[str, ...]:
    """Return the verifier keys that a chain of roots gives a role's log; `raiz` as in `verificar`.

    Raises ErrorDeConfianza at the first flaw, and when the chain delegates nothing to that role.
    """
    try:
        root = _raiz_vigente(raices, raiz)
        dadas = registro.llaves(_delegado(Targets, targets, "targets", root), rol)
        if not dadas:
            raise ValueError(f"targets no delega en «{rol}»")
    except _FALLAS as error:
        raise ErrorDeConfianza(f"la llave del registro no se sostiene: {error!s:.200}") from error
    return dadas


def _seguir(prueba: Prueba, corte: Manifest, raiz: bytes | str | None, ahora: datetime) -> Verificada:
    root = _raiz_vigente(prueba.raices, raiz)
    timestamp = _delegado(Timestamp, prueba.timestamp, "timestamp", root)
    snapshot = _delegado(Snapshot, prueba.snapshot, "snapshot", root)
    _coincide(timestamp.snapshot_meta, snapshot, prueba.snapshot)
    targets = _delegado(Targets, prueba.targets, "targets", root)
    _coincide(snapshot.meta["targets.json"], targets, prueba.targets)
    nombre = _rol_de(targets, corte.objetivo)
    delegado = _delegado(Targets, prueba.delegado, nombre, targets)
    _coincide(snapshot.meta[f"{nombre}.json"], delegado, prueba.delegado)
    if nombre != corte.rol:
        raise ValueError(f"«{nombre}» firma un corte de «{corte.rol}»")
    _objetivo(delegado, corte.objetivo).verify_length_and_hashes(prueba.manifest)
    lista = delegado.targets.get(f"{nombre}/difusores.json")
    if (lista is None) != (prueba.difusores is None):
        raise ValueError("la lista de difusores falta o sobra")
    if lista is not None and prueba.difusores is not None:
        _objetivo(delegado, lista.path).verify_length_and_hashes(prueba.difusores)
    pagina, cabeza = f"{nombre}/difusores.html", registro.objetivo(nombre)
    vence = min(firmado.expires for firmado in (root, timestamp, snapshot, targets, delegado))
    return Verificada(
        manifest=corte,
        sha256=huella(prueba.manifest),
        difusores=prueba.difusores,
        difusores_html=_objetivo(delegado, pagina).hashes["sha256"] if pagina in delegado.targets else None,
        autoria=raiz is not None,
        vigente=ahora < vence,
        vence=vence,
        rol=nombre,
        llaves=registro.llaves(targets, nombre),
        checkpoint=_objetivo(delegado, cabeza).hashes["sha256"] if cabeza in delegado.targets else None,
    )


def _raiz_vigente(raices: Sequence[bytes], confiada: bytes | str | None) -> Root:
    """Return the last root of the chain, once the chain holds together and meets the trusted one."""
    vigente: Root | None = None
    if isinstance(confiada, bytes) and confiada not in raices:
        # The proof may start right after the root that the verifier knows.
        vigente = _raiz(None, confiada)
    elif isinstance(confiada, str) and confiada.lower() not in {huella(datos) for datos in raices}:
        raise ValueError("la raíz de confianza no está en su cadena de raíces")
    for datos in raices:
        vigente = _raiz(vigente, datos)
    if vigente is None:
        raise ValueError("no trae raíz")
    return vigente


def _raiz(anterior: Root | None, datos: bytes) -> Root:
    """Return a root that follows from the one before and is signed by both (TUF 5.3)."""
    metadata = _leer(Root, datos)
    root = metadata.signed
    if anterior is not None and root.version != anterior.version + 1:
        raise ValueError("la raíz de confianza no está en su cadena de raíces, o la cadena salta versiones")
    for role in root.roles.values():
        _rol_sano(role, root.keys)
    _firmada(metadata, "root", [root] if anterior is None else [anterior, root])
    return root


def _delegado(tipo: type[_T], datos: bytes, nombre: str, delegador: Root | Targets) -> _T:
    metadata = _leer(tipo, datos)
    _firmada(metadata, nombre, [delegador])
    return metadata.signed


def _leer(tipo: type[_T], datos: bytes) -> Metadata[_T]:
    metadata: Metadata[_T] = Metadata.from_bytes(datos)
    if not isinstance(metadata.signed, tipo):
        raise ValueError(f"se esperaba {tipo.type} y viene {metadata.signed.type}")
    # One text per meaning: also refuses repeated keys, of which JSON keeps only the last (A15).
    if metadata.to_bytes() != datos or metadata.unrecognized_fields:
        raise ValueError(f"{tipo.type} no está en su forma canónica")
    if type(metadata.signed.version) is not int:
        raise ValueError(f"{tipo.type} tiene una versión imposible")
    return metadata


def _firmada(metadata: Metadata[_T], nombre: str, delegadores: Sequence[Root | Targets]) -> None:
    """Require the threshold of every delegator, and that no signature is foreign or bad (A11, B5)."""
    datos = metadata.signed_bytes
    llaves: dict[str, Key] = {}
    for delegador in delegadores:
        delegador.verify_delegate(nombre, datos, metadata.signatures)
        keyids = delegador.get_delegated_role(nombre).keyids
        llaves |= {keyid: delegador.get_key(keyid) for keyid in keyids}
    for keyid, firma in metadata.signatures.items():
        if keyid not in llaves or firma.unrecognized_fields or not _FIRMA.fullmatch(firma.signature):
            raise ValueError(f"{nombre} lleva una firma que no es de su rol")
        llaves[keyid].verify_signature(firma, datos)


def _rol_sano(role: Role, llaves: Mapping[str, Key]) -> None:
    """Refuse a threshold that one key could meet alone under two names, or that is no number (A14)."""
    if type(role.threshold) is not int:
        raise ValueError("un rol tiene un umbral imposible")
    publicas = [str(llaves[keyid].keyval) for keyid in role.keyids]
    if len(set(publicas)) != len(publicas):
        raise ValueError("un rol repite una llave")


def _rol_de(targets: Targets, objetivo: str) -> str:
    """Return the one role that may sign a path, as TUF's search would find it first."""
    if targets.delegations is None or objetivo in targets.targets:
        raise ValueError("targets no delega en el rol de la noche")
    nombres = [nombre for nombre, _ in targets.delegations.get_roles_for_target(objetivo)]
    if not nombres:
        raise ValueError(f"nadie puede firmar «{objetivo}»")
    _rol_sano(targets.get_delegated_role(nombres[0]), targets.delegations.keys)
    return nombres[0]


def _coincide(meta: MetaFile, firmado: Signed, datos: bytes) -> None:
    meta.verify_length_and_hashes(datos)
    if firmado.version != meta.version:
        raise ValueError(f"{firmado.type} es de la versión {firmado.version} y se firmó la {meta.version}")


def _objetivo(delegado: Targets, ruta: str) -> TargetFile:
    objetivo = delegado.targets.get(ruta)
    if objetivo is None or "sha256" not in objetivo.hashes:
        raise ValueError(f"el rol no firma «{ruta}»")
    return objetivo


def _bytes(texto: object, limite: int) -> bytes:
    if not isinstance(texto, str) or len(texto) > limite:
        raise ValueError("un campo no es texto o es demasiado largo")
    return texto.encode()
