"""Many files, one set of actas: whole exports and batches of one election, merged (C6). Pure.

What is merged is a row together with the stamp of the file that brought it. A `Reunion` only ever takes the
earliest and the latest stamp of each distinct content, so that any order, any grouping, repeated and late
files end in the same actas:

* An acta is identified by its place in the catalogue, never by its key (R83): (unidad, clave, tipo de acta),
  then, where several rows share that, by what else the catalogue says of them; rows that not even this
  tells apart are dealt out by CODIGO_INTEGRIDAD, earliest first.
* The newest verification rules. Two contents verified at the same second (a catalogue corrected on the
  night, R36) are told apart by the newest stamp that shows them, and at last by their text.
* A row that says pending in a file newer than any that shows its acta takes the acta back.
* The casilla and its lista nominal are the catalogue's: a change there needs two persons, not a row (C11).
* An acta registered for no casilla of the catalogue is fuera de catálogo (R41), whatever it says of itself.
  Fuera de catálogo, an acta is its CODIGO_INTEGRIDAD and acopio; identified later, it is listed once.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import groupby
from zoneinfo import ZoneInfo

from pregon.errors import ErrorDeDatos
from pregon.origin.sources.fuente import Historia, hora, pendiente
from pregon.prep.acta import Acta, Contabilizada, Renglon
from pregon.prep.base_de_datos import BaseDeDatos
from pregon.prep.jornada import ClaseColumna, Columna, Eleccion

_AVISOS = 20
"""Of a file's own oddities; who wants them all reads it with `pregon corte`."""
_NUNCA = datetime(9999, 1, 1)  # noqa: DTZ001 - beside local times as printed
_Lugar = tuple[int, ...]
"""Indexes of the catalogue's rows that one row may be: nearly always one."""


class Catalogo:
    """The rows expected of one election, in the stable order of R86, and how to find one (R39, R85)."""

    def __init__(self, eleccion: Eleccion, base: BaseDeDatos, zona: ZoneInfo) -> None:
        """Take them from a base de datos, in zeros or not: what was captured is left out.

        Raises ErrorDeDatos when it is of another grain, other vote columns or other unidades.
        """
        self.eleccion, self.zona = eleccion, zona
        alineadas = alineada(eleccion, base)
        conocidas = {u.numero for u in eleccion.unidades} | {None}
        for acta in alineadas:
            if acta.en_catalogo and acta.casilla.unidad not in conocidas:
                causa = f"la elección no tiene {eleccion.detalle.value} {acta.casilla.unidad}"
                raise ErrorDeDatos(f"{causa} (casilla {acta.casilla.clave})", archivo=base.archivo)
        ordenadas = sorted((pendiente(a) for a in alineadas if a.en_catalogo), key=_orden)
        self.actas = tuple(replace(a, renglon=Renglon(i)) for i, a in enumerate(ordenadas, start=1))
        self._lugares: dict[tuple[object, ...], list[int]] = {}
        for i, acta in enumerate(self.actas):
            self._lugares.setdefault(_clave(acta), []).append(i)

    def lugar(self, acta: Acta) -> _Lugar:
        """Return the rows that an acta may be; none when it is of no casilla of the catalogue."""
        lugares = self._lugares.get(_clave(acta), [])
        if len(lugares) > 1:
            rasgos = _rasgos(acta)
            lugares = [i for i in lugares if _rasgos(self.actas[i]) == rasgos]
        return tuple(lugares)

    def situada(self, acta: Acta, i: int) -> Acta:
        """Return an acta at its row, with the catalogue's casilla and lista nominal."""
        fila = self.actas[i]
        return replace(
            acta,
            renglon=fila.renglon,
            casilla=fila.casilla,
            lista_nominal=fila.lista_nominal,
            representantes=fila.representantes,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Lote:
    """What one file brought to its election."""

    sello: datetime
    entero: bool
    """It has every row of the catalogue: it can replace any file before it."""
    avisos: tuple[str, ...]
    """In Spanish, what a person should look at; none of it holds a corte."""


class Reunion:
    """The union of all rows that came for one election."""

    def __init__(self, catalogo: Catalogo) -> None:
        """Start with nothing but what is expected."""
        self._catalogo = catalogo
        self._versiones: dict[_Lugar, list[_Version]] = {}
        self._retiradas: dict[_Lugar, datetime] = {}
        self._fuera: dict[tuple[str, datetime | None], list[_Version]] = {}
        """Those of no casilla, as they came."""

    def agregar(self, base: BaseDeDatos, sello: datetime) -> Lote:
        """Add the rows of one file, as of its stamp.

        Raises ErrorDeDatos, with nothing added, when its columns are not the election's.
        """
        catalogo, zona = self._catalogo, self._catalogo.zona
        actas = alineada(catalogo.eleccion, base)
        filas = [(acta, catalogo.lugar(acta) if acta.en_catalogo else ()) for acta in actas]
        ajenas, otras = [], []
        iguales: Counter[tuple[_Lugar, Acta]] = Counter()
        for acta, lugar in filas:
            if acta.contabilizada is Contabilizada.PENDIENTE:
                if len(lugar) == 1:
                    self._retiradas[lugar] = max(sello, self._retiradas.get(lugar, sello))
            elif lugar:
                fila = catalogo.actas[lugar[0]]
                if acta.lista_nominal not in {0, fila.lista_nominal}:
                    otras.append(_nombre(acta))
                situada, vez = catalogo.situada(acta, lugar[0]), 0
                if len(lugar) > 1 and not acta.codigo_integridad:
                    vez = iguales[lugar, situada] = iguales[lugar, situada] + 1
                _anotar(self._versiones.setdefault(lugar, []), situada, vez, hora(acta, zona), sello)
            else:
                if acta.en_catalogo:
                    ajenas.append(_nombre(acta))
                self._anotar_fuera(acta, sello)
        vistas = {i for _, lugar in filas for i in lugar}
        return Lote(
            sello=sello,
            entero=len(vistas) == len(catalogo.actas),
            avisos=(
                *_juntas(ajenas, "actas registradas sin casilla en el catálogo; van fuera de catálogo (R41)"),
                *_juntas(otras, "casillas con otra lista nominal; rige la del catálogo"),
                *_rarezas(base),
            ),
        )

    @property
    def causas(self) -> tuple[str, ...]:
        """Say whether what came cannot be of this catalogue: actas of casillas, and not one that is known."""
        todas = (v.acta for versiones in self._fuera.values() for v in versiones)
        primera = min((_nombre(acta) for acta in todas if acta.en_catalogo), default="")
        if not primera or self._versiones or self._retiradas:
            return ()
        clave = self._catalogo.eleccion.clave
        return (f"{clave}: ninguna acta es del catálogo de la elección (la primera: {primera})",)

    def en(self, hasta: datetime) -> tuple[Acta, ...]:
        """Return every row as known at an instant: the catalogue's, then those fuera de catálogo."""
        dentro = list(self._catalogo.actas)
        fuera: list[Acta] = []
        for lugar, versiones in self._versiones.items():
            if len(lugar) == 1:
                antes = self._catalogo.actas[lugar[0]]
                dentro[lugar[0]] = _historia(antes, versiones, self._retiradas.get(lugar)).en(hasta) or antes
            else:
                fuera += self._repartir(lugar, versiones, hasta, dentro)
        identificadas = {a.codigo_integridad for a in dentro if a.codigo_integridad}
        for versiones in self._fuera.values():
            acta = _historia(None, versiones, None).en(hasta)
            if acta is not None and (acta.en_catalogo or acta.codigo_integridad not in identificadas):
                fuera.append(acta)
        fuera.sort(key=lambda a: (a.acopio or _NUNCA, a.codigo_integridad, repr(a)))
        return (*dentro, *(_fuera_de_catalogo(a, r) for r, a in enumerate(fuera, start=len(dentro) + 1)))

    def _anotar_fuera(self, acta: Acta, sello: datetime) -> None:
        sin_renglon = replace(acta, renglon=Renglon(0))
        cual = (acta.codigo_integridad or repr(sin_renglon), acta.acopio)
        versiones = self._fuera.setdefault(cual, [])
        _anotar(versiones, sin_renglon, 0, hora(acta, self._catalogo.zona), sello)

    def _repartir(
        self, lugar: _Lugar, versiones: Sequence["_Version"], hasta: datetime, dentro: list[Acta]
    ) -> Iterator[Acta]:
        """Deal out actas among rows that nothing tells apart, by image, first come; yield those left over."""
        por_imagen: dict[str, list[_Version]] = {}
        for version in versiones:
            imagen = version.acta.codigo_integridad or f"{version.acta!r} {version.vez}"
            por_imagen.setdefault(imagen, []).append(version)
        grupos = sorted(por_imagen.items(), key=lambda par: (min(v.hora for v in par[1]), par[0]))
        conocidas = (
            acta for _, grupo in grupos if (acta := _historia(None, grupo, None).en(hasta)) is not None
        )
        for n, acta in enumerate(conocidas):
            if n < len(lugar):
                dentro[lugar[n]] = self._catalogo.situada(acta, lugar[n])
            else:
                yield acta


def alineada(eleccion: Eleccion, base: BaseDeDatos) -> Sequence[Acta]:
    """Return the actas of a file with their votes in the order of the election's columns.

    Raises ErrorDeDatos when a vote column is missing or one too many, or its rows are of another grain.
    """
    if base.detalle is not eleccion.detalle:
        causa = (
            f"sus renglones son por {base.detalle.value} y los de la elección, por {eleccion.detalle.value}"
        )
        raise ErrorDeDatos(causa, archivo=base.archivo)
    suyas = {_opcion(c): i for i, c in enumerate(base.columnas)}
    debidas = {_opcion(c): c.clave for c in eleccion.columnas}
    faltan = [
        f"{clave} (está, pero trae algo que no es un voto)" if clave in base.otras else clave
        for opcion, clave in debidas.items()
        if opcion not in suyas
    ]
    sobran = [base.columnas[i].clave for opcion, i in suyas.items() if opcion not in debidas]
    for cuales, que in (
        (faltan, "faltan columnas de votos de la elección"),
        (sobran, "trae columnas de votos que la elección no tiene"),
    ):
        if cuales:
            raise ErrorDeDatos(f"{que}: {', '.join(cuales[:10])}", archivo=base.archivo)
    orden = [suyas[opcion] for opcion in debidas]
    if orden == list(range(len(orden))):
        return base.actas
    return [replace(a, votos=tuple([a.votos[i] for i in orden])) for a in base.actas]


@dataclass(slots=True)
class _Version:
    """One content of an acta, with the first and the last file that shows it."""

    acta: Acta
    vez: int
    """Which of several actas that one file writes alike, where nothing tells their rows apart."""
    propia: datetime | None
    desde: datetime
    visto: datetime

    @property
    def hora(self) -> datetime:
        return self.propia or self.desde


def _anotar(
    versiones: list[_Version], acta: Acta, vez: int, propia: datetime | None, sello: datetime
) -> None:
    for version in versiones:
        if version.vez == vez and version.acta == acta:
            version.desde = min(version.desde, sello)
            version.visto = max(version.visto, sello)
            return
    versiones.append(_Version(acta, vez, propia, sello, sello))


def _historia(antes: Acta | None, versiones: Sequence[_Version], retirada: datetime | None) -> Historia:
    """Return the versions in their order; one that shares its hour with another counts since it was seen."""
    pasos: list[tuple[datetime, Acta | None]] = []
    if len(versiones) == 1:
        pasos = [(versiones[0].hora, versiones[0].acta)]
    else:
        ordenadas = sorted(versiones, key=lambda v: (v.hora, v.visto, repr(v.acta)))
        for instante, iguales in groupby(ordenadas, key=lambda v: v.hora):
            grupo = list(iguales)
            primera = min(v.desde for v in grupo)
            pasos += [(instante if v.desde == primera else max(instante, v.desde), v.acta) for v in grupo]
    if retirada is not None and retirada > max(v.visto for v in versiones):
        pasos.append((retirada, antes))
    return Historia(antes, tuple(pasos))


def _fuera_de_catalogo(acta: Acta, renglon: int) -> Acta:
    return replace(acta, renglon=Renglon(renglon), contabilizada=Contabilizada.FUERA_DE_CATALOGO)


def _opcion(columna: Columna) -> object:
    """Return what tells a vote column from another: a combination is its parties, in any order."""
    return frozenset(columna.partidos) if columna.clase is ClaseColumna.COMBINACION else columna.clave


def _clave(acta: Acta) -> tuple[object, ...]:
    return acta.casilla.unidad, acta.casilla.clave, acta.tipo_acta


def _rasgos(acta: Acta) -> tuple[object, ...]:
    casilla = acta.casilla
    return casilla.seccion, casilla.tipo, casilla.numero, casilla.extension, acta.lista_nominal


def _orden(acta: Acta) -> tuple[object, ...]:
    """Order of R86: what has no unidad or sección goes first; equals in all of this, by the rest."""
    casilla = acta.casilla
    return (
        casilla.unidad or 0,
        casilla.seccion or 0,
        casilla.tipo.value,
        casilla.numero or 0,
        casilla.extension,
        acta.tipo_acta,
        casilla.clave,
        acta.lista_nominal,
        repr(acta.representantes),
    )


def _juntas(nombres: Sequence[str], que: str) -> Iterator[str]:
    if nombres:
        yield f"{que}: {len(nombres)}, como {', '.join(nombres[:5])}"


def _rarezas(base: BaseDeDatos) -> Iterator[str]:
    """Yield what reading survived in some row: a cell that adds nothing may be somebody's votes."""
    de_renglon = [a for a in base.advertencias if a.fila is not None]
    for a in de_renglon[:_AVISOS]:
        yield f"fila {a.fila}{f', {a.columna}' if a.columna else ''}: {a.mensaje}"


def _nombre(acta: Acta) -> str:
    return f"{acta.casilla.clave or 'sin clave'} acta {acta.tipo_acta or '?'}"
