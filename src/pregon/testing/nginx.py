"""Debian's nginx before a node, as `pregon nodo nginx` configures it: on loopback, its own certificate."""

import contextlib
import http.client
import os
import pwd
import shutil
import socket
import ssl
import subprocess
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Self

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from pregon.node import nginx
from pregon.node.config import ConfigNginx, ConfigNodo
from pregon.node.nginx import MODULO_BROTLI

NOMBRE = "nodo.ejemplo.mx"
PROGRAMA = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
"""None where it is not installed."""
CON_BROTLI = Path(MODULO_BROTLI).exists()
"""Whether Debian's module for `.br` is installed too."""
_ESPERA = 10.0


class NginxEnProceso:
    """One nginx over a folder of its own; a context manager that leaves no process behind."""

    def __init__(self, nodo: ConfigNodo, carpeta: Path, **cambios: object) -> None:
        """Stand before a node that listens already; `cambios` replace fields of its ConfigNginx."""
        self.carpeta = carpeta
        self.https, self.http = _puerto_libre(), _puerto_libre()
        base = ConfigNginx(
            nombres=(NOMBRE,),
            certificado=carpeta / "certificado.pem",
            llave=carpeta / "llave.pem",
            direcciones=("127.0.0.1",),
            https=self.https,
            http=self.http,
            registros=carpeta,
            copias=carpeta,
            usuario=pwd.getpwuid(os.geteuid()).pw_name,
            por_segundo=10_000,
            conexiones=1_000,
            brotli=CON_BROTLI,
        )
        # `replace` is checked by the dataclass at run time; a test may set any field.
        self.config = replace(nodo, nginx=replace(base, **cambios))  # type: ignore[arg-type]  # any field
        self._proceso: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        """Start it and wait until it listens."""
        certificar(self.carpeta)
        self.arrancar(nginx.escribir(self.config))
        return self

    def __exit__(self, *_: object) -> None:
        """End it at once."""
        if self._proceso is not None:
            self._proceso.terminate()
            self._proceso.wait(_ESPERA)

    def arrancar(self, texto: str) -> None:
        """Run nginx with a configuration."""
        assert PROGRAMA is not None, "falta nginx: apt-get install nginx"
        (self.carpeta / "nginx.conf").write_text(texto, encoding="utf-8")
        salida = self.carpeta / "salida"
        with salida.open("wb") as abierta:
            self._proceso = subprocess.Popen(  # noqa: S603 — Debian's program, our own file
                [
                    *(PROGRAMA, "-e", "stderr", "-p", str(self.carpeta), "-c", "nginx.conf"),
                    *("-g", f"daemon off; pid '{self.carpeta}/pid';"),
                ],
                stderr=abierta,
                env=os.environ | {"TZ": self.config.zona.key},
            )
        limite = time.monotonic() + _ESPERA
        while True:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.https), 1):
                return
            dicho = salida.read_text(encoding="utf-8")
            assert self._proceso.poll() is None, f"nginx no arrancó: {dicho}"
            assert time.monotonic() < limite, f"nginx no escucha: {dicho}"
            time.sleep(0.01)

    def conectar(self, nombre: str = NOMBRE) -> ssl.SSLSocket:
        """Return a TLS connection that asks for a name."""
        contexto = ssl.create_default_context(cafile=str(self.carpeta / "certificado.pem"))
        contexto.check_hostname = nombre == NOMBRE
        return contexto.wrap_socket(
            socket.create_connection(("127.0.0.1", self.https), _ESPERA), server_hostname=nombre
        )

    def cliente(self) -> http.client.HTTPConnection:
        """Return an HTTP client on such connections."""
        return _Cliente(self)

    def senal(self, numero: int) -> None:
        """Send a signal to the master, as logrotate does."""
        assert self._proceso is not None
        self._proceso.send_signal(numero)


class _Cliente(http.client.HTTPConnection):
    def __init__(self, delante: NginxEnProceso) -> None:
        super().__init__(NOMBRE, delante.https, timeout=_ESPERA)
        self._delante = delante

    def connect(self) -> None:
        self.sock = self._delante.conectar()


def certificar(carpeta: Path) -> None:
    """Write a certificate for NOMBRE that is its own authority, and its key."""
    llave = ec.generate_private_key(ec.SECP256R1())
    nombre = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, NOMBRE)])
    ahora = datetime.now(UTC)
    certificado = (
        x509.CertificateBuilder(
            subject_name=nombre,
            issuer_name=nombre,
            public_key=llave.public_key(),
            serial_number=x509.random_serial_number(),
            not_valid_before=ahora - timedelta(hours=1),
            not_valid_after=ahora + timedelta(days=1),
        )
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(NOMBRE)]), critical=False)
        .sign(llave, hashes.SHA256())
    )
    (carpeta / "certificado.pem").write_bytes(certificado.public_bytes(serialization.Encoding.PEM))
    (carpeta / "llave.pem").write_bytes(
        llave.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )


def _puerto_libre() -> int:
    with socket.create_server(("127.0.0.1", 0)) as oido:
        return int(oido.getsockname()[1])
