"""C6: the same rows in any order, batching and repetition are the same actas at every instant."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pregon.origin.sources.fuente import pendiente
from pregon.origin.sources.lotes import Catalogo, Reunion
from pregon.prep.acta import Acta, Contabilizada
from pregon.prep.base_de_datos import BaseDeDatos
from pregon.testing.captura import DIP, Captura

MINUTO = timedelta(minutes=1)
VERIFICADA = datetime(2026, 6, 7, 18, 30)  # noqa: DTZ001 - local time as printed
FILAS = 5
"""Of the catalogue."""


@dataclass(frozen=True)
class Mesa:
    """A small election, a file of it, and the rows that a capture system may tell, each with its stamp."""

    catalogo: Catalogo
    base: BaseDeDatos
    sello: datetime

    def reunion(self, archivos: Sequence[tuple[int, Sequence[Acta]]]) -> Reunion:
        reunion = Reunion(self.catalogo)
        for minuto, actas in archivos:
            base = replace(self.base, actas=tuple(actas), filas=tuple(range(len(actas))))
            reunion.agregar(base, self.sello + minuto * MINUTO)
        return reunion


@pytest.fixture(scope="module")
def mesa() -> Mesa:
    captura = Captura(casillas=12)
    base = captura.base(DIP, 140)
    filas = [a for a in base.actas if a.contada][:3]
    # R83: two rows of one key told apart by their lista nominal, two by nothing at all.
    filas += [replace(filas[1], lista_nominal=9), filas[2]]
    (dip,) = (e for e in captura.jornada.elecciones if e.clave == DIP)
    catalogo = Catalogo(dip, replace(base, actas=tuple(filas)), captura.jornada.instituto.zona)
    return Mesa(catalogo, base, captura.sello(1))


@dataclass(frozen=True)
class Dicho:
    """What one row says: stamp, row of the catalogue, kind, hour, votes; few of each, so that they meet."""

    sello: int
    lugar: int
    que: str
    hora: int
    votos: int

    def acta(self, catalogo: Catalogo) -> Acta:
        fila = catalogo.actas[self.lugar]
        contada = replace(
            fila,
            contabilizada=Contabilizada.SI,
            observaciones="",
            votos=(self.votos,) * len(fila.votos),
            codigo_integridad=f"{self.lugar:063d}{self.votos}",
            verificacion=VERIFICADA + self.hora * MINUTO,
        )
        match self.que:
            # Written alike for rows that nothing tells apart, it would be as many as the file shows at once.
            case "sin acta" if len(catalogo.lugar(fila)) == 1:
                return replace(
                    contada,
                    contabilizada=Contabilizada.NO,
                    observaciones="SIN ACTA",
                    verificacion=None,
                    codigo_integridad="",
                )
            case "pendiente":
                return pendiente(fila)
            case "fuera":
                return replace(
                    contada,
                    contabilizada=Contabilizada.FUERA_DE_CATALOGO,
                    casilla=replace(fila.casilla, clave=""),
                    acopio=contada.verificacion,
                    verificacion=None,
                )
            case "ajena":
                return replace(contada, casilla=replace(fila.casilla, clave="X"))
            case _:
                return contada


CLASES = ("captura", "captura", "captura", "sin acta", "pendiente", "fuera", "ajena")
DICHOS = st.builds(
    Dicho,
    sello=st.integers(0, 4),
    lugar=st.integers(0, FILAS - 1),
    que=st.sampled_from(CLASES),
    hora=st.integers(0, 1),
    votos=st.integers(0, 2),
)


def repartir(dichos: Sequence[Dicho], mesa: Mesa, azar: Random) -> list[tuple[int, list[Acta]]]:
    """Batch the rows in some other way: any size and order, some twice, some late, each with its stamp."""
    repetidos = [*dichos, *azar.choices(dichos, k=len(dichos) // 2)]
    azar.shuffle(repetidos)
    archivos: list[tuple[int, list[Acta]]] = []
    for dicho in repetidos:
        abiertos = [actas for sello, actas in archivos if sello == dicho.sello]
        if not abiertos or azar.random() < 0.3:
            archivos.append((dicho.sello, abierto := []))
        else:
            abierto = azar.choice(abiertos)
        abierto.append(dicho.acta(mesa.catalogo))
    azar.shuffle(archivos)
    return archivos


def todo(mesa: Mesa, archivos: Sequence[tuple[int, Sequence[Acta]]]) -> list[object]:
    """Return what is known at every minute, and the causes."""
    reunion = mesa.reunion(archivos)
    return [reunion.causas, *(reunion.en(mesa.sello + minuto * MINUTO) for minuto in range(6))]


def en_orden(mesa: Mesa, dichos: Sequence[Dicho]) -> list[object]:
    return todo(mesa, [(d.sello, [d.acta(mesa.catalogo)]) for d in dichos])


@given(dichos=st.lists(DICHOS, min_size=5, max_size=40), azar=st.randoms(use_true_random=False))
@settings(max_examples=100)
def test_c6_any_batching_gives_the_same_actas(mesa: Mesa, dichos: list[Dicho], azar: Random) -> None:
    assert todo(mesa, repartir(dichos, mesa, azar)) == en_orden(mesa, dichos)


@pytest.mark.full
def test_c6_a_thousand_shuffles_of_one_night(mesa: Mesa) -> None:
    azar = Random(2026)
    dichos = [
        Dicho(
            azar.randrange(5),
            azar.randrange(FILAS),
            azar.choice(CLASES),
            azar.randrange(2),
            azar.randrange(3),
        )
        for _ in range(150)
    ]
    esperado = en_orden(mesa, dichos)

    assert all(todo(mesa, repartir(dichos, mesa, azar)) == esperado for _ in range(1000))
