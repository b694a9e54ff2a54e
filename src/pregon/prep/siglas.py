"""Parties by their letters, where a database gives nothing else: usual name, colour near the emblem's."""

import hashlib

_CONOCIDOS = {
    "PAN": ("Partido Acción Nacional", "#00569d"),
    "PRI": ("Partido Revolucionario Institucional", "#00803c"),
    "PRD": ("Partido de la Revolución Democrática", "#e0a800"),
    "PT": ("Partido del Trabajo", "#c8102e"),
    "PVEM": ("Partido Verde Ecologista de México", "#4c9a2a"),
    "MC": ("Movimiento Ciudadano", "#e8701a"),
    "MORENA": ("Morena", "#7d1c2c"),
    "MOR": ("Morena", "#7d1c2c"),
    "NA": ("Nueva Alianza", "#1a8f98"),
    "PANAL": ("Nueva Alianza", "#1a8f98"),
    "PES": ("Partido Encuentro Social", "#5a2d81"),
    "ES": ("Encuentro Social", "#5a2d81"),
    "RSP": ("Redes Sociales Progresistas", "#a3243b"),
    "FM": ("Fuerza por México", "#c2578c"),
    "UDC": ("Unidad Democrática de Coahuila", "#3a6ea5"),
}
_PALETA = (
    "#4e6b8c", "#8c5a3c", "#4f7043", "#7a5c86", "#8a5f1b", "#35706d", "#8a4f5e", "#5f6672", "#5f6b29",
    "#416a9e", "#94553b", "#2a7356",
)  # fmt: skip
"""Each with a contrast of at least 4.5:1 against white (a test holds it)."""


def nombre(siglas: str) -> str:
    """Return the usual name, or the letters themselves."""
    return _CONOCIDOS[siglas][0] if siglas in _CONOCIDOS else siglas.replace("_", " ")


def color(siglas: str) -> str:
    """Return ``#rrggbb``; the same letters always get the same one."""
    if siglas in _CONOCIDOS:
        return _CONOCIDOS[siglas][1]
    return _PALETA[hashlib.sha256(siglas.encode()).digest()[0] % len(_PALETA)]
