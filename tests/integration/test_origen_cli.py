"""`pregon origen estado`, `persona` and `liberar`, as an operator types them."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pregon.cli import main
from pregon.cli.demo.procesos import orden
from pregon.errors import ErrorDeConfiguracion, ErrorDeRed
from pregon.origin import retenidos
from pregon.origin.sources import ejemplos
from pregon.storage.lock import lock
from pregon.testing.jornada import CADA, CORTES, Noche

DIFUSORES = """[[difusor]]
id = "d1"
nombre = "Uno"
url = "https://uno.mx"
transporte = "local"
destino = "buzon"
contacto = "x"
telefono = "x"
"""


@pytest.fixture
def noche(tmp_path: Path) -> Noche:
    """One corte is published and the second one, due now, is about to be looked at."""
    noche = Noche(tmp_path, apertura=datetime.now(UTC).replace(microsecond=0) - CADA)
    noche.admitir("ana", "luis")
    noche.a_la_hora(1)
    noche.origen().paso()
    noche.a_la_hora(2)
    return noche


@pytest.fixture
def config(tmp_path: Path) -> str:
    (tmp_path / "difusores.toml").write_text(DIFUSORES)
    personas = "".join(
        f'[[persona]]\nid = "{una}"\nnombre = "{una.title()}"\nllave = "personas/{una}.publica.json"\n'
        for una in ("ana", "luis")
    )
    ruta = tmp_path / "origen.toml"
    ruta.write_text(f'[origen]\n[fuente]\ntipo = "sintetica"\n{personas}')
    return str(ruta)


def _liberar(config: str, persona: str, *, corte: int = 2, huella: str = "") -> int:
    carpeta = Path(config).parent
    retenido = retenidos.vigente(retenidos.leer(carpeta / "retenciones"))
    leida = (retenido and retenido.contenido) or "0" * 64
    firma = ["--persona", persona, "--llave", str(carpeta / "personas" / f"{persona}.pem")]
    firma += ["--huella", huella or leida[:8], "--motivo", "cotejado"]
    return main(["origen", "liberar", config, "--corte", str(corte), *firma])


def test_c2_the_state_shows_cause_deadline_countdown_and_what_to_do(
    noche: Noche, config: str, capsys: pytest.CaptureFixture[str]
) -> None:
    noche.fuente.causas = ("DIP_LOC.csv, fila 812: el archivo termina a media fila",)
    noche.origen().paso()

    assert main(["origen", "estado", config]) == 0

    dicho = capsys.readouterr().out
    assert "CORTE 2 RETENIDO desde " in dicho
    assert "causa: DIP_LOC.csv, fila 812: el archivo termina a media fila" in dicho
    assert "faltan 9 min " in dicho
    assert "firmas para liberarlo: 0 de 2: ninguna" in dicho
    assert "qué hacer: Pida al sistema de captura" in dicho


def test_c2_the_state_for_programs_counts_down(
    noche: Noche, config: str, capsys: pytest.CaptureFixture[str]
) -> None:
    noche.fuente.error = ErrorDeRed("no contesta")
    noche.origen().paso()

    assert main(["origen", "estado", config, "--json"]) == 0

    retenido = json.loads(capsys.readouterr().out)["retenido"]
    assert retenido["motivos"] == ["fuente ilegible"]
    assert retenido["contenido"] is None
    assert 500 < retenido["segundos"] <= 600


def test_c2_the_last_corte_has_no_deadline(
    noche: Noche, config: str, capsys: pytest.CaptureFixture[str]
) -> None:
    noche.fuente.causas = ("falta",)
    noche.a_la_hora(CORTES)
    noche.origen().paso()

    main(["origen", "estado", config])

    assert "plazo: ninguno; es el último corte" in capsys.readouterr().out


def test_c12_the_state_shows_alarm_and_lag_and_its_exit_code_stays_0(
    noche: Noche, config: str, capsys: pytest.CaptureFixture[str]
) -> None:
    noche.fuente.causas = ("falta",)
    noche.fuente.verificadas = {"DIP_LOC": 9999}
    noche.origen().paso()

    assert main(["origen", "estado", config]) == 0

    dicho = capsys.readouterr().out
    assert "ALARMA DIP_LOC: la fuente informa 9999 actas verificadas y el corte 2 tiene " in dicho
    assert "Rezago DIP_LOC: " in dicho


def test_f3_the_state_shows_what_the_process_cannot_do_until_it_can(
    noche: Noche, config: str, capsys: pytest.CaptureFixture[str]
) -> None:
    origen = noche.origen()
    noche.carpetas.liberaciones.write_bytes(b"no es un libro\n")
    origen.paso()

    main(["origen", "estado", config])
    assert "FALLA: no se pudo leer las liberaciones: bitácora: una línea no es" in capsys.readouterr().out
    noche.carpetas.liberaciones.unlink()
    origen.paso()
    main(["origen", "estado", config])

    assert "FALLA" not in capsys.readouterr().out


def test_c2_two_persons_sign_one_after_the_other(
    noche: Noche, config: str, capsys: pytest.CaptureFixture[str]
) -> None:
    noche.fuente.causas = ("falta",)
    origen = noche.origen()
    origen.paso()

    assert _liberar(config, "ana") == 0
    assert "Falta la firma de otra persona: luis" in capsys.readouterr().out
    assert _liberar(config, "luis") == 0
    assert "Liberado por Ana y Luis" in capsys.readouterr().out
    origen.paso()

    assert noche.publicado() == 2


def test_c2_what_cannot_be_released_is_refused(
    noche: Noche, config: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _liberar(config, "ana") == 8
    assert "no hay ningún corte retenido" in capsys.readouterr().err
    noche.fuente.causas = ("falta",)
    noche.origen().paso()
    assert _liberar(config, "ana", corte=3) == 8
    assert "el corte retenido es el 2, no el 3" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("huella", "codigo", "dicho"),
    [("0" * 8, 8, "lo retenido cambió"), ("abc", 4, "--huella"), ("no es hexadecimal", 4, "--huella")],
)
def test_c2_nobody_signs_what_she_did_not_read(
    noche: Noche, config: str, capsys: pytest.CaptureFixture[str], huella: str, codigo: int, dicho: str
) -> None:
    noche.fuente.causas = ("falta",)
    noche.origen().paso()

    assert _liberar(config, "ana", huella=huella) == codigo
    assert dicho in capsys.readouterr().err
    assert not noche.carpetas.liberaciones.exists()


def test_c8_a_second_origin_on_the_same_folder_is_refused(noche: Noche, config: str) -> None:
    (noche.carpeta / "eleccion.toml").write_text(ejemplos.texto("diputaciones"), encoding="utf-8")

    with lock(noche.carpeta / "origen.candado"):
        hecho = orden("origen", "jornada", config)

    assert hecho.returncode == 7
    assert "otro proceso" in hecho.stderr


def test_a_person_makes_her_keys_and_is_told_what_to_add(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["origen", "persona", "eva", "--carpeta", str(tmp_path)]) == 0

    assert "[[persona]]" in capsys.readouterr().out
    assert sorted(p.name for p in tmp_path.iterdir()) == ["eva.pem", "eva.publica.json"]
    assert main(["origen", "persona", "eva", "--carpeta", str(tmp_path)]) == 8
    assert main(["origen", "persona", "../eva", "--carpeta", str(tmp_path)]) == 4


@pytest.fixture
def oficial(tmp_path: Path) -> Path:
    """An official night of this week, with nothing prepared."""
    texto = ejemplos.texto("municipio").replace('tipo = "simulacro"', 'tipo = "oficial"')
    texto = texto.replace('rol = "simulacro-demo-municipio"', 'rol = "oficial"')
    texto = texto.replace('candidaturas = "sinteticas"', "candidaturas = []")
    (tmp_path / "eleccion.toml").write_text(texto, encoding="utf-8")
    (tmp_path / "difusores.toml").write_text(DIFUSORES)
    ruta = tmp_path / "origen.toml"
    ruta.write_text('[origen]\ncustodios_aqui = true\n[fuente]\ntipo = "sintetica"\n', encoding="utf-8")
    return ruta


def test_an_official_night_is_not_prepared_with_unprotected_keys(
    oficial: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    oficial.write_text(oficial.read_text().replace("custodios_aqui = true\n", ""))

    assert main(["origen", "preparar", str(oficial)]) == ErrorDeConfiguracion.codigo

    assert "pregon llaves ceremonia" in capsys.readouterr().err
    assert not (oficial.parent / "llaves").exists()


def test_an_official_night_does_not_run_beside_unprotected_keys(
    oficial: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["origen", "preparar", str(oficial)]) == 0
    oficial.write_text(oficial.read_text().replace("custodios_aqui = true\n", ""))

    assert main(["origen", "jornada", str(oficial)]) == ErrorDeConfiguracion.codigo

    assert "hay 3 llaves de custodios sin frase" in capsys.readouterr().err
