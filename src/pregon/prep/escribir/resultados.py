"""The results CSV in its three sections: title and stamp, header figures, rows (R79)."""

from collections.abc import Iterator, Sequence

from pregon.prep.acta import Acta
from pregon.prep.catalogo import exigir_claves_unicas
from pregon.prep.corte import Corte, ResultadoEleccion
from pregon.prep.escribir import tabla
from pregon.prep.escribir.campo import renglones
from pregon.prep.escribir.esquema import campos, titulo
from pregon.prep.jornada import Tipo
from pregon.prep.sello import sello


def resultados(corte: Corte, resultado: ResultadoEleccion, actas: Sequence[Acta]) -> bytes:
    """Return the CSV of `resultado`, whose rows are `actas`.

    Raises ErrorDeDatos when an oficial one repeats a key (R83).
    """
    if corte.jornada.tipo is Tipo.OFICIAL:
        exigir_claves_unicas(actas)
    return tabla.escribir(_filas(corte, resultado, actas), corte.jornada.dialecto)


def _filas(corte: Corte, resultado: ResultadoEleccion, actas: Sequence[Acta]) -> Iterator[Sequence[str]]:
    dialecto = corte.jornada.dialecto
    encabezado = resultado.totales.encabezado(ultimo=corte.ultimo)
    yield [tabla.libre(titulo(corte.jornada, resultado.eleccion))]
    yield [sello(corte.instante, corte.jornada.instituto.zona)]
    if dialecto.renglon_en_blanco:
        yield []
    yield [dialecto.campo(cifra) for cifra in encabezado]
    yield [str(valor) for valor in encabezado.values()]
    yield []
    yield from renglones(campos(corte.jornada, resultado.eleccion), actas)
