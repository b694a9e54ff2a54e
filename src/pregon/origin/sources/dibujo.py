"""The image of an invented acta: a PNG of the form filled in, with SIMULACRO across, made of lines of text.

The same acta gives the same bytes on one machine; how well they are compressed, and so their hash, hangs on
the zlib that the machine has. Black and white, two pixels of paper to each of the little font below.
"""

import struct
import unicodedata
import zlib
from functools import cache
from typing import Final

from pregon.prep.acta import Acta, Celda, Marcador, TipoCasilla
from pregon.prep.jornada import ClaseColumna, Eleccion, Jornada

_COLUMNAS: Final = 64
"""Characters in a line; each is a cell of 8 × 10 small pixels. One more stays blank at each side."""
_RENGLON: Final = 10
_BYTES: Final = 2 * (_COLUMNAS + 2)
"""Of one row of pixels: one bit each, doubled."""
_BLANCO: Final = bytes(_BYTES)
_PALETA: Final = bytes((250, 249, 244, 28, 28, 34))
"""Paper and ink."""
_TRAMA: Final = 6
"""The letters across are hatched: one row of pixels in so many."""

_TIPOS: Final = {
    TipoCasilla.BASICA: "BASICA",
    TipoCasilla.CONTIGUA: "CONTIGUA",
    TipoCasilla.EXTRAORDINARIA: "EXTRAORDINARIA",
    TipoCasilla.ESPECIAL: "ESPECIAL",
    TipoCasilla.VOTO_ANTICIPADO: "VOTO ANTICIPADO",
    TipoCasilla.PRISION_PREVENTIVA: "PRISION PREVENTIVA",
    TipoCasilla.URNA_ELECTRONICA: "URNA ELECTRONICA",
}
_CIFRAS: Final = ("CERO", "UNO", "DOS", "TRES", "CUATRO", "CINCO", "SEIS", "SIETE", "OCHO", "NUEVE")


def dibujar(acta: Acta, eleccion: Eleccion, jornada: Jornada) -> bytes:
    """Return the PNG of an acta, whatever its CODIGO_INTEGRIDAD says."""
    renglones = _formulario(acta, eleccion, jornada)
    filas = [_BLANCO] * (2 * _RENGLON)
    for renglon in renglones:
        filas += _filas(renglon)
    filas += [_BLANCO] * (2 * _RENGLON)
    for y, trazo in _leyenda(len(filas)):
        tinta = int.from_bytes(filas[y], "big") | trazo
        filas[y] = tinta.to_bytes(_BYTES, "big")
    return _png(filas)


def _formulario(acta: Acta, eleccion: Eleccion, jornada: Jornada) -> list[str]:
    casilla = acta.casilla
    unidad = next((u.nombre for u in eleccion.unidades if u.numero == casilla.unidad), "")
    sin_numero = "N/A" if casilla.unidad is not None else "SIN IDENTIFICAR"
    seccion = f"{casilla.seccion:04d}" if casilla.seccion is not None else sin_numero
    renglones = [
        jornada.instituto.nombre.center(_COLUMNAS),
        "ACTA DE ESCRUTINIO Y COMPUTO".center(_COLUMNAS),
        f"{eleccion.nombre} - {jornada.fecha:%d/%m/%Y}".center(_COLUMNAS),
        "",
        f"{eleccion.detalle.value}: {casilla.unidad or ''} {unidad}",
        f"SECCION: {seccion}   CASILLA: {casilla.nombre} {_TIPOS.get(casilla.tipo, '')}",
        f"FOLIO: {acta.renglon:06d}   TIPO DE ACTA: {acta.tipo_acta}   {acta.tipo_documento}",
        "",
        *_cuenta("BOLETAS SOBRANTES", acta.boletas_sobrantes),
        *_cuenta("PERSONAS QUE VOTARON", acta.personas_votaron),
        *_cuenta("REPRESENTANTES QUE VOTARON", acta.representantes_votaron),
        *_cuenta("VOTOS SACADOS DE LA URNA", acta.votos_sacados),
        "-" * _COLUMNAS,
        f"{'RESULTADO DE LA VOTACION':30}{'CON LETRA':25}{'NUMERO':>9}",
        "-" * _COLUMNAS,
    ]
    for columna, votos in zip(eleccion.columnas, acta.votos, strict=True):
        de_varios = columna.clase is ClaseColumna.COMBINACION
        nombre = " ".join(columna.partidos) if de_varios else columna.clave.replace("_", " ")
        renglones += _cuenta(nombre, votos)
    renglones += ["-" * _COLUMNAS, *_cuenta("TOTAL", acta.total_asentado), ""]
    if acta.acopio is not None:
        renglones.append(f"RECIBIDA {acta.acopio:%d/%m/%Y %H:%M:%S}   {acta.origen}   {acta.digitalizacion}")
    return renglones


def _cuenta(nombre: str, celda: Celda) -> list[str]:
    """Write one quantity in letters and in figures; a line that this form does not have is none."""
    if celda in {Marcador.NO_APLICA, Marcador.N_A, Marcador.VACIO}:
        return []
    if isinstance(celda, int):
        letras = " ".join(_CIFRAS[int(c)] for c in str(celda))
        return [f"{nombre:30.29}{letras:25.25}{celda:>9}"]
    garabato = "######" if celda is Marcador.ILEGIBLE else ""
    return [f"{nombre:30.29}{garabato:25}{garabato:>9}"]


def _filas(renglon: str) -> list[bytes]:
    """Return the rows of pixels of a line of text: each dot of a letter is two by two."""
    # An accent is lost, an Ñ is not: it borrows the place of the tilde in the font.
    llano = unicodedata.normalize("NFD", renglon.upper().replace("Ñ", "~")).encode("ascii", "ignore")
    texto = b" " + llano[:_COLUMNAS].ljust(_COLUMNAS + 1)
    filas = []
    for izquierda, derecha in _letras():
        fila = bytearray(_BYTES)
        fila[0::2] = texto.translate(izquierda)
        fila[1::2] = texto.translate(derecha)
        filas += [bytes(fila)] * 2
    return filas + [_BLANCO] * (2 * (_RENGLON - len(_letras())))


@cache
def _letras() -> tuple[tuple[bytes, bytes], ...]:
    """Return, for each row of the font, the two bytes of every character as tables of translation."""
    tablas = []
    for fila in range(7):
        izquierda, derecha = bytearray(256), bytearray(256)
        for letra, puntos in _FUENTE.items():
            doble = int("".join(2 * b for b in f"{int(puntos[2 * fila : 2 * fila + 2], 16) << 2:08b}"), 2)
            izquierda[ord(letra)], derecha[ord(letra)] = divmod(doble, 256)
        tablas.append((bytes(izquierda), bytes(derecha)))
    return tuple(tablas)


@cache
def _leyenda(alto: int) -> tuple[tuple[int, int], ...]:
    """Return the rows that SIMULACRO inks across a page of that height, as (row, bits)."""
    palabra, ancho = "SIMULACRO", 8 * _BYTES
    lado = ancho // (6 * len(palabra))
    subida = alto // 2
    trazos = []
    for y in range(0, alto, _TRAMA):
        bits = 0
        for x in range(ancho):
            columna, fila = x // lado, (y + x * subida // ancho - alto // 2 - subida // 4) // (2 * lado)
            if columna < 6 * len(palabra) and 0 <= fila < 7:
                puntos = int(_FUENTE[palabra[columna // 6]][2 * fila : 2 * fila + 2], 16)
                bits |= (puntos >> (4 - columna % 6) & 1 if columna % 6 < 5 else 0) << (ancho - 1 - x)
        if bits:
            trazos.append((y, bits))
    return tuple(trazos)


def _png(filas: list[bytes]) -> bytes:
    cabeza = struct.pack(">IIBBBBB", 8 * _BYTES, len(filas), 1, 3, 0, 0, 0)
    datos = zlib.compress(b"\0" + b"\0".join(filas), 4)  # a seventh of the time of 9, a tenth larger
    trozos = ((b"IHDR", cabeza), (b"PLTE", _PALETA), (b"IDAT", datos), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(cuerpo)) + tipo + cuerpo + struct.pack(">I", zlib.crc32(tipo + cuerpo))
        for tipo, cuerpo in trozos
    )


_FUENTE: Final = {
    "A": "0E11111F111111", "B": "1E11111E11111E", "C": "0E11101010110E", "D": "1C12111111121C",
    "E": "1F10101E10101F", "F": "1F10101E101010", "G": "0E11101711110F", "H": "1111111F111111",
    "I": "0E04040404040E", "J": "0702020202120C", "K": "11121418141211", "L": "1010101010101F",
    "M": "111B1515111111", "N": "11111915131111", "O": "0E11111111110E", "P": "1E11111E101010",
    "Q": "0E11111115120D", "R": "1E11111E141211", "S": "0F10100E01011E", "T": "1F040404040404",
    "U": "1111111111110E", "V": "11111111110A04", "W": "1111111515150A", "X": "11110A040A1111",
    "Y": "1111110A040404", "Z": "1F01020408101F", "0": "0E11131519110E", "1": "040C040404040E",
    "2": "0E11010204081F", "3": "1F02040201110E", "4": "02060A121F0202", "5": "1F101E0101110E",
    "6": "0608101E11110E", "7": "1F010204080808", "8": "0E11110E11110E", "9": "0E11110F01020C",
    ".": "00000000000C0C", ",": "000000000C0408", ":": "000C0C000C0C00", "-": "0000001F000000",
    "/": "00010204081000", "(": "02040808080402", ")": "08040202020408", "#": "150A150A150A15",
    "~": "0D001119151311",
}  # fmt: skip
"""Seven rows of five dots for each character; what is not here leaves a blank."""
