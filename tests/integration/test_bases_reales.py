"""Every real base de datos: its header is reproduced; those that differ, differ exactly where they should.

The faults are those of data.md and rules.md; Puebla's rehearsals add some of the same kinds.
"""

from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from pregon.errors import NoEsBaseDeDatos
from pregon.prep.base_de_datos import BaseDeDatos, desgarro, leer
from pregon.prep.comparar import Comparacion, comparar
from pregon.prep.jornada import ClaseColumna

PARTICIPACION = "PORCENTAJE_PARTICIPACION_CIUDADANA"
CAPTURADAS, CONTADAS = "PORCENTAJE_ACTAS_CAPTURADAS", "PORCENTAJE_ACTAS_CONTABILIZADAS"
INCONSISTENCIAS = "PORCENTAJE_ACTAS_INCONSISTENCIAS"
TORCIDA = {
    "ACTAS_REGISTRADAS", "ACTAS_CAPTURADAS", CAPTURADAS, "ACTAS_CONTABILIZADAS", CONTADAS, INCONSISTENCIAS,
    "LISTA_NOMINAL_ACTAS_CONTABILIZADAS", "TOTAL_VOTOS_C_CS", "TOTAL_VOTOS_S_CS", PARTICIPACION,
}  # fmt: skip
"""Header and rows of two instants: one counted acta is missing in the header."""
OTRA_CUENTA = {
    "ACTAS_CONTABILIZADAS",
    CONTADAS,
    "ACTAS_NO_CONTABILIZADAS",
    "LISTA_NOMINAL_ACTAS_CONTABILIZADAS",
    PARTICIPACION,
}
SIM = "puebla-2024/simulacros"
DIFERENCIAS = {
    # Rounded against its own LEEME; fuera de catálogo registered and never given a row (R57, R45).
    "coahuila-2017/20170605_1300_PREP_AYUN_COAH.zip": {"ACTAS_REGISTRADAS", CAPTURADAS, INCONSISTENCIAS},
    "coahuila-2017/20170605_1300_PREP_DIP_LOC_COAH.zip": {"ACTAS_REGISTRADAS", CAPTURADAS, CONTADAS},
    "coahuila-2017/20170605_1300_PREP_GOB_COAH.zip": {"ACTAS_REGISTRADAS", CONTADAS},
    # Last cortes: equal with --ultimo (R53, decisions §16).
    "qroo-2019/20190603_0547_PREP_DIP_QROO.zip": {PARTICIPACION},
    "qroo-2019/QROO_DIP_LOC_2019.csv": {PARTICIPACION},
    "puebla-2024/jornada/20240603_2000/PUE_GUB_2024.csv": {PARTICIPACION},
    # A catalogue of 1,190 rows announced as 1,200 (R39).
    "campeche-2021-simulacro/20210601_1852_PREP_DIP_LOC_CAMP/CAMP_DIP_LOC_2021.csv": {"ACTAS_ESPERADAS"},
    # The first rehearsal counted only EXCEDE as inconsistencia (R52) and especiales in participation (R53)…
    f"{SIM}/20240512_1956/PUE_GUB_2024.csv": {INCONSISTENCIAS, PARTICIPACION},
    f"{SIM}/20240512_1956/PUE_DIP_LOC_2024.csv": {INCONSISTENCIAS, PARTICIPACION},
    # … and did not count row 1509, CONTABILIZADA 1 in a «Sin acta».
    f"{SIM}/20240512_1956/PUE_AYUN_2024.csv": {INCONSISTENCIAS} | OTRA_CUENTA,
    # Torn: acta 211422C0100, verified a second after the stamp; fuera de catálogo 4 in the header, 5 rows.
    f"{SIM}/20240517_1500/PUE_GUB_2024.csv": TORCIDA | {"ACTAS_FUERA_CATALOGO"},
    f"{SIM}/20240517_1500/PUE_DIP_LOC_2024.csv": {"ACTAS_REGISTRADAS", "ACTAS_FUERA_CATALOGO"},
    f"{SIM}/20240517_1500/PUE_AYUN_2024.csv": {"ACTAS_REGISTRADAS", "ACTAS_FUERA_CATALOGO"},
    # Five rows with CONTABILIZADA 0 that the header counts.
    f"{SIM}/20240517_2100/PUE_AYUN_2024.csv": OTRA_CUENTA,
    # Torn: row 6713, verified three seconds after the stamp.
    f"{SIM}/20240519_1210/PUE_AYUN_2024.csv": TORCIDA,
}  # fmt: skip
IGUALES = [
    "puebla-2024/jornada/20240603_1800/PUE_GUB_2024.csv",
    f"{SIM}/20240519_1210/PUE_DIP_LOC_2024.csv",
    f"{SIM}/20240519_1210/PUE_GUB_2024.csv",
    f"{SIM}/20240519_1430/PUE_AYUN_2024.csv",
    f"{SIM}/20240519_1430/PUE_DIP_LOC_2024.csv",
    f"{SIM}/20240519_1430/PUE_GUB_2024.csv",
    *(
        f"campeche-2021-simulacro/20210601_1852_PREP_{e}_CAMP/CAMP_{e}_2021.csv"
        for e in ("AYUN", "GOB", "JUNTAS")
    ),
]


DESGARRADAS = {
    "campeche-2021-simulacro/20210601_1852_PREP_DIP_LOC_CAMP/CAMP_DIP_LOC_2021.csv": {"ACTAS_ESPERADAS"},
    f"{SIM}/20240517_1500/PUE_GUB_2024.csv": {
        campo for campo in TORCIDA | {"ACTAS_FUERA_CATALOGO"} if not campo.startswith("PORCENTAJE")
    },
    f"{SIM}/20240517_1500/PUE_DIP_LOC_2024.csv": {"ACTAS_REGISTRADAS", "ACTAS_FUERA_CATALOGO"},
    f"{SIM}/20240517_1500/PUE_AYUN_2024.csv": {"ACTAS_REGISTRADAS", "ACTAS_FUERA_CATALOGO"},
    f"{SIM}/20240519_1210/PUE_AYUN_2024.csv": {
        campo for campo in TORCIDA if not campo.startswith("PORCENTAJE")
    },
}
"""Counts of another instant than the rows'; every other difference is a rule or a way of writing (C2)."""


def _leer(datos_reales: Path, ruta: str) -> tuple[BaseDeDatos, ...]:
    if not (datos_reales / ruta).is_file():
        pytest.skip(f"falta {ruta} entre los archivos reales")
    return _leida(datos_reales, ruta)


@pytest.fixture(scope="module", autouse=True)
def _olvidar() -> Iterator[None]:
    yield
    _leida.cache_clear()


@cache
def _leida(datos_reales: Path, ruta: str) -> tuple[BaseDeDatos, ...]:
    return leer(ruta, (datos_reales / ruta).read_bytes())


@pytest.mark.parametrize("ruta", [*DIFERENCIAS, *IGUALES])
def test_differences_only_where_the_official_file_is_wrong(datos_reales: Path, ruta: str) -> None:
    (base,) = _leer(datos_reales, ruta)

    leida = comparar(base, ultimo=False)

    assert {d.campo for d in leida.diferencias} == DIFERENCIAS.get(ruta, set())
    assert not [d for d in leida.diferencias if d.mensaje.startswith("los renglones del mismo archivo")]


@pytest.mark.parametrize(
    ("ruta", "participacion"),
    [("qroo-2019/20190603_0547_PREP_DIP_QROO.zip", "22.1523"),
     ("puebla-2024/jornada/20240603_2000/PUE_GUB_2024.csv", "64.4492")],
)  # fmt: skip
def test_the_two_last_cortes_are_equal_when_declared(
    datos_reales: Path, ruta: str, participacion: str
) -> None:
    (base,) = _leer(datos_reales, ruta)

    leida = comparar(base, ultimo=True)

    assert leida.diferencias == ()
    assert leida.calculado[PARTICIPACION] == participacion


@pytest.mark.parametrize("ruta", [*DIFERENCIAS, *IGUALES])
def test_c2_only_the_torn_ones_are_held(datos_reales: Path, ruta: str) -> None:
    (base,) = _leer(datos_reales, ruta)

    assert {causa.partition(":")[0] for causa in desgarro(base)} == DESGARRADAS.get(ruta, set())


def test_the_torn_header_names_its_acta(datos_reales: Path) -> None:
    (base,) = _leer(datos_reales, f"{SIM}/20240517_1500/PUE_GUB_2024.csv")

    mensajes = {d.campo: d.mensaje for d in comparar(base, ultimo=False).diferencias}

    assert "211422C0100, 15:00:01" in mensajes["ACTAS_CAPTURADAS"]


def test_a_zip_of_zips_gives_four_elections(datos_reales: Path) -> None:
    bases = _leer(datos_reales, "campeche-2021-simulacro/2021.zip")

    assert [b.eleccion for b in bases] == ["AYUN", "DIP_LOC", "GOB", "JUNTAS"]


def test_keys_that_repeat_are_told(datos_reales: Path) -> None:
    (base,) = _leer(datos_reales, "puebla-2024/jornada/20240603_2000/PUE_GUB_2024.csv")

    (repetida,) = [a for a in base.advertencias if a.columna == "CLAVE_ACTA"]

    assert repetida.mensaje.endswith("(y 65 filas más)")
    assert sum(not a.en_catalogo for a in base.actas) == 12


@pytest.mark.parametrize("ruta", [*DIFERENCIAS, *IGUALES])
def test_each_warning_says_place_what_how_and_rule(datos_reales: Path, ruta: str) -> None:
    (base,) = _leer(datos_reales, ruta)

    for a in comparar(base, ultimo=False).advertencias:
        assert all((a.archivo, a.que, a.lectura, a.regla))
        assert a.veces >= len(a.muestra)
        assert a.fila is None or a.muestra[0] == a.fila
        assert all(fila <= len(base.actas) + 60 for fila in a.muestra)


def test_coahuila_2017_adds_its_columns(datos_reales: Path) -> None:
    (gob,) = _leer(datos_reales, "coahuila-2017/20170605_1300_PREP_GOB_COAH.zip")

    leida: Comparacion = comparar(gob, ultimo=False)

    assert leida.calculado["TOTAL_VOTOS_C_CS"] == 881_342
    assert sum(c.clase is ClaseColumna.COMBINACION and len(c.partidos) > 1 for c in gob.columnas) == 131
    assert any(a.mensaje.endswith("(y 524 filas más)") for a in leida.advertencias)
    assert len(gob.candidaturas) > 0


@pytest.mark.parametrize(
    "ruta",
    ["coahuila-2017/COAH_AYUN_CANDIDATOS_2017.csv", "qroo-2019/QROO_DIP_CANDIDATURAS_2019.csv",
     "coahuila-2017/LEEME_AYUN.txt", "puebla-2024/geo_mun_pue.csv",
     "cartografia-coahuila/coahuila_ent_23.geojson",
     "coahuila-computos-2018-2020-2021/coah_dl_20.csv.gz"],
)  # fmt: skip
def test_other_files_are_no_base_de_datos(datos_reales: Path, ruta: str) -> None:
    with pytest.raises(NoEsBaseDeDatos):
        _leer(datos_reales, ruta)
