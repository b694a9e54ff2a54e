"""The node's TUF client through the suite's command line: what a client must accept, refuse and keep.

Own cases for the behaviours that the public suite (tuf-conformance) looks at; it is not on the package
index, so it cannot be run from here. Repositories are made with python-tuf, right or wrong on purpose.
"""

import hashlib
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from securesystemslib.signer import CryptoSigner
from tuf.api.metadata import (
    DelegatedRole,
    Delegations,
    Metadata,
    MetaFile,
    Root,
    Snapshot,
    TargetFile,
    Targets,
    Timestamp,
)

from pregon.paquete.limites import LIMITES
from pregon.testing import conformidad
from pregon.testing.mentiroso import Mentiroso, Truco

TODOS = ("targets", "snapshot", "timestamp")
LLAVES = [CryptoSigner.generate_ed25519() for _ in range(10)]


class Juguete:
    """A repository in a server's memory: one key per role until a test says otherwise."""

    def __init__(self, servidor: Mentiroso, *, consistente: bool = True, algoritmo: str = "ed25519") -> None:
        self.servidor, self.arbol = servidor, servidor.arbol
        vence = datetime.now(UTC).replace(microsecond=0) + timedelta(days=1)
        self.root = Root(expires=vence, consistent_snapshot=consistente)
        self.targets, self.snapshot = Targets(expires=vence), Snapshot(expires=vence)
        self.timestamp = Timestamp(expires=vence)
        self.roles: dict[str, Any] = {
            "root": self.root,
            "targets": self.targets,
            "snapshot": self.snapshot,
            "timestamp": self.timestamp,
        }
        self.firmantes: dict[str, list[CryptoSigner]] = {}
        for rol in self.roles:
            self.rotar(rol, [getattr(CryptoSigner, f"generate_{algoritmo}")()])
        self.publicar("root", *TODOS, subir=False)
        self.raiz = self.arbol["/metadata/1.root.json"]

    def rotar(self, rol: str, llaves: Sequence[CryptoSigner], *, umbral: int = 1) -> None:
        """Give a top-level role these keys only; they sign it from now on."""
        self.root.roles[rol].keyids.clear()
        for llave in llaves:
            self.root.add_key(llave.public_key, rol)
        self.root.roles[rol].threshold = umbral
        self.firmantes[rol] = list(llaves)

    def delegar(self, de: str, rol: str, *, llave: CryptoSigner | None = None, **resto: Any) -> Targets:
        """Delegate to a role, by default of every path; return what it signs."""
        delegante: Targets = self.roles[de]
        delegante.delegations = delegante.delegations or Delegations({}, {})
        llave = llave or CryptoSigner.generate_ed25519()
        opciones: dict[str, Any] = {"threshold": 1, "terminating": False, "paths": ["*", "*/*"]} | resto
        assert delegante.delegations.roles is not None
        delegante.delegations.roles[rol] = DelegatedRole(rol, [], **opciones)
        delegante.add_key(llave.public_key, rol)
        self.firmantes.setdefault(rol, [llave])
        nuevo: Targets = self.roles.setdefault(rol, Targets(expires=self.targets.expires))
        return nuevo

    def publicar(self, *roles: str, subir: bool = True) -> None:
        """Sign the next version of each, in the order given, and name it in the role above."""
        for rol in roles:
            firmado = self.roles[rol]
            firmado.version += subir
            metadata: Metadata[Any] = Metadata(firmado)
            for firmante in self.firmantes[rol]:
                metadata.sign(firmante, append=True)
            self.servir(rol, metadata.to_bytes())

    def servir(self, rol: str, datos: bytes) -> None:
        """Serve these bytes as a role's present version."""
        version = self.roles[rol].version
        meta = MetaFile.from_data(version, datos, ["sha256"])
        match rol:
            case "snapshot":
                self.timestamp.snapshot_meta = meta
            case "root" | "timestamp":
                pass
            case _:
                self.snapshot.meta[f"{rol}.json"] = meta
        sin_version = rol == "timestamp" or (rol != "root" and not self.root.consistent_snapshot)
        nombre = quote(rol, "") if sin_version else f"{version}.{quote(rol, '')}"
        self.arbol[f"/metadata/{nombre}.json"] = datos

    def objetivo(self, ruta: str, datos: bytes, *, de: str = "targets") -> str:
        """Serve and list a target; return its path on the server."""
        objetivo = self.roles[de].targets[ruta] = TargetFile.from_data(ruta, datos, ["sha256"])
        carpeta, barra, nombre = ruta.rpartition("/")
        servida = f"/targets/{carpeta}{barra}{objetivo.hashes['sha256']}.{nombre}"
        self.arbol[servida] = datos
        return servida


@dataclass
class Cliente:
    """The command line, in this process: the same `main` that the suite starts as a program."""

    repo: Juguete
    carpeta: Path
    pedidas: list[str] = field(default_factory=list)

    def iniciar(self, raiz: bytes | None = None) -> int:
        (self.carpeta / "inicial.json").write_bytes(raiz or self.repo.raiz)
        return self._orden("init", str(self.carpeta / "inicial.json"))

    def refrescar(self) -> int:
        return self._orden("--metadata-url", f"{self.repo.servidor.url}/metadata", "refresh")

    def bajar(self, objetivo: str) -> int:
        return self._orden(
            *("--metadata-url", f"{self.repo.servidor.url}/metadata", "--target-name", objetivo),
            *("--target-dir", str(self.carpeta / "t")),
            *("--target-base-url", f"{self.repo.servidor.url}/targets/", "download"),
        )

    def _orden(self, *resto: str) -> int:
        self.repo.servidor.pedidas.clear()
        codigo = conformidad.main(["--metadata-dir", str(self.carpeta / "m"), *resto])
        self.pedidas = [ruta.removeprefix("/metadata/") for ruta in self.repo.servidor.pedidas]
        return codigo

    def guardado(self) -> dict[str, bytes]:
        """Return the trusted metadata by role, byte for byte."""
        return {ruta.stem: ruta.read_bytes() for ruta in (self.carpeta / "m").glob("*.json")}

    def versiones(self) -> dict[str, int]:
        return {rol: Metadata.from_bytes(datos).signed.version for rol, datos in self.guardado().items()}

    def bajados(self) -> list[bytes]:
        return [ruta.read_bytes() for ruta in (self.carpeta / "t").glob("*")]


@pytest.fixture
def servidor() -> Iterator[Mentiroso]:
    with Mentiroso({}) as servidor:
        yield servidor


@pytest.fixture
def repo(servidor: Mentiroso) -> Juguete:
    return Juguete(servidor)


@pytest.fixture
def cliente(repo: Juguete, tmp_path: Path) -> Cliente:
    return Cliente(repo, tmp_path)


def test_init_asks_for_nothing_and_refresh_asks_in_order(cliente: Cliente) -> None:
    assert cliente.iniciar() == 0
    assert cliente.pedidas == []
    assert cliente.refrescar() == 0
    assert cliente.pedidas == ["2.root.json", "timestamp.json", "1.snapshot.json", "1.targets.json"]
    assert cliente.versiones() == dict.fromkeys(("root", *TODOS), 1)


def test_what_is_kept_is_what_was_served_byte_for_byte(cliente: Cliente) -> None:
    cliente.iniciar()
    cliente.refrescar()
    servido = {ruta.split(".")[-2].rpartition("/")[2]: datos for ruta, datos in cliente.repo.arbol.items()}
    assert cliente.guardado() == servido


@pytest.mark.parametrize("algoritmo", ["ed25519", "ecdsa", "rsa"])
def test_keys_of_each_kind_are_believed(servidor: Mentiroso, tmp_path: Path, algoritmo: str) -> None:
    cliente = Cliente(Juguete(servidor, algoritmo=algoritmo), tmp_path)
    assert (cliente.iniciar(), cliente.refrescar()) == (0, 0)


def test_a_repository_without_consistent_snapshot_is_read_by_plain_names(
    servidor: Mentiroso, tmp_path: Path
) -> None:
    cliente = Cliente(Juguete(servidor, consistente=False), tmp_path)
    cliente.iniciar()
    assert cliente.refrescar() == 0
    assert cliente.pedidas == ["2.root.json", "timestamp.json", "snapshot.json", "targets.json"]


@pytest.mark.parametrize(
    "tocar",
    [
        lambda raiz: raiz[:-1],
        lambda raiz: raiz.replace(b'"version":1', b'"version":2'),
        lambda raiz: raiz.replace(b'"version":1,', b"").replace(b',"version":1', b""),
        lambda raiz: raiz.replace(b'"_type":"root"', b'"_type":"targets"'),
        lambda raiz: raiz.replace(b'"threshold":1', b'"threshold":0'),
        lambda _: b"{}",
        lambda _: b"[]",
    ],
    ids=["truncada", "firma", "sin-version", "otro-tipo", "umbral-0", "vacia", "lista"],
)
def test_a1_without_a_sound_root_nothing_is_asked_for(
    cliente: Cliente, tocar: Callable[[bytes], bytes]
) -> None:
    assert cliente.iniciar(tocar(cliente.repo.raiz)) == 1
    assert cliente.refrescar() == 1
    assert cliente.pedidas == []


def test_a_target_that_nobody_signed_fails_but_refreshes(cliente: Cliente) -> None:
    cliente.iniciar()
    assert cliente.bajar("no-existe") == 1
    assert cliente.versiones() == dict.fromkeys(("root", *TODOS), 1)
    assert cliente.bajados() == []


# Rollback, freeze, mix-and-match: a refusal keeps every trusted byte (A17).


def _timestamp_atras(repo: Juguete) -> None:
    repo.timestamp.version = 0
    repo.publicar("timestamp")


def _snapshot_atras(repo: Juguete) -> None:
    repo.snapshot.version = 0
    repo.publicar("snapshot", "timestamp")


def _snapshot_fijo(repo: Juguete) -> None:
    """The timestamp names a snapshot whose own number is older."""
    viejo = repo.arbol["/metadata/1.snapshot.json"]
    repo.publicar("snapshot")
    repo.servir("snapshot", viejo)
    repo.publicar("timestamp")


def _mezcla_de_snapshot(repo: Juguete) -> None:
    viejo = repo.arbol["/metadata/2.snapshot.json"]
    repo.publicar(*TODOS)
    repo.arbol["/metadata/3.snapshot.json"] = viejo


def _sin_firma(repo: Juguete) -> None:
    repo.firmantes["timestamp"] = []
    repo.publicar("timestamp")


def _llave_ajena(repo: Juguete) -> None:
    repo.firmantes["timestamp"] = [LLAVES[0]]
    repo.publicar("timestamp")


def _llave_de_otro_rol(repo: Juguete) -> None:
    repo.firmantes["timestamp"] = repo.firmantes["snapshot"]
    repo.publicar("timestamp")


def _timestamp_vencido(repo: Juguete) -> None:
    repo.timestamp.expires = datetime.now(UTC).replace(microsecond=0) - timedelta(seconds=1)
    repo.publicar("timestamp")


@pytest.mark.parametrize(
    "ataque",
    [
        pytest.param(_timestamp_atras, id="a2-timestamp"),
        pytest.param(_snapshot_atras, id="a2-snapshot"),
        pytest.param(_timestamp_vencido, id="a3-timestamp"),
        pytest.param(_sin_firma, id="a11-sin-firma"),
        pytest.param(_llave_ajena, id="a11-llave-ajena"),
        pytest.param(_llave_de_otro_rol, id="a12-llave-de-otro-rol"),
    ],
)
def test_a17_after_a_refused_timestamp_every_trusted_byte_stays(
    cliente: Cliente, ataque: Callable[[Juguete], None]
) -> None:
    cliente.iniciar()
    cliente.repo.publicar(*TODOS)
    assert cliente.refrescar() == 0
    antes = cliente.guardado()
    ataque(cliente.repo)
    assert cliente.refrescar() == 1
    assert cliente.pedidas[-1] == "timestamp.json"
    assert cliente.guardado() == antes


def _targets_atras(repo: Juguete) -> None:
    repo.targets.version = 0
    repo.publicar(*TODOS)


def _targets_olvidado(repo: Juguete) -> None:
    repo.snapshot.meta = {"otro.json": repo.snapshot.meta["targets.json"]}
    repo.publicar("snapshot", "timestamp")


def _snapshot_vencido(repo: Juguete) -> None:
    repo.snapshot.expires = datetime.now(UTC).replace(microsecond=0) - timedelta(seconds=1)
    repo.publicar("snapshot", "timestamp")


@pytest.mark.parametrize(
    "ataque",
    [
        pytest.param(_snapshot_fijo, id="a4-snapshot-viejo-con-timestamp-nuevo"),
        pytest.param(_mezcla_de_snapshot, id="a4-otro-snapshot"),
        pytest.param(_targets_atras, id="a2-targets"),
        pytest.param(_targets_olvidado, id="a2-targets-olvidado"),
        pytest.param(_snapshot_vencido, id="a3-snapshot"),
    ],
)
def test_a17_a_refused_snapshot_is_not_kept(cliente: Cliente, ataque: Callable[[Juguete], None]) -> None:
    cliente.iniciar()
    cliente.repo.publicar(*TODOS)
    assert cliente.refrescar() == 0
    antes = cliente.guardado()
    ataque(cliente.repo)
    assert cliente.refrescar() == 1
    # The timestamp was good and newer: it stays, as the specification says (decisions §6).
    assert {**cliente.guardado(), "timestamp": antes["timestamp"]} == antes
    assert cliente.versiones()["timestamp"] > 2


def _targets_vencido(repo: Juguete) -> None:
    repo.targets.expires = datetime.now(UTC).replace(microsecond=0) - timedelta(seconds=1)
    repo.publicar(*TODOS)


def _targets_de_antes(repo: Juguete) -> None:
    viejo = repo.arbol["/metadata/1.targets.json"]
    repo.publicar(*TODOS)
    repo.arbol["/metadata/2.targets.json"] = viejo


def _targets_otro_numero(repo: Juguete) -> None:
    viejo = repo.arbol["/metadata/1.targets.json"]
    repo.publicar("targets")
    repo.servir("targets", viejo)
    repo.publicar("snapshot", "timestamp")


@pytest.mark.parametrize(
    "ataque",
    [
        pytest.param(_targets_vencido, id="a3-vencido"),
        pytest.param(_targets_de_antes, id="a4-otros-bytes"),
        pytest.param(_targets_otro_numero, id="a4-otro-numero"),
    ],
)
def test_a17_a_refused_targets_is_not_kept(cliente: Cliente, ataque: Callable[[Juguete], None]) -> None:
    cliente.iniciar()
    assert cliente.refrescar() == 0
    antes = cliente.guardado()["targets"]
    ataque(cliente.repo)
    assert cliente.refrescar() == 1
    assert cliente.guardado()["targets"] == antes


def test_a3_an_expired_root_is_kept_and_nothing_below_it_is_asked_for(cliente: Cliente) -> None:
    cliente.iniciar()
    cliente.refrescar()
    cliente.repo.root.expires = datetime.now(UTC).replace(microsecond=0) - timedelta(seconds=1)
    cliente.repo.publicar("root", *TODOS)
    assert cliente.refrescar() == 1
    assert cliente.versiones() == {"root": 2, "timestamp": 1, "snapshot": 1, "targets": 1}


def test_a3_what_expired_here_still_guards_against_going_back(cliente: Cliente) -> None:
    cliente.iniciar()
    repo, despues = cliente.repo, cliente.repo.timestamp.expires
    repo.timestamp.expires = datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=2)
    repo.publicar(*TODOS)
    assert cliente.refrescar() == 0
    time.sleep(2.1)
    assert cliente.refrescar() == 1
    repo.timestamp.expires, repo.snapshot.version = despues, 0
    repo.publicar("snapshot", "timestamp")
    assert cliente.refrescar() == 1
    repo.snapshot.version = 2
    repo.publicar(*TODOS)
    assert cliente.refrescar() == 0


def test_another_timestamp_of_the_same_number_is_ignored(cliente: Cliente) -> None:
    cliente.iniciar()
    cliente.refrescar()
    antes = cliente.guardado()
    cliente.repo.timestamp.snapshot_meta.version = 100
    cliente.repo.publicar("timestamp", subir=False)
    assert cliente.refrescar() == 0
    assert cliente.guardado() == antes


@pytest.mark.parametrize("rol", ["timestamp", "snapshot", "targets"])
def test_a5_a_fast_forward_ends_by_rotating_the_stolen_keys(cliente: Cliente, rol: str) -> None:
    repo = cliente.repo
    cliente.iniciar()
    repo.roles[rol].version = 2**53
    repo.publicar(*TODOS)
    assert cliente.refrescar() == 0
    for uno in ("timestamp", "snapshot", "targets"):
        repo.rotar(uno, [CryptoSigner.generate_ed25519()])
    repo.roles[rol].version = 1
    repo.publicar("root", *TODOS)
    assert cliente.refrescar() == 0
    assert cliente.versiones()[rol] == 2


# Keys, thresholds, roots.

Raiz = tuple[list[int], int, list[int]]
"""Keys, threshold, who signs."""


@pytest.mark.parametrize(
    ("raices", "creida"),
    [
        pytest.param([([1], 1, [1]), ([2], 1, [1, 2]), ([2], 1, [2])], 3, id="a13-cambia-la-unica"),
        pytest.param([([1], 1, [3, 1]), ([2], 1, [2, 4, 1, 3])], 2, id="firmas-que-sobran"),
        pytest.param(
            [
                ([1, 2, 3], 2, [1, 2]),
                ([1, 2, 4], 2, [1, 2]),
                ([2, 4, 5], 2, [4, 2]),
                ([5, 6], 2, [5, 6, 2, 4]),
            ],
            4,
            id="a13-tres-rotaciones-seguidas",
        ),
        pytest.param([([1, 2, 3], 1, [2]), ([1, 2, 3], 2, [3, 1])], 2, id="sube-el-umbral"),
        pytest.param([([1, 2, 3], 2, [1, 2]), ([1, 2, 3], 1, [1, 3]), ([1, 2, 3], 1, [3])], 3, id="baja"),
        pytest.param([([1], 1, [1]), ([2], 1, [2, 3])], 1, id="a11-sin-las-de-antes"),
        pytest.param([([1], 1, [1]), ([2], 1, [1, 3])], 1, id="a11-sin-las-nuevas"),
        pytest.param([([1, 2, 3], 2, [1, 2]), ([1, 2, 3], 1, [1])], 1, id="a11-baja-con-una"),
        pytest.param([([1, 2, 3], 1, [1]), ([1, 2, 3], 2, [2])], 1, id="a11-sube-con-una"),
        pytest.param([([1, 2, 3], 2, [1, 2]), ([4, 5], 2, [1, 2, 4])], 1, id="a11-falta-una-nueva"),
    ],
)
def test_a_chain_of_roots_is_believed_as_far_as_it_is_signed(
    cliente: Cliente, raices: list[Raiz], creida: int
) -> None:
    repo = cliente.repo
    repo.root.version = 1
    for n, (llaves, umbral, firman) in enumerate(raices):
        repo.rotar("root", [LLAVES[i] for i in llaves], umbral=umbral)
        repo.firmantes["root"] = [LLAVES[i] for i in firman]
        repo.publicar("root", subir=n > 0)
    assert cliente.iniciar(repo.arbol["/metadata/1.root.json"]) == 0
    assert cliente.refrescar() == int(creida < len(raices))
    assert cliente.guardado()["root"] == repo.arbol[f"/metadata/{creida}.root.json"]


def test_a13_a_client_that_slept_through_forty_roots_wakes_up(cliente: Cliente) -> None:
    cliente.iniciar()
    for n in range(40):
        repo = cliente.repo
        antes = repo.firmantes["root"]
        repo.rotar("root", [LLAVES[n % 10]])
        repo.firmantes["root"] = [*antes, LLAVES[n % 10]] if antes != [LLAVES[n % 10]] else antes
        repo.publicar("root")
        repo.firmantes["root"] = [LLAVES[n % 10]]
    assert cliente.refrescar() == 0
    assert cliente.versiones()["root"] == 41


def test_a2_a_root_is_believed_only_under_its_own_number(cliente: Cliente) -> None:
    cliente.iniciar()
    cliente.repo.publicar("root", "root")
    cliente.repo.arbol["/metadata/2.root.json"] = cliente.repo.arbol.pop("/metadata/3.root.json")
    assert cliente.refrescar() == 1
    assert cliente.versiones() == {"root": 1}


@pytest.mark.parametrize("rol", TODOS)
@pytest.mark.parametrize(
    ("llaves", "umbral", "firman", "bien"),
    [
        ([0, 1, 2, 3, 4], 3, [4, 2, 0], True),
        ([2], 1, [7, 2, 8], True),
        ([2], 1, [1, 3], False),
        ([0, 1, 2, 3, 4], 3, [0, 4], False),
        ([0, 1, 3, 4, 5], 3, [0, 2, 4], False),
        ([0], 2, [0], False),
    ],
    ids=["3-de-5", "sobran", "a11-ajenas", "a11-faltan", "a11-una-ajena", "a11-umbral-imposible"],
)
def test_a_role_needs_its_threshold_of_its_own_keys(
    cliente: Cliente, rol: str, llaves: list[int], umbral: int, firman: list[int], *, bien: bool
) -> None:
    cliente.iniciar()
    cliente.repo.rotar(rol, [LLAVES[i] for i in llaves], umbral=umbral)
    cliente.repo.firmantes[rol] = [LLAVES[i] for i in firman]
    cliente.repo.publicar("root", *TODOS)
    assert cliente.refrescar() == int(not bien)
    assert (rol in cliente.versiones()) is bien


def test_a11_one_signature_written_twice_counts_once(cliente: Cliente) -> None:
    repo = cliente.repo
    cliente.iniciar()
    repo.rotar("timestamp", [LLAVES[0], LLAVES[1]], umbral=2)
    repo.firmantes["timestamp"] = [LLAVES[0]]
    repo.publicar("root", *TODOS)
    una = repo.arbol["/metadata/timestamp.json"]
    firma = una[una.index(b"[{") + 1 : una.index(b"}]") + 1]
    repo.servir("timestamp", una.replace(firma, firma + b"," + firma, 1))
    assert cliente.refrescar() == 1
    assert "timestamp" not in cliente.versiones()


def test_unknown_fields_are_signed_with_the_rest(cliente: Cliente) -> None:
    repo = cliente.repo
    cliente.iniciar()
    repo.root.unrecognized_fields["x-campo"] = {"a": [1, "ñ"]}
    repo.root.roles["root"].unrecognized_fields["x-rol"] = "b"
    repo.publicar("root", *TODOS)
    assert cliente.refrescar() == 0
    repo.timestamp.unrecognized_fields["x-hora"] = 1
    repo.publicar("timestamp")
    bueno = repo.arbol["/metadata/timestamp.json"]
    repo.servir("timestamp", bueno.replace(b'"x-hora":1', b'"x-hora":2'))
    assert cliente.refrescar() == 1
    repo.servir("timestamp", bueno)
    assert cliente.refrescar() == 0


# Targets and delegations.


def test_a_target_is_downloaded_once_and_replaced_when_it_changes(cliente: Cliente) -> None:
    repo = cliente.repo
    cliente.iniciar()
    repo.objetivo("una/carpeta/archivo.txt", b"uno")
    repo.publicar(*TODOS)
    assert cliente.bajar("una/carpeta/archivo.txt") == 0
    assert cliente.bajados() == [b"uno"]
    assert cliente.bajar("una/carpeta/archivo.txt") == 0
    assert not any(ruta.startswith("/targets/") for ruta in cliente.pedidas)
    repo.objetivo("una/carpeta/archivo.txt", b"otro")
    repo.publicar(*TODOS)
    assert cliente.bajar("una/carpeta/archivo.txt") == 0
    assert cliente.bajados() == [b"otro"]


@pytest.mark.parametrize(
    "malo", [b"0tro", b"otros", b"otr", b"", None], ids=["hash", "mas-largo", "mas-corto", "vacio", "falta"]
)
def test_a8_a_target_of_other_bytes_is_refused_and_the_good_one_stays(
    cliente: Cliente, malo: bytes | None
) -> None:
    repo = cliente.repo
    cliente.iniciar()
    repo.objetivo("a", b"bueno")
    repo.publicar(*TODOS)
    assert cliente.bajar("a") == 0
    servida = repo.objetivo("a", b"otro")
    repo.publicar(*TODOS)
    if malo is None:
        del repo.arbol[servida]
    else:
        repo.arbol[servida] = malo
    assert cliente.bajar("a") == 1
    assert cliente.bajados() == [b"bueno"]
    assert not list((cliente.carpeta / "m").glob("tmp*"))


def test_a6_a_target_beyond_our_bound_is_not_even_asked_for(cliente: Cliente) -> None:
    cliente.iniciar()
    cliente.repo.objetivo("a", b"x")
    cliente.repo.targets.targets["a"].length = LIMITES.manifest + 1
    cliente.repo.publicar(*TODOS)
    assert cliente.bajar("a") == 1
    assert not any(ruta.startswith("/targets/") for ruta in cliente.pedidas)


@pytest.mark.parametrize(
    ("delegaciones", "visita"),
    [
        pytest.param([("targets", "A"), ("targets", "B"), ("A", "C"), ("A", "D")], "ACDB", id="a-lo-hondo"),
        pytest.param([("targets", "A"), ("targets", "B"), ("A", "C!"), ("A", "D")], "AC", id="terminante"),
        pytest.param([("targets", "A!"), ("targets", "B")], "A", id="terminante-arriba"),
        pytest.param([("targets", "A?"), ("targets", "B"), ("A", "C")], "B", id="otra-ruta"),
        pytest.param([("targets", "A"), ("A", "B"), ("B", "A")], "AB", id="en-circulo"),
    ],
)
def test_delegated_roles_are_asked_for_in_the_order_of_the_specification(
    cliente: Cliente, delegaciones: list[tuple[str, str]], visita: str
) -> None:
    repo = cliente.repo
    cliente.iniciar()
    for de, marcado in delegaciones:
        rutas = ["*.py"] if marcado.endswith("?") else ["*"]
        llave = repo.firmantes.get(marcado[0], [None])[0]
        repo.delegar(de, marcado[0], llave=llave, terminating=marcado.endswith("!"), paths=rutas)
    delegados = {marcado[0] for _, marcado in delegaciones}
    repo.publicar(*sorted(delegados), *TODOS)
    assert cliente.bajar("no-existe") == 1
    assert cliente.pedidas[4:] == [f"2.{rol}.json" for rol in visita]


def test_a8_a_role_speaks_only_of_the_paths_given_to_it(cliente: Cliente) -> None:
    repo = cliente.repo
    cliente.iniciar()
    repo.delegar("targets", "A", paths=["simulacro/*"])
    repo.objetivo("simulacro/1", b"suyo", de="A")
    repo.objetivo("oficial/1", b"ajeno", de="A")
    repo.publicar("A", *TODOS)
    assert cliente.bajar("simulacro/1") == 0
    assert cliente.bajar("oficial/1") == 1
    assert cliente.bajados() == [b"suyo"]


def test_a18_a_role_reached_by_two_ways_is_verified_by_each(cliente: Cliente) -> None:
    """A's C is of another key than B's: what B's C signs must not pass as A's."""
    repo = cliente.repo
    cliente.iniciar()
    repo.delegar("targets", "A", paths=["a/*"])
    repo.delegar("targets", "B", paths=["b/*"])
    repo.delegar("B", "C", llave=LLAVES[1])
    repo.delegar("A", "C", llave=LLAVES[2])
    repo.objetivo("a/1", b"falso", de="C")
    repo.objetivo("b/1", b"de B", de="C")
    repo.publicar("C", "A", "B", *TODOS)
    assert cliente.bajar("b/1") == 0
    assert cliente.bajar("a/1") == 1
    assert cliente.bajados() == [b"de B"]


@pytest.mark.parametrize("rol", ["?", "#", "/rol", "../rol", "../../rol", "..", "a b", "ñ", "%2e%2e%2frol"])
def test_a16_no_name_of_a_role_leaves_the_folder(cliente: Cliente, rol: str) -> None:
    cliente.iniciar()
    cliente.refrescar()
    fuera = {ruta for ruta in cliente.carpeta.rglob("*") if ruta.parent.name != "m"}
    cliente.repo.delegar("targets", rol)
    cliente.repo.publicar(rol, *TODOS)
    assert cliente.bajar("no-existe") == 1
    assert cliente.pedidas[-1] == f"2.{quote(rol, '')}.json"
    assert {ruta for ruta in cliente.carpeta.rglob("*") if ruta.parent.name != "m"} == fuera
    assert len(cliente.guardado()) == 5


@pytest.mark.parametrize("ruta", ["../../fuera", "/etc/fuera", "..", "a/../../fuera", "%2e%2e/fuera"])
def test_a16_no_name_of_a_target_leaves_the_folder(cliente: Cliente, ruta: str) -> None:
    cliente.iniciar()
    cliente.repo.objetivo(ruta, b"x")
    cliente.repo.publicar(*TODOS)
    cliente.bajar(ruta)
    assert all(archivo.name == quote(ruta, "") for archivo in (cliente.carpeta / "t").rglob("*"))
    assert not list(cliente.carpeta.rglob("fuera"))


# The transport: what a sick or hostile server does.


@pytest.mark.parametrize(
    "truco", [Truco.SIN_FIN, Truco.REDIRIGIR, Truco.CODIFICAR, Truco.CAER, Truco.VOLTEAR]
)
@pytest.mark.parametrize(
    "en", ["/metadata/2.root.json", "/metadata/timestamp.json", "/metadata/2.targets.json"]
)
def test_a6_a_lying_server_is_refused_and_the_trusted_state_stays(
    cliente: Cliente, truco: Truco, en: str
) -> None:
    cliente.iniciar()
    assert cliente.refrescar() == 0
    cliente.repo.publicar("root", *TODOS)
    cliente.repo.servidor.truco, cliente.repo.servidor.en = truco, en
    assert cliente.refrescar() == 1
    cliente.repo.servidor.truco = Truco.NINGUNO
    assert cliente.refrescar() == 0
    assert cliente.versiones() == dict.fromkeys(("root", *TODOS), 2)


@pytest.mark.parametrize("en", ["/metadata/2.root.json", "/metadata/timestamp.json", "/targets/"])
def test_a7_a_drip_ends_at_the_deadline_of_the_whole_command(
    cliente: Cliente, monkeypatch: pytest.MonkeyPatch, en: str
) -> None:
    monkeypatch.setattr(conformidad, "LIMITES", replace(LIMITES, plazo_metadatos=1.0))
    repo = cliente.repo
    cliente.iniciar()
    repo.objetivo("a", bytes(1000))
    repo.publicar("root", *TODOS)
    repo.servidor.truco, repo.servidor.en = Truco.GOTEAR, en
    inicio = time.monotonic()
    assert cliente.bajar("a") == 1
    assert time.monotonic() - inicio < 5
    assert cliente.bajados() == []


@pytest.mark.full
@pytest.mark.timeout(200)
@pytest.mark.parametrize("en", ["/metadata/timestamp.json", "/targets/"])
def test_a7_one_byte_per_second_fails_within_ninety_seconds(cliente: Cliente, en: str) -> None:
    repo = cliente.repo
    cliente.iniciar()
    repo.objetivo("a", bytes(1000))
    repo.publicar(*TODOS)
    repo.servidor.truco, repo.servidor.en, repo.servidor.gota = Truco.GOTEAR, en, 1.0
    inicio = time.monotonic()
    hecho = programa(
        *("--metadata-dir", str(cliente.carpeta / "m"), "--metadata-url", f"{repo.servidor.url}/metadata"),
        *("--target-name", "a", "--target-dir", str(cliente.carpeta / "t")),
        *("--target-base-url", f"{repo.servidor.url}/targets", "download"),
    )
    assert hecho.returncode == 1
    assert "SlowRetrievalError" in hecho.stderr
    assert 60 < time.monotonic() - inicio <= 90


# The command line itself.


def programa(*argumentos: str) -> subprocess.CompletedProcess[str]:
    orden = [sys.executable, "-m", "pregon.testing.conformidad", *argumentos]
    return subprocess.run(orden, capture_output=True, text=True, check=False, timeout=120)


def test_it_runs_as_the_program_that_the_suite_starts(cliente: Cliente) -> None:
    repo, url = cliente.repo, cliente.repo.servidor.url
    (cliente.carpeta / "inicial.json").write_bytes(repo.raiz)
    repo.objetivo("a", b"uno")
    repo.publicar(*TODOS)
    metadatos = ["--metadata-dir", str(cliente.carpeta / "m")]
    objetivo = ["--target-name", "a", "--target-dir", str(cliente.carpeta / "t")]
    hechos = [
        programa(*metadatos, "init", str(cliente.carpeta / "inicial.json")),
        programa("--metadata-url", f"{url}/metadata", *metadatos, "refresh"),
        programa(
            *metadatos,
            "--metadata-url",
            f"{url}/metadata",
            *objetivo,
            "--target-base-url",
            f"{url}/targets",
            "download",
        ),
    ]
    assert [hecho.returncode for hecho in hechos] == [0, 0, 0]
    assert hashlib.sha256(cliente.bajados()[0]).digest() == hashlib.sha256(b"uno").digest()


@pytest.mark.parametrize(
    "argumentos",
    [
        [],
        ["init"],
        ["--metadata-dir", "x", "otra"],
        ["--metadata-dir", "no-hay", "--metadata-url", "http://127.0.0.1:9/m", "refresh"],
        ["--metadata-dir", "no-hay", "refresh"],
        ["--metadata-dir", "no-hay", "--metadata-url", "file:///etc", "refresh"],
        ["--metadata-dir", "no-hay", "init", "no-hay.json"],
        ["--metadata-dir", "no-hay", "--metadata-url", "http://127.0.0.1:9/m", "download"],
    ],
)
def test_a_wrong_call_exits_with_one_and_no_traceback(
    argumentos: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert conformidad.main(argumentos) == 1


def test_d12_targets_of_another_server_are_not_asked_for(cliente: Cliente) -> None:
    cliente.iniciar()
    resto = ["--metadata-url", f"{cliente.repo.servidor.url}/metadata", "--target-name", "a"]
    destino = ["--target-dir", str(cliente.carpeta / "t"), "--target-base-url", "http://127.0.0.1:9/t"]
    assert cliente._orden(*resto, *destino, "download") == 1
    assert cliente.pedidas == []
