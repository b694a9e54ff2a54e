"""`serve-nginx`: readers over TLS, gzip accepted; nginx as `pregon nodo nginx` configures it before a node.

The peer is bare nginx with the corte's own folder as its root: the same certificate, workers and compressed
files, the one access log that nginx writes by itself, no limits. Both are asked for the same addresses by
Debian's h2load, in turns.
"""

import contextlib
import re
import subprocess
import tempfile
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Final
from urllib.parse import quote

from entry import Entry, Sides

from pregon import sitio
from pregon.origin import motor
from pregon.origin.sources import ejemplos
from pregon.origin.sources.sintetica import Sintetica
from pregon.paquete.manifest import huella
from pregon.prep import eleccion
from pregon.prep.corte_json import corte_json
from pregon.testing.nginx import NOMBRE, NginxEnProceso, certificar
from pregon.testing.portal import abrir_portal

PETICIONES: Final = 20_000
CONEXIONES: Final = 32

_LIMPIO: Final = """\
user {usuario};
worker_processes auto;
events {{ worker_connections 16384; }}
http {{
    include /etc/nginx/mime.types;
    access_log "{carpeta}/acceso.log";
    sendfile on;
    tcp_nopush on;
    gzip_static on;
    server {{
        listen 127.0.0.1:{puerto} ssl http2;
        ssl_certificate "{carpeta}/certificado.pem";
        ssl_certificate_key "{carpeta}/llave.pem";
        ssl_session_cache shared:tls:16m;
        root "{raiz}";
    }}
}}
"""


SERVIDORES: Final = contextlib.ExitStack()
"""What was started. Whoever measured closes it: a server that still listens keeps Python from ending."""


@cache
def _servidores() -> tuple[NginxEnProceso, NginxEnProceso, Path]:
    carpeta = Path(SERVIDORES.enter_context(tempfile.TemporaryDirectory()))
    portal = SERVIDORES.enter_context(
        abrir_portal(carpeta, con_nginx=True, por_segundo=1_000_000, conexiones=10_000)
    )
    archivos = _sitio()
    portal.entregar(1, archivos=archivos)
    assert portal.nginx is not None
    (carpeta / "limpio").mkdir()
    limpio = NginxEnProceso(portal.nodo.config, carpeta / "limpio")
    certificar(limpio.carpeta)
    SERVIDORES.push(limpio.__exit__)
    assert limpio.config.nginx is not None
    limpio.arrancar(
        _LIMPIO.format(
            usuario=limpio.config.nginx.usuario,
            puerto=limpio.https,
            carpeta=limpio.carpeta,
            raiz=portal.nodo.releases.path(1),
        )
    )
    direcciones = carpeta / "direcciones"
    # Half of the readers stay at the entry page; the others take every page and every file of the corte.
    rutas = [ruta for uno in archivos for ruta in ("/", f"/{quote(uno)}")]
    direcciones.write_text("".join(f"https://{NOMBRE}{ruta}\n" for ruta in rutas))
    return portal.nginx, limpio, direcciones


def _sitio() -> dict[str, bytes]:
    """Return the site of the last corte of the synthetic night *Diputaciones 2026*, Coahuila's size."""
    noche = Sintetica(eleccion.leer(ejemplos.texto("diputaciones"), archivo="diputaciones"))
    cierre: datetime = noche.jornada.cierre
    actas = noche.leer(cierre).actas
    corte = motor.contar(noche.jornada, numero=1, instante=cierre, ultimo=True, actas=actas)
    periodo = noche.jornada.periodo.total_seconds()
    return dict(sitio.paginas(corte, publicado=cierre, periodo=periodo, huella=huella(corte_json(corte))))


def _cargar(servidor: NginxEnProceso, direcciones: Path, protocolo: str) -> object:
    """Ask for them all; return how many answers were well and the bytes of their bodies."""
    orden = ["h2load", *(["--h1"] if protocolo == "h1" else []), "-t", "1", "-m", "1"]
    orden += ["-n", str(PETICIONES), "-c", str(CONEXIONES), "-i", str(direcciones)]
    orden += ["-H", "accept-encoding: gzip", f"--connect-to=127.0.0.1:{servidor.https}"]
    dicho = subprocess.run(orden, capture_output=True, text=True, check=True, timeout=600).stdout
    bien = re.search(r"status codes: (\d+) 2xx", dicho)
    datos = re.search(r"traffic: .*\((\d+)\) data", dicho)
    assert bien, dicho
    assert datos, dicho
    return int(bien[1]), int(datos[1])


def _entrada(id_: str, protocolo: str) -> Entry:
    def preparar() -> Sides:
        nuestro, limpio, direcciones = _servidores()
        return Sides(
            ours=lambda: _cargar(nuestro, direcciones, protocolo),
            peer=lambda: _cargar(limpio, direcciones, protocolo),
        )

    # 0.95 of its requests per second; so near that a few rounds say now one thing, now the other.
    return Entry(id=id_, prepare=preparar, goal=round(1 / 0.95, 3), rounds=25)


ENTRIES = (_entrada("serve-nginx", "h1"), _entrada("serve-nginx/http2", "h2"))
