"""From actas to the corte: every level is the sum of its counted actas, the entidad that of its parts (R72).

One pass groups, each acta is added once, in its sección; the levels above add the levels below. Fuera de
catálogo adds nowhere; RP actas and rows without a unit add at the entidad only (R73, R76).
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from pregon.prep.acta import Acta, Clase, TipoCasilla
from pregon.prep.corte import Corte, ResultadoEleccion, ResultadoSeccion, ResultadoUnidad, Totales
from pregon.prep.jornada import Eleccion, Jornada


def contar(
    jornada: Jornada, *, numero: int, instante: datetime, ultimo: bool, actas: Mapping[str, Sequence[Acta]]
) -> Corte:
    """Count one corte. `actas` holds all rows by `Eleccion.clave`, in any order; none for a missing key."""
    resultados = tuple(contar_eleccion(e, actas.get(e.clave, ())) for e in jornada.elecciones)
    return Corte(jornada=jornada, numero=numero, instante=instante, ultimo=ultimo, resultados=resultados)


def contar_eleccion(eleccion: Eleccion, actas: Iterable[Acta]) -> ResultadoEleccion:
    """Count one election of the corte."""
    ordenadas = sorted(actas, key=lambda a: (not a.en_catalogo, a.renglon))
    conocidas = {u.numero for u in eleccion.unidades}
    grupos: dict[int, dict[int | None, list[Acta]]] = defaultdict(lambda: defaultdict(list))
    sin_unidad, fuera = [], []
    for acta in ordenadas:
        unidad = acta.casilla.unidad
        if not acta.en_catalogo:
            fuera.append(acta)
        elif acta.rp or unidad not in conocidas or unidad is None:
            sin_unidad.append(acta)
        else:
            grupos[unidad][acta.casilla.seccion].append(acta)
    ancho = len(eleccion.columnas)
    unidades = []
    for unidad_ in eleccion.unidades:
        secciones = tuple(
            ResultadoSeccion(seccion=s, totales=totales(del_grupo, ancho), actas=tuple(del_grupo))
            for s, del_grupo in sorted(
                grupos[unidad_.numero].items(), key=lambda par: (par[0] is None, par[0] or 0)
            )
        )
        suma = _sumar([s.totales for s in secciones], ancho)
        unidades.append(ResultadoUnidad(unidad=unidad_, totales=suma, secciones=secciones))
    partes = [u.totales for u in unidades] + [totales(sin_unidad, ancho), totales(fuera, ancho)]
    return ResultadoEleccion(
        eleccion=eleccion,
        totales=_sumar(partes, ancho),
        unidades=tuple(unidades),
        municipios=(),
        sin_unidad=tuple(sin_unidad),
        fuera_de_catalogo=tuple(fuera),
        actas=tuple(ordenadas),
    )


_EN_CATALOGO = [c for c in Clase if c is not Clase.FUERA_DE_CATALOGO]


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
    return Totales(
        esperadas=len(en_catalogo),
        fuera_de_catalogo=fuera,
        contabilizadas=len(contadas),
        no_contabilizadas=sum(a.capturada and not a.contada for a in en_catalogo),
        inconsistentes=sum(a.inconsistente for a in en_catalogo),
        sin_acta=sum(a.sin_acta for a in en_catalogo),
        lista_nominal=sum(a.lista_nominal for a in contadas),
        votos=_columnas(numeros, ancho),
        votos_especiales=sum(a.total_calculado for a in especiales),
        sin_desglose=sum(a.sin_desglose for a in contadas),
        clases=(*(cuantas[c] for c in _EN_CATALOGO), fuera),
        nominal=(*(nominal[c] for c in _EN_CATALOGO), 0),
    )


def _sumar(partes: Sequence[Totales], ancho: int) -> Totales:
    return Totales(
        esperadas=sum(t.esperadas for t in partes),
        fuera_de_catalogo=sum(t.fuera_de_catalogo for t in partes),
        contabilizadas=sum(t.contabilizadas for t in partes),
        no_contabilizadas=sum(t.no_contabilizadas for t in partes),
        inconsistentes=sum(t.inconsistentes for t in partes),
        sin_acta=sum(t.sin_acta for t in partes),
        lista_nominal=sum(t.lista_nominal for t in partes),
        votos=_columnas((t.votos for t in partes), ancho),
        votos_especiales=sum(t.votos_especiales for t in partes),
        clases=_columnas((t.clases for t in partes), len(Clase)),
        nominal=_columnas((t.nominal for t in partes), len(Clase)),
        sin_desglose=sum(t.sin_desglose for t in partes),
    )


def _columnas(filas: Iterable[Sequence[int]], ancho: int) -> tuple[int, ...]:
    return tuple(map(sum, zip((0,) * ancho, *filas, strict=True)))
