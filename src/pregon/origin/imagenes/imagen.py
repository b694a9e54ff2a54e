"""What an image is: bytes of one of four kinds, told by how they begin, under the hash of their acta."""

from dataclasses import dataclass

from pregon.paquete.limites import LIMITES
from pregon.paquete.manifest import Archivo, huella, imagen


@dataclass(frozen=True, slots=True, kw_only=True)
class Imagen:
    """One verified image: its SHA-256 in lower case, its kind as a file's extension, its size in bytes."""

    sha256: str
    extension: str
    tamano: int

    @property
    def archivo(self) -> Archivo:
        """Return its line in the manifest."""
        return imagen(self.sha256, self.extension, self.tamano)


def examinar(codigo: str, datos: bytes) -> Imagen | str:
    """Return the image, or in Spanish why these bytes are refused (R96)."""
    if len(datos) > LIMITES.imagen:
        return f"pesa más de {LIMITES.imagen} bytes"
    sha256 = huella(datos)
    if sha256 != codigo:
        return f"su SHA-256 es {sha256} y no el del acta"
    extension = _extension(datos)
    if extension is None:
        return "no es JPEG, PNG, WebP ni PDF"
    return Imagen(sha256=sha256, extension=extension, tamano=len(datos))


def _extension(datos: bytes) -> str | None:
    """Tell the kind by the first bytes, never by a name."""
    if datos.startswith(b"\xff\xd8\xff"):
        return "jpg"
    if datos.startswith(b"\x89PNG\r\n\x1a\n"):
        return "png"
    if datos.startswith(b"RIFF") and datos[8:12] == b"WEBP":
        return "webp"
    return "pdf" if datos.startswith(b"%PDF-") else None
