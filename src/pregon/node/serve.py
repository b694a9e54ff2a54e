"""The embedded web server of a node: what `routes` says, from one corte per request, and nothing else.

It reads GET and HEAD, bounded in every direction: threads, size and total time of a request's head (G3,
G5), time per piece sent. Errors show one constant page and no internals (R129). For a difusor under heavy
load nginx serves the same folder by the same table.
"""

import http
import io
import json
import logging
import os
import re
import socket
import stat
import threading
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import chain
from pathlib import Path
from typing import Any, BinaryIO, Final
from urllib.parse import quote

from pregon.clock import Clock
from pregon.errors import ErrorDeAlmacen, ErrorDeConfianza, ErrorDeDatos
from pregon.node import paginas, publicado, routes
from pregon.node.nodo import Nodo
from pregon.node.portada import Portada
from pregon.node.publicado import Publicado
from pregon.node.registro import Acceso, Registro
from pregon.node.routes import Fuente
from pregon.node.situacion import situar
from pregon.paquete.manifest import huella
from pregon.transport.carpeta import abierta

Cabeceras = Message
"""Of a request: looked up whatever their case."""
_log = logging.getLogger(__name__)
_CABEZA_MAXIMA: Final = 16_384
_CABEZA_PLAZO: Final = 10.0
"""Seconds for a whole request head, and for a kept connection to say something."""
_ENVIO_PLAZO: Final = 30.0
"""Seconds for each piece: a reader slower than 2 kB/s is let go."""
_TROZO: Final = 1 << 16
_HILOS: Final = 256
_PERMANENTE: Final = re.compile(r"/(c/[0-9]{1,4}/index\.html)$")
"""The notice's relative link to the corte, as followed from a page inside a folder."""


_PAGINAS: Final = {404: paginas.NO_ESTA, 405: paginas.METODO, 503: paginas.SIN_CORTE}
_SATURADO: Final = (
    b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 3\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Respuesta:
    """What is answered; `cuerpo` is open and will be closed by who sends it."""

    estado: int
    tipo: str
    cuerpo: BinaryIO
    tamano: int
    cache: str = routes.NUNCA
    etag: str | None = None
    codificacion: str | None = None
    varia: bool = False
    lugar: str | None = None
    corte: int | None = None


class Servidor(ThreadingHTTPServer):
    """Listens for one node. `serve_forever` in a thread; `shutdown` ends it."""

    daemon_threads = True
    block_on_close = False
    allow_reuse_address = True
    request_queue_size = 512

    def __init__(self, nodo: Nodo, registro: Registro, clock: Clock) -> None:
        """Bind at once, by the node's configuration; OSError if the address is taken."""
        self.nodo, self.registro, self.clock = nodo, registro, clock
        self._turnos = threading.BoundedSemaphore(_HILOS)
        anfitrion = nodo.config.anfitrion
        self.address_family = socket.AF_INET6 if ":" in anfitrion else socket.AF_INET
        super().__init__((anfitrion, nodo.config.puerto), _Atencion)

    @property
    def url(self) -> str:
        """Return the address of the entry page."""
        anfitrion = self.nodo.config.anfitrion
        return f"http://{f'[{anfitrion}]' if ':' in anfitrion else anfitrion}:{self.server_port}/"

    def service_actions(self) -> None:
        """See, some times per second, whether the entry page is to be another one by now (decisions §25)."""
        try:
            self.nodo.publicar(self.clock.now())
        except Exception:  # noqa: BLE001 — the edge of a server that must live; the next turn tries again
            _log.exception("no se pudo cambiar la portada")

    def process_request(self, request: Any, client_address: Any) -> None:
        """Hand a connection to a thread, or send it away when all are busy: shed, never queue (F5)."""
        if not self._turnos.acquire(blocking=False):
            self._despedir(request)
            return
        try:
            super().process_request(request, client_address)
        except RuntimeError:  # no more threads on this machine
            self._turnos.release()
            self._despedir(request)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        """Serve one connection and give its turn back."""
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._turnos.release()

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ARG002 — as inherited
        """Log what a connection died of: a reader that went away is no news."""
        _log.debug("conexión de %s", client_address, exc_info=True)

    def _despedir(self, request: socket.socket) -> None:
        try:
            request.settimeout(0.1)
            request.sendall(_SATURADO)
        except OSError:
            _log.debug("no se pudo despedir una conexión")
        self.shutdown_request(request)


def responder(nodo: Nodo, objetivo: str, pedidas: Cabeceras, ahora: datetime) -> Respuesta:
    """Answer one GET. The active corte is looked up once: the answer is of that one, whole (A4)."""
    senas = nodo.par.senas() if nodo.par else None
    activo = nodo.activo()  # after `senas`: what is shown is at least what they speak of
    hallada = routes.resolver(objetivo)
    if hallada is None:
        return _error(404, activo)
    ruta, partes = hallada
    nombres = partes.groupdict()
    retirado = senas is not None and senas.retirado
    if retirado and ruta.fuente is not Fuente.SALUD:
        return _propio(paginas.EN_ARRANQUE, ".html", activo, 503)
    match ruta.fuente:
        case Fuente.ESTADO:
            return _propio(_estado_json(nodo, activo, ahora), ".json", activo)
        case Fuente.SALUD:
            dicho = senas.escribir() if senas else b"ok\n" if activo else b"sin corte\n"
            return _propio(dicho, ".txt", activo, 200 if activo and not retirado else 503)
        case Fuente.LISTA | Fuente.PRUEBA | Fuente.RECIBO:
            return _vivo(nodo, nombres.get("ruta") or "prueba.json", ruta.cache, activo, pedidas)
        case Fuente.REGISTRO:
            return _vivo(nodo, f"{nombres['ruta']}.txt", ruta.cache, activo, pedidas)
        case Fuente.IMAGEN:
            return _imagen(nodo, activo, nombres["ruta"], ruta.cache, pedidas)
        case Fuente.INCLUSION:
            corte = nodo.corte(int(nombres["numero"])) if "numero" in nombres else activo
            return _inclusion(corte, nombres["ruta"], ruta.cache, pedidas)
        case Fuente.PERMANENTE:
            corte = nodo.corte(int(nombres["numero"]))
            return _de_corte(corte, nombres["ruta"], ruta.cache, pedidas, base=f"/c/{nombres['numero']}/")
        case Fuente.PORTADA:
            if activo is None:
                return _error(503, None)
            entrada = nodo.portada(activo, ahora)
            return _de_corte(activo, entrada.archivo, ruta.cache, pedidas)
        case Fuente.CORTE:
            return _de_activo(nodo, activo, nombres["ruta"], ruta.cache, pedidas, ahora)


def _de_activo(
    nodo: Nodo,
    activo: Publicado | None,
    ruta: str,
    cache: str,
    pedidas: Cabeceras,
    ahora: datetime,
) -> Respuesta:
    if activo is None:
        return _error(404, None)
    if routes.es_pagina(ruta) and nodo.portada(activo, ahora) is Portada.AVISO:
        if permanente := _PERMANENTE.search(ruta):
            return _redireccion(f"/{permanente[1]}", activo, estado=302)
        return _de_corte(activo, Portada.AVISO.archivo, cache, pedidas)
    if ruta.startswith(routes.CON_NOMBRE_PROPIO) and ruta not in activo.archivos:
        for corte in nodo.anteriores(activo):
            if ruta in corte.archivos:
                return _de_corte(corte, ruta, cache, pedidas)
    return _de_corte(activo, ruta, cache, pedidas)


def _de_corte(
    corte: Publicado | None, ruta: str, cache: str, pedidas: Cabeceras, *, base: str = "/"
) -> Respuesta:
    if corte is None:
        return _error(404, None)
    if ruta in publicado.FUERA:
        datos = _leer(corte.carpeta / ruta)
        return _error(404, corte) if datos is None else _datos(datos, ruta, cache, corte, pedidas)
    if ruta == "" or ruta.endswith("/"):
        ruta += "index.html"
    archivo = corte.archivos.get(ruta)
    if archivo is None:
        if f"{ruta}/index.html" in corte.archivos:
            return _redireccion(f"{base}{quote(ruta)}/", corte)
        return _error(404, corte)
    formas = [uno for uno in routes.CODIFICACIONES.items() if _acepta(pedidas, uno[0])]
    abiertas = (
        (codificacion, sufijo, abierto)
        for codificacion, sufijo in (*formas, (None, ""))
        if (abierto := _abrir(corte.carpeta, f"{ruta}{sufijo}")) is not None
    )
    hallada = next(abiertas, None)
    if hallada is None:
        return _error(404, corte)
    codificacion, sufijo, cuerpo = hallada
    tamano = os.fstat(cuerpo.fileno()).st_size
    etag = routes.etiqueta(archivo.sha256, sufijo, tamano)
    varia = any(os.path.lexists(corte.carpeta / f"{ruta}{s}") for s in routes.CODIFICACIONES.values())
    if _ya_lo_tiene(pedidas, etag):
        cuerpo.close()
        return _sin_cambio(ruta, cache, etag, corte, varia=varia)
    return Respuesta(
        estado=200,
        tipo=routes.tipo(ruta),
        cuerpo=cuerpo,
        tamano=tamano,
        cache=cache,
        etag=etag,
        codificacion=codificacion,
        varia=varia,
        corte=corte.manifest.numero,
    )


def _imagen(nodo: Nodo, activo: Publicado | None, ruta: str, cache: str, pedidas: Cabeceras) -> Respuesta:
    """Answer an image that the active corte or another one kept lists; hashed again before it goes out."""
    cortes = map(nodo.corte, reversed(nodo.releases.numeros()))
    archivo = next((c.imagenes[ruta] for c in chain([activo], cortes) if c and ruta in c.imagenes), None)
    if archivo is None:
        return _error(404, activo)
    if _ya_lo_tiene(pedidas, f'"{archivo.sha256}"'):
        return _sin_cambio(ruta, cache, f'"{archivo.sha256}"', activo, varia=False)
    datos = _leer(nodo.objetos.path(archivo.sha256))
    if datos is None or huella(datos) != archivo.sha256:
        return _propio(paginas.EN_PROCESO, ".html", activo, 404)
    return _datos(datos, ruta, cache, activo, pedidas)


def _inclusion(corte: Publicado | None, ruta: str, cache: str, pedidas: Cabeceras) -> Respuesta:
    """Answer the proof of one file; a corte that was kept without its log has none."""
    try:
        datos = publicado.pruebas(corte.carpeta).de(ruta) if corte else None
    except (ErrorDeAlmacen, ErrorDeConfianza, ErrorDeDatos):
        datos = None
    return _error(404, corte) if datos is None else _datos(datos, f"{ruta}.txt", cache, corte, pedidas)


def _vivo(nodo: Nodo, nombre: str, cache: str, activo: Publicado | None, pedidas: Cabeceras) -> Respuesta:
    datos = _leer(nodo.carpeta / nombre)
    return _error(404, activo) if datos is None else _datos(datos, nombre, cache, activo, pedidas)


def _datos(datos: bytes, ruta: str, cache: str, corte: Publicado | None, pedidas: Cabeceras) -> Respuesta:
    etag = f'"{huella(datos)}"'
    if _ya_lo_tiene(pedidas, etag):
        return _sin_cambio(ruta, cache, etag, corte, varia=False)
    return Respuesta(
        estado=200,
        tipo=routes.tipo(ruta),
        cuerpo=io.BytesIO(datos),
        tamano=len(datos),
        cache=cache,
        etag=etag,
        corte=corte.manifest.numero if corte else None,
    )


def _propio(datos: bytes, extension: str, corte: Publicado | None, estado: int = 200) -> Respuesta:
    return Respuesta(
        estado=estado,
        tipo=routes.TIPOS[extension],
        cuerpo=io.BytesIO(datos),
        tamano=len(datos),
        corte=corte.manifest.numero if corte else None,
    )


def _sin_cambio(ruta: str, cache: str, etag: str, corte: Publicado | None, *, varia: bool) -> Respuesta:
    return Respuesta(
        estado=304,
        tipo=routes.tipo(ruta),
        cuerpo=io.BytesIO(),
        tamano=0,
        cache=cache,
        etag=etag,
        varia=varia,
        corte=corte.manifest.numero if corte else None,
    )


def _redireccion(lugar: str, corte: Publicado, *, estado: int = 301) -> Respuesta:
    return Respuesta(
        estado=estado,
        tipo=routes.TIPOS[".html"],
        cuerpo=io.BytesIO(),
        tamano=0,
        cache=routes.REVALIDAR,
        lugar=lugar,
        corte=corte.manifest.numero,
    )


def _error(estado: int, corte: Publicado | None) -> Respuesta:
    pagina = _PAGINAS.get(estado, paginas.MAL_PEDIDO)
    return Respuesta(
        estado=estado,
        tipo=routes.TIPOS[".html"],
        cuerpo=io.BytesIO(pagina),
        tamano=len(pagina),
        corte=corte.manifest.numero if corte else None,
    )


def _estado_json(nodo: Nodo, activo: Publicado | None, ahora: datetime) -> bytes:
    manifest = activo.manifest if activo else None
    situacion = situar(manifest, nodo.estado, ahora=ahora)
    return json.dumps(
        {
            "id": nodo.config.id,
            "nombre": nodo.config.nombre,
            "rol": nodo.config.rol,
            "corte": manifest.numero if manifest else None,
            "instante": _iso(manifest.instante if manifest else None),
            "publicado": _iso(manifest.publicado if manifest else None),
            "manifest": activo.sha256 if activo else None,
            "portada": situacion.portada.value,
            "edad": None if situacion.edad is None else round(situacion.edad, 1),
            "faltas": situacion.faltas,
            "siguiente": _iso(situacion.siguiente.vence if situacion.siguiente else None),
            "vigilancia": nodo.estado.difusor.value if nodo.estado.difusor else None,
            "verificado": _iso(nodo.estado.latido),
            "disco": "bien" if nodo.disco else "falla",
            "hora": _iso(ahora),
        },
        ensure_ascii=False,
    ).encode()


def _iso(instante: datetime | None) -> str | None:
    return instante.astimezone(UTC).isoformat(timespec="seconds") if instante else None


def _abrir(carpeta: Path, ruta: str) -> BinaryIO | None:
    """Open a regular file of a tree; no part of its path may be a symlink (B2)."""
    *carpetas, nombre = ruta.split("/")
    try:
        with abierta(carpeta, carpetas) as dirfd:
            fd = os.open(nombre, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=dirfd)
    except OSError:
        return None
    if not stat.S_ISREG(os.fstat(fd).st_mode):
        os.close(fd)
        return None
    return os.fdopen(fd, "rb")


def _leer(ruta: Path) -> bytes | None:
    try:
        return ruta.read_bytes()
    except OSError:
        return None


def _acepta(pedidas: Cabeceras, codificacion: str) -> bool:
    for pieza in pedidas.get("Accept-Encoding", "").split(","):
        nombre, _, calidad = pieza.strip().partition(";")
        if nombre.strip().lower() == codificacion:
            return calidad.replace(" ", "").lower() not in {"q=0", "q=0.0", "q=0.00", "q=0.000"}
    return False


def _ya_lo_tiene(pedidas: Cabeceras, etag: str) -> bool:
    marcas = {m.strip().removeprefix("W/") for m in pedidas.get("If-None-Match", "").split(",")}
    return etag in marcas or "*" in marcas


class _CabezaExcesiva(OSError):
    """A request head beyond `_CABEZA_MAXIMA`."""


class _Cabeza(io.RawIOBase):
    """The socket as a reader with a total deadline and a total size per request head (A7, G3)."""

    def __init__(self, conexion: socket.socket) -> None:
        self._conexion = conexion
        self.empezar()

    def empezar(self) -> None:
        self._limite = time.monotonic() + _CABEZA_PLAZO
        self._quedan = _CABEZA_MAXIMA

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        restan = self._limite - time.monotonic()
        if self._quedan <= 0:
            raise _CabezaExcesiva
        if restan <= 0:
            raise TimeoutError
        self._conexion.settimeout(restan)
        leidos = self._conexion.recv_into(memoryview(buffer)[: self._quedan])
        self._quedan -= leidos
        return leidos


class _Atencion(BaseHTTPRequestHandler):
    """One connection: request after request, each answered by `responder`."""

    server: Servidor
    protocol_version = "HTTP/1.1"
    default_request_version = "HTTP/1.0"  # what cannot be read as 1.x still gets a whole answer
    server_version = "Pregon"
    sys_version = ""

    def setup(self) -> None:
        super().setup()
        self._cabeza = _Cabeza(self.connection)
        self.rfile = io.BufferedReader(self._cabeza, 4096)
        self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def handle_one_request(self) -> None:
        self._cabeza.empezar()
        self._inicio = time.monotonic()
        self.path, self.command, self.request_version = "-", "-", "HTTP/1.1"
        self.headers = Message()
        try:
            super().handle_one_request()
        except _CabezaExcesiva:
            self.send_error(http.HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)
        except OSError:
            self.close_connection = True

    def do_GET(self) -> None:
        self._atender()

    def do_HEAD(self) -> None:
        self._atender()

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Answer what could not be understood: one constant page, and the connection ends (R129, G5)."""
        del message, explain
        self.close_connection = True
        self._enviar(_error(405 if code == http.HTTPStatus.NOT_IMPLEMENTED else code, None))

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 — the standard library's name
        """Say nothing: accesses go to the access log."""

    def _atender(self) -> None:
        sin_anfitrion = self.request_version == "HTTP/1.1" and len(self.headers.get_all("Host", [])) != 1
        con_cuerpo = self.headers.get("Content-Length", "0") != "0" or "Transfer-Encoding" in self.headers
        if sin_anfitrion or con_cuerpo:
            self.send_error(http.HTTPStatus.BAD_REQUEST)
            return
        if len(self.path) > routes.PEDIDO_MAXIMO:
            self.send_error(http.HTTPStatus.REQUEST_URI_TOO_LONG)
            return
        ahora = self.server.clock.now()
        try:
            respuesta = responder(self.server.nodo, self.path, self.headers, ahora)
        except Exception:  # noqa: BLE001 — the edge of a server that must live; the reader sees no internals (R129)
            _log.exception("no se pudo responder %r", self.path)
            respuesta = _error(500, None)
        self._enviar(respuesta)

    def _enviar(self, respuesta: Respuesta) -> None:
        enviados = 0
        try:
            self._escribir_cabeza(respuesta)
            if self.command != "HEAD" and respuesta.tamano:
                enviados = self._escribir_cuerpo(respuesta)
        finally:
            respuesta.cuerpo.close()
            self._registrar(respuesta, enviados)

    def _escribir_cabeza(self, respuesta: Respuesta) -> None:
        self.connection.settimeout(_ENVIO_PLAZO)
        self.send_response_only(respuesta.estado)
        self.send_header("Date", self.date_time_string())
        self.send_header("Server", self.server_version)
        for nombre, valor in routes.CABECERAS.items():
            self.send_header(nombre, valor)
        self.send_header("Cache-Control", respuesta.cache)
        if respuesta.etag is not None:
            self.send_header("ETag", respuesta.etag)
        if respuesta.varia:
            self.send_header("Vary", "Accept-Encoding")
        if respuesta.lugar is not None:
            self.send_header("Location", respuesta.lugar)
        if respuesta.estado == http.HTTPStatus.METHOD_NOT_ALLOWED:
            self.send_header("Allow", "GET, HEAD")
        if respuesta.estado != http.HTTPStatus.NOT_MODIFIED:
            self.send_header("Content-Type", respuesta.tipo)
            self.send_header("Content-Length", str(respuesta.tamano))
            if respuesta.codificacion is not None:
                self.send_header("Content-Encoding", respuesta.codificacion)
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()

    def _escribir_cuerpo(self, respuesta: Respuesta) -> int:
        """Send exactly the announced bytes, piece by piece, each within its deadline."""
        quedan = respuesta.tamano
        while quedan:
            trozo = respuesta.cuerpo.read(min(_TROZO, quedan))
            if not trozo:
                self.close_connection = True  # the file shrank under us: an honest cut, not padding
                break
            self.connection.sendall(trozo)
            quedan -= len(trozo)
        return respuesta.tamano - quedan

    def _registrar(self, respuesta: Respuesta, enviados: int) -> None:
        self.server.registro.anotar(
            Acceso(
                hora=self.server.clock.now(),
                ip=self.client_address[0],
                metodo=self.command or "-",
                ruta=self.path or "-",
                protocolo=self.request_version or "-",
                estado=respuesta.estado,
                bytes=enviados,
                referer=self.headers.get("Referer", ""),
                agente=self.headers.get("User-Agent", ""),
                segundos=time.monotonic() - self._inicio,
                corte=respuesta.corte,
            )
        )
