"""What some actas of one election add up to, acta by acta: the header of a published file (R39–R48).

For whoever holds actas and asks for one level: `pregon corte`, `prep.comparar`. All levels of a corte are
counted by the two engines, `origin.motor` and `prep.recontar`.
"""

from collections import Counter
from collections.abc import Iterable, Sequence

from pregon.prep.acta import Acta, Clase, TipoCasilla
from pregon.prep.corte import Totales


def totales(actas: Iterable[Acta], ancho: int) -> Totales:
    """Add up some actas of one election with `ancho` vote columns (R39–R48)."""
    en_catalogo, fuera = [], 0
    for acta in actas:
        if acta.en_catalogo:
            en_catalogo.append(acta)
        else:
            fuera += 1
    cuantas: Counter[Clase] = Counter()
    nominal: Counter[Clase] = Counter()
    for acta in en_catalogo:
        cuantas[clase := acta.clase] += 1
        nominal[clase] += acta.lista_nominal
    contadas = [a for a in en_catalogo if a.contada]
    especiales = [a for a in contadas if a.casilla.tipo is TipoCasilla.ESPECIAL]
    numeros = ([v if v.__class__ is int else 0 for v in a.votos] for a in contadas)
    cifras = {
        "esperadas": len(en_catalogo),
        "fuera_de_catalogo": fuera,
        "contabilizadas": len(contadas),
        "no_contabilizadas": sum(a.capturada and not a.contada for a in en_catalogo),
        "inconsistentes": sum(a.inconsistente for a in en_catalogo),
        "sin_acta": sum(a.sin_acta for a in en_catalogo),
        "lista_nominal": sum(a.lista_nominal for a in contadas),
        "votos_especiales": sum(a.total_calculado for a in especiales),
        "sin_desglose": sum(a.sin_desglose for a in contadas),
        f"actas: {Clase.FUERA_DE_CATALOGO.value}": fuera,
    }
    cifras |= {f"actas: {clase.value}": n for clase, n in cuantas.items()}
    cifras |= {f"lista nominal: {clase.value}": n for clase, n in nominal.items()}
    return Totales.de(cifras, _columnas(numeros, ancho))


def _columnas(filas: Iterable[Sequence[int]], ancho: int) -> tuple[int, ...]:
    return tuple(map(sum, zip((0,) * ancho, *filas, strict=True)))
