"""Merkle trees of RFC 9162 §2.1: one hash for many texts, and a short proof that a text is one of them.

Leaves are the texts themselves, in order; every hash is SHA-256. A leaf is hashed after a byte 0 and a
node after a byte 1, so that no node can pass as a leaf.
"""

import hashlib
from collections.abc import Iterable, Sequence


def raiz(hojas: Sequence[bytes]) -> bytes:
    """Return the 32 bytes of the root (RFC 9162 §2.1.1)."""
    return niveles(hojas)[-1][0] if hojas else hashlib.sha256(b"").digest()


def niveles(hojas: Sequence[bytes]) -> list[list[bytes]]:
    """Return every hash of the tree, from the leaves' to the root alone: for whoever cuts many proofs."""
    todos = [[_hoja(hoja) for hoja in hojas]]
    while len(nivel := todos[-1]) > 1:
        # Pairs from the left, an odd one goes up as it is: the same tree as the RFC's split.
        impar = nivel[-1:] if len(nivel) % 2 else []
        todos.append([_nodo(a, b) for a, b in zip(nivel[::2], nivel[1::2], strict=False)] + impar)
    return todos


def camino(hojas: Sequence[bytes], indice: int) -> tuple[bytes, ...]:
    """Return the inclusion proof of the leaf at `indice`, from the leaf up (RFC 9162 §2.1.3.1)."""
    return camino_en(niveles(hojas), indice)


def camino_en(niveles: Sequence[Sequence[bytes]], indice: int) -> tuple[bytes, ...]:
    """Return the same from the hashes of a tree."""
    if not 0 <= indice < len(niveles[0]):
        raise IndexError(f"no hay hoja {indice} entre {len(niveles[0])}")
    hermanos = ((nivel, (indice >> alto) ^ 1) for alto, nivel in enumerate(niveles))
    return tuple(nivel[hermano] for nivel, hermano in hermanos if hermano < len(nivel))


def subir(hoja: bytes, pasos: Iterable[tuple[bool, bytes]]) -> bytes:
    """Return the root that some steps lead to; True: the sibling stands to the left.

    Needs no number of leaves, so nothing in such a path can change unseen.
    """
    digesto = _hoja(hoja)
    for izquierda, hermano in pasos:
        digesto = _nodo(hermano, digesto) if izquierda else _nodo(digesto, hermano)
    return digesto


def raiz_probada(hoja: bytes, *, indice: int, total: int, camino: Sequence[bytes]) -> bytes:
    """Return the root that an inclusion proof leads to (RFC 9162 §2.1.3.2); ValueError if it has none.

    Compare it with a root that is trusted: any proof of the right length leads to some root.
    """
    if not 0 <= indice < total:
        raise ValueError(f"no hay hoja {indice} entre {total}")
    digesto, ultimo, hermanos = _hoja(hoja), total - 1, iter(camino)
    while ultimo:
        if indice % 2 or indice < ultimo:
            hermano = next(hermanos, None)
            if hermano is None:
                raise ValueError("al camino le faltan hashes")
            digesto = _nodo(hermano, digesto) if indice % 2 else _nodo(digesto, hermano)
        indice, ultimo = indice // 2, ultimo // 2
    if next(hermanos, None) is not None:
        raise ValueError("al camino le sobran hashes")
    return digesto


def _hoja(datos: bytes) -> bytes:
    return hashlib.sha256(b"\x00" + datos).digest()


def _nodo(izquierda: bytes, derecha: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + izquierda + derecha).digest()
