"""What nodo.toml says. Paths are relative to the folder of the file."""

from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

from pregon.configuracion import Lectura


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
    )
    if _zona(zona) is None:
        raiz.falta(f"«{zona}» no es una zona horaria; por ejemplo America/Monterrey", "zona")
    raiz.sin_sobrantes()
    lectura.terminar()
    return config


def _zona(nombre: str) -> ZoneInfo | None:
    try:
        return ZoneInfo(nombre)
    except (KeyError, ValueError, OSError):
        return None
