"""Whatever the bytes, reading ends in actas or in an error of the tree: never in a crash (R87)."""

import random
from contextlib import suppress

from hypothesis import given
from hypothesis import strategies as st

from pregon.errors import ErrorDeDatos
from pregon.prep.base_de_datos import leer
from pregon.prep.comparar import comparar

CABEZA = (
    "DIPUTACIONES\n07/06/2026 20:30 (UTC-6)\n\nACTAS_ESPERADAS,ACTAS_CAPTURADAS,TOTAL_VOTOS_C_CS\n2,1,30\n\n"
    "ID_ENTIDAD,ENTIDAD,ID_DISTRITO,DISTRITO,SECCION,ID_CASILLA,TIPO_CASILLA,PAN,PRI,C_PAN_PRI,NULOS,"
    "TOTAL_VOTOS_CALCULADO,LISTA_NOMINAL,OBSERVACIONES,CONTABILIZADA,FECHA_HORA_VERIFICACION\n"
)
FILA = "05,COAHUILA,001,DISTRITO 1,0001,01,B,10,15,3,2,30,500,,1,07/06/2026 20:31:00\n"
BUENO = (CABEZA + FILA + FILA.replace(",1,07", ",-,")).encode()

letras = st.text(alphabet="0123456789,|;\t\r\n\"'=-./AIN ñ\x85\u2028", max_size=80)


@given(st.binary(max_size=400))
def test_any_bytes(datos: bytes) -> None:
    with suppress(ErrorDeDatos):
        leer("x.csv", datos)


@given(st.binary(max_size=200))
def test_any_bytes_after_the_mark_of_a_zip(datos: bytes) -> None:
    with suppress(ErrorDeDatos):
        leer("x.zip", b"PK\x03\x04" + datos)


@given(letras)
def test_any_rows_after_good_columns(filas: str) -> None:
    with suppress(ErrorDeDatos):
        for base in leer("x.csv", (CABEZA + filas).encode()):
            comparar(base, ultimo=False)


@given(st.integers(), st.integers(1, 12))
def test_any_bytes_of_a_good_file_changed(semilla: int, cuantos: int) -> None:
    azar = random.Random(semilla)
    datos = bytearray(BUENO)
    for _ in range(cuantos):
        datos[azar.randrange(len(datos))] = azar.randrange(256)

    with suppress(ErrorDeDatos):
        for base in leer("x.csv", bytes(datos)):
            comparar(base, ultimo=False)


@given(st.integers(0, len(BUENO)))
def test_any_truncation(hasta: int) -> None:
    with suppress(ErrorDeDatos):
        for base in leer("x.csv", BUENO[:hasta]):
            comparar(base, ultimo=False)
