"""Two histories under one name: the evidence that anybody can check, offline (A20).

A `Testimonio` is what one place shows of the log, byte by byte, with the metadata that names the key which
signed it. Two of them that no single log can explain are the proof of an equivocation: whoever holds that key
signed both. Nothing in it depends on whoever wrote it down.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from pregon.errors import ErrorDeConfianza
from pregon.paquete import prueba, registro
from pregon.paquete.limites import LIMITES, Limites
from pregon.paquete.manifest import canonico
from pregon.paquete.registro import Historia

FORMATO: Final = 1
_CAMPOS: Final = frozenset({"lugar", "raices", "targets", "checkpoint", "registro"})
_LUGAR: Final = 300
"""Characters."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Testimonio:
    """The log as one place shows it, nothing verified yet."""

    lugar: str
    """Address or folder, for people."""
    checkpoint: bytes
    registro: bytes
    """The list of entries."""
    raices: tuple[bytes, ...] = ()
    """Chain of roots as in a proof; empty where the place shows no proof."""
    targets: bytes = b""
    """Metadata that names the role's key."""


def de_prueba(lugar: str, prueba_del_corte: prueba.Prueba, *, checkpoint: bytes, lineas: bytes) -> Testimonio:
    """Join what a place shows of the log with the chain of the proof that it serves."""
    return Testimonio(
        lugar=lugar,
        checkpoint=checkpoint,
        registro=lineas,
        raices=prueba_del_corte.raices,
        targets=prueba_del_corte.targets,
    )


def verificar(testimonio: Testimonio, *, raiz: bytes | str | None, llaves: Sequence[str] = ()) -> Historia:
    """Return the history that a testimony shows. Raises ErrorDeConfianza.

    It is signed by one of `llaves` or, without them, by the key that its own chain gives to the role: from
    `raiz`, or from whatever root it carries if that is None. The caller then says that nobody vouches for it.
    """
    if not llaves:
        origen = registro.leer_nota(testimonio.checkpoint).origen
        rol = origen.removeprefix(registro.origen(""))
        llaves = prueba.llaves(testimonio.raices, testimonio.targets, raiz=raiz, rol=rol)
    cabeza = registro.verificar(testimonio.checkpoint, *llaves)
    return registro.historia(cabeza, registro.separar(testimonio.registro))


def escribir(uno: Testimonio, otro: Testimonio) -> bytes:
    """Return the evidence as one JSON file: the same two testimonies give the same bytes in any order."""
    ambos = sorted((_json(uno), _json(otro)), key=lambda t: (t["checkpoint"], t["lugar"]))
    return canonico({"formato": FORMATO, "testimonios": ambos})


def leer(datos: bytes, limites: Limites = LIMITES) -> tuple[Testimonio, Testimonio]:
    """Read that file; nothing is verified yet. Raises ErrorDeConfianza for any other shape."""
    if len(datos) > limites.prueba:
        raise ErrorDeConfianza(f"prueba de equívoco de {len(datos)} bytes: el límite es {limites.prueba}")
    try:
        crudo = json.loads(datos)
        uno, otro = (_testimonio(t, limites) for t in crudo["testimonios"])
        if escribir(uno, otro) != datos:
            raise ValueError("no está en su forma canónica")
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError, OverflowError) as error:
        raise ErrorDeConfianza(f"la prueba de equívoco no tiene la forma esperada: {error!s:.120}") from error
    return uno, otro


def _json(testimonio: Testimonio) -> dict[str, Any]:
    return {
        "lugar": testimonio.lugar[:_LUGAR].encode(errors="replace").decode(),
        "raices": [raiz.decode() for raiz in testimonio.raices],
        "targets": testimonio.targets.decode(),
        "checkpoint": testimonio.checkpoint.decode(),
        "registro": testimonio.registro.decode(),
    }


def _testimonio(crudo: dict[str, Any], limites: Limites) -> Testimonio:
    if set(crudo) != _CAMPOS or len(crudo["lugar"]) > _LUGAR or len(crudo["raices"]) > limites.raices:
        raise ValueError("sobran o faltan campos")
    return Testimonio(
        lugar=crudo["lugar"],
        raices=tuple(raiz.encode() for raiz in crudo["raices"]),
        targets=crudo["targets"].encode(),
        checkpoint=crudo["checkpoint"].encode(),
        registro=crudo["registro"].encode(),
    )
