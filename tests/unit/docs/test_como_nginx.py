"""The nodo.toml that the page on nginx shows is one from which nginx's configuration is generated."""

import re
from dataclasses import fields
from pathlib import Path

from pregon.node import nginx
from pregon.node.config import ConfigNginx, leer

PAGINA = (Path(__file__).resolve().parents[3] / "docs" / "como" / "difusor-nginx.md").read_text()


def test_the_nodo_toml_shown_makes_a_configuration() -> None:
    (mostrado,) = re.findall(r"^```toml\n(.*?)^```", PAGINA, re.MULTILINE | re.DOTALL)

    config = leer(mostrado, archivo=Path("/srv/pregon/nodo.toml"))

    assert "server_name prep2026.diariox.example;" in nginx.escribir(config)


def test_every_key_of_the_table_and_its_factory_value_are_told() -> None:
    renglones = [renglon.split("|") for renglon in PAGINA.splitlines() if renglon.startswith("| `")]
    valores = {
        clave: valor
        for _, claves, de_fabrica, *_ in renglones
        for clave, valor in zip(
            *(re.findall(r"`(.*?)`", claves), re.findall(r"`(.*?)`", de_fabrica) or ["", ""]), strict=False
        )
    }
    minimo = 'id = "d"\nnombre = "D"\nrol = "oficial"\nraiz = "r"\nescucha = "127.0.0.1:1"\n[nginx]\n'
    obligadas = 'nombres = ["a.mx"]\ncertificado = "c"\nllave = "l"\n'

    dichas = "".join(f"{clave} = {valor}\n" for clave, valor in valores.items() if valor)
    config = leer(minimo + obligadas, archivo=Path("/srv/nodo.toml"))

    assert leer(minimo + obligadas + dichas, archivo=Path("/srv/nodo.toml")) == config
    assert set(valores) == {campo.name for campo in fields(ConfigNginx)}
