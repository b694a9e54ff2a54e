import json
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tuf.api.metadata import Metadata, Root, Targets

from pregon.errors import ErrorDeConfiguracion, ErrorDeOperacion
from pregon.origin.llaves import Llaves, abrir, ceremonia
from pregon.paquete.manifest import huella

AHORA = datetime(2026, 5, 1, tzinfo=UTC)
VENCE = AHORA + timedelta(days=60)


def _ceremonia(carpeta: Path, rol: str = "oficial") -> Llaves:
    return ceremonia(carpeta, rol=rol, ahora=AHORA, vence=VENCE)


def test_root_and_targets_are_two_of_three_and_the_night_has_its_own_key(tmp_path: Path) -> None:
    llaves = _ceremonia(tmp_path)
    raiz = (tmp_path / "raiz.json").read_bytes()
    root = Metadata[Root].from_bytes(raiz).signed
    targets = (
        Metadata[Targets].from_bytes((tmp_path / "repositorio/metadata/1.targets.json").read_bytes()).signed
    )
    assert raiz == (tmp_path / "repositorio/metadata/1.root.json").read_bytes()
    assert llaves.huella == huella(raiz)
    for rol in ("root", "targets"):
        assert (root.roles[rol].threshold, len(root.roles[rol].keyids)) == (2, 3)
    en_linea = {root.roles[rol].keyids[0] for rol in ("snapshot", "timestamp")}
    assert targets.delegations
    assert targets.delegations.roles
    delegado = targets.delegations.roles["oficial"]
    assert delegado.paths == ["oficial/*", "oficial/*/*"]
    assert delegado.terminating
    assert len(en_linea | set(delegado.keyids) | set(root.roles["root"].keyids)) == 6
    assert root.expires == targets.expires == VENCE


def test_private_keys_are_for_their_owner_only_and_outside_the_repository(tmp_path: Path) -> None:
    _ceremonia(tmp_path)
    llaves = sorted((tmp_path / "llaves").iterdir())
    assert [llave.stem for llave in llaves] == [
        "oficial",
        "root-1",
        "root-2",
        "root-3",
        "snapshot",
        "timestamp",
    ]
    assert all(stat.S_IMODE(llave.stat().st_mode) == 0o600 for llave in llaves)
    publico = b"".join(p.read_bytes() for p in (tmp_path / "repositorio").rglob("*") if p.is_file())
    assert b"PRIVATE" not in publico


def test_the_online_keys_open_again_without_the_offline_ones(tmp_path: Path) -> None:
    llaves = _ceremonia(tmp_path)
    for offline in (tmp_path / "llaves").glob("root-*.pem"):
        offline.unlink()
    otra = abrir(tmp_path, rol="oficial")
    assert otra.huella == llaves.huella
    assert otra.delegado.public_key == llaves.delegado.public_key


def test_a_second_ceremony_never_overwrites_keys(tmp_path: Path) -> None:
    _ceremonia(tmp_path)
    antes = {p.name: p.read_bytes() for p in (tmp_path / "llaves").iterdir()}
    with pytest.raises(ErrorDeOperacion, match="ya tiene llaves"):
        _ceremonia(tmp_path)
    assert antes == {p.name: p.read_bytes() for p in (tmp_path / "llaves").iterdir()}


def test_a19_the_keys_of_a_rehearsal_are_not_those_of_the_election(tmp_path: Path) -> None:
    _ceremonia(tmp_path, "simulacro-2026-05-17")
    with pytest.raises(ErrorDeConfiguracion, match="no son de «oficial»"):
        abrir(tmp_path, rol="oficial")


@pytest.mark.parametrize("nombre", ["oficial", "snapshot", "timestamp"])
def test_a_missing_or_foreign_key_is_told_by_its_file(tmp_path: Path, nombre: str) -> None:
    _ceremonia(tmp_path)
    pem = tmp_path / f"llaves/{nombre}.pem"
    pem.write_bytes((tmp_path / "llaves/root-1.pem").read_bytes())
    with pytest.raises(ErrorDeConfiguracion, match=rf"{nombre}\.pem"):
        abrir(tmp_path, rol="oficial")
    pem.unlink()
    with pytest.raises(ErrorDeConfiguracion, match=rf"{nombre}\.pem"):
        abrir(tmp_path, rol="oficial")


@pytest.mark.parametrize(("umbral", "de"), [(0, 3), (4, 3), (-1, 3), (1, 0)])
def test_a14_an_impossible_threshold_makes_no_keys(tmp_path: Path, umbral: int, de: int) -> None:
    with pytest.raises(ErrorDeConfiguracion):
        ceremonia(tmp_path, rol="oficial", umbral=umbral, de=de, ahora=AHORA, vence=VENCE)
    assert list(tmp_path.iterdir()) == []


def test_both_files_are_compact_json(tmp_path: Path) -> None:
    """What the proof demands of them: one text per meaning."""
    _ceremonia(tmp_path)
    for datos in ((tmp_path / "raiz.json").read_bytes(),):
        assert datos == json.dumps(json.loads(datos), sort_keys=True, separators=(",", ":")).encode()
