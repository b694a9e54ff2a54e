"""nginx's configuration, written from nodo.toml and the one table of routes (decisions §2).

nginx ends TLS, keeps slow and greedy readers off, logs, and holds copies of what the node's own server
answered; it never opens the node's files. So it can show nothing that no manifest lists (A9), and bytes,
headers and statuses are the node's own. A copy's key names the tree that `actual` points to, and whether the
notice stands: at an activation all copies of pages are old at the same instant (A4), and what is shown
while the node restarts belongs to one corte.

Pure text: `deploy/nginx` is its output for the nodo.toml beside it, and a test keeps them equal.
"""

import ipaddress
import re
from pathlib import Path
from typing import Final

from pregon.errors import ErrorDeConfiguracion
from pregon.node import paginas, routes
from pregon.node.config import ConfigNginx, ConfigNodo
from pregon.node.nodo import AVISO
from pregon.node.routes import Fuente, Ruta

_SIN_COPIA: Final = frozenset({Fuente.ESTADO, Fuente.SALUD, Fuente.LISTA, Fuente.PRUEBA, Fuente.RECIBO})
"""Always asked of the node: copies of different age would contradict each other, or call a dead node well."""
_PAGINA: Final = "5s"
"""For how long a copy of a page is good within one corte: the page of its age takes over so late at most."""
_INMUTABLE: Final = "1m"
"""The same for what never changes: then only its ETag is compared."""
_GRUPO: Final = re.compile(r"\?P<[a-z]+>")


def escribir(config: ConfigNodo) -> str:
    """Return the whole nginx.conf; raise ErrorDeConfiguracion for what nginx could not be told."""
    nginx = _publico(config)
    return _CONFIGURACION.format(
        usuario=nginx.usuario,
        zona=config.zona.key,
        registros=_ruta(nginx.registros, "nginx.registros"),
        copias=_ruta(nginx.copias, "nginx.copias"),
        actual=_ruta(config.carpeta / "actual", "carpeta"),
        aviso=_ruta(config.carpeta / AVISO, "carpeta"),
        nodo=_nodo(config),
        largo=routes.PEDIDO_MAXIMO + 1,
        por_segundo=nginx.por_segundo,
        rafaga=5 * nginx.por_segundo,
        conexiones=nginx.conexiones,
        nombres=" ".join(nginx.nombres),
        certificado=_ruta(nginx.certificado, "nginx.certificado"),
        llave=_ruta(nginx.llave, "nginx.llave"),
        escucha_nadie=_escucha(nginx, nginx.http, " default_server backlog=4096"),
        escucha_nadie_tls=_escucha(nginx, nginx.https, " ssl http2 default_server backlog=4096"),
        escucha=_escucha(nginx, nginx.http, ""),
        escucha_tls=_escucha(nginx, nginx.https, " ssl http2"),
        puerto="" if nginx.https == 443 else f":{nginx.https}",
        rutas="".join(_lugar(linea, config.rol) for linea in routes.RUTAS),
        directo=_DIRECTO,
        errores="".join(_error(*uno) for uno in _ERRORES),
    )


def logrotate(config: ConfigNodo) -> str:
    """Return the logrotate file of those logs: one per local day, 45 days of them (R137)."""
    nginx = _publico(config)
    return _LOGROTATE.format(registros=_ruta(nginx.registros, "nginx.registros"))


def _publico(config: ConfigNodo) -> ConfigNginx:
    if config.nginx is None:
        raise ErrorDeConfiguracion("falta la tabla [nginx]: nombres, certificado y llave", clave="nginx")
    return config.nginx


def _nodo(config: ConfigNodo) -> str:
    if not config.puerto:
        raise ErrorDeConfiguracion("con nginx delante, «escucha» pide un puerto fijo", clave="escucha")
    try:
        local = config.anfitrion == "localhost" or ipaddress.ip_address(config.anfitrion).is_loopback
    except ValueError:
        local = False
    if not local:
        # Its own server would be reached around nginx's limits and logs.
        raise ErrorDeConfiguracion(
            "con nginx delante, el nodo sólo escucha en 127.0.0.1, [::1] o localhost", clave="escucha"
        )
    anfitrion = f"[{config.anfitrion}]" if ":" in config.anfitrion else config.anfitrion
    return f"{anfitrion}:{config.puerto}"


def _ruta(ruta: Path, clave: str) -> str:
    """Return a path as nginx reads it in quotes, from the root of the disk."""
    entera = str(ruta.absolute())
    if re.search(r'["\\$\x00-\x1f\x7f]', entera):
        raise ErrorDeConfiguracion(
            f"nginx no admite comillas, «\\» ni «$» en la ruta {entera!r}", clave=clave
        )
    return entera


def _escucha(nginx: ConfigNginx, puerto: int, resto: str) -> str:
    return "".join(f"        listen {uno}:{puerto}{resto};\n" for uno in nginx.direcciones)


def _lugar(linea: Ruta, rol: str) -> str:
    """Return the location of one line of the table: in both, the first that matches wins."""
    patron = f'location ~ "^/{_GRUPO.sub("?:", linea.patron.pattern)}$"'
    if linea.fuente in _SIN_COPIA:
        return f"        {patron} {{{_DIRECTO}        }}\n"
    if linea.cache == routes.INMUTABLE:
        llave, vigencia = "$pregon_camino", _INMUTABLE
    else:
        llave, vigencia = "$realpath_root$pregon_aviso $pregon_camino", _PAGINA
    return (
        f"        {patron} {{\n"
        f'            proxy_cache_key "{rol} $pregon_gzip {llave}";\n'
        f"            proxy_cache_valid 200 301 302 {vigencia};\n"
        f"            proxy_cache_valid 404 {_PAGINA};\n"
        "            proxy_pass http://pregon_nodo;\n"
        "        }\n"
    )


_DIRECTO: Final = """
            proxy_cache off;
            proxy_set_header Connection "";
            proxy_set_header Host $host;
            proxy_set_header If-None-Match $http_if_none_match;
            proxy_pass http://pregon_nodo;
"""

_ERRORES: Final[tuple[tuple[str, str, str, bytes | None, dict[str, str]], ...]] = (
    ("460", "=400 ", "@invalida", paginas.MAL_PEDIDO, {}),
    ("461", "=414 ", "@invalida", None, {}),
    ("494", "=431 ", "@invalida", None, {}),
    ("405", "", "@metodo", paginas.METODO, {"Allow": "GET, HEAD"}),
    ("429", "", "@demasiadas", paginas.DEMASIADAS, {"Retry-After": "5"}),
    ("500 502 504", "=503 ", "@arranque", paginas.EN_ARRANQUE, {"Retry-After": "3"}),
)
"""nginx's codes, the one answered, and the page and headers that go with it. 460 and 461 are ours: for a
request line that it cannot read nginx has no address, and sends the page built into it."""


def _error(codigos: str, codigo: str, lugar: str, pagina: bytes | None, cabeceras: dict[str, str]) -> str:
    texto = f"        error_page {codigos} {codigo}{lugar};\n"
    if pagina is None:
        return texto
    todas = routes.CABECERAS | {"Cache-Control": routes.NUNCA} | cabeceras
    return (
        texto
        + f"        location {lugar} {{\n"
        + "            keepalive_timeout 0;\n"
        + "".join(f'            add_header {nombre} "{valor}" always;\n' for nombre, valor in todas.items())
        + f"            return 200 '{_en_linea(pagina)}';\n"
        + "        }\n"
    )


def _en_linea(pagina: bytes) -> str:
    """Return a page as one of nginx's quoted strings,."""
    return pagina.decode().replace("\\", "\\\\").replace("'", "\\'").replace("\n", "\\n")


_CONFIGURACION: Final = """\
# Generado con «pregon nodo nginx nodo.toml»: no se edita, se cambia nodo.toml y se vuelve a generar.
# nginx escribe sus registros en la hora de su entorno: arranca con TZ={zona} (R137).

user {usuario};
worker_processes auto;
worker_rlimit_nofile 65536;
worker_shutdown_timeout 30s;
pcre_jit on;
error_log "{registros}/nginx.errores" warn;

events {{
    worker_connections 16384;
}}

http {{
    types {{ }}
    default_type "text/html; charset=utf-8";
    sendfile on;
    tcp_nopush on;
    server_tokens off;

    # Copias de lo que respondió el nodo. La llave de cada una nombra la carpeta del corte activo, así que al
    # activarse otro ya no se usa ninguna; y si el portal está suspendido, tampoco las de antes del aviso.
    root "{actual}";
    proxy_cache_path "{copias}/paginas" levels=1:2 keys_zone=pregon:16m max_size=1g
        inactive=1d use_temp_path=off;
    proxy_temp_path "{copias}/temporales";
    client_body_temp_path "{copias}/temporales";
    fastcgi_temp_path "{copias}/temporales";
    uwsgi_temp_path "{copias}/temporales";
    scgi_temp_path "{copias}/temporales";

    # Lo que se pide, como lo entiende el nodo: la dirección sin su consulta, y si el lector admite gzip.
    map $request_uri $pregon_sin_consulta {{
        "~^(?<camino>[^?#]*)" $camino;
    }}
    map $is_args $pregon_camino {{
        "" $request_uri;
        default $pregon_sin_consulta;
    }}
    map $http_accept_encoding $pregon_gzip {{
        default "";
        gzip gzip;
        "gzip, deflate, br, zstd" gzip;
        "gzip, deflate, br" gzip;
        "~*(^|,)\\s*gzip\\s*;\\s*q\\s*=\\s*0(\\.0{{0,3}})?\\s*(,|$)" "";
        "~*(^|,)\\s*gzip\\s*(;|,|$)" gzip;
    }}
    map $request_method $pregon_otro_metodo {{
        default 1;
        GET 0;
        HEAD 0;
    }}
    map "$http_content_length:$http_transfer_encoding" $pregon_con_cuerpo {{
        default 1;
        ":" 0;
        "0:" 0;
    }}
    map $request_uri $pregon_muy_largo {{
        default 0;
        "~^.{{{largo}}}" 1;
    }}

    # Lectores lentos o voraces.
    client_header_timeout 10s;
    client_header_buffer_size 1k;
    large_client_header_buffers 4 4k;
    client_body_timeout 5s;
    client_max_body_size 1k;
    lingering_time 5s;
    lingering_timeout 2s;
    send_timeout 30s;
    keepalive_timeout 30s;
    keepalive_requests 1000;
    reset_timedout_connection on;
    http2_max_concurrent_streams 64;
    limit_req_zone $binary_remote_addr zone=pregon_solicitudes:16m rate={por_segundo}r/s;
    limit_req zone=pregon_solicitudes burst={rafaga} nodelay;
    limit_req_status 429;
    limit_conn_zone $binary_remote_addr zone=pregon_conexiones:16m;
    limit_conn pregon_conexiones {conexiones};
    limit_conn_status 429;

    # Un acceso por línea, con la hora local y su desfase, en los dos formatos que lee «pregon memoria».
    log_format pregon_json escape=json '{{"hora":"$time_iso8601","ip":"$remote_addr",'
        '"metodo":"$request_method","ruta":"$request_uri","protocolo":"$server_protocol","estado":$status,'
        '"bytes":$body_bytes_sent,"referer":"$http_referer","agente":"$http_user_agent",'
        '"segundos":$request_time}}';
    access_log "{registros}/acceso.log" combined buffer=64k flush=1s;
    access_log "{registros}/acceso.jsonl" pregon_json buffer=64k flush=1s;

    ssl_protocols TLSv1.2 TLSv1.3;
    ssl_ciphers ECDHE+AESGCM:ECDHE+CHACHA20;
    ssl_prefer_server_ciphers on;
    ssl_conf_command Ciphersuites TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256;
    ssl_conf_command Options PrioritizeChaCha;
    ssl_session_cache shared:pregon_tls:16m;
    ssl_session_timeout 1d;
    ssl_session_tickets off;

    upstream pregon_nodo {{
        zone pregon_nodo 64k;
        server {nodo} max_conns=128 max_fails=0;
        keepalive 64;
        keepalive_timeout 8s;
    }}

    # A quien pregunta por otro nombre no se le responde nada.
    server {{
{escucha_nadie}{escucha_nadie_tls}        server_name _;
        ssl_reject_handshake on;
        access_log off;
        return 444;
    }}

    server {{
{escucha}        server_name {nombres};
        return 301 https://$host{puerto}$request_uri;
    }}

    server {{
{escucha_tls}        server_name {nombres};
        ssl_certificate "{certificado}";
        ssl_certificate_key "{llave}";

        set $pregon_aviso "";
        if (-e "{aviso}") {{
            set $pregon_aviso " aviso";
        }}
        if ($pregon_otro_metodo) {{
            return 405;
        }}
        if ($pregon_con_cuerpo) {{
            return 460;
        }}
        if ($pregon_muy_largo) {{
            return 461;
        }}

        proxy_http_version 1.1;
        proxy_pass_request_headers off;
        proxy_pass_request_body off;
        proxy_set_header Connection "";
        proxy_set_header Host $host;
        proxy_set_header Accept-Encoding $pregon_gzip;
        proxy_connect_timeout 3s;
        proxy_send_timeout 5s;
        proxy_read_timeout 10s;
        proxy_ignore_headers Cache-Control Expires Vary;
        proxy_cache pregon;
        proxy_cache_revalidate on;
        proxy_cache_lock on;
        proxy_cache_use_stale error timeout http_500 http_503;

{rutas}        location / {{{directo}        }}

{errores}    }}
}}
"""

_LOGROTATE: Final = """\
# Generado con «pregon nodo nginx nodo.toml --logrotate».
"{registros}/acceso.log" "{registros}/acceso.jsonl" "{registros}/nginx.errores" {{
    daily
    rotate 45
    dateext
    missingok
    notifempty
    compress
    delaycompress
    sharedscripts
    postrotate
        [ ! -f /run/nginx.pid ] || kill -USR1 "$(cat /run/nginx.pid)"
    endscript
}}
"""
