"""Coahuila in round numbers: how many casillas each distrito has in each of the 38 municipios.

Enough for an invented catalogue to look like the state: three big cities split over several distritos,
many municipios with a handful of casillas. The partition is plausible, not the official one; numbers of
municipios are those of the official catalogue.
"""

from typing import Final

ID_ENTIDAD: Final = 5

CASILLAS: Final[dict[int, dict[int, int]]] = {
    1: {2: 190, 14: 16, 19: 12, 38: 22},
    2: {12: 6, 13: 4, 22: 40, 25: 220},
    3: {20: 96, 28: 90, 32: 64},
    4: {7: 20, 16: 3, 21: 12, 23: 20, 29: 4, 31: 30, 33: 136, 34: 8},
    5: {1: 3, 3: 34, 5: 4, 8: 6, 15: 4, 18: 194, 26: 6, 37: 12},
    6: {6: 44, 10: 102, 18: 102},
    7: {9: 80, 17: 142, 35: 6, 36: 32},
    8: {35: 216},
    9: {35: 236},
    10: {35: 226},
    11: {35: 212},
    12: {4: 38, 11: 20, 24: 70, 27: 128},
    13: {30: 240},
    14: {30: 252},
    15: {30: 246},
    16: {30: 264},
}
"""Distrito → municipio → casillas, approximate: only the proportions are used."""

URBANOS: Final = frozenset({2, 6, 10, 17, 18, 25, 27, 28, 30, 35})
"""Municipios whose casillas are mostly urban: more contiguas, earlier packages."""
