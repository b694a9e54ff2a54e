"""A small base de datos written in any dialect, for the tests of reading."""

from collections.abc import Callable, Sequence

import pytest

COLUMNAS = [
    "CLAVE_CASILLA",
    "CLAVE_ACTA",
    "ID_ENTIDAD",
    "ENTIDAD",
    "ID_DISTRITO_LOCAL",
    "DISTRITO_LOCAL",
    "SECCION",
    "ID_CASILLA",
    "TIPO_CASILLA",
    "EXT_CONTIGUA",
    "UBICACION_CASILLA",
    "TIPO_ACTA",
    "TOTAL_BOLETAS_SOBRANTES",
    "TOTAL_PERSONAS_VOTARON",
    "TOTAL_REP_PARTIDO_CI_VOTARON",
    "TOTAL_VOTOS_SACADOS",
    "PAN",
    "PRI",
    "UDC",
    "C_PRI_UDC",
    "CAND_IND_1",
    "NO_REGISTRADAS",
    "NULOS",
    "TOTAL_VOTOS_ASENTADO",
    "TOTAL_VOTOS_CALCULADO",
    "LISTA_NOMINAL",
    "REPRESENTANTES_PP_CI",
    "OBSERVACIONES",
    "CONTABILIZADA",
    "MECANISMOS_TRASLADO",
    "CODIGO_INTEGRIDAD",
    "FECHA_HORA_ACOPIO",
    "FECHA_HORA_CAPTURA",
    "FECHA_HORA_VERIFICACION",
    "ORIGEN",
    "DIGITALIZACION",
    "TIPO_DOCUMENTO",
]

CAMPOS = {
    "ACTAS_ESPERADAS": "4", "ACTAS_REGISTRADAS": "4", "ACTAS_FUERA_CATALOGO": "1", "ACTAS_CAPTURADAS": "3",
    "PORCENTAJE_ACTAS_CAPTURADAS": "75.0000", "ACTAS_CONTABILIZADAS": "2",
    "PORCENTAJE_ACTAS_CONTABILIZADAS": "50.0000", "PORCENTAJE_ACTAS_INCONSISTENCIAS": "25.0000",
    "ACTAS_NO_CONTABILIZADAS": "1", "LISTA_NOMINAL_ACTAS_CONTABILIZADAS": "500", "TOTAL_VOTOS_C_CS": "210",
    "TOTAL_VOTOS_S_CS": "200", "PORCENTAJE_PARTICIPACION_CIUDADANA": "40.0000",
}  # fmt: skip


def _fila(clave: str, distrito: str, seccion: str, tipo: str, votos: str, resto: str) -> list[str]:
    identidad = [
        clave,
        clave + "3",
        "05",
        "COAHUILA",
        distrito,
        f"DISTRITO {distrito}",
        seccion,
        "01",
        tipo,
        "00",
    ]
    ubicacion = "3" if not clave else "1"
    return [*identidad, ubicacion, "3", "300", "200", "2", "200", *votos.split(), *resto.split("|")]


FILAS = [
    _fila(
        "050001B0100", "001", "0001", "B", "90 50 20 10 5 0 25",
        "200|200|500|6||1|F|" + "a" * 64
        + "|07/06/2026 19:00:00|07/06/2026 19:05:00|07/06/2026 19:10:00|CATD|ESCANER|ACTA PREP",
    ),
    _fila(
        "050001S0100", "001", "0001", "S", "4 3 2 1 0 ILEGIBLE SIN_DATO",
        "10|10|0|1000|ALGUN CAMPO ILEGIBLE O SIN DATO|1|F|" + "b" * 64
        + "|||07/06/2026 20:10:00|CATD|ESCANER|ACTA PREP",
    ),
    _fila(
        "050002B0100", "002", "0002", "B", "SIN_ACTA SIN_ACTA SIN_ACTA SIN_ACTA SIN_ACTA SIN_ACTA SIN_ACTA",
        "SIN ACTA|0|400|6|SIN ACTA POR PAQUETE NO ENTREGADO|0|N/A|N/A|N/A|N/A|N/A|CATD|ESCANER|N/A",
    ),
    _fila("050002C0100", "002", "0002", "C", "- - - - - - -", "-|0|401|6|-|-|-|-|-|-|-|-|-|-"),
    _fila(
        "", "", "", "", "0 0 0 0 0 0 0",
        "||||FUERA DE CATALOGO|2||" + "c" * 64 + "|07/06/2026 21:00:00|||CASILLA|MOVIL|",
    ),
]  # fmt: skip
FILAS[4][16:23] = [""] * 7
FILAS = [[c.replace("SIN_", "SIN ") for c in f] for f in FILAS]

Escribir = Callable[..., bytes]


@pytest.fixture
def escribir() -> Escribir:
    def _escribir(
        *,
        delimitador: str = ",",
        salto: str = "\n",
        codificacion: str = "utf-8",
        titulo: str = "DIPUTACIONES LOCALES",
        sello: str = "07/06/2026 20:30 (UTC-6)",
        campos: dict[str, str] | None = CAMPOS,
        blancos: bool = True,
        antes: Sequence[str] = (),
        columnas: Sequence[str] = COLUMNAS,
        filas: Sequence[Sequence[str]] = FILAS,
        proteger: Callable[[str], str] = str,
    ) -> bytes:
        lineas = [*antes, titulo, sello]
        vacia = [""] if blancos else []
        if campos is not None:
            lineas += [*vacia, delimitador.join(campos), delimitador.join(campos.values()), *vacia]
        lineas.append(delimitador.join(columnas))
        lineas += [delimitador.join([proteger(f[0]), *f[1:]]) for f in filas]
        return (salto.join(lineas) + salto).encode(codificacion)

    return _escribir


@pytest.fixture
def filas() -> list[list[str]]:
    """Rows that a test may change: counted, especial, sin acta, pending, fuera de catálogo."""
    return [list(f) for f in FILAS]


@pytest.fixture
def columnas() -> list[str]:
    return list(COLUMNAS)


@pytest.fixture
def campos() -> dict[str, str]:
    return dict(CAMPOS)
