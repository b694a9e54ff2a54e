"""A capture system with a small synthetic night of two elections: its catalogue, whole exports, batches."""

import csv
import io
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from pregon.origin import motor
from pregon.origin.sources import ejemplos
from pregon.origin.sources.lotes import Catalogo
from pregon.origin.sources.sintetica import Sintetica
from pregon.prep import eleccion, escribir
from pregon.prep.acta import Acta
from pregon.prep.base_de_datos import BaseDeDatos, leer
from pregon.prep.jornada import Jornada

DIP, AYUN = "DIP_LOC", "AYUN"


class Captura:
    """What it knows at an instant is told as bases de datos, written by ourselves."""

    def __init__(self, *, casillas: int = 120, semilla: int = 1) -> None:
        """Invent the night."""
        noche = eleccion.leer(ejemplos.texto("diputaciones"), archivo="diputaciones")
        ayun = eleccion.leer(ejemplos.texto("ayuntamientos"), archivo="ayuntamientos")
        elecciones = [
            replace(e, catalogo=replace(e.catalogo, casillas=casillas))
            for e in (noche.elecciones[0], ayun.elecciones[0])
            if e.catalogo is not None
        ]
        self._fuente = Sintetica(replace(noche, elecciones=tuple(elecciones)), semilla)
        self.jornada: Jornada = self._fuente.jornada

    def sello(self, corte: int) -> datetime:
        """Return the instant of a corte."""
        return self.jornada.apertura + (corte - 1) * self.jornada.periodo

    def actas(self, clave: str, corte: int) -> Sequence[Acta]:
        """Return what is known of an election at a corte."""
        return self._fuente.leer(self.sello(corte)).actas[clave]

    def exportacion(self, clave: str, corte: int) -> bytes:
        """Return all rows of an election, with header figures that are theirs."""
        hecho = motor.contar(
            self.jornada,
            numero=corte,
            instante=self.sello(corte),
            ultimo=False,
            actas=self._fuente.leer(self.sello(corte)).actas,
        )
        (resultado,) = (r for r in hecho.resultados if r.eleccion.clave == clave)
        archivos = dict(escribir.base_de_datos(hecho, resultado))
        return archivos[escribir.nombres(hecho, resultado.eleccion).resultados]

    def lote(self, clave: str, corte: int, renglones: Sequence[int]) -> bytes:
        """Return some rows of the export of a corte, in the order asked for and without header figures."""
        lineas = self.exportacion(clave, corte).decode().splitlines()
        titulos = next(i for i, linea in enumerate(lineas) if linea.startswith("CLAVE_CASILLA"))
        filas = [lineas[titulos + n] for n in renglones]
        return ("\n".join([*lineas[:2], lineas[titulos], *filas]) + "\n").encode()

    def filas(self, clave: str, corte: int) -> list[dict[str, str]]:
        """Return the rows of an export, by heading."""
        texto = self.exportacion(clave, corte).decode()
        return list(csv.DictReader(io.StringIO(texto[texto.index("CLAVE_CASILLA") :])))

    def base(self, clave: str, corte: int) -> BaseDeDatos:
        """Return an export, read."""
        return leer(f"{clave}.csv", self.exportacion(clave, corte))[0]

    def catalogos(self) -> dict[str, Catalogo]:
        """Return what is expected, from an export made before the first acta."""
        zona = self.jornada.instituto.zona
        return {e.clave: Catalogo(e, self.base(e.clave, -20), zona) for e in self.jornada.elecciones}
