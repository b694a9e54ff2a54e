"""What a corte changed of what was already public: every acta and every figure, before and after (R36).

Nothing here decides whether to publish: a correction is published in the open, never held (decisions §15).
An acta is the same one by unit, key, kind of acta and place among its equals, never by key alone (R83).
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import zip_longest
from typing import Literal

from pregon.prep.acta import Acta, Celda, Contabilizada, Marcador
from pregon.prep.corte import ActaCambiada, Caida, Cambio, Cambios, Corte, ResultadoEleccion, Totales
from pregon.prep.dialecto import PRESETS, Dialecto
from pregon.prep.escribir.observaciones import Observaciones
from pregon.prep.lugares import Lugar, contiendas, entidad


def con_cambios(corte: Corte, anterior: Corte | None) -> Corte:
    """Return the corte with what it changed since the previous published one; the first has none."""
    if anterior is None:
        return corte
    previos = {r.eleccion.clave: r for r in anterior.resultados}
    hechos = tuple(
        cambios(previos[clave], r, dialecto=corte.jornada.dialecto)
        for r in corte.resultados
        if (clave := r.eleccion.clave) in previos
    )
    return replace(corte, anterior=anterior.numero, cambios=hechos)


def cambios(
    anterior: ResultadoEleccion, nuevo: ResultadoEleccion, *, dialecto: Dialecto = PRESETS["2024"]
) -> Cambios:
    """Compare one election of two cortes, in time linear in its actas.

    One of them may have been read back from its files, and so in the words of `dialecto`.
    """
    palabras = Observaciones(dialecto)
    columnas = _Columnas(anterior, nuevo)
    corregidas, regresadas, desaparecidas = [], [], []
    capturadas = 0
    for identidad, acta, otra in _parejas(anterior.actas, nuevo.actas):
        if not acta.capturada:
            continue
        if otra is None:
            desaparecidas.append(_cambiada(identidad, acta, ()))
        elif otra.contabilizada is Contabilizada.PENDIENTE:
            regresadas.append(_cambiada(identidad, acta, _campos(acta, otra, columnas, palabras)))
        else:
            capturadas += otra.capturada
            # Most sources hand out the same object until it changes: that saves half the time of all this.
            if acta is not otra and (campos := _campos(acta, otra, columnas, palabras)):
                corregidas.append(_cambiada(identidad, acta, campos))
    return Cambios(
        eleccion=nuevo.eleccion.clave,
        nuevas=nuevo.totales.capturadas - capturadas,
        corregidas=tuple(corregidas),
        regresadas=tuple(regresadas),
        desaparecidas=tuple(desaparecidas),
        caidas=tuple(_caidas(anterior, nuevo)),
    )


_Identidad = tuple[int | None, str, str, int]


def _parejas(antes: Iterable[Acta], ahora: Iterable[Acta]) -> Iterator[tuple[_Identidad, Acta, Acta | None]]:
    """Yield every previous acta with its present self. Rows rarely move, so that few are kept in memory."""
    solas: list[tuple[_Identidad, Acta]] = []
    otras: dict[_Identidad, Acta] = {}
    for una, otra in zip_longest(_identificadas(antes), _identificadas(ahora)):
        if una and otra and una[0] == otra[0]:
            yield *una, otra[1]
            continue
        if una:
            solas.append(una)
        if otra:
            otras[otra[0]] = otra[1]
    for identidad, acta in solas:
        yield identidad, acta, otras.get(identidad)


def _identificadas(actas: Iterable[Acta]) -> Iterator[tuple[_Identidad, Acta]]:
    vistas: Counter[tuple[int | None, str, str]] = Counter()
    for acta in actas:
        clave = (acta.casilla.unidad, acta.casilla.clave, acta.tipo_acta)
        vistas[clave] += 1
        yield (*clave, vistas[clave]), acta


def _cambiada(identidad: _Identidad, acta: Acta, campos: tuple[Cambio, ...]) -> ActaCambiada:
    return ActaCambiada(casilla=acta.casilla, tipo_acta=acta.tipo_acta, ordinal=identidad[-1], campos=campos)


class _Columnas:
    """The vote columns of both cortes by name: a catalogue corrected on the night may add or drop one."""

    def __init__(self, anterior: ResultadoEleccion, nuevo: ResultadoEleccion) -> None:
        antes = [c.clave for c in anterior.eleccion.columnas]
        despues = [c.clave for c in nuevo.eleccion.columnas]
        self._iguales = antes == despues
        self.nombres = tuple(dict.fromkeys([*antes, *despues]))
        self._antes = {clave: i for i, clave in enumerate(antes)}
        self._despues = {clave: i for i, clave in enumerate(despues)}

    def distintas(self, antes: Sequence[Celda], despues: Sequence[Celda]) -> Iterator[Cambio]:
        if self._iguales and antes == despues:
            return
        for nombre in self.nombres:
            i, j = self._antes.get(nombre), self._despues.get(nombre)
            una = Marcador.NO_APLICA if i is None else antes[i]
            otra = Marcador.NO_APLICA if j is None else despues[j]
            if una != otra:
                yield Cambio(campo=nombre, antes=_escrita(una), despues=_escrita(otra))


def _campos(antes: Acta, despues: Acta, columnas: _Columnas, palabras: Observaciones) -> tuple[Cambio, ...]:
    otros = (
        ("CONTABILIZADA", antes.contabilizada.value, despues.contabilizada.value),
        ("OBSERVACIONES", palabras[antes.observaciones], palabras[despues.observaciones]),
        ("LISTA_NOMINAL", antes.lista_nominal, despues.lista_nominal),
        ("TOTAL_VOTOS_CALCULADO", antes.total_calculado, despues.total_calculado),
        # The image may come after its data; only one that was there can be replaced (R100).
        ("CODIGO_INTEGRIDAD", antes.codigo_integridad, despues.codigo_integridad or antes.codigo_integridad),
    )
    return (
        *columnas.distintas(antes.votos, despues.votos),
        *(
            Cambio(campo=campo, antes=una, despues=otra)
            for campo, una, otra in otros
            if una != otra and (una or campo != "CODIGO_INTEGRIDAD")
        ),
    )


def _escrita(celda: Celda) -> int | str:
    return celda.value if isinstance(celda, Marcador) else celda


def _caidas(anterior: ResultadoEleccion, nuevo: ResultadoEleccion) -> Iterator[Caida]:
    antes, despues = _niveles(anterior), _niveles(nuevo)
    for unidad, cifras in antes.items():
        otras = despues.get(unidad, {})
        for (clase, nombre), n in cifras.items():
            m = otras.get((clase, nombre), 0)
            if m < n:
                yield Caida(unidad=unidad, clase=clase, nombre=nombre, antes=n, despues=m)


_Figura = tuple[Literal["encabezado", "contendiente", "columna"], str]


def _niveles(resultado: ResultadoEleccion) -> dict[int | None, dict[_Figura, int]]:
    """Return the figures that people saw, by unit; None: the entidad."""
    columnas = [c.clave for c in resultado.eleccion.columnas]
    unidades = contiendas(resultado)
    todos = _figuras(resultado.totales, columnas, entidad(resultado, unidades))
    return {None: todos} | {
        u.resultado.unidad.numero: _figuras(u.resultado.totales, columnas, u.lugares) for u in unidades
    }


def _figuras(totales: Totales, columnas: Sequence[str], lugares: Iterable[Lugar]) -> dict[_Figura, int]:
    encabezado = totales.encabezado(ultimo=False)
    figuras: dict[_Figura, int] = {
        ("encabezado", campo): n for campo, n in encabezado.items() if isinstance(n, int)
    }
    figuras |= {("contendiente", lugar.contendiente.clave): lugar.votos for lugar in lugares}
    figuras |= {("columna", c): n for c, n in zip(columnas, totales.votos, strict=True)}
    return figuras
