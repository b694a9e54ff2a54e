"""The keys of a night and its first root (decisions §28): made once, by one ceremony.

`ceremonia` leaves under one folder:

    llaves/       one PEM per key, 0600: root-1…n (offline), <rol>, snapshot, timestamp (online)
    repositorio/  metadata/1.root.json and metadata/1.targets.json, the start of a Repositorio
    raiz.json     the same bytes as 1.root.json, to hand to difusores and to print its huella

The files are not encrypted: whoever officiates moves `root-*.pem` to offline media before the night (a
demo keeps them, under a simulacro role). The night itself opens only the three online keys.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from securesystemslib.signer import CryptoSigner, Key
from tuf.api.metadata import DelegatedRole, Delegations, Metadata, Root, Targets

from pregon.errors import ErrorDeConfiguracion, ErrorDeOperacion
from pregon.paquete.limites import LIMITES
from pregon.paquete.manifest import huella
from pregon.storage import atomic

_EN_LINEA: Final = ("snapshot", "timestamp")


@dataclass(frozen=True, slots=True, kw_only=True)
class Llaves:
    """The online signers of one night, and the huella of the root that they descend from."""

    rol: str
    huella: str
    """SHA-256 of 1.root.json: what is printed in the acuerdo and compared by anybody."""
    delegado: CryptoSigner
    snapshot: CryptoSigner
    timestamp: CryptoSigner


def ceremonia(
    carpeta: Path, *, rol: str, umbral: int = 2, de: int = 3, ahora: datetime, vence: datetime
) -> Llaves:
    """Make all keys and sign the first root and targets, `umbral` of `de` (decisions §28).

    `vence`: of root and targets, past the retention of the last corte. Raises ErrorDeOperacion if the
    folder had its ceremony already: keys are never overwritten.
    """
    if not 1 <= umbral <= de or vence <= ahora:
        raise ErrorDeConfiguracion(
            f"no puede haber una raíz de {umbral} de {de} que vence el {vence:%d/%m/%Y}"
        )
    raiz = carpeta / "raiz.json"
    if raiz.exists():
        raise ErrorDeOperacion(f"«{carpeta}» ya tiene llaves y raíz; use otra carpeta")
    custodios = [CryptoSigner.generate_ed25519() for _ in range(de)]
    delegado, snapshot, timestamp = (CryptoSigner.generate_ed25519() for _ in range(3))
    nombres = [f"root-{n}" for n in range(1, de + 1)]
    firmantes = dict(zip(nombres, custodios, strict=True)) | {
        rol: delegado,
        "snapshot": snapshot,
        "timestamp": timestamp,
    }
    for nombre, firmante in firmantes.items():
        atomic.write(_pem(carpeta, nombre), firmante.private_bytes, mode=atomic.SECRETO)
    root = Root(expires=vence.astimezone(UTC))
    for custodio in custodios:
        root.add_key(custodio.public_key, "root")
        root.add_key(custodio.public_key, "targets")
    root.add_key(snapshot.public_key, "snapshot")
    root.add_key(timestamp.public_key, "timestamp")
    root.roles["root"].threshold = root.roles["targets"].threshold = umbral
    targets = Targets(expires=vence.astimezone(UTC), delegations=_delegacion(rol, delegado.public_key))
    datos_root, datos_targets = _firmar(Metadata(root), custodios), _firmar(Metadata(targets), custodios)
    metadata = carpeta / "repositorio" / "metadata"
    atomic.write(metadata / "1.targets.json", datos_targets)
    atomic.write(metadata / "1.root.json", datos_root)
    # Last: its presence says that the ceremony was completed.
    atomic.write(raiz, datos_root)
    return Llaves(
        rol=rol, huella=huella(datos_root), delegado=delegado, snapshot=snapshot, timestamp=timestamp
    )


def abrir(carpeta: Path, *, rol: str) -> Llaves:
    """Open the online keys that a ceremony left in `carpeta`.

    Raises ErrorDeConfiguracion when one is missing or is not the one that root or targets name,
    ErrorDeOperacion when there was no ceremony.
    """
    if not (carpeta / "raiz.json").exists():
        raise ErrorDeOperacion(f"«{carpeta}» no tiene llaves: corra antes «pregon origen preparar»")
    datos = atomic.read(carpeta / "raiz.json", limit=LIMITES.metadatos)
    root: Root = Metadata[Root].from_bytes(datos).signed
    targets: Targets = (
        Metadata[Targets]
        .from_bytes(
            atomic.read(carpeta / "repositorio" / "metadata" / "1.targets.json", limit=LIMITES.metadatos)
        )
        .signed
    )
    roles = targets.delegations.roles if targets.delegations else None
    if targets.delegations is None or roles is None or rol not in roles:
        raise ErrorDeConfiguracion(f"las llaves de «{carpeta}» no son de «{rol}»")
    publica = targets.delegations.keys[roles[rol].keyids[0]]
    snapshot, timestamp = (root.keys[root.roles[nombre].keyids[0]] for nombre in _EN_LINEA)
    return Llaves(
        rol=rol,
        huella=huella(datos),
        delegado=_abrir(carpeta, rol, publica),
        snapshot=_abrir(carpeta, "snapshot", snapshot),
        timestamp=_abrir(carpeta, "timestamp", timestamp),
    )


def _delegacion(rol: str, publica: Key) -> Delegations:
    delegado = DelegatedRole(rol, [publica.keyid], 1, terminating=True, paths=[f"{rol}/*", f"{rol}/*/*"])
    return Delegations({publica.keyid: publica}, {rol: delegado})


def _firmar(metadata: Metadata[Root] | Metadata[Targets], custodios: list[CryptoSigner]) -> bytes:
    for custodio in custodios:
        metadata.sign(custodio, append=True)
    return metadata.to_bytes()


def _abrir(carpeta: Path, nombre: str, publica: Key) -> CryptoSigner:
    ruta = _pem(carpeta, nombre)
    try:
        return CryptoSigner.from_priv_key_uri(f"file2:{ruta.absolute()}", publica)
    except (OSError, ValueError) as error:
        raise ErrorDeConfiguracion(f"no se pudo abrir la llave «{ruta}»", archivo=str(ruta)) from error


def _pem(carpeta: Path, nombre: str) -> Path:
    return carpeta / "llaves" / f"{nombre}.pem"
