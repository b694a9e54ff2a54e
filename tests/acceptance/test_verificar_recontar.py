"""`pregon verificar --recontar` as a program: what was published is added up again, every lie named."""

import functools
import http.server
import json
import shutil
import subprocess
import sys
import threading
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from pregon.cli.verificar import verificar_carpeta, verificar_url
from pregon.errors import ErrorDeDatos
from pregon.paquete import manifest as manifests
from pregon.paquete.inspeccion import como_json
from pregon.testing.origen import OrigenDePrueba

PRUEBA = ".well-known/pregon/prueba.json"
COLUMNAS = (
    "CLAVE_CASILLA,ID_ENTIDAD,{unidad},SECCION,ID_CASILLA,TIPO_CASILLA,TIPO_ACTA,TOTAL_VOTOS_SACADOS,PAN,PRI,C_PAN_PRI,MC,"
    "NO_REGISTRADAS,NULOS,TOTAL_VOTOS_ASENTADO,TOTAL_VOTOS_CALCULADO,LISTA_NOMINAL,OBSERVACIONES,CONTABILIZADA"
)
UNIDADES = {"DIP_LOC": "ID_DISTRITO_LOCAL,DISTRITO_LOCAL", "AYUN": "ID_MUNICIPIO,MUNICIPIO"}
TITULOS = {"DIP_LOC": "DIPUTACIONES LOCALES", "AYUN": "AYUNTAMIENTOS"}
ACTAS = 12
"""Rows of each election."""
IGUAL = {"actas": 2 * ACTAS, "elecciones": ["AYUN", "DIP_LOC"], "diferencias": []}


def _base(clave: str) -> str:
    """Return a database as an institute publishes it: three unidades, a casilla especial, a pending acta."""
    filas = [f"{TITULOS[clave]}\n07/06/2026 20:30 (UTC-6)\n", COLUMNAS.format(unidad=UNIDADES[clave])]
    for n in range(1, ACTAS + 1):
        unidad, especial = 1 + n % 3, n == 5
        tipo = "S" if especial else "B"
        casilla = f"'05{n:04d}{tipo}0100,'05,'{unidad:03d},LUGAR {unidad},'{n:04d},'01,{tipo},3"
        if n == ACTAS:
            filas.append(f"{casilla},-,-,-,-,-,-,-,-,0,500,-,-")
            continue
        votos = [100 + n, 90 - n, n, 7 * n, 1, 2]
        filas.append(
            f"{casilla},{sum(votos)},{','.join(map(str, votos))},{sum(votos)},{sum(votos)},"
            f"{0 if especial else 500 + n},,1"
        )
    return "\n".join(filas) + "\n"


@pytest.fixture(scope="module")
def publicado(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tree that `pregon sitio` makes of two elections, signed by nobody."""
    carpeta = tmp_path_factory.mktemp("bases")
    rutas = []
    for clave in UNIDADES:
        ruta = carpeta / f"COAH_{clave}_2026.csv"
        ruta.write_text(_base(clave))
        rutas.append(str(ruta))
    hecho = subprocess.run(
        [sys.executable, "-m", "pregon", "sitio", *rutas, "--destino", str(carpeta / "sitio")],
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert hecho.returncode == 0, hecho.stderr
    return carpeta / "sitio"


@pytest.fixture
def arbol(publicado: Path, tmp_path: Path) -> Path:
    """A copy of it that a test may spoil."""
    return shutil.copytree(publicado, tmp_path / "sitio")


def _verificar(*argumentos: object, antes: str = "pass") -> tuple[int, str, str]:
    programa = f"{antes}; from pregon.cli import main; import sys; sys.exit(main(sys.argv[1:]))"
    hecho = subprocess.run(
        [sys.executable, "-c", programa, "verificar", *map(str, argumentos), "--recontar"],
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert "Traceback" not in hecho.stderr
    return hecho.returncode, hecho.stdout, hecho.stderr


def _recuento(lugar: Path | str, raiz: Path | None = None) -> tuple[int, Any]:
    """Do the same in this process: exit code and `recuento` of the report."""
    confianza = None if raiz is None else raiz.read_bytes()
    ahora = datetime.now(UTC)
    if isinstance(lugar, Path):
        informe = verificar_carpeta(lugar, raiz=confianza, ahora=ahora, recontar=True)
    else:
        informe = verificar_url(lugar, raiz=confianza, ahora=ahora, recontar=True)
    return informe.codigo, como_json(informe)["recuento"]


def _cambiar(arbol: Path, ruta: str, *cambios: tuple[str, str]) -> None:
    """Change some text of a file, and make the unsigned manifest agree, as whoever forges would."""
    texto = (arbol / ruta).read_text()
    for antes, ahora in cambios:
        assert texto.count(antes) == 1, antes
        texto = texto.replace(antes, ahora)
    (arbol / ruta).write_text(texto)
    _conformar(arbol, ruta, texto.encode())


def _conformar(arbol: Path, ruta: str, datos: bytes | None) -> None:
    viejo = manifests.leer((arbol / "manifest.json").read_bytes())
    otros = tuple(a for a in viejo.archivos if a.ruta != ruta)
    nuevos = () if datos is None else (manifests.archivo(ruta, datos),)
    archivos = tuple(sorted((*otros, *nuevos), key=lambda a: a.ruta))
    cifras = manifests.huella((arbol / "corte.json").read_bytes())
    (arbol / "manifest.json").write_bytes(
        manifests.escribir(replace(viejo, archivos=archivos, huella=cifras))
    )


def test_what_adds_up_is_told_with_its_actas(arbol: Path) -> None:
    codigo, salida, progreso = _verificar(arbol)

    assert codigo == 9
    assert f"  Recontado: {2 * ACTAS} actas, 2 elecciones, igual\n" in salida
    assert progreso == "".join(f"recontando datos/COAH_{clave}_2026.csv…\n" for clave in sorted(UNIDADES))


def test_the_report_for_programs_has_the_recount(arbol: Path) -> None:
    codigo, salida, _ = _verificar(arbol, "--json")

    assert codigo == 9
    assert json.loads(salida)["recuento"] == IGUAL


def test_it_needs_no_extra(arbol: Path) -> None:
    ausentes = "import sys; sys.modules.update(dict.fromkeys(('polars', 'jinja2', 'aiohttp', 'psycopg')))"

    assert _verificar(arbol, antes=ausentes)[0] == 9


def test_c1_one_changed_vote_is_named_with_its_unidad_and_its_row(arbol: Path) -> None:
    _cambiar(arbol, "datos/COAH_DIP_LOC_2026.csv", (",104,86,4,28,1,2,", ",105,86,4,28,1,2,"))

    codigo, salida, _ = _verificar(arbol)

    assert codigo == 3
    assert salida.startswith("ÍNTEGRO, PERO SUS ACTAS NO SUMAN LO QUE PUBLICA\n")
    assert "corte.json, DIP_LOC: unidad 2, votos: dice [" in salida
    assert "datos/COAH_DIP_LOC_2026.csv, fila 11: su total no es la suma de sus votos" in salida
    assert "unidad 1" not in salida
    assert "AYUN" not in salida


def test_c1_a_vote_changed_with_its_total_is_found_at_every_level(arbol: Path) -> None:
    _cambiar(
        arbol,
        "datos/COAH_DIP_LOC_2026.csv",
        (",104,86,4,28,1,2,225,225,", ",105,86,4,28,1,2,225,226,"),
    )

    codigo, recuento = _recuento(arbol)

    dichas = "\n".join(recuento["diferencias"])
    assert codigo == 3
    for lugar in (
        "encabezado, TOTAL_VOTOS_C_CS",
        "entidad, totales, votos",
        "unidad 2, votos",
        "unidad 2, totales, votos",
    ):
        assert lugar in dichas


@pytest.mark.parametrize(
    ("antes", "ahora", "dicho"),
    [
        ("\n12,11,0,", "\n12,12,0,", "encabezado, ACTAS_REGISTRADAS: dice 12; los renglones suman 11"),
        ("20:30 (UTC-6)", "20:40 (UTC-6)", "su hora es 07/06/2026 20:40 (UTC-6)"),
        (",104,86,", ",1O4,86,", "fila 11, columna PAN: «1O4» no es un número"),
        ("NULOS", "VOTOS_X", 'columnas: dice ["PAN'),
    ],
    ids=["encabezado", "sello", "ilegible", "columna"],
)
def test_c1_whatever_else_a_csv_says_otherwise_is_named(
    arbol: Path, antes: str, ahora: str, dicho: str
) -> None:
    _cambiar(arbol, "datos/COAH_DIP_LOC_2026.csv", (antes, ahora))

    codigo, recuento = _recuento(arbol)

    assert codigo == 3
    assert any(dicho in d for d in recuento["diferencias"]), recuento["diferencias"]


def _eleccion(corte: dict[str, Any]) -> Any:
    return next(e for e in corte["elecciones"] if e["clave"] == "DIP_LOC")


@pytest.mark.parametrize(
    ("mentir", "dicho"),
    [
        (lambda e: e["encabezado"].update(ACTAS_ESPERADAS=13), "encabezado, ACTAS_ESPERADAS: dice"),
        (lambda e: e["totales"].update(lista_nominal=1), "entidad, totales, lista_nominal: dice 1;"),
        (lambda e: e["votos"].__setitem__(0, 0), "entidad, votos: dice [0, "),
        (lambda e: e["contendientes"][0].update(votos=0), "votos: dice 0;"),
        (lambda e: e["contendientes"][0].update(unidades=9), "unidades: dice 9;"),
        (lambda e: e["contendientes"].pop(), "entidad: falta "),
        (lambda e: e["unidades"].pop(0), "falta unidad 1"),
        (lambda e: e["unidades"][0]["totales"].update(sin_acta=1), "unidad 1, totales, sin_acta: dice 1;"),
        (lambda e: e["unidades"][0]["votos"].pop(), "unidad 1, votos: dice ["),
        (lambda e: e["unidades"][0]["por_clase"].clear(), "unidad 1, por_clase, "),
        (
            lambda e: e["unidades"][0]["por_clase"].update(excede={"actas": 1, "lista_nominal": 9}),
            'unidad 1, por_clase, excede: dice {"actas": 1, "lista_nominal": 9}; los renglones dan null',
        ),
        (lambda e: e["unidades"][0].update(lidera="MC"), 'unidad 1, lidera: dice "MC";'),
        (lambda e: e["unidades"][0].update(diferencia=1), "unidad 1, diferencia: dice 1;"),
        (lambda e: e["unidades"][0]["contendientes"][0].update(votos=9), "unidad 1, "),
        (lambda e: e["unidades"][0]["contendientes"][0].update(porcentaje="1"), 'porcentaje: dice "1";'),
        (lambda e: e.update(contendientes=7), "no tiene la forma de una elección"),
        (lambda e: e["unidades"].append(3), "no tiene la forma de una elección"),
    ],
)
def test_c1_whatever_corte_json_says_otherwise_is_named(
    arbol: Path, mentir: Callable[[Any], object], dicho: str
) -> None:
    corte = json.loads((arbol / "corte.json").read_bytes())
    mentir(_eleccion(corte))
    datos = json.dumps(corte).encode()
    (arbol / "corte.json").write_bytes(datos)
    _conformar(arbol, "corte.json", datos)

    codigo, recuento = _recuento(arbol)

    assert codigo == 3
    assert any(d.startswith("corte.json, DIP_LOC: ") and dicho in d for d in recuento["diferencias"])
    assert not any("AYUN" in d for d in recuento["diferencias"])


def test_c1_a_database_that_is_not_there_is_told(arbol: Path) -> None:
    ruta = "datos/COAH_AYUN_2026.csv"
    (arbol / ruta).unlink()
    _conformar(arbol, ruta, None)

    assert _recuento(arbol) == (
        3,
        {"actas": ACTAS, "elecciones": ["DIP_LOC"], "diferencias": ["AYUN: falta su base de datos"]},
    )


def test_c1_a_database_of_no_election_of_the_corte_is_told(arbol: Path) -> None:
    datos = (arbol / "datos/COAH_AYUN_2026.csv").read_bytes()
    (arbol / "datos/otra.csv").write_bytes(datos)
    _conformar(arbol, "datos/otra.csv", datos)

    codigo, recuento = _recuento(arbol)

    assert codigo == 3
    assert recuento["diferencias"] == ["datos/otra.csv: no es de ninguna elección del corte"]


@pytest.mark.parametrize(
    ("datos", "causa"),
    [
        (b"", "no tiene la forma"),
        (b"[]", "no tiene la forma"),
        (b"[" * 100_000, "no tiene la forma"),
        (b'{"version":99,"ultimo":false,"sello":"","elecciones":[]}', "no es de la versión"),
        (b'{"version":2,"ultimo":false,"sello":"","elecciones":[{"clave":1}]}', "no tiene la forma"),
        (b'{"version":2,"ultimo":"no","sello":"","elecciones":[]}', "no tiene la forma"),
        (
            b'{"version":2,"ultimo":true,"sello":"","elecciones":[{"clave":"GOB"},{"clave":"GOB"}]}',
            "dos veces la misma elección",
        ),
    ],
)
def test_a_corte_json_that_nobody_can_read_is_told(arbol: Path, datos: bytes, causa: str) -> None:
    (arbol / "corte.json").write_bytes(datos)
    _conformar(arbol, "corte.json", datos)

    with pytest.raises(ErrorDeDatos, match=causa):
        _recuento(arbol)


def test_an_election_that_cannot_be_read_is_not_said_to_be_recounted(arbol: Path) -> None:
    _cambiar(arbol, "datos/COAH_DIP_LOC_2026.csv", (",104,86,", ",1O4,86,"))

    codigo, salida, _ = _verificar(arbol)

    assert codigo == 3
    assert f"  Recontado: {ACTAS} actas, 1 elección, 1 diferencia\n" in salida


def test_an_altered_file_is_altered_before_anything_else(arbol: Path) -> None:
    datos = arbol / "datos/COAH_AYUN_2026.csv"
    datos.write_bytes(datos.read_bytes().replace(b"1", b"2", 1))

    codigo, salida, _ = _verificar(arbol)

    assert codigo == 5
    assert salida.startswith("ALTERADO")
    assert "AYUN: falta su base de datos" in salida


def test_a_corte_without_figures_has_nothing_to_recount(arbol: Path) -> None:
    (arbol / "corte.json").unlink()
    _conformar_sin_cifras(arbol)

    codigo, salida, _ = _verificar(arbol)

    assert codigo == 9
    assert "  Recontado: no; el corte no trae cifras, o no son las firmadas\n" in salida


def _conformar_sin_cifras(arbol: Path) -> None:
    viejo = manifests.leer((arbol / "manifest.json").read_bytes())
    archivos = tuple(a for a in viejo.archivos if a.ruta != "corte.json")
    (arbol / "manifest.json").write_bytes(manifests.escribir(replace(viejo, archivos=archivos, huella=None)))


# Signed: as a folder, a ZIP and an address.


@pytest.fixture
def firmado(publicado: Path, tmp_path: Path) -> tuple[Path, Path]:
    """The same corte, signed: its folder and the root."""
    archivos = {
        str(ruta.relative_to(publicado)): ruta.read_bytes()
        for ruta in publicado.rglob("*")
        if ruta.is_file() and ruta.name not in {"manifest.json", "difusores.html"}
    }
    origen = OrigenDePrueba(tmp_path / "origen")
    origen.publicar(1, archivos=archivos)
    carpeta = tmp_path / "corte"
    for ruta, datos in archivos.items():
        (carpeta / ruta).parent.mkdir(parents=True, exist_ok=True)
        (carpeta / ruta).write_bytes(datos)
    (carpeta / PRUEBA).parent.mkdir(parents=True)
    shutil.copy(tmp_path / "origen/repositorio/prueba.json", carpeta / PRUEBA)
    return carpeta, origen.raiz


def test_a_signed_folder_is_recounted(firmado: tuple[Path, Path]) -> None:
    carpeta, raiz = firmado

    assert _recuento(carpeta, raiz) == (0, IGUAL)


def test_a_signed_zip_is_recounted(firmado: tuple[Path, Path], tmp_path: Path) -> None:
    carpeta, raiz = firmado
    with zipfile.ZipFile(tmp_path / "corte.zip", "w") as archivo:
        for ruta in carpeta.rglob("*"):
            archivo.write(ruta, str(ruta.relative_to(carpeta)))

    assert _recuento(tmp_path / "corte.zip", raiz) == (0, IGUAL)


class _Docroot(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def sitio(firmado: tuple[Path, Path], tmp_path: Path) -> Iterator[str]:
    """The folder behind an address, the corte at its permanent one too."""
    carpeta, _ = firmado
    shutil.copytree(carpeta, tmp_path / "docroot")
    shutil.copytree(carpeta, tmp_path / "docroot/c/1")
    servidor = http.server.ThreadingHTTPServer(
        ("127.0.0.1", 0), functools.partial(_Docroot, directory=tmp_path / "docroot")
    )
    hilo = threading.Thread(target=servidor.serve_forever, kwargs={"poll_interval": 0.01})
    hilo.start()
    yield f"http://127.0.0.1:{servidor.server_port}/"
    servidor.shutdown()
    hilo.join()
    servidor.server_close()


def test_a_signed_address_is_recounted(firmado: tuple[Path, Path], sitio: str) -> None:
    assert _recuento(sitio, firmado[1]) == (0, IGUAL)
