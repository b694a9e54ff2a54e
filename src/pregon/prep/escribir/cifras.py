"""The tidy figures of one election: a row per level (entidad, unidad, municipio, sección), CSV and JSON.

Votes stand in two ways: a column per column of the acta, and one per candidatura with its coalition added up
(R68). Percentages are text of four truncated decimals (R50). Levels overlap: never add them together.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from operator import attrgetter

from pregon.prep.contienda import contendientes
from pregon.prep.corte import Corte, ResultadoEleccion, Totales
from pregon.prep.escribir.campo import Campo, TipoDeDato
from pregon.prep.escribir.esquema import descripcion_voto
from pregon.prep.escribir.ordenadas import de_corte, de_unidad
from pregon.prep.escribir.tabla import ORDENADO, escribir, libre
from pregon.prep.jornada import Ambito, Contendiente, Eleccion
from pregon.prep.lugares import contiendas, entidad
from pregon.prep.porcentaje import porcentaje


@dataclass(frozen=True, slots=True, kw_only=True)
class Nivel:
    """One row: which level it is of, its place, and what its actas add up to."""

    nivel: str
    nombre: str
    unidad: int | None = None
    municipio: int | None = None
    seccion: int | None = None
    totales: Totales
    candidaturas: Mapping[str, int]
    """Votes by `Contendiente.clave`; empty where the level is no contest."""


def niveles(corte: Corte, resultado: ResultadoEleccion) -> list[Nivel]:
    """Return every level: entidad, unidades, municipios where they are others, what is of none, secciones."""
    eleccion = resultado.eleccion
    unidades = contiendas(resultado)
    noun = eleccion.detalle.value
    propias = eleccion.detalle is not Ambito.ENTIDAD
    filas = [
        Nivel(
            nivel="entidad",
            nombre=corte.jornada.instituto.entidad_nombre,
            totales=resultado.totales,
            candidaturas={x.contendiente.clave: x.votos for x in entidad(resultado, unidades)},
        )
    ]
    if propias:
        filas += [
            Nivel(
                nivel=noun,
                nombre=u.resultado.unidad.nombre,
                unidad=u.resultado.unidad.numero,
                totales=u.resultado.totales,
                candidaturas={x.contendiente.clave: x.votos for x in u.lugares},
            )
            for u in unidades
        ]
        filas.append(_sin(noun, filas[0], filas[1:]))
    if resultado.municipios:
        municipios = [
            Nivel(
                nivel="municipio",
                nombre=m.unidad.nombre,
                municipio=m.unidad.numero,
                totales=m.totales,
                candidaturas={},
            )
            for m in resultado.municipios
        ]
        filas += [*municipios, replace(_sin("municipio", filas[0], municipios), candidaturas={})]
    for u in unidades:
        compiten = [x.contendiente for x in u.lugares]
        filas += [
            Nivel(
                nivel="seccion",
                nombre="Sin sección" if s.seccion is None else f"Sección {s.seccion}",
                unidad=u.resultado.unidad.numero if propias else None,
                seccion=s.seccion,
                totales=s.totales,
                candidaturas={c.clave: sum(s.totales.votos[i] for i in c.columnas) for c in compiten},
            )
            for s in u.resultado.secciones
        ]
    return filas


def _sin(lugar: str, entidad: Nivel, partes: Sequence[Nivel]) -> Nivel:
    """Return what the entidad has beyond these parts: RP, of no such place, fuera de catálogo (R73, R76)."""
    return Nivel(
        nivel=f"sin_{lugar}",
        nombre=f"Sin {lugar}",
        totales=entidad.totales.menos(parte.totales for parte in partes),
        candidaturas={
            clave: n - sum(parte.candidaturas.get(clave, 0) for parte in partes)
            for clave, n in entidad.candidaturas.items()
        },
    )


def campos(corte: Corte, eleccion: Eleccion) -> tuple[Campo[Nivel], ...]:
    """Return the columns of `<base>_cifras.csv`, in order."""
    return (
        *de_corte(corte, eleccion),
        *_lugar(eleccion),
        *_actas(),
        *_participacion(ultimo=corte.ultimo),
        *(_columna(i, eleccion) for i in range(len(eleccion.columnas))),
        *(_candidatura(c) for c in _todos(eleccion)),
    )


def cifras(corte: Corte, eleccion: Eleccion, filas: Sequence[Nivel]) -> tuple[bytes, bytes]:
    """Return the table as CSV, and as JSON: what is the same in all rows, names of columns, a list per row.

    In the JSON an empty cell is null.
    """
    todos = campos(corte, eleccion)
    nombres = [c.nombre for c in todos]
    textos = [list(c.textos(filas)) for c in todos]
    en_csv = escribir((nombres, *zip(*textos, strict=True)), ORDENADO)
    valores = [_valores(columna, c.tipo) for c, columna in zip(todos, textos, strict=True)]
    constantes = len(list(de_corte(corte, eleccion)))
    documento = {
        **{nombre: columna[0] for nombre, columna in zip(nombres[:constantes], valores, strict=False)},
        "ultimo": corte.ultimo,
        "columnas": nombres[constantes:],
        "filas": list(zip(*valores[constantes:], strict=True)),
    }
    return en_csv, json.dumps(documento, ensure_ascii=False, separators=(",", ":")).encode()


def _valores(textos: Sequence[str], tipo: TipoDeDato) -> Sequence[int | str | None]:
    if tipo == "integer":
        return [int(texto) if texto else None for texto in textos]
    return [texto or None for texto in textos]


def _lugar(eleccion: Eleccion) -> Iterator[Campo[Nivel]]:
    noun = eleccion.detalle.value
    lugares = [nivel for lugar in de_unidad(eleccion) for nivel in (lugar, f"sin_{lugar}")]
    yield Campo(
        nombre="nivel",
        descripcion=(
            "De qué nivel es la fila. Los niveles se contienen: no sume unos con otros. Las filas «sin_…» "
            "son lo que falta a las de su lugar para sumar la entidad."
        ),
        valores=", ".join(("entidad", *lugares, "seccion")),
        textos=lambda filas: [f.nivel for f in filas],
    )
    for lugar in de_unidad(eleccion):
        de: Callable[[Nivel], int | None] = _unidad if lugar == noun else _municipio
        yield _entero(lugar, f"Número del {lugar}; vacío en los niveles que no son de uno.", "", de)
    yield _entero("seccion", "Sección electoral; vacía en los demás niveles.", "", lambda f: f.seccion)
    yield Campo(
        nombre="nombre",
        descripcion="Nombre del lugar.",
        textos=lambda filas: [libre(f.nombre) for f in filas],
    )


def _unidad(fila: Nivel) -> int | None:
    return fila.unidad


def _municipio(fila: Nivel) -> int | None:
    return fila.municipio


def _actas() -> Iterator[Campo[Nivel]]:
    for nombre, descripcion, regla in (
        ("esperadas", "Actas del catálogo.", ""),
        ("registradas", "Actas que llegaron, con las fuera de catálogo.", "capturadas + fuera_de_catalogo"),
        (
            "fuera_de_catalogo",
            "Actas que no son de ninguna casilla aprobada, ni de ningún lugar; no suman.",
            "",
        ),
        ("capturadas", "Actas del catálogo que llegaron.", "contabilizadas + no_contabilizadas"),
        ("contabilizadas", "Actas cuyos votos suman.", ""),
        ("no_contabilizadas", "Actas que llegaron y no suman.", ""),
        ("pendientes", "Actas que no han llegado.", "esperadas - capturadas"),
        ("sin_acta", "Casos «Sin acta», por cualquier causa.", ""),
        ("inconsistentes", "Actas que exceden la lista nominal o tienen algo ilegible o sin dato.", ""),
    ):
        yield _de_totales(nombre, descripcion, "actas", attrgetter(nombre), regla=regla)
    for nombre in ("capturadas", "contabilizadas", "inconsistentes"):
        yield _porcentaje(f"porcentaje_{nombre}", f"{nombre} / esperadas × 100", attrgetter(nombre))


def _participacion(*, ultimo: bool) -> Iterator[Campo[Nivel]]:
    yield _de_totales(
        "lista_nominal",
        "Lista nominal de las actas contabilizadas.",
        "personas",
        lambda t: t.lista_nominal,
    )
    yield _de_totales(
        "lista_nominal_pendiente",
        "Lista nominal de las actas que no han llegado.",
        "personas",
        lambda t: t.nominal_pendiente,
    )
    yield _de_totales(
        "lista_nominal_total",
        "Lista nominal de todas las actas del catálogo.",
        "personas",
        lambda t: t.lista_nominal_total,
    )
    yield _de_totales(
        "votos",
        "Votos de las actas contabilizadas, con casillas especiales.",
        "votos",
        lambda t: t.votos_c_cs,
        regla="Suma de las columnas de votos más votos_sin_desglose",
    )
    yield _de_totales(
        "votos_sin_especiales",
        "Los mismos sin las casillas especiales.",
        "votos",
        lambda t: t.votos_s_cs,
    )
    yield _de_totales(
        "votos_sin_desglose",
        "Votos que un archivo leído totaliza y ninguna columna muestra.",
        "votos",
        lambda t: t.sin_desglose,
    )
    votos = "votos" if ultimo else "votos_sin_especiales"
    yield Campo(
        nombre="participacion",
        tipo="number",
        unidad="%",
        descripcion="Participación ciudadana; sólo el último corte incluye las casillas especiales.",
        regla=f"{votos} / lista_nominal × 100, cuatro decimales truncados; 0.0000 sin lista nominal",
        textos=lambda filas: [f.totales.participacion(ultimo=ultimo) for f in filas],
    )


def _columna(i: int, eleccion: Eleccion) -> Campo[Nivel]:
    columna = eleccion.columnas[i]
    return _de_totales(columna.clave, descripcion_voto(columna), "votos", lambda t: t.votos[i])


def _candidatura(contendiente: Contendiente) -> Campo[Nivel]:
    clave = contendiente.clave
    return _entero(
        f"candidatura_{clave}",
        f"Votos de la candidatura de {contendiente.nombre}; vacío donde no contiende o no hay contienda.",
        "votos",
        lambda f: f.candidaturas.get(clave),
        regla="Suma de las columnas de sus partidos y combinaciones en cada unidad",
    )


def _todos(eleccion: Eleccion) -> tuple[Contendiente, ...]:
    """Return everybody who stands anywhere, in the order of the ballot."""
    donde = (None, *(u.numero for u in eleccion.unidades))
    todos = {c.clave: c for unidad in donde for c in contendientes(eleccion, unidad)}
    return tuple(todos.values())


def _entero(
    nombre: str, descripcion: str, unidad: str, de: Callable[[Nivel], int | None], *, regla: str = ""
) -> Campo[Nivel]:
    return Campo(
        nombre=nombre,
        tipo="integer",
        unidad=unidad,
        descripcion=descripcion,
        regla=regla,
        textos=lambda filas: ["" if (n := de(f)) is None else str(n) for f in filas],
    )


def _de_totales(
    nombre: str, descripcion: str, unidad: str, de: Callable[[Totales], int], *, regla: str = ""
) -> Campo[Nivel]:
    return _entero(nombre, descripcion, unidad, lambda f: de(f.totales), regla=regla)


def _porcentaje(nombre: str, regla: str, parte: Callable[[Totales], int]) -> Campo[Nivel]:
    return Campo(
        nombre=nombre,
        tipo="number",
        unidad="%",
        descripcion="Porcentaje con cuatro decimales; el cuarto se trunca, no se redondea.",
        regla=regla,
        textos=lambda filas: [porcentaje(parte(f.totales), f.totales.esperadas) for f in filas],
    )
