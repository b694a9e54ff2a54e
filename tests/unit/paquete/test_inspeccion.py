import pytest

from pregon.errors import EXITO, SIN_AUTORIA, ErrorDeConfianza
from pregon.paquete.inspeccion import Hallazgo, Informe, causa, como_json, sello
from pregon.paquete.manifest import archivo
from pregon.testing.paquetes import paquete


def _informe(
    *,
    autoria: bool = True,
    alterados: tuple[Hallazgo, ...] = (),
    sobrantes: tuple[str, ...] = (),
    legible: bool = True,
) -> Informe:
    return Informe(
        manifest=paquete(1)[0] if legible else None,
        sha256="0" * 64,
        autoria=autoria,
        vigente=True,
        vence=None,
        alterados=alterados,
        sobrantes=sobrantes,
    )


def test_exit_codes_tell_integrity_before_authorship() -> None:
    malo = (Hallazgo(ruta="a", causa="b"),)
    assert _informe().codigo == EXITO
    assert _informe(autoria=False).codigo == SIN_AUTORIA
    for roto in (_informe(alterados=malo), _informe(sobrantes=("x",)), _informe(legible=False)):
        assert roto.codigo == ErrorDeConfianza.codigo
        assert not roto.integro


def test_an_unreadable_proof_still_has_every_field_in_json() -> None:
    assert como_json(_informe(legible=False)).keys() == como_json(_informe()).keys()


@pytest.mark.parametrize(
    ("datos", "parte"),
    [(b"hola", None), (b"hol", "mide 3 bytes"), (b"hola!", "más de los 4"), (b"holA", "contenido")],
)
def test_a_difference_is_said_in_words(datos: bytes, parte: str | None) -> None:
    dicho = causa(archivo("a", b"hola"), datos)
    assert dicho is None if parte is None else parte in (dicho or "")


@pytest.mark.parametrize(
    ("datos", "hora"),
    [
        (b'{"sello":"07/06/2026 18:30 (UTC-6)"}', "07/06/2026 18:30 (UTC-6)"),
        (b'{"sello":"07/06/2026 18:30 (UTC-6)\\u001b[2J"}', None),
        (b'{"sello":3}', None),
        (b"{}", None),
        (b"[]", None),
        (b"[" * 100_000, None),
    ],
    ids=lambda d: ascii(d)[:40],
)
def test_the_hour_is_shown_only_if_it_looks_like_one(datos: bytes, hora: str | None) -> None:
    assert sello(datos) == hora
