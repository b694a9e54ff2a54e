"""The page of corrections: what a corte changed of what was already public, before and after (R36).

Everything is in `corte.json`; a page shows so much of each list that it stays small, and says what it omits.
"""

from collections.abc import Container, Sequence
from dataclasses import dataclass

from pregon.prep.acta import Contabilizada, Marcador, es_rp
from pregon.prep.corte import ActaCambiada, Caida, Cambio, Cambios, ResultadoEleccion
from pregon.prep.jornada import Eleccion
from pregon.prep.lugares import Lugar
from pregon.prep.sello import miles
from pregon.sitio import casillas, palabras, vistas

ACTAS, CIFRAS, CAMPOS = 100, 60, 12
"""How many actas and figures a page shows of one election, and fields of one acta."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FilaActa:
    """One acta that changed: where it is, and each field as ``nombre, antes, después``.

    Two texts of the file that mean the same to a reader are no change here: an OBSERVACIONES "" and "-".
    """

    ruta: str
    """Of its sección's group of actas; empty where this corte has none."""
    donde: str
    campos: tuple[tuple[str, str, str], ...]
    otros: str
    """How many fields the page leaves out, in words; empty when none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FilaCaida:
    """One figure that fell."""

    donde: str
    que: str
    antes: str
    despues: str
    diferencia: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Correcciones:
    """What the page tells of one election."""

    resumen: str
    actas: tuple[tuple[str, str, tuple[FilaActa, ...]], ...]
    """Title, what is left out (or empty) and rows."""
    caidas: tuple[FilaCaida, ...]
    caidas_omitidas: str


def correcciones(resultado: ResultadoEleccion, cambios: Cambios, lugares: Sequence[Lugar]) -> Correcciones:
    """Return what the page tells; `lugares`: everybody who competes in the election."""
    eleccion = resultado.eleccion
    caidas = _sin_repetir(cambios.caidas)
    con_ancla = {(u.unidad.numero, s.seccion) for u in resultado.unidades for s in u.secciones}
    nombres = {u.contendiente.clave: palabras.letras(u.contendiente) for u in lugares}
    grupos = (
        ("Actas corregidas", cambios.corregidas),
        ("Actas que volvieron a estar pendientes", cambios.regresadas),
        ("Actas que ya no están en la base de datos", cambios.desaparecidas),
    )
    return Correcciones(
        resumen=_resumen(cambios.cambiadas, len(caidas)),
        actas=tuple(
            (
                titulo,
                _omitidas(len(actas), ACTAS),
                tuple(_acta(eleccion, a, con_ancla) for a in actas[:ACTAS]),
            )
            for titulo, actas in grupos
            if actas
        ),
        caidas=tuple(_caida(eleccion, c, nombres) for c in caidas[:CIFRAS]),
        caidas_omitidas=_omitidas(len(caidas), CIFRAS),
    )


def _resumen(actas: int, cifras: int) -> str:
    """Say in one sentence what changed: ``2 actas ya publicadas cambiaron y 5 cifras bajaron``."""
    partes = [
        palabras.plural(actas, "acta ya publicada cambió", "actas ya publicadas cambiaron") if actas else "",
        palabras.plural(cifras, "cifra bajó", "cifras bajaron") if cifras else "",
    ]
    return " y ".join(filter(None, partes))


def _sin_repetir(caidas: Sequence[Caida]) -> list[Caida]:
    """Leave out the column of a contendiente that stands alone: it is the same figure."""
    dichas = {(c.unidad, c.nombre, c.antes, c.despues) for c in caidas if c.clase == "contendiente"}
    return [
        c for c in caidas if c.clase != "columna" or (c.unidad, c.nombre, c.antes, c.despues) not in dichas
    ]


def _omitidas(cuantas: int, mostradas: int) -> str:
    return f"Se muestran {mostradas} de {miles(cuantas)}; todas están en" if cuantas > mostradas else ""


def _acta(eleccion: Eleccion, acta: ActaCambiada, con_ancla: Container[tuple[int, int | None]]) -> FilaActa:
    casilla = acta.casilla
    unidad = next((u for u in eleccion.unidades if u.numero == casilla.unidad), None)
    rp = es_rp(acta.tipo_acta)
    partes = [
        palabras.unidad(eleccion, unidad) if unidad else "",
        "sin sección" if casilla.seccion is None else f"sección {casilla.seccion}",
        palabras.casilla(casilla).lower(),
        "representación proporcional" if rp else "",
    ]
    donde = ", ".join(filter(None, partes))
    ruta = ""
    if unidad and not rp and (unidad.numero, casilla.seccion) in con_ancla:
        ruta = f"{vistas.ruta_unidad(eleccion, unidad)}#{vistas.ancla(casilla.seccion)}"
    # A page that leaves some out tells first what happened to the acta, then to each vote.
    campos = [_campo(eleccion, c) for c in sorted(acta.campos, key=lambda c: c.campo not in _DEL_ACTA)]
    dichos = [(nombre, una, otra) for nombre, una, otra in campos if una != otra]
    otros = len(dichos) - CAMPOS
    return FilaActa(
        ruta=ruta,
        donde=donde[0].upper() + donde[1:],
        campos=tuple(dichos[:CAMPOS]),
        otros=palabras.plural(otros, "campo más", "campos más") if otros > 0 else "",
    )


def _campo(eleccion: Eleccion, cambio: Cambio) -> tuple[str, str, str]:
    if cambio.campo == "CONTABILIZADA":
        return "Estado", _ESTADOS[str(cambio.antes)], _ESTADOS[str(cambio.despues)]
    if cambio.campo == "OBSERVACIONES":
        antes, despues = (palabras.observaciones(str(v)) or "ninguna" for v in (cambio.antes, cambio.despues))
        return "Observaciones", antes, despues
    if cambio.campo == "CODIGO_INTEGRIDAD":
        return "Imagen del acta", f"{str(cambio.antes)[:12]}…", f"{str(cambio.despues)[:12]}…"
    nombre = _NOMBRES.get(cambio.campo) or _columna(eleccion, cambio.campo)
    return nombre, _valor(cambio.antes), _valor(cambio.despues)


def _columna(eleccion: Eleccion, clave: str) -> str:
    """Return the letters of a vote column; one that this corte no longer has keeps its key."""
    return next((casillas.letras(c) for c in eleccion.columnas if c.clave == clave), clave)


def _valor(valor: int | str) -> str:
    return miles(valor) if isinstance(valor, int) else palabras.celda(Marcador(valor))


def _caida(eleccion: Eleccion, caida: Caida, nombres: dict[str, str]) -> FilaCaida:
    unidad = next((u for u in eleccion.unidades if u.numero == caida.unidad), None)
    if caida.clase == "encabezado":
        que = _ENCABEZADO[caida.nombre]
    elif caida.clase == "contendiente":
        que = f"Votos de {nombres.get(caida.nombre, caida.nombre)}"
    else:
        que = f"Votos de la columna {_columna(eleccion, caida.nombre)}"
    return FilaCaida(
        donde=palabras.unidad(eleccion, unidad) if unidad else "Total",
        que=que,
        antes=miles(caida.antes),
        despues=miles(caida.despues),
        diferencia=miles(caida.antes - caida.despues),
    )


_ESTADOS = {
    Contabilizada.PENDIENTE.value: "pendiente",
    Contabilizada.SI.value: "contabilizada",
    Contabilizada.NO.value: "no contabilizada",
    Contabilizada.FUERA_DE_CATALOGO.value: "fuera de catálogo",
}
_NOMBRES = {"LISTA_NOMINAL": "Lista nominal", "TOTAL_VOTOS_CALCULADO": "Total"}
_DEL_ACTA = {"CONTABILIZADA", "OBSERVACIONES", "CODIGO_INTEGRIDAD", *_NOMBRES}
_ENCABEZADO = {
    "ACTAS_ESPERADAS": "Actas esperadas",
    "ACTAS_REGISTRADAS": "Actas registradas",
    "ACTAS_FUERA_CATALOGO": "Actas fuera de catálogo",
    "ACTAS_CAPTURADAS": "Actas capturadas",
    "ACTAS_CONTABILIZADAS": "Actas contabilizadas",
    "ACTAS_NO_CONTABILIZADAS": "Actas no contabilizadas",
    "LISTA_NOMINAL_ACTAS_CONTABILIZADAS": "Lista nominal de las actas contabilizadas",
    "TOTAL_VOTOS_C_CS": "Total de votos",
    "TOTAL_VOTOS_S_CS": "Votos sin casillas especiales",
}
