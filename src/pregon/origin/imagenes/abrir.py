"""From what origen.toml says of `[imagenes]` to where images are looked for."""

from collections.abc import Iterable, Iterator

from pregon.origin.config import ConfigOrigen, ImagenesEnCarpeta, ImagenesEnS3, ImagenesSinteticas
from pregon.origin.imagenes.carpeta import ImagenesDeCarpeta
from pregon.origin.imagenes.puerto import Imagenes
from pregon.origin.sources import Fuente
from pregon.origin.sources.sintetica import Sintetica
from pregon.storage.objetos import Objetos


def abrir(config: ConfigOrigen, fuente: Fuente, objetos: Objetos) -> Imagenes | None:
    """Return the configured images, behind those that `objetos` has already; None without any.

    Raises ErrorDeConfiguracion when a bucket cannot even be named.
    """
    match config.imagenes:
        case None:
            return None
        case ImagenesEnCarpeta(carpeta=carpeta):
            return _ConGuardadas(objetos, ImagenesDeCarpeta(carpeta))
        case ImagenesEnS3() as s3:
            from pregon.origin.imagenes.s3 import Cubeta, ImagenesS3  # noqa: PLC0415 — only a bucket needs the extra

            cubeta = Cubeta(
                nombre=s3.cubeta, prefijo=s3.prefijo, sufijo=s3.sufijo, url=s3.url, region=s3.region
            )
            return _ConGuardadas(objetos, ImagenesS3(cubeta))
        case ImagenesSinteticas():
            assert isinstance(fuente, Sintetica), "checked where origen.toml is read"
            return _ConGuardadas(objetos, fuente)


class _ConGuardadas:
    """Looks among the objects first: a corte that is made again, held or after a death, asks for nothing."""

    def __init__(self, objetos: Objetos, imagenes: Imagenes) -> None:
        self._objetos, self._imagenes = objetos, imagenes

    def buscar(self, codigos: Iterable[str], plazo: float) -> Iterator[tuple[str, bytes]]:
        """Yield what is stored under each hash; see `Imagenes.buscar`."""
        faltan = []
        for codigo in codigos:
            if self._objetos.verify(codigo):
                yield codigo, self._objetos.path(codigo).read_bytes()
            else:
                faltan.append(codigo)
        yield from self._imagenes.buscar(faltan, plazo)
