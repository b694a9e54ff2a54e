"""What the rows of a file say in numbers, and which of them can be read by their columns alone.

Digits are cast; whatever else stands in a cell is asked of `numero` and `Celdas`, once per different text.
"""

from collections.abc import Mapping, Sequence
from typing import Final

import polars as pl

from pregon.origin.motor.cuerpo import Cuerpo
from pregon.origin.motor.tabla import votos
from pregon.prep.acta import Marcador, TipoCasilla
from pregon.prep.base_de_datos.celdas import Celdas, numero
from pregon.prep.base_de_datos.columnas import Campo
from pregon.prep.base_de_datos.filas import tipo_escrito
from pregon.prep.base_de_datos.nombres import desproteger

_TEXTOS: Final = {
    "t_tipo": Campo.TIPO_CASILLA,
    "t_observaciones": Campo.OBSERVACIONES,
    "t_contabilizada": Campo.CONTABILIZADA,
    "t_acta": Campo.TIPO_ACTA,
}
TRATO: Final = [*_TEXTOS, "llegada", "nominal_escrita", "calculado_escrito", "marca_sin_acta", "con_votos"]
"""Regular rows that agree in these columns are treated alike (R59)."""


def hechos(cuerpo: Cuerpo, unidad: tuple[Campo, Campo]) -> pl.DataFrame:
    """Return a row per line: `linea`, `fila`, `TRATO`, the numbers of a `Tabla`, `es_acta` and `regular`.

    Besides as they stand: `nombre` of the unidad, `entidad`, `id_entidad`, and ``otra …`` of `Esquema.otras`.
    `es_acta`: it is certainly an acta, no total or note; `regular`: nothing in its numbers, times or keys has
    to be told. What follows from `TRATO` alone is not judged here.
    """
    nombres = votos(len(cuerpo.esquema.votos))
    numeros = {
        "id_unidad": unidad[0],
        "nombre_unidad": unidad[1],
        "seccion": Campo.SECCION,
        "municipio": Campo.ID_MUNICIPIO,
        "lista_nominal": Campo.LISTA_NOMINAL,
        "calculado": Campo.CALCULADO,
        "representantes": Campo.REPRESENTANTES,
        "ubicacion": Campo.UBICACION,
    }
    textos = {n: cuerpo.texto(campo) for n, campo in numeros.items()} | {
        v: pl.col(str(i)) for v, i in zip(nombres, cuerpo.esquema.votos, strict=True)
    }
    # As they stand under their own name, and what their digits say under `n …`.
    crudo = cuerpo.crudo.select(
        "linea",
        "fila",
        "entera",
        *(cuerpo.texto(campo).alias(nombre) for nombre, campo in _TEXTOS.items()),
        *(texto.alias(nombre) for nombre, texto in textos.items()),
        *(_digitos(textos[nombre].str.strip_prefix("'")).alias(f"n {nombre}") for nombre in numeros),
        *(_digitos(textos[nombre]).alias(f"n {nombre}") for nombre in nombres),
        *(pl.col(str(i)).alias(f"otra {encabezado}") for encabezado, i in cuerpo.esquema.otras.items()),
        nombre=cuerpo.texto(unidad[1]),
        entidad=cuerpo.texto(Campo.ENTIDAD),
        id_entidad=cuerpo.texto(Campo.ID_ENTIDAD),
        codigo=cuerpo.texto(Campo.CODIGO),
        repetida=_repetida(cuerpo),
        **_horas(cuerpo),
    )
    otros = _sin_digitos(crudo, [*textos, "t_tipo"])
    leidas = Celdas()
    de_votos = {t: leidas[t] for nombre in nombres for t in otros[nombre]}
    tarde = {nombre: {t: n for t in otros[nombre] if (n := numero(t)) is not None} for nombre in numeros}
    tarde |= {v: {t: celda for t in otros[v] if isinstance(celda := de_votos[t], int)} for v in nombres}
    conocidos = [t for t in otros["t_tipo"] if tipo_escrito(t) is not TipoCasilla.DESCONOCIDA]
    sin_seccion = [t for t in otros["seccion"] if desproteger(t).upper() == "N/A"]
    vacios = [t for t, celda in de_votos.items() if celda is Marcador.VACIO]
    sin_acta = [t for t, celda in de_votos.items() if celda is Marcador.SIN_ACTA]
    leido = crudo.with_columns(
        *(_numero(nombre, tarde[nombre]).alias(f"n {nombre}") for nombre in textos if tarde[nombre]),
        *(_escrito(nombre, tarde[nombre]).alias(f"e {nombre}") for nombre in ("lista_nominal", "calculado")),
        raras=_alguna(nombres, list(leidas.raras)),
        marca_sin_acta=_alguna(nombres, sin_acta),
    )

    seccion, id_unidad, nombre_unidad = (pl.col(f"n {n}") for n in ("seccion", "id_unidad", "nombre_unidad"))
    nominal = pl.col("n lista_nominal").fill_null(0)
    total = pl.col("total")
    tope = nominal + pl.col("n representantes")
    vacias = pl.sum_horizontal(pl.col(v).is_in(vacios) for v in nombres) if vacios else pl.lit(0)
    con_imagen = pl.col("codigo").str.len_bytes() == 64
    identificada = seccion.is_not_null() | pl.col("seccion").is_in(sin_seccion)
    es_acta = identificada & pl.col("t_tipo").is_in(conocidos) & (vacias < len(nombres) - 1)
    return leido.with_columns(total=pl.sum_horizontal(f"n {v}" for v in nombres)).select(
        "linea",
        "fila",
        *_TEXTOS,
        *(pl.col(f"n {v}").alias(v) for v in nombres),
        "marca_sin_acta",
        "nombre",
        "entidad",
        "id_entidad",
        *(f"otra {encabezado}" for encabezado in cuerpo.esquema.otras),
        # Outside the catalogue an image, whatever its hash, says that the acta did arrive.
        llegada=pl.when(pl.col("n ubicacion").ne_missing(3))
        .then(pl.lit(""))
        .when(con_imagen)
        .then(pl.lit("sí"))
        .otherwise("codigo"),
        nominal_escrita="e lista_nominal",
        calculado_escrito="e calculado",
        con_votos=total > 0,
        # 0 is the entidad itself, or no sección.
        unidad=pl.lit(0, dtype=pl.Int64)
        if cuerpo.esquema.campos.keys().isdisjoint(unidad)
        else pl.when(id_unidad > 0).then(id_unidad).when(nombre_unidad > 0).then(nombre_unidad),
        seccion=pl.when(seccion > 0).then(seccion),
        municipio="n municipio" if unidad[0] is Campo.ID_DISTRITO else pl.lit(None, dtype=pl.Int64),
        lista_nominal=nominal,
        es_acta=es_acta,
        regular=es_acta
        & pl.col("entera")
        & _en_orden()
        & ~pl.col("repetida")
        & ~pl.col("raras")
        & ((tope <= 0) | (tope >= total)).fill_null(value=True)
        & (pl.col("n calculado") == total).fill_null(value=True),
    )


_PROTECCION: Final = "'\"‘’ \t"


def _desprotegido(texto: pl.Expr) -> pl.Expr:
    """Take off what `desproteger` takes off (R88)."""
    return texto.str.strip_chars().str.strip_prefix('="').str.strip_chars(_PROTECCION)


def _digitos(texto: pl.Expr) -> pl.Expr:
    """Return the number of a text of one to nine digits; null for any other."""
    # The cast to an unsigned number refuses all but digits, and one leading plus, which no `Cuerpo` has.
    return pl.when(texto.str.len_bytes() <= 9).then(texto.cast(pl.UInt32, strict=False)).cast(pl.Int64)


def _sin_digitos(crudo: pl.DataFrame, nombres: Sequence[str]) -> Mapping[str, list[str]]:
    """Return the different texts of each column whose digits say nothing; all, where there are none."""
    return crudo.select(
        (pl.col(n).filter(pl.col(f"n {n}").is_null()) if f"n {n}" in crudo.columns else pl.col(n))
        .unique()
        .implode()
        for n in nombres
    ).row(0, named=True)


def _numero(nombre: str, tarde: Mapping[str, int]) -> pl.Expr:
    """Return the digits of a column, and what else is a number however badly written."""
    return pl.col(f"n {nombre}").fill_null(
        pl.col(nombre).replace_strict(tarde, default=None, return_dtype=pl.Int64)
    )


def _escrito(nombre: str, tarde: Mapping[str, int]) -> pl.Expr:
    """Say how a number is written: 0 in digits, 1 otherwise, 2 not at all."""
    mal = pl.when(pl.col(nombre).is_in(list(tarde))).then(1).otherwise(2)
    return pl.when(pl.col(f"n {nombre}").is_null()).then(mal).otherwise(0)


def _alguna(nombres: Sequence[str], textos: Sequence[str]) -> pl.Expr:
    """Say whether one of these cells is one of these texts."""
    return pl.any_horizontal(pl.col(nombres).is_in(textos)) if textos else pl.lit(value=False)


def _repetida(cuerpo: Cuerpo) -> pl.Expr:
    acta, casilla = cuerpo.texto(Campo.CLAVE_ACTA), cuerpo.texto(Campo.CLAVE_CASILLA)
    clave = _desprotegido(pl.when(acta != "").then(acta).otherwise(casilla))
    return clave.is_duplicated() & (clave != "")


_HORAS: Final = ("%d/%m/%Y %H:%M:%S", "%d/%m/%Y %H:%M", "%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M")
_SIN_HORA: Final = 12
"""A text shorter than this is no time (`celdas.momento`)."""


def _horas(cuerpo: Cuerpo) -> dict[str, pl.Expr]:
    """Return the times of a row, as far as they are written like the first of the file, and their lengths."""
    horas = {}
    for nombre, campo in (
        ("acopio", Campo.ACOPIO),
        ("captura", Campo.CAPTURA),
        ("verificacion", Campo.VERIFICACION),
    ):
        # Nothing is told of the order where there is no captura.
        texto = cuerpo.texto(campo) if Campo.CAPTURA in cuerpo.esquema.campos else pl.lit("")
        largo = texto.str.len_chars()
        primera = cuerpo.crudo.select(texto.filter(largo >= _SIN_HORA).head(1)).to_series()
        formato = next((f for f in _HORAS if primera.str.to_datetime(f, strict=False).count()), _HORAS[0])
        horas[nombre] = texto.str.to_datetime(formato, strict=False)
        horas[f"{nombre} largo"] = largo
    return horas


def _en_orden() -> pl.Expr:
    """Say whether acopio, captura and verificación follow each other (R99), as far as they are told."""
    acopio, captura, verificacion = horas = [pl.col(n) for n in ("acopio", "captura", "verificacion")]
    leidas = [h.is_not_null() | (pl.col(f"{h.meta.output_name()} largo") < _SIN_HORA) for h in horas]
    seguidas = [(acopio <= captura).fill_null(value=True), (captura <= verificacion).fill_null(value=True)]
    return pl.all_horizontal(*leidas, *seguidas)
