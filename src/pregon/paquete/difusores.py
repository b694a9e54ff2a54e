"""Who diffuses, in which state of vigilancia, and the signed list (decisions §3, §20–§24).

The transition is a pure function `(state, verdict of the period) → state`. The monitor decides with it
and writes what it decided; origin folds those records into states, acts, and signs the list.

Theory. A fact about a difusor (a verdict, an answer, an act, the close) is first read together with the
counters: a missed period may be one more or the third in a row, a met one may be the second of a return.
That reading is a `Paso`, and `TABLA` says where each step leads from each state. A pair that is not in
the table changes nothing: a suspended difusor's periods are of no consequence, CERRADO is final, and a
void period counts neither way, so misses on both sides of it are still consecutive.

Three properties hold for every sequence of facts, and the tests hold them against an oracle:
* only the third consecutive missed period suspends by the rule (R17); two and a met one do not;
* whoever is suspended comes back only through RECONEXION, by two met periods of which one saw every
  file, and one missed period there ends the attempt;
* the institute's own portal (node 0) counts its misses and is never suspended (decisions §19).
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from enum import Enum
from typing import Any, Final, assert_never

from pregon.configuracion import Lectura, Tabla
from pregon.errors import ErrorDeConfianza, ErrorDeConfiguracion
from pregon.paquete.limites import LIMITES, Limites
from pregon.paquete.manifest import canonico
from pregon.prep.sello import leer_utc, sello_utc

UMBRAL: Final = 3
"""Consecutive missed periods that suspend (R17)."""
REGRESO: Final = 2
"""Met periods that restore (decisions §24)."""
TRANSPORTES: Final = ("local",)
"""Ways to deliver that `difusores.toml` may name."""
ACTO_TRANSICION: Final = "transicion"
"""`acto` of a `Transicion` in the monitor's bitácora; the entry's `objeto` is the difusor's id."""
_FORMATO: Final = 1
_ID: Final = r"[a-z0-9][a-z0-9-]{0,39}"
_URL: Final = (
    r"https?://(?:\[[0-9A-Fa-f:.]{2,45}\]|[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?)"
    r"(?::[1-9][0-9]{0,4})?(?:/[A-Za-z0-9._~-]{1,80}){0,8}"
)


class Estado(Enum):
    """States of vigilancia (decisions §21); the counts of DEMORADO and RECONEXION are in `Vigilancia`."""

    ACTIVO = "activo"
    DEMORADO = "demorado"
    SUSPENDIDO = "suspendido"
    RECONEXION = "reconexion"
    CERRADO = "cerrado"

    @property
    def palabra(self) -> str:
        """Return it as people read it; the value is for files."""
        return "en reconexión" if self is Estado.RECONEXION else self.value


SIN_ENLACE: Final = frozenset({Estado.SUSPENDIDO, Estado.RECONEXION})
"""States in which the link is off and the notice stands at `/` (decisions §23, §24)."""


class Veredicto(Enum):
    """What one period was for one difusor (decisions §20)."""

    CUMPLIDO = "cumplido"
    FALTADO = "faltado"
    NULO = "nulo"
    """Origin late, more than half fail at once, or our own canary does: counts neither way."""


class Suceso(Enum):
    """What can happen to a difusor besides the verdict of a period."""

    RESPUESTA = "respuesta"
    """A suspended node answers a verified probe again."""
    SUSPENDER = "suspender"
    """The operator suspends."""
    SUSPENDER_POR_ALTERADO = "suspender por alterado"
    """The operator confirms the monitor's proposal (decisions §26)."""
    RECONECTAR = "reconectar"
    """The operator lets a suspended difusor try to return."""
    CIERRE = "cierre"
    """The last corte's own deadline has passed: no new corte is normal from here (decisions §27)."""


Hecho = Veredicto | Suceso


class Causa(Enum):
    """Why a difusor is suspended (decisions §21)."""

    PERIODOS = "periodos"
    ALTERADO = "alterado"
    OPERADOR = "operador"


class Paso(Enum):
    """A fact read together with the counters; the value labels the arrow of the diagram."""

    CUMPLIDO = "periodo cumplido"
    RESTABLECIDO = "segundo periodo cumplido, uno con rastreo completo"
    FALTADO = "periodo faltado"
    AGOTADO = "tercer periodo faltado consecutivo"
    RESPUESTA = "vuelve a responder (sólo suspendido por periodos)"
    SUSPENDER = "acto del operador"
    RECONECTAR = "acto de reconexión"
    CIERRE = "último corte"


TABLA: Final[Mapping[tuple[Estado, Paso], Estado]] = {
    (Estado.ACTIVO, Paso.CUMPLIDO): Estado.ACTIVO,
    (Estado.ACTIVO, Paso.FALTADO): Estado.DEMORADO,
    (Estado.ACTIVO, Paso.AGOTADO): Estado.SUSPENDIDO,
    (Estado.ACTIVO, Paso.SUSPENDER): Estado.SUSPENDIDO,
    (Estado.ACTIVO, Paso.CIERRE): Estado.CERRADO,
    (Estado.DEMORADO, Paso.CUMPLIDO): Estado.ACTIVO,
    (Estado.DEMORADO, Paso.FALTADO): Estado.DEMORADO,
    (Estado.DEMORADO, Paso.AGOTADO): Estado.SUSPENDIDO,
    (Estado.DEMORADO, Paso.SUSPENDER): Estado.SUSPENDIDO,
    (Estado.DEMORADO, Paso.CIERRE): Estado.CERRADO,
    (Estado.SUSPENDIDO, Paso.RESPUESTA): Estado.RECONEXION,
    (Estado.SUSPENDIDO, Paso.RECONECTAR): Estado.RECONEXION,
    (Estado.SUSPENDIDO, Paso.SUSPENDER): Estado.SUSPENDIDO,
    (Estado.RECONEXION, Paso.CUMPLIDO): Estado.RECONEXION,
    (Estado.RECONEXION, Paso.RESTABLECIDO): Estado.ACTIVO,
    (Estado.RECONEXION, Paso.FALTADO): Estado.SUSPENDIDO,
    (Estado.RECONEXION, Paso.SUSPENDER): Estado.SUSPENDIDO,
}
"""State and step → next state. A pair that is not here changes nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Vigilancia:
    """The state of one difusor. `faltas`: periods missed in a row; `cumplidos`: met in RECONEXION."""

    estado: Estado = Estado.ACTIVO
    faltas: int = 0
    cumplidos: int = 0
    rastreado: bool = False
    """In RECONEXION: one of the met periods saw every file."""
    causa: Causa | None = None
    desde: datetime | None = None
    """When `estado` last changed; None: since the beginning."""
    asiento: int = 0
    """Number of the monitor's last record that origin has folded into this; 0: none."""


def siguiente(
    vigilancia: Vigilancia,
    hecho: Hecho,
    *,
    instante: datetime,
    rastreo: bool = False,
    portal: bool = False,
    umbral: int = UMBRAL,
) -> Vigilancia:
    """Return the state after one fact. `rastreo`: in this met period a probe saw every file, verified."""
    paso = _paso(vigilancia, hecho, rastreo=rastreo, portal=portal, umbral=umbral)
    estado = TABLA.get((vigilancia.estado, paso)) if paso is not None else None
    if estado is None:
        return vigilancia
    return replace(
        vigilancia,
        estado=estado,
        faltas=_faltas(vigilancia, paso, estado),
        cumplidos=vigilancia.cumplidos + 1 if (estado, paso) == _UNO_MAS else 0,
        rastreado=(vigilancia.rastreado or rastreo) if (estado, paso) == _UNO_MAS else False,
        causa=_causa(vigilancia, hecho, estado),
        desde=vigilancia.desde if estado is vigilancia.estado else instante,
    )


_UNO_MAS: Final = (Estado.RECONEXION, Paso.CUMPLIDO)


def _paso(vigilancia: Vigilancia, hecho: Hecho, *, rastreo: bool, portal: bool, umbral: int) -> Paso | None:
    match hecho:
        case Veredicto.NULO:
            return None
        case Veredicto.CUMPLIDO:
            basta = vigilancia.cumplidos + 1 >= REGRESO and (vigilancia.rastreado or rastreo)
            vuelve = vigilancia.estado is Estado.RECONEXION and basta
            return Paso.RESTABLECIDO if vuelve else Paso.CUMPLIDO
        case Veredicto.FALTADO:
            en_regla = vigilancia.estado in {Estado.ACTIVO, Estado.DEMORADO} and not portal
            return Paso.AGOTADO if en_regla and vigilancia.faltas + 1 >= umbral else Paso.FALTADO
        case Suceso.RESPUESTA:
            # What a person suspended, a person reconnects; answering was never in doubt there.
            return Paso.RESPUESTA if vigilancia.causa is Causa.PERIODOS else None
        case Suceso.SUSPENDER | Suceso.SUSPENDER_POR_ALTERADO:
            return None if portal else Paso.SUSPENDER
        case Suceso.RECONECTAR:
            return Paso.RECONECTAR
        case Suceso.CIERRE:
            return Paso.CIERRE
        case _:
            assert_never(hecho)


def _faltas(vigilancia: Vigilancia, paso: Paso | None, estado: Estado) -> int:
    if paso in {Paso.FALTADO, Paso.AGOTADO}:
        return vigilancia.faltas + 1
    return vigilancia.faltas if estado is Estado.SUSPENDIDO else 0


def _causa(vigilancia: Vigilancia, hecho: Hecho, estado: Estado) -> Causa | None:
    if estado is not Estado.SUSPENDIDO:
        return None
    match hecho:
        case Suceso.SUSPENDER:
            return Causa.OPERADOR
        case Suceso.SUSPENDER_POR_ALTERADO:
            return Causa.ALTERADO
        case Veredicto.FALTADO:
            return Causa.PERIODOS
        case _:
            return vigilancia.causa


def diagrama() -> str:
    """Return the state machine as Mermaid text, drawn from the table."""
    flechas = [f"    {de.name} --> {a.name}: {paso.value}" for (de, paso), a in TABLA.items()]
    return "\n".join(["stateDiagram-v2", "    [*] --> ACTIVO", *flechas, "    CERRADO --> [*]", ""])


@dataclass(frozen=True, slots=True, kw_only=True)
class Transicion:
    """One fact that changed the vigilancia of a difusor, with its evidence, as the monitor records it."""

    difusor: str
    instante: datetime
    hecho: Hecho
    de: Vigilancia
    a: Vigilancia
    corte: int | None = None
    rastreo: bool = False
    evidencia: Mapping[str, Any] = field(default_factory=dict)
    """What the probes of the period saw; plain JSON values."""

    def datos(self) -> dict[str, Any]:
        """Return the `datos` of its entry in the bitácora; the entry's `objeto` is the difusor."""
        return {
            "hecho": self.hecho.value,
            "corte": self.corte,
            "rastreo": self.rastreo,
            "de": _vigilancia_json(self.de),
            "a": _vigilancia_json(self.a),
            "evidencia": dict(self.evidencia),
        }


def leer_transicion(difusor: str, instante: datetime, datos: Mapping[str, Any]) -> Transicion:
    """Read back `Transicion.datos`. Raises ErrorDeConfianza for any other shape."""
    try:
        return Transicion(
            difusor=difusor,
            instante=instante,
            hecho=_hecho(datos["hecho"]),
            de=_vigilancia(datos["de"]),
            a=_vigilancia(datos["a"]),
            corte=None if datos["corte"] is None else int(datos["corte"]),
            rastreo=datos["rastreo"] is True,
            evidencia=dict(datos["evidencia"]),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise ErrorDeConfianza(
            f"la transición de «{difusor:.40}» no tiene la forma esperada: {error}"
        ) from error


def _hecho(texto: object) -> Hecho:
    for enum in (Veredicto, Suceso):
        for hecho in enum:
            if hecho.value == texto:
                return hecho
    raise ValueError(f"hecho desconocido: {texto!r:.40}")


def _vigilancia_json(vigilancia: Vigilancia) -> dict[str, Any]:
    return {
        "estado": vigilancia.estado.value,
        "faltas": vigilancia.faltas,
        "cumplidos": vigilancia.cumplidos,
        "rastreado": vigilancia.rastreado,
        "causa": vigilancia.causa.value if vigilancia.causa else None,
        "desde": vigilancia.desde.astimezone(UTC).isoformat() if vigilancia.desde else None,
    }


def _vigilancia(crudo: Mapping[str, Any]) -> Vigilancia:
    return Vigilancia(
        estado=Estado(crudo["estado"]),
        faltas=int(crudo["faltas"]),
        cumplidos=int(crudo["cumplidos"]),
        rastreado=crudo["rastreado"] is True,
        causa=Causa(crudo["causa"]) if crudo["causa"] is not None else None,
        desde=datetime.fromisoformat(crudo["desde"]) if crudo["desde"] is not None else None,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Difusor:
    """One entry of `difusores.toml`: an organisation and where its node is."""

    id: str
    nombre: str
    url: str
    """Public address of the node's `/`, without trailing slash."""
    transporte: str
    """Name of the way to deliver: ``local``."""
    destino: str
    """What that way needs: for ``local`` the inbox folder."""
    portal: bool = False
    """Node 0, the institute's own: same checks, never delisted (decisions §19)."""
    contacto: str = ""
    telefono: str = ""


def leer_difusores_toml(texto: str, archivo: str) -> tuple[Difusor, ...]:
    """Parse `difusores.toml` (tables `[[difusor]]`); raise ErrorDeConfiguracion at the first fault's line."""
    lectura, difusores = _leer_toml(texto, archivo)
    lectura.terminar()
    return difusores


def validar_difusores_toml(texto: str, archivo: str) -> tuple[ErrorDeConfiguracion, ...]:
    """Return every fault of the file, in its order; none: it can be read."""
    try:
        lectura, _ = _leer_toml(texto, archivo)
    except ErrorDeConfiguracion as error:
        return (error,)
    return tuple(sorted(lectura.faltas, key=lambda falta: falta.linea or 0))


def _leer_toml(texto: str, archivo: str) -> tuple[Lectura, tuple[Difusor, ...]]:
    lectura = Lectura(texto, archivo=archivo)
    raiz = lectura.raiz
    tablas = raiz.tablas("difusor")
    difusores = tuple(_difusor(tabla) for tabla in tablas)
    raiz.sin_sobrantes()
    for clave in ("id", "url", "destino"):
        _sin_repetidos(tablas, [getattr(d, clave) for d in difusores], clave)
    portales = [tabla for tabla, d in zip(tablas, difusores, strict=True) if d.portal]
    if len(portales) > 1:
        portales[1].falta("sólo puede haber un portal del Instituto (nodo 0)", "portal")
    return lectura, difusores


def _difusor(tabla: Tabla) -> Difusor:
    difusor = Difusor(
        id=tabla.texto("id", patron=_ID),
        nombre=tabla.texto("nombre"),
        url=tabla.texto("url"),
        transporte=tabla.texto("transporte", "local"),
        destino=tabla.texto("destino"),
        portal=tabla.booleano("portal", defecto=False),
        contacto=tabla.texto("contacto", ""),
        telefono=tabla.texto("telefono", ""),
    )
    if difusor.url and not re.fullmatch(_URL, difusor.url):
        tabla.falta("se esperaba una dirección como https://prep.ejemplo.mx, sin diagonal al final", "url")
    if difusor.transporte not in TRANSPORTES:
        tabla.falta(f"transporte desconocido; se conocen: {', '.join(TRANSPORTES)}", "transporte")
    tabla.sin_sobrantes()
    return difusor


def _sin_repetidos(tablas: Sequence[Tabla], valores: Sequence[str], clave: str) -> None:
    vistos: set[str] = set()
    for tabla, valor in zip(tablas, valores, strict=True):
        if valor and valor.casefold() in vistos:
            tabla.falta(f"«{valor:.60}» ya es de otro difusor", clave)
        vistos.add(valor.casefold())


@dataclass(frozen=True, slots=True, kw_only=True)
class DifusorPublico:
    """One line of the signed list."""

    id: str
    nombre: str
    url: str | None
    """None while the link is off (decisions §23, §24)."""
    estado: Estado
    portal: bool = False
    asiento: int = 0
    """Number of the monitor's last record that this state takes in: so the monitor tells an operator's
    act from a list that has not caught up with it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListaDeDifusores:
    """The signed list, `difusores.json`: what every node shows and obeys (decisions §3, A21)."""

    rol: str
    instante: datetime
    difusores: tuple[DifusorPublico, ...]

    def escribir(self) -> bytes:
        """Return the canonical JSON that is signed."""
        return canonico(
            {
                "formato": _FORMATO,
                "rol": self.rol,
                "instante": sello_utc(self.instante),
                "difusores": [
                    {
                        "id": d.id,
                        "nombre": d.nombre,
                        "url": d.url,
                        "estado": d.estado.value,
                        "portal": d.portal,
                        "asiento": d.asiento,
                    }
                    for d in self.difusores
                ],
            }
        )

    def estado(self, identificador: str) -> Estado | None:
        """Return the state of one difusor, or None if the list does not name it."""
        return next((d.estado for d in self.difusores if d.id == identificador), None)


def leer_lista(datos: bytes, limites: Limites = LIMITES) -> ListaDeDifusores:
    """Parse a signed list. Raises ErrorDeConfianza for any shape but ours (A15, A21)."""
    if len(datos) > limites.difusores:
        raise ErrorDeConfianza(f"lista de difusores de {len(datos)} bytes: el límite es {limites.difusores}")
    try:
        crudo = json.loads(datos)
        lista = ListaDeDifusores(
            rol=_texto(crudo["rol"]),
            instante=leer_utc(crudo["instante"]),
            difusores=tuple(_publico(uno) for uno in crudo["difusores"]),
        )
        formato = crudo["formato"]
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise ErrorDeConfianza(f"la lista de difusores no tiene la forma esperada: {error}") from error
    if formato != _FORMATO or isinstance(formato, bool):
        raise ErrorDeConfianza(
            f"formato de lista de difusores desconocido: {formato!r:.20}; actualice Pregón"
        )
    if lista.escribir() != datos:
        raise ErrorDeConfianza("la lista de difusores no está en su forma canónica")
    return lista


def _publico(crudo: Mapping[str, Any]) -> DifusorPublico:
    estado = Estado(crudo["estado"])
    url = crudo["url"]
    if url is not None and (not re.fullmatch(_URL, url) or estado in SIN_ENLACE):
        raise ValueError(f"enlace imposible: {url!r:.80}")
    if not isinstance(crudo["asiento"], int) or not isinstance(crudo["portal"], bool):
        raise TypeError("«asiento» o «portal» no son del tipo esperado")
    return DifusorPublico(
        id=_texto(crudo["id"]),
        nombre=_texto(crudo["nombre"]),
        url=url,
        estado=estado,
        portal=crudo["portal"],
        asiento=crudo["asiento"],
    )


def _texto(valor: object) -> str:
    if not isinstance(valor, str) or not 0 < len(valor) <= 2000:
        raise ValueError(f"texto imposible: {valor!r:.80}")
    return valor
