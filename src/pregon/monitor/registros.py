"""What the monitor writes, and what it remembers from it: two chained books, append-only (decisions §1).

`transiciones.jsonl`: each published corte as it was first seen, each transition with its evidence, each
judged period, each finding and its end. `sondeos.jsonl`: every probe. The monitor keeps no other state:
when it starts, it derives everything from these, so a kill at any moment repeats and forgets nothing.
A period's transitions are written before the period itself; one that was left half written is finished
from the same probes, and nobody is judged twice by the same deadline.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from pregon.monitor.periodos import Juicio, Periodo, Visto
from pregon.monitor.ronda import Clase, Hallazgo, Sondeo
from pregon.paquete.bitacora import Asiento
from pregon.paquete.difusores import (
    ACTO_TRANSICION,
    Causa,
    Difusor,
    DifusorPublico,
    Estado,
    ListaDeDifusores,
    Veredicto,
    Vigilancia,
    leer_transicion,
)

CORTE: Final = "corte"
PERIODO: Final = "periodo"
SONDEO: Final = "sondeo"
CORREGIDO: Final = "corregido"
_INSTITUTO: Final = "guardia del Instituto"

Clave = tuple[Clase, str, str]
"""A finding as long as it lasts: class, path, what was obtained."""


def clave(hallazgo: Hallazgo) -> Clave:
    """Return what makes two findings of one difusor the same."""
    return hallazgo.clase, hallazgo.ruta, hallazgo.obtenido


@dataclass(slots=True, kw_only=True)
class Recuerdo:
    """What the records say so far. The monitor changes it right after each record, never before."""

    vigilancias: dict[str, Vigilancia]
    asientos: dict[str, int]
    """Number of the last transition of each difusor."""
    plazos: dict[str, datetime] = field(default_factory=dict)
    """Deadline by which each difusor was last judged."""
    suspensiones: dict[str, int] = field(default_factory=dict)
    cortes: dict[int, str] = field(default_factory=dict)
    """Number → SHA-256 of the manifest."""
    pendientes: list[Periodo] = field(default_factory=list)
    """Periods without verdicts yet, in order."""
    juzgado: Periodo | None = None
    abiertos: dict[str, set[Clave]] = field(default_factory=dict)
    """Findings that have not been corrected."""

    def tomar_actos(self, lista: ListaDeDifusores, *, ahora: datetime) -> tuple[DifusorPublico, ...]:
        """Take in the states of the signed list that only an operator's act explains; return those.

        A list that has not yet caught up with the last transition explains nothing.
        """
        nuevos = []
        for publico in lista.difusores:
            propia = self.vigilancias.get(publico.id)
            al_corriente = publico.asiento >= self.asientos.get(publico.id, 0)
            if propia is None or publico.estado is propia.estado or not al_corriente:
                continue
            self.vigilancias[publico.id] = Vigilancia(
                estado=publico.estado,
                causa=Causa.OPERADOR if publico.estado is Estado.SUSPENDIDO else None,
                desde=ahora,
            )
            nuevos.append(publico)
        return tuple(nuevos)

    def anotar_transicion(self, asiento: Asiento) -> None:
        """Take in one transition."""
        transicion = leer_transicion(asiento.objeto, asiento.instante, asiento.datos)
        self.vigilancias[asiento.objeto] = transicion.a
        self.asientos[asiento.objeto] = asiento.numero
        if transicion.a.estado is Estado.SUSPENDIDO and transicion.de.estado is not Estado.SUSPENDIDO:
            self.suspensiones[asiento.objeto] = self.suspensiones.get(asiento.objeto, 0) + 1
        plazo = transicion.evidencia.get("plazo")
        if plazo is not None:
            self.plazos[asiento.objeto] = datetime.fromisoformat(plazo)

    def anotar_corte(self, asiento: Asiento) -> None:
        """Take in one published corte."""
        datos = asiento.datos
        self.cortes[datos["numero"]] = datos["sha256"]
        if datos["periodo"] is not None:
            self.pendientes.append(_periodo(datos["periodo"]))

    def anotar_periodo(self, asiento: Asiento) -> None:
        """Take in one judged period."""
        self.juzgado = _periodo(asiento.datos["periodo"])
        self.pendientes = [p for p in self.pendientes if p.plazo > self.juzgado.plazo]

    def anotar_hallazgo(self, asiento: Asiento) -> None:
        """Take in one finding, or its end."""
        abiertos = self.abiertos.setdefault(asiento.objeto, set())
        datos = asiento.datos
        una = Clase(datos["clase"]), datos["ruta"], datos["obtenido"]
        if asiento.acto == CORREGIDO:
            abiertos.discard(una)
        else:
            abiertos.add(una)


def recordar(difusores: Sequence[Difusor], asientos: Sequence[Asiento]) -> Recuerdo:
    """Derive the monitor's memory from its own transitions; records of other difusores are left aside."""
    memoria = Recuerdo(
        vigilancias={d.id: Vigilancia() for d in difusores}, asientos={d.id: 0 for d in difusores}
    )
    for asiento in asientos:
        if asiento.acto == CORTE:
            memoria.anotar_corte(asiento)
        elif asiento.acto == PERIODO:
            memoria.anotar_periodo(asiento)
        elif "clase" in asiento.datos:
            memoria.anotar_hallazgo(asiento)
        elif asiento.acto == ACTO_TRANSICION and asiento.objeto in memoria.vigilancias:
            memoria.anotar_transicion(asiento)
    return memoria


def datos_de_corte(numero: int, sha256: str, periodo: Periodo | None) -> dict[str, Any]:
    """Return the evidence of a corte as the monitor first saw it."""
    return {"numero": numero, "sha256": sha256, "periodo": _periodo_json(periodo) if periodo else None}


def datos_de_juicio(juicio: Juicio) -> dict[str, Any]:
    """Return the record of a judged period."""

    def de(veredicto: Veredicto) -> list[str]:
        return sorted(id_ for id_, v in juicio.veredictos.items() if v is veredicto)

    return {
        "periodo": _periodo_json(juicio.periodo),
        "nulo": juicio.nulo.value if juicio.nulo else None,
        "cumplidos": de(Veredicto.CUMPLIDO),
        "faltados": de(Veredicto.FALTADO),
        "nulos": de(Veredicto.NULO),
    }


def datos_de_hallazgo(hallazgo: Hallazgo) -> dict[str, Any]:
    """Return the record of a finding."""
    return {
        "clase": hallazgo.clase.value,
        "ruta": hallazgo.ruta,
        "esperado": hallazgo.esperado,
        "obtenido": hallazgo.obtenido,
        "tamano": hallazgo.tamano,
        "desde_byte": hallazgo.desde_byte,
    }


def datos_de_sondeo(sondeo: Sondeo) -> dict[str, Any]:
    """Return the record of a probe."""
    return {
        "inicio": sondeo.inicio.astimezone(UTC).isoformat(),
        "segundos": sondeo.segundos,
        "corte": sondeo.corte,
        "al_dia": sondeo.al_dia,
        "completo": sondeo.completo,
        "portada": sondeo.portada,
        "archivos": sondeo.archivos,
        "bytes": sondeo.bytes,
        "latido": sondeo.latido,
        "falla": sondeo.falla,
        "hallazgos": [datos_de_hallazgo(h) for h in sondeo.hallazgos],
    }


def visto_de(datos: Mapping[str, Any]) -> Visto:
    """Read from a probe's record what a verdict needs."""
    inicio = datetime.fromisoformat(datos["inicio"])
    return Visto(
        inicio=inicio,
        fin=inicio + timedelta(seconds=datos["segundos"]),
        corte=datos["corte"] if datos["al_dia"] else None,
        respondio=datos["corte"] is not None,
        completo=datos["completo"],
        falla=datos["falla"],
    )


def evidencia(vistos: Sequence[Visto], *, maximo: int = 8) -> list[dict[str, Any]]:
    """Return the last probes as a transition carries them."""
    return [
        {"inicio": v.inicio.astimezone(UTC).isoformat(), "corte": v.corte, "falla": v.falla[:200]}
        for v in vistos[-maximo:]
    ]


def evidencia_de(objeto: str, hallazgo: Hallazgo) -> str:
    """Return where the evidence of two histories stands, in the monitor's folder."""
    return f"equivocos/{objeto}-{hallazgo.obtenido[:16]}.json"


def llamada(difusor: Difusor | None, motivo: str, *, restan: int | None = None) -> dict[str, Any]:
    """Return the call task: who is called, why, and how many missed periods remain (decisions §22).

    Without a difusor it is the institute's own affair: its shift is at the monitor.
    """
    return {
        "contacto": difusor.contacto if difusor else _INSTITUTO,
        "telefono": difusor.telefono if difusor else "",
        "motivo": motivo,
        "restan": restan,
    }


def _periodo_json(periodo: Periodo) -> dict[str, Any]:
    return {
        "corte": periodo.corte,
        "inicio": periodo.inicio.isoformat(),
        "plazo": periodo.plazo.isoformat(),
        "a_tiempo": periodo.a_tiempo,
        "ultimo": periodo.ultimo,
    }


def _periodo(datos: Mapping[str, Any]) -> Periodo:
    return Periodo(
        corte=datos["corte"],
        inicio=datetime.fromisoformat(datos["inicio"]),
        plazo=datetime.fromisoformat(datos["plazo"]),
        a_tiempo=datos["a_tiempo"],
        ultimo=datos["ultimo"],
    )
