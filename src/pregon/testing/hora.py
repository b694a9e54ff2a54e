"""A time server over UDP on loopback, that can be wrong, silent or a liar (E1, E5)."""

import socket
import struct
import threading
import time
from enum import Enum
from typing import Final, Self

_EPOCA_NTP: Final = 2_208_988_800


class Modo(Enum):
    """How it answers."""

    BIEN = "bien"
    CALLA = "calla"
    AJENA = "ajena"
    """An answer to somebody else's question."""
    PERDIDO = "perdido"
    """It says itself that it does not know the hour."""
    CORTA = "corta"


class ServidorDeHora:
    """Listens on a free port; a context manager. `adelanto`: seconds that its hour is ahead of ours."""

    def __init__(self, *, adelanto: float = 0.0, modo: Modo = Modo.BIEN) -> None:
        """Bind at once."""
        self._adelanto, self._modo = adelanto, modo
        self._enchufe = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._enchufe.bind(("127.0.0.1", 0))
        self.puerto = int(self._enchufe.getsockname()[1])
        self._hilo = threading.Thread(target=self._atender, daemon=True)

    def __enter__(self) -> Self:
        """Start answering."""
        self._hilo.start()
        return self

    def __exit__(self, *_: object) -> None:
        """End: a datagram to itself wakes it up."""
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as fin:
            fin.sendto(b"fin", ("127.0.0.1", self.puerto))
        self._hilo.join(5)
        self._enchufe.close()

    def _atender(self) -> None:
        while (recibido := self._enchufe.recvfrom(512))[0] != b"fin":
            pregunta, quien = recibido
            if self._modo is Modo.CALLA:
                continue
            marca = bytes(8) if self._modo is Modo.AJENA else pregunta[40:48]
            estrato = 0 if self._modo is Modo.PERDIDO else 2
            entero, fraccion = divmod(time.time() + self._adelanto + _EPOCA_NTP, 1)
            hora = struct.pack("!II", int(entero), int(fraccion * 2**32))
            respuesta = bytes([0x24, estrato]) + bytes(22) + marca + hora + hora
            self._enchufe.sendto(respuesta[:20] if self._modo is Modo.CORTA else respuesta, quien)
