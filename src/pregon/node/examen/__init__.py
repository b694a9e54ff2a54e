"""What is looked at for the person at the difusor: one `Comprobacion` per thing, with what to do about it.

`noche` judges how the night goes, from the node's own evidence, and is pure; `maquina` looks at this
machine, `red` at what others see of it and at who it talks to. Nothing here changes what is served.
"""

from dataclasses import dataclass
from enum import Enum


class Nivel(Enum):
    """How a thing stands; the value is what `--json` says."""

    BIEN = "ok"
    AVISO = "aviso"
    """It works, and would be better otherwise."""
    FALLA = "falla"


@dataclass(frozen=True, slots=True, kw_only=True)
class Comprobacion:
    """One thing that was looked at, in words for who looks after the node."""

    id: str
    que: str
    nivel: Nivel
    dice: str
    hacer: str = ""
    """What to do; never empty unless all is well."""


def bien(identificador: str, que: str, dice: str) -> Comprobacion:
    """Return a thing that is well."""
    return Comprobacion(id=identificador, que=que, nivel=Nivel.BIEN, dice=dice)


def aviso(identificador: str, que: str, dice: str, hacer: str) -> Comprobacion:
    """Return a thing that could be better."""
    return Comprobacion(id=identificador, que=que, nivel=Nivel.AVISO, dice=dice, hacer=hacer)


def falla(identificador: str, que: str, dice: str, hacer: str) -> Comprobacion:
    """Return a thing that is wrong."""
    return Comprobacion(id=identificador, que=que, nivel=Nivel.FALLA, dice=dice, hacer=hacer)
