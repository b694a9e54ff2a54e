"""What origen.toml says: where things are, which source, and the clock of a rehearsal.

Paths are relative to the folder of the file. Without `[reloj]` the night runs one to one.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from pregon.configuracion import Lectura, Tabla


@dataclass(frozen=True, slots=True, kw_only=True)
class FuenteSintetica:
    """The seeded night of the generator, over the election of `eleccion`."""

    eleccion: Path
    semilla: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FuenteReproduccion:
    """The replay of published final databases of one night."""

    archivos: tuple[Path, ...]
    rol: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reloj:
    """A scaled night (decisions §9): wall instant of the opening, wall time of a period, number of cortes."""

    apertura_real: datetime
    periodo_real: timedelta
    cortes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigOrigen:
    """One origin."""

    carpeta: Path
    """Operated state: bitácora, intentions, acta, and what the ceremony left."""
    difusores: Path
    transiciones: Path
    """The monitor's record that this origin folds into states (decisions §3)."""
    fuente: FuenteSintetica | FuenteReproduccion
    reloj: Reloj | None

    @property
    def repositorio(self) -> Path:
        """Return the folder that any static web server may serve."""
        return self.carpeta / "repositorio"


def leer(texto: str, *, archivo: Path) -> ConfigOrigen:
    """Parse origen.toml; raise ErrorDeConfiguracion with the line of the first fault."""
    lectura = Lectura(texto, archivo=str(archivo))
    raiz = lectura.raiz
    base = archivo.parent
    origen = raiz.tabla("origen")
    config = ConfigOrigen(
        carpeta=base / origen.texto("carpeta", "."),
        difusores=base / origen.texto("difusores", "difusores.toml"),
        transiciones=base / origen.texto("transiciones", "../vigilancia/transiciones.jsonl"),
        fuente=_fuente(raiz.tabla("fuente"), base),
        reloj=_reloj(raiz.tabla("reloj")) if "reloj" in raiz else None,
    )
    origen.sin_sobrantes()
    raiz.sin_sobrantes()
    lectura.terminar()
    return config


def _fuente(tabla: Tabla, base: Path) -> FuenteSintetica | FuenteReproduccion:
    tipo = tabla.texto("tipo", patron="sintetica|reproduccion")
    if tipo == "reproduccion":
        fuente: FuenteSintetica | FuenteReproduccion = FuenteReproduccion(
            archivos=tuple(base / nombre for nombre in tabla.textos("archivos")),
            rol=tabla.texto("rol", patron="simulacro-[a-z0-9-]{1,60}"),
        )
    else:
        fuente = FuenteSintetica(
            eleccion=base / tabla.texto("eleccion", "eleccion.toml"),
            semilla=tabla.entero("semilla", 2026),
        )
    tabla.sin_sobrantes()
    return fuente


def _reloj(tabla: Tabla) -> Reloj:
    reloj = Reloj(
        apertura_real=tabla.instante("apertura_real"),
        periodo_real=timedelta(seconds=tabla.numero("periodo_real", minimo=0.5, maximo=3600)),
        cortes=tabla.entero("cortes", minimo=1, maximo=145),
    )
    tabla.sin_sobrantes()
    return reloj
