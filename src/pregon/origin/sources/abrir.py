"""From what origen.toml says of `[fuente]` to a `Fuente` and its timetable: the one place that wires them."""

import os
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Final

from pregon.clock import Clock
from pregon.errors import ErrorDeConfiguracion
from pregon.origin.config import (
    ConfigConsulta,
    ConfigOrigen,
    FuenteCarpeta,
    FuentePostgresql,
    FuenteReproduccion,
    FuenteSintetica,
    ImagenesSinteticas,
    Reloj,
)
from pregon.origin.sources.carpeta import Carpeta
from pregon.origin.sources.fuente import Fuente
from pregon.origin.sources.lotes import Catalogo
from pregon.origin.sources.postgresql import INSTANTE, Consulta, PostgreSQL
from pregon.origin.sources.reproduccion import Reproduccion
from pregon.origin.sources.sintetica import Sintetica
from pregon.prep import eleccion
from pregon.prep.base_de_datos import LIMITES, BaseDeDatos, leer
from pregon.prep.cadencia import Cadencia
from pregon.prep.jornada import Jornada, Tipo
from pregon.storage import atomic

VARIABLE: Final = "PREGON_POSTGRESQL"
"""Environment variable with libpq's connection string, where no file is given."""
_CORTES = 12
"""Of a replay without `[reloj]`."""

Texto = Callable[[Path], str]
"""Reads a text file that somebody configured, or raises ErrorDeConfiguracion."""


def abrir(config: ConfigOrigen, *, texto: Texto, clock: Clock) -> tuple[Fuente, Cadencia]:
    """Return the source and when its cortes are due.

    Raises ErrorDeConfiguracion or ErrorDeDatos for what can be known without asking the source itself.
    """
    fuente = _fuente(config, texto, clock)
    jornada, reloj = fuente.jornada, config.reloj
    return fuente, Cadencia(
        apertura=jornada.apertura,
        periodo=jornada.periodo,
        cierre=jornada.cierre,
        apertura_real=reloj.apertura_real if reloj else jornada.apertura,
        periodo_real=reloj.periodo_real if reloj else jornada.periodo,
    )


def rol_y_retencion(config: ConfigOrigen, *, texto: Texto, ahora: datetime) -> tuple[str, datetime]:
    """Return what the ceremony of keys needs of the night, without opening its source."""
    if isinstance(config.fuente, FuenteReproduccion):
        return config.fuente.rol, ahora
    jornada = _jornada(config.fuente.eleccion, texto)
    return jornada.rol, jornada.retencion


def _fuente(config: ConfigOrigen, texto: Texto, clock: Clock) -> Fuente:
    match config.fuente:
        case FuenteSintetica(eleccion=ruta, semilla=semilla):
            jornada = _acortada(_jornada(ruta, texto), config.reloj)
            return Sintetica(jornada, semilla, con_imagenes=isinstance(config.imagenes, ImagenesSinteticas))
        case FuenteReproduccion(archivos=archivos, rol=rol):
            bases = [base for ruta in archivos for base in leer(ruta.name, _bytes(ruta))]
            return Reproduccion(bases, Tipo.SIMULACRO, rol, config.reloj.cortes if config.reloj else _CORTES)
        case FuenteCarpeta() as carpeta:
            jornada = _acortada(_jornada(carpeta.eleccion, texto), config.reloj)
            return Carpeta(
                jornada,
                _catalogos(jornada, carpeta.catalogos),
                carpeta=carpeta.carpeta,
                reposo=carpeta.reposo,
                clock=clock,
            )
        case FuentePostgresql() as postgresql:
            jornada = _acortada(_jornada(postgresql.eleccion, texto), config.reloj)
            return PostgreSQL(
                jornada,
                _catalogos(jornada, postgresql.catalogos),
                _consultas(jornada, postgresql.consultas, texto),
                conexion=_conexion(postgresql.conexion, texto),
                plazo=postgresql.plazo,
            )


def _jornada(ruta: Path, texto: Texto) -> Jornada:
    return eleccion.leer(texto(ruta), archivo=str(ruta))


def _acortada(jornada: Jornada, reloj: Reloj | None) -> Jornada:
    """Fit a rehearsal's night to its number of cortes."""
    if reloj is None:
        return jornada
    return replace(jornada, cierre=jornada.apertura + (reloj.cortes - 1) * jornada.periodo)


def _catalogos(jornada: Jornada, rutas: tuple[Path, ...]) -> Mapping[str, Catalogo]:
    """Return the catalogue of every election, in the order of the night: none twice, none of another."""
    bases: dict[str, BaseDeDatos] = {}
    for ruta in rutas:
        for base in leer(ruta.name, _bytes(ruta)):
            if base.eleccion in bases:
                causa = f"es otro catálogo de {base.eleccion}, además de {bases[base.eleccion].archivo}"
                raise ErrorDeConfiguracion(causa, archivo=str(ruta), clave="fuente.catalogos")
            bases[base.eleccion] = base
    claves = {e.clave for e in jornada.elecciones}
    _exigir_iguales(set(bases), claves, "catálogo", "fuente.catalogos")
    zona = jornada.instituto.zona
    return {e.clave: Catalogo(e, bases[e.clave], zona) for e in jornada.elecciones}


def _consultas(
    jornada: Jornada, configuradas: tuple[ConfigConsulta, ...], texto: Texto
) -> Mapping[str, Consulta]:
    claves = {e.clave for e in jornada.elecciones}
    _exigir_iguales({c.eleccion for c in configuradas}, claves, "consulta", "fuente.consulta")
    return {
        c.eleccion: Consulta(
            actas=_sql(c.actas, texto),
            archivo=c.actas,
            verificadas=_sql(c.verificadas, texto) if c.verificadas else None,
            archivo_verificadas=c.verificadas,
        )
        for c in configuradas
    }


def _exigir_iguales(dadas: set[str], debidas: set[str], que: str, clave: str) -> None:
    if faltan := sorted(debidas - dadas):
        raise ErrorDeConfiguracion(f"falta {que} de {', '.join(faltan)}", clave=clave)
    if sobran := sorted(dadas - debidas):
        raise ErrorDeConfiguracion(f"hay {que} de {', '.join(sobran)}, que la jornada no tiene", clave=clave)


def _sql(ruta: Path, texto: Texto) -> str:
    consulta = texto(ruta)
    if INSTANTE not in consulta:
        causa = f"la consulta no usa {INSTANTE}, el instante del corte"
        raise ErrorDeConfiguracion(causa, archivo=str(ruta))
    return consulta


def _conexion(ruta: Path | None, texto: Texto) -> str:
    return texto(ruta).strip() if ruta else os.environ.get(VARIABLE, "")


def _bytes(ruta: Path) -> bytes:
    try:
        with ruta.open("rb") as archivo:
            return archivo.read(LIMITES.bytes_archivo + 1)  # one more is refused by who reads it
    except OSError as error:
        raise ErrorDeConfiguracion(f"no se puede leer: {atomic.causa(error)}", archivo=str(ruta)) from error
