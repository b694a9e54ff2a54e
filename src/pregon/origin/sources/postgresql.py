"""Actas straight from the capture system's PostgreSQL: a read-only snapshot per corte, a query per election.

All queries of a corte run in one transaction, READ ONLY and REPEATABLE READ, so that every election is of
the same instant whatever is being captured meanwhile. A query's column aliases are the mapping: what it
answers is read like any base de datos, by meaning. Nothing is remembered between cortes: the database is
the memory, and a read that failed is simply made again.
"""

import csv
import logging
import os
import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

import psycopg
from psycopg import errors, sql

from pregon.errors import ErrorDeConfiguracion, ErrorDeDatos, ErrorDeRed, NoEsBaseDeDatos, PregonError
from pregon.origin.sources.fuente import Entrada
from pregon.origin.sources.lotes import Catalogo, Reunion
from pregon.prep.base_de_datos import LIMITES, leer
from pregon.prep.base_de_datos.columnas import CAMPOS, Campo
from pregon.prep.base_de_datos.nombres import normal
from pregon.prep.jornada import Ambito, Eleccion, Jornada

_log = logging.getLogger(__name__)

INSTANTE: Final = "%(hasta)s"
"""Where a query takes the instant of the corte."""
_GRACIA = 1.0
"""Seconds that the server has to stop by itself before the connection is cut."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Consulta:
    """What is asked for one election: SQL, and the files that it stands in, for messages."""

    actas: str
    archivo: Path
    verificadas: str | None = None
    """A count of the captured actas of the catalogue, by another way."""
    archivo_verificadas: Path | None = None


class PostgreSQL:
    """A `Fuente` over a database."""

    def __init__(
        self,
        jornada: Jornada,
        catalogos: Mapping[str, Catalogo],
        consultas: Mapping[str, Consulta],
        *,
        conexion: str,
        plazo: timedelta,
    ) -> None:
        """`conexion` is libpq's; "" leaves all to its environment. Nothing is connected yet.

        `plazo` bounds the connection, and then the reading of all elections together.
        """
        self.jornada = jornada
        self._catalogos, self._consultas = catalogos, consultas
        self._conexion, self._plazo = conexion, plazo.total_seconds()

    def leer(self, hasta: datetime) -> Entrada:
        """Return what was known at an instant; see `Fuente.leer`.

        ErrorDeRed when the server does not answer in time, ErrorDeConfiguracion when a query is wrong or
        the account may write, ErrorDeDatos when what it answers cannot be read.
        """
        datos: dict[str, bytes] = {}
        verificadas: dict[str, int] = {}
        with _abrir(self._conexion, self._plazo) as transaccion:
            transaccion.preparar(self.jornada.local(hasta))
            for clave, consulta in self._consultas.items():
                datos[clave] = transaccion.copiar(consulta.actas, hasta, consulta.archivo)
                if consulta.verificadas is not None:
                    cuenta = transaccion.contar(consulta.verificadas, hasta, consulta.archivo_verificadas)
                    verificadas[clave] = cuenta
        # Only now: the time that we take to read is none of the server's, nor does its snapshot wait for it.
        reuniones = {
            clave: self._reunion(clave, datos[clave], hasta, consulta.archivo)
            for clave, consulta in self._consultas.items()
        }
        return Entrada(
            actas={clave: reunion.en(hasta) for clave, reunion in reuniones.items()},
            causas=tuple(causa for reunion in reuniones.values() for causa in reunion.causas),
            verificadas=verificadas,
        )

    def _reunion(self, clave: str, datos: bytes, hasta: datetime, archivo: Path) -> Reunion:
        catalogo = self._catalogos[clave]
        _revisar_columnas(catalogo.eleccion, datos, archivo)
        reunion = Reunion(catalogo)
        try:
            (base,) = leer(f"{archivo}/{clave}.csv", datos)
            lote = reunion.agregar(base, hasta)
        except ErrorDeDatos as error:
            # What has a row is a fault of the data; the rest, of the query that names the columns.
            if error.fila is not None and not isinstance(error, NoEsBaseDeDatos):
                raise
            raise ErrorDeConfiguracion(error.causa, archivo=str(archivo)) from error
        for aviso in lote.avisos:
            _log.warning("%s: %s", archivo, aviso)
        return reunion


class _Transaccion:
    """One transaction of one connection, with everything that can go wrong told by its cause."""

    def __init__(self, cursor: "psycopg.Cursor[tuple[Any, ...]]", plazo: float) -> None:
        self._cursor, self._plazo = cursor, plazo
        self.vencida = threading.Event()

    def preparar(self, local: datetime) -> None:
        """Bound what the server takes, have times in the entidad's hour, refuse an account that writes."""
        ajustes = {
            "statement_timeout": f"{round(self._plazo * 1000)}ms",
            # Not by its name: a server of before 2022 still changes the hour of Mexico in summer.
            "TimeZone": f"{(local.utcoffset() or timedelta()) / timedelta(hours=1):g}",
            "DateStyle": "ISO, DMY",
        }
        with self._explicada(None):
            for nombre, valor in ajustes.items():
                self._cursor.execute("SELECT set_config(%s, %s, true)", (nombre, valor))
            self._cursor.execute("SELECT current_setting('default_transaction_read_only'), current_user")
            ((solo_lee, cuenta),) = self._cursor.fetchall()
        if solo_lee != "on":
            orden = f"ALTER ROLE {cuenta} SET default_transaction_read_only = on"
            raise ErrorDeConfiguracion(f"la cuenta «{cuenta}» de PostgreSQL puede escribir; dé: {orden}")

    def copiar(self, consulta: str, hasta: datetime, archivo: Path) -> bytes:
        """Return what a query answers, as CSV with headings."""
        orden = sql.SQL("COPY (\n{}\n) TO STDOUT (FORMAT csv, HEADER)").format(_sql(consulta))
        datos = bytearray()
        with self._explicada(archivo), self._cursor.copy(orden, {"hasta": hasta}) as copia:
            for bloque in copia:
                datos += bloque
                if len(datos) > LIMITES.bytes_archivo:
                    causa = f"la consulta devuelve más de {LIMITES.bytes_archivo // 2**20} MB"
                    raise ErrorDeDatos(causa, archivo=str(archivo))
        return bytes(datos)

    def contar(self, consulta: str, hasta: datetime, archivo: Path | None) -> int:
        """Return the one number that a query answers."""
        with self._explicada(archivo):
            self._cursor.execute(_sql(consulta), {"hasta": hasta})
            filas = self._cursor.fetchmany(2)
        match filas:
            case [(int(cuenta),)]:
                return cuenta
            case _:
                raise ErrorDeConfiguracion("debe devolver un solo número entero", archivo=str(archivo))

    @contextmanager
    def _explicada(self, archivo: Path | None) -> Iterator[None]:
        try:
            yield
        except psycopg.Error as error:
            raise self._traducido(error, str(archivo or "")) from error

    def _traducido(self, error: psycopg.Error, archivo: str) -> PregonError:
        dicho = _dicho(error)
        match error:
            case _ if self.vencida.is_set():
                return ErrorDeRed(f"PostgreSQL no terminó de contestar en {self._plazo:g} s")
            case errors.QueryCanceled():
                lento = f"la consulta no terminó en {self._plazo:g} s, o la canceló el servidor"
                return ErrorDeRed(f"{archivo}: {lento}: {dicho}")
            case psycopg.ProgrammingError() | psycopg.NotSupportedError() | errors.ReadOnlySqlTransaction():
                return ErrorDeConfiguracion(f"PostgreSQL no admite la consulta: {dicho}", archivo=archivo)
            case psycopg.DataError():
                return ErrorDeDatos(f"un dato no es lo que la consulta espera: {dicho}", archivo=archivo)
            case _:
                return ErrorDeRed(f"se perdió la conexión con PostgreSQL: {dicho}")


@contextmanager
def _abrir(conexion: str, plazo: float) -> Iterator[_Transaccion]:
    """Connect, and cut the connection when the deadline passes, however still the other side is."""
    try:
        abierta = psycopg.connect(
            conexion,
            connect_timeout=max(2, round(plazo)),
            client_encoding="UTF8",
            application_name="pregon",
        )
    except psycopg.ProgrammingError as error:
        # libpq quotes what it does not understand, and that may be a password.
        causa = (
            "la cadena de conexión a PostgreSQL no se entiende: va como host=… dbname=… user=…, "
            "y entre comillas simples lo que lleve espacios"
        )
        raise ErrorDeConfiguracion(causa) from error
    except psycopg.Error as error:
        raise ErrorDeRed(f"PostgreSQL no acepta la conexión: {_dicho(error)}") from error
    with closing(abierta), abierta.cursor() as cursor, closing(_enchufe(abierta)) as enchufe:
        abierta.read_only = True
        abierta.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        transaccion = _Transaccion(cursor, plazo)

        def cortar() -> None:
            transaccion.vencida.set()
            with suppress(OSError):
                enchufe.shutdown(socket.SHUT_RDWR)

        reloj = threading.Timer(plazo + _GRACIA, cortar)
        reloj.daemon = True
        reloj.start()
        try:
            yield transaccion
        finally:
            reloj.cancel()
            reloj.join()


def _enchufe(conexion: "psycopg.Connection[tuple[Any, ...]]") -> socket.socket:
    """Return the connection's own socket by a second descriptor: shutting it wakes whoever waits on it."""
    return socket.socket(fileno=os.dup(conexion.fileno()))


def _sql(consulta: str) -> sql.SQL:
    # The institute's own text, from a file beside origen.toml: code, not data. Values are bound.
    return sql.SQL(consulta.strip().removesuffix(";"))


def _dicho(error: psycopg.Error) -> str:
    """Return the server's words in one line, bounded."""
    return " ".join((error.diag.message_primary or str(error)).split())[:300]


def _revisar_columnas(eleccion: Eleccion, datos: bytes, archivo: Path) -> None:
    """Raise ErrorDeConfiguracion naming every heading that a query owes and the ones that nobody knows."""
    titulos = next(csv.reader([datos.partition(b"\n")[0].decode()]), [])
    campos = {CAMPOS.get(normal(t)) for t in titulos}
    faltan = [c.value[0] for c in (*_DEBIDOS, _DE_UNIDAD[eleccion.detalle]) if c not in campos]
    if not faltan:
        return
    votos = {normal(c.clave) for c in eleccion.columnas}
    ajenos = [t for t in titulos if normal(t) not in CAMPOS and normal(t) not in votos]
    causa = f"la consulta no devuelve {', '.join(faltan)}"
    if ajenos:
        causa += f"; y no se sabe qué son {', '.join(ajenos[:10])}"
    raise ErrorDeConfiguracion(f"{causa}. Dé ese nombre con AS", archivo=str(archivo))


_DEBIDOS = (
    Campo.CLAVE_CASILLA,
    Campo.TIPO_ACTA,
    Campo.OBSERVACIONES,
    Campo.CONTABILIZADA,
    Campo.CODIGO,
    Campo.VERIFICACION,
)
_DE_UNIDAD = {
    Ambito.ENTIDAD: Campo.ID_ENTIDAD,
    Ambito.DISTRITO: Campo.ID_DISTRITO,
    Ambito.MUNICIPIO: Campo.ID_MUNICIPIO,
}
