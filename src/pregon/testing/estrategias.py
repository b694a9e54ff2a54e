"""Hypothesis strategies for elections, actas and cortes: small, and nasty where real files are.

What is drawn is what our own writer may be handed: text that a CSV can carry back and forth (no control
characters, no spaces at the ends), times in whole seconds. `cortes` is a plausible one; `noches` is
everything that a capture system may hand over, counted by nobody yet.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from pregon.origin.motor import contar
from pregon.prep.acta import Acta, Casilla, Celda, Contabilizada, Marcador, Renglon, TipoCasilla
from pregon.prep.contienda import columnas
from pregon.prep.corte import Corte
from pregon.prep.dialecto import PRESETS
from pregon.prep.jornada import (
    Ambito,
    Candidatura,
    Coalicion,
    Eleccion,
    Instituto,
    Jornada,
    Partido,
    Tipo,
    Unidad,
)

INSTITUTO = Instituto(
    nombre="Instituto Electoral de Coahuila",
    siglas="IEC",
    url="https://www.example.mx",
    telefono="844 000 0000",
    entidad="COAHUILA",
    entidad_nombre="Coahuila",
    id_entidad=5,
    abreviatura="COAH",
    capital="Saltillo",
    zona=ZoneInfo("America/Monterrey"),
    zona_frontera=ZoneInfo("America/Matamoros"),
)
APERTURA = datetime(2026, 6, 8, 0, 30, tzinfo=UTC)
JORNADA = Jornada(
    nombre="Noche",
    tipo=Tipo.SIMULACRO,
    rol="simulacro-pruebas",
    instituto=INSTITUTO,
    fecha=date(2026, 6, 7),
    apertura=APERTURA,
    periodo=timedelta(minutes=10),
    cierre=APERTURA + timedelta(hours=24),
    retencion=APERTURA + timedelta(days=7),
    computos=None,
    elecciones=(),
)
"""A whole night but for its elections."""
_SIGLAS = ("PAN", "PRI", "PT", "PVEM", "MC", "MORENA")


def textos() -> SearchStrategy[str]:
    """Draw names of people: any letters, and what a spreadsheet would take for a formula (I5)."""
    libres = st.text(st.characters(codec="utf-8", exclude_categories=("C", "Z")), min_size=1, max_size=20)
    return st.one_of(
        libres, libres.map(lambda t: "=" + t), st.sampled_from(['a "b", c', "Ñandú; Íñigo", "@x", "-1"])
    )


@st.composite
def elecciones(draw: st.DrawFn) -> Eleccion:
    """Draw an election by distritos or municipios, with or without a partial coalition and an independent."""
    ambito = draw(st.sampled_from((Ambito.DISTRITO, Ambito.MUNICIPIO)))
    numeros = draw(st.lists(st.integers(1, 38), min_size=1, max_size=4, unique=True))
    siglas = draw(st.lists(st.sampled_from(_SIGLAS), min_size=2, max_size=5, unique=True))
    partidos = [Partido(clave=s, nombre=s, color="#123456") for s in siglas]
    if draw(st.booleans()):
        partidos.append(
            Partido(clave="CAND_IND_1", nombre="Independiente", color="#654321", independiente=True)
        )
    donde = draw(st.none() | st.frozensets(st.sampled_from(numeros), min_size=1))
    coaliciones = (
        (
            Coalicion(
                clave="COA", nombre="Coalición", partidos=tuple(siglas[:2]), color="#abcdef", unidades=donde
            ),
        )
        if draw(st.booleans())
        else ()
    )
    return Eleccion(
        clave="DIP_LOC" if ambito is Ambito.DISTRITO else "AYUN",
        nombre="Diputaciones Locales" if ambito is Ambito.DISTRITO else "Ayuntamientos",
        titulo="DIPUTACIONES LOCALES" if ambito is Ambito.DISTRITO else "AYUNTAMIENTOS",
        slug="eleccion",
        ambito=ambito,
        detalle=ambito,
        unidades=tuple(Unidad(numero=n, nombre=f"Unidad {n}") for n in sorted(numeros)),
        partidos=tuple(partidos),
        coaliciones=coaliciones,
        columnas=columnas(partidos, coaliciones),
        candidaturas=tuple(
            Candidatura(unidad=n, clave=p.clave, propietaria=draw(textos()))
            for n in sorted(numeros)
            for p in partidos[2:]
        ),
        anio=2026,
    )


def celdas() -> SearchStrategy[Celda]:
    """Draw a vote cell: a count or a marker (R60)."""
    return st.one_of(
        st.integers(0, 2000),
        st.sampled_from((Marcador.ILEGIBLE, Marcador.SIN_DATO, Marcador.NO_APLICA)),
    )


@st.composite
def actas(draw: st.DrawFn, eleccion: Eleccion, renglon: int) -> Acta:
    """Draw an acta of the catalogue in any state but fuera de catálogo; keys are unique by `renglon`."""
    tipo = draw(
        st.sampled_from(
            (TipoCasilla.BASICA, TipoCasilla.CONTIGUA, TipoCasilla.ESPECIAL, TipoCasilla.VOTO_ANTICIPADO)
        )
    )
    sin_casilla = tipo is TipoCasilla.VOTO_ANTICIPADO
    seccion, numero = (None, None) if sin_casilla else (renglon, draw(st.integers(1, 12)))
    casilla = Casilla(
        clave=f"05{seccion or 0:04d}{tipo.value}{numero or renglon:02d}00",
        unidad=draw(st.sampled_from([u.numero for u in eleccion.unidades])),
        seccion=seccion,
        numero=numero,
        tipo=tipo,
        extension=0,
        ubicacion=draw(st.sampled_from((1, 2))),
    )
    estado = draw(st.sampled_from((Contabilizada.PENDIENTE, Contabilizada.SI, Contabilizada.NO)))
    pendiente = estado is Contabilizada.PENDIENTE
    ancho = len(eleccion.columnas)
    return Acta(
        renglon=Renglon(renglon),
        casilla=casilla,
        tipo_acta=draw(st.sampled_from(("3EMR", "3ERP"))) if tipo is TipoCasilla.ESPECIAL else "3",
        contabilizada=estado,
        observaciones=_OBSERVACIONES[estado],
        votos=(Marcador.NO_APLICA,) * ancho
        if pendiente
        else tuple(draw(st.lists(celdas(), min_size=ancho, max_size=ancho))),
        lista_nominal=0 if tipo is TipoCasilla.ESPECIAL else draw(st.integers(0, 900)),
        representantes=Marcador.N_A if sin_casilla else 20,
        boletas_sobrantes=draw(celdas()),
        personas_votaron=draw(celdas()),
        representantes_votaron=draw(celdas()),
        votos_sacados=draw(celdas()),
        total_asentado=draw(celdas()),
        mecanismos_traslado="" if pendiente else draw(st.sampled_from(("", "F", "F-I-D"))),
        codigo_integridad="" if pendiente else f"{renglon:064x}",
        verificacion=None if pendiente else draw(_horas()),
    )


@st.composite
def cortes(draw: st.DrawFn, *, tipo: Tipo = Tipo.SIMULACRO) -> Corte:
    """Draw a corte of one small election, counted by the plain engine."""
    eleccion = draw(elecciones())
    filas = [draw(actas(eleccion, n)) for n in range(1, draw(st.integers(1, 8)) + 1)]
    numero = draw(st.integers(1, 145))
    jornada = replace(
        JORNADA,
        nombre="Diputaciones 2026",
        tipo=tipo,
        rol="oficial" if tipo is Tipo.OFICIAL else JORNADA.rol,
        computos=date(2026, 6, 10),
        elecciones=(eleccion,),
    )
    return contar(
        jornada,
        numero=numero,
        instante=APERTURA + (numero - 1) * jornada.periodo,
        ultimo=draw(st.booleans()),
        actas={eleccion.clave: filas},
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Noche:
    """What an engine is handed: the elections of a night, and the actas of one instant."""

    jornada: Jornada
    actas: Mapping[str, Sequence[Acta]]
    """By `Eleccion.clave`, in the order of the catalogue."""
    numero: int
    ultimo: bool

    @property
    def instante(self) -> datetime:
        """Return the instant of the corte."""
        return self.jornada.apertura + (self.numero - 1) * self.jornada.periodo


@st.composite
def noches(draw: st.DrawFn, *, elecciones: int = 2, actas: int = 8) -> Noche:
    """Draw a night of up to so many elections, each with up to so many actas, of the hardest kind."""
    contiendas = [draw(contiendas_dificiles(f"E{n}")) for n in range(draw(st.integers(1, elecciones)))]
    filas = {
        e.clave: [draw(actas_dificiles(e, n)) for n in range(1, draw(st.integers(0, actas)) + 1)]
        for e in contiendas
    }
    dialecto = PRESETS[draw(st.sampled_from(sorted(PRESETS)))]
    jornada = replace(JORNADA, elecciones=tuple(contiendas), dialecto=dialecto)
    return Noche(jornada=jornada, actas=filas, numero=draw(st.integers(1, 145)), ultimo=draw(st.booleans()))


@st.composite
def contiendas_dificiles(draw: st.DrawFn, clave: str) -> Eleccion:
    """Draw an election of any ámbito: coalitions that differ by unidad and overlap, independents in some."""
    ambito = draw(st.sampled_from(Ambito))
    detalle = draw(st.sampled_from(Ambito)) if ambito is Ambito.ENTIDAD else ambito
    numeros = [0] if detalle is Ambito.ENTIDAD else _UNIDADES[: draw(st.integers(1, 3))]
    siglas = _SIGLAS[: draw(st.integers(1, 4))]
    donde = st.none() | st.frozensets(st.sampled_from(numeros), min_size=1)
    partidos = [Partido(clave=s, nombre=s, color="#123456") for s in siglas]
    partidos += [
        Partido(clave=f"CAND_IND_{n}", nombre="CI", color="#654321", independiente=True, unidades=draw(donde))
        for n in range(1, draw(st.integers(0, 2)) + 1)
    ]
    # Some share parties, some are the same parties elsewhere.
    sociedades = (siglas[:2], siglas[1:4], siglas[:3])
    coaliciones = tuple(
        Coalicion(
            clave=f"COA_{n}", nombre=f"Coalición {n}", partidos=socios, color="#abcdef", unidades=draw(donde)
        )
        for n, socios in enumerate(draw(st.lists(st.sampled_from(sociedades), max_size=3)))
        if len(socios) > 1
    )
    return Eleccion(
        clave=clave,
        nombre=f"Elección {clave}",
        titulo=f"ELECCION {clave}",
        slug=clave.lower(),
        ambito=ambito,
        detalle=detalle,
        unidades=tuple(Unidad(numero=n, nombre=f"Unidad {n}") for n in numeros),
        partidos=tuple(partidos),
        coaliciones=coaliciones,
        columnas=columnas(partidos, coaliciones),
        anio=2026,
        municipios=tuple(Unidad(numero=n, nombre=f"Municipio {n}") for n in (1, 2)),
    )


MUNICIPIOS = {1: 2, 2: 1, 3: 2, 4: 1}
"""Of each sección of a `Noche`, whatever its unidad."""
_UNIDADES = [1, 2, 17]
_AJENA = 99
"""Number of a unidad that the election does not have."""


@st.composite
def actas_dificiles(draw: st.DrawFn, eleccion: Eleccion, renglon: int) -> Acta:
    """Draw a row in any state with any text: CONTABILIZADA and the rest need not agree."""
    estado = draw(st.sampled_from(Contabilizada))
    fuera = estado is Contabilizada.FUERA_DE_CATALOGO
    observaciones = "FUERA DE CATALOGO" if fuera else draw(st.sampled_from(_TEXTOS))
    seccion = None if fuera else draw(st.none() | st.sampled_from(sorted(MUNICIPIOS)))
    unidad = None if fuera else draw(st.none() | st.sampled_from([*_UNIDADES, _AJENA]))
    if eleccion.detalle is Ambito.ENTIDAD and not fuera:
        unidad = 0
    tipo = draw(st.sampled_from(TipoCasilla))
    votos = draw(st.tuples(*[_CELDAS] * len(eleccion.columnas)))
    suma = sum(v for v in votos if isinstance(v, int))
    return Acta(
        renglon=Renglon(renglon),
        casilla=Casilla(
            clave="" if fuera else f"05{seccion or 0:04d}{tipo.value}{renglon:02d}00",
            unidad=unidad,
            seccion=seccion,
            numero=None if fuera else 1,
            tipo=tipo,
            extension=0,
            ubicacion=3 if fuera else 1,
            municipio=None if seccion is None else MUNICIPIOS[seccion],
        ),
        tipo_acta=draw(st.sampled_from(("3", "3EMR", "3ERP"))),
        contabilizada=estado,
        observaciones=observaciones,
        votos=votos,
        lista_nominal=0 if fuera else draw(st.integers(0, 1) | st.integers(0, 999_999)),
        codigo_integridad=f"{renglon:064x}",
        sin_desglose=draw(st.integers(-suma, 9)) if estado is Contabilizada.SI else 0,
    )


_CELDAS: SearchStrategy[Celda] = st.one_of(
    st.integers(0, 3), st.sampled_from(Marcador), st.integers(0, 9_999_999)
)
_TEXTOS = (
    "",
    "-",
    "EXCEDE LISTA NOMINAL",
    "ALGUN CAMPO ILEGIBLE O SIN DATO",
    "TODOS ILEGIBLES O SIN DATO",
    "ALGUN CAMPO ILEGIBLE O SIN DATO, EXCEDE LISTA NOMINAL",
    "SIN ACTA POR CASILLA NO INSTALADA",
    "SIN ACTA POR PAQUETE NO ENTREGADO",
    "SIN ACTA POR PAQUETE ENTREGADO SIN BOLSA",
    "SIN ACTA POR PAQUETE ENTREGADO SIN SOBRE",
    "sin_acta",
    "N/A",
    "IDENTIFICACION FORZADA",
    "Excede; letra distinta del número",
    "['Ilegible', 'Sin dato']",
    "=una que nadie conoce",
)


_OBSERVACIONES = {
    Contabilizada.PENDIENTE: "-",
    Contabilizada.SI: "",
    Contabilizada.NO: "EXCEDE LISTA NOMINAL",
    Contabilizada.FUERA_DE_CATALOGO: "FUERA DE CATALOGO",
}


def _horas() -> SearchStrategy[datetime]:
    """Draw local official times of the night, naive as printed (R82)."""
    return st.integers(0, 86_400).map(
        lambda s: (APERTURA + timedelta(seconds=s)).astimezone(INSTITUTO.zona).replace(tzinfo=None)
    )
