"""TUF's client as a node drives it, and nobody drives it otherwise (decisions §6).

python-tuf decides about keys, versions and expiry. Added here: this project's bounds on every file (A6) and
a source that ends whatever drips (A7) and follows no redirect (D12). The caller calls `source.begin` first.
"""

import contextlib
from pathlib import Path

from tuf.api.metadata import TargetFile
from tuf.ngclient import Updater, UpdaterConfig

from pregon.errors import Rechazado
from pregon.paquete.limites import LIMITES
from pregon.storage import atomic
from pregon.transport.pull import PullSource


def abrir(
    carpeta: Path,
    source: PullSource,
    *,
    raiz: bytes,
    metadatos: str = "metadata/",
    objetivos: str = "targets/",
) -> Updater:
    """Return a client that keeps in `carpeta` what it verified and trusts `raiz`; nothing is fetched yet.

    `metadatos` and `objetivos` are folders of the source. Raises RepositoryError when `raiz` is no root
    signed by itself.
    """
    atomic.make_dirs(carpeta)
    return Updater(
        str(carpeta),
        metadatos,
        target_base_url=objetivos,
        fetcher=source,
        config=UpdaterConfig(
            max_root_rotations=64,
            root_max_length=LIMITES.metadatos,
            snapshot_max_length=LIMITES.metadatos,
            targets_max_length=LIMITES.metadatos,
        ),
        bootstrap=raiz,
    )


def descargar(updater: Updater, objetivo: TargetFile, temporal: Path, *, tope: int) -> bytes:
    """Return the verified bytes of a target of at most `tope` bytes; `temporal` is gone afterwards."""
    if objetivo.length > tope:
        raise Rechazado(f"«{objetivo.path}» mide {objetivo.length} bytes: el límite es {tope}")
    try:
        updater.download_target(objetivo, str(temporal))
        return temporal.read_bytes()
    finally:
        with contextlib.suppress(OSError):
            temporal.unlink()
