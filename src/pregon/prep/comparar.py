"""What a database publishes in its header against what its own rows add up to, field by field.

A difference is told with its likely cause, never imitated: Coahuila 2017 rounded, a rehearsal of 2024 was
torn between header and rows, a last corte counts casillas especiales without saying so (decisions §16). A
right value badly written (``2658993.0``, ``39.226``) is an advertencia, no difference.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from pregon.prep.acta import Acta, Contabilizada
from pregon.prep.base_de_datos import Advertencia, BaseDeDatos
from pregon.prep.base_de_datos.celdas import corto
from pregon.prep.base_de_datos.cifras import (
    Supuesto,
    cambiar,
    decir_filas,
    en_blanco,
    leer_cifra,
    plural,
    supuestos,
)
from pregon.prep.corte import Totales
from pregon.prep.porcentaje import porcentaje
from pregon.prep.totales import totales


@dataclass(frozen=True, slots=True, kw_only=True)
class Diferencia:
    """A published figure that the rows do not give."""

    campo: str
    publicado: str
    """As printed."""
    calculado: int | str
    mensaje: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparacion:
    """One base de datos, recounted."""

    base: BaseDeDatos
    ultimo: bool
    calculado: dict[str, int | str]
    """The 13 figures (R81)."""
    diferencias: tuple[Diferencia, ...]
    advertencias: tuple[Advertencia, ...]
    """Those of reading, and those of a header badly written."""


def comparar(base: BaseDeDatos, *, ultimo: bool) -> Comparacion:
    """Recount a base de datos and compare it; absent or empty published fields are no difference."""
    t = totales(base.actas, len(base.columnas))
    calculado = t.encabezado(ultimo=ultimo)
    distintos: dict[str, str] = {}
    advertencias = []
    for campo, valor in calculado.items():
        impreso = (base.publicado or {}).get(campo, "")
        if en_blanco(impreso) or impreso == str(valor):
            continue
        if _es(campo, impreso, valor):
            advertencias.append(_mal_escrita(base, campo, impreso, valor))
        else:
            distintos[campo] = impreso
    causas = _causas(base, t, distintos, ultimo=ultimo) if distintos else {}
    return Comparacion(
        base=base,
        ultimo=ultimo,
        calculado=calculado,
        diferencias=tuple(
            Diferencia(campo=c, publicado=impreso, calculado=calculado[c], mensaje=causas[c])
            for c, impreso in distintos.items()
        ),
        advertencias=tuple(sorted((*base.advertencias, *advertencias), key=lambda a: a.fila or 0)),
    )


def _mal_escrita(base: BaseDeDatos, campo: str, impreso: str, valor: int | str) -> Advertencia:
    return Advertencia(
        archivo=base.archivo,
        fila=base.fila_publicado,
        columna=campo,
        que=f"dice «{corto(impreso)}»",
        lectura=f"el valor es correcto y se escribe {valor}",
        regla="R50, R58",
        muestra=() if base.fila_publicado is None else (base.fila_publicado,),
    )


def _es(campo: str, impreso: str, valor: int | str) -> bool:
    """Tell whether what was printed is the value, as far as it prints: some give two decimals, some ten."""
    leido, debido = leer_cifra(campo, impreso), leer_cifra(campo, valor)
    if leido is None or debido is None or leido == debido:
        return leido == debido
    n = min(len(leido[1]), 4)
    exacto = debido[1].ljust(4, "0")
    return campo.startswith("PORCENTAJE") and n >= 2 and (leido[0], leido[1][:n]) == (debido[0], exacto[:n])


def _causas(base: BaseDeDatos, t: Totales, distintos: Mapping[str, str], *, ultimo: bool) -> dict[str, str]:
    """Return the likely cause of each difference: the supposition that explains most fields goes first."""
    supuestas = list(_hipotesis(base, t))
    explican = [
        sum(
            leer_cifra(c, impreso) == leer_cifra(c, h.totales.encabezado(ultimo=ultimo)[c])
            for c, impreso in distintos.items()
        )
        for h in supuestas
    ]
    orden = sorted(range(len(supuestas)), key=lambda i: -explican[i])
    probadas = [Supuesto(texto="", totales=t)] + [supuestas[i] for i in orden if explican[i]]
    return {c: _causa(base, t, c, impreso, probadas, ultimo=ultimo) for c, impreso in distintos.items()}


def _causa(
    base: BaseDeDatos, t: Totales, campo: str, impreso: str, probadas: Sequence[Supuesto], *, ultimo: bool
) -> str:
    leido = leer_cifra(campo, impreso)
    if leido is None:
        return f"«{impreso}» no es un número"
    for hipotesis in probadas:
        for texto, candidato in _lecturas(campo, hipotesis.totales, ultimo=ultimo):
            if leido == leer_cifra(campo, candidato):
                return "; ".join(c for c in (hipotesis.texto, texto) if c)
    return _otra_causa(base, t, campo, impreso)


def _lecturas(campo: str, t: Totales, *, ultimo: bool) -> Iterator[tuple[str, int | str]]:
    """Yield the values that a header may give for the same rows, with what was done to get each."""
    yield "", t.encabezado(ultimo=ultimo)[campo]
    for texto, n, d in _cocientes(campo, t, ultimo=ultimo):
        yield texto, porcentaje(n, d)
        if d:
            redondeo = f"está redondeado: {n}/{d} se trunca a {porcentaje(n, d)} (R50)"
            yield "; ".join(t for t in (texto, redondeo) if t), _redondeado(n, d)


def _cocientes(campo: str, t: Totales, *, ultimo: bool) -> list[tuple[str, int, int]]:
    match campo:
        case "PORCENTAJE_ACTAS_CAPTURADAS":
            return [("", t.capturadas, t.esperadas)]
        case "PORCENTAJE_ACTAS_CONTABILIZADAS":
            return [("", t.contabilizadas, t.esperadas)]
        case "PORCENTAJE_ACTAS_INCONSISTENCIAS":
            return [
                ("", t.inconsistentes, t.esperadas),
                (
                    "se contaron también las actas «Sin acta» (R52)",
                    t.inconsistentes + t.sin_acta,
                    t.esperadas,
                ),
                ("se publicaron las no contabilizadas (R52)", t.no_contabilizadas, t.esperadas),
            ]
        case "PORCENTAJE_PARTICIPACION_CIUDADANA":
            con = (
                "coincide con un último corte: con casillas especiales (R53); si se declaró, use --ultimo",
                t.votos_c_cs,
                t.lista_nominal,
            )
            sin = (
                "coincide con un corte que no es el último: sin casillas especiales (R53)",
                t.votos_s_cs,
                t.lista_nominal,
            )
            return [("", *sin[1:]), con] if not ultimo else [("", *con[1:]), sin]
        case _:
            return []


def _redondeado(n: int, d: int) -> str:
    entero, fraccion = divmod((2 * n * 10**6 + d) // (2 * d), 10**4)
    return f"{entero}.{fraccion:04d}"


def _hipotesis(base: BaseDeDatos, t: Totales) -> Iterator[Supuesto]:
    yield from supuestos(base, t)
    actas = enumerate(base.actas)
    exceden = [(i, a) for i, a in actas if a.inconsistente and "EXCEDE" not in a.observaciones.upper()]
    texto = "se contaron sólo las que exceden la lista nominal, y no las ilegibles o sin dato (R52)"
    yield Supuesto(texto=texto, totales=t.con({"inconsistentes": t.inconsistentes - len(exceden)}))
    for quitadas in _posteriores(base):
        texto = (
            f"coincide si se quita{plural(quitadas, 'n')} {decir_filas(base, quitadas)},"
            f" posterior{plural(quitadas, 'es')} al sello: encabezado y renglones no son del mismo instante"
        )
        yield Supuesto(texto=texto, totales=cambiar(t, quitadas, Contabilizada.PENDIENTE))


def _posteriores(base: BaseDeDatos) -> Iterator[list[tuple[int, Acta]]]:
    """Yield sets of actas that a header taken a moment before the rows may have missed (torn corte)."""
    if base.sello is None:
        return
    sello = base.sello.replace(tzinfo=None)
    tardias = sorted(
        (a.verificacion, i)
        for i, a in enumerate(base.actas)
        if a.capturada and a.verificacion is not None and a.verificacion > sello
    )
    pares = [(i, base.actas[i]) for _, i in tardias[-50:]]
    # Two tries cover what was seen: one acta, or all after some instant. The bound is for hostile stamps.
    yield from ([par] for par in pares)
    yield from (pares[desde:] for desde in range(len(pares) - 1))


def _otra_causa(base: BaseDeDatos, t: Totales, campo: str, impreso: str) -> str:
    n = (leer_cifra(campo, impreso) or (0, ""))[0]
    publicado = {
        c: leido[0] for c, v in (base.publicado or {}).items() if (leido := leer_cifra(c, v)) is not None
    }
    capturadas, fuera = publicado.get("ACTAS_CAPTURADAS"), publicado.get("ACTAS_FUERA_CATALOGO")
    match campo:
        case "ACTAS_ESPERADAS":
            return f"el archivo trae {t.esperadas} renglones de catálogo (R39)"
        case "ACTAS_FUERA_CATALOGO":
            return f"fuera de catálogo, los renglones del archivo son {t.fuera_de_catalogo} (R41)"
        case "ACTAS_REGISTRADAS" if fuera is None and capturadas == t.capturadas and n > t.registradas:
            faltan = n - t.registradas
            return f"registra {faltan} actas fuera de catálogo de las que el archivo no trae renglón (R45)"
        case "PORCENTAJE_PARTICIPACION_CIUDADANA" if texto := _propia(publicado, campo, impreso):
            return texto
        case "ACTAS_REGISTRADAS" if capturadas is not None and fuera is not None and n == capturadas + fuera:
            return f"suma lo que el encabezado publica: {capturadas} capturadas y {fuera} fuera de catálogo"
        case "ACTAS_REGISTRADAS" if capturadas == t.capturadas and fuera == t.fuera_de_catalogo:
            return f"no suma lo que el encabezado publica: {capturadas} capturadas y {fuera} fuera (R45)"
        case _:
            return "los renglones del mismo archivo dan otra cifra"


def _propia(publicado: Mapping[str, int], campo: str, impreso: str) -> str:
    """Tell whether the participation follows from other published figures, themselves different."""
    lista = publicado.get("LISTA_NOMINAL_ACTAS_CONTABILIZADAS", 0)
    for suma, que in (("TOTAL_VOTOS_S_CS", "sin"), ("TOTAL_VOTOS_C_CS", "con")):
        votos = publicado.get(suma)
        if (
            votos is not None
            and lista
            and leer_cifra(campo, impreso) == leer_cifra(campo, porcentaje(votos, lista))
        ):
            ultimo = ", como en un último corte (R53)" if que == "con" else ""
            return (
                f"es {suma} entre la lista nominal del propio encabezado: {que} casillas especiales{ultimo}"
            )
    return ""
