"""A small night by hand, for tests in which every figure is meant: two distritos, three parties.

Vote columns: ALFA, BETA, GAMA, C_ALFA_BETA, no registradas, nulos.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Self

from pregon.origin.motor import contar
from pregon.prep.acta import Acta, Casilla, Celda, Contabilizada, Marcador, Renglon, TipoCasilla
from pregon.prep.contienda import columnas
from pregon.prep.corte import Corte
from pregon.prep.jornada import (
    Ambito,
    Candidatura,
    Coalicion,
    Eleccion,
    Jornada,
    Partido,
    Tipo,
    Unidad,
)
from pregon.testing.estrategias import INSTITUTO, JORNADA

PARTIDOS = (
    Partido(clave="ALFA", nombre="Partido Alfa", color="#aa0000"),
    Partido(clave="BETA", nombre="Partido Beta", color="#00aa00"),
    Partido(clave="GAMA", nombre="Partido <Gama>", color="#0000aa"),
)
JUNTOS = Coalicion(clave="ALFA_BETA", nombre="Juntos", partidos=("ALFA", "BETA"), color="#884400")
ELECCION = Eleccion(
    clave="DIP_LOC",
    nombre="Diputaciones Locales",
    titulo="DIPUTACIONES LOCALES",
    slug="diputaciones",
    ambito=Ambito.DISTRITO,
    detalle=Ambito.DISTRITO,
    unidades=(Unidad(numero=1, nombre="Acuña", frontera=True), Unidad(numero=2, nombre="Saltillo")),
    partidos=PARTIDOS,
    coaliciones=(JUNTOS,),
    columnas=columnas(PARTIDOS, (JUNTOS,)),
    candidaturas=(Candidatura(unidad=1, clave="GAMA", propietaria="<b>Ana</b> & Cía", suplente="Luz Díaz"),),
)
NOCHE = replace(
    JORNADA,
    nombre="Diputaciones 2026",
    tipo=Tipo.OFICIAL,
    rol="oficial",
    instituto=replace(INSTITUTO, url="https://instituto.example"),
    retencion=datetime(2026, 6, 15, 5, 59, tzinfo=UTC),
    computos=date(2026, 6, 10),
    elecciones=(ELECCION,),
)


class Noche:
    """Rows of the small catalogue, added one by one."""

    def __init__(self) -> None:
        """Begin without rows."""
        self.actas: list[Acta] = []

    def pon(
        self,
        votos: Sequence[Celda] | None,
        *,
        unidad: int | None = 1,
        seccion: int | None = 10,
        tipo: TipoCasilla = TipoCasilla.BASICA,
        contabilizada: Contabilizada | None = None,
        observaciones: str = "",
        tipo_acta: str = "3",
        nominal: int = 500,
    ) -> Self:
        """Add one row; `votos` None: it has not arrived."""
        if contabilizada is None:
            contabilizada = Contabilizada.PENDIENTE if votos is None else Contabilizada.SI
        numero = len(self.actas) + 1
        acta = Acta(
            renglon=Renglon(numero),
            casilla=Casilla(
                clave=f"05{seccion or 0:04d}{tipo.value}{numero:02d}00",
                unidad=unidad,
                seccion=seccion,
                numero=numero,
                tipo=tipo,
                extension=0,
                ubicacion=1,
            ),
            tipo_acta=tipo_acta,
            contabilizada=contabilizada,
            observaciones="-" if votos is None else observaciones,
            votos=tuple([Marcador.NO_APLICA] * 6 if votos is None else votos),
            lista_nominal=nominal,
        )
        self.actas.append(acta)
        return self


def cuenta(actas: Iterable[Acta], *, noche: Jornada = NOCHE, numero: int = 2, ultimo: bool = False) -> Corte:
    """Count some rows as a corte of the night."""
    instante = noche.apertura + (numero - 1) * noche.periodo
    return contar(noche, numero=numero, instante=instante, ultimo=ultimo, actas={"DIP_LOC": tuple(actas)})
