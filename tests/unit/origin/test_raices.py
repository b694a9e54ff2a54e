"""The chain of roots and targets: who may sign, when it is complete, and what nobody may sign at all."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from securesystemslib.signer import CryptoSigner
from tuf.api.metadata import Metadata, Root

from pregon.errors import ErrorDeConfianza, ErrorDeConfiguracion, ErrorDeOperacion
from pregon.origin import custodia, raices
from pregon.origin.raices import Cadena, Cambios

VENCE = datetime(2027, 1, 31, tzinfo=UTC)
TRES = ("ana", "luis", "eva")
OTRAS = ("luisa", "carla", "oficial", "snapshot", "timestamp")
LLAVES = {nombre: custodia.nueva() for nombre in (*TRES, *OTRAS)}


def _firmantes(nombres: Sequence[str]) -> list[CryptoSigner]:
    return [LLAVES[nombre] for nombre in nombres]


def _fundar(custodios: Mapping[str, str] | None = None, *, umbral: int = 2, **en_linea: str) -> Cadena:
    custodios = custodios or {nombre: nombre for nombre in TRES}
    otras = {"snapshot": "snapshot", "timestamp": "timestamp"} | en_linea
    return raices.fundar(
        custodios={nombre: LLAVES[llave].public_key for nombre, llave in custodios.items()},
        umbral=umbral,
        roles={"oficial": LLAVES["oficial"].public_key},
        en_linea={nombre: LLAVES[llave].public_key for nombre, llave in otras.items()},
        vence=VENCE,
    )


@pytest.fixture
def cadena() -> Cadena:
    return raices.firmar(_fundar(), _firmantes(TRES))


def test_a_chain_signed_in_parts_is_complete_at_the_threshold() -> None:
    cadena = raices.firmar(_fundar(), _firmantes(["ana"]))
    assert [(p.nombre, p.faltan, p.de) for p in raices.pendientes(cadena)] == [
        ("1.root.json", 1, ("eva", "luis")),
        ("1.targets.json", 1, ("eva", "luis")),
    ]
    with pytest.raises(ErrorDeConfianza, match="le falta 1 firma"):
        raices.completa(cadena)

    cadena = raices.firmar(cadena, _firmantes(["eva"]))

    assert raices.pendientes(cadena) == ()
    assert raices.completa(cadena).root.version == 1


def test_what_is_complete_is_not_signed_again(cadena: Cadena) -> None:
    assert raices.firmar(cadena, _firmantes(TRES)) == cadena


def test_a11_one_custodian_twice_is_one() -> None:
    una = raices.firmar(_fundar(), _firmantes(["ana"]))

    assert raices.firmar(una, _firmantes(["ana", "ana"])) == una


def test_a11_a_stranger_signs_nothing() -> None:
    assert raices.firmar(_fundar(), _firmantes(["carla", "oficial"])) == _fundar()


def test_the_custodians_have_names(cadena: Cadena) -> None:
    assert {n: llave.keyid for n, llave in raices.custodios_de(cadena.root).items()} == {
        nombre: LLAVES[nombre].public_key.keyid for nombre in TRES
    }


@pytest.mark.parametrize("umbral", [0, -1, 4, True])
def test_a14_an_impossible_threshold_is_not_founded(umbral: int) -> None:
    with pytest.raises(ErrorDeConfiguracion, match="firmas de 3 llaves"):
        _fundar(umbral=umbral)


@pytest.mark.parametrize(
    ("custodios", "timestamp"),
    [
        ({"ana": "ana", "luis": "ana"}, "timestamp"),
        ({"ana": "ana", "luis": "luis"}, "snapshot"),
        ({"ana": "ana", "luis": "luis"}, "ana"),
        ({"ana": "ana", "luis": "luis"}, "oficial"),
    ],
    ids=["two custodians", "both online roles", "a custodian online", "the role"],
)
def test_a14_one_key_serves_one_role(custodios: Mapping[str, str], timestamp: str) -> None:
    with pytest.raises(ErrorDeConfiguracion, match="llave"):
        _fundar(custodios, timestamp=timestamp)


def _falsear(datos: bytes, cambiar: Any, firman: Sequence[str] = TRES) -> bytes:
    """Have the custodians sign what the tools would not let them sign."""
    crudo = json.loads(datos)
    cambiar(crudo["signed"])
    crudo["signatures"] = []
    metadata = Metadata[Root].from_bytes(json.dumps(crudo).encode())
    for firmante in _firmantes(firman):
        metadata.sign(firmante, append=True)
    return metadata.to_bytes()


def _con_otro_nombre(signed: dict[str, Any]) -> None:
    una, *_ = signed["roles"]["root"]["keyids"]
    signed["keys"]["f" * 64] = signed["keys"][una]
    signed["roles"]["timestamp"]["keyids"].append("f" * 64)


def _umbral(*, valor: object) -> Any:
    return lambda signed: signed["roles"]["snapshot"].update(threshold=valor)


@pytest.mark.parametrize(
    "cambio",
    [_con_otro_nombre, _umbral(valor=True), _umbral(valor=2), _umbral(valor=10**9)],
    ids=["twice", "bool", "2", "huge"],
)
def test_a14_such_a_root_is_not_believed_though_custodians_signed_it(cadena: Cadena, cambio: Any) -> None:
    mala = Cadena(raices=(_falsear(cadena.raices[0], cambio),), targets=cadena.targets)

    with pytest.raises(ErrorDeConfianza):
        raices.vigente(mala)


def test_a13_a_lost_custodian_is_replaced_by_those_that_remain(cadena: Cadena) -> None:
    cambios = Cambios(custodios={"eva": None, "carla": LLAVES["carla"].public_key})

    nueva = raices.firmar(raices.cambiar(cadena, cambios), _firmantes(["ana", "luis"]))

    fin = raices.completa(nueva)
    assert sorted(raices.custodios_de(fin.root)) == ["ana", "carla", "luis"]
    assert (fin.root.version, fin.targets.version) == (2, 2)
    assert not {LLAVES["eva"].public_key.keyid} & fin.root.keys.keys()


@pytest.mark.parametrize(
    ("firman", "entera"),
    [
        (["ana", "luis", "carla"], True),
        (["ana", "luis"], False),
        (["luis", "eva", "carla", "luisa"], True),
        (["luis", "eva", "carla"], False),
        (["ana", "carla", "luisa"], False),
        (["luisa", "carla"], False),
    ],
    ids=["both by one", "one new", "both apart", "too few new", "one old", "only new"],
)
def test_a11_old_and_new_thresholds_must_both_be_met(
    cadena: Cadena, firman: list[str], *, entera: bool
) -> None:
    """Luis changes his key and Carla replaces Eva."""
    cambios = Cambios(
        custodios={
            "eva": None,
            "luis": None,
            "luisa": LLAVES["luisa"].public_key,
            "carla": LLAVES["carla"].public_key,
        }
    )

    nueva = raices.firmar(raices.cambiar(cadena, cambios), _firmantes(firman))

    de_root = [p for p in raices.pendientes(nueva) if p.nombre == "2.root.json"]
    assert (de_root == []) is entera


def test_without_a_replacement_the_threshold_must_still_be_reached(cadena: Cadena) -> None:
    dos = raices.firmar(raices.cambiar(cadena, Cambios(custodios={"eva": None})), _firmantes(["ana", "luis"]))
    assert len(raices.custodios_de(raices.completa(dos).root)) == 2

    with pytest.raises(ErrorDeConfiguracion, match="quedarían 1 custodios y hacen falta 2 firmas"):
        raices.cambiar(dos, Cambios(custodios={"luis": None}))


def test_an_online_key_changes_only_the_root_and_a_role_only_targets(cadena: Cadena) -> None:
    otra = custodia.nueva().public_key

    de_root = raices.cambiar(cadena, Cambios(en_linea={"timestamp": otra}))
    de_targets = raices.cambiar(cadena, Cambios(roles={"simulacro-2026-05-17": otra}))

    assert (len(de_root.raices), len(de_root.targets)) == (2, 1)
    assert (len(de_targets.raices), len(de_targets.targets)) == (1, 2)
    assert sorted(de_targets.delegaciones) == ["oficial", "simulacro-2026-05-17"]


def test_a_role_can_be_retired_but_not_the_last(cadena: Cadena) -> None:
    dos = raices.cambiar(cadena, Cambios(roles={"simulacro-x": custodia.nueva().public_key}))
    dos = raices.firmar(dos, _firmantes(["ana", "luis"]))

    assert list(raices.cambiar(dos, Cambios(roles={"simulacro-x": None})).delegaciones) == ["oficial"]
    with pytest.raises(ErrorDeConfiguracion, match="ningún rol"):
        raices.cambiar(cadena, Cambios(roles={"oficial": None}))


def test_the_expiry_can_be_put_off(cadena: Cadena) -> None:
    despues = VENCE + timedelta(days=300)

    nueva = raices.firmar(raices.cambiar(cadena, Cambios(vence=despues)), _firmantes(["ana", "luis"]))

    fin = raices.completa(nueva)
    assert fin.root.expires == fin.targets.expires == despues


@pytest.mark.parametrize(
    ("cambios", "causa"),
    [
        (Cambios(), "no se dijo qué cambiar"),
        (Cambios(custodios={"nadie": None}), "«nadie» no es custodio"),
        (Cambios(roles={"simulacro-x": None}), "no hay un rol"),
    ],
)
def test_an_act_that_changes_nothing_is_refused(cadena: Cadena, cambios: Cambios, causa: str) -> None:
    with pytest.raises(ErrorDeOperacion, match=causa):
        raices.cambiar(cadena, cambios)


def test_one_act_at_a_time(cadena: Cadena) -> None:
    a_medias = raices.cambiar(cadena, Cambios(en_linea={"timestamp": custodia.nueva().public_key}))

    with pytest.raises(ErrorDeOperacion, match="aún no tiene todas sus firmas"):
        raices.cambiar(a_medias, Cambios(en_linea={"snapshot": custodia.nueva().public_key}))


def test_two_roots_of_one_chain_say_so(cadena: Cadena) -> None:
    dos = raices.cambiar(cadena, Cambios(en_linea={"timestamp": custodia.nueva().public_key}))
    dos = raices.firmar(dos, _firmantes(["ana", "luis"]))
    tres = raices.cambiar(dos, Cambios(en_linea={"timestamp": custodia.nueva().public_key}))
    tres = raices.firmar(tres, _firmantes(["eva", "luis"]))
    sola = Cadena(raices=tres.raices[2:], targets=())

    assert raices.encadenar(cadena, tres).version == 3
    assert raices.encadenar(Cadena(raices=tres.raices[1:2], targets=()), sola).version == 3
    with pytest.raises(ErrorDeConfianza, match="salta versiones"):
        raices.encadenar(cadena, sola)
    with pytest.raises(ErrorDeConfianza, match="dos raíces 1 distintas"):
        raices.encadenar(cadena, raices.firmar(_fundar(umbral=3), _firmantes(TRES)))
