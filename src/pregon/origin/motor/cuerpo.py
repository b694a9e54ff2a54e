"""The rows of a file as they stand: lines of text, and the text of their columns."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import repeat
from typing import Final

import polars as pl

from pregon.prep.base_de_datos import Limites
from pregon.prep.base_de_datos.columnas import Campo, Esquema
from pregon.prep.base_de_datos.encabezado import partir
from pregon.prep.base_de_datos.filas import Renglones

_EXIGIDOS: Final = (Campo.SECCION, Campo.TIPO_CASILLA, Campo.CONTABILIZADA, Campo.OBSERVACIONES)
"""Without one of these, what a row says is deduced from its other cells: the careful way."""

_DE_ADORNO: Final = {
    Campo.ID_CASILLA,
    Campo.CASILLA,
    Campo.EXT_CONTIGUA,
    Campo.SOBRANTES,
    Campo.PERSONAS,
    Campo.REP_VOTARON,
    Campo.SACADOS,
    Campo.ASENTADO,
    Campo.MECANISMOS,
    Campo.ORIGEN,
    Campo.DIGITALIZACION,
    Campo.TIPO_DOCUMENTO,
}
"""What is only read when somebody asks for the acta: no figure and no warning follows from it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cuerpo:
    """Every line that is not blank."""

    esquema: Esquema
    delimitador: str
    lineas: Sequence[str]
    crudo: pl.DataFrame
    """A row per line. A column is called as its position in the file; `linea` is the index of the line,
    `fila` its physical row, `entera`: it has as many cells as there are columns."""

    def texto(self, campo: Campo) -> pl.Expr:
        """Return the cells of a column of `crudo`, empty where the file lacks it."""
        i = self.esquema.campos.get(campo)
        return pl.lit("") if i is None else pl.col(str(i))

    def celdas(self, linea: int) -> list[str]:
        """Return the cells of a line, as the careful reader cuts them."""
        return partir(self.lineas[linea], self.delimitador)


def cuerpo(renglones: Renglones, esquema: Esquema, delimitador: str, limites: Limites) -> Cuerpo | None:
    """Cut the text into lines and columns; None when only the careful reader can, or has to refuse it."""
    texto = renglones.texto.replace("\r\n", "\n") if "\r" in renglones.texto else renglones.texto
    if "\r" in texto or not esquema.campos.keys() >= set(_EXIGIDOS) or _con_signo(texto, delimitador):
        return None
    todas = texto.split("\n")
    llenas = [i for i, linea in enumerate(todas) if linea and not linea.isspace()]
    lineas = [todas[i] for i in llenas]
    if not 0 < len(lineas) <= limites.filas or max(map(len, lineas)) > limites.celda:
        return None
    con_comillas = [i for i, linea in enumerate(lineas) if '"' in linea] if '"' in texto else []
    if any(lineas[i].count('"') % 2 for i in con_comillas):
        return None
    comas = map(str.count, lineas, repeat(delimitador))
    de_otro_ancho = [i for i, cuantas in enumerate(comas) if cuantas != esquema.ancho - 1]
    crudo = _crudo(lineas, {*con_comillas, *de_otro_ancho}, esquema, delimitador)
    fila = pl.Series("fila", llenas, dtype=pl.Int64) + renglones.primera
    return Cuerpo(esquema=esquema, delimitador=delimitador, lineas=lineas, crudo=crudo.with_columns(fila))


def _con_signo(texto: str, delimitador: str) -> bool:
    """Say whether some cell begins with a plus: `numero` takes it for no number, a cast for one."""
    return "+" in texto and any(f"{antes}+" in texto for antes in (delimitador, "'", '"', "\n"))


def _crudo(lineas: Sequence[str], aparte: set[int], esquema: Esquema, delimitador: str) -> pl.DataFrame:
    """Cut all lines at once, but for those `aparte`, which have quotes or another number of cells."""
    campos = {i for campo, i in esquema.campos.items() if campo not in _DE_ADORNO}
    necesarias = sorted({*campos, *esquema.votos, *esquema.otras.values()})
    tipos = dict.fromkeys(map(str, necesarias), pl.String)
    partes = []
    if llanas := [i for i in range(len(lineas)) if i not in aparte]:
        crudo = pl.read_csv(
            "\n".join([lineas[i] for i in llanas]).encode(),
            has_header=False,
            separator=delimitador,
            quote_char=None,
            empty_string_is_null=False,
            schema=dict.fromkeys(map(str, range(esquema.ancho)), pl.String),
            columns=necesarias,
        )
        linea = pl.Series("linea", llanas, dtype=pl.Int64)
        partes.append(crudo.with_columns(linea, entera=pl.lit(value=True)))
    if aparte:
        filas = []
        for i in sorted(aparte):
            celdas = partir(lineas[i], delimitador)
            entera = len(celdas) >= esquema.ancho and not any(map(str.strip, celdas[esquema.ancho :]))
            filas.append((*(celdas[n] if n < len(celdas) else "" for n in necesarias), i, entera))
        esquema_propio = {**tipos, "linea": pl.Int64, "entera": pl.Boolean}
        partes.append(pl.DataFrame(filas, schema=esquema_propio, orient="row"))
    return pl.concat(partes).sort("linea") if aparte else partes[0]
