import pytest

from pregon.prep.base_de_datos.archivo import decodificar


@pytest.mark.parametrize("nombre", ["Solís", "García", "à", "ÍÑIGO ÁVILA", "Peña Ü"])
@pytest.mark.parametrize("codec", ["cp1252", "latin-1"])
def test_a_name_encoded_twice_reads_as_it_was(nombre: str, codec: str) -> None:
    try:
        doble = nombre.encode().decode(codec).encode()
    except UnicodeDecodeError:  # five bytes that cp1252 leaves undefined travel as control characters
        doble = nombre.encode().decode("latin-1").encode()

    texto, _ = decodificar(f"PAN,{nombre},".encode() + doble, "x.csv")

    assert texto == f"PAN,{nombre},{nombre}"
