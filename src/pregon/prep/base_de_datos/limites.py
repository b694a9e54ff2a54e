"""Every bound on a given file, in one place. Real files: 8.5 k rows, 184 columns, 5 MB, ratio 17."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Limites:
    """What `leer` accepts; beyond it an ErrorDeDatos says which bound and where."""

    bytes_archivo: int = 256 * 2**20
    """Of the file given, and of all that comes out of its ZIPs together."""
    miembros: int = 500
    """Files in one ZIP."""
    anidamiento: int = 3
    """ZIPs inside ZIPs."""
    razon: int = 200
    """Uncompressed over compressed bytes of one member, beyond `sin_razon` bytes."""
    sin_razon: int = 2**20
    """A member this small may compress as well as it likes."""
    filas: int = 400_000
    """Blank ones too. INE's national file has 170 k."""
    columnas: int = 2_000
    otras: int = 100
    """Columns of unknown meaning whose texts are kept."""
    celda: int = 4_096
    """Characters in one cell."""
    preambulo: int = 60
    """Lines among which the column row must come."""
    advertencias: int = 1_000
    """Kept per file; the rest is counted."""


LIMITES = Limites()
