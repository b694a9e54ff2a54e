"""An authority of the moment and a TLS server with a certificate of it: a portal's public side, faked."""

import ssl
import threading
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Self

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

Respuestas = Mapping[str, tuple[int, Mapping[str, str], bytes]]
"""Status, headers and body by path."""


class Autoridad:
    """A certificate authority; `raiz` is its PEM."""

    def __init__(self, carpeta: Path) -> None:
        """Make its key and certificate in `carpeta`."""
        self._carpeta = carpeta
        self._llave = ec.generate_private_key(ec.SECP256R1())
        self._nombre = _nombre("Autoridad de prueba")
        ahora = datetime.now(UTC)
        propio = (
            x509.CertificateBuilder(
                subject_name=self._nombre,
                issuer_name=self._nombre,
                public_key=self._llave.public_key(),
                serial_number=x509.random_serial_number(),
                not_valid_before=ahora - timedelta(days=900),
                not_valid_after=ahora + timedelta(days=900),
            )
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .sign(self._llave, hashes.SHA256())
        )
        self.raiz = carpeta / "autoridad.pem"
        self.raiz.write_bytes(propio.public_bytes(serialization.Encoding.PEM))

    def certificar(
        self, nombre: str = "localhost", *, vence: timedelta = timedelta(days=90), archivo: str = "hoja"
    ) -> Path:
        """Write key and certificate of `nombre`, in one PEM, valid from two years ago; return its path."""
        llave = ec.generate_private_key(ec.SECP256R1())
        ahora = datetime.now(UTC)
        hoja = (
            x509.CertificateBuilder(
                subject_name=_nombre(nombre),
                issuer_name=self._nombre,
                public_key=llave.public_key(),
                serial_number=x509.random_serial_number(),
                not_valid_before=ahora - timedelta(days=730),
                not_valid_after=ahora + vence,
            )
            .add_extension(x509.SubjectAlternativeName([x509.DNSName(nombre)]), critical=False)
            .sign(self._llave, hashes.SHA256())
        )
        ruta = self._carpeta / f"{archivo}.pem"
        ruta.write_bytes(
            hoja.public_bytes(serialization.Encoding.PEM)
            + llave.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )
        return ruta


class PortalFalso:
    """An HTTPS server on loopback that answers what it is told; a context manager."""

    def __init__(self, certificado: Path, respuestas: Respuestas) -> None:
        """Bind at once; `certificado` holds key and certificate."""
        contexto = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        contexto.load_cert_chain(certificado)

        class Atiende(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                estado, cabeceras, cuerpo = respuestas.get(self.path, (404, {}, b""))
                self.send_response(estado)
                for nombre, valor in cabeceras.items():
                    self.send_header(nombre, valor)
                self.end_headers()
                self.wfile.write(cuerpo)

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 — the standard library's name
                """Say nothing."""

        class Servidor(ThreadingHTTPServer):
            def handle_error(self, request: object, client_address: object) -> None:
                """Say nothing: who only looks at the certificate goes away without asking."""

        self._servidor = Servidor(("localhost", 0), Atiende)
        self._servidor.socket = contexto.wrap_socket(
            self._servidor.socket, server_side=True, do_handshake_on_connect=False
        )
        self._hilo = threading.Thread(target=self._servidor.serve_forever, args=(0.02,), daemon=True)
        self.url = f"https://localhost:{self._servidor.server_port}"

    def __enter__(self) -> Self:
        """Start answering."""
        self._hilo.start()
        return self

    def __exit__(self, *_: object) -> None:
        """End."""
        self._servidor.shutdown()
        self._servidor.server_close()
        self._hilo.join(5)


def _nombre(comun: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, comun)])
