"""A night from its published databases alone: for the replay (`--desde`) and for `pregon sitio`.

What a database does not tell is supposed in the open: the opening from the stamp (18:00 of the election day,
or what R4's 24 hours leave), coalitions from who stands in each unit (the candidaturas file) or else from
which combinations hold anything there, names from usage.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from pregon.errors import ErrorDeDatos
from pregon.prep import siglas
from pregon.prep.acta import Acta, Marcador
from pregon.prep.base_de_datos import BaseDeDatos
from pregon.prep.entidades import Entidad, por_nombre
from pregon.prep.jornada import (
    Ambito,
    ClaseColumna,
    Coalicion,
    Eleccion,
    Instituto,
    Jornada,
    Partido,
    Tipo,
    Unidad,
)

PERIODO = timedelta(minutes=10)


def jornada(
    bases: Sequence[BaseDeDatos], *, tipo: Tipo, rol: str
) -> tuple[Jornada, dict[str, Sequence[Acta]]]:
    """Return the night and its actas by `Eleccion.clave`.

    ErrorDeDatos when the files are of two entidades or twice of one election, or when none tells its instant.
    """
    if not bases:
        raise ErrorDeDatos("no se dio ninguna base de datos")
    _exigir_una_noche(bases)
    sellos = [b.sello for b in bases if b.sello is not None]
    if not sellos:
        raise ErrorDeDatos("no trae la fecha y hora del corte", archivo=bases[0].archivo)
    sello = max(sellos)
    entidad = por_nombre(bases[0].entidad, bases[0].id_entidad)
    zona = _zona(entidad, sello)
    local = sello.astimezone(zona)
    fecha = _dia_de_la_eleccion(local.date())
    apertura = _apertura(fecha, local, bases)
    elecciones = tuple(_eleccion(b, fecha.year) for b in bases)
    if tipo is Tipo.SIMULACRO:  # people of another night must not look like candidates of a rehearsal (R93)
        elecciones = tuple(
            replace(e, candidaturas=tuple(c.en_blanco() for c in e.candidaturas)) for e in elecciones
        )
    noche = Jornada(
        nombre=f"{entidad.nombre} {fecha.year}",
        tipo=tipo,
        rol=rol,
        instituto=_instituto(entidad, zona),
        fecha=fecha,
        apertura=apertura.astimezone(UTC),
        periodo=PERIODO,
        cierre=(apertura + timedelta(hours=24)).astimezone(UTC),
        retencion=datetime.combine(fecha + timedelta(days=7), time(23, 59), zona).astimezone(UTC),
        computos=None,
        elecciones=elecciones,
    )
    return noche, {e.clave: b.actas for e, b in zip(elecciones, bases, strict=True)}


def _exigir_una_noche(bases: Sequence[BaseDeDatos]) -> None:
    for n, base in enumerate(bases):
        for otra in bases[:n]:
            if otra.eleccion == base.eleccion:
                causa = f"es de la misma elección ({base.eleccion}) que {otra.archivo}"
                raise ErrorDeDatos(f"{causa}; dé un solo corte de cada una", archivo=base.archivo)
            if otra.id_entidad != base.id_entidad:
                raise ErrorDeDatos(f"es de otra entidad que {otra.archivo}", archivo=base.archivo)


def _zona(entidad: Entidad, sello: datetime) -> ZoneInfo:
    """Return the entidad's zone, or a fixed one where the stamp says otherwise: acta times follow the stamp.

    Coahuila stamped UTC-6 in June 2017, when its legal hour was UTC-5.
    """
    desfase = sello.utcoffset()
    if desfase is None or sello.astimezone(entidad.zona).utcoffset() == desfase:
        return entidad.zona
    horas = round(desfase / timedelta(hours=1))
    return ZoneInfo(f"Etc/GMT{-horas:+d}")


def _dia_de_la_eleccion(dia: date) -> date:
    """Return the Sunday whose night may still be running, else the day itself (a rehearsal)."""
    return dia - timedelta(days=1) if dia.weekday() == 0 else dia


def _apertura(fecha: date, sello: datetime, bases: Sequence[BaseDeDatos]) -> datetime:
    apertura = datetime.combine(fecha, time(18), sello.tzinfo)
    if apertura > sello:
        # A rehearsal by daylight: it opened with its first acta, at the full hour.
        horas = (
            a.verificacion
            for b in bases
            for a in b.actas
            if a.verificacion and a.verificacion.date() == fecha
        )
        primera = min(horas, default=sello.replace(tzinfo=None)).replace(minute=0, second=0)
        return min(primera.replace(tzinfo=sello.tzinfo), sello)
    return max(apertura, sello - timedelta(hours=24))


def _eleccion(base: BaseDeDatos, anio: int) -> Eleccion:
    partidos = tuple(
        Partido(
            clave=c.clave,
            nombre=_nombre_independiente(c.clave) if independiente else siglas.nombre(c.clave),
            color=siglas.color(c.clave),
            independiente=independiente,
            unidades=None if base.ambito is Ambito.ENTIDAD else _donde(base, i),
        )
        for i, c in enumerate(base.columnas)
        if (independiente := c.clase is ClaseColumna.INDEPENDIENTE) or c.clase is ClaseColumna.PARTIDO
    )
    nombre, slug = _NOMBRES.get(
        base.eleccion, (base.titulo.capitalize() or "Elección", base.eleccion.lower())
    )
    return Eleccion(
        clave=base.eleccion,
        nombre=nombre,
        titulo=base.titulo or nombre.upper(),
        slug=slug,
        ambito=base.ambito,
        detalle=base.detalle,
        unidades=base.unidades or (Unidad(numero=1, nombre="Sin unidad"),),
        partidos=partidos,
        coaliciones=_coaliciones(base, [p.clave for p in partidos]),
        columnas=base.columnas,
        candidaturas=base.candidaturas,
        anio=anio,
    )


_NOMBRES = {
    "GUB": ("Gubernatura", "gubernatura"),
    "GOB": ("Gubernatura", "gubernatura"),
    "DIP_LOC": ("Diputaciones Locales", "diputaciones"),
    "DIP_FED": ("Diputaciones Federales", "diputaciones"),
    "AYUN": ("Ayuntamientos", "ayuntamientos"),
    "JUNTAS": ("Juntas Municipales", "juntas"),
    "SEN": ("Senadurías", "senadurias"),
    "PRES": ("Presidencia", "presidencia"),
}


def _nombre_independiente(clave: str) -> str:
    digitos = "".join(c for c in clave if c.isdigit())
    return f"Candidatura independiente {digitos}".rstrip()


_NO_ESTA = {Marcador.NO_APLICA, Marcador.VACIO, Marcador.SIN_ACTA, Marcador.N_A}
"""What a captured acta says where an option does not stand, or says nothing about it (R70)."""


def _donde(base: BaseDeDatos, columna: int) -> frozenset[int] | None:
    """Return the units in which an option stands, judged by the captured actas; None: in all that tell."""
    dicen: set[int] = set()
    presentes: set[int] = set()
    for acta in base.actas:
        unidad = acta.casilla.unidad
        if acta.capturada and not acta.sin_acta and unidad is not None:
            dicen.add(unidad)
            if acta.votos[columna] not in _NO_ESTA:
                presentes.add(unidad)
    return None if presentes >= dicen else frozenset(presentes)


def _coaliciones(base: BaseDeDatos, orden: Sequence[str]) -> tuple[Coalicion, ...]:
    combinaciones = [
        (i, c.partidos)
        for i, c in enumerate(base.columnas)
        if c.clase is ClaseColumna.COMBINACION and len(c.partidos) > 1
    ]
    if not combinaciones:
        return ()
    por_unidad = _con_candidatura(base, combinaciones, _activas(base, [i for i, _ in combinaciones]))
    partes = {
        unidad: _uniones([miembros for i, miembros in combinaciones if i in activas])
        for unidad, activas in por_unidad.items()
    }
    callan = {u.numero for u in base.unidades} - partes.keys() if base.ambito is not Ambito.ENTIDAD else set()
    usual = (
        Counter(frozenset(p) for p in partes.values()).most_common(1)[0][0]
        if partes
        else _disjuntas(miembros for _, miembros in combinaciones)
    )
    unidades: dict[frozenset[str], set[int]] = {}
    for unidad, grupos in (partes | dict.fromkeys(callan, usual)).items():
        for grupo in grupos:
            unidades.setdefault(grupo, set()).add(unidad)
    if not unidades:
        unidades = {grupo: set() for grupo in usual}
    todas = partes.keys() | callan
    lugar = {clave: i for i, clave in enumerate(orden)}
    claves = {frozenset(miembros): base.columnas[i].clave for i, miembros in combinaciones}
    coaliciones = []
    for grupo, donde in unidades.items():
        miembros = tuple(sorted(grupo, key=lambda p: (lugar.get(p, len(lugar)), p)))
        coaliciones.append(
            Coalicion(
                clave=claves.get(grupo, "C_" + "_".join(miembros)),
                nombre="Coalición " + "–".join(miembros),
                partidos=miembros,
                color=siglas.color(miembros[0]),
                unidades=None if base.ambito is Ambito.ENTIDAD or donde >= todas else frozenset(donde),
            )
        )
    return tuple(sorted(coaliciones, key=lambda c: ([lugar.get(p, len(lugar)) for p in c.partidos], c.clave)))


def _activas(base: BaseDeDatos, posiciones: Sequence[int]) -> dict[int, set[int]]:
    """Return by unit (0: the entidad as one) the combinations for which some captured acta has a cell."""
    activas: dict[int, set[int]] = {}
    for acta in base.actas:
        if not acta.capturada or acta.sin_acta:
            continue
        unidad = 0 if base.ambito is Ambito.ENTIDAD else acta.casilla.unidad
        if unidad is not None:
            vistas = activas.setdefault(unidad, set())
            if len(vistas) < len(posiciones):
                vistas.update(i for i in posiciones if i not in vistas and acta.votos[i] not in _NO_ESTA)
    return activas


def _con_candidatura(
    base: BaseDeDatos, combinaciones: Sequence[tuple[int, tuple[str, ...]]], activas: dict[int, set[int]]
) -> dict[int, set[int]]:
    """Where the candidaturas of a unit are known, keep only combinations of one candidacy (R70).

    QROO 2019 and Coahuila 2017 write 0, not ``-``, for a coalition that does not stand in a unit.
    """
    miembros = {c.clave: frozenset(c.partidos) for c in base.columnas}
    conocidas: dict[int, tuple[dict[str, str], list[frozenset[str]]]] = {}
    for c in base.candidaturas:
        personas, juntos = conocidas.setdefault(c.unidad, ({}, []))
        if len(miembros.get(c.clave, ())) > 1:
            juntos.append(miembros[c.clave])
        else:
            personas[c.clave] = " ".join(c.propietaria.casefold().split())
    quedan = {}
    for unidad, indices in activas.items():
        if unidad not in conocidas:
            quedan[unidad] = indices
            continue
        personas, juntos = conocidas[unidad]
        quedan[unidad] = {
            i
            for i, partidos in combinaciones
            if i in indices
            and (any(j.issuperset(partidos) for j in juntos) or _es_una(map(personas.get, partidos)))
        }
    return quedan


def _es_una(personas: Iterable[str | None]) -> bool:
    distintas = set(personas)
    return len(distintas) == 1 and None not in distintas


def _uniones(combinaciones: Iterable[tuple[str, ...]]) -> frozenset[frozenset[str]]:
    """Join combinations that share a party: in one unit a party stands in one coalition only."""
    grupos: list[set[str]] = []
    for miembros in combinaciones:
        unido = set(miembros)
        ajenos = []
        for grupo in grupos:
            if grupo & unido:
                unido |= grupo
            else:
                ajenos.append(grupo)
        grupos = [*ajenos, unido]
    return frozenset(map(frozenset, grupos))


def _disjuntas(combinaciones: Iterable[tuple[str, ...]]) -> frozenset[frozenset[str]]:
    """Return the largest combinations that share nobody: what a file of zeros allows to suppose."""
    elegidas: list[frozenset[str]] = []
    for miembros in sorted(map(frozenset, combinaciones), key=len, reverse=True):
        if not any(miembros & otra for otra in elegidas):
            elegidas.append(miembros)
    return frozenset(elegidas)


_INSTITUTOS = {
    "COAHUILA": ("Instituto Electoral de Coahuila", "IEC", "https://www.iec.org.mx"),
    "PUEBLA": ("Instituto Electoral del Estado de Puebla", "IEE", "https://www.ieepuebla.org.mx"),
    "QUINTANA ROO": ("Instituto Electoral de Quintana Roo", "IEQROO", "https://www.ieqroo.org.mx"),
    "CAMPECHE": ("Instituto Electoral del Estado de Campeche", "IEEC", "https://www.ieec.org.mx"),
    "": ("Instituto Nacional Electoral", "INE", "https://www.ine.mx"),
}


def _instituto(entidad: Entidad, zona: ZoneInfo) -> Instituto:
    supuesto = (f"Organismo Público Local Electoral de {entidad.nombre}", "OPL", "https://www.ine.mx")
    nombre, letras, url = _INSTITUTOS.get(entidad.clave, supuesto)
    return Instituto(
        nombre=nombre,
        siglas=letras,
        url=url,
        telefono="",
        entidad=entidad.clave,
        entidad_nombre=entidad.nombre,
        id_entidad=entidad.id,
        abreviatura=entidad.abreviatura,
        capital=entidad.capital,
        zona=zona,
    )
