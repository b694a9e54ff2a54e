import json
import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from securesystemslib.signer import CryptoSigner
from tuf.api.metadata import Key, Metadata, Root

from pregon.errors import ErrorDeConfianza, Rechazado
from pregon.paquete import prueba as pruebas
from pregon.paquete.limites import Limites
from pregon.paquete.manifest import escribir, huella
from pregon.paquete.prueba import Prueba, Verificada
from pregon.testing.paquetes import ROL, noche, paquete


@dataclass(frozen=True)
class Noche:
    """A proof, the trusted root, and every private key: who attacks picks those that it stole."""

    prueba: Prueba
    raiz: bytes
    llaves: dict[str, CryptoSigner]
    ahora: datetime


@pytest.fixture(scope="module")
def buena(tmp_path_factory: pytest.TempPathFactory) -> Noche:
    carpeta = tmp_path_factory.mktemp("noche")
    noche(carpeta, cortes=4)
    raiz = (carpeta / "raiz.json").read_bytes()
    publicas = Metadata[Root].from_bytes(raiz).signed.keys
    targets = json.loads((carpeta / "repositorio/metadata/1.targets.json").read_bytes())
    publicas |= {
        keyid: Key.from_dict(keyid, crudo)
        for keyid, crudo in targets["signed"]["delegations"]["keys"].items()
    }
    return Noche(
        prueba=pruebas.leer((carpeta / "repositorio/prueba.json").read_bytes()),
        raiz=raiz,
        llaves={pem.stem: _abrir(pem, publicas) for pem in (carpeta / "llaves").iterdir()},
        ahora=datetime.now(UTC),
    )


def _abrir(pem: Path, publicas: dict[str, Key]) -> CryptoSigner:
    for publica in publicas.values():
        try:
            return CryptoSigner.from_priv_key_uri(f"file2:{pem}", publica)
        except ValueError:
            continue
    raise AssertionError(pem)


def _verificar(buena: Noche, prueba: Prueba | None = None, **otros: Any) -> Verificada:
    argumentos = {"raiz": buena.raiz, "rol": ROL, "ahora": buena.ahora, **otros}
    return pruebas.verificar(prueba or buena.prueba, **argumentos)


def _cambiada(buena: Noche, parte: str, datos: bytes) -> Prueba:
    cambio: dict[str, Any] = {parte: (datos,) if parte == "raices" else datos}
    return replace(buena.prueba, **cambio)


def _firmado(datos: bytes, cambia: Callable[[Any], object], *firmantes: CryptoSigner) -> bytes:
    """Change the signed part and sign it again with those keys only."""
    crudo = json.loads(datos)
    cambia(crudo["signed"])
    metadata: Metadata[Any] = Metadata.from_dict({"signed": crudo["signed"], "signatures": []})
    for firmante in firmantes:
        metadata.sign(firmante, append=True)
    return metadata.to_bytes()


def _nada(_: Any) -> None:
    """Sign again as it is."""


def _crudo(datos: bytes, cambia: Callable[[Any], object]) -> bytes:
    crudo = json.loads(datos)
    cambia(crudo)
    return json.dumps(crudo, sort_keys=True, separators=(",", ":")).encode()


def test_a_good_proof_tells_its_corte_authorship_and_freshness(buena: Noche) -> None:
    verificada = _verificar(buena)
    assert verificada.manifest.numero == 4
    assert verificada.sha256 == huella(buena.prueba.manifest)
    assert (verificada.autoria, verificada.vigente, verificada.rol) == (True, True, ROL)
    assert verificada.difusores == b'{"difusores":[]}'
    assert verificada.difusores_html == huella(b"<p>difusores")


def test_write_then_read_is_the_identity(buena: Noche) -> None:
    datos = pruebas.escribir(buena.prueba)
    assert pruebas.leer(datos) == buena.prueba
    assert pruebas.escribir(pruebas.leer(datos)) == datos


def test_the_root_may_be_given_by_its_huella(buena: Noche) -> None:
    assert _verificar(buena, raiz=huella(buena.raiz)).autoria
    assert _verificar(buena, raiz=huella(buena.raiz).upper()).autoria


def test_without_a_root_only_coherence_is_known(buena: Noche) -> None:
    assert not _verificar(buena, raiz=None).autoria


def test_a3_an_expired_proof_is_authentic_and_says_so(buena: Noche) -> None:
    verificada = _verificar(buena, ahora=buena.ahora + timedelta(days=3650))
    assert (verificada.autoria, verificada.vigente) == (True, False)
    assert buena.ahora < verificada.vence < buena.ahora + timedelta(minutes=2)


@pytest.mark.parametrize("raiz", ["0" * 64, "no es una huella", b"", b"{}"])
def test_a1_another_root_is_refused(buena: Noche, raiz: bytes | str) -> None:
    with pytest.raises(ErrorDeConfianza):
        _verificar(buena, raiz=raiz)


def test_a1_a_whole_forged_night_is_refused(buena: Noche, tmp_path: Path) -> None:
    noche(tmp_path, cortes=4)
    ajena = pruebas.leer((tmp_path / "repositorio/prueba.json").read_bytes())
    assert not _verificar(buena, ajena, raiz=None).autoria
    with pytest.raises(ErrorDeConfianza):
        _verificar(buena, ajena)
    with pytest.raises(ErrorDeConfianza):
        _verificar(buena, replace(ajena, raices=buena.prueba.raices))


def test_a19_a_rehearsal_is_not_the_election(buena: Noche) -> None:
    with pytest.raises(Rechazado, match="se esperaba «oficial»"):
        _verificar(buena, rol="oficial")


@pytest.mark.parametrize("parte", ["timestamp", "snapshot", "targets", "delegado", "manifest", "difusores"])
def test_a4_parts_of_two_proofs_do_not_mix(buena: Noche, tmp_path: Path, parte: str) -> None:
    repositorio = noche(tmp_path, cortes=4)
    ajena = pruebas.leer((repositorio.carpeta / "prueba.json").read_bytes())
    otra = getattr(ajena, parte)
    if parte in {"difusores", "manifest"}:
        otra += b" "
    with pytest.raises(ErrorDeConfianza):
        _verificar(buena, _cambiada(buena, parte, otra))


def test_a8_the_manifest_of_another_corte_is_refused(buena: Noche) -> None:
    with pytest.raises(ErrorDeConfianza):
        _verificar(buena, replace(buena.prueba, manifest=escribir(paquete(3)[0])))


def test_a21_the_list_of_difusores_cannot_be_left_out(buena: Noche) -> None:
    with pytest.raises(ErrorDeConfianza, match="difusores"):
        _verificar(buena, replace(buena.prueba, difusores=None))


@pytest.mark.parametrize(
    "ladron", [("root-1",), ("snapshot",), ("timestamp",), (ROL,), ("snapshot", "timestamp", ROL)]
)
def test_a11_keys_below_the_threshold_cannot_delegate(buena: Noche, ladron: tuple[str, ...]) -> None:
    firmantes = [buena.llaves[nombre] for nombre in ladron]
    targets = _firmado(buena.prueba.targets, lambda s: s.update(version=2), *firmantes)
    with pytest.raises(ErrorDeConfianza):
        _verificar(buena, replace(buena.prueba, targets=targets))


def test_a11_one_root_key_cannot_make_the_next_root(buena: Noche) -> None:
    raiz = _firmado(buena.raiz, lambda s: s.update(version=2), buena.llaves["root-1"])
    with pytest.raises(ErrorDeConfianza):
        _verificar(buena, replace(buena.prueba, raices=(buena.raiz, raiz)))


def test_a11_a_signature_repeated_counts_once(buena: Noche) -> None:
    def repite(crudo: Any) -> None:
        crudo["signatures"] = [crudo["signatures"][0]] * 2

    with pytest.raises(ErrorDeConfianza):
        _verificar(buena, replace(buena.prueba, targets=_crudo(buena.prueba.targets, repite)))


def test_a11_a_foreign_signature_beside_good_ones_is_refused(buena: Noche) -> None:
    metadata: Metadata[Any] = Metadata.from_bytes(buena.prueba.timestamp)
    metadata.sign(CryptoSigner.generate_ed25519(), append=True)
    with pytest.raises(ErrorDeConfianza, match="no es de su rol"):
        _verificar(buena, replace(buena.prueba, timestamp=metadata.to_bytes()))


def test_a12_the_keys_of_the_night_cannot_sign_for_another_role(buena: Noche) -> None:
    manifest, _ = paquete(9, rol="oficial")
    with pytest.raises(ErrorDeConfianza, match="nadie puede firmar"):
        _verificar(buena, replace(buena.prueba, manifest=escribir(manifest)), rol="oficial")


def _con_raiz(buena: Noche, cambia: Callable[[Any], object]) -> Prueba:
    """Return a proof whose next root was changed by all the custodians together."""

    def siguiente(firmado: Any) -> None:
        firmado["version"] = 2
        cambia(firmado)

    custodios = [buena.llaves[f"root-{n}"] for n in (1, 2, 3)]
    return replace(buena.prueba, raices=(buena.raiz, _firmado(buena.raiz, siguiente, *custodios)))


def test_a13_a_root_rotated_by_its_custodians_is_followed(buena: Noche) -> None:
    prueba = _con_raiz(buena, _nada)
    for raiz in (buena.raiz, huella(buena.raiz), huella(prueba.raices[1]), prueba.raices[1]):
        assert _verificar(buena, prueba, raiz=raiz).autoria
    assert _verificar(buena, replace(prueba, raices=prueba.raices[1:])).autoria


def test_a13_a_gap_in_the_roots_is_refused(buena: Noche) -> None:
    custodios = [buena.llaves[f"root-{n}"] for n in (1, 2, 3)]
    tercera = _firmado(buena.raiz, lambda s: s.update(version=3), *custodios)
    for raices in ((buena.raiz, tercera), (tercera,), (buena.raiz, buena.raiz)):
        with pytest.raises(ErrorDeConfianza):
            _verificar(buena, replace(buena.prueba, raices=raices))


@pytest.mark.parametrize("umbral", [0, -1, True, False, 2.0, 0.5, "1", None, 10**30, [1], {}])
@pytest.mark.parametrize("rol", ["root", "targets", "snapshot", "timestamp"])
def test_a14_an_impossible_threshold_is_refused(buena: Noche, rol: str, umbral: object) -> None:
    datos = _crudo(buena.raiz, lambda crudo: crudo["signed"]["roles"][rol].update(threshold=umbral))
    with pytest.raises(ErrorDeConfianza):
        _verificar(buena, replace(buena.prueba, raices=(datos,)), raiz=None)


def test_a14_a_threshold_of_one_by_name_true_is_refused_even_well_signed(buena: Noche) -> None:
    prueba = _con_raiz(buena, lambda s: s["roles"]["timestamp"].update(threshold=True))
    with pytest.raises(ErrorDeConfianza, match="umbral imposible"):
        _verificar(buena, prueba)


def test_a14_one_key_under_two_names_does_not_make_two(buena: Noche) -> None:
    def duplica(firmado: Any) -> None:
        keyid = firmado["roles"]["snapshot"]["keyids"][0]
        firmado["keys"]["f" * 64] = dict(firmado["keys"][keyid])
        firmado["roles"]["snapshot"].update(keyids=[keyid, "f" * 64], threshold=2)

    with pytest.raises(ErrorDeConfianza, match="repite una llave"):
        _verificar(buena, _con_raiz(buena, duplica))


@pytest.mark.parametrize("keyids", [["a", "a"], [], "abc", None, [1, 2], [None]])
def test_a14_impossible_keyids_are_refused(buena: Noche, keyids: object) -> None:
    datos = _crudo(buena.raiz, lambda crudo: crudo["signed"]["roles"]["timestamp"].update(keyids=keyids))
    with pytest.raises(ErrorDeConfianza):
        _verificar(buena, replace(buena.prueba, raices=(datos,)), raiz=None)


def test_a18_a_second_role_for_the_same_paths_is_not_asked(buena: Noche) -> None:
    """The first delegation wins and is verified with its own keys, as TUF's search does."""
    intruso = CryptoSigner.generate_ed25519()

    def mete(firmado: Any) -> None:
        delegaciones = firmado["delegations"]
        delegaciones["keys"][intruso.public_key.keyid] = intruso.public_key.to_dict()
        rol = {**delegaciones["roles"][0], "name": "aaa", "keyids": [intruso.public_key.keyid]}
        delegaciones["roles"].append(rol)

    custodios = [buena.llaves[f"root-{n}"] for n in (1, 2)]
    targets = _firmado(buena.prueba.targets, mete, *custodios)
    snapshot = _firmado(
        buena.prueba.snapshot,
        lambda s: s["meta"]["targets.json"].update(length=len(targets), hashes={"sha256": huella(targets)}),
        buena.llaves["snapshot"],
    )
    timestamp = _firmado(
        buena.prueba.timestamp,
        lambda s: s["meta"]["snapshot.json"].update(
            length=len(snapshot), hashes={"sha256": huella(snapshot)}
        ),
        buena.llaves["timestamp"],
    )
    con_dos = replace(buena.prueba, targets=targets, snapshot=snapshot, timestamp=timestamp)
    assert _verificar(buena, con_dos).rol == ROL
    ajeno = _firmado(buena.prueba.delegado, _nada, intruso)
    with pytest.raises(ErrorDeConfianza):
        _verificar(buena, replace(con_dos, delegado=ajeno))


def _refirmada(buena: Noche, **cambios: Callable[[Any], object]) -> Prueba:
    """Return a proof changed by the holders of all keys: `targets` or `delegado`, and what names them."""
    custodios = [buena.llaves["root-1"], buena.llaves["root-2"]]
    targets, delegado = buena.prueba.targets, buena.prueba.delegado
    if "targets" in cambios:
        targets = _firmado(targets, cambios["targets"], *custodios)
    if "delegado" in cambios:
        delegado = _firmado(delegado, cambios["delegado"], buena.llaves[ROL])

    def nombra(archivos: dict[str, bytes]) -> Callable[[Any], object]:
        nuevos = {n: {"length": len(d), "hashes": {"sha256": huella(d)}} for n, d in archivos.items()}
        return lambda firmado: [firmado["meta"][nombre].update(nuevo) for nombre, nuevo in nuevos.items()]

    metadatos = {"targets.json": targets, f"{ROL}.json": delegado}
    snapshot = _firmado(buena.prueba.snapshot, nombra(metadatos), buena.llaves["snapshot"])
    timestamp = _firmado(
        buena.prueba.timestamp, nombra({"snapshot.json": snapshot}), buena.llaves["timestamp"]
    )
    return replace(buena.prueba, targets=targets, delegado=delegado, snapshot=snapshot, timestamp=timestamp)


def test_what_all_keys_sign_together_is_believed(buena: Noche) -> None:
    assert _verificar(buena, _refirmada(buena, delegado=_nada, targets=_nada)).autoria


def test_a8_a_role_that_does_not_list_the_corte_proves_nothing(buena: Noche) -> None:
    prueba = _refirmada(buena, delegado=lambda s: s["targets"].pop(f"{ROL}/4/manifest"))
    with pytest.raises(ErrorDeConfianza, match="no firma"):
        _verificar(buena, prueba)


def test_a8_targets_must_delegate_and_not_list(buena: Noche) -> None:
    for cambio in (
        lambda s: s.pop("delegations"),
        lambda s: s["targets"].update({f"{ROL}/4/manifest": {"length": 1, "hashes": {"sha256": "0" * 64}}}),
    ):
        with pytest.raises(ErrorDeConfianza, match="no delega"):
            _verificar(buena, _refirmada(buena, targets=cambio))


def test_a12_a_role_of_another_name_cannot_sign_these_paths(buena: Noche) -> None:
    def renombra(firmado: Any) -> None:
        firmado["delegations"]["roles"][0]["name"] = "otro"

    def lista(firmado: Any) -> None:
        firmado["meta"]["otro.json"] = dict(firmado["meta"][f"{ROL}.json"])

    prueba = _refirmada(buena, targets=renombra)
    snapshot = _firmado(prueba.snapshot, lista, buena.llaves["snapshot"])
    nombra = {"length": len(snapshot), "hashes": {"sha256": huella(snapshot)}}
    timestamp = _firmado(
        prueba.timestamp, lambda s: s["meta"]["snapshot.json"].update(nombra), buena.llaves["timestamp"]
    )
    with pytest.raises(ErrorDeConfianza, match="«otro» firma un corte de"):
        _verificar(buena, replace(prueba, snapshot=snapshot, timestamp=timestamp))


def test_a8_one_kind_of_metadata_does_not_pass_for_another(buena: Noche) -> None:
    with pytest.raises(ErrorDeConfianza, match="se esperaba timestamp"):
        _verificar(buena, replace(buena.prueba, timestamp=buena.prueba.snapshot))


def test_without_any_root_nothing_is_verified(buena: Noche) -> None:
    with pytest.raises(ErrorDeConfianza, match="no trae raíz"):
        _verificar(buena, replace(buena.prueba, raices=()), raiz=None)


@pytest.mark.parametrize("espacio", [b" ", b"\n"])
def test_b5_a_proof_has_one_text(buena: Noche, espacio: bytes) -> None:
    with pytest.raises(ErrorDeConfianza, match="canónica"):
        pruebas.leer(pruebas.escribir(buena.prueba) + espacio)


@pytest.mark.parametrize("parte", ["timestamp", "snapshot", "targets", "delegado"])
@pytest.mark.parametrize(
    "datos",
    [
        b"", b"null", b"[]", b"{}", b"3", b'{"signed":{},"signatures":[]}', b"\xff", b"NaN",
        b"[" * 100_000, b'{"signed":' * 50_000, b'{"signed":{"_type":"root"},"signatures":[]}',
        b'{"signatures":[],"signed":{"_type":"timestamp","version":' + b"9" * 5_000 + b"}}",
        b'{"signatures":[],"signed":{"_type":"timestamp","version":"\\ud800"}}',
    ],
    ids=lambda d: ascii(d)[:36],
)  # fmt: skip
def test_a15_metadata_of_another_shape_is_refused(buena: Noche, parte: str, datos: bytes) -> None:
    with pytest.raises(ErrorDeConfianza):
        _verificar(buena, _cambiada(buena, parte, datos))


_VALORES: tuple[Any, ...] = (
    None,
    True,
    -1,
    0,
    1.5,
    "x",
    "",
    [],
    {},
    [[]],
    {"a": []},
    10**30,
    "\ud800",
    float("nan"),
)


@pytest.mark.parametrize("parte", ["raices", "timestamp", "snapshot", "targets", "delegado"])
def test_a15_any_value_replaced_anywhere_is_refused(buena: Noche, parte: str) -> None:
    """Every node of the JSON tree, by values of every type, unsigned: refused and never a crash."""
    original = buena.raiz if parte == "raices" else getattr(buena.prueba, parte)
    for camino in _caminos(json.loads(original)):
        for valor in _VALORES:
            datos = _reemplazado(original, camino, valor)
            if datos == original:
                continue
            with pytest.raises(ErrorDeConfianza):
                _verificar(buena, _cambiada(buena, parte, datos), raiz=None)


def _caminos(valor: Any, previo: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    hijos = valor.items() if isinstance(valor, dict) else enumerate(valor) if isinstance(valor, list) else ()
    return [previo] * bool(previo) + [c for clave, hijo in hijos for c in _caminos(hijo, (*previo, clave))]


def _reemplazado(datos: bytes, camino: tuple[Any, ...], valor: object) -> bytes:
    def cambia(crudo: Any) -> None:
        for clave in camino[:-1]:
            crudo = crudo[clave]
        crudo[camino[-1]] = valor

    return _crudo(datos, cambia)


@pytest.mark.parametrize("parte", ["timestamp", "snapshot", "targets", "delegado"])
def test_a15_a_stolen_key_cannot_crash_the_verifier(buena: Noche, parte: str) -> None:
    """The same values, now signed by the role's own keys; whoever holds them may say little or nothing."""
    nombres = {"delegado": (ROL,), "targets": ("root-1", "root-2")}.get(parte, (parte,))
    original = getattr(buena.prueba, parte)
    for camino in _caminos(json.loads(original)["signed"]):
        for valor in _VALORES:
            datos = _reemplazado(original, ("signed", *camino), valor)
            try:
                firmado = _firmado(datos, _nada, *(buena.llaves[n] for n in nombres))
            except Exception:  # noqa: BLE001 - python-tuf itself cannot express this value
                continue
            try:
                _verificar(buena, _cambiada(buena, parte, firmado))
            except ErrorDeConfianza:
                continue


@pytest.mark.parametrize(
    "datos",
    [
        b"", b"null", b"[]", b"{}", b"3", b"{" * 50_000, b"[" * 100_000, b'{"formato":1}', b"\xff\xfe\x00",
        b'{"formato":' + b"1" * 5_000 + b"}",
    ],
    ids=lambda d: ascii(d)[:30],
)  # fmt: skip
def test_a15_a_file_that_is_no_proof_is_refused(datos: bytes) -> None:
    with pytest.raises(ErrorDeConfianza):
        pruebas.leer(datos)


def test_a15_a_field_of_another_shape_is_refused(buena: Noche) -> None:
    original = json.loads(pruebas.escribir(buena.prueba))
    for campo in [*original, "de_mas"]:
        valores: tuple[Any, ...] = (3, True, [], {}, [1], ["x"] * 300, "\ud800")
        for valor in valores:
            datos = json.dumps({**original, campo: valor}, sort_keys=True, separators=(",", ":"))
            with pytest.raises(ErrorDeConfianza):
                _verificar(buena, pruebas.leer(datos.encode()))


def test_a6_a_proof_beyond_the_limits_is_refused(buena: Noche) -> None:
    datos = pruebas.escribir(buena.prueba)
    for limites in (Limites(prueba=100), Limites(metadatos=100), Limites(manifest=100), Limites(difusores=5)):
        with pytest.raises(ErrorDeConfianza):
            pruebas.leer(datos, limites)


def test_b5_every_flipped_bit_of_a_proof_is_refused(buena: Noche) -> None:
    """A bit in one byte of every seven, another start at each run, checked as `pregon verificar` does."""
    bueno = pruebas.escribir(buena.prueba)
    for lugar in range(random.randrange(7), len(bueno), 7):
        malo = bytearray(bueno)
        malo[lugar] ^= 1 << lugar % 8
        with pytest.raises(ErrorDeConfianza):
            _verificar(buena, pruebas.leer(bytes(malo)))
