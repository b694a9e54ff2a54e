"""The 32 entidades as databases name them and as people read them, with capital and clock; proper names."""

import re
from dataclasses import dataclass
from zoneinfo import ZoneInfo

CENTRO = "America/Mexico_City"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entidad:
    """One entidad federativa."""

    id: int
    clave: str
    """Upper case, no accents, as in databases."""
    nombre: str
    abreviatura: str
    """As in file names."""
    capital: str
    zona: ZoneInfo


def por_nombre(nombre: str | None, numero: int) -> Entidad:
    """Return the entidad of a database, by its number (INE's catalogue) or else by its name.

    An unknown one keeps the name it was given, none is the whole country: both have the clock of the centre.
    """
    limpio = " ".join((nombre or "").upper().split())
    for fila in _TABLA:
        if fila[0] == numero or (limpio and fila[1] == limpio):
            id_, clave, legible, abreviatura, capital, zona = fila
            return Entidad(
                id=id_,
                clave=clave,
                nombre=legible,
                abreviatura=abreviatura,
                capital=capital,
                zona=ZoneInfo(zona),
            )
    return Entidad(
        id=numero,
        clave=limpio,
        nombre=nombre_propio(limpio) or "México",
        abreviatura=limpio[:4] or "MEX",
        capital="la capital",
        zona=ZoneInfo(CENTRO),
    )


def nombre_propio(nombre: str) -> str:
    """Return a name in capitals as people read it: ``SAN JUAN DE SABINAS`` → ``San Juan de Sabinas``.

    A name that already has lower case stays; numbers repeated in front (``007. TENABO``) go.
    """
    limpio = " ".join(re.sub(r"^[0-9]+\s*[.-]\s*", "", nombre.strip()).split())
    if not limpio.isupper():
        return limpio
    palabras = [_palabra(p, primera=i == 0) for i, p in enumerate(limpio.split(" "))]
    return " ".join(palabras)


def _palabra(palabra: str, *, primera: bool) -> str:
    if re.fullmatch(r"[IVX]+", palabra) or re.fullmatch(r"[A-ZÑ]\.", palabra):
        return palabra
    if not primera and palabra in {"DE", "DEL", "LA", "LAS", "LOS", "EL", "Y", "EN"}:
        return palabra.lower()
    return _CON_ACENTO.get(palabra, palabra.capitalize())


_CON_ACENTO = {
    sin: con
    for con in (
        "Acuña", "Cándido", "Ciénegas", "Castaños", "Colón", "Concepción", "Córdoba", "García", "González",
        "Gutiérrez", "Hernández", "Jesús", "Jiménez", "José", "Juárez", "León", "López", "Martín", "Martínez",
        "México", "Múzquiz", "Nicolás", "Pérez", "Rincón", "Rodríguez", "Solís", "Tehuacán", "Teziutlán",
        "Tomás", "Torreón", "Unión", "Xicoténcatl",
    )
    for vocales, letras in (("ÁÉÍÓÚ", "AEIOU"), ("ÁÉÍÓÚÑ", "AEIOUN"))
    for sin in (con.upper().translate(str.maketrans(vocales, letras)),)
}  # fmt: skip
"""Databases drop accents («sin acentos», R82); these are the usual names where a reader misses them."""

_TABLA: tuple[tuple[int, str, str, str, str, str], ...] = (
    (1, "AGUASCALIENTES", "Aguascalientes", "AGS", "Aguascalientes", CENTRO),
    (2, "BAJA CALIFORNIA", "Baja California", "BC", "Mexicali", "America/Tijuana"),
    (3, "BAJA CALIFORNIA SUR", "Baja California Sur", "BCS", "La Paz", "America/Mazatlan"),
    (4, "CAMPECHE", "Campeche", "CAMP", "San Francisco de Campeche", "America/Merida"),
    (5, "COAHUILA", "Coahuila", "COAH", "Saltillo", "America/Monterrey"),
    (6, "COLIMA", "Colima", "COL", "Colima", CENTRO),
    (7, "CHIAPAS", "Chiapas", "CHIS", "Tuxtla Gutiérrez", CENTRO),
    (8, "CHIHUAHUA", "Chihuahua", "CHIH", "Chihuahua", "America/Chihuahua"),
    (9, "CIUDAD DE MEXICO", "Ciudad de México", "CDMX", "Ciudad de México", CENTRO),
    (10, "DURANGO", "Durango", "DGO", "Durango", "America/Monterrey"),
    (11, "GUANAJUATO", "Guanajuato", "GTO", "Guanajuato", CENTRO),
    (12, "GUERRERO", "Guerrero", "GRO", "Chilpancingo", CENTRO),
    (13, "HIDALGO", "Hidalgo", "HGO", "Pachuca", CENTRO),
    (14, "JALISCO", "Jalisco", "JAL", "Guadalajara", CENTRO),
    (15, "MEXICO", "Estado de México", "MEX", "Toluca", CENTRO),
    (16, "MICHOACAN", "Michoacán", "MICH", "Morelia", CENTRO),
    (17, "MORELOS", "Morelos", "MOR", "Cuernavaca", CENTRO),
    (18, "NAYARIT", "Nayarit", "NAY", "Tepic", "America/Mazatlan"),
    (19, "NUEVO LEON", "Nuevo León", "NL", "Monterrey", "America/Monterrey"),
    (20, "OAXACA", "Oaxaca", "OAX", "Oaxaca de Juárez", CENTRO),
    (21, "PUEBLA", "Puebla", "PUE", "Puebla", CENTRO),
    (22, "QUERETARO", "Querétaro", "QRO", "Querétaro", CENTRO),
    (23, "QUINTANA ROO", "Quintana Roo", "QROO", "Chetumal", "America/Cancun"),
    (24, "SAN LUIS POTOSI", "San Luis Potosí", "SLP", "San Luis Potosí", CENTRO),
    (25, "SINALOA", "Sinaloa", "SIN", "Culiacán", "America/Mazatlan"),
    (26, "SONORA", "Sonora", "SON", "Hermosillo", "America/Hermosillo"),
    (27, "TABASCO", "Tabasco", "TAB", "Villahermosa", CENTRO),
    (28, "TAMAULIPAS", "Tamaulipas", "TAMPS", "Ciudad Victoria", "America/Monterrey"),
    (29, "TLAXCALA", "Tlaxcala", "TLAX", "Tlaxcala", CENTRO),
    (30, "VERACRUZ", "Veracruz", "VER", "Xalapa", CENTRO),
    (31, "YUCATAN", "Yucatán", "YUC", "Mérida", "America/Merida"),
    (32, "ZACATECAS", "Zacatecas", "ZAC", "Zacatecas", CENTRO),
)
