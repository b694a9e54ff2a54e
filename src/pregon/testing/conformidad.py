"""The node's TUF client behind the command line that the public client test suite drives (tuf-conformance).

    python -m pregon.testing.conformidad --metadata-dir D init RAIZ
    python -m pregon.testing.conformidad --metadata-dir D --metadata-url URL refresh
    python -m pregon.testing.conformidad --metadata-dir D --metadata-url URL
        --target-name T --target-dir D --target-base-url URL download

Exit code 0 or 1; the suite's words are English, and nobody types this by hand. Client, bounds, deadline and
fetcher are the node's very own (`node.cliente`, `transport.https`), so what the suite says of this it says
of a node, our rules on manifests apart. One difference: a node knows the only role that it accepts, while
the suite asks for any target.

Both addresses must be of one server, as those of a node's repository are.
"""

import argparse
import contextlib
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final
from urllib.parse import SplitResult, quote, urlsplit

from tuf.api.exceptions import DownloadError, RepositoryError
from tuf.ngclient import Updater

from pregon.errors import ErrorDeConfiguracion, PregonError
from pregon.node import cliente
from pregon.paquete.limites import LIMITES
from pregon.storage import atomic
from pregon.transport.https import HttpsFetcher

_RAIZ: Final = "raiz-de-confianza"
"""Beside the metadata, as `raiz` in nodo.toml: every start is from it, never from what was downloaded."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; 0 only if all of it succeeded."""
    try:
        args = _parser().parse_args(argv)
    except SystemExit as salida:
        return 1 if salida.code else 0
    try:
        match args.orden:
            case "init":
                _iniciar(args.metadata_dir, args.raiz)
            case "refresh":
                with _cliente(args.metadata_dir, args.metadata_url) as updater:
                    updater.refresh()
            case _:
                with _cliente(args.metadata_dir, args.metadata_url, args.target_base_url) as updater:
                    _bajar(updater, args)
    except (DownloadError, RepositoryError, PregonError, OSError) as error:
        sys.stderr.write(f"{args.orden}: {type(error).__name__}: {error}\n")
        return 1
    return 0


def _iniciar(carpeta: Path, raiz: Path) -> None:
    datos = atomic.read(raiz, limit=LIMITES.metadatos)
    # What is no root is refused here: a client that was never given one has nothing to trust later.
    cliente.abrir(carpeta, HttpsFetcher("http://ninguno.invalid"), raiz=datos)
    atomic.write(carpeta / _RAIZ, datos)


def _bajar(updater: Updater, args: argparse.Namespace) -> None:
    objetivo = updater.get_targetinfo(args.target_name)
    if objetivo is None:
        raise RepositoryError(f"nadie firmó «{args.target_name}»")
    destino = args.target_dir / quote(args.target_name, "")
    if updater.find_cached_target(objetivo, str(destino)) is None:
        temporal = args.metadata_dir / "tmp-objetivo"
        atomic.write(destino, cliente.descargar(updater, objetivo, temporal, tope=LIMITES.manifest))


@contextlib.contextmanager
def _cliente(carpeta: Path, metadatos: str | None, objetivos: str | None = None) -> Iterator[Updater]:
    partes = urlsplit(metadatos or "")
    suyas = urlsplit(objetivos) if objetivos else partes
    if _servidor(suyas) != _servidor(partes):
        raise ErrorDeConfiguracion("metadatos y objetivos son de un solo servidor")
    raiz = atomic.read(carpeta / _RAIZ, limit=LIMITES.metadatos)
    with contextlib.closing(HttpsFetcher(_servidor(partes))) as source:
        source.begin(LIMITES.plazo_metadatos)
        yield cliente.abrir(
            carpeta,
            source,
            raiz=raiz,
            metadatos=partes.path.strip("/") + "/",
            objetivos=suyas.path.strip("/") + "/",
        )


def _servidor(partes: SplitResult) -> str:
    return f"{partes.scheme}://{partes.netloc}"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m pregon.testing.conformidad", allow_abbrev=False)
    parser.add_argument("--metadata-dir", type=Path, required=True)
    parser.add_argument("--metadata-url")
    parser.add_argument("--target-name")
    parser.add_argument("--target-dir", type=Path)
    parser.add_argument("--target-base-url")
    ordenes = parser.add_subparsers(dest="orden", required=True)
    ordenes.add_parser("init").add_argument("raiz", type=Path)
    ordenes.add_parser("refresh")
    ordenes.add_parser("download")
    return parser


if __name__ == "__main__":
    sys.exit(main())
