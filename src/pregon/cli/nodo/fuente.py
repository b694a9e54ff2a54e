"""Where a node takes its cortes from, by its configuration or by the command line."""

from pathlib import Path

from pregon.errors import ErrorDeConfiguracion
from pregon.node.config import ConfigNodo
from pregon.transport.carpeta import CarpetaFetcher
from pregon.transport.https import HttpsFetcher
from pregon.transport.pull import PullSource


def fuente(configuracion: ConfigNodo, desde: str | None = None) -> PullSource:
    """Return the node's source, or the one that was asked for instead. Raises ErrorDeConfiguracion."""
    lugar = desde or configuracion.origen
    if lugar is None:
        return CarpetaFetcher(configuracion.buzon, buzon=True)
    if "://" in lugar:
        return HttpsFetcher(lugar)
    if not Path(lugar).is_dir():
        raise ErrorDeConfiguracion(f"no existe la carpeta {lugar}", clave="--desde" if desde else "origen")
    return CarpetaFetcher(Path(lugar))
