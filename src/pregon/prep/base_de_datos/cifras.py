"""The published figures beside the rows: how they are written, and by which rule they were counted.

A header and rows that are not of one snapshot, or a file that ends too early, are *torn* (C2): `desgarro`. A
figure badly written, blank, or counted by another rule that somebody did publish by, is not.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from pregon.prep.acta import Acta, Contabilizada, TipoCasilla
from pregon.prep.base_de_datos.lectura import BaseDeDatos
from pregon.prep.base_de_datos.nombres import desproteger
from pregon.prep.corte import Totales
from pregon.prep.totales import totales


def desgarro(base: BaseDeDatos) -> tuple[str, ...]:
    """Return in Spanish why a base de datos cannot be believed whole; nothing where it can.

    Percentages are not looked at: whoever counted the same actas may still round or divide otherwise.
    """
    publicado = base.publicado
    if publicado is None:
        return base.truncada
    t = totales(base.actas, len(base.columnas))
    distintos = {c: impreso for c in _CONTEOS if not es_igual(c, impreso := publicado.get(c, ""), t)}
    if _fuera_sin_renglon(base, t):
        distintos.pop("ACTAS_REGISTRADAS", None)
    if not distintos:
        return base.truncada
    # Querétaro counted its blank «Sin acta» among the registered alone (2018); another rule shows in every
    # count of actas, though not always in votes and lista nominal (rehearsals of Puebla, 2024).
    campos = distintos if set(distintos) == {"ACTAS_REGISTRADAS"} else {*_DE_ACTAS, *distintos}
    if any(all(es_igual(c, publicado.get(c, ""), s.totales) for c in campos) for s in supuestos(base, t)):
        return base.truncada
    calculado = t.encabezado(ultimo=False)
    causas = (
        f"{campo}: el encabezado dice {impreso[:40]} y los renglones dan {calculado[campo]}"
        for campo, impreso in distintos.items()
    )
    return (*base.truncada, *causas)


_DE_ACTAS = (
    "ACTAS_ESPERADAS",
    "ACTAS_REGISTRADAS",
    "ACTAS_FUERA_CATALOGO",
    "ACTAS_CAPTURADAS",
    "ACTAS_CONTABILIZADAS",
    "ACTAS_NO_CONTABILIZADAS",
)
_CONTEOS = (
    *_DE_ACTAS,
    "LISTA_NOMINAL_ACTAS_CONTABILIZADAS",
    "TOTAL_VOTOS_C_CS",
    "TOTAL_VOTOS_S_CS",
)


def en_blanco(impreso: str) -> bool:
    """Tell a figure that was left out."""
    return desproteger(impreso) in {"", "-", "N/A"}


def leer_cifra(campo: str, impreso: str | int) -> tuple[int, str] | None:
    """Return whole part and decimals without trailing zeros, however written (R58), or None.

    A comma separates the thousands of a count and the decimals of a percentage.
    """
    limpio = desproteger(desproteger(str(impreso)).removesuffix("%"))
    m = (_PORCENTAJE if campo.startswith("PORCENTAJE") else _CONTEO).fullmatch(limpio)
    return (int(re.sub("[,. ]", "", m[1])), (m[2] or "").rstrip("0")) if m else None


_CONTEO = re.compile(r"([0-9]{1,3}(?:[,. ][0-9]{3}){1,3}|[0-9]{1,12})(?:\.([0-9]{0,12}))?")
_PORCENTAJE = re.compile(r"([0-9]{1,12})(?:[.,]([0-9]{0,12}))?")


def es_igual(campo: str, impreso: str, t: Totales) -> bool:
    """Tell whether a published count is blank or the one of these totals."""
    return en_blanco(impreso) or leer_cifra(campo, impreso) == leer_cifra(
        campo, t.encabezado(ultimo=False)[campo]
    )


def _fuera_sin_renglon(base: BaseDeDatos, t: Totales) -> bool:
    """Tell what Coahuila did in 2017: fuera de catálogo registered, no count nor rows of theirs (R45)."""
    publicado = base.publicado or {}
    registradas = leer_cifra("ACTAS_REGISTRADAS", publicado.get("ACTAS_REGISTRADAS", ""))
    capturadas = publicado.get("ACTAS_CAPTURADAS", "")
    return (
        t.fuera_de_catalogo == 0
        and en_blanco(publicado.get("ACTAS_FUERA_CATALOGO", ""))
        and not en_blanco(capturadas)
        and es_igual("ACTAS_CAPTURADAS", capturadas, t)
        and registradas is not None
        and registradas[0] > t.registradas
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Supuesto:
    """What a header may have counted instead; `texto` completes «coincide si…»."""

    texto: str
    totales: Totales


def supuestos(base: BaseDeDatos, t: Totales) -> Iterator[Supuesto]:
    """Yield what the rows of `base` would give by every other rule that somebody has published by."""
    actas = list(enumerate(base.actas))
    sin_capturar = [(i, a) for i, a in actas if a.contabilizada is Contabilizada.NO and a.sin_acta]
    if sin_capturar:
        n, s = plural(sin_capturar, "n"), plural(sin_capturar, "s")
        texto = (
            f"coincide si {_cuantas(sin_capturar)} «Sin acta» no se cuenta{n} como capturada{s} (R44, R59)"
        )
        yield Supuesto(texto=texto, totales=cambiar(t, sin_capturar, Contabilizada.PENDIENTE))
    sin_marca = [(i, a) for i, a in actas if a.contabilizada is Contabilizada.PENDIENTE and a.sin_acta]
    if sin_marca:
        n, cuantas = plural(sin_marca, "n"), f"{_cuantas(sin_marca)} «Sin acta»"
        texto = f"coincide si se cuenta{n} {cuantas} que deja{n} en blanco CONTABILIZADA (R44, R59)"
        yield Supuesto(texto=texto, totales=cambiar(t, sin_marca, Contabilizada.NO))
    sin_acta = [(i, a) for i, a in actas if a.contada and a.sin_acta]
    if sin_acta:
        cuales = f"{plural(sin_acta, 'n')} {decir_filas(base, sin_acta)}"
        texto = f"coincide si no se contabiliza{cuales}, con CONTABILIZADA 1 y «Sin acta»"
        yield Supuesto(texto=texto, totales=cambiar(t, sin_acta, Contabilizada.NO))
    legibles = [
        (i, a)
        for i, a in actas
        if a.contabilizada is Contabilizada.NO and a.observaciones.upper().startswith(("ALGUN", "ALGÚN"))
    ]
    if legibles:
        cuales = f"{plural(legibles, 'n')} {decir_filas(base, legibles)}"
        texto = f"coincide si se contabiliza{cuales}, con CONTABILIZADA 0 y algún dato legible (R43)"
        yield Supuesto(texto=texto, totales=cambiar(t, legibles, Contabilizada.SI))
    rp = [a for _, a in actas if a.contada and a.rp and a.casilla.tipo is TipoCasilla.ESPECIAL]
    if rp:
        texto = (
            f"coincide si no se suma{plural(rp, 'n')} {_cuantas(rp)} de representación proporcional"
            " de casilla especial (R47)"
        )
        yield Supuesto(texto=texto, totales=_sin_votos(t, rp))
    if t.votos_c_cs and not t.votos_especiales:
        # Campeche, juntas of 2021, all night long.
        texto = "coincide si se publica 0 donde ninguna casilla especial suma votos (R47)"
        yield Supuesto(texto=texto, totales=t.con({"votos_especiales": t.votos_c_cs}))


def cambiar(t: Totales, pares: Iterable[tuple[int, Acta]], a: Contabilizada) -> Totales:
    """Return the totals with some actas treated otherwise."""
    antes = [acta for _, acta in pares]
    pendiente = a is Contabilizada.PENDIENTE
    despues = [
        replace(acta, contabilizada=a, observaciones="-" if pendiente else acta.observaciones)
        for acta in antes
    ]
    menos, mas = totales(antes, len(t.votos)), totales(despues, len(t.votos))
    flujos = zip(t.cifras, menos.cifras, mas.cifras, strict=True)
    return Totales(tuple(n - sale + entra for n, sale, entra in flujos))


def _sin_votos(t: Totales, actas: Sequence[Acta]) -> Totales:
    menos = totales(actas, len(t.votos))
    cifras = {
        "votos_especiales": t.votos_especiales - menos.votos_especiales,
        "sin_desglose": t.sin_desglose - menos.sin_desglose,
    }
    return t.con(cifras, [x - y for x, y in zip(t.votos, menos.votos, strict=True)])


def decir_filas(base: BaseDeDatos, pares: Sequence[tuple[int, Acta]]) -> str:
    """Name some rows by place, key and time."""
    dichas = [
        f"{base.filas[i]} ({a.casilla.clave}{f', {a.verificacion:%H:%M:%S}' if a.verificacion else ''})"
        for i, a in pares[:5]
    ]
    mas = f" y {len(pares) - 5} más" if len(pares) > 5 else ""
    return f"la fila {dichas[0]}" if len(pares) == 1 else f"las filas {', '.join(dichas)}{mas}"


def _cuantas(actas: Sequence[object]) -> str:
    return "el acta" if len(actas) == 1 else f"las {len(actas)} actas"


def plural(cosas: Sequence[object], letra: str) -> str:
    """Return the letter for more than one."""
    return "" if len(cosas) == 1 else letra
