"""A whole night invented from a seed: catalogue, candidaturas, actas, their times and their faults.

The same night and seed give the same actas on any machine. Every case of the treatment table occurs (R59):
clean, partly or wholly illegible, over the lista nominal (some of them illegible too), identified by the PTO,
the three kinds of *Sin acta*, fuera de catálogo, never arrived. Some actas are corrected after they were
published, and where a party stands in part of the units only, one of the others first shows cells of it that
a correction of the catalogue takes away (R36). Arrivals are spread over the window of the night, whatever its
length, so that its last corte has about 97 % of the actas. Strengths of parties and all names are drawn at
random and mean nothing.
"""

import hashlib
import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from pregon.origin.sources.azar import Azar
from pregon.origin.sources.catalogo_sintetico import Esperada, catalogo_pedido, esperadas
from pregon.origin.sources.dibujo import dibujar
from pregon.origin.sources.fuente import Entrada, Historia, Historias, pendiente
from pregon.origin.sources.urna import (
    SIN_ACTA,
    Horas,
    Urna,
    codigo,
    con,
    observacion,
    sin_acta,
    tratar,
)
from pregon.prep.acta import Acta, Casilla, Celda, Contabilizada, Marcador, Renglon, TipoCasilla
from pregon.prep.contienda import contendientes
from pregon.prep.dialecto import Observacion
from pregon.prep.jornada import Ambito, Candidatura, ClaseColumna, Eleccion, Jornada

# Shares of the actas.
_NUNCA_LLEGA = 0.026
_CORREGIDA = 0.002
_FUERA_DE_CATALOGO = 0.002

_RITMO = (
    0.0, 0.07, 0.10, 0.125, 0.145, 0.165, 0.185, 0.205, 0.22, 0.24, 0.255, 0.27, 0.285, 0.305, 0.32,
    0.335, 0.355, 0.37, 0.39, 0.405, 0.425, 0.445, 0.46, 0.485, 0.505, 0.53, 0.555, 0.58, 0.61, 0.645,
    0.69, 0.75, 1.0,
)  # fmt: skip
"""How much of the night has passed when each further 1/32 of its actas is there: quick, with a long tail."""

_NOMBRES = (
    "Alejandra", "Beatriz", "Carlos", "Daniela", "Eduardo", "Fernanda", "Gerardo", "Hilda", "Ignacio",
    "Julia", "Karla", "Leonardo", "Mariana", "Norberto", "Olivia", "Patricio", "Raquel", "Sergio", "Teresa",
)  # fmt: skip
_APELLIDOS = (
    "Aguirre", "Benavides", "Cárdenas", "Dávila", "Elizondo", "Flores", "Garza", "Hernández", "Ibarra",
    "Jasso", "Landeros", "Martínez", "Navarro", "Ortiz", "Peña", "Quintero", "Ramos", "Salazar", "Treviño",
)  # fmt: skip


class Sintetica:
    """A `Fuente` that needs no file. Building it invents the night; asking for an instant is quick."""

    def __init__(self, jornada: Jornada, semilla: int = 0, *, con_imagenes: bool = False) -> None:
        """Invent the night of every election that brings a synthetic catalogue.

        `semilla` is added to the seed of each catalogue. `con_imagenes`: the night draws its actas, and the
        hash of each image is its CODIGO_INTEGRIDAD. ErrorDeConfiguracion for an election without a catalogue.
        """
        self.jornada = replace(
            jornada, elecciones=tuple(_con_candidaturas(e, semilla) for e in jornada.elecciones)
        )
        llegadas = {e.clave: _llegadas(self.jornada, e, semilla) for e in self.jornada.elecciones}
        self._retratadas: dict[str, tuple[Eleccion, Acta]] = {}
        """By hash, the acta that its image shows: nothing is kept of an image that can be drawn again."""
        if con_imagenes:
            llegadas = {
                e.clave: tuple([self._con_imagen(e, a) for a in llegadas[e.clave]])
                for e in self.jornada.elecciones
            }
        self._historias = Historias(llegadas)

    def leer(self, hasta: datetime) -> Entrada:
        """Return what is known at an instant; see `Fuente.leer`."""
        return self._historias.leer(hasta)

    def buscar(
        self,
        codigos: Iterable[str],
        plazo: float,  # noqa: ARG002 — a drawing waits for nobody
    ) -> Iterator[tuple[str, bytes]]:
        """Draw the images of this night; see `imagenes.Imagenes.buscar`."""
        for codigo_ in codigos:
            if codigo_ in self._retratadas:
                eleccion, acta = self._retratadas[codigo_]
                yield codigo_, dibujar(acta, eleccion, self.jornada)

    def _con_imagen(self, eleccion: Eleccion, llegada: Historia) -> Historia:
        """Give each version the hash of its image; those that share one show what the last of them says."""
        codigos: dict[str, str] = {}
        for _, acta in reversed(llegada.versiones):
            if acta and acta.codigo_integridad and acta.codigo_integridad not in codigos:
                sha256 = hashlib.sha256(dibujar(acta, eleccion, self.jornada)).hexdigest()
                codigos[acta.codigo_integridad] = sha256
                self._retratadas[sha256] = (eleccion, acta)
        return replace(
            llegada,
            versiones=tuple(
                (instante, acta and replace(acta, codigo_integridad=codigos.get(acta.codigo_integridad, "")))
                for instante, acta in llegada.versiones
            ),
        )


def _azar(eleccion: Eleccion, semilla: int, asunto: str) -> Azar:
    return Azar(f"pregon/{eleccion.clave}/{catalogo_pedido(eleccion).semilla + semilla}/{asunto}")


def _con_candidaturas(eleccion: Eleccion, semilla: int) -> Eleccion:
    """Invent who stands where the TOML names nobody: in each unit, one per coalition or party alone."""
    if eleccion.candidaturas:
        return eleccion
    azar = _azar(eleccion, semilla, "candidaturas")

    def nombre() -> str:
        return f"{azar.choice(_NOMBRES)} {azar.choice(_APELLIDOS)} {azar.choice(_APELLIDOS)}"

    unidades = (0,) if eleccion.ambito is Ambito.ENTIDAD else tuple(u.numero for u in eleccion.unidades)
    return replace(
        eleccion,
        candidaturas=tuple(
            Candidatura(unidad=unidad, clave=contendiente.clave, propietaria=nombre(), suplente=nombre())
            for unidad in unidades
            for contendiente in contendientes(eleccion, unidad)
        ),
    )


def _llegadas(jornada: Jornada, eleccion: Eleccion, semilla: int) -> tuple[Historia, ...]:
    catalogo = esperadas(eleccion, jornada.instituto.id_entidad, _azar(eleccion, semilla, "catalogo"))
    azar = _azar(eleccion, semilla, "noche")
    horario = _Horario(jornada)
    urna = Urna(eleccion, _azar(eleccion, semilla, "preferencias"))
    enmienda = _enmienda(eleccion, horario, _azar(eleccion, semilla, "enmienda"))
    llegadas = [
        _llegada(Renglon(n), esperada, urna=urna, horario=horario, enmienda=enmienda, azar=azar)
        for n, esperada in enumerate(catalogo, start=1)
    ]
    ajenas = sorted(horario.verificacion(azar) for _ in range(math.ceil(len(catalogo) * _FUERA_DE_CATALOGO)))
    llegadas += [
        _fuera_de_catalogo(Renglon(n), len(eleccion.columnas), instante, horario=horario, azar=azar)
        for n, instante in enumerate(ajenas, start=len(catalogo) + 1)
    ]
    return tuple(llegadas)


def _llegada(
    renglon: Renglon,
    esperada: Esperada,
    *,
    urna: Urna,
    horario: "_Horario",
    enmienda: "_Enmienda | None",
    azar: Azar,
) -> Historia:
    instante = horario.verificacion(azar, frontera=esperada.frontera, urbana=esperada.urbana)
    acta = urna.acta(renglon, esperada, horario.horas(instante, azar), azar)
    antes = pendiente(acta)
    causa = observacion(esperada, azar)
    if azar.random() < _NUNCA_LLEGA:
        return Historia(antes, ())
    if causa in SIN_ACTA:
        return Historia(antes, ((instante, sin_acta(acta, causa)),))
    if causa is not None:
        acta = tratar(acta, causa, azar)
    if enmienda is not None and acta.contada and enmienda.toca(esperada, instante):
        return Historia(antes, _con_enmienda(acta, instante, enmienda, horario, azar))
    if acta.contada and azar.random() < _CORREGIDA:
        return Historia(antes, ((instante, acta), _correccion(acta, instante, horario, azar)))
    return Historia(antes, ((instante, acta),))


class _Horario:
    """When things happen: election time within the window of the night, printed in the entidad's hour."""

    def __init__(self, jornada: Jornada) -> None:
        self.apertura, self.cierre = jornada.apertura, jornada.cierre
        self.ventana = jornada.cierre - jornada.apertura
        self.zona = jornada.instituto.zona
        self._cierra = self._seis_de_la_tarde(jornada, jornada.instituto.zona)
        self._cierra_frontera = self._seis_de_la_tarde(jornada, jornada.instituto.zona_frontera or self.zona)
        self._ultima = self.apertura + 0.985 * self.ventana

    def verificacion(self, azar: Azar, *, frontera: bool = False, urbana: bool = True) -> datetime:
        """Draw when an acta is verified. Border casillas close earlier by the capital's clock (R3)."""
        parte = azar.de_curva(_RITMO) * 1.06 - 0.05 - 0.08 * frontera + 0.06 * (not urbana)
        cierra = self._cierra_frontera if frontera else self._cierra
        primera = cierra + timedelta(minutes=azar.uniform(12, 30))
        return min(max(self.apertura + parte * self.ventana, primera), self._ultima).replace(microsecond=0)

    def mas_tarde(self, instante: datetime, azar: Azar) -> datetime:
        """Draw a moment between an instant and the close."""
        return (instante + azar.uniform(0.15, 0.9) * (self.cierre - instante)).replace(microsecond=0)

    def horas(self, verificacion: datetime, azar: Azar) -> Horas:
        """Draw the two steps before; no clock is put forward or back within minutes of them."""
        local = self.local(verificacion)
        captura = local - timedelta(seconds=azar.randint(40, 300))
        acopio = captura - timedelta(seconds=azar.randint(30, 300))
        return Horas(acopio=acopio, captura=captura, verificacion=local)

    def local(self, instante: datetime) -> datetime:
        return instante.astimezone(self.zona).replace(tzinfo=None, microsecond=0)

    @staticmethod
    def _seis_de_la_tarde(jornada: Jornada, zona: ZoneInfo) -> datetime:
        return datetime.combine(jornada.fecha, time(18), tzinfo=zona).astimezone(UTC)


def _correccion(acta: Acta, instante: datetime, horario: _Horario, azar: Azar) -> tuple[datetime, Acta]:
    """Correct a published acta later in the night: some of its votes fall (R36).

    Half of the time its image was the wrong one too, and comes with another hash (R100).
    """
    cuando = horario.mas_tarde(instante, azar)
    mayor = max(range(len(acta.votos)), key=lambda i: v if isinstance(v := acta.votos[i], int) else -1)
    celda = acta.votos[mayor]
    menos = celda - celda // 3 if isinstance(celda, int) else celda
    otra_imagen = azar.random() < 0.5
    return cuando, replace(
        acta,
        votos=con(acta.votos, {mayor: menos}),
        verificacion=horario.local(cuando),
        codigo_integridad=codigo(azar) if otra_imagen else acta.codigo_integridad,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Enmienda:
    """A correction of the catalogue: until then one unit's form had a party that does not stand there."""

    unidad: int
    columna: int
    instante: datetime

    def toca(self, esperada: Esperada, instante: datetime) -> bool:
        """Say whether an acta was captured with the wrong form."""
        return esperada.casilla.unidad == self.unidad and instante < self.instante


def _enmienda(eleccion: Eleccion, horario: _Horario, azar: Azar) -> _Enmienda | None:
    """Choose the unit and the party, where there are parties that stand in part of the units only."""
    de_toda = eleccion.ambito is Ambito.ENTIDAD
    partidos = {p.clave: p.unidades for p in eleccion.partidos if p.unidades is not None and not de_toda}
    erradas = [
        (unidad.numero, i)
        for i, columna in enumerate(eleccion.columnas)
        if columna.clase is ClaseColumna.PARTIDO and columna.clave in partidos
        for unidad in eleccion.unidades
        if unidad.numero not in (partidos[columna.clave] or ())
    ]
    if not erradas:
        return None
    unidad, columna = azar.choice(erradas)
    instante = (horario.apertura + azar.uniform(0.4, 0.7) * horario.ventana).replace(microsecond=0)
    return _Enmienda(unidad=unidad, columna=columna, instante=instante)


def _con_enmienda(
    acta: Acta, instante: datetime, enmienda: _Enmienda, horario: _Horario, azar: Azar
) -> tuple[tuple[datetime, Acta], ...]:
    """Return what was read in the cell that the form should not have, and its correction to ``-`` (R36)."""
    cuando = min(enmienda.instante + timedelta(seconds=azar.randint(0, 240)), horario.cierre)
    suerte = azar.random()
    leido: Celda = 0 if suerte < 0.6 else azar.randint(1, 9) if suerte < 0.9 else Marcador.SIN_DATO
    errada = replace(acta, votos=con(acta.votos, {enmienda.columna: leido}))
    if leido is Marcador.SIN_DATO:
        errada = replace(errada, observaciones=Observacion.ALGUN_CAMPO.value)
    return (instante, errada), (cuando, replace(acta, verificacion=horario.local(cuando)))


def _fuera_de_catalogo(
    renglon: Renglon, columnas: int, instante: datetime, *, horario: _Horario, azar: Azar
) -> Historia:
    nada = Casilla(
        clave="",
        unidad=None,
        seccion=None,
        numero=None,
        tipo=TipoCasilla.DESCONOCIDA,
        extension=0,
        ubicacion=3,
    )
    acta = Acta(
        renglon=renglon,
        casilla=nada,
        tipo_acta="",
        contabilizada=Contabilizada.FUERA_DE_CATALOGO,
        observaciones="FUERA DE CATALOGO",
        votos=(Marcador.VACIO,) * columnas,
        lista_nominal=0,
        codigo_integridad=codigo(azar),
        acopio=horario.local(instante),
        origen="CASILLA",
        digitalizacion="MOVIL",
        tipo_documento="ACTA PREP",
    )
    return Historia(None, ((instante, acta),))
