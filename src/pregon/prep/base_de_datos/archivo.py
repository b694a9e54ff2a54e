"""From the bytes given to the texts inside: ZIP, ZIP in ZIP, encodings (R77, R87)."""

import codecs
import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

from pregon.errors import ErrorDeDatos, NoEsBaseDeDatos
from pregon.prep.base_de_datos.limites import Limites
from pregon.prep.base_de_datos.nombres import normal

_TEXTOS = {".csv", ".txt", ".tsv", ""}
_LEEME = re.compile("(^|_)(LEEME|LEAME|README)(_|$)")
"""What explains a table may name all its columns in one line, and holds no row (R77)."""


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


def decodificar(datos: bytes, archivo: str) -> tuple[str, str]:
    """Return the text and its encoding: UTF-16 by its BOM, else UTF-8, or Windows-1252 where it fails (R87).

    Byte by byte: real files mix both, and one bad name must not spoil the headings. Characters that nobody
    sees are taken out; a space that does not break is a space.
    """
    if not datos.strip():
        raise NoEsBaseDeDatos("el archivo está vacío", archivo=archivo)
    texto, codificacion = _texto(datos, archivo)
    # Before what is invisible goes: the soft hyphen is the second half of «í».
    if "Ã" in texto or "Â" in texto:
        texto = _DOBLES.sub(_sin_doblar, texto)
    for invisible, visible in _INVISIBLES.items():
        if not texto.isascii():
            texto = texto.replace(invisible, visible)
    return texto, codificacion


_INVISIBLES = {"\u00a0": " ", "\u202f": " ", "\ufeff": "", "\u200b": "", "\u200c": "", "\u200d": "",
               "\u200e": "", "\u2060": "", "\u00ad": ""}  # fmt: skip
_CONTINUAN = {bytes([b]).decode("cp1252", "ignore") or chr(b): b for b in range(0x80, 0xC0)} | {
    chr(b): b for b in range(0x80, 0xC0)
}
"""What reads the second byte of a letter in UTF-8 as a letter of its own."""
_DOBLES = re.compile(f"[ÂÃ][{re.escape(''.join(_CONTINUAN))}]")


def _sin_doblar(doble: re.Match[str]) -> str:
    """Undo a double encoding (``SolÃ­s``, Coahuila 2017): no word has these two letters side by side."""
    return bytes([ord(doble[0][0]), _CONTINUAN[doble[0][1]]]).decode()


_BINARIOS = {
    b"\x1f\x8b": "está comprimido con gzip; descomprímalo antes",
    b"%PDF": "es un PDF, no una tabla en texto",
    b"\xd0\xcf\x11\xe0": "es un libro de Excel; guárdelo como CSV",
    b"Rar!": "está comprimido con RAR; descomprímalo antes",
    b"7z\xbc\xaf": "está comprimido con 7-Zip; descomprímalo antes",
}


def _texto(datos: bytes, archivo: str) -> tuple[str, str]:
    for marca, causa in _BINARIOS.items():
        if datos.startswith(marca):
            raise NoEsBaseDeDatos(causa, archivo=archivo)
    if datos.startswith((b"\xff\xfe", b"\xfe\xff")):
        try:
            return datos.decode("utf-16"), "UTF-16"
        except UnicodeDecodeError as error:
            raise NoEsBaseDeDatos("no es texto: su marca de UTF-16 es falsa", archivo=archivo) from error
    if b"\0" in datos:
        raise NoEsBaseDeDatos("es un archivo binario, no una tabla en texto", archivo=archivo)
    try:
        return datos.decode("utf-8-sig"), "UTF-8"
    except UnicodeDecodeError:
        return datos.decode("utf-8-sig", errors=_WINDOWS), "Windows-1252"


_WINDOWS = "pregon-windows-1252"
_ALTOS = re.compile(rb"[\x80-\xff]+")


def _como_windows(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    # The whole run of bytes that are not ASCII: accented letters side by side are of one encoding.
    altos = _ALTOS.match(error.object, error.start)
    malos = altos[0] if altos else error.object[error.start : error.end]
    fin = error.start + len(malos)
    try:
        return malos.decode("cp1252"), fin
    except UnicodeDecodeError:
        # The five bytes that cp1252 leaves undefined: names suffer, not counts.
        return malos.decode("latin-1"), fin


codecs.register_error(_WINDOWS, _como_windows)


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
            # A name may be empty, where `ZipInfo.is_dir` breaks.
            entradas = [e for e in zip_.infolist() if not e.filename.endswith("/")]
        except (zipfile.BadZipFile, EOFError, ValueError, NotImplementedError) as error:
            raise ErrorDeDatos(
                "el ZIP está incompleto o dañado; descárguelo de nuevo", archivo=nombre
            ) from error
        if len(entradas) > limites.miembros:
            raise ErrorDeDatos(
                f"el ZIP trae {len(entradas)} archivos (máximo {limites.miembros})", archivo=nombre
            )
        if any(e.filename == "[Content_Types].xml" for e in entradas):
            raise NoEsBaseDeDatos("es un libro de Excel; guárdelo como CSV", archivo=nombre)
        for entrada in sorted(entradas, key=lambda e: e.filename):
            archivo = f"{nombre}/{entrada.filename.replace(chr(92), '/')}"
            carpeta, _, hoja = archivo.rpartition("/")
            if not hoja or hoja.startswith(".") or "__MACOSX" in entrada.filename:
                continue
            if _LEEME.search(normal(hoja)):
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
        if entrada.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
            causa = "está comprimido de un modo que aquí no se lee, o dañado; descárguelo de nuevo"
            raise ErrorDeDatos(causa, archivo=archivo)
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
            causa = (
                "está cifrado con contraseña; descomprímalo antes"
                if cifrado
                else "está dañado dentro del ZIP; descárguelo de nuevo"
            )
            raise ErrorDeDatos(causa, archivo=archivo) from error
        self._leidos += len(datos)
        _acotar(archivo, self._leidos, limites)
        return datos


def _acotar(archivo: str, n: int, limites: Limites) -> None:
    if n > limites.bytes_archivo:
        raise ErrorDeDatos(f"pasa de {limites.bytes_archivo // 2**20} MB", archivo=archivo)
