"""The results CSV in its three sections: title and stamp, header figures, rows (R79)."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from pregon.errors import ErrorDeDatos
from pregon.prep.acta import Acta
from pregon.prep.corte import Corte, ResultadoEleccion
from pregon.prep.escribir import tabla
from pregon.prep.escribir.esquema import campos, titulo
from pregon.prep.jornada import Tipo
from pregon.prep.sello import sello


def resultados(corte: Corte, resultado: ResultadoEleccion) -> bytes:
    """Return the CSV. Raises ErrorDeDatos when an oficial catalogue repeats a key (R83)."""
    if corte.jornada.tipo is Tipo.OFICIAL:
        _claves_unicas(resultado.actas)
    return tabla.escribir(_filas(corte, resultado))


def _filas(corte: Corte, resultado: ResultadoEleccion) -> Iterator[Sequence[str]]:
    encabezado = resultado.totales.encabezado(ultimo=corte.ultimo)
    columnas = campos(corte.jornada.instituto, resultado.eleccion)
    yield [tabla.libre(titulo(corte.jornada, resultado.eleccion))]
    yield [sello(corte.instante, corte.jornada.instituto.zona)]
    yield []
    yield list(encabezado)
    yield [str(valor) for valor in encabezado.values()]
    yield []
    yield [campo.nombre for campo in columnas]
    valores = [campo.valor for campo in columnas]
    for acta in resultado.actas:
        yield [valor(acta) for valor in valores]


def _claves_unicas(actas: Iterable[Acta]) -> None:
    """Refuse repeated keys: a replayed file may have them, ours may not; they are how people name an acta."""
    veces = Counter(f"{a.casilla.clave}{a.tipo_acta}" for a in actas if a.en_catalogo)
    repetidas = sorted(clave for clave, n in veces.items() if n > 1)
    if repetidas:
        muestra = ", ".join(repetidas[:5])
        raise ErrorDeDatos(f"{len(repetidas)} claves de acta se repiten en el catálogo: {muestra}")
