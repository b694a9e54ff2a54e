"""R79–R88: in whatever dress, the figures and actas of a base de datos are those of the plain one."""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import pytest
from corpus_hostil import CIFRAS, COLUMNAS, FILAS, VOTOS, buena
from hypothesis import given
from hypothesis import strategies as st

from pregon.origin import motor
from pregon.prep.acta import Acta
from pregon.prep.base_de_datos import BaseDeDatos, desgarro, leer
from pregon.prep.comparar import comparar

PROTECCIONES: dict[str, Callable[[str], str]] = {
    "nada": str,
    "comilla": lambda c: f"'{c}",
    "comillas": lambda c: f"'{c}'",
    "dos comillas": lambda c: f"''{c}'",
    "fórmula": lambda c: f'="{c}"',
}
VIEJOS = {
    "ID_ENTIDAD": "ID_ESTADO", "ENTIDAD": "ESTADO", "SECCION": "SECCIÓN", "CODIGO_INTEGRIDAD": "SHA",
    "NO_REGISTRADAS": "NO_REGISTRADOS", "NULOS": "VOTOS NULOS",
    "FECHA_HORA_VERIFICACION": "FECHA_HORA_REGISTRO",
    "ID_DISTRITO_LOCAL": "ID_DISTRITO", "TOTAL_VOTOS_CALCULADO": "TOTAL_VOTOS_CALCULADOS",
    "CAND_IND_1": "CI_1",
    "OBSERVACIONES": "Observaciones", "LISTA_NOMINAL": "LISTA NOMINAL", "EXT_CONTIGUA": "EXT. CONTIGUA",
}  # fmt: skip
CAMPOS_VIEJOS = {
    "ACTAS_FUERA_CATALOGO": "ACTAS_FUERA_DE_CATÁLOGO",
    "PORCENTAJE_PARTICIPACION_CIUDADANA": "PARTICIPACION_CIUDADANA",
    "PORCENTAJE_ACTAS_INCONSISTENCIAS": "PORCENTAJE_ACTAS_CON_INCONSISTENCIAS",
}  # fmt: skip
DESCUIDOS: dict[str, Callable[[str], str]] = {
    "nada": str,
    "comilla": lambda v: f"'{v}",
    "punto cero": lambda v: v if "." in v else f"{v}.0",
    "por ciento": lambda v: f"{v}%" if "." in v else v,
    "fórmula": lambda v: f'="{v}"',
    "espacios": lambda v: f" {v} ",
}
SELLOS = (
    "07/06/2026 20:30 (UTC-6)", "7/6/2026 20:30(UTC-6)", "2026/06/07 20:30 (UTC-6)",
    "2026-06-07T20:30:00-06:00",
    '"07/06/2026 20:30 (UTC-6)"', "07/06/2026 08:30 p. m. (UTC-6)", "7/6/2026 20:30",
)  # fmt: skip
NOVEDADES = ((), ("C_PAN_PRI_TOTAL",), ("QR", "FOLIO_ACTA"))


@dataclass(frozen=True, kw_only=True)
class Vestido:
    delimitador: str
    salto: str
    codificacion: str
    proteccion: str
    descuido: str
    sello: str
    novedades: tuple[str, ...]
    citar: bool
    viejos: bool
    sep: bool
    blancos: bool
    minusculas: bool
    revolver: int


vestidos = st.builds(
    Vestido,
    delimitador=st.sampled_from(",|;\t"),
    salto=st.sampled_from(("\n", "\r\n", "\r", "\r\r\n")),
    codificacion=st.sampled_from(("utf-8", "utf-8-sig", "cp1252", "utf-16")),
    proteccion=st.sampled_from(sorted(PROTECCIONES)),
    descuido=st.sampled_from(sorted(DESCUIDOS)),
    sello=st.sampled_from(SELLOS),
    novedades=st.sampled_from(NOVEDADES),
    citar=st.booleans(),
    viejos=st.booleans(),
    sep=st.booleans(),
    blancos=st.booleans(),
    minusculas=st.booleans(),
    revolver=st.integers(0, 5),
)


def vestir(v: Vestido) -> bytes:
    d = v.delimitador
    orden = list(range(len(COLUMNAS)))
    if v.revolver:
        # The vote columns stay together: nobody ever told them apart from the rest.
        primero = COLUMNAS.index(VOTOS[0])
        azar = random.Random(v.revolver)
        antes, votos, despues = orden[:primero], orden[primero : primero + 6], orden[primero + 6 :]
        for trozo in (antes, votos, despues):
            azar.shuffle(trozo)
        orden = despues + votos + antes if v.revolver % 2 else antes + votos + despues
    nombres = [VIEJOS.get(c, c) if v.viejos else c for c in (COLUMNAS[i] for i in orden)]
    campos = [CAMPOS_VIEJOS.get(c, c) if v.viejos else c for c in CIFRAS]
    filas = [
        [*(_celda(v, COLUMNAS[i], fila[i]) for i in orden), *("7" for _ in v.novedades)] for fila in FILAS
    ]
    vacia: list[list[str]] = [[""]] if v.blancos else []
    tabla: list[list[str]] = [
        *vacia, campos, [DESCUIDOS[v.descuido](x) for x in CIFRAS.values()], *vacia,
        [*nombres, *v.novedades], *filas,
    ]  # fmt: skip
    lineas = [f"sep={d}"] if v.sep else []
    lineas += ["DIPUTACIONES LOCALES", v.sello, *(d.join(_citada(v, c) for c in fila) for fila in tabla)]
    return (v.salto.join(lineas) + v.salto).encode(v.codificacion)


def _celda(v: Vestido, columna: str, texto: str) -> str:
    if columna.startswith("CLAVE") and texto:
        return PROTECCIONES[v.proteccion](texto)
    if v.minusculas and columna in {*VOTOS, "TOTAL_VOTOS_ASENTADO"}:
        return texto.capitalize().replace(" ", "_")
    if v.minusculas and columna == "OBSERVACIONES":
        return texto.capitalize()
    return texto


def _citada(v: Vestido, celda: str) -> str:
    if celda and (v.citar or '"' in celda):
        return '"' + celda.replace('"', '""') + '"'
    return celda


def desnuda(acta: Acta) -> tuple[object, ...]:
    return (
        acta.casilla, tuple(sorted(map(str, acta.votos))),
        acta.contabilizada, acta.observaciones.upper(), acta.lista_nominal, acta.codigo_integridad,
        acta.total_calculado, acta.verificacion, acta.clase,
    )  # fmt: skip


@pytest.fixture(scope="module")
def llana() -> BaseDeDatos:
    return leer("x.csv", buena())[0]


@pytest.mark.parametrize("lector", [leer, motor.leer], ids=["llano", "en columnas"])
@given(v=vestidos)
def test_r87_any_dress_is_read_as_the_plain_one(
    llana: BaseDeDatos, lector: Callable[[str, bytes], Sequence[BaseDeDatos]], v: Vestido
) -> None:
    (base,) = lector("x.csv", vestir(v))

    assert comparar(base, ultimo=False).diferencias == ()
    assert desgarro(base) == ()
    assert list(map(desnuda, base.actas)) == list(map(desnuda, llana.actas))
    assert {c.clave for c in base.columnas} >= {"PAN", "PRI", "C_PAN_PRI", "NO_REGISTRADAS", "NULOS"}
    assert len(base.columnas) == len(VOTOS)
    assert set(base.otras) == set(v.novedades)
    assert base.sello == llana.sello
