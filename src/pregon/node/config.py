"""What nodo.toml says. Paths are relative to the folder of the file."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from pregon.configuracion import Lectura, Tabla

_NOMBRE: Final = re.compile(r"[a-z0-9]([a-z0-9-]{0,62})(\.[a-z0-9]([a-z0-9-]{0,62}))+")
_DIRECCION: Final = re.compile(r"[0-9.]{7,15}|\[[0-9a-f:.]{2,45}\]")
_HORA: Final = r"([0-9A-Za-z.-]+|\[[0-9A-Fa-f:]+\])(?::([0-9]{1,5}))?"
_URL: Final = r"https?://(?:[0-9A-Za-z.-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?/?"
_TODAS: Final = ("0.0.0.0", "[::]")  # noqa: S104 — a public portal


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigNginx:
    """The public side of a node that nginx serves: what its configuration is generated from."""

    nombres: tuple[str, ...]
    """Under which the public reaches the portal: any other Host is answered with nothing."""
    certificado: Path
    llave: Path
    direcciones: tuple[str, ...]
    """Of this machine, on which it listens."""
    https: int
    http: int
    """Port whose only answer is where the other is."""
    registros: Path
    """Folder of the access logs."""
    copias: Path
    """Folder of what nginx keeps of the node's answers; may be emptied at any moment."""
    usuario: str
    """As which nginx's workers run."""
    por_segundo: int
    """Requests per second of one address; bursts of five times as many are let through."""
    conexiones: int
    """Open at once from one address."""
    brotli: bool
    """Whether its module brotli-static is installed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigPar:
    """The other node behind the same address."""

    url: str
    """Of its own server, without path."""
    principal: bool
    """One of the two is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigNodo:
    """One node of one difusor."""

    id: str
    """Under which it reads itself in the signed list of difusores."""
    nombre: str
    rol: str
    """The only role whose paquetes it accepts (decisions §28)."""
    raiz: Path
    """The trusted root.json, come by another way than the paquetes."""
    carpeta: Path
    anfitrion: str
    puerto: int
    """0: any free one, told when it listens."""
    buzon: Path
    """Where pushes end."""
    origen: str | None
    """Address to pull from instead, where outgoing connections are allowed (decisions §18)."""
    sondeo: float
    """Seconds between looks at the source."""
    zona: ZoneInfo
    """The official hour of the entidad, in which access logs are written (R137)."""
    nginx: ConfigNginx | None = None
    """Where nginx stands before it."""
    testigo: Path | None = None
    """File outside `carpeta`, and of its backups, that remembers the highest corte accepted (A2)."""
    par: ConfigPar | None = None
    """Where a second node shares its address."""
    url: str | None = None
    """The public address, to be looked at from here as a reader does."""
    ntp: tuple[str, int] | None = None
    """Host and port of a time server."""
    remitente: str | None = None
    """The account of this machine as which the institute writes in the inbox."""
    soporte: str = ""
    """Whom to call on the night, as it is to be read on the screen."""


def leer(texto: str, *, archivo: Path) -> ConfigNodo:
    """Parse nodo.toml; raise ErrorDeConfiguracion with the line of the first fault."""
    lectura = Lectura(texto, archivo=str(archivo))
    raiz = lectura.raiz
    base = archivo.parent
    escucha = raiz.texto("escucha", patron=r"([0-9A-Za-z.-]+|\[[0-9A-Fa-f:]+\]):[0-9]{1,5}")
    anfitrion, _, puerto = escucha.rpartition(":")
    if escucha and int(puerto) > 65535:
        raiz.falta("el puerto va de 0 a 65535", "escucha")
    origen = raiz.texto("origen", patron=r"https?://[^\s@]+") if "origen" in raiz else None
    zona = raiz.texto("zona", "America/Monterrey")
    nginx = _nginx(raiz.tabla("nginx"), base) if "nginx" in raiz else None
    url = raiz.texto("url", patron=_URL) if "url" in raiz else _url(nginx)
    ntp = _servidor(raiz.texto("ntp", patron=_HORA)) if "ntp" in raiz else None
    for clave, numero in (("url", _puerto(url or "")), ("ntp", ntp[1] if ntp else 0)):
        if numero > 65535:
            raiz.falta("el puerto va de 0 a 65535", clave)
    config = ConfigNodo(
        id=raiz.texto("id", patron=r"[a-z0-9][a-z0-9-]{0,62}"),
        nombre=raiz.texto("nombre"),
        rol=raiz.texto("rol", patron=r"oficial|prototipo|simulacro-[a-z0-9-]{1,60}"),
        raiz=base / raiz.texto("raiz"),
        carpeta=base / raiz.texto("carpeta", "."),
        anfitrion=anfitrion.strip("[]"),
        puerto=int(puerto or 0),
        buzon=base / raiz.texto("buzon", "buzon"),
        origen=origen,
        sondeo=raiz.numero("sondeo", 5.0, minimo=0.05, maximo=3600),
        zona=_zona(zona) or ZoneInfo("UTC"),
        nginx=nginx,
        url=url.rstrip("/") if url else None,
        ntp=ntp,
        remitente=raiz.texto("remitente", patron=r"[a-z_][a-z0-9_-]{0,31}") if "remitente" in raiz else None,
        soporte=raiz.texto("soporte", ""),
        testigo=base / raiz.texto("testigo") if "testigo" in raiz else None,
        par=_par(raiz.tabla("par")) if "par" in raiz else None,
    )
    if _zona(zona) is None:
        raiz.falta(f"«{zona}» no es una zona horaria; por ejemplo America/Monterrey", "zona")
    raiz.sin_sobrantes()
    lectura.terminar()
    return config


def _par(tabla: Tabla) -> ConfigPar:
    par = ConfigPar(
        url=tabla.texto("url", patron=r"http://[0-9A-Za-z.-]+:[0-9]{1,5}"),
        principal=tabla.booleano("principal"),
    )
    tabla.sin_sobrantes()
    return par


def _nginx(tabla: Tabla, base: Path) -> ConfigNginx:
    nginx = ConfigNginx(
        nombres=_de_forma(tabla, "nombres", _NOMBRE, "no es un nombre como prep.diario.mx"),
        certificado=base / tabla.texto("certificado"),
        llave=base / tabla.texto("llave"),
        direcciones=_de_forma(tabla, "direcciones", _DIRECCION, "no es una dirección de red", _TODAS),
        https=tabla.entero("https", 443, minimo=1, maximo=65535),
        http=tabla.entero("http", 80, minimo=1, maximo=65535),
        registros=base / tabla.texto("registros", "registros"),
        copias=base / tabla.texto("copias", "copias"),
        usuario=tabla.texto("usuario", "www-data", patron=r"[a-z_][a-z0-9_-]{0,31}"),
        por_segundo=tabla.entero("por_segundo", 100, minimo=1, maximo=1_000_000),
        conexiones=tabla.entero("conexiones", 200, minimo=1, maximo=65535),
        brotli=tabla.booleano("brotli", defecto=False),
    )
    tabla.sin_sobrantes()
    return nginx


def _url(nginx: ConfigNginx | None) -> str | None:
    if nginx is None or not nginx.nombres:
        return None
    return f"https://{nginx.nombres[0]}" + ("" if nginx.https == 443 else f":{nginx.https}")


def _servidor(texto: str) -> tuple[str, int]:
    """Return host and port of «cronos.cenam.mx», «10.0.0.1:123» or «[::1]:123»."""
    hallado = re.fullmatch(_HORA, texto)
    return (hallado[1].strip("[]"), int(hallado[2] or 123)) if hallado else ("", 0)


def _puerto(url: str) -> int:
    hallado = re.search(r":([0-9]+)/?$", url)
    return int(hallado[1]) if hallado else 0


def _de_forma(
    tabla: Tabla, clave: str, forma: re.Pattern[str], falta: str, defecto: tuple[str, ...] | None = None
) -> tuple[str, ...]:
    valores = tabla.textos(clave, defecto)
    for indice, valor in enumerate(valores):
        if not forma.fullmatch(valor):
            tabla.falta(f"«{valor:.60}» {falta}", clave, indice)
    if clave in tabla and not valores:
        tabla.falta("la lista está vacía", clave)
    return valores


def _zona(nombre: str) -> ZoneInfo | None:
    try:
        return ZoneInfo(nombre)
    except (KeyError, ValueError, OSError):
        return None
