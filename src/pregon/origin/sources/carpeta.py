"""The folder that the capture system fills: whole exports or batches, as bases de datos, never touched.

A file is read once it is finished: renamed into place, or of the same size and time for `reposo` seconds.
One that grows, that cannot be read or whose header and rows disagree is a cause to hold the corte, and adds
nothing: what its earlier content and all other files said stays. The cause ends when the file becomes whole
or goes away, or when a newer file has every row of that election.
"""

import logging
import os
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from pregon.clock import Clock
from pregon.errors import ErrorDeDatos
from pregon.origin.sources.fuente import Entrada
from pregon.origin.sources.lotes import Catalogo, Lote, Reunion
from pregon.prep.base_de_datos import LIMITES, BaseDeDatos, desgarro, leer
from pregon.prep.base_de_datos.cifras import leer_cifra
from pregon.prep.jornada import Jornada
from pregon.storage import atomic

_log = logging.getLogger(__name__)

_MAXIMO = 100_000
"""Files in the folder: a batch per acta of three elections, and again for corrections."""
_EXTENSIONES = {".csv", ".zip"}
_CAPTURADAS = "ACTAS_CAPTURADAS"


class Carpeta:
    """A `Fuente` over a folder. Reading twice costs only what changed in between."""

    def __init__(
        self,
        jornada: Jornada,
        catalogos: Mapping[str, Catalogo],
        *,
        carpeta: Path,
        reposo: timedelta,
        clock: Clock,
    ) -> None:
        """`catalogos` has every election of the night; `reposo` zero: all files are renamed into place."""
        self.jornada = jornada
        self._carpeta, self._reposo, self._clock = carpeta, reposo, clock
        self._reuniones = {clave: Reunion(catalogo) for clave, catalogo in catalogos.items()}
        self._firmas: dict[str, _Firma] = {}
        """Files whose present content was read and judged."""
        self._faltas: dict[str, tuple[_Falta, ...]] = {}
        self._enteros: dict[str, datetime] = {}
        """Stamp of the newest file with every row, by election."""
        self._ultimos: dict[str, tuple[datetime, bool, int | None]] = {}
        """Newest file, by election: stamp, whether it lacks rows, its own ACTAS_CAPTURADAS."""

    def leer(self, hasta: datetime) -> Entrada:
        """Take in what is new and return what is known at an instant; see `Fuente.leer`. Never raises.

        Waits `reposo` once when there is something new.
        """
        pasajeras = tuple(self._tomar_lo_nuevo())
        firmes = (f.causa for faltas in self._faltas.values() for f in faltas if self._pesa(f))
        return Entrada(
            actas={clave: reunion.en(hasta) for clave, reunion in self._reuniones.items()},
            causas=(*pasajeras, *firmes, *(c for r in self._reuniones.values() for c in r.causas)),
            verificadas={
                clave: capturadas
                for clave, (sello, parcial, capturadas) in self._ultimos.items()
                if capturadas is not None and not parcial and sello <= hasta
            },
        )

    def _tomar_lo_nuevo(self) -> Iterator[str]:
        """Read every finished file that changed; yield why others have to wait."""
        try:
            vistos = self._mirar()
            nuevos = {n: firma for n, firma in vistos.items() if self._firmas.get(n) != firma}
            if nuevos and self._reposo:
                self._clock.sleep(self._reposo.total_seconds())
                vistos = self._mirar()
        except OSError as error:
            yield f"{self._carpeta}: no se puede leer la carpeta: {atomic.causa(error)}"
            return
        except ErrorDeDatos as error:
            yield str(error)
            return
        # What went away and comes back unchanged, as when a disk is mounted again, is judged again.
        self._faltas = {n: faltas for n, faltas in self._faltas.items() if n in vistos}
        self._firmas = {n: firma for n, firma in self._firmas.items() if n in vistos}
        for nombre, firma in sorted(nuevos.items()):
            if nombre not in vistos:
                continue
            if vistos[nombre] != firma or not self._tomar(nombre, firma):
                self._faltas.pop(nombre, None)
                yield f"{_visible(nombre)}: todavía se está escribiendo ({vistos[nombre].bytes} bytes)"

    def _mirar(self) -> dict[str, "_Firma"]:
        """Return the files that count, by name."""
        vistos = {}
        with os.scandir(self._carpeta) as entradas:
            for n, entrada in enumerate(entradas):
                if n >= _MAXIMO:
                    raise ErrorDeDatos(f"la carpeta pasa de {_MAXIMO} archivos", archivo=str(self._carpeta))
                if _es_base(entrada.name) and entrada.is_file():
                    with suppress(FileNotFoundError):  # renamed away since it was listed
                        vistos[entrada.name] = _firma(entrada.stat())
        return vistos

    def _tomar(self, nombre: str, firma: "_Firma") -> bool:
        """Read one file; return False when it changed meanwhile."""
        visible = _visible(nombre)
        try:
            with (self._carpeta / nombre).open("rb") as archivo:
                datos = archivo.read(LIMITES.bytes_archivo + 1)
                if _firma(os.fstat(archivo.fileno())) != firma:
                    return False
        except OSError as error:
            self._faltas[nombre] = (_Falta(f"{visible}: no se puede leer: {atomic.causa(error)}"),)
            return True  # looked at again next time: its signature is not kept
        self._firmas[nombre] = firma
        try:
            faltas = tuple(f for base in leer(visible, datos) for f in self._agregar(base))
        except ErrorDeDatos as error:
            faltas = (_Falta(str(error)),)
        except Exception as error:  # noqa: BLE001 — it is held by its name, and holds up no other file
            _log.exception("%s no pudo leerse", visible)
            faltas = (_Falta(f"{visible}: no pudo leerse: {error!r}"),)
        self._faltas[nombre] = faltas
        return True

    def _agregar(self, base: BaseDeDatos) -> Iterator["_Falta"]:
        reunion = self._reuniones.get(base.eleccion)
        if reunion is None:
            yield _Falta(f"{base.archivo}: es de una elección que esta jornada no tiene ({base.eleccion})")
            return
        if base.sello is None:
            yield _Falta(f"{base.archivo}: no dice la fecha y hora de su corte", base.eleccion)
            return
        if base.entidad and base.id_entidad != self.jornada.instituto.id_entidad:
            yield _Falta(f"{base.archivo}: es de otra entidad ({base.entidad})", base.eleccion, base.sello)
            return
        causas = [f"{base.archivo}: {causa}" for causa in desgarro(base)]
        if not causas:
            try:
                self._asentar(base, reunion.agregar(base, base.sello))
            except ErrorDeDatos as error:
                causas = [str(error)]
        for causa in causas:
            yield _Falta(causa, base.eleccion, base.sello)

    def _asentar(self, base: BaseDeDatos, lote: Lote) -> None:
        """Remember what a good file means for others, and tell what a person should look at."""
        clave = base.eleccion
        if lote.entero:
            self._enteros[clave] = max(lote.sello, self._enteros.get(clave, lote.sello))
        cifra = leer_cifra(_CAPTURADAS, (base.publicado or {}).get(_CAPTURADAS, ""))
        ultimo = lote.sello, not lote.entero, cifra[0] if cifra else None
        self._ultimos[clave] = max(ultimo, self._ultimos.get(clave, ultimo), key=lambda u: u[:2])
        for aviso in lote.avisos:
            _log.warning("%s: %s", base.archivo, aviso)

    def _pesa(self, falta: "_Falta") -> bool:
        """Say whether a fault still matters: no newer file has all that the faulty one could bring."""
        if falta.sello is None:
            return True
        entero = self._enteros.get(falta.eleccion)
        return entero is None or entero <= falta.sello


class _Firma(NamedTuple):
    """What changes when a file is written or replaced."""

    inodo: int
    bytes: int
    mtime_ns: int


@dataclass(frozen=True, slots=True)
class _Falta:
    """Why a file adds nothing; of which election and stamp, where it tells."""

    causa: str
    eleccion: str = ""
    sello: datetime | None = None


def _firma(estado: os.stat_result) -> _Firma:
    return _Firma(estado.st_ino, estado.st_size, estado.st_mtime_ns)


def _visible(nombre: str) -> str:
    """Return a name that can be written down: a file system takes bytes that are no text."""
    return os.fsencode(nombre).decode(errors="backslashreplace")


def _es_base(nombre: str) -> bool:
    """Tell a base de datos from what travels beside it (LEEME, candidaturas) or is not finished."""
    oculto = nombre.startswith(".")
    return not oculto and Path(nombre).suffix.lower() in _EXTENSIONES and "CANDIDAT" not in nombre.upper()
