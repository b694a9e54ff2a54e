"""How the night goes at this node, judged from its own evidence: pure."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from pregon.node.examen import Comprobacion, aviso, bien, falla
from pregon.node.portada import Portada
from pregon.node.situacion import Situacion
from pregon.paquete.bitacora import Asiento
from pregon.paquete.difusores import Estado

_SENAL_MINIMA: Final = 60.0
"""Seconds that a signed heartbeat lives at least; three periods, if those are longer (decisions §28)."""
_HOLGURA: Final = timedelta(seconds=2)
"""Signed instants are whole seconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entrega:
    """What the node's book says of the last delivery that did something."""

    hora: datetime
    resultado: str
    """`activado` or `rechazado`."""
    corte: int | None
    archivos: int | None
    causa: str


def ultima_entrega(asientos: Sequence[Asiento]) -> Entrega | None:
    """Return the last delivery that was activated or refused, None if there was none."""
    for asiento in reversed(asientos):
        if asiento.acto in {"activado", "rechazado"}:
            activado = asiento.acto == "activado"
            archivos = asiento.datos.get("archivos")
            return Entrega(
                hora=asiento.instante,
                resultado=asiento.acto,
                corte=int(asiento.objeto) if activado and asiento.objeto.isdecimal() else None,
                archivos=archivos if isinstance(archivos, int) else None,
                causa=str(asiento.datos.get("causa", "")),
            )
    return None


def noche(situacion: Situacion, entrega: Entrega | None, *, zona: ZoneInfo) -> tuple[Comprobacion, ...]:
    """Judge the corte shown, the deadline, the misses, the signed state, the last delivery and the clock."""
    return (
        _corte(situacion, zona),
        _portada(situacion),
        _plazo(situacion, zona),
        _vigilancia(situacion),
        _entrega(situacion, entrega, zona),
        _hora_firmada(situacion, zona),
    )


def hora(instante: datetime, zona: ZoneInfo, ahora: datetime) -> str:
    """Return an instant as the clock on the wall shows it; with its date if that is not today's."""
    local = instante.astimezone(zona)
    otro_dia = local.date() != ahora.astimezone(zona).date()
    return f"{local:%d/%m/%Y %H:%M:%S}" if otro_dia else f"{local:%H:%M:%S}"


def _corte(s: Situacion, zona: ZoneInfo) -> Comprobacion:
    if s.manifest is None:
        return aviso(
            "corte",
            "Corte que se muestra",
            "ninguno: aún no llega el primer paquete",
            "si el Instituto dice que ya lo envió, mire abajo la última entrega y corra «pregon nodo probar»",
        )
    publicado = hora(s.manifest.publicado, zona, s.ahora)
    if s.manifest.numero == 0 or s.manifest.instante is None:
        return bien("corte", "Corte que se muestra", f"antes de abrir (paquete 0, publicado {publicado})")
    edad = "" if s.edad is None else f", hace {s.edad:.1f} periodos"
    ultimo = "; es el último de la noche" if s.manifest.ultimo else ""
    de_las = f"{s.manifest.instante.astimezone(zona):%H:%M}"
    return bien(
        "corte",
        "Corte que se muestra",
        f"{s.manifest.numero}, de las {de_las} (publicado {publicado}{edad}){ultimo}",
    )


_ENTREGAS: Final = (
    "vea la última entrega: si no es un rechazo, corra «pregon nodo probar» y llame a soporte con el código"
)
_PORTADAS: Final = {
    Portada.DEMORADA: "dice que esta copia no recibe cortes",
    Portada.SIN_ACTUALIZACION: "dice que esta copia está sin actualización",
    Portada.INTERRUMPIDA: "dice que la transmisión se interrumpió: tampoco hay señal firmada del Instituto",
}


def _portada(s: Situacion) -> Comprobacion:
    que = "Portada"
    if s.portada is Portada.NINGUNA:
        return aviso(
            "portada", que, "responde 503, «Aún no hay publicación»", "nada, hasta la primera entrega"
        )
    if s.portada is Portada.CORTE:
        return bien("portada", que, "muestra el corte")
    if s.portada is Portada.AVISO:
        return falla(
            "portada",
            que,
            "muestra el aviso de suspensión",
            "llame a soporte técnico: el enlace está retirado",
        )
    juzgar = aviso if s.portada is Portada.DEMORADA else falla
    return juzgar("portada", que, _PORTADAS[s.portada], _ENTREGAS)


def _plazo(s: Situacion, zona: ZoneInfo) -> Comprobacion:
    que = "Próximo plazo"
    if s.siguiente is None:
        dice = "ninguno: no se espera otro corte" if s.manifest else "ninguno hasta el primer paquete"
        return bien("plazo", que, dice)
    restan = max(0, int((s.siguiente.vence - s.ahora).total_seconds()))
    dice = (
        f"el corte {s.siguiente.corte} debe verse aquí antes de las "
        f"{hora(s.siguiente.vence, zona, s.ahora)}: quedan {restan} s"
    )
    if not s.faltas:
        return bien("plazo", que, dice)
    cuenta = (
        f"{s.faltas} {'periodo' if s.faltas == 1 else 'periodos'} sin corte, por la cuenta de este equipo"
    )
    juzgar = aviso if s.faltas < 3 else falla
    return juzgar("plazo", que, f"{dice}; {cuenta}", _ENTREGAS + "; al tercero se suspende el enlace")


def _vigilancia(s: Situacion) -> Comprobacion:
    que = "Según el Instituto"
    soporte = "conteste el teléfono de la persona en turno, y llame a soporte si no le han llamado"
    match s.estado.difusor:
        case None:
            return aviso(
                "vigilancia",
                que,
                "la lista firmada no nombra a este nodo, o aún no llega",
                "compare el «id» de nodo.toml con el que le dio el Instituto",
            )
        case Estado.ACTIVO:
            return bien("vigilancia", que, "activo")
        case Estado.CERRADO:
            return bien("vigilancia", que, "cerrado: la publicación terminó; siga encendido")
        case Estado.DEMORADO:
            return aviso("vigilancia", que, "demorado: hay periodos faltados", soporte)
        case Estado.RECONEXION:
            return aviso(
                "vigilancia", que, "en reconexión: vuelve con dos periodos cumplidos", "déjelo encendido"
            )
        case Estado.SUSPENDIDO:
            return falla("vigilancia", que, "suspendido: sin entregas y sin enlace", soporte)


_LLANO: Final = (
    (
        r"sólo acepta|único rol|lista de difusores no es",
        "lo que llegó es de otra noche (un simulacro o la oficial)",
        "compare «rol» de nodo.toml con el que le dio el Instituto",
    ),
    (
        r"hay dos (cortes|distintos)",
        "llegaron dos cortes distintos con el mismo número",
        "no borre nada y llame ya a soporte: es evidencia",
    ),
    (
        r"es anterior al|BadVersion",
        "llegó algo anterior a lo que ya se aceptó",
        "nada: lo que se muestra está bien; si se repite, avise a soporte",
    ),
    (
        r"publicarse antes de",
        "está fechado antes de la apertura",
        "avise a soporte; este nodo no puede abrir antes de la hora",
    ),
    (
        r"llegó alterado|no es un archivo",
        "llegó un archivo alterado; se borró y se vuelve a pedir",
        "si se repite, corra «pregon nodo reenviar» y avise a soporte",
    ),
    (
        r"firma o los metadatos",
        "lo que llegó no lo firmó la raíz que este nodo tiene",
        "lea a soporte la huella de raiz.json, la dice «pregon nodo probar»",
    ),
)
"""What a refusal's own words mean, and what to do; the first that is found."""


def en_llano(causa: str) -> tuple[str, str]:
    """Return what a refusal means and what to do about it."""
    for patron, dice, hacer in _LLANO:
        if re.search(patron, causa):
            return dice, hacer
    return "el Instituto, o alguien en el camino, envió algo que no se puede creer", "avise a soporte técnico"


def _entrega(s: Situacion, entrega: Entrega | None, zona: ZoneInfo) -> Comprobacion:
    que = "Última entrega"
    if s.estado.rechazo:
        dice, hacer = en_llano(s.estado.rechazo)
        cuando = f"{hora(entrega.hora, zona, s.ahora)}: " if entrega else ""
        return falla("entrega", que, f"{cuando}se rechazó: {dice} ({s.estado.rechazo:.160})", hacer)
    if entrega is None:
        dice = f"ninguna completa todavía ({s.estado.pendiente:.160})" if s.estado.pendiente else "ninguna"
        return aviso("entrega", que, dice, "si no cambia en un periodo, corra «pregon nodo probar»")
    archivos = f", {entrega.archivos} archivos" if entrega.archivos is not None else ""
    dice = f"{hora(entrega.hora, zona, s.ahora)}: corte {entrega.corte} verificado y activado{archivos}"
    if s.estado.pendiente:
        return aviso(
            "entrega",
            que,
            f"{dice}; otra está a medias ({s.estado.pendiente:.160})",
            "si no cambia en un periodo, corra «pregon nodo reenviar»",
        )
    return bien("entrega", que, dice)


def _hora_firmada(s: Situacion, zona: ZoneInfo) -> Comprobacion:
    """Compare this machine's clock with what the institute signed (E1): it bounds the error, no more."""
    que, hacer = "Reloj y firmas", "ponga en hora este equipo (NTP) y revise «timedatectl»"
    latido, vence = s.estado.latido, s.estado.vence
    if s.manifest is not None and s.manifest.publicado > s.ahora + _HOLGURA:
        tarde = int((s.manifest.publicado - s.ahora).total_seconds())
        return falla("firmas", que, f"atrasado al menos {tarde} s: el corte se publicó «en el futuro»", hacer)
    if s.manifest is None or latido is None or vence is None:
        return bien("firmas", que, "aún no hay con qué comparar")
    if vence >= datetime(9000, 1, 1, tzinfo=UTC) or s.manifest.ultimo:
        return bien("firmas", que, "la noche está cerrada: la última firma ya no vence pronto")
    vida = max(_SENAL_MINIMA, 3 * s.manifest.periodo)
    tras = (latido - (vence - timedelta(seconds=vida))).total_seconds()
    senal = f"la última señal firmada se verificó a las {hora(latido, zona, s.ahora)}"
    if tras < -_HOLGURA.total_seconds():
        return falla("firmas", que, f"atrasado al menos {-tras:.0f} s: {senal}, antes de firmarse", hacer)
    if vence < s.ahora:
        return aviso(
            "firmas",
            que,
            f"{senal} y ya venció: no llegan señales, o este equipo está adelantado",
            "compare la hora de este equipo con otra; si es buena, vea la última entrega",
        )
    if tras > s.manifest.periodo:
        return aviso("firmas", que, f"{senal}, {tras:.0f} s después de firmada", hacer)
    return bien("firmas", que, f"concuerda: {senal}, {max(0.0, tras):.0f} s después de firmada")
