"""Actas from a real PostgreSQL: one snapshot, deadlines, an account that cannot write, faults by name."""

import os
import re
import signal
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from datetime import datetime, timedelta
from importlib import resources
from pathlib import Path
from typing import Any, LiteralString, Protocol
from zoneinfo import ZoneInfo

import psycopg
import pytest
from psycopg import sql

from pregon.errors import ErrorDeConfiguracion, ErrorDeDatos, ErrorDeRed
from pregon.origin.sources import postgresql as fuente_postgresql
from pregon.origin.sources.lotes import Catalogo, Reunion
from pregon.origin.sources.postgresql import Consulta, PostgreSQL
from pregon.prep.base_de_datos import BaseDeDatos, Limites, leer
from pregon.testing.captura import AYUN, DIP, Captura

ULTIMO = 60
"""Corte up to which the tables are filled."""
MANUAL = Path(__file__).resolve().parents[2] / "docs" / "como" / "origen-fuentes.md"
TABLAS = {DIP: "actas_dip", AYUN: "actas_ayun"}
TODO = """
SELECT * FROM {} WHERE coalesce("FECHA_HORA_VERIFICACION", "FECHA_HORA_ACOPIO") <= %(hasta)s
    OR "OBSERVACIONES" LIKE 'SIN ACTA%%'"""
SOLO = """
SELECT "CLAVE_CASILLA", "ID_DISTRITO_LOCAL", "SECCION", "TIPO_CASILLA", "TIPO_ACTA",
    "PAN", "PRI", "PT", "PVEM", "UDC", "MC", "MORENA", "PRD", "PNI", "MXA", "C_PRI_UDC", "C_PT_MORENA",
    "NO_REGISTRADAS", "NULOS", "LISTA_NOMINAL", "OBSERVACIONES", "CONTABILIZADA", "CODIGO_INTEGRIDAD",
    "FECHA_HORA_VERIFICACION" AS "FECHA_HORA_VERIFICACION"
FROM actas_dip WHERE "FECHA_HORA_VERIFICACION" <= %(hasta)s"""

Abrir = Callable[..., PostgreSQL]
Conexion = psycopg.Connection[Any]


class Servidor(Protocol):
    """What `tests/conftest.py` starts."""

    @property
    def conexion(self) -> str: ...

    def iniciar(self) -> None: ...

    def matar(self) -> None: ...


@pytest.fixture(scope="module")
def captura() -> Captura:
    return Captura()


@pytest.fixture(scope="module")
def catalogos(captura: Captura) -> Mapping[str, Catalogo]:
    return captura.catalogos()


@pytest.fixture
def duena(postgresql: Servidor, captura: Captura) -> Iterator[Conexion]:
    """The capture system's own connection, to tables filled up to `ULTIMO`, each in its transaction."""
    with closing(psycopg.connect(postgresql.conexion, autocommit=True)) as conexion:
        conexion.execute("DROP SCHEMA public CASCADE")
        conexion.execute("CREATE SCHEMA public")
        for clave, tabla in TABLAS.items():
            _llenar(conexion, tabla, captura.filas(clave, ULTIMO))
        if not conexion.execute("SELECT FROM pg_roles WHERE rolname = 'pregon'").fetchall():
            conexion.execute("CREATE ROLE pregon LOGIN")
        conexion.execute("ALTER ROLE pregon SET default_transaction_read_only = on")
        conexion.execute("GRANT USAGE ON SCHEMA public TO pregon")
        conexion.execute("GRANT ALL ON ALL TABLES IN SCHEMA public TO pregon")
        yield conexion


def _llenar(conexion: Conexion, tabla: str, filas: list[dict[str, str]]) -> None:
    """Make a table of texts and times; what an export writes as «-» or «N/A» for a time is NULL."""
    nombre = sql.Identifier(tabla)
    tipos = sql.SQL(", ").join(
        sql.SQL("{} {}").format(sql.Identifier(c), sql.SQL("timestamp" if c.startswith("FECHA") else "text"))
        for c in filas[0]
    )
    conexion.execute(sql.SQL("CREATE TABLE {} ({})").format(nombre, tipos))
    conexion.execute("SET DateStyle = 'ISO, DMY'")
    with conexion.cursor() as cursor, cursor.copy(sql.SQL("COPY {} FROM STDIN").format(nombre)) as copia:
        for fila in filas:
            copia.write_row(
                [None if c.startswith("FECHA") and v in {"-", "N/A", ""} else v for c, v in fila.items()]
            )


@pytest.fixture
def abrir(duena: Conexion, captura: Captura, catalogos: Mapping[str, Catalogo]) -> Abrir:
    """Open the source; what a test says of DIP_LOC's query replaces the ordinary one."""

    def _abrir(
        actas: str = "", verificadas: str | None = None, *, plazo: float = 20, usuario: str = "pregon"
    ) -> PostgreSQL:
        consultas = {
            clave: Consulta(actas=TODO.format(tabla), archivo=Path(f"{tabla}.sql"))
            for clave, tabla in TABLAS.items()
        }
        dip = consultas[DIP]
        consultas[DIP] = replace(
            dip, actas=actas or dip.actas, verificadas=verificadas, archivo_verificadas=Path("cuenta.sql")
        )
        return PostgreSQL(
            captura.jornada,
            catalogos,
            consultas,
            conexion=duena.info.dsn.replace("user=postgres", f"user={usuario}"),
            plazo=timedelta(seconds=plazo),
        )

    return _abrir


def contadas(fuente: PostgreSQL, clave: str, hasta: datetime) -> int:
    return sum(a.contada for a in fuente.leer(hasta).actas[clave])


@pytest.mark.parametrize("clave", [DIP, AYUN])
def test_a_corte_is_what_the_export_of_its_hour_says(
    abrir: Abrir, captura: Captura, catalogos: Mapping[str, Catalogo], clave: str
) -> None:
    hasta = captura.sello(ULTIMO)
    exportada = Reunion(catalogos[clave])
    exportada.agregar(captura.base(clave, ULTIMO), hasta)

    assert abrir().leer(hasta).actas[clave] == exportada.en(hasta)


def test_an_earlier_corte_has_what_was_verified_by_then(abrir: Abrir, captura: Captura) -> None:
    hasta = captura.sello(20)
    local = captura.jornada.local(hasta).replace(tzinfo=None)

    actas = abrir().leer(hasta).actas[DIP]

    horas = {a.verificacion for a in actas if a.verificacion}
    todas = {a.verificacion for a in captura.actas(DIP, ULTIMO) if a.verificacion}
    assert horas == {h for h in todas if h <= local} != todas


def test_the_hour_is_the_entidads_whatever_the_column_and_the_server_say(
    abrir: Abrir, duena: Conexion, captura: Captura
) -> None:
    antes = abrir().leer(captura.sello(20)).actas[DIP]
    zona = captura.jornada.instituto.zona.key
    for campo in ("ACOPIO", "CAPTURA", "VERIFICACION"):
        columna = sql.Identifier(f"FECHA_HORA_{campo}")
        cambio = "ALTER TABLE actas_dip ALTER {} TYPE timestamptz USING {} AT TIME ZONE {}"
        duena.execute(sql.SQL(cambio).format(columna, columna, sql.Literal(zona)))
    duena.execute("ALTER ROLE pregon SET TimeZone = 'Asia/Tokyo'")

    try:
        assert abrir().leer(captura.sello(20)).actas[DIP] == antes
    finally:
        duena.execute("ALTER ROLE pregon RESET TimeZone")


def test_the_servers_own_idea_of_the_zone_does_not_matter(
    abrir: Abrir, duena: Conexion, captura: Captura
) -> None:
    # As a server whose rules are of before 2022, when Monterrey still changed its hour in summer.
    columna = sql.Identifier("FECHA_HORA_VERIFICACION")
    cambio = "ALTER TABLE actas_dip ALTER {} TYPE timestamptz USING {} AT TIME ZONE INTERVAL '-6 hours'"
    duena.execute(sql.SQL(cambio).format(columna, columna))
    fuente = abrir()
    antes = fuente.leer(captura.sello(20)).actas[DIP]
    with resources.files("tzdata.zoneinfo.America").joinpath("Monterrey").open("rb") as reglas:
        zona = ZoneInfo.from_file(reglas, key="America/Chicago")
    instituto = replace(captura.jornada.instituto, zona=zona)
    fuente.jornada = replace(captura.jornada, instituto=instituto)

    assert fuente.leer(captura.sello(20)).actas[DIP] == antes
    assert sum(a.contada for a in antes) > 0


def test_the_time_that_we_take_to_read_is_not_the_servers(
    abrir: Abrir, captura: Captura, monkeypatch: pytest.MonkeyPatch
) -> None:
    def despacio(nombre: str, datos: bytes) -> tuple[BaseDeDatos, ...]:
        time.sleep(1.2)
        return leer(nombre, datos)

    monkeypatch.setattr(fuente_postgresql, "leer", despacio)
    monkeypatch.setattr(fuente_postgresql, "_GRACIA", 0)

    assert contadas(abrir(plazo=1), AYUN, captura.sello(20)) > 0


def test_all_elections_are_of_one_snapshot(abrir: Abrir, duena: Conexion, captura: Captura) -> None:
    hasta = captura.sello(ULTIMO)
    espera = "SELECT count(*) FROM actas_dip, (SELECT pg_advisory_xact_lock_shared(7)) AS turno"
    fuente = abrir(verificadas=espera + ' WHERE "FECHA_HORA_VERIFICACION" <= %(hasta)s')
    antes = contadas(fuente, AYUN, hasta)
    duena.execute("SELECT pg_advisory_lock(7)")

    with ThreadPoolExecutor() as hilos:
        lectura = hilos.submit(contadas, fuente, AYUN, hasta)
        esperar(duena, "wait_event_type = 'Lock'")
        duena.execute("DELETE FROM actas_ayun")
        duena.execute("SELECT pg_advisory_unlock(7)")

        assert lectura.result() == antes > 0
    assert contadas(fuente, AYUN, hasta) == 0


@pytest.mark.parametrize("que", ["slow", "locked"])
def test_a_query_that_takes_too_long_meets_the_deadline(
    abrir: Abrir, duena: Conexion, captura: Captura, que: str
) -> None:
    lenta = TODO.format("actas_dip, (SELECT pg_sleep(30)) AS siesta") if que == "slow" else ""
    fuente = abrir(lenta, plazo=1)

    with duena.transaction():
        if que == "locked":
            duena.execute("LOCK TABLE actas_ayun")
        desde = time.monotonic()
        with pytest.raises(ErrorDeRed, match=r"no terminó en 1 s"):
            fuente.leer(captura.sello(20))

    assert time.monotonic() - desde < 5
    assert contadas(abrir(), DIP, captura.sello(20)) > 0


def test_a_server_that_stands_still_meets_the_deadline(
    abrir: Abrir, duena: Conexion, captura: Captura
) -> None:
    fuente = abrir(TODO.format("actas_dip, (SELECT pg_sleep(3)) AS siesta"), plazo=5)

    with ThreadPoolExecutor() as hilos:
        desde = time.monotonic()
        lectura = hilos.submit(fuente.leer, captura.sello(20))
        detenido = esperar(duena, "wait_event = 'PgSleep'")
        os.kill(detenido, signal.SIGSTOP)
        try:
            with pytest.raises(ErrorDeRed, match="PostgreSQL no terminó de contestar en 5 s"):
                lectura.result()
        finally:
            os.kill(detenido, signal.SIGCONT)

    assert 5 < time.monotonic() - desde < 10


@pytest.mark.parametrize(
    ("consulta", "dicho"),
    [
        (
            SOLO.replace('"CLAVE_CASILLA"', '"CLAVE_CASILLA" AS casilla_clave'),
            r"actas_dip\.sql.*no devuelve CLAVE_CASILLA; y no se sabe qué son casilla_clave",
        ),
        (
            SOLO.replace('AS "FECHA_HORA_VERIFICACION"', "AS verificada"),
            r"no devuelve FECHA_HORA_VERIFICACION; y no se sabe qué son verificada",
        ),
        (SOLO.replace('"PRI",', ""), r"actas_dip\.sql.*faltan columnas de votos de la elección: PRI"),
        (SOLO.replace('"PRI",', '"PRI" AS "PRIM",'), r"faltan columnas de votos de la elección: PRI"),
        (SOLO.replace('"PRI",', "priista,"), r"actas_dip\.sql.*no admite la consulta.*priista"),
        (SOLO.replace("actas_dip", "actas_mal"), r"no admite la consulta.*actas_mal"),
        ("SELEC", r"no admite la consulta.*SELEC"),
        (SOLO + " AND \"SECCION\" LIKE '%1'", r"no admite la consulta.*placeholders"),
        (SOLO + "; DROP TABLE actas_dip", r"no admite la consulta"),
    ],
)
def test_a_wrong_query_is_told_by_its_file_and_the_column(
    abrir: Abrir, captura: Captura, consulta: str, dicho: str
) -> None:
    with pytest.raises(ErrorDeConfiguracion, match=dicho):
        abrir(consulta).leer(captura.sello(20))


def test_a_query_that_writes_is_refused(abrir: Abrir, captura: Captura) -> None:
    borra = 'DELETE FROM actas_dip WHERE "FECHA_HORA_VERIFICACION" <= %(hasta)s RETURNING *'

    with pytest.raises(ErrorDeConfiguracion, match=r"no admite la consulta.*read-only"):
        abrir(borra).leer(captura.sello(20))

    assert contadas(abrir(), DIP, captura.sello(20)) > 0


def test_an_account_that_may_write_is_refused_with_what_to_do(abrir: Abrir, captura: Captura) -> None:
    with pytest.raises(
        ErrorDeConfiguracion, match="ALTER ROLE postgres SET default_transaction_read_only = on"
    ):
        abrir(usuario="postgres").leer(captura.sello(20))


def test_a_killed_server_is_the_networks_fault_and_the_next_reading_recovers(
    abrir: Abrir, duena: Conexion, captura: Captura, postgresql: Servidor
) -> None:
    fuente = abrir(TODO.format("actas_dip, (SELECT pg_sleep(2)) AS siesta"))
    try:
        with ThreadPoolExecutor() as hilos:
            lectura = hilos.submit(fuente.leer, captura.sello(20))
            esperar(duena, "wait_event = 'PgSleep'")
            postgresql.matar()
            with pytest.raises(ErrorDeRed, match="se perdió la conexión con PostgreSQL"):
                lectura.result()
        with pytest.raises(ErrorDeRed, match="PostgreSQL no acepta la conexión"):
            fuente.leer(captura.sello(20))
    finally:
        postgresql.iniciar()

    assert contadas(fuente, DIP, captura.sello(20)) > 0


def test_a_corrected_acta_counts_from_its_new_verification(
    abrir: Abrir, duena: Conexion, captura: Captura
) -> None:
    # A capture system that keeps what it corrected: at any instant the version of that instant.
    clave = next(a for a in captura.actas(DIP, 20) if a.contada).casilla.clave
    duena.execute(
        'CREATE TEMP TABLE otra AS SELECT * FROM actas_dip WHERE "CLAVE_CASILLA" LIKE %s', ["%" + clave]
    )
    duena.execute("UPDATE otra SET \"PAN\" = '999', \"FECHA_HORA_VERIFICACION\" = '2026-06-07 22:00:00'")
    duena.execute("INSERT INTO actas_dip SELECT * FROM otra")

    def pan(corte: int) -> list[object]:
        actas = abrir().leer(captura.sello(corte)).actas[DIP]
        return [a.votos[0] for a in actas if a.casilla.clave == clave]

    antes = next(a.votos[0] for a in captura.actas(DIP, 20) if a.casilla.clave == clave)
    assert (pan(20), pan(22)) == ([antes], [999])


def test_the_source_counts_by_a_way_of_its_own(abrir: Abrir, captura: Captura) -> None:
    hasta = captura.sello(20)
    cuenta = 'SELECT count(*) FROM actas_dip WHERE "FECHA_HORA_VERIFICACION" <= %(hasta)s'

    entrada = abrir(verificadas=cuenta).leer(hasta)

    assert entrada.verificadas == {DIP: sum(a.capturada for a in entrada.actas[DIP])}


@pytest.mark.parametrize("cuenta", ["SELECT 'x' WHERE %(hasta)s > now()", "SELECT 1.5, %(hasta)s"])
def test_a_count_that_is_no_number_is_told(abrir: Abrir, captura: Captura, cuenta: str) -> None:
    with pytest.raises(ErrorDeConfiguracion, match=r"cuenta\.sql: debe devolver un solo número entero"):
        abrir(verificadas=cuenta).leer(captura.sello(20))


def test_what_a_query_answers_is_bounded(
    abrir: Abrir, captura: Captura, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fuente_postgresql, "LIMITES", Limites(bytes_archivo=2_000))

    with pytest.raises(ErrorDeDatos, match=r"actas_dip\.sql: la consulta devuelve más de"):
        abrir().leer(captura.sello(20))


def test_no_row_yet_is_a_corte_of_zeros(abrir: Abrir, captura: Captura) -> None:
    actas = abrir().leer(captura.sello(-30)).actas

    assert {len(actas[DIP]), len(actas[AYUN])} == {144, 120}
    assert not any(a.contada for filas in actas.values() for a in filas)


def test_libpqs_own_service_and_password_files_work(
    abrir: Abrir, captura: Captura, postgresql: Servidor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    partes = postgresql.conexion.replace("user=postgres", "user=pregon").replace(" ", "\n")
    (tmp_path / "servicios").write_text(f"[captura]\n{partes}\n")
    monkeypatch.setenv("PGSERVICEFILE", str(tmp_path / "servicios"))
    monkeypatch.setenv("PGSERVICE", "captura")
    fuente = abrir()
    fuente._conexion = ""

    assert contadas(fuente, DIP, captura.sello(20)) > 0


def test_the_manuals_queries_work_as_shown(
    abrir: Abrir, duena: Conexion, captura: Captura, catalogos: Mapping[str, Catalogo]
) -> None:
    actas, verificadas = re.findall(r"^```sql\n(.*?)^```", MANUAL.read_text(), re.MULTILINE | re.DOTALL)
    nombres = [(b, a) for a, b in re.findall(r'(\w+) +AS "(\w+)"', actas)]
    suyas = sql.SQL(", ").join(
        sql.SQL("{} AS {}").format(sql.Identifier(a), sql.Identifier(b)) for a, b in nombres
    )
    duena.execute("CREATE SCHEMA captura")
    try:
        duena.execute(sql.SQL("CREATE TABLE captura.actas_dip AS SELECT {} FROM actas_dip").format(suyas))
        duena.execute(
            "CREATE TABLE captura.verificaciones AS SELECT clave_casilla, tipo_acta,"
            " coalesce(verificacion, '2026-06-07 18:30') AS hora FROM captura.actas_dip"
            " WHERE contabilizada IN ('0', '1')"
        )
        duena.execute("GRANT USAGE ON SCHEMA captura TO pregon")
        duena.execute("GRANT SELECT ON ALL TABLES IN SCHEMA captura TO pregon")

        entrada = abrir(actas, verificadas).leer(captura.sello(ULTIMO))
    finally:
        duena.execute("DROP SCHEMA captura CASCADE")

    exportada = Reunion(catalogos[DIP])
    exportada.agregar(captura.base(DIP, ULTIMO), captura.sello(ULTIMO))
    esperadas = exportada.en(captura.sello(ULTIMO))
    assert [(a.votos, a.verificacion) for a in entrada.actas[DIP]] == [
        (a.votos, a.verificacion) for a in esperadas
    ]
    assert entrada.verificadas == {DIP: sum(a.capturada for a in esperadas)}


def test_a_connection_string_that_is_none_is_told_without_its_secrets(abrir: Abrir, captura: Captura) -> None:
    fuente = abrir()
    fuente._conexion = "host=bd password=palabra secreta"

    with pytest.raises(
        ErrorDeConfiguracion, match="la cadena de conexión a PostgreSQL no se entiende"
    ) as dicho:
        fuente.leer(captura.sello(20))

    assert "secreta" not in str(dicho.value)


def esperar(duena: Conexion, condicion: LiteralString) -> int:
    """Wait until the source's backend is in some state; return its process."""
    consulta = sql.SQL("SELECT pid FROM pg_stat_activity WHERE application_name = 'pregon' AND {}")
    for _ in range(500):
        if filas := duena.execute(consulta.format(sql.SQL(condicion))).fetchall():
            pid: int = filas[0][0]
            return pid
        time.sleep(0.01)
    raise AssertionError(condicion)
