"""What the person at the difusor is told of the machine: real folders, disks, accounts and ports."""

import os
import pwd
import socket
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from importlib import resources
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from pregon.node import config
from pregon.node.config import ConfigNginx, ConfigNodo
from pregon.node.examen import Comprobacion, Nivel, maquina
from pregon.node.nodo import CANDADO
from pregon.paquete.manifest import huella
from pregon.storage.lock import lock
from pregon.testing.nodo import escribir_nodo
from pregon.testing.origen import ROL, OrigenDePrueba


@pytest.fixture
def nodo(tmp_path: Path) -> ConfigNodo:
    ruta = escribir_nodo(tmp_path / "nodo", tmp_path / "raiz.json", rol=ROL)
    return config.leer(ruta.read_text(encoding="utf-8"), archivo=ruta)


@pytest.fixture
def montar(tmp_path: Path) -> Iterator[Callable[[str], Path]]:
    """Mount a tmpfs with these options, for root only."""
    if os.geteuid() != 0:
        pytest.skip("sólo root puede montar un tmpfs")
    punto = tmp_path / "disco"
    punto.mkdir()

    def monta(opciones: str) -> Path:
        orden = ["mount", "-t", "tmpfs", "-o", opciones, "tmpfs", str(punto)]
        if subprocess.run(orden, check=False, capture_output=True).returncode:
            pytest.skip("este núcleo no deja montar un tmpfs")
        return punto

    yield monta
    subprocess.run(["umount", str(punto)], check=False, capture_output=True)


def niveles(hallados: Sequence[Comprobacion]) -> dict[str, Nivel]:
    assert all(bool(una.hacer) is (una.nivel is not Nivel.BIEN) for una in hallados)
    return {una.id: una.nivel for una in hallados}


def vacia(carpeta: Path) -> bool:
    return not any(p.name.startswith(".prueba") for p in carpeta.iterdir())


def test_a_folder_is_tried_and_left_as_it_was(nodo: ConfigNodo) -> None:
    antes = sorted(nodo.carpeta.iterdir())

    vistos = maquina.carpeta(nodo)

    assert [una.nivel for una in vistos] in ([Nivel.BIEN], [Nivel.AVISO])  # where /tmp is in memory
    assert sorted(nodo.carpeta.iterdir()) == antes


def test_d11_a_full_disk_is_told_before_the_night(nodo: ConfigNodo, montar: Callable[[str], Path]) -> None:
    disco = replace(nodo, carpeta=montar("size=64k"))
    (disco.carpeta / "lastre").write_bytes(bytes(64 * 1024))

    assert niveles(maquina.carpeta(disco)) == {"carpeta": Nivel.FALLA}
    assert niveles(maquina.disco(disco, None))["disco"] is Nivel.FALLA
    assert "el disco está lleno" in maquina.carpeta(disco)[0].dice
    assert vacia(disco.carpeta)


def test_f6_a_disk_mounted_read_only_is_told(nodo: ConfigNodo, montar: Callable[[str], Path]) -> None:
    (una,) = maquina.carpeta(replace(nodo, carpeta=montar("ro")))

    assert una.nivel is Nivel.FALLA
    assert "sólo para lectura" in una.dice


def test_b7_few_inodes_are_told(nodo: ConfigNodo, montar: Callable[[str], Path]) -> None:
    pocos = replace(nodo, carpeta=montar("size=1m,nr_inodes=50"))

    assert niveles(maquina.disco(pocos, None))["inodos"] is Nivel.FALLA


def test_a_folder_in_memory_is_told(nodo: ConfigNodo, montar: Callable[[str], Path]) -> None:
    (una,) = maquina.carpeta(replace(nodo, carpeta=montar("size=1m")))

    assert una.nivel is Nivel.AVISO
    assert "se pierde al apagar" in una.dice


def test_the_huella_of_the_root_is_printed_to_be_compared(nodo: ConfigNodo, tmp_path: Path) -> None:
    origen = OrigenDePrueba(tmp_path / "origen")
    con_raiz = replace(nodo, raiz=origen.raiz)

    buena = maquina.raiz(con_raiz, ahora=datetime.now(UTC))

    assert buena.nivel is Nivel.BIEN
    assert huella(origen.raiz.read_bytes()) in buena.dice
    assert maquina.raiz(con_raiz, ahora=datetime.now(UTC) + timedelta(days=25)).nivel is Nivel.AVISO
    assert maquina.raiz(con_raiz, ahora=datetime.now(UTC) + timedelta(days=31)).nivel is Nivel.FALLA


@pytest.mark.parametrize("contenido", [None, b"", b"{}", b"\xff"])
def test_a_root_that_is_none_is_told(nodo: ConfigNodo, contenido: bytes | None) -> None:
    if contenido is not None:
        nodo.raiz.write_bytes(contenido)

    una = maquina.raiz(nodo, ahora=datetime.now(UTC))

    assert una.nivel is Nivel.FALLA
    assert "acuerdo" in una.hacer


def test_d15_whoever_owns_the_folder_without_serving_is_told(nodo: ConfigNodo) -> None:
    with socket.create_server(("127.0.0.1", 0)) as oido:
        puerto = int(oido.getsockname()[1])
    con_puerto = replace(nodo, puerto=puerto)

    with lock(nodo.carpeta / CANDADO):
        (una,) = maquina.proceso(con_puerto)

    assert una.nivel is Nivel.FALLA
    assert str(os.getpid()) in una.dice
    assert niveles(maquina.proceso(con_puerto)) == {"proceso": Nivel.BIEN, "puerto": Nivel.BIEN}


def test_a_port_of_another_program_is_told(nodo: ConfigNodo) -> None:
    with socket.create_server(("127.0.0.1", 0)) as oido:
        vistos = maquina.proceso(replace(nodo, puerto=int(oido.getsockname()[1])))

    assert niveles(vistos) == {"proceso": Nivel.BIEN, "puerto": Nivel.FALLA}


def test_nginx_must_listen_and_enter_the_folder(nodo: ConfigNodo) -> None:
    if os.geteuid() != 0:
        pytest.skip("sólo root puede cerrar una carpeta a otra cuenta y entrar")
    with tempfile.TemporaryDirectory() as carpeta, socket.create_server(("127.0.0.1", 0)) as oido:
        puerto = int(oido.getsockname()[1])
        publico = ConfigNginx(
            nombres=("a.ejemplo.mx",),
            certificado=Path(),
            llave=Path(),
            direcciones=("127.0.0.1",),
            https=puerto,
            http=puerto,
            registros=Path(),
            copias=Path(),
            usuario="nobody",
            por_segundo=1,
            conexiones=1,
            brotli=False,
        )
        detras = replace(nodo, carpeta=Path(carpeta), nginx=publico)

        assert f"«nobody» no puede entrar a «{carpeta}»" in maquina.proceso(detras)[-1].dice
        Path(carpeta).chmod(0o711)
        assert niveles(maquina.proceso(detras)[-1:]) == {"nginx": Nivel.BIEN}
        oido.close()
        assert f"no escucha en 127.0.0.1:{puerto}" in maquina.proceso(detras)[-1].dice


def test_the_inbox_must_let_the_sender_write(nodo: ConfigNodo) -> None:
    if os.geteuid() != 0:
        pytest.skip("sólo root puede dar una carpeta a otra cuenta")
    # Not pytest's folder, which no other account may enter.
    with tempfile.TemporaryDirectory() as carpeta:
        Path(carpeta).chmod(0o755)
        buzon = Path(carpeta) / "buzon"
        ajena = replace(nodo, buzon=buzon, remitente="nobody")
        assert niveles(maquina.buzon(ajena)) == {"buzon": Nivel.AVISO}  # it does not exist yet

        buzon.mkdir(mode=0o755)
        assert niveles(maquina.buzon(ajena)) == {"buzon": Nivel.FALLA}
        os.chown(buzon, pwd.getpwnam("nobody").pw_uid, -1)
        assert niveles(maquina.buzon(ajena)) == {"buzon": Nivel.BIEN}
        Path(carpeta).chmod(0o700)
        assert f"«{carpeta}»" in maquina.buzon(ajena)[0].dice
        assert niveles(maquina.buzon(replace(ajena, remitente="nadie-asi"))) == {"buzon": Nivel.FALLA}


def test_in_pull_there_is_no_inbox(nodo: ConfigNodo) -> None:
    assert maquina.buzon(replace(nodo, origen="https://x.ejemplo.mx")) == ()


def test_e3_old_zone_data_are_told(nodo: ConfigNodo) -> None:
    # Until 2022 Monterrey went by Chicago's summer time.
    with (resources.files("tzdata") / "zoneinfo/America/Chicago").open("rb") as vieja:
        con_vieja = replace(nodo, zona=ZoneInfo.from_file(vieja, key="America/Monterrey"))

    assert maquina.zona(con_vieja).nivel is Nivel.FALLA
    assert maquina.zona(nodo).nivel is Nivel.BIEN


def test_the_size_of_the_machine_is_only_told(nodo: ConfigNodo) -> None:
    assert Nivel.FALLA not in niveles(maquina.tamano(nodo)).values()
    assert set(niveles(maquina.tamano(nodo))) == {"nucleos", "memoria", "capacidad"}
