"""The table of actas of a unit: one row per acta, grouped by sección, with anchors to link to.

The heaviest part of the site (a capital has nine hundred rows), so it is built as text here and not by a
template; everything that comes from data passes `escape`. On a phone CSS turns each row into a paragraph
of «letters number» pairs, for which every cell repeats its heading in `data-l`.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape

from pregon.prep.acta import Acta, Contabilizada, Marcador, TipoCasilla
from pregon.prep.jornada import ClaseColumna, Columna, Eleccion
from pregon.prep.sello import miles
from pregon.sitio import palabras

COMBINACIONES_EN_COLUMNAS = 6
"""Above this many combinations with votes, one cell lists those of each acta (COAH17 has 131)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Grupo:
    """The actas of a sección, or of those without one; `ancla` is the id of the group."""

    ancla: str
    titulo: str
    actas: Sequence[Acta]
    mezcla: bool = False
    """Its actas come from several secciones, so each row says which."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Encabezados:
    """Which columns the table of a unit shows, and which votes it only mentions."""

    columnas: tuple[int, ...]
    """Indexes into `Eleccion.columnas`, each a column of the table."""
    combinadas: tuple[int, ...]
    """Combinations gathered in one cell; empty when they are few enough for columns."""
    sin_votos: tuple[str, ...]
    """Letters of the columns left out: without a single vote in the unit."""
    imagenes: Mapping[str, str] | None
    """Address of each image by its SHA-256 (R96, R97); None where a night publishes none."""

    @property
    def ancha(self) -> bool:
        """Say whether the table scrolls by itself on a desktop; an image takes the room of three columns."""
        return bool(self.combinadas) or len(self.columnas) + 3 * (self.imagenes is not None) > 14


def encabezados(
    eleccion: Eleccion,
    actas: Iterable[Acta],
    en_boleta: Iterable[int],
    imagenes: Mapping[str, str] | None,
) -> Encabezados:
    """Choose the columns of a unit. `en_boleta`: those of its contendientes, shown even without votes."""
    con_votos: set[int] = set()
    aplican: set[int] = set()
    for acta in actas:
        if acta.contabilizada is Contabilizada.PENDIENTE:
            continue
        for i, valor in enumerate(acta.votos):
            if valor is not Marcador.NO_APLICA:
                aplican.add(i)
                if isinstance(valor, int) and valor:
                    con_votos.add(i)
    boleta = set(en_boleta)
    fijas: list[int] = []
    combinadas: list[int] = []
    fuera: list[int] = []
    for i, columna in enumerate(eleccion.columnas):
        if columna.clase is ClaseColumna.COMBINACION:
            (combinadas if i in con_votos else fuera).append(i)
        elif (
            i in con_votos
            or columna.clase in {ClaseColumna.NO_REGISTRADAS, ClaseColumna.NULOS}
            or (i in boleta and (i in aplican or not aplican))
        ):
            fijas.append(i)
        else:
            fuera.append(i)
    juntas = tuple(combinadas) if len(combinadas) > COMBINACIONES_EN_COLUMNAS else ()
    return Encabezados(
        columnas=tuple(sorted(fijas if juntas else [*fijas, *combinadas])),
        combinadas=juntas,
        sin_votos=tuple(letras(eleccion.columnas[i]) for i in fuera),
        imagenes=imagenes,
    )


def letras(columna: Columna) -> str:
    """Return the heading of a vote column."""
    if columna.clase is ClaseColumna.NO_REGISTRADAS:
        return "No reg."
    if columna.clase is ClaseColumna.NULOS:
        return "Nulos"
    if not es_propia(columna) and len(columna.partidos) == 1:
        return f"{columna.partidos[0]} (coalición)"
    return palabras.siglas(columna.partidos or (columna.clave,))


def es_propia(columna: Columna) -> bool:
    """Say whether a column holds a party's or independent's own votes; COAH17 has an odd second ``C_PAN``."""
    return columna.partidos == (columna.clave,)


def tabla(eleccion: Eleccion, grupos: Sequence[Grupo], cabezas: Encabezados) -> str:
    """Return the whole `<table>`; ids are `<ancla>` for a group and `<ancla>-B1` for an acta."""
    titulos = [letras(eleccion.columnas[i]) for i in cabezas.columnas]
    vistas: set[str] = set()
    ancho = len(titulos) + 4 + bool(cabezas.combinadas) + (cabezas.imagenes is not None)
    partes = ['<table class="actas" aria-label="Votos por casilla"><thead><tr><th scope="col">Casilla']
    partes += [f'<th scope="col">{_partible(titulo)}' for titulo in titulos]
    partes.append('<th scope="col">Total<th scope="col">Lista nominal<th scope="col" class="e">Estado')
    partes.append("" if cabezas.imagenes is None else '<th scope="col" class="e">Acta digitalizada')
    partes.append('<th scope="col" class="e">Combinaciones</thead>' if cabezas.combinadas else "</thead>")
    atributos = [f"<td data-l={_atributo(titulo)}>" for titulo in titulos]
    for grupo in grupos:
        partes += _grupo(eleccion, grupo, cabezas, atributos, ancho, vistas)
    partes.append("</table>")
    return "".join(partes)


def _grupo(
    eleccion: Eleccion,
    grupo: Grupo,
    cabezas: Encabezados,
    atributos: Sequence[str],
    ancho: int,
    vistas: set[str],
) -> Iterator[str]:
    capturadas = sum(a.capturada for a in grupo.actas)
    esperadas = sum(a.en_catalogo for a in grupo.actas)
    votos = sum(a.total_calculado for a in grupo.actas if a.contada)
    avance = f"actas capturadas: {capturadas} de {esperadas}" if esperadas else "no suman"
    suma = f"; votos contabilizados: {miles(votos)}" if any(a.contada for a in grupo.actas) else ""
    yield (
        f'<tbody id="{grupo.ancla}"><tr class="g"><th colspan="{ancho}" scope="rowgroup">'
        f"{escape(grupo.titulo)} <span>{avance}{suma}</span>"
    )
    for acta in grupo.actas:
        nombre = palabras.casilla(acta.casilla)
        if grupo.mezcla and acta.casilla.seccion is not None:
            nombre = f"Sección {acta.casilla.seccion}, {nombre.lower()}"
        yield _fila(eleccion, acta, _id(grupo.ancla, acta, vistas), nombre, cabezas, atributos)


def _fila(
    eleccion: Eleccion, acta: Acta, ancla: str, nombre: str, cabezas: Encabezados, atributos: Sequence[str]
) -> str:
    clase = "p" if acta.contabilizada is Contabilizada.PENDIENTE else "n"
    inicio = (
        f'<tr id="{ancla}"' + ("" if acta.contada else f' class="{clase}"') + f'><th scope="row">{nombre}'
    )
    estado = escape(palabras.estado(acta))
    imagen = "" if cabezas.imagenes is None else _imagen(acta, cabezas.imagenes)
    nominal = f'<td data-l="Lista nominal">{miles(acta.lista_nominal)}' if acta.lista_nominal else "<td>"
    if not any(isinstance(v, int) for v in acta.votos):
        vacias = len(atributos) + 1
        juntas = "<td>" if cabezas.combinadas else ""
        motivo = f'<td colspan="{vacias}" class="v">{_sin_numeros(acta)}'
        return f'{inicio}{motivo}{nominal}<td class="e">{estado}{imagen}{juntas}'
    celdas = "".join(
        [
            atributo + (str(v) if isinstance(v := acta.votos[i], int) and v < 1000 else _marca(v))
            for i, atributo in zip(cabezas.columnas, atributos, strict=True)
        ]
    )
    fila = (
        f'{inicio}{celdas}<td data-l="Total" class="t">{miles(acta.total_calculado)}{nominal}'
        f'<td class="e">{estado}{imagen}'
    )
    if cabezas.combinadas:
        fila += f'<td data-l="Combinaciones" class="c">{_combinaciones(eleccion, acta, cabezas.combinadas)}'
    return fila


def _imagen(acta: Acta, imagenes: Mapping[str, str]) -> str:
    """Return the cell that links the image and says where it comes from, or that it is in process (R97)."""
    lugar = imagenes.get(acta.codigo_integridad.lower())
    if lugar is not None:
        procedencia = escape(palabras.procedencia(acta))
        return f'<td class="e" data-l="Acta digitalizada"><a href="{escape(lugar)}">{procedencia}</a>'
    return "<td>" if acta.sin_acta else '<td class="e" data-l="Acta digitalizada">Acta en proceso'


def _combinaciones(eleccion: Eleccion, acta: Acta, indices: Sequence[int]) -> str:
    """Those of this acta that hold votes; markers are counted by kind, so that none reads as 0 (R60)."""
    dichas = []
    marcas: dict[str, int] = {}
    for i in indices:
        valor = acta.votos[i]
        if isinstance(valor, Marcador):
            if valor is not Marcador.NO_APLICA:
                marcas[palabras.celda(valor)] = marcas.get(palabras.celda(valor), 0) + 1
        elif valor:
            dichas.append(f"{escape(letras(eleccion.columnas[i]))} <b>{miles(valor)}</b>")
    dichas += [
        f"{marca} en {palabras.plural(n, 'combinación', 'combinaciones')}" for marca, n in marcas.items()
    ]
    return ", ".join(dichas) or "0"


def _sin_numeros(acta: Acta) -> str:
    """Replace a row whose cells all carry markers by the sentence that they amount to."""
    if acta.contabilizada is Contabilizada.PENDIENTE:
        return "El acta aún no se captura"
    marcas = dict.fromkeys(
        palabras.celda(v) for v in acta.votos if isinstance(v, Marcador) and v is not Marcador.NO_APLICA
    )
    return f"Todos los campos: {', '.join(marcas)}" if marcas else "Sin datos de votación"


def _marca(valor: object) -> str:
    if isinstance(valor, Marcador):
        return f"<i>{palabras.celda(valor)}</i>"
    return f"{valor:,}"


def _id(ancla: str, acta: Acta, vistas: set[str]) -> str:
    """No published key is unique (R83): a repeated name takes its row in the catalogue."""
    casilla = acta.casilla
    letra = casilla.tipo.value or "X"
    nombre = casilla.nombre if casilla.tipo is not TipoCasilla.DESCONOCIDA else f"{letra}{casilla.nombre}"
    if acta.rp:
        nombre += "RP"
    candidata = f"{ancla}-{nombre}"
    if candidata in vistas:
        candidata = f"{candidata}-r{acta.renglon}"
    vistas.add(candidata)
    return candidata


def _atributo(texto: str) -> str:
    return texto if texto.isascii() and texto.isalnum() else f'"{escape(texto)}"'


def _partible(texto: str) -> str:
    return escape(texto).replace("-", "-<wbr>")
