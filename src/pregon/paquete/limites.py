"""Every bound on what comes from outside, in one place (faults A6, A15, B3, B7)."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Limites:
    """Bounds on a paquete and on its delivery. Sizes in bytes, times in seconds."""

    manifest: int = 8_000_000
    archivos: int = 100_000
    archivo: int = 100_000_000
    paquete: int = 4_000_000_000
    imagen: int = 8_000_000
    imagenes: int = 50_000
    """Files of the second list (decisions §14), and of a folder in which images are looked for."""
    ruta: int = 240
    delta: int = 32_000_000
    """A delta or a bundle: what would be larger goes object by object."""
    difusores: int = 2_000_000
    metadatos: int = 1_000_000
    raices: int = 256
    prueba: int = 32_000_000
    """A proof holds manifest, list and metadata as text."""
    entrada: int = 256
    """One line of the public log of cortes."""
    entradas: int = 10_000
    checkpoint: int = 4_096
    """With the signatures of witnesses, if any."""
    asiento: int = 65_536
    """One line of the bitácora."""
    inclusion: int = 8_192
    """The proof of one file; ours take at most 2,048, the rest is for signatures of witnesses."""
    plazo_metadatos: float = 80.0
    """Total deadline of one metadata operation, whatever drips in: a whole process ends within 90 s (A7)."""
    plazo_corte: float = 300.0
    """Total deadline of one corte."""
    plazo_delta: float = 30.0
    """Of each try at a delta or a bundle: there is always another way."""
    plazo_imagenes: float = 20.0
    """Of each turn at bringing images: the next corte never waits longer for them (decisions §14)."""


LIMITES = Limites()
