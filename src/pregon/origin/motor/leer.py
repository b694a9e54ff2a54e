"""A published base de datos into columns: what `prep.base_de_datos` reads, for files of many regular rows.

Archive, encoding, header and the meaning of columns are its own. Of the rows, only what counting needs is
taken in columns, and only where a row can be read so without a doubt:

1. `cuerpo` cuts lines and columns, `hechos` casts numbers.
2. How a row is treated follows from a few texts (kind of casilla, observaciones, CONTABILIZADA…): the careful
   `Lector` reads one row of each combination, and the others are treated alike.
3. Rows of which there is anything to tell (a sum that does not agree, a repeated key, an odd cell, a
   combination that warns) are read by the `Lector` one by one, and so are the actas that somebody asks for.

A file with anything else (quotes left open, totals among the rows, no OBSERVACIONES) goes the careful way.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Final, TypeVar

import polars as pl

from pregon.origin.motor.cuerpo import Cuerpo, cuerpo
from pregon.origin.motor.hechos import TRATO, hechos
from pregon.origin.motor.pausa import sin_recolector
from pregon.origin.motor.tabla import CONTABILIZADAS, Tabla, votos
from pregon.prep import base_de_datos
from pregon.prep.acta import Acta, Contabilizada
from pregon.prep.base_de_datos import LIMITES, BaseDeDatos, Limites
from pregon.prep.base_de_datos.advertencias import Advertencias
from pregon.prep.base_de_datos.celdas import numero
from pregon.prep.base_de_datos.columnas import Campo, Esquema
from pregon.prep.base_de_datos.filas import Fila, Filas, Lector, Renglones, con_renglon, leer_filas, mayoria
from pregon.prep.base_de_datos.nombres import desproteger


def leer(nombre: str, datos: bytes, *, limites: Limites = LIMITES) -> tuple[BaseDeDatos, ...]:
    """Read every base de datos in a CSV or a ZIP: what `prep.base_de_datos.leer` gives, with its errors.

    `actas` of a regular file is a `Tabla`, which `contar` counts without making any acta.
    """
    with sin_recolector():
        return base_de_datos.leer(nombre, datos, limites=limites, filas=_leer_filas)


def _leer_filas(
    renglones: Renglones,
    *,
    esquema: Esquema,
    unidad: tuple[Campo, Campo],
    delimitador: str,
    limites: Limites,
    advertencias: Advertencias,
) -> Filas:
    def lector(advertencias: Advertencias) -> Lector:
        return Lector(esquema=esquema, unidad=unidad, delimitador=delimitador, advertencias=advertencias)

    cortado = cuerpo(renglones, esquema, delimitador, limites)
    filas = None if cortado is None else _EnColumnas(cortado, unidad, lector).leer(advertencias)
    if filas is not None:
        return filas
    return leer_filas(
        renglones,
        esquema=esquema,
        unidad=unidad,
        delimitador=delimitador,
        limites=limites,
        advertencias=advertencias,
    )


_T = TypeVar("_T")
_DEL_TRATO: Final = ["contabilizada", "observaciones", "tipo_acta", "especial", "sin_desglose"]
"""Columns of a `Tabla` that follow from `TRATO`."""


class _EnColumnas:
    """Reads the rows of one file."""

    def __init__(
        self,
        cuerpo: Cuerpo,
        unidad: tuple[Campo, Campo],
        lector: Callable[[Advertencias], Lector],
    ) -> None:
        self._cuerpo = cuerpo
        self._unidad = unidad
        self._lector = lector
        self._ancho = len(cuerpo.esquema.votos)

    def leer(self, advertencias: Advertencias) -> Filas | None:
        """Return all rows; None, with nothing told, when the file must be read the careful way."""
        dichos = hechos(self._cuerpo, self._unidad)
        tratos = self._tratos(dichos)
        if tratos is None:
            return None
        filas = dichos.join(tratos, on=TRATO, how="left", maintain_order="left")
        igual = pl.col("regular") & pl.col("contabilizada").is_not_null()
        iguales, aparte = filas.filter(igual), filas.filter(~igual)
        if aparte.height > iguales.height:
            return None
        if None in self._una_por_una(aparte.filter(~pl.col("es_acta")), _Oido()):
            return None
        sueltas = [f for f in self._una_por_una(aparte, advertencias) if f is not None]
        return self._filas(iguales, aparte, sueltas)

    def _una_por_una(self, filas: pl.DataFrame, advertencias: Advertencias) -> list[Fila | None]:
        lector = self._lector(advertencias)
        return [lector.leer(self._cuerpo.celdas(i), fila) for i, fila in filas.select("linea", "fila").rows()]

    def _tratos(self, dichos: pl.DataFrame) -> pl.DataFrame | None:
        """Return how each combination is treated, as its first row is; not those of which something is told.

        None when the `Lector` reads another number than the columns say: nobody knows a file like that.
        """
        primeras = dichos.select(*TRATO, "regular", n=pl.int_range(pl.len())).filter("regular")
        casos = dichos[primeras.unique(TRATO, keep="first", maintain_order=True)["n"]]
        oido = _Oido()
        lector = self._lector(oido)
        leidas = []
        for linea, fila in casos.select("linea", "fila").rows():
            oido.algo = False
            leida = lector.leer(self._cuerpo.celdas(linea), fila)
            leidas.append(None if oido.algo else leida)
        callados = casos.filter(pl.Series([f is not None for f in leidas], dtype=pl.Boolean))
        tabla = Tabla.de([f.acta for f in leidas if f is not None], self._ancho).cuadro
        mismos = [*votos(self._ancho), "unidad", "seccion", "municipio", "lista_nominal"]
        if not callados.select(mismos).equals(tabla.select(mismos)):
            return None
        return pl.concat([callados.select(TRATO), tabla.select(_DEL_TRATO)], how="horizontal")

    def _filas(self, iguales: pl.DataFrame, aparte: pl.DataFrame, sueltas: Sequence[Fila]) -> Filas:
        """Put together the rows read in columns and one by one, in the order of the catalogue."""
        otras = [f"otra {encabezado}" for encabezado in self._cuerpo.esquema.otras]
        cuadro = Tabla.de([f.acta for f in sueltas], self._ancho).cuadro
        de_filas = pl.DataFrame(
            [
                (f.nombre_unidad, f.entidad, "" if f.id_entidad is None else str(f.id_entidad), *f.otras)
                for f in sueltas
            ],
            schema=dict.fromkeys(("nombre", "entidad", "id_entidad", *otras), pl.String),
            orient="row",
        )
        una_por_una = pl.concat([cuadro, aparte.select("linea", "fila"), de_filas], how="horizontal")
        fuera = pl.col("contabilizada") == CONTABILIZADAS.index(Contabilizada.FUERA_DE_CATALOGO)
        todas = (
            pl.concat(
                [una_por_una, iguales.with_columns(renglon=0).select(una_por_una.columns)],
                how="vertical_relaxed",
            )
            .sort(fuera, "linea")
            .with_columns(renglon=pl.int_range(1, pl.len() + 1, dtype=pl.Int64))
        )
        en_catalogo = todas.filter(~fuera)
        de_unidad = en_catalogo.drop_nulls("unidad").group_by("unidad", "nombre", maintain_order=True)
        como_se_llama: dict[int, Counter[str]] = {}
        primeras: dict[int, int] = {}
        for unidad, nombre, veces, fila in de_unidad.agg(pl.len(), pl.first("fila")).rows():
            como_se_llama.setdefault(unidad, Counter())[desproteger(nombre)] += veces
            primeras.setdefault(unidad, fila)
        leidas = dict(zip(aparte["linea"], sueltas, strict=True))
        return Filas(
            actas=Tabla(todas.select(cuadro.columns), self._acta(todas["linea"].to_list(), leidas)),
            filas=tuple(todas["fila"].to_list()),
            otras={
                encabezado: tuple(todas[f"otra {encabezado}"].to_list())
                for encabezado in self._cuerpo.esquema.otras
            },
            entidad=mayoria(_cuantos(todas["entidad"], desproteger)) or "",
            id_entidad=mayoria(_cuantos(todas["id_entidad"], numero)) or 0,
            nombres=como_se_llama,
            primeras=primeras,
            sin_unidad=en_catalogo.filter(pl.col("unidad").is_null())["fila"].to_list(),
        )

    def _acta(self, orden: Sequence[int], leidas: Mapping[int, Fila]) -> Callable[[int], Acta]:
        """Return what makes the acta of a place in the catalogue, once; `orden` is the line of each place."""
        lector = self._lector(_Oido())
        hechas: dict[int, Acta] = {}

        def acta(i: int) -> Acta:
            if i not in hechas:
                fila = leidas.get(orden[i]) or lector.leer(self._cuerpo.celdas(orden[i]), 0)
                assert fila is not None
                hechas[i] = con_renglon(fila.acta, i + 1)
            return hechas[i]

        return acta


class _Oido(Advertencias):
    """Keeps nothing of what is told, only that something was."""

    def __init__(self) -> None:
        super().__init__(archivo="", maximo=0)
        self.algo = False

    def una(self, fila: int | None, columna: str, *, que: str, lectura: str, regla: str = "") -> None:  # noqa: ARG002 - as its parent's
        """Notice it."""
        self.algo = True


def _cuantos(textos: pl.Series, leer: Callable[[str], _T | None]) -> Counter[_T]:
    """Count what the cells say, those left out that say nothing."""
    cuenta: Counter[_T] = Counter()
    for texto, veces in textos.to_frame("t").group_by("t", maintain_order=True).len().rows():
        if dicho := leer(texto):
            cuenta[dicho] += veces
    return cuenta
