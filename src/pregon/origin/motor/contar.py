"""From columns to the corte: every level is a sum over rows, and the sums must agree (R39–R49, R72–R76).

Fuera de catálogo adds nowhere; RP actas and rows without a known unidad add at the entidad only (R73, R76).
Secciones, municipios and the entidad are each added up from the rows, the unidades from their secciones; then
the parts are held against the whole, and every level against the identities of R45: a corte that does not
square is never handed over.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Final

import polars as pl

from pregon.errors import PregonError
from pregon.origin.motor.pausa import sin_recolector
from pregon.origin.motor.tabla import CONTABILIZADAS, Tabla, Vista, total, votos
from pregon.prep.acta import Acta, Clase, Contabilizada, clase, es_inconsistencia, es_rp, es_sin_acta
from pregon.prep.corte import (
    CIFRAS,
    Corte,
    ResultadoEleccion,
    ResultadoMunicipio,
    ResultadoSeccion,
    ResultadoUnidad,
    Totales,
)
from pregon.prep.jornada import Ambito, Eleccion, Jornada, Unidad


def contar(
    jornada: Jornada, *, numero: int, instante: datetime, ultimo: bool, actas: Mapping[str, Sequence[Acta]]
) -> Corte:
    """Count one corte. `actas` holds all rows by `Eleccion.clave`, in any order; none for a missing key.

    A `Tabla` is counted by its columns; no acta of it is made.
    """
    with sin_recolector():
        resultados = tuple(contar_eleccion(e, actas.get(e.clave, ())) for e in jornada.elecciones)
    return Corte(jornada=jornada, numero=numero, instante=instante, ultimo=ultimo, resultados=resultados)


def contar_eleccion(eleccion: Eleccion, actas: Sequence[Acta]) -> ResultadoEleccion:
    """Count one election of the corte."""
    ancho = len(eleccion.columnas)
    tabla = (actas if isinstance(actas, Tabla) else Tabla.de(actas, ancho)).ordenada()
    filas = _medidas(tabla, eleccion)
    cifras = _nombres(ancho)

    puestas = filas.filter(pl.col("lugar") == _EN_UNIDAD)
    entidad = _sumar(filas, cifras)
    resto = _sumar(filas.filter(pl.col("lugar") != _EN_UNIDAD), cifras)
    secciones = _sumar(puestas, cifras, "unidad", "seccion")
    unidades = _sumar(secciones, cifras, "unidad")
    _exigir_identidades(entidad, "entidad")
    _exigir_identidades(unidades, "unidad")
    _exigir_identidades(secciones, "sección")
    _exigir_partes(
        entidad, _sumar(pl.concat([unidades.select(cifras), resto]), cifras), "las partes a la entidad"
    )

    return ResultadoEleccion(
        eleccion=eleccion,
        totales=Totales(entidad.row(0)),
        unidades=tuple(_unidades(eleccion, tabla, puestas, unidades, secciones)),
        municipios=tuple(_municipios(eleccion, filas, puestas, cifras)),
        sin_unidad=_vista(tabla, filas, _SIN_UNIDAD),
        fuera_de_catalogo=_vista(tabla, filas, _FUERA),
        actas=tabla,
    )


_EN_UNIDAD: Final = 0
_SIN_UNIDAD: Final = 1
_FUERA: Final = 2
_CLASES: Final = tuple(Clase)


def _nombres(ancho: int) -> list[str]:
    return [*CIFRAS, *votos(ancho)]


def _medidas(tabla: Tabla, eleccion: Eleccion) -> pl.DataFrame:
    """Return a row per acta: where it belongs, and what it adds to every figure of `Totales.cifras`."""
    ancho = tabla.ancho
    dicha = pl.col("contabilizada")
    en_catalogo = dicha != CONTABILIZADAS.index(Contabilizada.FUERA_DE_CATALOGO)
    contada = dicha == CONTABILIZADAS.index(Contabilizada.SI)
    conocidas = [u.numero for u in eleccion.unidades]
    en_unidad = pl.col("unidad").is_in(conocidas).fill_null(value=False) & ~pl.col("rp")
    nominal = pl.col("lista_nominal")
    clasificada = _clasificada(tabla.cuadro)
    presentes = set(clasificada["clase"].unique())
    de_clase = [pl.col("clase") == i if i in presentes else None for i in range(len(_CLASES))]
    nadie = pl.lit(0, dtype=pl.Int64)
    return clasificada.select(
        pl.int_range(pl.len()).alias("indice"),
        "unidad",
        "seccion",
        "municipio",
        lugar=pl.when(~en_catalogo).then(_FUERA).when(en_unidad).then(_EN_UNIDAD).otherwise(_SIN_UNIDAD),
        **dict(
            zip(
                _nombres(ancho),
                (
                    en_catalogo.cast(pl.Int64),
                    (~en_catalogo).cast(pl.Int64),
                    contada.cast(pl.Int64),
                    (dicha == CONTABILIZADAS.index(Contabilizada.NO)).cast(pl.Int64),
                    (en_catalogo & pl.col("inconsistente")).cast(pl.Int64),
                    (en_catalogo & pl.col("sin_acta")).cast(pl.Int64),
                    _si(contada, nominal),
                    _si(contada & pl.col("especial"), total(ancho)),
                    _si(contada, pl.col("sin_desglose")),
                    *(nadie if suya is None else suya.cast(pl.Int64) for suya in de_clase),
                    *(nadie if suya is None else _si(en_catalogo & suya, nominal) for suya in de_clase),
                    *(_si(contada, pl.col(v)) for v in votos(ancho)),
                ),
                strict=True,
            )
        ),
    )


def _si(condicion: pl.Expr, cuanto: pl.Expr) -> pl.Expr:
    return pl.when(condicion).then(cuanto).otherwise(0)


def _clasificada(cuadro: pl.DataFrame) -> pl.DataFrame:
    """Add what `prep.acta` says of the few different texts of a file (R52, R59, R73)."""
    casos = cuadro.select("contabilizada", "observaciones").unique().rows()
    textos = pl.DataFrame(
        [
            (
                dicha,
                texto,
                _CLASES.index(clase(CONTABILIZADAS[dicha], texto)),
                es_inconsistencia(texto),
                es_sin_acta(texto),
            )
            for dicha, texto in casos
        ],
        schema={
            "contabilizada": pl.Int8,
            "observaciones": pl.String,
            "clase": pl.Int8,
            "inconsistente": pl.Boolean,
            "sin_acta": pl.Boolean,
        },
        orient="row",
    )
    tipos = [(texto, es_rp(texto)) for (texto,) in cuadro.select("tipo_acta").unique().rows()]
    rp = pl.DataFrame(tipos, schema={"tipo_acta": pl.String, "rp": pl.Boolean}, orient="row")
    con_textos = cuadro.join(textos, on=["contabilizada", "observaciones"], how="left", maintain_order="left")
    return con_textos.join(rp, on="tipo_acta", how="left", maintain_order="left")


def _sumar(filas: pl.DataFrame, cifras: Sequence[str], *por: str) -> pl.DataFrame:
    """Add up the figures, by the columns given, in their order with null last."""
    if not por:
        return filas.select(pl.col(cifras).sum())
    return filas.group_by(*por).agg(pl.col(cifras).sum()).sort(*por, nulls_last=True)


def _exigir_identidades(nivel: pl.DataFrame, nombre: str) -> None:
    """Hold every row of a level against R45, each acta being of one `Clase` and only one."""
    clases = {c: pl.col(f"actas: {c.value}") for c in Clase}
    en_catalogo = [clases[c] for c in Clase if c is not Clase.FUERA_DE_CATALOGO]
    llegadas = [clases[c] for c in Clase if c not in {Clase.FUERA_DE_CATALOGO, Clase.PENDIENTE}]
    capturadas = pl.col("contabilizadas") + pl.col("no_contabilizadas")
    falsas = nivel.filter(
        (pl.sum_horizontal(en_catalogo) != pl.col("esperadas"))
        | (pl.sum_horizontal(llegadas) != capturadas)
        | (clases[Clase.FUERA_DE_CATALOGO] != pl.col("fuera_de_catalogo"))
        | (pl.col("inconsistentes") + pl.col("sin_acta") > pl.col("esperadas"))
    )
    if falsas.height:
        raise PregonError(f"el corte no cuadra: identidades de {nombre} (R45): {falsas.rows(named=True)[:3]}")


def _exigir_partes(todo: pl.DataFrame, partes: pl.DataFrame, que: str) -> None:
    if not todo.equals(partes):
        raise PregonError(f"el corte no cuadra: no suman {que} (R72)")


def _unidades(
    eleccion: Eleccion,
    tabla: Tabla,
    puestas: pl.DataFrame,
    unidades: pl.DataFrame,
    secciones: pl.DataFrame,
) -> Iterator[ResultadoUnidad]:
    """Yield every unidad of the election, with or without rows."""
    orden = puestas.select("unidad", "seccion", "indice").sort(
        "unidad", "seccion", nulls_last=True, maintain_order=True
    )
    actas = tabla.elegidas(orden["indice"].to_list())
    de_la_unidad: dict[int, list[ResultadoSeccion]] = {}
    inicio = 0
    for fila in secciones.rows():
        unidad, seccion = fila[:2]
        totales = Totales(fila[2:])
        fin = inicio + totales.esperadas
        de_la_unidad.setdefault(unidad, []).append(
            ResultadoSeccion(seccion=seccion, totales=totales, actas=actas[inicio:fin])
        )
        inicio = fin
    sumas = {fila[0]: Totales(fila[1:]) for fila in unidades.rows()}
    vacia = Totales.de({}, [0] * tabla.ancho)
    for u in eleccion.unidades:
        propias = tuple(de_la_unidad.get(u.numero, ()))
        yield ResultadoUnidad(unidad=u, totales=sumas.get(u.numero, vacia), secciones=propias)


def _municipios(
    eleccion: Eleccion, filas: pl.DataFrame, puestas: pl.DataFrame, cifras: Sequence[str]
) -> Iterator[ResultadoMunicipio]:
    """Yield the municipios that have a sección; none unless each sección is known to be of one (R72)."""
    conocidos: dict[int, Unidad] = {u.numero: u for u in eleccion.municipios}
    if eleccion.detalle is Ambito.MUNICIPIO or not conocidos:
        return
    con_seccion = filas.filter((pl.col("lugar") != _FUERA) & pl.col("seccion").is_not_null())
    pares = con_seccion.select("municipio", "seccion").unique()
    if (
        not pares["municipio"].is_in(list(conocidos)).fill_null(value=False).all()
        or pares["seccion"].is_duplicated().any()
    ):
        return
    propias = puestas.filter(pl.col("seccion").is_not_null())
    secciones = propias.group_by("municipio").agg(pl.col("seccion").unique().sort())
    suyas: dict[int, list[int]] = dict(secciones.iter_rows())
    sumas = _sumar(propias, cifras, "municipio")
    _exigir_identidades(sumas, "municipio")
    _exigir_partes(_sumar(propias, cifras), _sumar(sumas, cifras), "los municipios a sus secciones")
    totales = {fila[0]: Totales(fila[1:]) for fila in sumas.rows()}
    for u in eleccion.municipios:
        if u.numero in totales:
            yield ResultadoMunicipio(unidad=u, totales=totales[u.numero], secciones=tuple(suyas[u.numero]))


def _vista(tabla: Tabla, filas: pl.DataFrame, lugar: int) -> Vista:
    return tabla.elegidas(filas["indice"].filter(filas["lugar"] == lugar).to_list())
