"""Files to measure with: nights invented by the shipped generator and written by the shipped writer."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from pregon.origin import motor
from pregon.origin.sources import ejemplos
from pregon.origin.sources.sintetica import Sintetica
from pregon.prep import eleccion, escribir
from pregon.prep.contienda import columnas
from pregon.prep.escribir.resultados import resultados
from pregon.prep.jornada import CatalogoSintetico, Coalicion, Jornada

CASILLAS: Final = 4_280
"""Of Coahuila."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Archivo:
    """The results of one election, on disk."""

    clave: str
    ruta: Path
    renglones: int
    columnas: int
    """Of the rows, votes and the rest."""


Suma = list[tuple[int, ...]]
"""Votes of the counted rows of each file, by column."""
Manera = Callable[[Jornada, Sequence[Archivo]], Suma]
"""A way to get them."""


def estado() -> Jornada:
    """Return three elections of Coahuila's size, with two coalitions of three parties: 50 columns each."""
    noche = eleccion.leer(ejemplos.texto("diputaciones"), archivo="diputaciones")
    coaliciones = tuple(
        Coalicion(clave=f"COA_{n}", nombre=f"Coalición {n}", partidos=partidos, color="#336699")
        for n, partidos in enumerate((("PAN", "PRI", "PRD"), ("PT", "PVEM", "MORENA")), start=1)
    )
    base = noche.elecciones[0]
    una = replace(
        base, coaliciones=coaliciones, columnas=columnas(base.partidos, coaliciones), candidaturas=()
    )
    tres = tuple(
        replace(una, clave=clave, catalogo=CatalogoSintetico(casillas=CASILLAS, semilla=n))
        for n, clave in enumerate(("GUB", "DIP_LOC", "AYUN"))
    )
    return replace(noche, elecciones=tres)


def nacional() -> Jornada:
    """Return the shipped national night: three elections of 174,000 casillas."""
    return eleccion.leer(ejemplos.texto("nacional"), archivo="nacional")


def escritas(jornada: Jornada, carpeta: Path) -> Iterator[Archivo]:
    """Write the last results of a night, one election after another to spare memory."""
    for una in jornada.elecciones:
        noche = Sintetica(replace(jornada, elecciones=(una,)))
        actas = noche.leer(jornada.cierre).actas
        corte = motor.contar(noche.jornada, numero=1, instante=jornada.cierre, ultimo=True, actas=actas)
        (resultado,) = corte.resultados
        ruta = carpeta / escribir.nombres(corte, una).resultados
        datos = resultados(corte, resultado, resultado.actas)
        ruta.write_bytes(datos)
        encabezado = datos.splitlines()[cabeza(datos)]
        yield Archivo(
            clave=una.clave, ruta=ruta, renglones=len(resultado.actas), columnas=encabezado.count(b",") + 1
        )


def cabeza(datos: bytes) -> int:
    """Return how many lines stand above the names of the columns."""
    return datos[: datos.index(b"TIPO_CASILLA")].count(b"\n")
