"""Does a published corte tally? Its `corte.json` and every results CSV against what the rows add up to.

The plain engine recounts each CSV (`prep.recontar`); what it finds is laid out as `corte.json` lays it out
and compared figure by figure, so each function here says of one part what it should be. Both documents come
from whoever publishes: nothing in them is believed, whatever does not fit is a difference.
"""

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pregon.errors import ErrorDeDatos
from pregon.prep.acta import Clase
from pregon.prep.corte import CIFRAS
from pregon.prep.corte_json import VERSION
from pregon.prep.cuentas import ENTIDAD, Nivel
from pregon.prep.porcentaje import porcentaje
from pregon.prep.recontar import Recuento, recontar


@dataclass(frozen=True, slots=True, kw_only=True)
class Cuadre:
    """What the recount of a corte found."""

    actas: int
    """Rows recounted, of all elections."""
    elecciones: tuple[str, ...]
    """Keys of those recounted."""
    diferencias: tuple[str, ...]
    """In Spanish: every published figure that is not what the rows add up to."""


def cuadrar(corte: bytes, archivos: Iterable[tuple[str, bytes]]) -> Cuadre:
    """Recount some results CSVs (name, bytes), one at a time, against their `corte.json`.

    Raises ErrorDeDatos when that is none, or of another version.
    """
    documento = _documento(corte)
    elecciones = {e["clave"]: e for e in documento["elecciones"]}
    vistas: set[str] = set()
    contadas: list[str] = []
    diferencias: list[str] = []
    actas = 0
    for nombre, datos in archivos:
        clave = _clave(nombre, elecciones)
        if not clave:
            diferencias.append(f"{nombre}: no es de ninguna elección del corte")
            continue
        eleccion = elecciones[clave]
        vistas.add(clave)
        try:
            recuento = recontar(datos, municipios=_municipios(eleccion))
        except ErrorDeDatos as error:
            diferencias.append(f"{nombre}: {error}")
            continue
        contadas.append(clave)
        actas += len(recuento.cuentas.actas)
        diferencias += [f"{nombre}, {d}" for d in recuento.diferencias(ultimo=documento["ultimo"])]
        if recuento.sello != documento["sello"]:
            diferencias.append(f"{nombre}: su hora es {recuento.sello} y la del corte {documento['sello']}")
        try:
            distintas = list(_diferencias(eleccion, recuento, ultimo=documento["ultimo"]))
        except (ValueError, TypeError, KeyError, IndexError, AttributeError) as error:
            distintas = [f"no tiene la forma de una elección ({type(error).__name__}: {error})"]
        diferencias += [f"corte.json, {clave}: {d}" for d in distintas]
        if distintas:
            diferencias += [
                f"{nombre}, fila {n}: su total no es la suma de sus votos" for n in recuento.sin_desglose
            ]
    diferencias += [f"{clave}: falta su base de datos" for clave in elecciones if clave not in vistas]
    return Cuadre(actas=actas, elecciones=tuple(contadas), diferencias=tuple(diferencias))


def _documento(datos: bytes) -> Any:
    try:
        documento = json.loads(datos)
        version, ultimo, sello = documento["version"], documento["ultimo"], documento["sello"]
        claves = [e["clave"] for e in documento["elecciones"]]
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise ErrorDeDatos("no tiene la forma de un corte", archivo="corte.json") from error
    if version != VERSION:
        # Not the publisher's fault: another version of this command can read it.
        causa = f"no es de la versión {VERSION}; recuéntelo con el pregon de su versión"
        raise ErrorDeDatos(causa, archivo="corte.json")
    textos = [sello, *claves]
    if type(ultimo) is not bool or not all(isinstance(texto, str) for texto in textos):
        raise ErrorDeDatos("no tiene la forma de un corte", archivo="corte.json")
    if len(set(claves)) < len(claves):
        raise ErrorDeDatos("trae dos veces la misma elección", archivo="corte.json")
    return documento


def _clave(nombre: str, claves: Iterable[str]) -> str:
    """Return the election that a file name names, the longest (``DIP_LOC`` before ``DIP``); "" for none."""
    nombradas = [c for c in claves if re.search(rf"(?<![A-Z0-9]){re.escape(c)}(?![A-Z0-9])", nombre)]
    return max(nombradas, key=len, default="")


def _municipios(eleccion: Mapping[str, Any]) -> dict[int, int]:
    try:
        return {int(s): int(m["numero"]) for m in eleccion["municipios"] for s in m["secciones"]}
    except (ValueError, TypeError, KeyError):
        return {}


def _diferencias(eleccion: Mapping[str, Any], recuento: Recuento, *, ultimo: bool) -> Iterator[str]:
    """Yield what one election of `corte.json` says otherwise: the entidad, its unidades, its municipios."""
    entidad = _Nivel(cifras=recuento.cuentas.niveles[ENTIDAD])
    encabezado = {campo: str(valor) for campo, valor in eleccion["encabezado"].items()}
    yield from _distintas("encabezado", encabezado, recuento.encabezado(ultimo=ultimo))
    yield from _distintas("", eleccion, {"columnas": list(recuento.cuentas.columnas)})
    yield from _distintas("entidad", eleccion, entidad.figuras(ultimo=ultimo))

    de_unidades: Counter[str] = Counter()
    lideran: Counter[str | None] = Counter()
    resto = list(entidad.votos)
    for nombre, unidad, nivel in _de("unidad", eleccion["unidades"], recuento):
        votos = _por_contendiente(unidad["contendientes"], nivel.votos)
        yield from _distintas(nombre, unidad, nivel.figuras(ultimo=ultimo) | _ventaja(votos))
        yield from _lugares(nombre, unidad["contendientes"], votos, nivel.total)
        de_unidades.update(votos)
        lideran[_ventaja(votos)["lidera"]] += 1
        resto = [a - b for a, b in zip(resto, nivel.votos, strict=True)]
    yield from _faltan("unidad", eleccion["unidades"], recuento)
    for nombre, municipio, nivel in _de("municipio", eleccion["municipios"], recuento):
        yield from _distintas(nombre, municipio, nivel.figuras(ultimo=ultimo))

    todos = eleccion["contendientes"]
    if eleccion["ambito"] == "entidad":
        votos = _por_contendiente(todos, entidad.votos)
        yield from _distintas("entidad", eleccion, _ventaja(votos))
    else:
        # The unidades, where coalitions differ, and the rows that belong to none (R68, R73, R76).
        votos = {clave: de_unidades[clave] + n for clave, n in _por_contendiente(todos, resto).items()}
        for uno in todos:
            yield from _distintas(f"entidad, {uno['clave']}", uno, {"unidades": lideran[uno["clave"]]})
        yield from (f"entidad: falta {clave}" for clave in de_unidades.keys() - votos.keys())
    yield from _lugares("entidad", todos, votos, entidad.total)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Nivel:
    """The recount of one level; an empty one where the CSV has no row of it."""

    cifras: Sequence[int]

    @property
    def votos(self) -> Sequence[int]:
        return self.cifras[len(CIFRAS) :]

    @property
    def total(self) -> int:
        return sum(self.votos) + self.cifras[CIFRAS.index("sin_desglose")]

    def figuras(self, *, ultimo: bool) -> dict[str, Any]:
        """Return what `corte.json` should say of it."""
        c = dict(zip(CIFRAS, self.cifras, strict=False))
        sin_especiales = self.total - c["votos_especiales"]
        clases = {clase: (c[f"actas: {clase.value}"], c[f"lista nominal: {clase.value}"]) for clase in Clase}
        return {
            "totales": {
                "esperadas": c["esperadas"],
                "fuera_de_catalogo": c["fuera_de_catalogo"],
                "capturadas": c["contabilizadas"] + c["no_contabilizadas"],
                "contabilizadas": c["contabilizadas"],
                "no_contabilizadas": c["no_contabilizadas"],
                "inconsistentes": c["inconsistentes"],
                "sin_acta": c["sin_acta"],
                "lista_nominal": c["lista_nominal"],
                "lista_nominal_total": sum(nominal for _, nominal in clases.values()),
                "votos": self.total,
                "votos_sin_especiales": sin_especiales,
                "votos_sin_desglose": c["sin_desglose"],
                "participacion": porcentaje(self.total if ultimo else sin_especiales, c["lista_nominal"]),
            },
            "por_clase": {
                clase.name.lower(): {"actas": actas, "lista_nominal": nominal} if actas else None
                for clase, (actas, nominal) in clases.items()
            },
            "votos": list(self.votos),
        }


def _de(
    nivel: Nivel, dichos: Sequence[Mapping[str, Any]], recuento: Recuento
) -> Iterator[tuple[str, Mapping[str, Any], _Nivel]]:
    """Yield every unidad or municipio that `corte.json` names, with its own recount."""
    ceros = (0,) * len(recuento.cuentas.niveles[ENTIDAD])
    for dicho in dichos:
        cifras = recuento.cuentas.niveles.get((nivel, dicho["numero"], None), ceros)
        yield f"{nivel} {dicho['numero']}", dicho, _Nivel(cifras=cifras)


def _faltan(nivel: Nivel, dichos: Sequence[Mapping[str, Any]], recuento: Recuento) -> Iterator[str]:
    contadas = {unidad for nombre, unidad, _ in recuento.cuentas.niveles if nombre == nivel}
    yield from (f"falta {nivel} {n}" for n in contadas - {dicho["numero"] for dicho in dichos})


def _por_contendiente(todos: Sequence[Mapping[str, Any]], votos: Sequence[int]) -> dict[str, int]:
    """Return the votes of everyone's columns; one that two share is the first one's (R70)."""
    libres = dict(enumerate(votos))
    return {uno["clave"]: sum(libres.pop(i, 0) for i in uno["columnas"]) for uno in todos}


def _lugares(
    nombre: str, todos: Sequence[Mapping[str, Any]], votos: Mapping[str, int], total: int
) -> Iterator[str]:
    for uno in todos:
        suyos = votos[uno["clave"]]
        esperado = {"votos": suyos, "porcentaje": porcentaje(suyos, total)}
        yield from _distintas(f"{nombre}, {uno['clave']}", uno, esperado)


def _ventaja(votos: Mapping[str, int]) -> dict[str, Any]:
    """Return who leads and by how much; nobody without votes or in a tie (R74)."""
    orden = sorted(votos.values(), reverse=True)
    primero = orden[0] if orden else 0
    arriba = [clave for clave, n in votos.items() if n == primero > 0]
    solo = len(arriba) == 1
    return {
        "lidera": arriba[0] if solo else None,
        "empate": [] if solo else arriba,
        "diferencia": primero - (orden[1] if len(orden) > 1 else 0),
    }


def _distintas(nombre: str, dicho: Any, esperado: Mapping[str, Any]) -> Iterator[str]:
    """Yield every expected figure that is said otherwise, at any depth."""
    for clave, suma in esperado.items():
        lugar = f"{nombre}, {clave}" if nombre else clave
        impreso = dicho.get(clave)
        if isinstance(suma, dict) and isinstance(impreso, dict):
            yield from _distintas(lugar, impreso, suma)
        elif impreso != suma:
            dice, dan = (json.dumps(valor, ensure_ascii=False) for valor in (impreso, suma))
            yield f"{lugar}: dice {dice}; los renglones dan {dan}"
