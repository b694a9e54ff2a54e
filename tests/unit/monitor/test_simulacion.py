"""A day of 200 difusores in virtual time: nobody is suspended who should not be (H7, H8, S5)."""

import random
from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from pregon.monitor.periodos import Periodo, Visto, juzgar, vuelve_a_responder
from pregon.paquete.difusores import Difusor, Estado, Suceso, Vigilancia, siguiente

INICIO = datetime(2026, 6, 8, 0, 30, tzinfo=UTC)
MINUTO = timedelta(minutes=1)
DIEZ = 10 * MINUTO
CORTES = 144
DIFUSORES = 200
CAIDA_DE_LA_VIGILANCIA = (500.0, 535.0)


@dataclass(frozen=True)
class Ausencia:
    """Minutes during which a difusor does not answer."""

    desde: float
    hasta: float

    def __contains__(self, minuto: float) -> bool:
        return self.desde <= minuto < self.hasta


def noche(azar: random.Random) -> tuple[dict[str, list[Ausencia]], dict[str, Ausencia]]:
    """Return all absences, and the twenty of them that are long: at least 40 minutes."""
    ids = [f"d{i:03d}" for i in range(DIFUSORES)]
    cortas = {
        i: [Ausencia(m, m + azar.uniform(1, 4)) for m in (azar.uniform(0, 1430) for _ in range(5))]
        for i in ids
    }
    largas = {}
    for i in azar.sample(ids, 20):
        # Clear of the monitor's own outage, whose periods count for nobody.
        desde = azar.choice([azar.uniform(20, 380), azar.uniform(560, 1200)])
        largas[i] = Ausencia(desde, desde + azar.uniform(40, 90))
    return {i: cortas[i] + ([largas[i]] if i in largas else []) for i in ids}, largas


def simular(
    ausencias: dict[str, list[Ausencia]], azar: random.Random
) -> tuple[dict[str, list[tuple[float, Estado]]], dict[str, set[int]]]:
    """Probe each difusor once a minute with 2 % of loss.

    Return every change of state by minute, and the cortes that each one showed within their own period.
    """
    difusores = [
        Difusor(id=i, nombre=i, url=f"https://{i}.mx", transporte="local", destino=i) for i in ausencias
    ]
    vigilancias = {d.id: Vigilancia() for d in difusores}
    vistos: dict[str, list[Visto]] = {d.id: [] for d in difusores}
    cambios: dict[str, list[tuple[float, Estado]]] = defaultdict(list)
    mostrados: dict[str, set[int]] = {d.id: set() for d in difusores}
    fase = {d.id: azar.random() for d in difusores}

    def poner(quien: str, minuto: float, nueva: Vigilancia) -> None:
        if nueva.estado is not vigilancias[quien].estado:
            cambios[quien].append((minuto, nueva.estado))
        vigilancias[quien] = nueva

    for corte in range(1, CORTES + 1):
        for minuto in range(10 * (corte - 1), 10 * corte):
            if CAIDA_DE_LA_VIGILANCIA[0] <= minuto < CAIDA_DE_LA_VIGILANCIA[1]:
                continue
            for quien, estado in vigilancias.items():
                cuando = minuto + fase[quien]
                ausente = any(cuando in a for a in ausencias[quien]) or azar.random() < 0.02
                # A node has a corte half a minute after its publication.
                llegado = corte if cuando >= 10 * (corte - 1) + 0.5 else corte - 1
                if not ausente and llegado == corte:
                    mostrados[quien].add(corte)
                visto = Visto(
                    inicio=INICIO + cuando * MINUTO,
                    fin=INICIO + cuando * MINUTO,
                    corte=None if ausente else llegado,
                    respondio=not ausente,
                    completo=not ausente,
                )
                vistos[quien].append(visto)
                if vuelve_a_responder(estado, vistos[quien], DIEZ):
                    poner(quien, cuando, siguiente(estado, Suceso.RESPUESTA, instante=visto.fin))
        plazo = INICIO + corte * DIEZ
        periodo = Periodo(corte=corte, inicio=plazo - DIEZ, plazo=plazo, a_tiempo=True, ultimo=False)
        juicio = juzgar(periodo, difusores, vigilancias, vistos)
        for quien, veredicto in juicio.veredictos.items():
            rastreo = quien in juicio.rastreados
            poner(
                quien,
                10.0 * corte,
                siguiente(vigilancias[quien], veredicto, instante=plazo, rastreo=rastreo),
            )
        vistos = {quien: lista[-2:] for quien, lista in vistos.items()}
    return cambios, mostrados


def test_h8_a_day_of_200_difusores_has_no_false_suspension_and_every_long_outage() -> None:
    azar = random.Random(20260607)
    ausencias, largas = noche(azar)

    cambios, mostrados = simular(ausencias, azar)

    suspensiones = {
        quien: [m for m, estado in lista if estado is Estado.SUSPENDIDO] for quien, lista in cambios.items()
    }
    assert {quien for quien, minutos in suspensiones.items() if minutos} == set(largas)
    for quien, ausencia in largas.items():
        assert suspensiones[quien] == [tercer_plazo_faltado(mostrados[quien])]
        assert 20 < suspensiones[quien][0] - ausencia.desde <= 41


def tercer_plazo_faltado(mostrados: set[int]) -> float:
    """Return the minute of the first third deadline in a row that was missed; no outage is near the void."""
    vacios = range(51, 55)
    faltados = [c for c in range(1, CORTES + 1) if c not in mostrados and c not in vacios]
    return next(10.0 * c for c in faltados if c - 1 in faltados and c - 2 in faltados)


def test_g9_every_long_outage_returns_by_itself() -> None:
    azar = random.Random(7)
    ausencias, largas = noche(azar)

    cambios, _ = simular(ausencias, azar)

    for quien, ausencia in largas.items():
        estados = [e for _, e in cambios[quien]]
        assert estados[-1] is Estado.ACTIVO
        vuelta = max(m for m, e in cambios[quien] if e is Estado.ACTIVO)
        assert vuelta - ausencia.hasta <= 31
