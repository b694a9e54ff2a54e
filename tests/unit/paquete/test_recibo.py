"""The receipt of a node as anybody could have written it: one text per receipt, or a refusal."""

import json
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from securesystemslib.signer import CryptoSigner

from pregon.errors import ErrorDeConfianza
from pregon.paquete import recibo
from pregon.paquete.recibo import Recibo

BUENO = Recibo(
    nodo="d1",
    rol="oficial",
    corte=37,
    manifest="a" * 64,
    activado=None,
    emitido=datetime(2026, 6, 8, 6, 31, tzinfo=UTC),
    entero=False,
)
FIRMADO = recibo.firmar(BUENO, CryptoSigner.generate_ed25519())
FIRMA = json.loads(FIRMADO)["firma"].encode()


def test_what_was_signed_is_read_with_its_key() -> None:
    assert recibo.leer(FIRMADO) == (BUENO, json.loads(FIRMADO)["llave"])


def test_b5_no_flipped_bit_passes() -> None:
    for bit in range(8 * len(FIRMADO)):
        malo = bytearray(FIRMADO)
        malo[bit // 8] ^= 1 << bit % 8
        with pytest.raises(ErrorDeConfianza):
            recibo.leer(bytes(malo))


@pytest.mark.parametrize(
    "cambia",
    [
        pytest.param(lambda d: d.replace(FIRMA, FIRMA.upper()), id="signature in capitals"),
        pytest.param(lambda d: d.replace(FIRMA, FIRMA[:2] + b" " + FIRMA[2:]), id="signature with a space"),
        pytest.param(lambda d: d.replace(b'"' + FIRMA + b'"', b"5"), id="signature of another kind"),
        pytest.param(lambda d: d.replace(b":37,", b":1e999,"), id="a corte beyond numbers"),
        pytest.param(lambda d: d.replace(b":37,", b":Infinity,"), id="an infinite corte"),
        pytest.param(lambda d: d.replace(b":37,", b":37.0,"), id="a corte with decimals"),
        pytest.param(lambda d: d.replace(b'"formato":1', b'"formato":true'), id="format true"),
        pytest.param(lambda d: d + b" ", id="a space at its end"),
        pytest.param(lambda _: b"[]", id="no object"),
        pytest.param(lambda _: b"[" * 4000, id="deep"),
    ],
)
def test_a15_any_other_text_is_refused(cambia: Callable[[bytes], bytes]) -> None:
    with pytest.raises(ErrorDeConfianza):
        recibo.leer(cambia(FIRMADO))
