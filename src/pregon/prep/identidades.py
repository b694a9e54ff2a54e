"""What must hold in every corte, at every level, or it is not released (R39–R48, R72–R76; fault C12).

Parts sum to the whole; every expected acta stands in one `Clase` and only one; captured = counted + not
counted, never above what was expected; nothing is negative. A fault here is ours, never the file's.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

from pregon.prep.acta import Acta, Clase, votos
from pregon.prep.corte import CIFRAS, ResultadoEleccion, ResultadoUnidad, Totales


def faltas(resultado: ResultadoEleccion) -> Iterator[str]:
    """Yield in Spanish every identity that does not hold, with level and figures; none in a good corte."""
    nombres = (*CIFRAS, *(c.clave for c in resultado.eleccion.columnas))
    niveles = list(_niveles(resultado))
    for nivel, t in niveles:
        if len(t.cifras) != len(nombres):
            yield f"{nivel}: cifras: {len(t.cifras)}, {len(nombres)}"
            return
    for nivel, t in niveles:
        yield from _del_nivel(nivel, t)
    for unidad in resultado.unidades:
        yield from _de_unidad(_nombre(resultado, unidad), unidad, nombres)
    yield from _de_municipios(resultado, nombres)
    yield from _de_entidad(resultado, nombres)


_CLASES = tuple(Clase)
_PENDIENTE = _CLASES.index(Clase.PENDIENTE)
_FUERA = _CLASES.index(Clase.FUERA_DE_CATALOGO)
_SIN_ACTA = slice(_CLASES.index(Clase.CASILLA_NO_INSTALADA), _CLASES.index(Clase.SIN_ACTA) + 1)
_SIN_DESGLOSE = CIFRAS.index("sin_desglose")
"""The one figure that may be negative: a printed total may say less than its cells."""


def _niveles(resultado: ResultadoEleccion) -> Iterator[tuple[str, Totales]]:
    yield "entidad", resultado.totales
    for unidad in resultado.unidades:
        nombre = _nombre(resultado, unidad)
        yield nombre, unidad.totales
        yield from ((f"{nombre}, sección {s.seccion}", s.totales) for s in unidad.secciones)
    yield from ((f"municipio {m.unidad.numero}", m.totales) for m in resultado.municipios)


def _nombre(resultado: ResultadoEleccion, unidad: ResultadoUnidad) -> str:
    return f"{resultado.eleccion.detalle.value} {unidad.unidad.numero}"


def _de_entidad(resultado: ResultadoEleccion, nombres: Sequence[str]) -> Iterator[str]:
    """Hold the entidad against its units and the actas of none, which are few and at hand (R73, R76)."""
    t = resultado.totales
    resto = t.menos(u.totales for u in resultado.unidades)
    for i, (nombre, n) in enumerate(zip(nombres, resto.cifras, strict=True)):
        if n < 0 and i != _SIN_DESGLOSE:
            yield f"entidad: {nombre} suma menos que sus partes: {n}"
    sueltas, fuera = len(resultado.sin_unidad), len(resultado.fuera_de_catalogo)
    if resto.esperadas != sueltas:
        yield f"entidad: actas sin unidad: {resto.esperadas}, {sueltas}"
    if t.fuera_de_catalogo != fuera:
        yield f"entidad: fuera de catálogo: {t.fuera_de_catalogo}, {fuera}"
    if len(resultado.actas) != t.esperadas + fuera:
        yield f"entidad: renglones: {len(resultado.actas)}, {t.esperadas + fuera}"
    suyos = _votos(resultado.sin_unidad, len(t.votos))
    if resto.votos != suyos:
        yield f"entidad: votos sin unidad: {resto.votos}, {suyos}"


def _de_unidad(nivel: str, unidad: ResultadoUnidad, nombres: Sequence[str]) -> Iterator[str]:
    for s in unidad.secciones:
        if len(s.actas) != s.totales.esperadas:
            yield f"{nivel}, sección {s.seccion}: renglones: {len(s.actas)}, {s.totales.esperadas}"
    yield from _de_suma(nivel, unidad.totales, (s.totales for s in unidad.secciones), nombres)


def _de_municipios(resultado: ResultadoEleccion, nombres: Sequence[str]) -> Iterator[str]:
    if not resultado.municipios:
        return
    por_seccion: dict[int | None, list[Totales]] = defaultdict(list)
    for unidad in resultado.unidades:
        for s in unidad.secciones:
            por_seccion[s.seccion].append(s.totales)
    vistas: set[int] = set()
    for municipio in resultado.municipios:
        nivel = f"municipio {municipio.unidad.numero}"
        propias = (t for s in municipio.secciones for t in por_seccion[s])
        yield from _de_suma(nivel, municipio.totales, propias, nombres)
        if repetidas := vistas.intersection(municipio.secciones):
            yield f"{nivel}: secciones de dos municipios: {sorted(repetidas)}"
        vistas.update(municipio.secciones)


def _del_nivel(nivel: str, t: Totales) -> Iterator[str]:
    """Hold one level against itself (R45)."""
    cifras = t.cifras
    pendientes, fuera = t.clases[_PENDIENTE], t.clases[_FUERA]
    capturadas = sum(t.clases) - pendientes - fuera
    sin_acta = sum(t.clases[_SIN_ACTA])
    c_cs, nominal = t.votos_c_cs, sum(t.nominal)
    if fuera != t.fuera_de_catalogo:
        yield f"{nivel}: fuera de catálogo: {t.fuera_de_catalogo}, {fuera}"
    if capturadas != t.capturadas:
        yield f"{nivel}: capturadas y su suma por clase: {t.capturadas}, {capturadas}"
    if pendientes != t.pendientes:
        yield f"{nivel}: pendientes y su clase: {t.pendientes}, {pendientes}"
    # A Sin acta whose CONTABILIZADA is blank is still pending.
    if not sin_acta <= t.sin_acta <= sin_acta + pendientes:
        yield f"{nivel}: sin acta y sus clases: {t.sin_acta}, {sin_acta}"
    if t.inconsistentes + t.sin_acta > t.esperadas:
        yield f"{nivel}: inconsistentes y sin acta: {t.inconsistentes}, {t.sin_acta}"
    if t.lista_nominal > nominal:
        yield f"{nivel}: lista nominal: {t.lista_nominal}, {nominal}"
    if t.votos_especiales > c_cs:
        yield f"{nivel}: votos de especiales: {t.votos_especiales}, {c_cs}"
    if not t.contabilizadas and (t.lista_nominal or c_cs):
        yield f"{nivel}: votos o lista nominal sin actas contabilizadas: {c_cs}, {t.lista_nominal}"
    if c_cs < 0 or min(cifras) < 0 > min(*cifras[:_SIN_DESGLOSE], *cifras[_SIN_DESGLOSE + 1 :]):
        yield f"{nivel}: una cifra es negativa: {min(cifras)}"


def _de_suma(nivel: str, todo: Totales, partes: Iterable[Totales], nombres: Sequence[str]) -> Iterator[str]:
    suma = _suma(partes, len(nombres))
    if suma != todo.cifras:
        for nombre, n, m in zip(nombres, todo.cifras, suma, strict=True):
            if n != m:
                yield f"{nivel}: {nombre} y la suma de sus partes: {n}, {m}"


def _suma(partes: Iterable[Totales], ancho: int) -> tuple[int, ...]:
    return tuple(map(sum, zip((0,) * ancho, *(t.cifras for t in partes), strict=True)))


def _votos(actas: Iterable[Acta], columnas: int) -> tuple[int, ...]:
    filas = ([votos(v) for v in a.votos] for a in actas if a.contada)
    return tuple(map(sum, zip((0,) * columnas, *filas, strict=True)))
