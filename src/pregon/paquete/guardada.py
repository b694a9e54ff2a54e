"""A file that a reader saved: in what it differs from the signed one, and whose doing it probably is.

Who saves a page by «página completa» has another page: the browser writes its links again. Those bytes
prove nothing, neither for nor against the portal, and the reader is told how to have the true ones.
"""

import re
from typing import Final

from pregon.paquete.inspeccion import causa
from pregon.paquete.manifest import Archivo, huella

_REESCRITA: Final = re.compile(
    rb"<!-- saved from url=|Page saved with SingleFile|(?:src|href)=[\"'][^\"'>]{1,400}_(?:files|archivos)/"
    rb"|\A(?:From: <Saved by|MIME-Version:|bplist00)",
    re.IGNORECASE,
)
"""What Chromium, Firefox, Safari and SingleFile leave in a page that they wrote themselves."""


def diferencia(archivo: Archivo, datos: bytes) -> str | None:
    """Return in what a saved file differs from the signed one, None if it is that one byte by byte."""
    motivo = causa(archivo, datos)
    if motivo is None:
        return None
    if huella(datos.replace(b"\r\n", b"\n").removeprefix(b"\xef\xbb\xbf")) == archivo.sha256:
        return f"{motivo}; sólo cambiaron los fines de línea, como hace un editor o un correo: {_OTRA_VEZ}"
    if _REESCRITA.search(datos):
        return f"{motivo}; un navegador la reescribió al guardarla («página completa»): {_OTRA_VEZ}"
    return motivo


_OTRA_VEZ: Final = "guárdela como «sólo HTML», sin abrirla en otro programa"
