"""`pregon llaves` as an institute types it: one room or several, a rotation, a theft, and what is refused."""

import os
import pty
import re
import select
import stat
import sys
from pathlib import Path

import pytest

from pregon.cli import main
from pregon.errors import (
    ErrorDeConfianza,
    ErrorDeConfiguracion,
    ErrorDeOperacion,
)
from pregon.origin import custodia, expediente, llaves, raices
from pregon.origin.repositorio import Repositorio
from pregon.paquete import registro
from pregon.paquete.manifest import huella
from pregon.testing.paquetes import VIDA, ahora, publicar

SIMULACRO = "simulacro-2026-05-17"
CUSTODIOS = ("ana", "luis", "eva", "carla")
FRASES = "".join(f"{nombre}=frase muy larga de {nombre}\n" for nombre in CUSTODIOS)
BIEN, CONFIGURACION, CONFIANZA, OPERACION = (
    0,
    ErrorDeConfiguracion.codigo,
    ErrorDeConfianza.codigo,
    ErrorDeOperacion.codigo,
)


@pytest.fixture(autouse=True)
def sala(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The room of the ceremony: a folder for each medium, and the origin's."""
    monkeypatch.chdir(tmp_path)
    Path("frases").write_text(FRASES, encoding="utf-8")
    Path("origen").mkdir()
    Path("origen/origen.toml").write_text('[origen]\n[fuente]\ntipo = "sintetica"\n', encoding="utf-8")
    return tmp_path


def _llaves(orden: str, *argumentos: str) -> int:
    con_frases = () if orden in {"instalar", "huella"} else ("--frases", "frases")
    return main(["llaves", orden, *argumentos, *con_frases])


def _ceremonia(*resto: str, custodios: tuple[str, ...] = ("ana=ana", "luis=luis", "eva=eva")) -> int:
    nombrados = [palabra for uno in custodios for palabra in ("--custodio", uno)]
    roles = ["--rol", "oficial", "--rol", SIMULACRO]
    medio = ["--en-linea", "usb", "--vence", "2099-01-31"]
    return _llaves("ceremonia", "exp.json", *roles, *nombrados, *medio, *resto)


def _instalar() -> int:
    return _llaves("instalar", "exp.json", "origen/origen.toml", "--en-linea", "usb")


def _repositorio(rol: str = "oficial") -> Repositorio:
    return Repositorio(Path("origen/repositorio"), llaves.abrir(Path("origen"), rol=rol), rol)


def test_one_room_one_ceremony_two_roles(capsys: pytest.CaptureFixture[str]) -> None:
    assert _ceremonia() == BIEN

    dicho = capsys.readouterr().out
    raiz = huella(Path("raiz.json").read_bytes())
    assert " ".join(raiz[i : i + 4] for i in range(0, 32, 4)) in dicho
    assert "Firmas necesarias: 2 de 3 custodios" in dicho
    assert dicho.startswith(Path("exp-acta-1-1.txt").read_text(encoding="utf-8"))
    assert sorted(ruta.name.split(".")[0] for ruta in Path("usb").iterdir()) == [
        "oficial",
        SIMULACRO,
        "snapshot",
        "timestamp",
    ]
    assert _instalar() == BIEN
    for rol in ("oficial", SIMULACRO):
        publicar(_repositorio(rol), 1)


def test_a_custodians_key_is_in_its_place_alone_and_asks_for_its_passphrase() -> None:
    _ceremonia()

    for nombre in ("ana", "luis", "eva"):
        privada = Path(nombre, f"{nombre}.pem")
        assert [ruta.name for ruta in sorted(Path(nombre).iterdir())] == [
            f"{nombre}.pem",
            f"{nombre}.publica.json",
        ]
        assert stat.S_IMODE(privada.stat().st_mode) == 0o600
        assert custodia.cifrada(privada)
        for frase in (None, "frase muy larga de otra"):
            with pytest.raises(ErrorDeConfiguracion):
                custodia.abrir(privada, frase=frase)
        custodia.abrir(privada, frase=f"frase muy larga de {nombre}")


def test_no_secret_is_in_what_travels_or_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    _ceremonia()

    publico = capsys.readouterr().out.encode() + b"".join(p.read_bytes() for p in Path().glob("*.*"))
    assert b"PRIVATE" not in publico
    assert b"frase muy larga" not in publico


def test_custodians_apart_sign_in_parts(capsys: pytest.CaptureFixture[str]) -> None:
    """Each makes her key on her own machine; two of them sign, one after the other."""
    for nombre in ("ana", "luis", "eva"):
        assert _llaves("custodio", nombre, "--carpeta", nombre) == BIEN
    publicas = tuple(f"{nombre}={nombre}/{nombre}.publica.json" for nombre in ("ana", "luis", "eva"))
    assert _ceremonia(custodios=publicas) == BIEN
    assert not Path("raiz.json").exists()
    assert "PROVISIONAL" in capsys.readouterr().out
    assert _llaves("huella", "exp.json") == BIEN
    assert "Huella de la raíz" not in (provisional := capsys.readouterr().out)
    assert "PROVISIONAL" in provisional
    assert _instalar() == CONFIANZA

    assert _llaves("firmar", "exp.json", "--llave", "luis/luis.pem") == BIEN
    assert "Pendiente: a 1.root.json le falta 1 firma, de: ana, eva" in capsys.readouterr().out
    assert _llaves("firmar", "exp.json", "--llave", "eva/eva.pem") == BIEN

    assert "Está completo" in capsys.readouterr().out
    assert Path("raiz.json").exists()
    assert _instalar() == BIEN
    assert _llaves("firmar", "exp.json", "--llave", "ana/ana.pem") == OPERACION


def test_a13_a_theft_in_the_night(capsys: pytest.CaptureFixture[str]) -> None:
    """All online keys go, and those that signed the numbers above them with them; the origin goes on."""
    _ceremonia()
    _instalar()
    repositorio = _repositorio()
    publicar(repositorio, 1)
    antes = raices.completa(expediente.leer(Path("exp.json")))
    firman = ("--llave", "ana/ana.pem", "--llave", "eva/eva.pem")

    assert _llaves("revocar", "exp.json", "--rol", "oficial", "--en-linea", "usb2", *firman) == BIEN

    dicho = capsys.readouterr().out
    for quien in ("En línea «snapshot»", "En línea «timestamp»", "Rol «oficial»"):
        assert f"* {quien}: llave nueva; la anterior ya no vale" in dicho
    assert _llaves("instalar", "exp.json", "origen/origen.toml", "--en-linea", "usb2") == BIEN
    publicar(repositorio, 2)
    despues = raices.completa(expediente.leer(Path("exp.json")))
    assert (despues.root.version, despues.targets.version) == (2, 2)
    assert antes.root.keys.keys() & despues.root.keys.keys() == raices_de_custodios(despues)
    assert repositorio.marca() is not None


def raices_de_custodios(vigente: raices.Vigente) -> set[str]:
    return {llave.keyid for llave in raices.custodios_de(vigente.root).values()}


def test_a13_a_custodian_is_lost_and_another_comes(capsys: pytest.CaptureFixture[str]) -> None:
    _ceremonia()
    _instalar()
    firman = ("--llave", "ana/ana.pem", "--llave", "luis/luis.pem")

    assert _llaves("revocar", "exp.json", "--custodio", "eva", "--nuevo", "carla=carla", *firman) == BIEN

    assert "* Custodio «eva»: sale" in capsys.readouterr().out
    assert _llaves("instalar", "exp.json", "origen/origen.toml") == BIEN
    repositorio = _repositorio()
    publicar(repositorio, 1)
    con_eva = ("--llave", "eva/eva.pem", "--llave", "ana/ana.pem")
    assert _llaves("rotar", "exp.json", "--timestamp", "--en-linea", "usb", *con_eva) == BIEN
    assert "Pendiente: a 3.root.json le falta 1 firma, de: carla, luis" in capsys.readouterr().out


def test_a_simulacro_is_added_later_and_retired(capsys: pytest.CaptureFixture[str]) -> None:
    _ceremonia()
    firman = ("--llave", "ana/ana.pem", "--llave", "luis/luis.pem")

    nuevo = ("--rol", "simulacro-2026-05-24", "--en-linea", "usb")
    assert _llaves("rotar", "exp.json", *nuevo, *firman) == BIEN
    assert "* Rol «simulacro-2026-05-24»: entra" in capsys.readouterr().out
    assert _llaves("revocar", "exp.json", "--retirar", SIMULACRO, *firman) == BIEN

    assert sorted(expediente.leer(Path("exp.json")).delegaciones) == ["oficial", "simulacro-2026-05-24"]


def test_the_expiry_is_put_off() -> None:
    _ceremonia()
    firman = ("--llave", "ana/ana.pem", "--llave", "luis/luis.pem")

    assert _llaves("rotar", "exp.json", "--vence", "2100-02-28", *firman) == BIEN

    assert raices.completa(expediente.leer(Path("exp.json"))).root.expires.year == 2100


@pytest.mark.parametrize(
    ("argumentos", "codigo", "causa"),
    [
        (("rotar", "--timestamp"), CONFIGURACION, "--en-linea"),
        (("rotar",), OPERACION, "no se dijo qué cambiar"),
        (("rotar", "--rol", "nocturno", "--en-linea", "usb"), CONFIGURACION, "no puede ser un nombre"),
        (("rotar", "--umbral", "4"), CONFIGURACION, "quedarían 3 custodios y hacen falta 4"),
        (("rotar", "--umbral", "0"), CONFIGURACION, "pide 0 firmas"),
        (("rotar", "--custodio", "carla=ana"), CONFIGURACION, "falta la de"),
        (("revocar", "--custodio", "carla"), OPERACION, "«carla» no es custodio"),
        (("revocar", "--custodio", "ana", "--custodio", "eva"), CONFIGURACION, "quedarían 1 custodios"),
        (("revocar", "--rol", "simulacro-x", "--en-linea", "usb"), OPERACION, "no hay un rol"),
        (("rotar", "--timestamp", "--en-linea", "usb", "--llave", "nadie.pem"), CONFIGURACION, "nadie.pem"),
        (("rotar", "--vence", "ayer"), CONFIGURACION, "no es una fecha"),
        (("rotar", "--vence", "2020-01-01"), CONFIGURACION, "ya pasó"),
    ],
    ids=lambda uno: " ".join(uno) if isinstance(uno, tuple) else None,
)
def test_what_cannot_be_is_said_and_nothing_is_written(
    argumentos: tuple[str, ...], codigo: int, causa: str, sala: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _ceremonia()
    Path("frases").write_text(FRASES.replace("carla=", "otra="), encoding="utf-8")
    antes = {ruta: ruta.read_bytes() for ruta in sala.rglob("*") if ruta.is_file()}
    orden, *resto = argumentos

    assert _llaves(orden, "exp.json", *resto) == codigo

    assert causa in capsys.readouterr().err
    assert {ruta: ruta.read_bytes() for ruta in sala.rglob("*") if ruta.is_file()} == antes


@pytest.mark.parametrize(
    ("resto", "custodios", "causa"),
    [
        (("--umbral", "4"), ("ana=ana", "luis=luis", "eva=eva"), "pide 4 firmas de 3"),
        ((), ("ana=ana",), "pide 2 firmas de 1"),
        ((), ("ana=x", "luis=x"), "cada custodio y cada medio una vez"),
        ((), ("ana=x", "ana=y"), "cada custodio y cada medio una vez"),
        ((), ("Ana López=x", "luis=y"), "no puede ser un nombre"),
        ((), ("ana", "luis=y"), "va NOMBRE=RUTA"),
    ],
)
def test_a14_an_impossible_ceremony_leaves_nothing(
    resto: tuple[str, ...],
    custodios: tuple[str, ...],
    causa: str,
    sala: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    antes = sorted(sala.rglob("*"))

    assert _ceremonia(*resto, custodios=custodios) == CONFIGURACION

    assert causa in capsys.readouterr().err
    assert sorted(sala.rglob("*")) == antes


def test_a14_one_key_cannot_be_two_custodians(capsys: pytest.CaptureFixture[str]) -> None:
    _llaves("custodio", "ana", "--carpeta", "ana")
    Path("luis.publica.json").write_bytes(Path("ana/ana.publica.json").read_bytes())

    assert _ceremonia(custodios=("ana=ana/ana.publica.json", "luis=luis.publica.json")) == CONFIGURACION

    assert "llave" in capsys.readouterr().err


def test_a_short_passphrase_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    Path("frases").write_text(FRASES.replace("frase muy larga de eva", "corta"), encoding="utf-8")

    assert _ceremonia() == CONFIGURACION

    assert "al menos 16 caracteres" in capsys.readouterr().err
    assert not Path("ana").exists()


def test_a_wrong_passphrase_signs_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    _ceremonia()
    antes = Path("exp.json").read_bytes()
    Path("frases").write_text("ana=otra frase cualquiera\n", encoding="utf-8")

    codigo = _llaves("rotar", "exp.json", "--timestamp", "--en-linea", "usb", "--llave", "ana/ana.pem")

    assert codigo == CONFIGURACION
    assert "no la abre esa frase" in capsys.readouterr().err
    assert Path("exp.json").read_bytes() == antes


def test_passphrases_come_by_a_descriptor_too() -> None:
    lee, escribe = os.pipe()
    os.write(escribe, FRASES.encode())
    os.close(escribe)

    argumentos = ["--carpeta", "ana", "--frases", f"/dev/fd/{lee}"]
    assert main(["llaves", "custodio", "ana", *argumentos]) == BIEN

    os.close(lee)
    custodia.abrir(Path("ana/ana.pem"), frase="frase muy larga de ana")


def test_without_a_terminal_no_passphrase_is_asked(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["llaves", "custodio", "ana", "--carpeta", "ana"]) == CONFIGURACION

    assert "no hay terminal en que preguntar la frase; use --frases" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("dichas", "codigo"),
    [(("frase muy larga de ana",) * 2, BIEN), (("frase muy larga de ana", "otra que no es"), CONFIGURACION)],
)
def test_on_a_terminal_a_new_passphrase_is_asked_twice_and_never_shown(
    dichas: tuple[str, ...], codigo: int
) -> None:
    hijo, terminal = pty.fork()
    if hijo == 0:
        os.execv(
            sys.executable, [sys.executable, "-m", "pregon", "llaves", "custodio", "ana", "--carpeta", "x"]
        )
    pantalla = b""
    for pregunta, frase in zip(("Frase de «ana»: ", "Otra vez: "), dichas, strict=True):
        pantalla += _hasta(terminal, pregunta.encode())
        os.write(terminal, frase.encode() + b"\n")
    pantalla += _hasta(terminal, None)
    os.close(terminal)

    assert os.waitstatus_to_exitcode(os.waitpid(hijo, 0)[1]) == codigo
    assert not [frase for frase in dichas if frase.encode() in pantalla]
    assert Path("x/ana.pem").exists() is (codigo == BIEN)


def _hasta(terminal: int, esperado: bytes | None) -> bytes:
    """Read the screen until it shows something, or until it is closed."""
    visto = b""
    while esperado is None or esperado not in visto:
        assert select.select([terminal], [], [], 30)[0], f"la pantalla se quedó en {visto!r}"
        try:
            trozo = os.read(terminal, 4096)
        except OSError:  # how Linux tells that nobody holds the other side any more
            trozo = b""
        if not trozo:
            assert esperado is None, visto
            break
        visto += trozo
    return visto


def test_keys_and_ceremonies_are_never_overwritten(capsys: pytest.CaptureFixture[str]) -> None:
    _ceremonia()
    antes = Path("ana/ana.pem").read_bytes()

    assert _llaves("custodio", "ana", "--carpeta", "ana") == OPERACION
    assert _ceremonia(custodios=("ana=a", "luis=b")) == OPERACION

    assert "cada ceremonia tiene su expediente" in capsys.readouterr().err
    assert Path("ana/ana.pem").read_bytes() == antes


def test_huella_says_roots_roles_and_whether_they_chain(capsys: pytest.CaptureFixture[str]) -> None:
    _ceremonia()
    _instalar()
    Path("primera.json").write_bytes(Path("raiz.json").read_bytes())
    firman = ("--llave", "ana/ana.pem", "--llave", "luis/luis.pem")
    _llaves("rotar", "exp.json", "--timestamp", "--en-linea", "usb", *firman)
    capsys.readouterr()

    assert _llaves("huella", "primera.json", "exp.json") == BIEN
    dicho = capsys.readouterr().out
    assert "Huella de la raíz 1 (SHA-256):" in dicho
    assert "llega, firma por firma, a la versión 2" in dicho

    assert _llaves("huella", "origen") == BIEN
    dicho = capsys.readouterr().out
    assert "Llave pública (Ed25519) de «oficial»:" in dicho
    assert f"Llave pública (Ed25519) de «{SIMULACRO}»:" in dicho
    verificadora = re.search(r"^Llave de verificación: (pregon/oficial\+\S+)$", dicho, re.MULTILINE)
    assert verificadora is not None
    publica = registro.leer_llave(verificadora[1])[1].hex()
    assert publica[:4] in dicho.partition("de «oficial»:")[2].split()


def test_huella_of_two_institutes_does_not_chain(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _ceremonia()
    primera = Path("raiz.json").read_bytes()
    Path("exp.json").unlink()
    Path("otra.json").write_bytes(primera)
    _ceremonia(custodios=("ana=m1", "luis=m2"))

    assert _llaves("huella", "otra.json", "raiz.json") == CONFIANZA
    assert "no son de la misma cadena" in capsys.readouterr().err
    (tmp_path / "basura").write_bytes(b"{}")
    assert _llaves("huella", "basura") == CONFIGURACION


@pytest.mark.parametrize(
    "basura", [b"", b"{}", b"[]", b'{"formato":1,"raices":[],"targets":[]}', b"\xff" * 9]
)
def test_a15_what_is_no_expediente_is_said(basura: bytes, capsys: pytest.CaptureFixture[str]) -> None:
    Path("exp.json").write_bytes(basura)

    assert _llaves("firmar", "exp.json", "--llave", "ana.pem") == CONFIGURACION

    assert "no es un expediente" in capsys.readouterr().err


def test_an_official_night_refuses_custodians_keys_that_lie_unprotected(
    capsys: pytest.CaptureFixture[str],
) -> None:
    _ceremonia()
    _instalar()
    llaves.exigir_custodia(Path("origen"), rol="oficial", juntas=False)
    abierta = custodia.abrir(Path("ana/ana.pem"), frase="frase muy larga de ana")
    custodia.guardar(Path("origen/llaves/ana.pem"), abierta, frase=None)

    with pytest.raises(ErrorDeConfiguracion, match=r"ana\.pem.*custodios_aqui = true"):
        llaves.exigir_custodia(Path("origen"), rol="oficial", juntas=False)

    llaves.exigir_custodia(Path("origen"), rol="oficial", juntas=True)
    llaves.exigir_custodia(Path("origen"), rol=SIMULACRO, juntas=False)
    custodia.guardar(Path("origen/llaves/ana.pem"), abierta, frase="otra frase muy larga")
    llaves.exigir_custodia(Path("origen"), rol="oficial", juntas=False)
    assert capsys.readouterr().err == ""


def test_a_night_of_another_keys_folder_heartbeats_after_an_installation() -> None:
    """`[origen] instituto`: keys and repository of all nights of one root, apart from each night's state."""
    Path("origen/origen.toml").write_text(
        '[origen]\ncarpeta = "noche"\ninstituto = "../instituto"\n[fuente]\ntipo = "sintetica"\n',
        encoding="utf-8",
    )
    _ceremonia()
    assert _instalar() == BIEN

    repositorio = Repositorio(
        Path("instituto/repositorio"), llaves.abrir(Path("instituto"), rol="oficial"), "oficial"
    )
    repositorio.latido(lista_json=b"{}", lista_html=b"", ahora=ahora(), vence=ahora() + VIDA)
