"""What vigilancia.toml says. Paths are relative to the folder of the file."""

from dataclasses import dataclass
from pathlib import Path

from pregon.configuracion import Lectura
from pregon.monitor.sonda import Direcciones


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigVigilancia:
    """One monitor. It holds no key: only the public root and what the public can see (decisions §3)."""

    raiz: Path
    """The trusted root.json."""
    repositorio: Path
    """The origin's public repository: `prueba.json` there is the signed truth."""
    difusores: Path
    carpeta: Path
    """Where the records are written."""
    rol: str
    ronda: float | None
    """Seconds between two probes of one difusor; None: a quarter of the period."""
    plazo: float
    """Total deadline of one probe, in seconds, whatever drips in (A7, H4)."""
    direcciones: Direcciones
    desde: str | None
    """Local address to call from: the one declared to the difusores, whose memoria sets it apart (R136)."""
    rastreo_cada_ronda: bool
    """Fetch every file in every round, or only until it was once found whole for a corte."""

    @property
    def transiciones(self) -> Path:
        """Return the record of verdicts and transitions, which origin folds."""
        return self.carpeta / "transiciones.jsonl"

    @property
    def sondeos(self) -> Path:
        """Return the record of every probe."""
        return self.carpeta / "sondeos.jsonl"


def leer(texto: str, *, archivo: Path) -> ConfigVigilancia:
    """Parse vigilancia.toml; raise ErrorDeConfiguracion with the line of the first fault."""
    lectura = Lectura(texto, archivo=str(archivo))
    raiz = lectura.raiz
    base = archivo.parent
    locales = raiz.texto("direcciones", "publicas", patron="publicas|locales") == "locales"
    config = ConfigVigilancia(
        raiz=base / raiz.texto("raiz"),
        repositorio=base / raiz.texto("repositorio"),
        difusores=base / raiz.texto("difusores", "difusores.toml"),
        carpeta=base / raiz.texto("carpeta", "."),
        rol=raiz.texto("rol", patron="oficial|prototipo|simulacro-[a-z0-9-]{1,60}"),
        ronda=raiz.numero("ronda", minimo=0.1, maximo=3600) if "ronda" in raiz else None,
        plazo=raiz.numero("plazo", 60.0, minimo=0.1, maximo=300),
        desde=raiz.texto("desde", patron=r"[0-9a-fA-F.:]{2,45}") if "desde" in raiz else None,
        direcciones=Direcciones.LOCALES if locales else Direcciones.PUBLICAS,
        rastreo_cada_ronda=raiz.texto("rastreo", "cada-ronda", patron="cada-ronda|cada-corte")
        != "cada-corte",
    )
    raiz.sin_sobrantes()
    lectura.terminar()
    return config
