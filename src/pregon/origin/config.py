"""What origen.toml says: where things are, which source, and the clock of a rehearsal.

Paths are relative to the folder of the file. Without `[reloj]` the night runs one to one.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from pregon.configuracion import Lectura, Tabla

PATRON_DE_PERSONA: Final = "[a-z][a-z0-9-]{0,39}"


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
class FuenteCarpeta:
    """A folder that the capture system fills with bases de datos."""

    eleccion: Path
    catalogos: tuple[Path, ...]
    """A base de datos of every election, in zeros: what is expected (R85)."""
    carpeta: Path
    reposo: timedelta
    """Unchanged for so long, a file is finished; zero: all are renamed into place."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigConsulta:
    """The SQL files of one election."""

    eleccion: str
    """`Eleccion.clave`."""
    actas: Path
    verificadas: Path | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FuentePostgresql:
    """The capture system's PostgreSQL."""

    eleccion: Path
    catalogos: tuple[Path, ...]
    conexion: Path | None
    """File with libpq's connection string; None: the environment tells it."""
    plazo: timedelta
    consultas: tuple[ConfigConsulta, ...]


ConfigFuente = FuenteSintetica | FuenteReproduccion | FuenteCarpeta | FuentePostgresql


@dataclass(frozen=True, slots=True, kw_only=True)
class ImagenesEnCarpeta:
    """A folder with the images of the actas."""

    carpeta: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class ImagenesEnS3:
    """A bucket with the images of the actas, named by their hash between `prefijo` and `sufijo`."""

    cubeta: str
    prefijo: str
    sufijo: str
    url: str | None
    region: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ImagenesSinteticas:
    """The images that the synthetic night draws itself."""


ConfigImagenes = ImagenesEnCarpeta | ImagenesEnS3 | ImagenesSinteticas


@dataclass(frozen=True, slots=True, kw_only=True)
class Reloj:
    """A scaled night (decisions §9): wall instant of the opening, wall time of a period, number of cortes."""

    apertura_real: datetime
    periodo_real: timedelta
    cortes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigPersona:
    """Somebody who may release a held corte (decisions §15)."""

    id: str
    nombre: str
    llave: Path
    """Of her public key."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigOrigen:
    """One origin."""

    carpeta: Path
    """Operated state: bitácora, intentions, acta."""
    instituto: Path
    """What the ceremony left, and the one repository of all nights of its root."""
    custodios_aqui: bool = False
    """The institute accepts that custodians' keys lie unencrypted beside the online ones."""
    difusores: Path
    transiciones: Path
    """The monitor's record that this origin folds into states (decisions §3)."""
    fuente: ConfigFuente
    reloj: Reloj | None
    personas: tuple[ConfigPersona, ...] = ()
    imagenes: ConfigImagenes | None = None
    """None: this night publishes no images of the actas."""

    @property
    def repositorio(self) -> Path:
        """Return the folder that any static web server may serve."""
        return self.instituto / "repositorio"


def leer(texto: str, *, archivo: Path) -> ConfigOrigen:
    """Parse origen.toml; raise ErrorDeConfiguracion with the line of the first fault."""
    lectura = Lectura(texto, archivo=str(archivo))
    raiz = lectura.raiz
    base = archivo.parent
    origen = raiz.tabla("origen")
    config = ConfigOrigen(
        carpeta=base / origen.texto("carpeta", "."),
        instituto=base / origen.texto("instituto", origen.texto("carpeta", ".")),
        custodios_aqui=origen.booleano("custodios_aqui", defecto=False),
        difusores=base / origen.texto("difusores", "difusores.toml"),
        transiciones=base / origen.texto("transiciones", "../vigilancia/transiciones.jsonl"),
        fuente=_fuente(raiz.tabla("fuente"), base),
        reloj=_reloj(raiz.tabla("reloj")) if "reloj" in raiz else None,
        personas=_personas(raiz.tablas("persona", opcional=True), base),
        imagenes=_imagenes(raiz.tabla("imagenes"), base) if "imagenes" in raiz else None,
    )
    if isinstance(config.imagenes, ImagenesSinteticas) and not isinstance(config.fuente, FuenteSintetica):
        raiz.falta("sólo la fuente sintética dibuja sus imágenes", "imagenes", "tipo")
    origen.sin_sobrantes()
    raiz.sin_sobrantes()
    lectura.terminar()
    return config


def _fuente(tabla: Tabla, base: Path) -> ConfigFuente:
    fuente: ConfigFuente
    match tabla.texto("tipo", patron="sintetica|reproduccion|carpeta|postgresql"):
        case "reproduccion":
            fuente = FuenteReproduccion(
                archivos=tuple(base / nombre for nombre in tabla.textos("archivos")),
                rol=tabla.texto("rol", patron="simulacro-[a-z0-9-]{1,60}"),
            )
        case "carpeta":
            fuente = FuenteCarpeta(
                eleccion=base / tabla.texto("eleccion", "eleccion.toml"),
                catalogos=_catalogos(tabla, base),
                carpeta=base / tabla.texto("carpeta"),
                reposo=timedelta(seconds=tabla.numero("reposo", 2.0, maximo=60)),
            )
        case "postgresql":
            fuente = FuentePostgresql(
                eleccion=base / tabla.texto("eleccion", "eleccion.toml"),
                catalogos=_catalogos(tabla, base),
                conexion=_conexion(tabla, base),
                plazo=timedelta(seconds=tabla.numero("plazo", 30.0, minimo=1, maximo=600)),
                consultas=_consultas(tabla, base),
            )
        case _:
            fuente = FuenteSintetica(
                eleccion=base / tabla.texto("eleccion", "eleccion.toml"),
                semilla=tabla.entero("semilla", 2026),
            )
    tabla.sin_sobrantes()
    return fuente


def _catalogos(tabla: Tabla, base: Path) -> tuple[Path, ...]:
    nombres = tabla.textos("catalogos")
    if "catalogos" in tabla and not nombres:
        tabla.falta("se necesita una base de datos en ceros por elección", "catalogos")
    return tuple(base / nombre for nombre in nombres)


def _conexion(tabla: Tabla, base: Path) -> Path | None:
    if "conexion" not in tabla:
        return None
    nombre = tabla.texto("conexion")
    if "=" in nombre or "://" in nombre:
        tabla.falta("va la ruta de un archivo que contenga la cadena de conexión, no la cadena", "conexion")
    return base / nombre


def _consultas(tabla: Tabla, base: Path) -> tuple[ConfigConsulta, ...]:
    consultas: dict[str, ConfigConsulta] = {}
    for una in tabla.tablas("consulta"):
        consulta = ConfigConsulta(
            eleccion=una.texto("eleccion"),
            actas=base / una.texto("actas"),
            verificadas=base / una.texto("verificadas") if "verificadas" in una else None,
        )
        if consulta.eleccion in consultas:
            una.falta(f"«{consulta.eleccion}» está dos veces", "eleccion")
        consultas[consulta.eleccion] = consulta
        una.sin_sobrantes()
    return tuple(consultas.values())


def _imagenes(tabla: Tabla, base: Path) -> ConfigImagenes:
    imagenes: ConfigImagenes
    match tabla.texto("tipo", patron="carpeta|s3|sintetica"):
        case "carpeta":
            imagenes = ImagenesEnCarpeta(carpeta=base / tabla.texto("carpeta"))
        case "s3":
            imagenes = ImagenesEnS3(
                cubeta=tabla.texto("cubeta", patron="[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]"),
                prefijo=tabla.texto("prefijo", ""),
                sufijo=tabla.texto("sufijo", ""),
                url=tabla.texto("url", patron="https?://.+") if "url" in tabla else None,
                region=tabla.texto("region", patron="[a-z0-9-]{1,40}") if "region" in tabla else None,
            )
        case _:
            imagenes = ImagenesSinteticas()
    tabla.sin_sobrantes()
    return imagenes


def _reloj(tabla: Tabla) -> Reloj:
    reloj = Reloj(
        apertura_real=tabla.instante("apertura_real"),
        periodo_real=timedelta(seconds=tabla.numero("periodo_real", minimo=0.5, maximo=3600)),
        cortes=tabla.entero("cortes", minimo=1, maximo=145),
    )
    tabla.sin_sobrantes()
    return reloj


def _personas(tablas: Sequence[Tabla], base: Path) -> tuple[ConfigPersona, ...]:
    personas: dict[str, ConfigPersona] = {}
    for tabla in tablas:
        persona = ConfigPersona(
            id=tabla.texto("id", patron=PATRON_DE_PERSONA),
            nombre=tabla.texto("nombre"),
            llave=base / tabla.texto("llave"),
        )
        if persona.id in personas:
            tabla.falta(f"«{persona.id}» está dos veces", "id")
        personas[persona.id] = persona
        tabla.sin_sobrantes()
    return tuple(personas.values())
