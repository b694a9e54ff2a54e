"""Which addresses may be probed (H1)."""

import ipaddress

import pytest

from pregon.monitor.sonda import Direcciones, admitida

PUBLICAS = ["8.8.8.8", "189.240.1.1", "2001:4860:4860::8888", "2806:230::1", "::ffff:8.8.8.8"]
LOCALES = ["127.0.0.1", "127.255.255.254", "10.0.0.1", "172.16.0.1", "192.168.1.1", "::1", "fd00::1"]
NUNCA = [
    "0.0.0.0",
    "0.1.2.3",
    "169.254.169.254",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "fe80::1",
    "fe80::1%lo",
    "ff02::1",
    "64:ff9b::7f00:1",
    "64:ff9b::808:808",
    "2001:0:4136:e378:8000:63bf:3fff:fdd2",
]
DISFRAZADAS = ["::ffff:127.0.0.1", "::ffff:10.0.0.1", "2002:7f00:1::", "2002:a00:1::", "100.64.0.1"]


@pytest.mark.parametrize("texto", PUBLICAS)
def test_h1_public_addresses_are_probed(texto: str) -> None:
    assert admitida(ipaddress.ip_address(texto), Direcciones.PUBLICAS)


@pytest.mark.parametrize("texto", [*LOCALES, *NUNCA, *DISFRAZADAS, "198.18.0.1", "192.0.2.1", "::ffff:0:0"])
def test_h1_nothing_else_is(texto: str) -> None:
    assert not admitida(ipaddress.ip_address(texto), Direcciones.PUBLICAS)


@pytest.mark.parametrize("texto", LOCALES)
def test_h1_a_laboratory_probes_its_own_machines(texto: str) -> None:
    assert admitida(ipaddress.ip_address(texto), Direcciones.LOCALES)


@pytest.mark.parametrize("texto", [*PUBLICAS, *NUNCA])
def test_h1_a_laboratory_probes_nobody_else(texto: str) -> None:
    assert not admitida(ipaddress.ip_address(texto), Direcciones.LOCALES)
