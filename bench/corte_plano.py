"""`corte-plano`: what `pregon corte` does with a file, against the shortest honest sum of the same columns.

The file is the base de datos of the last corte of the synthetic night *Diputaciones 2026*. Ours reads it row
by row with every care, without any column library, and adds it up; the peer is what a journalist writes in
five lines: `csv.DictReader` and a sum of the counted rows.
"""

import csv
import io
from datetime import datetime

from entry import Entry, Sides

from pregon.origin import motor
from pregon.origin.sources import ejemplos
from pregon.origin.sources.sintetica import Sintetica
from pregon.prep import base_de_datos, eleccion, escribir
from pregon.prep.corte import ResultadoEleccion
from pregon.prep.totales import totales

NOCHE = "diputaciones"


def prepare() -> Sides:
    """Invent the night, write its last base de datos, and bind both sides to those bytes."""
    resultado, nombre, datos = _ultima_base()
    claves = [columna.clave for columna in resultado.eleccion.columnas]

    def ours() -> dict[str, int]:
        (base,) = base_de_datos.leer(nombre, datos)
        return dict(zip(claves, totales(base.actas, len(claves)).votos, strict=True))

    def peer() -> dict[str, int]:
        lineas = io.StringIO(datos.decode("utf-8-sig"))
        while not (cabeza := next(lineas)).startswith("CLAVE_CASILLA"):
            pass
        suma = dict.fromkeys(claves, 0)
        for fila in csv.DictReader(lineas, fieldnames=next(csv.reader([cabeza]))):
            if fila["CONTABILIZADA"] == "1":
                for clave in claves:
                    celda = fila[clave]
                    suma[clave] += int(celda) if celda.isdigit() else 0
        return suma

    return Sides(ours=ours, peer=peer)


def _ultima_base() -> tuple[ResultadoEleccion, str, bytes]:
    noche = Sintetica(eleccion.leer(ejemplos.texto(NOCHE), archivo=NOCHE))
    cierre: datetime = noche.jornada.cierre
    corte = motor.contar(
        noche.jornada, numero=1, instante=cierre, ultimo=True, actas=noche.leer(cierre).actas
    )
    resultado = corte.resultados[0]
    archivos = dict(escribir.base_de_datos(corte, resultado))
    nombre = escribir.nombres(corte, resultado.eleccion).resultados
    return resultado, nombre, archivos[nombre]


ENTRY = Entry(id="corte-plano", goal=10.0, prepare=prepare)
