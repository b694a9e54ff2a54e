"""The page on keys is followed to the letter: every command that it shows is run, in its order."""

import re
import shlex
from pathlib import Path

import pytest

from pregon.cli import main
from pregon.origin import config, expediente, raices

PAGINA = (Path(__file__).resolve().parents[3] / "docs" / "como" / "llaves-ceremonia.md").read_text()
_APARTADO = re.compile(r"^## (\d).*?\n(.*?)(?=^## |\Z)", re.MULTILINE | re.DOTALL)
APARTADOS = dict(_APARTADO.findall(PAGINA))
FRASES = "".join(f"{nombre}=frase muy larga de {nombre}\n" for nombre in ("ana", "luis", "eva", "carla"))


def _ordenes(apartado: str) -> list[str]:
    bloques = re.findall(r"^```sh\n(.*?)^```", APARTADOS[apartado], re.MULTILINE | re.DOTALL)
    return [orden for bloque in bloques for orden in bloque.splitlines()]


@pytest.mark.parametrize(("apartados", "raiz"), [("23567", 4), ("4", 1)])
def test_the_page_is_followed_from_the_ceremony_to_the_theft(
    apartados: str, raiz: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "frases").write_text(FRASES, encoding="utf-8")
    (tmp_path / "origen").mkdir()
    (tmp_path / "origen/origen.toml").write_text('[origen]\n[fuente]\ntipo = "sintetica"\n', encoding="utf-8")

    for mostrada in (orden for apartado in apartados for orden in _ordenes(apartado)):
        # The media are folders here, and the page's dates may have passed.
        orden = re.sub(r"--vence \d{4}", "--vence 2999", mostrada.replace("/media/", f"{tmp_path}/"))
        pregon, *argumentos = shlex.split(orden)
        con_frases = [] if argumentos[1] in {"instalar", "huella"} else ["--frases", "frases"]
        assert pregon == "pregon"
        assert main([*argumentos, *con_frases]) == 0, orden

    fin = raices.completa(expediente.leer(tmp_path / "expediente/llaves.json"))
    assert fin.root.version == raiz


def test_the_origen_toml_shown_is_read() -> None:
    bloques = re.findall(r"^```toml\n(.*?)^```", PAGINA, re.MULTILINE | re.DOTALL)

    leidas = [
        config.leer(f'{b}[fuente]\ntipo = "sintetica"\n', archivo=Path("/n/origen.toml")) for b in bloques
    ]

    assert [leida.custodios_aqui for leida in leidas] == [True, False]
    assert leidas[1].repositorio == Path("/n/instituto/repositorio")


def test_every_message_that_the_table_explains_is_said() -> None:
    """Its fixed words, at least: what stands between the numbers and the names."""
    codigo = "".join(
        ruta.read_text()
        for ruta in (Path(raices.__file__).parent, Path(main.__code__.co_filename).parent)
        for ruta in ruta.glob("*.py")
    )
    mensajes = re.findall(r"^\| `([^`]+)` \|", APARTADOS["8"], re.MULTILINE)

    assert len(mensajes) == 9
    for mensaje in mensajes:
        fijas = re.split(r"«[^»]*»|\d\S*|, de: .*|^a ", mensaje)
        assert [trozo for trozo in fijas if trozo.strip() not in codigo] == []
