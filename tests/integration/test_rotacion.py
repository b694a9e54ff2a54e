"""Keys are replaced while the night runs: origin and nodes go on, the thief does not (A5, A11, A12, A13)."""

import contextlib
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from securesystemslib.signer import Signature
from tuf.api.exceptions import RepositoryError
from tuf.api.metadata import Metadata, MetaFile, Root, Snapshot, TargetFile, Targets, Timestamp

from pregon.cli import main
from pregon.errors import ErrorDeConfianza, ErrorDeConfiguracion, ErrorDeOperacion
from pregon.node import cliente, config, nodo
from pregon.node.config import ConfigPar
from pregon.node.nodo import Nodo
from pregon.node.par import Par
from pregon.node.receive import Recibido, Resultado, recibir
from pregon.origin import custodia, llaves, raices
from pregon.origin.repositorio import Repositorio
from pregon.paquete import prueba
from pregon.paquete.manifest import huella
from pregon.testing.custodios import cambiar, rotar
from pregon.testing.nodo import escribir_nodo
from pregon.testing.origen import ROL, OrigenDePrueba
from pregon.transport.carpeta import CarpetaFetcher

EN_LINEA = ("snapshot", "timestamp", ROL)
LEJOS = 2**53 - 1
"""The highest version that every client of TUF can read."""


@pytest.fixture
def base(origen: OrigenDePrueba) -> Path:
    """The institute's folder."""
    return origen.raiz.parent


@contextlib.contextmanager
def _nodos(origen: OrigenDePrueba, carpeta: Path, cuantos: int) -> Iterator[list[Nodo]]:
    with contextlib.ExitStack() as pila:
        rutas = [escribir_nodo(carpeta / f"nodo-{n}", origen.raiz, rol=ROL) for n in range(cuantos)]
        yield [
            pila.enter_context(nodo.abrir(config.leer(r.read_text(encoding="utf-8"), archivo=r)))
            for r in rutas
        ]


@pytest.fixture
def propio(origen: OrigenDePrueba, tmp_path: Path) -> Iterator[Nodo]:
    with _nodos(origen, tmp_path, 1) as (uno,):
        yield uno


def _ronda(uno: Nodo) -> Recibido:
    return recibir(uno, CarpetaFetcher(uno.config.buzon, buzon=True), ahora=datetime.now(UTC))


def _entregar(origen: OrigenDePrueba, *nodos: Nodo) -> list[Recibido]:
    for uno in nodos:
        origen.entregar(uno.config.buzon)
    return [_ronda(uno) for uno in nodos]


def _raiz(uno: Nodo) -> int:
    return Metadata[Root].from_bytes((uno.tuf / "root.json").read_bytes()).signed.version


def _actos(uno: Nodo) -> set[str]:
    return {asiento.acto for asiento in uno.bitacora.leer()}


def test_a13_a_rotation_in_the_night_reaches_twelve_nodes_without_a_restart(
    origen: OrigenDePrueba, base: Path, tmp_path: Path
) -> None:
    """Every key is replaced, custodians included, between two cortes; three nodes miss it all."""
    with _nodos(origen, tmp_path, 12) as nodos:
        presentes, ausentes = nodos[:9], nodos[9:]
        origen.publicar(1)
        assert {r.resultado for r in _entregar(origen, *nodos)} == {Resultado.ACTIVADO}
        cadena, nuevas = cambiar(
            base, en_linea=EN_LINEA[:2], roles=[ROL], custodios={"root-3": None, "carla": custodia.nueva()}
        )
        llaves.instalar(base, cadena, nuevas)

        origen.publicar(2)  # the same object as before: nothing was opened again
        assert {r.corte for r in _entregar(origen, *presentes)} == {2}
        assert {_raiz(uno) for uno in presentes} == {2}
        origen.publicar(6)
        assert {r.corte for r in _entregar(origen, *ausentes)} == {6}

        assert {_raiz(uno) for uno in nodos} == {2}
        assert set().union(*map(_actos, nodos)) == {"activado", "llave sustituida"}


def test_a13_three_rotations_missed_are_caught_up_at_once(
    origen: OrigenDePrueba, base: Path, propio: Nodo
) -> None:
    origen.publicar(1)
    _entregar(origen, propio)
    for nombre in EN_LINEA:
        rotar(base, nombre)
        origen.latido()
    origen.publicar(2)

    assert _entregar(origen, propio) == [Recibido(resultado=Resultado.ACTIVADO, corte=2)]
    assert _raiz(propio) == 3
    assert _actos(propio) == {"activado", "llave sustituida"}


def test_a13_what_a_revoked_key_signs_is_refused(origen: OrigenDePrueba, base: Path, propio: Nodo) -> None:
    origen.publicar(1)
    ladron = _robado(base)
    rotar(base, *EN_LINEA)
    origen.latido()
    _entregar(origen, propio)
    ladron.publicar(2, archivos={"corte.json": b"{}", "index.html": b"falso"})

    ladron.entregar(propio.config.buzon)
    with pytest.raises(ErrorDeConfianza):
        _ronda(propio)

    assert propio.releases.activo() == 1
    origen.publicar(2)
    with pytest.raises(ErrorDeConfianza, match="no dan la raíz firmada"):
        _entregar(origen, propio)  # his entry of the log lies there under the name of ours, as long as ours
    assert _entregar(origen, propio)[0].corte == 2


def test_a13_the_key_of_a_replaced_custodian_signs_no_further_root(base: Path) -> None:
    cadena, nuevas = cambiar(base, custodios={"root-3": None, "carla": custodia.nueva()})
    llaves.instalar(base, cadena, nuevas)

    nueva, _ = cambiar(base, en_linea=["timestamp"], firman=("root-1", "root-3"))

    assert [p.faltan for p in raices.pendientes(nueva)] == [1]
    with pytest.raises(ErrorDeConfianza, match="falta 1 firma"):
        llaves.instalar(base, nueva, {})


def _robado(base: Path) -> OrigenDePrueba:
    """Return the copy of whoever took the origin's whole machine: its online keys and its repository."""
    botin = base.parent / "botin"
    shutil.copytree(base, botin)
    for custodio in botin.glob("llaves/root-*.pem"):
        custodio.unlink()
    return OrigenDePrueba.reabierto(botin)


def _adelantar(ladron: OrigenDePrueba, *roles: str) -> None:
    """Sign the metadata of these roles, and what stands above them, with the highest version there is."""
    metadatos = ladron.repositorio.carpeta / "metadata"
    timestamp = Metadata[Timestamp].from_bytes((metadatos / "timestamp.json").read_bytes())
    snapshot = Metadata[Snapshot].from_bytes(
        (metadatos / f"{timestamp.signed.snapshot_meta.version}.snapshot.json").read_bytes()
    )
    if ROL in roles:
        version = snapshot.signed.meta[f"{ROL}.json"].version
        delegado = Metadata[Targets].from_bytes((metadatos / f"{version}.{ROL}.json").read_bytes())
        delegado.signed.version = LEJOS
        delegado.sign(ladron.llaves.delegado)
        delegado.to_file(str(metadatos / f"{LEJOS}.{ROL}.json"))
        meta = snapshot.signed.meta[f"{ROL}.json"]
        meta.version, meta.length, meta.hashes = LEJOS, None, None
    if {ROL, "snapshot"} & set(roles):
        snapshot.signed.version = LEJOS
        snapshot.sign(ladron.llaves.snapshot)
        snapshot.to_file(str(metadatos / f"{LEJOS}.snapshot.json"))
        meta = timestamp.signed.snapshot_meta
        meta.version, meta.length, meta.hashes = LEJOS, None, None
    timestamp.signed.version = LEJOS
    timestamp.sign(ladron.llaves.timestamp)
    timestamp.to_file(str(metadatos / "timestamp.json"))


def _nombrar(ladron: OrigenDePrueba, keyid: str) -> None:
    """Put beside the thief's signature one that is none, under the name of another key."""
    metadatos = ladron.repositorio.carpeta / "metadata"
    timestamp = Metadata[Timestamp].from_bytes((metadatos / "timestamp.json").read_bytes())
    ruta = metadatos / f"{timestamp.signed.snapshot_meta.version}.snapshot.json"
    snapshot = Metadata[Snapshot].from_bytes(ruta.read_bytes())
    meta = snapshot.signed.meta[f"{ROL}.json"]
    delegado = Metadata[Targets].from_bytes((metadatos / f"{meta.version}.{ROL}.json").read_bytes())
    delegado.signatures[keyid] = Signature(keyid, "00" * 64)
    delegado.to_file(str(metadatos / f"{meta.version}.{ROL}.json"))
    for firmado, cual in ((snapshot, meta), (timestamp, timestamp.signed.snapshot_meta)):
        cual.length, cual.hashes = None, None
        firmado.sign(ladron.llaves.snapshot if firmado is snapshot else ladron.llaves.timestamp)
    snapshot.to_file(str(ruta))
    timestamp.to_file(str(metadatos / "timestamp.json"))


@pytest.mark.parametrize("rol", ["timestamp", "snapshot", ROL])
def test_a5_versions_pushed_to_the_ceiling_are_freed_by_a_new_root(
    origen: OrigenDePrueba, base: Path, propio: Nodo, rol: str
) -> None:
    origen.publicar(1)
    ladron = _robado(base)
    _adelantar(ladron, rol)
    shutil.copytree(ladron.repositorio.carpeta, propio.config.buzon, dirs_exist_ok=True)
    assert _ronda(propio).resultado is Resultado.ACTIVADO
    origen.publicar(2)
    origen.entregar(propio.config.buzon)
    with pytest.raises(ErrorDeConfianza):
        _ronda(propio)

    rotar(base, *EN_LINEA)
    origen.latido()

    assert _entregar(origen, propio)[0].corte == 2
    origen.publicar(3)
    assert _entregar(origen, propio)[0].corte == 3


@pytest.mark.parametrize("numero", [3, 9, 143])
def test_a5_a_thiefs_corte_goes_and_true_numbers_go_on(
    origen: OrigenDePrueba, base: Path, propio: Nodo, numero: int
) -> None:
    """He signs a false corte that a node must believe; when custodians replace the keys, it is gone."""
    for bueno in (1, 2):
        origen.publicar(bueno)
        _entregar(origen, propio)
    ladron = _robado(base)
    ladron.publicar(numero, archivos={"corte.json": b"{}", "index.html": b"falso"})
    ladron.entregar(propio.config.buzon)
    assert _ronda(propio).corte == numero

    rotar(base, *EN_LINEA)
    origen.latido()

    assert [r.corte for r in _entregar(origen, propio)] == [2]
    assert propio.releases.numeros() == (1, 2)
    origen.publicar(3)
    assert [r.corte for r in _entregar(origen, propio)] == [3]
    activo = propio.activo()
    assert activo is not None
    assert b"falso" not in (activo.carpeta / "index.html").read_bytes()
    assert {"llave sustituida", "registro sustituido"} <= _actos(propio)


def test_a5_a_node_that_slept_through_the_theft_and_its_end_catches_up(
    origen: OrigenDePrueba, base: Path, tmp_path: Path
) -> None:
    origen.publicar(1)
    ladron = _robado(base)
    with _nodos(origen, tmp_path, 1) as (uno,):
        _entregar(origen, uno)
        ladron.publicar(50)
        ladron.entregar(uno.config.buzon)
        _ronda(uno)
        configuracion = uno.config
    rotar(base, *EN_LINEA)
    for numero in (2, 3, 4, 5, 6):
        origen.publicar(numero)

    with nodo.abrir(configuracion) as uno:
        assert uno.releases.activo() == 50
        assert _entregar(origen, uno)[0].corte == 6
        assert uno.releases.numeros() == (1, 6)


def test_a5_a_number_that_was_only_announced_is_freed_too(
    origen: OrigenDePrueba, base: Path, tmp_path: Path
) -> None:
    """The thief's corte never came whole, the node was restarted, and its mark is what was announced."""
    origen.publicar(1)
    ladron = _robado(base)
    with _nodos(origen, tmp_path, 1) as (uno,):
        _entregar(origen, uno)
        configuracion = uno.config
        ladron.publicar(50, archivos={"corte.json": b"{}", "index.html": b"falso"})
        ladron.entregar(configuracion.buzon)
        (configuracion.buzon / "objetos" / huella(b"falso")[:2] / huella(b"falso")).unlink()
        assert _ronda(uno).resultado is Resultado.PENDIENTE
    rotar(base, *EN_LINEA)
    origen.publicar(2)

    with nodo.abrir(configuracion) as uno:
        assert uno.estado.marca is not None
        assert uno.estado.marca.numero == 50
        assert _entregar(origen, uno)[0].corte == 2


def test_a5_a_thiefs_corte_that_is_no_longer_listed_goes_by_the_log(
    origen: OrigenDePrueba, base: Path, propio: Nodo
) -> None:
    """He diverted one node; until custodians met, the institute published more cortes than are listed."""
    origen.publicar(1)
    _entregar(origen, propio)
    ladron = _robado(base)
    ladron.publicar(2, archivos={"corte.json": b"{}", "index.html": b"falso"})
    ladron.entregar(propio.config.buzon)
    assert _ronda(propio).corte == 2
    for numero in range(2, 8):
        origen.publicar(numero)

    rotar(base, *EN_LINEA)
    origen.publicar(8)

    _entregar(origen, propio)  # the entries that the thief left are dropped; the next delivery has them
    assert [r.corte for r in _entregar(origen, propio)] == [8]
    assert propio.releases.numeros() == (1, 8)


def test_a5_a_thiefs_corte_holds_the_other_node_of_the_address_no_longer(
    origen: OrigenDePrueba, base: Path, propio: Nodo
) -> None:
    """What a node says that it has ready makes its peer retire: both would, until the next corte."""
    origen.publicar(1)
    _entregar(origen, propio)
    ladron = _robado(base)
    ladron.publicar(143)
    ladron.entregar(propio.config.buzon)
    _ronda(propio)
    propio.par = Par(ConfigPar(url="http://127.0.0.1:9", principal=True), propio.releases.activo)
    propio.par.turno(143, segundos=0)

    rotar(base, *EN_LINEA)
    origen.latido()
    _entregar(origen, propio)

    assert (propio.par.senas().activo, propio.par.senas().listo) == (1, 1)


def test_a5_a_node_restarted_before_the_next_true_corte_shows_the_last_true_one(
    origen: OrigenDePrueba, base: Path, tmp_path: Path
) -> None:
    origen.publicar(1)
    with _nodos(origen, tmp_path, 1) as (uno,):
        configuracion = uno.config
        _entregar(origen, uno)
        ladron = _robado(base)
        ladron.publicar(143)
        ladron.entregar(uno.config.buzon)
        _ronda(uno)
        rotar(base, *EN_LINEA)
        origen.publicar(2)
        shutil.rmtree(uno.config.buzon)
        origen.entregar(uno.config.buzon)
        shutil.rmtree(uno.config.buzon / "objetos")
        shutil.rmtree(uno.config.buzon / "deltas", ignore_errors=True)
        assert _ronda(uno).resultado is Resultado.PENDIENTE
        assert uno.releases.activo() == 1

    with nodo.abrir(configuracion) as uno:
        assert uno.releases.activo() == 1


def test_a5_the_witness_outside_the_folder_forgets_the_thiefs_number_too(
    origen: OrigenDePrueba, base: Path, tmp_path: Path
) -> None:
    """He published so many cortes that no true one was kept."""
    ruta = escribir_nodo(tmp_path / "nodo", origen.raiz, rol=ROL)
    ruta.write_text(f'testigo = "../testigo.json"\n{ruta.read_text(encoding="utf-8")}', encoding="utf-8")
    configuracion = config.leer(ruta.read_text(encoding="utf-8"), archivo=ruta)
    with nodo.abrir(configuracion) as uno:
        origen.publicar(1)
        _entregar(origen, uno)
        ladron = _robado(base)
        for numero in range(101, 114):
            ladron.publicar(numero)
            ladron.entregar(configuracion.buzon)
            _ronda(uno)
        rotar(base, *EN_LINEA)
        origen.latido()
        shutil.rmtree(configuracion.buzon)
        origen.entregar(configuracion.buzon)
        shutil.rmtree(configuracion.buzon / "objetos")
        assert _ronda(uno).resultado is Resultado.PENDIENTE

    with nodo.abrir(configuracion) as uno:
        assert uno.estado.marca is not None
        assert uno.estado.marca.numero == 1  # announced
        assert _entregar(origen, uno)[0].corte == 1


def test_a5_a_false_signature_in_the_name_of_the_new_key_saves_no_corte(
    origen: OrigenDePrueba, base: Path, propio: Nodo
) -> None:
    """The new key is public before the last node has it: the thief names it beside his own."""
    origen.publicar(1)
    _entregar(origen, propio)
    ladron = _robado(base)
    rotar(base, *EN_LINEA)
    origen.latido()
    ladron.publicar(50, archivos={"corte.json": b"{}", "index.html": b"falso"})
    _nombrar(ladron, llaves.abrir(base, rol=ROL).delegado.public_key.keyid)
    ladron.entregar(propio.config.buzon)
    assert _ronda(propio).corte == 50

    assert [r.corte for r in _entregar(origen, propio)] == [1]
    assert propio.releases.numeros() == (1,)


def test_an_ordinary_rotation_keeps_every_corte_and_its_number(
    origen: OrigenDePrueba, base: Path, propio: Nodo
) -> None:
    for numero in range(1, 6):
        origen.publicar(numero)
        _entregar(origen, propio)

    rotar(base, ROL)
    origen.latido()

    assert _entregar(origen, propio)[0].corte == 5
    assert propio.releases.numeros() == (1, 2, 3, 4, 5)
    origen.publicar(6)
    assert _entregar(origen, propio)[0].corte == 6


@pytest.mark.parametrize("firman", ["root", "targets", ROL])
def test_a12_stolen_online_keys_sign_only_what_is_theirs(
    origen: OrigenDePrueba, base: Path, propio: Nodo, firman: str
) -> None:
    """With snapshot and timestamp alone, not even the role's; with all three, neither root nor targets."""
    origen.publicar(1)
    _entregar(origen, propio)
    antes = propio.releases.activo(), _raiz(propio), (propio.tuf / "targets.json").read_bytes()
    ladron = _robado(base)
    _forjar(ladron, firman)
    shutil.copytree(ladron.repositorio.carpeta, propio.config.buzon, dirs_exist_ok=True)

    with pytest.raises(ErrorDeConfianza):
        _ronda(propio)

    assert (propio.releases.activo(), _raiz(propio), (propio.tuf / "targets.json").read_bytes()) == antes
    # All that he reached is to freeze; new keys end it.
    rotar(base, *EN_LINEA)
    origen.publicar(2)
    assert _entregar(origen, propio)[0].corte == 2


def _forjar(ladron: OrigenDePrueba, rol: str) -> None:
    """Sign what is not his with what he has, and all that stands above it as it must be."""
    metadatos, suyas = ladron.repositorio.carpeta / "metadata", ladron.llaves
    nombre = f"1.{rol}.json"
    forjado = Metadata.from_bytes((metadatos / nombre).read_bytes())
    forjado.signed.version = 2
    forjado.signatures.clear()
    for firmante in (suyas.snapshot, suyas.timestamp) if rol == ROL else (suyas.snapshot, suyas.delegado):
        forjado.sign(firmante, append=True)
    forjado.to_file(str(metadatos / f"2.{rol}.json"))
    if rol == "root":
        return
    snapshot = Metadata[Snapshot].from_bytes((metadatos / "1.snapshot.json").read_bytes())
    snapshot.signed.meta[f"{rol}.json"] = MetaFile(2)
    snapshot.signed.version = 2
    snapshot.sign(suyas.snapshot)
    snapshot.to_file(str(metadatos / "2.snapshot.json"))
    timestamp = Metadata[Timestamp].from_bytes((metadatos / "timestamp.json").read_bytes())
    timestamp.signed.snapshot_meta, timestamp.signed.version = MetaFile(2), 2
    timestamp.sign(suyas.timestamp)
    timestamp.to_file(str(metadatos / "timestamp.json"))


def test_a12_the_key_of_one_role_reaches_no_other(origen: OrigenDePrueba, base: Path, tmp_path: Path) -> None:
    """The simulacro's key lists a corte of the official night: nobody who asks for it is sent there."""
    cadena, nuevas = cambiar(base, roles=["oficial"])
    llaves.instalar(base, cadena, nuevas)
    origen.publicar(1)
    metadatos = origen.repositorio.carpeta / "metadata"
    timestamp = Metadata[Timestamp].from_bytes((metadatos / "timestamp.json").read_bytes())
    ruta = metadatos / f"1.{ROL}.json"
    delegado = Metadata[Targets].from_bytes(ruta.read_bytes())
    delegado.signed.targets["oficial/1/manifest"] = TargetFile.from_data(
        "oficial/1/manifest", b"{}", ["sha256"]
    )
    delegado.sign(origen.llaves.delegado)
    delegado.to_file(str(ruta))
    snapshot = Metadata[Snapshot].from_bytes((metadatos / "1.snapshot.json").read_bytes())
    snapshot.signed.meta[f"{ROL}.json"] = MetaFile(1)
    snapshot.sign(origen.llaves.snapshot)
    snapshot.to_file(str(metadatos / "1.snapshot.json"))
    timestamp.signed.snapshot_meta = MetaFile(1)
    timestamp.sign(origen.llaves.timestamp)
    timestamp.to_file(str(metadatos / "timestamp.json"))
    fuente = CarpetaFetcher(origen.repositorio.carpeta)

    updater = cliente.abrir(tmp_path / "tuf", fuente, raiz=origen.raiz.read_bytes())
    updater.refresh()

    assert updater.get_targetinfo(f"{ROL}/1/manifest") is not None
    with pytest.raises(RepositoryError):
        updater.get_targetinfo("oficial/1/manifest")


def test_a13_proofs_of_before_a_rotation_still_hold(origen: OrigenDePrueba, base: Path) -> None:
    origen.publicar(1)
    vieja = (origen.repositorio.carpeta / "prueba.json").read_bytes()
    rotar(base, *EN_LINEA)
    origen.publicar(2)
    nueva = (origen.repositorio.carpeta / "prueba.json").read_bytes()

    raiz_1 = huella(origen.raiz.read_bytes())
    for datos, numero, raices_ in ((vieja, 1, 1), (nueva, 2, 2)):
        leida = prueba.leer(datos)
        verificada = prueba.verificar(leida, raiz=raiz_1, rol=ROL, ahora=datetime.now(UTC))
        assert (verificada.manifest.numero, verificada.autoria, len(leida.raices)) == (numero, True, raices_)


def test_a13_verificar_by_the_printed_huella_works_after_a_rotation(
    origen: OrigenDePrueba, base: Path, propio: Nodo, capsys: pytest.CaptureFixture[str]
) -> None:
    origen.publicar(1)
    _entregar(origen, propio)
    rotar(base, *EN_LINEA)
    origen.publicar(2)
    _entregar(origen, propio)
    activo = propio.activo()
    assert activo is not None

    codigo = main(["verificar", str(activo.carpeta), "--raiz", huella(origen.raiz.read_bytes())])

    assert codigo == 0, capsys.readouterr()


def test_a13_keys_and_roots_wait_until_the_next_signature(origen: OrigenDePrueba, base: Path) -> None:
    """What is delivered in between is of one moment, and verifies."""
    origen.publicar(1)
    rotar(base, *EN_LINEA)

    assert not any(p.ruta == "metadata/2.root.json" for p in origen.repositorio.piezas())
    Repositorio(base / "repositorio", llaves.abrir(base, rol=ROL), ROL)  # as a process that starts now
    leida = prueba.leer((base / "repositorio/prueba.json").read_bytes())
    prueba.verificar(leida, raiz=origen.raiz.read_bytes(), rol=ROL, ahora=datetime.now(UTC))

    origen.latido()
    assert any(p.ruta == "metadata/2.root.json" for p in origen.repositorio.piezas())


def test_replaced_online_keys_are_destroyed_and_those_of_custodians_are_not(base: Path) -> None:
    viejas = {ruta: ruta.read_bytes() for ruta in (base / "llaves").iterdir()}

    rotar(base, *EN_LINEA)

    nombres = {ruta.name for ruta in (base / "llaves").iterdir()}
    assert {f"{nombre}.pem" for nombre in EN_LINEA} & nombres == set()
    assert {"root-1.pem", "root-2.pem", "root-3.pem"} <= nombres
    assert len(nombres) == len(viejas)


@pytest.mark.parametrize(
    ("falta", "error"),
    [("timestamp", ErrorDeConfiguracion), (ROL, ErrorDeConfiguracion)],
)
def test_without_its_new_key_nothing_is_installed(
    origen: OrigenDePrueba, base: Path, falta: str, error: type[Exception]
) -> None:
    cadena, nuevas = cambiar(base, en_linea=["timestamp"], roles=[ROL])
    del nuevas[falta]

    with pytest.raises(error, match=f"falta la llave nueva de «{falta}»"):
        llaves.instalar(base, cadena, nuevas)

    assert not (base / "repositorio/metadata/2.root.json").exists()
    origen.publicar(1)


def test_a_key_that_is_not_the_one_named_is_not_installed(base: Path) -> None:
    cadena, _ = cambiar(base, en_linea=["timestamp"])

    with pytest.raises(ErrorDeConfiguracion, match="no es la que la raíz nombra"):
        llaves.instalar(base, cadena, {"timestamp": custodia.nueva()})


def test_an_older_or_foreign_chain_is_not_installed(base: Path, tmp_path: Path) -> None:
    primera = llaves.leer_cadena(base / "repositorio/metadata")
    ajena = OrigenDePrueba(tmp_path / "ajena")
    rotar(base, "timestamp")

    with pytest.raises(ErrorDeOperacion, match="más nuevas"):
        llaves.instalar(base, primera, {})
    with pytest.raises(ErrorDeConfianza, match="otra ceremonia"):
        llaves.instalar(base, llaves.leer_cadena(ajena.repositorio.carpeta / "metadata"), {})


def test_a14_the_origin_publishes_under_no_impossible_root(origen: OrigenDePrueba, base: Path) -> None:
    """All custodians signed it, by hand; the origin still refuses, and what is published stays."""
    origen.publicar(1)
    antes = (base / "repositorio/metadata/timestamp.json").read_bytes()
    root = Metadata[Root].from_bytes(origen.raiz.read_bytes())
    root.signed.version = 2
    root.signed.roles["snapshot"].threshold = 2
    root.signatures.clear()
    for n in (1, 2, 3):
        root.sign(custodia.abrir(base / f"llaves/root-{n}.pem", frase=None), append=True)
    (base / "repositorio/metadata/2.root.json").write_bytes(root.to_bytes())

    with pytest.raises(ErrorDeConfianza, match="«snapshot» pide 2 firmas de 1 llaves"):
        origen.latido()

    assert (base / "repositorio/metadata/timestamp.json").read_bytes() == antes


def test_one_root_two_nights_one_repository(tmp_path: Path) -> None:
    """A simulacro closes, valid past its retention; the official night begins short-lived after it (§28)."""
    ensayo = OrigenDePrueba(tmp_path / "instituto")
    cadena, nuevas = cambiar(tmp_path / "instituto", roles=["oficial"])
    llaves.instalar(tmp_path / "instituto", cadena, nuevas)
    ensayo.publicar(1)
    ensayo.repositorio.cerrar(ensayo.ahora + timedelta(days=30))
    oficial = OrigenDePrueba.reabierto(tmp_path / "instituto", rol="oficial")
    ruta = escribir_nodo(tmp_path / "nodo", ensayo.raiz, rol="oficial")

    with nodo.abrir(config.leer(ruta.read_text(encoding="utf-8"), archivo=ruta)) as uno:
        ensayo.entregar(uno.config.buzon)
        with pytest.raises(ErrorDeConfianza):  # by mistake, to whom waits for the election (A19)
            _ronda(uno)
        oficial.publicar(1)
        assert _entregar(oficial, uno) == [Recibido(resultado=Resultado.ACTIVADO, corte=1)]
        assert uno.estado.vence == oficial.ahora + timedelta(seconds=1800)
    marca = ensayo.repositorio.marca()
    assert marca is not None
    assert marca.numero == 1


def test_a3_a_simulacro_that_closes_beside_the_official_night_lends_it_no_long_life(tmp_path: Path) -> None:
    """*Antes de abrir* may be out for days while a last simulacro is held under the same root."""
    ensayo = OrigenDePrueba(tmp_path / "instituto")
    cadena, nuevas = cambiar(tmp_path / "instituto", roles=["oficial"])
    llaves.instalar(tmp_path / "instituto", cadena, nuevas)
    ensayo.publicar(1)
    oficial = OrigenDePrueba.reabierto(tmp_path / "instituto", rol="oficial")
    oficial.publicar(0)
    fin = ensayo.ahora + timedelta(days=30)
    ensayo.repositorio.cerrar(fin)
    puntero = ensayo.repositorio.carpeta / "metadata/timestamp.json"
    assert Metadata[Timestamp].from_bytes(puntero.read_bytes()).signed.expires == fin

    oficial.latido()

    vence = Metadata[Timestamp].from_bytes(puntero.read_bytes()).signed.expires
    assert vence == oficial.ahora + timedelta(seconds=1800)
    oficial.repositorio.cerrar(fin)
    oficial.latido()
    assert Metadata[Timestamp].from_bytes(puntero.read_bytes()).signed.expires == fin
