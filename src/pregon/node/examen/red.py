"""What others see of this node, and who it talks to: certificate, public address, time server, source.

Everything here may hang or lie: each look is bounded in bytes and, by `a_la_vez`, in total time.
"""

import errno
import http.client
import json
import secrets
import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from cryptography import x509
from tuf.api.exceptions import DownloadError, DownloadHTTPError
from tuf.api.metadata import Metadata, Timestamp

from pregon.errors import ErrorDeRed
from pregon.node import par as pares
from pregon.node import routes
from pregon.node.config import ConfigNodo
from pregon.node.examen import Comprobacion, aviso, bien, falla
from pregon.paquete.limites import LIMITES
from pregon.transport.https import HttpsFetcher

Mirada = Callable[[], Sequence[Comprobacion]]
PLAZO: Final = 10.0
"""Seconds for all of them together."""
_DIAS: Final = (
    (2, falla, "renuévelo ya: vence antes de la noche, o en ella"),
    (7, aviso, "renuévelo hoy"),
    (21, aviso, "prepare su renovación"),
)
"""Days left below which it is told, and what is said (H9)."""
_CAUSAS: Final = {
    9: "todavía no es válido",
    10: "venció",
    18: "no lo firmó ninguna autoridad (se firma a sí mismo)",
    19: "lo firmó una autoridad desconocida",
    20: "le falta el certificado intermedio, o lo firmó una autoridad desconocida",
    62: "es de otro nombre",
}
"""OpenSSL's verification codes, in words."""
_SIN_CONEXION: Final = {
    errno.ECONNREFUSED: "rechazó la conexión",
    errno.ECONNRESET: "cortó la conexión",
    errno.EHOSTUNREACH: "no hay ruta hasta ahí",
    errno.ENETUNREACH: "no hay red",
}
_EPOCA_NTP: Final = 2_208_988_800
"""Seconds from 1900 to 1970."""
_CUERPO: Final = 65_536


def a_la_vez(miradas: Mapping[str, Mirada], *, plazo: float = PLAZO) -> tuple[Comprobacion, ...]:
    """Run some looks in threads, each under its name; return what they found by the deadline, in order.

    A look that has not ended is told as such and left to die with the process: a name server may hold it
    longer than anybody wants to wait.
    """
    hallados: dict[str, Sequence[Comprobacion]] = {}
    nuestros: list[Exception] = []

    def mirar(que: str, mirada: Mirada) -> None:
        try:
            hallados[que] = mirada()
        except Exception as error:  # noqa: BLE001 — raised again below, where somebody reads the traceback
            nuestros.append(error)

    hilos = [threading.Thread(target=mirar, args=una, daemon=True) for una in miradas.items()]
    limite = time.monotonic() + plazo
    for hilo in hilos:
        hilo.start()
    for hilo in hilos:
        hilo.join(max(0.0, limite - time.monotonic()))
    if nuestros:
        raise nuestros[0]
    listos = dict(hallados)
    return tuple(una for que in miradas for una in listos.get(que, (_tarde(que, plazo),)))


def certificado(config: ConfigNodo, *, ahora: datetime) -> tuple[Comprobacion, ...]:
    """Look at the certificate that the public address shows; where it cannot be reached, at nginx's file."""
    que = "Certificado"
    del_archivo = _del_archivo(config.nginx.certificado) if config.nginx else None
    if config.url is None:
        return (aviso("tls", que, "no se miró: nodo.toml no dice «url»", "agregue la dirección pública"),)
    destino = _destino(config.url)
    if destino.esquema != "https":
        return (falla("tls", que, f"{config.url} no es https", "póngale nginx delante, con certificado"),)
    try:
        mostrado = _mostrado(destino)
    except (OSError, ValueError) as error:  # a name that no DNS could know is a ValueError
        return (_sin_respuesta(que, config.url, error), *_vigencia(que, del_archivo, ahora))
    mal = _rechazado(destino)
    if mal is not None:
        return (falla("tls", que, f"{config.url}: {mal}", "instale el certificado con toda su cadena"),)
    if del_archivo is not None and del_archivo != mostrado:
        return (
            *_vigencia(que, mostrado, ahora),
            aviso("tls-archivo", que, "nginx muestra otro que el de su archivo", "«systemctl reload nginx»"),
        )
    return _vigencia(que, mostrado, ahora)


def publica(config: ConfigNodo) -> tuple[Comprobacion, ...]:
    """Ask the public address as a reader would: it must be this node, with our headers, without redirect."""
    que, cabeceras = "Dirección pública", "Cabeceras"
    if config.url is None:
        return (aviso("publica", que, "no se miró: nodo.toml no dice «url»", "agregue la dirección pública"),)
    destino = _destino(config.url)
    try:
        estado, llegadas, cuerpo = _pedir(destino, "/estado.json")
        _, de_la_entrada, _ = _pedir(destino, "/")
    except (OSError, http.client.HTTPException, ValueError) as error:
        return (_sin_respuesta(que, config.url, error),)
    if 300 <= estado < 400:
        lugar = llegadas.get("Location", "")[:120]
        return (falla("publica", que, f"redirige a «{lugar}»", "que responda ahí mismo, sin redirigir"),)
    if estado != http.HTTPStatus.OK or _identidad(cuerpo) != (config.id, config.rol):
        return (
            falla(
                "publica",
                que,
                f"{config.url} responde {estado}, y no es este nodo",
                "revise el DNS, nginx y que el nodo esté encendido («pregon nodo servir»)",
            ),
        )
    return (
        bien("publica", que, f"{config.url} es este nodo y no redirige"),
        _marcos(cabeceras, de_la_entrada),
    )


def hora(config: ConfigNodo) -> tuple[Comprobacion, ...]:
    """Ask the time server, if one is named, how far off this clock is (E1, E5)."""
    que = "Hora de red"
    if config.ntp is None:
        return (aviso("ntp", que, "no se preguntó: nodo.toml no dice «ntp»", "agregue un servidor de hora"),)
    servidor = f"{config.ntp[0]}:{config.ntp[1]}"
    try:
        desfase = sntp(*config.ntp)
    except ErrorDeRed as error:
        return (
            aviso(
                "ntp",
                que,
                f"{servidor}: {error}",
                "permita la salida por UDP 123, o dé en «ntp» un servidor que se alcance",
            ),
        )
    dice = f"{'adelantado' if desfase < 0 else 'atrasado'} {abs(desfase):.3f} s según {servidor}"
    hacer = "ponga en hora este equipo y deje encendido su cliente NTP («timedatectl»)"
    if abs(desfase) >= 60:
        return (falla("ntp", que, dice, hacer),)
    return (bien("ntp", que, dice) if abs(desfase) < 1 else aviso("ntp", que, dice, hacer),)


def sntp(anfitrion: str, puerto: int, *, plazo: float = 3.0) -> float:
    """Return how many seconds this clock must advance to agree with a time server (RFC 4330).

    Raises ErrorDeRed: no answer (UDP 123 may be closed, E5), or one that is not to be believed.
    """
    try:
        familia, tipo, _, _, direccion = socket.getaddrinfo(anfitrion, puerto, type=socket.SOCK_DGRAM)[0]
        with socket.socket(familia, tipo) as enchufe:
            enchufe.settimeout(plazo)
            enchufe.connect(direccion)
            # What we send as our hour comes back as it was: a number that nobody else can guess.
            marca = secrets.token_bytes(8)
            salida = time.time()
            enchufe.send(bytes([0x23]) + bytes(39) + marca)
            datos = enchufe.recv(512)
            llegada = time.time()
    except TimeoutError as error:
        raise ErrorDeRed("sin respuesta") from error
    except (OSError, ValueError) as error:  # a name that no DNS could know is a ValueError
        raise ErrorDeRed(f"sin respuesta ({_causa(error)})") from error
    if len(datos) < 48 or datos[0] & 7 != 4 or datos[24:32] != marca:
        raise ErrorDeRed("respondió algo que no es la hora")
    if datos[0] >> 6 == 3 or not 1 <= datos[1] <= 15:
        raise ErrorDeRed("responde que él mismo no está en hora")
    recibio, envio = (_de_ntp(datos[i : i + 8]) for i in (32, 40))
    return ((recibio - salida) + (envio - llegada)) / 2


def origen(config: ConfigNodo) -> tuple[Comprobacion, ...]:
    """Ask the address that cortes are pulled from for its timestamp; in push there is none."""
    if config.origen is None:
        return ()
    que, source = "De donde se toma", HttpsFetcher(config.origen, plazo=PLAZO)
    try:
        datos = source.download_bytes("metadata/timestamp.json", LIMITES.metadatos)
        vence = Metadata[Timestamp].from_bytes(datos).signed.expires
    except DownloadHTTPError as error:
        hacer = "pida la dirección exacta a soporte; si aún no hay paquete, espere"
        return (aviso("origen", que, f"{config.origen} responde {error.status_code}", hacer),)
    except DownloadError as error:
        return (falla("origen", que, f"{error!s:.200}", "revise «origen», el DNS y la salida a internet"),)
    except Exception as error:  # noqa: BLE001 — whatever TUF's parser makes of foreign bytes
        dice = f"{config.origen} responde algo que no es un repositorio ({type(error).__name__})"
        return (falla("origen", que, dice, "pida la dirección exacta a soporte"),)
    finally:
        source.close()
    return (bien("origen", que, f"{config.origen} responde; su señal vence {vence:%d/%m/%Y %H:%M} UTC"),)


def par(config: ConfigNodo) -> tuple[Comprobacion, ...]:
    """Ask the two nodes behind one address how they stand: one that retired answers 503 to all."""
    que = "Otro nodo"
    if config.par is None:
        return ()
    anfitrion = f"[{config.anfitrion}]" if ":" in config.anfitrion else config.anfitrion
    try:
        propio = pares.leer(_pedir(_destino(f"http://{anfitrion}:{config.puerto}"), "/salud")[2])
    except (OSError, http.client.HTTPException, ValueError):
        return ()  # this node is off, or starting: «Nodo» says so
    if propio.retirado:
        dice = "este nodo está retirado y a todo responde 503: espera al otro, o a alcanzarlo"
        hacer = "si dura más de un minuto, mire que el otro esté encendido y reciba, y la red entre los dos"
        return (aviso("par", que, dice, hacer),)
    try:
        otro = pares.leer(_pedir(_destino(config.par.url), "/salud")[2])
    except (OSError, http.client.HTTPException, ValueError) as error:
        hacer = "enciéndalo, o revise la red entre los dos: mientras, sólo éste atiende"
        return (aviso("par", que, f"{config.par.url} no responde ({_causa(error)})", hacer),)
    como = "retirado" if otro.retirado else "atiende"
    return (bien("par", que, f"{como}, corte {otro.activo}"),)


def _tarde(que: str, plazo: float) -> Comprobacion:
    hacer = "revise el DNS, la red y el cortafuegos de este equipo"
    return falla("plazo-de-red", que, f"sin respuesta en {plazo:g} s", hacer)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Destino:
    esquema: str
    anfitrion: str
    puerto: int


def _destino(url: str) -> _Destino:
    partes = urlsplit(url)
    defecto = 443 if partes.scheme == "https" else 80
    return _Destino(esquema=partes.scheme, anfitrion=partes.hostname or "", puerto=partes.port or defecto)


def _sin_verificar() -> ssl.SSLContext:
    """Return a context that shows whatever is there: `_rechazado` is who judges it."""
    contexto = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    contexto.check_hostname = False
    contexto.verify_mode = ssl.CERT_NONE
    return contexto


def _mostrado(destino: _Destino) -> bytes:
    """Return the certificate that is shown, as DER. Raises OSError."""
    with (
        socket.create_connection((destino.anfitrion, destino.puerto), PLAZO / 2) as enchufe,
        _sin_verificar().wrap_socket(enchufe, server_hostname=destino.anfitrion) as seguro,
    ):
        return seguro.getpeercert(binary_form=True) or b""


def _rechazado(destino: _Destino) -> str | None:
    """Return why a reader's browser would refuse the certificate, None if it would not."""
    try:
        with (
            socket.create_connection((destino.anfitrion, destino.puerto), PLAZO / 2) as enchufe,
            ssl.create_default_context().wrap_socket(enchufe, server_hostname=destino.anfitrion),
        ):
            return None
    except ssl.SSLCertVerificationError as error:
        return _CAUSAS.get(error.verify_code, error.verify_message)
    except OSError as error:
        return f"no respondió la segunda vez ({_causa(error)})"


def _vigencia(que: str, der: bytes | None, ahora: datetime) -> tuple[Comprobacion, ...]:
    if der is None:
        return ()
    try:
        vence = x509.load_der_x509_certificate(der).not_valid_after_utc
    except ValueError:
        return (falla("tls", que, "no se puede leer", "instale otro"),)
    dias = (vence - ahora).days
    dice = f"vence en {dias} días ({vence:%d/%m/%Y})" if vence > ahora else f"venció el {vence:%d/%m/%Y}"
    for menos_de, juzgar, hacer in _DIAS:
        if dias < menos_de:
            return (juzgar("tls", que, dice, hacer),)
    return (bien("tls", que, dice),)


def _del_archivo(ruta: Path) -> bytes | None:
    """Return the first certificate of a PEM, as DER; None if it cannot be read from here."""
    try:
        with ruta.open("r", encoding="ascii", errors="replace") as archivo:
            pem = archivo.read(_CUERPO)
        return ssl.PEM_cert_to_DER_cert(pem[: pem.index("-----END CERTIFICATE-----") + 25].strip())
    except (OSError, ValueError):
        return None


def _pedir(destino: _Destino, ruta: str) -> tuple[int, http.client.HTTPMessage, bytes]:
    conexion = (
        http.client.HTTPSConnection(
            destino.anfitrion, destino.puerto, timeout=PLAZO / 2, context=_sin_verificar()
        )
        if destino.esquema == "https"
        else http.client.HTTPConnection(destino.anfitrion, destino.puerto, timeout=PLAZO / 2)
    )
    try:
        conexion.request("GET", ruta, headers={"Accept-Encoding": "identity"})
        respuesta = conexion.getresponse()
        return respuesta.status, respuesta.headers, respuesta.read(_CUERPO)
    finally:
        conexion.close()


def _identidad(cuerpo: bytes) -> tuple[object, object]:
    try:
        dicho = json.loads(cuerpo)
        return dicho["id"], dicho["rol"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return None, None


def _marcos(que: str, llegadas: http.client.HTTPMessage) -> Comprobacion:
    """Judge the headers of the entry page: media may frame it, and nobody has taken ours away."""
    hacer = "quite esas cabeceras de nginx o de la red de distribución: deben pasar como salen del nodo"
    if "X-Frame-Options" in llegadas:
        return falla("cabeceras", que, "X-Frame-Options impide enmarcar la página", hacer)
    distintas = [nombre for nombre, valor in routes.CABECERAS.items() if llegadas.get(nombre) != valor]
    if distintas:
        return falla("cabeceras", que, f"no llegan como salen del nodo: {', '.join(distintas)}", hacer)
    return bien("cabeceras", que, "llegan como salen del nodo; la página se puede enmarcar")


def _sin_respuesta(que: str, url: str, error: Exception) -> Comprobacion:
    return aviso(
        "tls" if que == "Certificado" else "publica",
        que,
        f"{url} no se alcanza desde este equipo ({_causa(error)})",
        "ábrala desde fuera de su red; si tampoco abre, revise el DNS, el cortafuegos y nginx",
    )


def _causa(error: Exception) -> str:
    """Say in Spanish why there was no connection."""
    if isinstance(error, socket.gaierror | UnicodeError):
        return "no existe ese nombre, o el DNS no responde"
    if isinstance(error, TimeoutError):
        return "sin respuesta"
    numero = error.errno if isinstance(error, OSError) else None
    return _SIN_CONEXION.get(numero or 0) or f"{error!s:.100}"


def _de_ntp(ocho: bytes) -> float:
    segundos, fraccion = struct.unpack("!II", ocho)
    return float(segundos - _EPOCA_NTP + fraccion / 2**32)
