"""The fast engine: a night's actas kept in columns, and the corte counted from them (R39–R49, R72–R76).

Pure: bytes and actas come in, values go out. All sums are of 64-bit integers. What it counts is counted again
from the written files by `prep.recontar`, which shares no sum with it (C1).

    tabla      actas in columns; an `Acta` is made when somebody asks for it
    contar     columns → `Corte`
    leer       a published base de datos → columns; what is not regular goes through `prep.base_de_datos`
    cuerpo     its lines and the text of their columns
    hechos     what its rows say in numbers, and which of them are regular
    pausa      no search for cycles meanwhile
"""

from pregon.origin.motor.contar import contar, contar_eleccion
from pregon.origin.motor.leer import leer
from pregon.origin.motor.tabla import Tabla

__all__ = ["Tabla", "contar", "contar_eleccion", "leer"]
