"""RFC 9162 §2.1 by the vectors that Certificate Transparency published, and by its own recursive words."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pregon.paquete import merkle

HOJAS = [
    bytes.fromhex(hoja)
    for hoja in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
RAICES = (
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
)
"""Of the first 0, 1, … 8 of those leaves."""
CAMINOS = (
    (
        0,
        8,
        (
            "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
            "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
        ),
    ),
    (
        5,
        8,
        (
            "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
            "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        ),
    ),
    (2, 3, ("fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",)),
    (0, 1, ()),
)
LISTAS = st.lists(st.binary(max_size=8), max_size=40)


def rfc(hojas: list[bytes]) -> bytes:
    """Return the root by the recursive definition of §2.1.1, split at the largest power of two below n."""
    if len(hojas) < 2:
        return hashlib.sha256(b"\0" + hojas[0] if hojas else b"").digest()
    corte = 1 << (len(hojas) - 1).bit_length() - 1
    return hashlib.sha256(b"\1" + rfc(hojas[:corte]) + rfc(hojas[corte:])).digest()


@pytest.mark.parametrize("n", range(9))
def test_the_published_roots(n: int) -> None:
    assert merkle.raiz(HOJAS[:n]).hex() == RAICES[n]


@pytest.mark.parametrize(("indice", "total", "camino"), CAMINOS)
def test_the_published_paths(indice: int, total: int, camino: tuple[str, ...]) -> None:
    hallado = merkle.camino(HOJAS[:total], indice)

    assert tuple(uno.hex() for uno in hallado) == camino
    assert (
        merkle.raiz_probada(HOJAS[indice], indice=indice, total=total, camino=hallado).hex() == RAICES[total]
    )


@given(LISTAS)
def test_the_root_is_the_one_of_the_recursive_definition(hojas: list[bytes]) -> None:
    assert merkle.raiz(hojas) == rfc(hojas)


@given(LISTAS.filter(bool), st.data())
def test_every_leaf_is_proved_in_its_own_place_only(hojas: list[bytes], data: st.DataObject) -> None:
    indice = data.draw(st.integers(0, len(hojas) - 1))
    camino = merkle.camino(hojas, indice)
    raiz = merkle.raiz(hojas)

    assert len(camino) <= (len(hojas) - 1).bit_length()
    assert merkle.raiz_probada(hojas[indice], indice=indice, total=len(hojas), camino=camino) == raiz
    otra = hojas[indice] + b"x"
    assert merkle.raiz_probada(otra, indice=indice, total=len(hojas), camino=camino) != raiz


@given(LISTAS.filter(bool), st.data())
def test_a_path_with_a_hash_more_or_less_leads_nowhere(hojas: list[bytes], data: st.DataObject) -> None:
    indice = data.draw(st.integers(0, len(hojas) - 1))
    camino = merkle.camino(hojas, indice)

    for mal in [[*camino, bytes(32)], *([camino[:-1]] if camino else [])]:
        with pytest.raises(ValueError, match="al camino le"):
            merkle.raiz_probada(hojas[indice], indice=indice, total=len(hojas), camino=mal)


def test_a_node_does_not_pass_as_a_leaf() -> None:
    a, b = (hashlib.sha256(b"\0" + hoja).digest() for hoja in (b"a", b"b"))

    assert merkle.raiz([a + b]) != merkle.raiz([b"a", b"b"])


@pytest.mark.parametrize(("indice", "total"), [(-1, 3), (3, 3), (0, 0)])
def test_there_is_no_leaf_there(indice: int, total: int) -> None:
    with pytest.raises(ValueError, match="no hay hoja"):
        merkle.raiz_probada(b"", indice=indice, total=total, camino=())
    with pytest.raises(IndexError):
        merkle.camino([b""] * total, indice)
