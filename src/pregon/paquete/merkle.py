"""Merkle trees of RFC 9162 §2.1: one hash for many texts, and a short proof that a text is one of them.

Leaves are the texts themselves, in order; every hash is SHA-256. A leaf is hashed after a byte 0 and a
node after a byte 1, so that no node can pass as a leaf.
"""

import hashlib
from collections.abc import Sequence


def raiz(hojas: Sequence[bytes]) -> bytes:
    """Return the 32 bytes of the root (RFC 9162 §2.1.1)."""
    if not hojas:
        return hashlib.sha256(b"").digest()
    nivel = [_hoja(hoja) for hoja in hojas]
    while len(nivel) > 1:
        # Pairs from the left, an odd one goes up as it is: the same tree as the RFC's split.
        impar = nivel[-1:] if len(nivel) % 2 else []
        nivel = [_nodo(a, b) for a, b in zip(nivel[::2], nivel[1::2], strict=False)] + impar
    return nivel[0]


def camino(hojas: Sequence[bytes], indice: int) -> tuple[bytes, ...]:
    """Return the inclusion proof of the leaf at `indice`, from the leaf up (RFC 9162 §2.1.3.1)."""
    if not 0 <= indice < len(hojas):
        raise IndexError(f"no hay hoja {indice} entre {len(hojas)}")
    nivel = [_hoja(hoja) for hoja in hojas]
    hermanos = []
    while len(nivel) > 1:
        hermano = indice ^ 1
        if hermano < len(nivel):
            hermanos.append(nivel[hermano])
        impar = nivel[-1:] if len(nivel) % 2 else []
        nivel = [_nodo(a, b) for a, b in zip(nivel[::2], nivel[1::2], strict=False)] + impar
        indice //= 2
    return tuple(hermanos)


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
