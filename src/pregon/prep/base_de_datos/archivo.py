"""From the bytes given to the texts inside: ZIP, ZIP in ZIP, encodings (R77, R87)."""

import io
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

from pregon.errors import ErrorDeDatos, NoEsBaseDeDatos
from pregon.prep.base_de_datos.limites import Limites

_TEXTOS = {".csv", ".txt", ".tsv", ""}


@dataclass(frozen=True, slots=True, kw_only=True)
class Texto:
    """A file that may hold a table. `carpeta` is the ZIP and folder it travels in, "" when given alone."""

    archivo: str
    carpeta: str
    datos: bytes


def textos(nombre: str, datos: bytes, limites: Limites) -> Iterator[Texto]:
    """Yield the tables of a file: itself, or the members of a ZIP down to the nesting bound.

    A ZIP that is broken, encrypted, too deep or swells beyond the bounds raises ErrorDeDatos.
    """
    _acotar(nombre, len(datos), limites)
    if not datos.startswith(b"PK"):
        yield Texto(archivo=nombre, carpeta="", datos=datos)
        return
    yield from _Descompresor(limites).miembros(nombre, datos, nivel=1)


def decodificar(datos: bytes, archivo: str) -> str:
    """Return the text: UTF-16 or UTF-8 by its BOM, UTF-8, else Windows-1252 (R87)."""
    if not datos.strip():
        raise NoEsBaseDeDatos("el archivo está vacío", archivo=archivo)
    if datos.startswith((b"\xff\xfe", b"\xfe\xff")):
        try:
            return datos.decode("utf-16")
        except UnicodeDecodeError as error:
            raise NoEsBaseDeDatos("no es texto: su marca de UTF-16 es falsa", archivo=archivo) from error
    if b"\0" in datos:
        raise NoEsBaseDeDatos("es un archivo binario, no una tabla en texto", archivo=archivo)
    try:
        return datos.decode("utf-8-sig")
    except UnicodeDecodeError:
        # latin-1 for the five bytes that cp1252 leaves undefined: never fails, and names suffer, not counts.
        try:
            return datos.decode("cp1252")
        except UnicodeDecodeError:
            return datos.decode("latin-1")


class _Descompresor:
    """Opens ZIPs with one budget of bytes for all of them."""

    def __init__(self, limites: Limites) -> None:
        self._limites = limites
        self._leidos = 0

    def miembros(self, nombre: str, datos: bytes, *, nivel: int) -> Iterator[Texto]:
        limites = self._limites
        if nivel > limites.anidamiento:
            raise ErrorDeDatos(f"hay más de {limites.anidamiento} ZIP uno dentro de otro", archivo=nombre)
        try:
            zip_ = zipfile.ZipFile(io.BytesIO(datos))
            entradas = [e for e in zip_.infolist() if not e.is_dir()]
        except (zipfile.BadZipFile, EOFError, ValueError, NotImplementedError) as error:
            raise ErrorDeDatos(
                "el ZIP está incompleto o dañado; descárguelo de nuevo", archivo=nombre
            ) from error
        if len(entradas) > limites.miembros:
            raise ErrorDeDatos(
                f"el ZIP trae {len(entradas)} archivos (máximo {limites.miembros})", archivo=nombre
            )
        for entrada in sorted(entradas, key=lambda e: e.filename):
            archivo = f"{nombre}/{entrada.filename}"
            carpeta, _, hoja = archivo.rpartition("/")
            if hoja.startswith(".") or "__MACOSX" in entrada.filename:
                continue
            extension = hoja[hoja.rfind(".") :].lower() if "." in hoja else ""
            if extension == ".zip":
                yield from self.miembros(archivo, self._leer(zip_, entrada, archivo), nivel=nivel + 1)
            elif extension in _TEXTOS:
                yield Texto(archivo=archivo, carpeta=carpeta, datos=self._leer(zip_, entrada, archivo))

    def _leer(self, zip_: zipfile.ZipFile, entrada: zipfile.ZipInfo, archivo: str) -> bytes:
        limites = self._limites
        # The sizes that a ZIP declares are the sender's word: read against the budget, then judge what came.
        tope = limites.bytes_archivo - self._leidos
        if entrada.file_size > max(limites.sin_razon, entrada.compress_size * limites.razon):
            raise ErrorDeDatos("se expande sin proporción: parece una bomba ZIP", archivo=archivo)
        try:
            with zip_.open(entrada) as f:
                datos = f.read(tope + 1)
        except (
            zipfile.BadZipFile,
            zlib.error,
            EOFError,
            NotImplementedError,
            RuntimeError,
            ValueError,
        ) as error:
            cifrado = entrada.flag_bits & 1
            causa = "está cifrado con contraseña" if cifrado else "está dañado dentro del ZIP"
            raise ErrorDeDatos(f"{causa}; descárguelo de nuevo", archivo=archivo) from error
        self._leidos += len(datos)
        _acotar(archivo, self._leidos, limites)
        return datos


def _acotar(archivo: str, n: int, limites: Limites) -> None:
    if n > limites.bytes_archivo:
        raise ErrorDeDatos(f"pasa de {limites.bytes_archivo // 2**20} MB", archivo=archivo)
