"""The folder: what is finished is read, what is torn is told and adds nothing, and no file is touched."""

import hashlib
import os
import zipfile
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from pregon.origin.sources.carpeta import Carpeta
from pregon.origin.sources.lotes import Catalogo
from pregon.prep import base_de_datos
from pregon.prep.acta import Acta
from pregon.prep.base_de_datos import BaseDeDatos
from pregon.testing.captura import AYUN, DIP, Captura
from pregon.testing.jornada import Reloj

PAGINA = 4096


class Cobrador(Reloj):
    """A clock in whose waits other things happen, once each."""

    def __init__(self, ahora: datetime) -> None:
        super().__init__(ahora)
        self.pendientes: list[Callable[[], object]] = []
        self.esperas = 0

    def sleep(self, seconds: float) -> bool:
        self.esperas += 1
        for hacer in self.pendientes:
            hacer()
        self.pendientes.clear()
        return super().sleep(seconds)


@pytest.fixture(scope="module")
def captura() -> Captura:
    return Captura()


@pytest.fixture(scope="module")
def catalogos(captura: Captura) -> dict[str, Catalogo]:
    return captura.catalogos()


@pytest.fixture
def reloj(captura: Captura) -> Cobrador:
    return Cobrador(captura.sello(1))


@pytest.fixture
def fuente(captura: Captura, catalogos: dict[str, Catalogo], tmp_path: Path, reloj: Cobrador) -> Carpeta:
    return Carpeta(captura.jornada, catalogos, carpeta=tmp_path, reposo=timedelta(seconds=2), clock=reloj)


def entregar(carpeta: Path, nombre: str, datos: bytes) -> Path:
    """Put a file there as a capture system should: written aside, then renamed."""
    aparte = carpeta / f".{nombre}"
    aparte.write_bytes(datos)
    aparte.rename(carpeta / nombre)
    return carpeta / nombre


def contadas(actas: Sequence[Acta]) -> int:
    return sum(a.contada for a in actas)


def test_before_any_file_every_row_is_pending(fuente: Carpeta, captura: Captura) -> None:
    entrada = fuente.leer(captura.sello(1))

    assert (entrada.causas, entrada.verificadas) == ((), {})
    assert {k: len(v) for k, v in entrada.actas.items()} == {DIP: 144, AYUN: 120}
    assert not any(a.capturada for filas in entrada.actas.values() for a in filas)


def test_whole_exports_and_batches_of_several_elections(
    fuente: Carpeta, captura: Captura, tmp_path: Path
) -> None:
    entregar(tmp_path, "DIP_LOC_20.csv", captura.exportacion(DIP, 20))
    for n in range(3):
        entregar(tmp_path, f"AYUN_lote_{n}.csv", captura.lote(AYUN, 20, range(n + 1, 121, 3)))

    entrada = fuente.leer(captura.sello(20))

    assert entrada.causas == ()
    for clave in (DIP, AYUN):
        assert contadas(entrada.actas[clave]) == contadas(captura.actas(clave, 20)) > 0
    assert entrada.verificadas == {DIP: sum(a.capturada for a in captura.actas(DIP, 20))}


def test_a_zip_with_a_torn_member_gives_the_whole_ones(
    fuente: Carpeta, captura: Captura, tmp_path: Path
) -> None:
    with zipfile.ZipFile(tmp_path / "20260607_2140_PREP_COAH.zip", "w") as comprimido:
        comprimido.writestr("prep/COAH_DIP_LOC_2026.csv", captura.exportacion(DIP, 20))
        comprimido.writestr("prep/COAH_AYUN_2026.csv", captura.exportacion(AYUN, 20)[:-PAGINA])
        comprimido.writestr("prep/LEEME.txt", "Léame")

    entrada = fuente.leer(captura.sello(20))

    assert contadas(entrada.actas[DIP]) > 0 == contadas(entrada.actas[AYUN])
    assert entrada.causas
    assert all("PREP_COAH.zip/prep/COAH_AYUN_2026.csv" in causa for causa in entrada.causas)


def test_a_batch_newer_than_the_last_export_silences_its_count(
    fuente: Carpeta, captura: Captura, tmp_path: Path
) -> None:
    entregar(tmp_path, "DIP_LOC_20.csv", captura.exportacion(DIP, 20))
    entregar(tmp_path, "DIP_LOC_lote.csv", captura.lote(DIP, 21, range(1, 100)))

    assert fuente.leer(captura.sello(20)).verificadas == {}


def test_a_file_is_read_once_and_waited_for_only_when_new(
    fuente: Carpeta, captura: Captura, tmp_path: Path, reloj: Cobrador
) -> None:
    ruta = entregar(tmp_path, "DIP_LOC_20.csv", captura.exportacion(DIP, 20))
    antes = fuente.leer(captura.sello(20))
    ruta.chmod(0)

    assert fuente.leer(captura.sello(20)) == antes
    assert reloj.esperas == 1


def test_no_file_is_touched(fuente: Carpeta, captura: Captura, tmp_path: Path) -> None:
    entregar(tmp_path, "DIP_LOC_20.csv", captura.exportacion(DIP, 20))
    entregar(tmp_path, "DIP_LOC_mal.csv", captura.exportacion(DIP, 21)[:PAGINA])

    def estado() -> list[tuple[str, str, int]]:
        return sorted(
            (p.name, hashlib.sha256(p.read_bytes()).hexdigest(), p.stat().st_mtime_ns)
            for p in tmp_path.iterdir()
        )

    antes = estado()
    fuente.leer(captura.sello(21))
    assert estado() == antes


@pytest.mark.parametrize(
    "nombre",
    [
        ".DIP_LOC.csv",
        "DIP_LOC.csv.tmp",
        "DIP_LOC.csv.part",
        "LEEME.txt",
        "COAH_DIP_LOC_CANDIDATURAS_2026.csv",
    ],
)
def test_what_is_not_delivered_or_no_base_is_ignored(
    fuente: Carpeta, captura: Captura, tmp_path: Path, nombre: str
) -> None:
    (tmp_path / nombre).write_bytes(captura.exportacion(DIP, 20)[:-500])
    (tmp_path / "viejos.csv").mkdir()

    entrada = fuente.leer(captura.sello(20))

    assert (entrada.causas, contadas(entrada.actas[DIP])) == ((), 0)


def test_c2_a_growing_file_waits_and_the_last_good_state_stays(
    fuente: Carpeta, captura: Captura, tmp_path: Path, reloj: Cobrador
) -> None:
    entregar(tmp_path, "DIP_LOC.csv", captura.exportacion(DIP, 20))
    fuente.leer(captura.sello(20))
    datos = captura.exportacion(DIP, 40)
    (tmp_path / "DIP_LOC.csv").write_bytes(datos[:PAGINA])
    reloj.pendientes.append(lambda: (tmp_path / "DIP_LOC.csv").write_bytes(datos))

    creciendo, completo = fuente.leer(captura.sello(40)), fuente.leer(captura.sello(40))

    assert creciendo.causas == (f"DIP_LOC.csv: todavía se está escribiendo ({len(datos)} bytes)",)
    assert contadas(creciendo.actas[DIP]) == contadas(captura.actas(DIP, 20))
    assert completo.causas == ()
    assert contadas(completo.actas[DIP]) == contadas(captura.actas(DIP, 40)) > contadas(creciendo.actas[DIP])


def test_a_file_renamed_away_while_waiting_is_no_fault(
    fuente: Carpeta, captura: Captura, tmp_path: Path, reloj: Cobrador
) -> None:
    ruta = entregar(tmp_path, "DIP_LOC.csv", captura.exportacion(DIP, 20))
    reloj.pendientes.append(ruta.unlink)

    assert fuente.leer(captura.sello(20)).causas == ()


def test_c2_cut_at_every_page_an_export_is_held_and_named(
    fuente: Carpeta, captura: Captura, tmp_path: Path
) -> None:
    entregar(tmp_path, "DIP_LOC_20.csv", captura.exportacion(DIP, 20))
    buena = fuente.leer(captura.sello(20)).actas
    datos = captura.exportacion(DIP, 40)
    assert len(datos) > 3 * PAGINA

    for corte in range(0, len(datos), PAGINA):
        entregar(tmp_path, "DIP_LOC_40.csv", datos[:corte])
        entrada = fuente.leer(captura.sello(40))

        assert entrada.causas
        assert all(c.startswith("DIP_LOC_40.csv") for c in entrada.causas), corte
        assert entrada.actas == buena, corte


def test_c2_a_lost_row_is_held_by_the_header(fuente: Carpeta, captura: Captura, tmp_path: Path) -> None:
    lineas = captura.exportacion(DIP, 40).splitlines(keepends=True)
    entregar(tmp_path, "DIP_LOC_40.csv", b"".join([*lineas[:50], *lineas[51:]]))

    entrada = fuente.leer(captura.sello(40))

    assert any("ACTAS_ESPERADAS: el encabezado dice 144 y los renglones dan 143" in c for c in entrada.causas)
    assert contadas(entrada.actas[DIP]) == 0


@pytest.mark.parametrize("como", ["made whole", "removed", "superseded"])
def test_a_cause_ends_when_the_file_is_made_whole_or_goes_or_is_superseded(
    fuente: Carpeta, captura: Captura, tmp_path: Path, como: str
) -> None:
    datos = captura.exportacion(DIP, 40)
    mala = entregar(tmp_path, "DIP_LOC_40.csv", datos[: -len(datos) // 2])
    assert fuente.leer(captura.sello(40)).causas

    match como:
        case "made whole":
            entregar(tmp_path, "DIP_LOC_40.csv", datos)
        case "removed":
            mala.unlink()
        case _:
            # A batch is not enough: what the torn file could bring may still be missing.
            entregar(tmp_path, "DIP_LOC_lote.csv", captura.lote(DIP, 41, range(1, 100)))
            assert fuente.leer(captura.sello(41)).causas
            entregar(tmp_path, "DIP_LOC_41.csv", captura.exportacion(DIP, 41))

    assert fuente.leer(captura.sello(41)).causas == ()


def test_a_name_that_is_no_text_is_told_so_that_it_can_be_written_down(
    fuente: Carpeta, captura: Captura, tmp_path: Path
) -> None:
    entregar(tmp_path, os.fsdecode(b"DIP_LOC \xd1.csv"), captura.exportacion(DIP, 40)[:-PAGINA])

    causas = fuente.leer(captura.sello(40)).causas

    assert causas
    assert all(causa.encode().startswith(b"DIP_LOC \\xd1.csv") for causa in causas)


def test_a_torn_file_that_goes_away_and_comes_back_is_a_cause_again(
    fuente: Carpeta, captura: Captura, tmp_path: Path
) -> None:
    mala = entregar(tmp_path, "DIP_LOC_40.csv", captura.exportacion(DIP, 40)[:-PAGINA])
    antes = fuente.leer(captura.sello(40)).causas
    aparte = mala.rename(tmp_path / ".aparte")
    sin_ella = fuente.leer(captura.sello(40)).causas
    aparte.rename(mala)

    assert antes
    assert sin_ella == ()
    assert fuente.leer(captura.sello(40)).causas == antes


def test_a_file_that_breaks_the_reader_holds_by_its_name_at_every_look(
    fuente: Carpeta, captura: Captura, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def leer(nombre: str, datos: bytes) -> tuple[BaseDeDatos, ...]:
        if nombre == "A.csv":
            raise IndexError("de más")
        return base_de_datos.leer(nombre, datos)

    monkeypatch.setattr("pregon.origin.sources.carpeta.leer", leer)
    entregar(tmp_path, "A.csv", b"x")
    entregar(tmp_path, "DIP_LOC.csv", captura.exportacion(DIP, 20))

    for _ in range(2):
        entrada = fuente.leer(captura.sello(20))
        assert entrada.causas == ("A.csv: no pudo leerse: IndexError('de más')",)
        assert contadas(entrada.actas[DIP]) > 0


def test_a_file_renamed_away_while_the_folder_is_listed_is_no_fault(
    fuente: Carpeta, captura: Captura, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ruta = entregar(tmp_path, "DIP_LOC.csv", captura.exportacion(DIP, 20))
    scandir = os.scandir

    def listar(carpeta: Path) -> AbstractContextManager[list[os.DirEntry[str]]]:
        with scandir(carpeta) as entradas:
            listadas = list(entradas)
        ruta.unlink(missing_ok=True)
        return nullcontext(listadas)

    monkeypatch.setattr(os, "scandir", listar)

    assert fuente.leer(captura.sello(20)).causas == ()


@pytest.mark.parametrize(
    ("nombre", "viejo", "nuevo", "causa"),
    [
        ("GOB_20.csv", b"", b"", "es de una elección que esta jornada no tiene (GOB)"),
        ("DIP_LOC.csv", b"07/06/2026 21:40 (UTC-6)", b"Corte", "no dice la fecha y hora de su corte"),
        ("DIP_LOC.csv", b",PRI,", b",PRIM,", "faltan columnas de votos de la elección: PRI"),
        ("DIP_LOC.csv", b"'05,COAHUILA", b"'21,PUEBLA", "es de otra entidad (PUEBLA)"),
        ("DIP_LOC.zip", b"", b"PK\3\4", "el ZIP está incompleto o dañado"),
    ],
)
def test_a_file_that_cannot_be_taken_is_told_with_its_cause(
    fuente: Carpeta, captura: Captura, tmp_path: Path, nombre: str, viejo: bytes, nuevo: bytes, causa: str
) -> None:
    datos = captura.exportacion(DIP, 20)
    entregar(tmp_path, nombre, datos.replace(viejo, nuevo) if viejo else nuevo + datos)

    entrada = fuente.leer(captura.sello(20))

    (dicha,) = entrada.causas
    assert dicha.startswith(nombre)
    assert causa in dicha
    assert contadas(entrada.actas[DIP]) == 0


def test_a_folder_that_is_gone_holds_and_keeps_what_was_read(
    fuente: Carpeta, captura: Captura, tmp_path: Path
) -> None:
    entregar(tmp_path, "DIP_LOC_20.csv", captura.exportacion(DIP, 20))
    antes = fuente.leer(captura.sello(20))
    aparte = tmp_path.with_name("aparte")
    tmp_path.rename(aparte)

    entrada = fuente.leer(captura.sello(20))

    assert (len(entrada.causas), entrada.actas) == (1, antes.actas)
    assert f"{tmp_path}: no se puede leer la carpeta" in entrada.causas[0]
    aparte.rename(tmp_path)
    assert fuente.leer(captura.sello(20)) == antes


def test_c6_a_night_of_exports_read_at_once_in_any_order_ends_the_same(
    captura: Captura, catalogos: dict[str, Catalogo], tmp_path: Path, reloj: Cobrador
) -> None:
    paso_a_paso, de_una_vez = tmp_path / "a", tmp_path / "b"
    cortes = [5, 20, 40, 80, 120]
    vistas = []
    for carpeta in (paso_a_paso, de_una_vez):
        carpeta.mkdir()
        fuente = Carpeta(captura.jornada, catalogos, carpeta=carpeta, reposo=timedelta(0), clock=reloj)
        for n, corte in enumerate(cortes):
            nombre = f"DIP_LOC_{n if carpeta is paso_a_paso else 9 - n}.csv"
            entregar(carpeta, nombre, captura.exportacion(DIP, corte))
            if carpeta is paso_a_paso:
                fuente.leer(captura.sello(corte))
        vistas.append([fuente.leer(captura.sello(corte)) for corte in (*cortes, 130)])

    assert vistas[0] == vistas[1]
    assert [contadas(e.actas[DIP]) for e in vistas[0][:5]] == [
        contadas(captura.actas(DIP, c)) for c in cortes
    ]


def test_all_renamed_into_place_nothing_is_waited_for(
    captura: Captura, catalogos: dict[str, Catalogo], tmp_path: Path, reloj: Cobrador
) -> None:
    fuente = Carpeta(captura.jornada, catalogos, carpeta=tmp_path, reposo=timedelta(0), clock=reloj)
    entregar(tmp_path, "DIP_LOC_20.csv", captura.exportacion(DIP, 20))

    assert contadas(fuente.leer(captura.sello(20)).actas[DIP]) > 0
    assert reloj.esperas == 0
