"""nginx's configuration, written from nodo.toml and the one table of routes (decisions §2).

nginx ends TLS, keeps slow and greedy readers off, logs, and opens by itself only what stands in
`node.publico`: the pages of the active corte, under names that the node gave. All else it asks of the node's
own server, and keeps copies only of what never changes. So it shows nothing that no manifest lists (A9);
bytes, headers and statuses are the node's own; a new corte or a notice is seen by the next request (A4).

Pure text: `deploy/nginx` is its output for the nodo.toml beside it, and a test keeps them equal.
"""

import ipaddress
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from pregon.errors import ErrorDeConfiguracion
from pregon.node import paginas, publico, routes
from pregon.node.config import ConfigNginx, ConfigNodo
from pregon.node.routes import Fuente

MODULO_BROTLI: Final = "/usr/lib/nginx/modules/ngx_http_brotli_static_module.so"
"""Where Debian and Ubuntu put it (libnginx-mod-http-brotli-static)."""
_GRUPO: Final = re.compile(r"\?P<[a-z]+>")


def escribir(config: ConfigNodo) -> str:
    """Return the whole nginx.conf; raise ErrorDeConfiguracion for what nginx could not be told."""
    nginx = _publico(config)
    (lista,) = (linea.patron.pattern for linea in routes.RUTAS if linea.fuente is Fuente.LISTA)
    return _CONFIGURACION.format(
        usuario=nginx.usuario,
        zona=config.zona.key,
        registros=_ruta(nginx.registros, "nginx.registros"),
        copias=_ruta(nginx.copias, "nginx.copias"),
        publico=_ruta(config.carpeta / publico.CARPETA / "actual", "carpeta"),
        marca=publico.MARCA,
        modulos=f"load_module {MODULO_BROTLI};\n" if nginx.brotli else "",
        brotli="    brotli_static on;\n" if nginx.brotli else "",
        tipos="".join(
            f'        "{tipo}" {extension[1:]}{publico.MARCA};\n' for extension, tipo in routes.TIPOS.items()
        ),
        nodo=_nodo(config),
        largo=routes.PEDIDO_MAXIMO + 1,
        por_segundo=nginx.por_segundo,
        rafaga=5 * nginx.por_segundo,
        conexiones=nginx.conexiones,
        nombres=" ".join(nginx.nombres),
        certificado=_ruta(nginx.certificado, "nginx.certificado"),
        llave=_ruta(nginx.llave, "nginx.llave"),
        # reuseport: a queue of connections for each worker, which saves one or two in a hundred of a request.
        escucha_nadie=_escucha(nginx, nginx.http, " default_server backlog=4096 reuseport"),
        escucha_nadie_tls=_escucha(nginx, nginx.https, " ssl http2 default_server backlog=4096 reuseport"),
        escucha=_escucha(nginx, nginx.http, ""),
        escucha_tls=_escucha(nginx, nginx.https, " ssl http2"),
        puerto="" if nginx.https == 443 else f":{nginx.https}",
        abierto=_abierto(routes.REVALIDAR),
        inmutable=_abierto(routes.INMUTABLE),
        copia=_COPIA.format(rol=config.rol),
        lista=_GRUPO.sub("?:", lista),
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


def _abierto(cache: str) -> str:
    # Without `always`: what is not there is answered by the node, headers and all.
    return _ABIERTO + _cabeceras(routes.CABECERAS | {"Cache-Control": cache, "Last-Modified": ""})


_ABIERTO: Final = "            rewrite ^ $pregon_archivo break;\n"
_COPIA: Final = """\
            proxy_cache pregon;
            proxy_cache_key "{rol} $pregon_codificaciones $pregon_camino";
            proxy_cache_valid 200 301 302 1m;
            proxy_cache_valid 404 5s;
            proxy_set_header Connection "";
            proxy_set_header Host $host;
            proxy_set_header Accept-Encoding $pregon_codificaciones;
            proxy_pass http://pregon_nodo;
"""

_ERRORES: Final[tuple[tuple[str, str, str, bytes | None, dict[str, str]], ...]] = (
    ("460", "=400 ", "@invalida", paginas.MAL_PEDIDO, {}),
    ("494", "=431 ", "@invalida", None, {}),
    ("405", "", "@metodo", paginas.METODO, {"Allow": "GET, HEAD"}),
    ("429", "", "@demasiadas", paginas.DEMASIADAS, {"Retry-After": "5"}),
    ("500 502 504", "=503 ", "@arranque", paginas.EN_ARRANQUE, {"Retry-After": "3"}),
)
"""nginx's codes, the one answered, and the page and headers that go with it. 460 is ours. For a
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
        + _cabeceras(todas, " always")
        + f"            return 200 '{_en_linea(pagina)}';\n"
        + "        }\n"
    )


def _cabeceras(todas: Mapping[str, str], cuando: str = "") -> str:
    return "".join(f'            add_header {nombre} "{valor}"{cuando};\n' for nombre, valor in todas.items())


def _en_linea(pagina: bytes) -> str:
    """Return a page as one of nginx's quoted strings,."""
    return pagina.decode().replace("\\", "\\\\").replace("'", "\\'").replace("\n", "\\n")


_CONFIGURACION: Final = """\
# Generado con «pregon nodo nginx nodo.toml»: no se edita, se cambia nodo.toml y se vuelve a generar.
# nginx escribe sus registros en la hora de su entorno: arranca con TZ={zona} (R137).

{modulos}user {usuario};
worker_processes auto;
worker_rlimit_nofile 65536;
worker_shutdown_timeout 30s;
pcre_jit on;
error_log "{registros}/nginx.errores" warn;

events {{
    worker_connections 16384;
}}

http {{
    types {{
{tipos}    }}
    default_type "text/html; charset=utf-8";
    sendfile on;
    tcp_nopush on;
    server_tokens off;

    # Lo que nginx abre por sí mismo: las páginas del corte activo, que el nodo enlaza con una marca en el
    # nombre. Lo que ahí no está se le pregunta. La fecha de cada archivo sale de su huella: sólo es su ETag.
    root "{publico}";
    gzip_static on;
    gzip_http_version 1.0;
    gzip_proxied any;
    gzip_vary on;
{brotli}    max_ranges 0;
    if_modified_since off;
    log_not_found off;
    map $request_uri $pregon_archivo {{
        default "/{marca}{marca}";
        "/" "/{marca}";
        "~^(?!.{{{largo}}})(?<pregon_llano>/(?:[0-9A-Za-z_-][0-9A-Za-z._-]*+/)*+(?:[0-9A-Za-z_-][0-9A-Za-z._-]*+)?)(?:\\?|$)"
            "$pregon_llano{marca}";
    }}

    # Copias de lo que respondió el nodo y no cambia nunca.
    proxy_cache_path "{copias}/paginas" levels=1:2 keys_zone=pregon:16m max_size=1g
        inactive=1d use_temp_path=off;
    proxy_temp_path "{copias}/temporales";
    client_body_temp_path "{copias}/temporales";
    fastcgi_temp_path "{copias}/temporales";
    uwsgi_temp_path "{copias}/temporales";
    scgi_temp_path "{copias}/temporales";

    # Lo que se pide, como lo entiende el nodo: la dirección sin su consulta, y qué formas admite el lector.
    map $request_uri $pregon_sin_consulta {{
        "~^(?<camino>[^?#]*)" $camino;
    }}
    map $is_args $pregon_camino {{
        "" $request_uri;
        default $pregon_sin_consulta;
    }}
    map $http_accept_encoding $pregon_br {{
        default "";
        "~*(^|,)\\s*br\\s*;\\s*q\\s*=\\s*0(\\.0{{0,3}})?\\s*(,|$)" "";
        "~*(^|,)\\s*br\\s*(;|,|$)" "br, ";
    }}
    map $http_accept_encoding $pregon_gzip {{
        default "";
        "~*(^|,)\\s*gzip\\s*;\\s*q\\s*=\\s*0(\\.0{{0,3}})?\\s*(,|$)" "";
        "~*(^|,)\\s*gzip\\s*(;|,|$)" gzip;
    }}
    map $pregon_br$pregon_gzip $pregon_codificaciones {{
        default $pregon_br$pregon_gzip;
        "br, " br;
    }}
    map "$request_method$http_content_length$http_transfer_encoding" $pregon_falta {{
        GET "";
        HEAD "";
        GET0 "";
        HEAD0 "";
        "~^(GET|HEAD)[^A-Z]" 460;
        default 405;
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

        if ($pregon_falta = 405) {{
            return 405;
        }}
        if ($pregon_falta = 460) {{
            return 460;
        }}

        proxy_http_version 1.1;
        proxy_pass_request_headers off;
        proxy_pass_request_body off;
        proxy_set_header Connection "";
        proxy_set_header Host $host;
        proxy_set_header Accept-Encoding $pregon_codificaciones;
        proxy_set_header If-None-Match $http_if_none_match;
        proxy_connect_timeout 3s;
        proxy_send_timeout 5s;
        proxy_read_timeout 10s;
        proxy_ignore_headers Cache-Control Expires Vary;
        proxy_cache_revalidate on;
        proxy_cache_lock on;
        proxy_cache_use_stale error timeout http_500 http_503;

        location / {{
{abierto}        }}
        location ^~ /recursos/ {{
{inmutable}        }}
        location ^~ /actas/ {{
{copia}        }}
        location ^~ /c/ {{
            location ~ "^/{lista}$" {{
                proxy_pass http://pregon_nodo;
            }}
{copia}        }}
        recursive_error_pages on;
        error_page 403 404 = @nodo;
        location @nodo {{
            proxy_pass http://pregon_nodo$request_uri;
        }}

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
