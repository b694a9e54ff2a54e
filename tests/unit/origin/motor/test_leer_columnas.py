"""Reading in columns: which files are, which rows of them are not, and what is left to the careful reader."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from pregon.errors import ErrorDeDatos
from pregon.origin import motor
from pregon.origin.sources import ejemplos
from pregon.origin.sources.sintetica import Sintetica
from pregon.prep import base_de_datos, eleccion, escribir
from pregon.prep.base_de_datos import Limites
from pregon.prep.jornada import CatalogoSintetico

NOMBRE = "COAH_DIP_LOC_2026.csv"


@pytest.fixture(scope="module")
def datos() -> bytes:
    noche = eleccion.leer(ejemplos.texto("diputaciones"), archivo="diputaciones")
    pocas = replace(noche.elecciones[0], catalogo=CatalogoSintetico(casillas=300, semilla=1))
    fuente = Sintetica(replace(noche, elecciones=(pocas,)))
    cierre = fuente.jornada.cierre
    corte = motor.contar(
        fuente.jornada, numero=1, instante=cierre, ultimo=True, actas=fuente.leer(cierre).actas
    )
    return dict(escribir.base_de_datos(corte, corte.resultados[0]))[
        escribir.nombres(corte, corte.resultados[0].eleccion).resultados
    ]


Cambio = Callable[[list[str]], None]


def cambiados(datos: bytes, cambio: Cambio) -> bytes:
    """Return the file with a change in its rows; 0 names the columns."""
    texto = datos.decode()
    inicio = texto.rindex("\n", 0, texto.index("TIPO_CASILLA")) + 1
    lineas = texto[inicio:].splitlines()
    cambio(lineas)
    return (texto[:inicio] + "\n".join(lineas) + "\n").encode()


def mensajes(
    datos: bytes, leer: Callable[..., tuple[base_de_datos.BaseDeDatos, ...]]
) -> list[tuple[int | None, str]]:
    return [(a.fila, a.mensaje) for base in leer(NOMBRE, datos) for a in base.advertencias]


def test_a_written_file_is_a_table_of_the_same_actas(datos: bytes) -> None:
    (base,), (cuidadosa,) = motor.leer(NOMBRE, datos), base_de_datos.leer(NOMBRE, datos)

    assert isinstance(base.actas, motor.Tabla)
    assert base == cuidadosa
    assert base.actas.cuadro.equals(motor.Tabla.de(cuidadosa.actas, len(base.columnas)).cuadro)


def test_an_acta_is_made_once(datos: bytes) -> None:
    (base,) = motor.leer(NOMBRE, datos)

    assert base.actas[7] is base.actas[7]
    assert base.actas[7].renglon == 8


def celda(fila: int, columna: int, texto: str) -> Cambio:
    def cambio(lineas: list[str]) -> None:
        celdas = lineas[fila].split(",")
        celdas[columna] = texto
        lineas[fila] = ",".join(celdas)

    return cambio


def _en(**celdas: str) -> Cambio:
    """Change cells, by heading, of the last counted acta of a casilla básica."""
    return _cambio("1", celdas)


def _en_pendiente(**celdas: str) -> Cambio:
    """Change them in the last acta that did not arrive."""
    return _cambio("-", celdas)


def _cambio(contabilizada: str, celdas: dict[str, str]) -> Cambio:
    def cambio(lineas: list[str]) -> None:
        encabezados = lineas[0].split(",")
        filas = [dict(zip(encabezados, linea.split(","), strict=True)) for linea in lineas]
        suyas = [
            n
            for n, fila in enumerate(filas)
            if (fila["CONTABILIZADA"], fila["TIPO_CASILLA"], fila["OBSERVACIONES"] in {"", "-"})
            == (contabilizada, "B", True)
        ]
        # The first of a combination is always read by the careful reader: only another one tells.
        assert len(suyas) > 1
        total = int(filas[suyas[-1]]["TOTAL_VOTOS_CALCULADO"])
        escritas = {c: t.format(total=total, menos=total - 1) for c, t in celdas.items()}
        fila = filas[suyas[-1]] | escritas
        lineas[suyas[-1]] = ",".join(fila.values())

    return cambio


def llegadas(lineas: list[str]) -> None:
    """Put the last two pending rows outside of the catalogue, and an image to the last one only."""
    pendientes = [n for n, linea in enumerate(lineas) if ",-,-,-,-,-," in linea]
    encabezados = lineas[0].split(",")
    for n, codigo in zip(pendientes[-2:], ("-", "pendiente"), strict=True):
        fila = dict(zip(encabezados, lineas[n].split(","), strict=True))
        fila |= {"UBICACION_CASILLA": "3", "CODIGO_INTEGRIDAD": codigo}
        lineas[n] = ",".join(fila.values())


def repetida(lineas: list[str]) -> None:
    lineas.append(lineas[3])


def corta(lineas: list[str]) -> None:
    lineas[5] = ",".join(lineas[5].split(",")[:30])


def larga(lineas: list[str]) -> None:
    lineas[5] += ",sobra"


def entrecomillada(lineas: list[str]) -> None:
    lineas[9] = ",".join(f'"{c}"' for c in lineas[9].split(","))


def en_blanco(lineas: list[str]) -> None:
    lineas.insert(4, "   ")


APARTE: list[Cambio] = [
    celda(6, 18, "7.0"),
    celda(6, 18, "no sé"),
    celda(6, 18, "0000000007"),
    celda(6, 8, "S1"),
    celda(2, -9, "ALGO NUNCA VISTO"),
    _en(FECHA_HORA_CAPTURA="01/01/2020 00:00:00"),
    _en(FECHA_HORA_VERIFICACION="hoy a las ocho"),
    _en(LISTA_NOMINAL="0", REPRESENTANTES_PP_CI="{menos}"),
    _en(LISTA_NOMINAL="900.0"),
    _en(LISTA_NOMINAL="muchos"),
    _en(TOTAL_VOTOS_CALCULADO="{menos}"),
    _en(TOTAL_VOTOS_CALCULADO="{total}.0"),
    _en_pendiente(PAN="SIN ACTA"),
    _en_pendiente(PAN="5", TOTAL_VOTOS_CALCULADO="5"),
    _en_pendiente(UBICACION_CASILLA="3", CODIGO_INTEGRIDAD="a" * 64),
    _en_pendiente(UBICACION_CASILLA="3", CODIGO_INTEGRIDAD="pendiente"),
    llegadas,
    repetida,
    corta,
    larga,
    entrecomillada,
    en_blanco,
]


@pytest.mark.parametrize("cambio", APARTE)
def test_an_odd_row_is_read_by_itself_with_its_warning(datos: bytes, cambio: Cambio) -> None:
    raros = cambiados(datos, cambio)

    (base,) = motor.leer(NOMBRE, raros)

    assert isinstance(base.actas, motor.Tabla)
    assert base == base_de_datos.leer(NOMBRE, raros)[0]
    assert mensajes(raros, motor.leer) == mensajes(raros, base_de_datos.leer)


def total(lineas: list[str]) -> None:
    lineas.append("TOTAL" + "," * 43)


def abierta(lineas: list[str]) -> None:
    lineas[5] = '"' + lineas[5]


def con_cr(lineas: list[str]) -> None:
    lineas[5] = lineas[5] + "\r" + lineas[6]


@pytest.mark.parametrize("cambio", [total, abierta, con_cr, celda(6, 18, "+7"), celda(6, 18, '"+7"')])
def test_what_columns_alone_cannot_tell_goes_the_careful_way(datos: bytes, cambio: Cambio) -> None:
    raros = cambiados(datos, cambio)

    (base,) = motor.leer(NOMBRE, raros)

    assert not isinstance(base.actas, motor.Tabla)
    assert base == base_de_datos.leer(NOMBRE, raros)[0]


@pytest.mark.parametrize("limites", [Limites(filas=100), Limites(celda=40)], ids=["renglones", "celda"])
def test_bounds_are_those_of_the_careful_reader(datos: bytes, limites: Limites) -> None:
    with pytest.raises(ErrorDeDatos) as cuidadosa:
        base_de_datos.leer(NOMBRE, datos, limites=limites)

    with pytest.raises(ErrorDeDatos) as rapida:
        motor.leer(NOMBRE, datos, limites=limites)

    assert str(rapida.value) == str(cuidadosa.value)
