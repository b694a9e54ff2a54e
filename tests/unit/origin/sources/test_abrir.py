"""From origen.toml to a source: what is wired, and every fault with its line, its key or its file."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pregon.cli.archivos import texto
from pregon.errors import ErrorDeConfiguracion, ErrorDeDatos
from pregon.origin.config import leer
from pregon.origin.sources import abrir as fuentes
from pregon.origin.sources import ejemplos
from pregon.origin.sources.abrir import abrir, rol_y_retencion
from pregon.origin.sources.carpeta import Carpeta
from pregon.origin.sources.fuente import Fuente
from pregon.origin.sources.postgresql import PostgreSQL
from pregon.origin.sources.reproduccion import Reproduccion
from pregon.origin.sources.sintetica import Sintetica
from pregon.prep import eleccion
from pregon.prep.cadencia import Cadencia
from pregon.testing.captura import DIP, Captura
from pregon.testing.jornada import Reloj

AHORA = datetime(2026, 6, 1, tzinfo=UTC)
SQL = "SELECT * FROM actas WHERE verificada <= %(hasta)s"
CARPETA = """[fuente]
tipo = "carpeta"
catalogos = ["DIP_LOC.csv"]
carpeta = "salida"
"""
POSTGRESQL = """[fuente]
tipo = "postgresql"
catalogos = ["DIP_LOC.csv"]
[[fuente.consulta]]
eleccion = "DIP_LOC"
actas = "dip.sql"
"""
RELOJ = "[reloj]\napertura_real = 2026-06-01T00:10:00Z\nperiodo_real = 6\ncortes = 4\n"


@pytest.fixture
def carpeta(tmp_path: Path) -> Path:
    """Everything that the texts above name."""
    captura = Captura()
    (tmp_path / "eleccion.toml").write_text(ejemplos.texto("diputaciones"))
    (tmp_path / "DIP_LOC.csv").write_bytes(captura.exportacion(DIP, -20))
    (tmp_path / "dip.sql").write_text(SQL)
    (tmp_path / "salida").mkdir()
    return tmp_path


def abierta(carpeta: Path, fuente: str) -> tuple[Fuente, Cadencia]:
    config = leer(f"[origen]\n{fuente}", archivo=carpeta / "origen.toml")
    return abrir(config, texto=texto, clock=Reloj(AHORA))


@pytest.mark.parametrize(
    ("fuente", "clase"),
    [
        ('[fuente]\ntipo = "sintetica"\n', Sintetica),
        ('[fuente]\ntipo = "reproduccion"\narchivos = ["DIP_LOC.csv"]\nrol = "simulacro-r"\n', Reproduccion),
        (CARPETA, Carpeta),
        (POSTGRESQL, PostgreSQL),
    ],
)
def test_each_type_opens_its_source(carpeta: Path, fuente: str, clase: type) -> None:
    abierta_, cadencia = abierta(carpeta, fuente)

    assert isinstance(abierta_, clase)
    assert cadencia.apertura_real == abierta_.jornada.apertura


def test_a_scaled_clock_shortens_the_night(carpeta: Path) -> None:
    fuente, cadencia = abierta(carpeta, CARPETA + RELOJ)

    assert cadencia.ultimo == 4
    assert fuente.jornada.cierre - fuente.jornada.apertura == 3 * fuente.jornada.periodo
    assert cadencia.periodo_real == timedelta(seconds=6)


def test_the_ceremony_asks_no_source(carpeta: Path) -> None:
    (carpeta / "DIP_LOC.csv").unlink()
    noche = eleccion.leer(ejemplos.texto("diputaciones"), archivo="e")
    config = leer(f"[origen]\n{POSTGRESQL}", archivo=carpeta / "origen.toml")
    replay = leer(
        '[origen]\n[fuente]\ntipo = "reproduccion"\narchivos = ["x"]\nrol = "simulacro-r"\n',
        archivo=carpeta / "origen.toml",
    )

    assert rol_y_retencion(config, texto=texto, ahora=AHORA) == (noche.rol, noche.retencion)
    assert rol_y_retencion(replay, texto=texto, ahora=AHORA) == ("simulacro-r", AHORA)


def test_the_connection_comes_from_a_file_or_the_environment(
    carpeta: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (carpeta / "conexion").write_text("host=bd password=secreta\n")
    monkeypatch.setenv(fuentes.VARIABLE, "service=captura")
    en_archivo = POSTGRESQL.replace("[[fuente", 'conexion = "conexion"\n[[fuente')

    una, _ = abierta(carpeta, en_archivo)
    otra, _ = abierta(carpeta, POSTGRESQL)

    assert isinstance(una, PostgreSQL)
    assert isinstance(otra, PostgreSQL)
    assert (una._conexion, otra._conexion) == ("host=bd password=secreta", "service=captura")


@pytest.mark.parametrize(
    ("fuente", "dicho"),
    [
        (CARPETA.replace("carpeta", "carpetas", 1), r"línea 3, fuente\.tipo"),
        (CARPETA.replace('carpeta = "salida"\n', ""), r"línea 2, fuente: falta «carpeta»"),
        (CARPETA.replace('["DIP_LOC.csv"]', "[]"), r"línea 4, fuente\.catalogos: se necesita una base"),
        (CARPETA + "reposo = 90\n", r"línea 6, fuente\.reposo: 90 está fuera"),
        (CARPETA + "plazo = 9\n", r"línea 6, fuente\.plazo: clave desconocida"),
        (POSTGRESQL.replace("[[fuente", "plazo = 0\n[[fuente"), r"línea 5, fuente\.plazo"),
        (
            POSTGRESQL.replace("[[fuente", 'conexion = "host=x password=y"\n[[fuente'),
            r"línea 5, fuente\.conexion: va la ruta de un archivo",
        ),
        (
            POSTGRESQL + '[[fuente.consulta]]\neleccion = "DIP_LOC"\nactas = "x.sql"\n',
            r"línea 9, fuente\.consulta\.2\.eleccion: «DIP_LOC» está dos veces|está dos veces",
        ),
        (
            POSTGRESQL.replace('"DIP_LOC"', '"AYUN"'),
            r"fuente\.consulta: falta consulta de DIP_LOC",
        ),
        (
            POSTGRESQL + '[[fuente.consulta]]\neleccion = "AYUN"\nactas = "dip.sql"\n',
            r"fuente\.consulta: hay consulta de AYUN, que la jornada no tiene",
        ),
        (POSTGRESQL.replace("dip.sql", "no.sql"), r"no\.sql: no se puede leer"),
        (POSTGRESQL.replace("dip.sql", "eleccion.toml"), r"eleccion\.toml: la consulta no usa %\(hasta\)s"),
        (CARPETA.replace("DIP_LOC.csv", "no.csv"), r"no\.csv: no se puede leer"),
        (
            CARPETA.replace('"DIP_LOC.csv"', '"DIP_LOC.csv", "DIP_LOC.csv"'),
            r"fuente\.catalogos: es otro catálogo",
        ),
    ],
)
def test_a_fault_is_told_with_its_place(carpeta: Path, fuente: str, dicho: str) -> None:
    with pytest.raises(ErrorDeConfiguracion, match=dicho):
        abierta(carpeta, fuente)


def test_a_catalogue_that_is_none_is_told_by_its_file(carpeta: Path) -> None:
    (carpeta / "DIP_LOC.csv").write_text("<html>")

    with pytest.raises(ErrorDeDatos, match=r"DIP_LOC\.csv: es una página web"):
        abierta(carpeta, CARPETA)


def test_a_catalogue_of_another_election_is_no_catalogue(carpeta: Path) -> None:
    (carpeta / "AYUN.csv").write_bytes(Captura().exportacion("AYUN", -20))

    with pytest.raises(ErrorDeConfiguracion, match="falta catálogo de DIP_LOC"):
        abierta(carpeta, CARPETA.replace("DIP_LOC.csv", "AYUN.csv"))
