"""Images in an S3 bucket, each object named by its hash between a prefix and a suffix (extra `s3`).

Credentials come from the places where boto3 looks for them, never from our files. Everything has a deadline:
connecting, each piece, each image. The account needs GetObject and ListBucket: without the second, S3 calls a
missing object forbidden.
"""

import contextlib
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from pregon.errors import ErrorDeConfiguracion, ErrorDeRed
from pregon.paquete.limites import LIMITES

_A_LA_VEZ: Final = 8
"""Requests under way."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cubeta:
    """Where the images are, and how long one may take."""

    nombre: str
    prefijo: str = ""
    sufijo: str = ""
    """An object is `prefijo` + 64 lower-case hex digits + `sufijo`: ``2026/ab…cd.jpg``."""
    url: str | None = None
    """Address of a service other than Amazon's."""
    region: str | None = None
    plazo_conexion: float = 5.0
    plazo_imagen: float = 15.0
    """Seconds for one image, whatever drips in, and for each silence within it."""


class ImagenesS3:
    """A bucket of images."""

    def __init__(self, cubeta: Cubeta) -> None:
        """Open nothing yet; ErrorDeConfiguracion when boto3 cannot make a client of this (bad address)."""
        self._cubeta = cubeta
        try:
            self._cliente: Any = boto3.client(
                "s3",
                endpoint_url=cubeta.url,
                region_name=cubeta.region,
                config=Config(
                    connect_timeout=cubeta.plazo_conexion,
                    read_timeout=cubeta.plazo_imagen,
                    retries={"total_max_attempts": 2, "mode": "standard"},
                    max_pool_connections=_A_LA_VEZ,
                ),
            )
        except (BotoCoreError, ValueError) as error:
            causa = f"la cubeta «{cubeta.nombre}» no se puede usar: {error}"
            raise ErrorDeConfiguracion(causa, clave="imagenes") from error

    def buscar(self, codigos: Iterable[str], plazo: float) -> Iterator[tuple[str, bytes]]:
        """Yield what is stored under each hash; see `Imagenes.buscar`. A few at a time, in their order.

        An image that fails holds up no other: the fault is raised at the end, or when nothing gets through.
        """
        por_pedir = iter(codigos)
        limite = time.monotonic() + plazo
        falla: ErrorDeRed | None = None
        with ThreadPoolExecutor(_A_LA_VEZ, thread_name_prefix="imagenes-s3") as hilos:
            while tanda := tuple(islice(por_pedir, _A_LA_VEZ)):
                fallidas = 0
                for codigo, traida in zip(tanda, hilos.map(self._intentar, tanda), strict=True):
                    if isinstance(traida, ErrorDeRed):
                        falla, fallidas = traida, fallidas + 1
                    elif traida is not None:
                        yield codigo, traida
                if fallidas == len(tanda):
                    break
                if time.monotonic() > limite:
                    falla = ErrorDeRed(f"la cubeta «{self._cubeta.nombre}» tarda demasiado")
                    break
        if falla is not None:
            raise falla

    def _intentar(self, codigo: str) -> bytes | ErrorDeRed | None:
        try:
            return self._traer(codigo)
        except ErrorDeRed as error:
            return error

    def _traer(self, codigo: str) -> bytes | None:
        cubeta = self._cubeta
        llave = f"{cubeta.prefijo}{codigo}{cubeta.sufijo}"
        try:
            cuerpo = self._cliente.get_object(Bucket=cubeta.nombre, Key=llave)["Body"]
            with cuerpo as crudo, _cortada(crudo.shutdown, cubeta.plazo_imagen) as vencida:
                datos = bytearray()
                while quedan := LIMITES.imagen + 1 - len(datos):
                    trozo = cuerpo.read(quedan)  # an empty one checks that the announced bytes have come
                    if not trozo or vencida.is_set():
                        break
                    datos += trozo
            if vencida.is_set():
                raise ErrorDeRed(f"{llave} tardó más de {cubeta.plazo_imagen:g} s")
        except ClientError as error:
            if error.response.get("Error", {}).get("Code") == "NoSuchKey":
                return None
            raise ErrorDeRed(f"la cubeta «{cubeta.nombre}» respondió a {llave}: {error}") from error
        except (BotoCoreError, OSError) as error:
            raise ErrorDeRed(f"la cubeta «{cubeta.nombre}» no respondió a {llave}: {error}") from error
        return bytes(datos)


@contextlib.contextmanager
def _cortada(cortar: Callable[[], None], plazo: float) -> Iterator[threading.Event]:
    """End a read after so many seconds, told by the event: timeouts count from the last byte (A7)."""
    vencida = threading.Event()

    def vencer() -> None:
        vencida.set()
        with contextlib.suppress(OSError, ValueError):  # it ended by itself meanwhile
            cortar()

    reloj = threading.Timer(plazo, vencer)
    reloj.daemon = True
    reloj.start()
    try:
        yield vencida
    finally:
        reloj.cancel()
