import contextlib
import json
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pregon.memoria.registros import LineaRechazada, Peticion, leer_linea
from pregon.node.registro import Acceso, combinada, en_json

BUENA = (
    b'203.0.113.7 - - [07/Jun/2026:18:30:01 -0600] "GET /index.html HTTP/1.1" 200 5120 '
    b'"https://ip.example/" "Mozilla/5.0 (X11)"'
)
SEGUNDO = int(datetime(2026, 6, 8, 0, 30, 1, tzinfo=UTC).timestamp())
EN_JSON = {
    "hora": "2026-06-07T18:30:01.250-06:00",
    "ip": "203.0.113.7",
    "metodo": "GET",
    "ruta": "/index.html",
    "protocolo": "HTTP/1.1",
    "estado": 200,
    "bytes": 5120,
    "referer": "https://ip.example/",
    "agente": "Mozilla/5.0 (X11)",
    "segundos": 0.001,
    "corte": 3,
}


def test_a_combined_line_says_what_was_asked_and_answered() -> None:
    assert leer_linea(BUENA) == Peticion(
        segundo=SEGUNDO,
        direccion="203.0.113.7",
        agente="Mozilla/5.0 (X11)",
        metodo="GET",
        ruta="/index.html",
        estado=200,
        bytes=5120,
    )


def test_the_json_line_of_the_same_event_is_equal() -> None:
    assert leer_linea(json.dumps(EN_JSON).encode()) == leer_linea(BUENA)


@pytest.mark.parametrize(
    "hora", ["07/Jun/2026:18:30:01 -0600", "07/Jun/2026:19:30:01 -0500", "08/Jun/2026:00:30:01 +0000"]
)
def test_k2_the_declared_offset_decides_the_instant(hora: str) -> None:
    linea = BUENA.replace(b"07/Jun/2026:18:30:01 -0600", hora.encode())

    assert leer_linea(linea).segundo == SEGUNDO


@pytest.mark.parametrize(
    ("linea", "agente"),
    [
        (BUENA.replace(b"Mozilla/5.0 (X11)", b"-"), ""),
        (BUENA.replace(b"Mozilla/5.0 (X11)", rb"con \"comillas\" y \\"), 'con "comillas" y \\'),
        (BUENA.replace(b"Mozilla/5.0 (X11)", rb"\xc3\xb1 \x22"), 'ñ "'),
        (BUENA.replace(b"Mozilla/5.0 (X11)", b"\xff\xfe"), r"\xff\xfe"),
        (BUENA + b' "extra" 0.001', "Mozilla/5.0 (X11)"),
        (BUENA.partition(b' "https:')[0], ""),
        (BUENA + b"\r\n", "Mozilla/5.0 (X11)"),
    ],
)
def test_k1_the_variants_of_real_servers_are_read(linea: bytes, agente: str) -> None:
    assert leer_linea(linea).agente == agente


@pytest.mark.parametrize("pedido", [b"-", b"", rb"\x16\x03\x01", b"GET", b"GET /a b c HTTP/1.1", b"get / X"])
def test_a_garbage_request_was_answered_all_the_same(pedido: bytes) -> None:
    peticion = leer_linea(BUENA.replace(b"GET /index.html HTTP/1.1", pedido).replace(b"200", b"400"))

    assert (peticion.metodo, peticion.estado) == ("", 400)


HOSTILES = [
    (b"", "línea vacía"),
    (b"   \t ", "línea vacía"),
    (b"hola", "formato combinado"),
    (b"\x00" * 100, "formato combinado"),
    (b"\xff" * 100, "formato combinado"),
    (BUENA[:60], "formato combinado"),
    (BUENA[20:], "formato combinado"),
    (BUENA + BUENA, "formato combinado"),
    (BUENA.replace(b"200", b"2000"), "formato combinado"),
    (BUENA.replace(b"200", b"099"), "código"),
    (BUENA.replace(b"5120", b"-5"), "formato combinado"),
    (BUENA.replace(b"5120", b"9" * 40), "formato combinado"),
    (BUENA.replace(b"Jun", b"Xyz"), "fecha"),
    (BUENA.replace(b"07/Jun", b"31/Jun"), "fecha"),
    (BUENA.replace(b"07/Jun", b"00/Jun"), "fecha"),
    (BUENA.replace(b"2026", b"9999"), "fecha"),
    (BUENA.replace(b"2026", b"1999"), "fecha"),
    (BUENA.replace(b"18:30:01", b"24:30:01"), "fecha"),
    (BUENA.replace(b"18:30:01", b"18:30:61"), "fecha"),
    (BUENA.replace(b"-0600", b"-9900"), "fecha"),
    (BUENA.replace(b"-0600", b" 0600"), "fecha"),
    ("[٠٧/Jun/2026:18:30:01 -0600]".encode(), "formato combinado"),
    (BUENA.replace(b"07/Jun/2026", "٠٧/Jun/2026".encode()), "fecha"),
    (b"{", "no es JSON"),
    (b"{}", "falta"),
    (b'{"hora": 5}', "falta"),
    (b"{" * 100_000, "no es JSON"),
    (b'{"a":' * 50_000, "no es JSON"),
    (b'{"hora": ' + b"9" * 10_000 + b"}", "no es JSON"),
    (json.dumps(EN_JSON | {"hora": "2026-06-07T18:30:01"}).encode(), "fecha"),
    (json.dumps(EN_JSON | {"hora": "2026-02-30T18:30:01Z"}).encode(), "fecha"),
    (json.dumps(EN_JSON | {"estado": True}).encode(), "estado"),
    (json.dumps(EN_JSON | {"estado": "200"}).encode(), "estado"),
    (json.dumps(EN_JSON | {"estado": 99}).encode(), "código"),
    (json.dumps(EN_JSON | {"bytes": -1}).encode(), "bytes"),
    (json.dumps(EN_JSON | {"bytes": 1.5}).encode(), "bytes"),
    (json.dumps(EN_JSON | {"bytes": 10**30}).encode(), "bytes"),
    (json.dumps(EN_JSON | {"ip": None}).encode(), "ip"),
    (json.dumps(EN_JSON | {"ruta": ["/"]}).encode(), "ruta"),
]


@pytest.mark.parametrize(("linea", "causa"), HOSTILES)
def test_k1_a_hostile_line_is_rejected_with_its_cause(linea: bytes, causa: str) -> None:
    with pytest.raises(LineaRechazada, match=causa):
        leer_linea(linea)


@pytest.mark.parametrize("linea", [linea for linea, _ in HOSTILES])
def test_k4_the_cause_never_repeats_the_line(linea: bytes) -> None:
    with pytest.raises(LineaRechazada) as error:
        leer_linea(linea)

    assert "203.0.113" not in str(error.value)
    assert len(str(error.value)) < 60


@given(linea=st.binary(max_size=300))
def test_any_bytes_are_an_entry_or_rejected(linea: bytes) -> None:
    with contextlib.suppress(LineaRechazada):
        assert leer_linea(linea).estado >= 100


@given(
    ruta=st.text(max_size=40),
    agente=st.text(max_size=40),
    metodo=st.sampled_from(["GET", "HEAD", "", "PRI"]),
    estado=st.integers(100, 599),
    tamano=st.integers(0, 10**9),
)
def test_both_formats_of_our_node_tell_the_same_event(
    ruta: str, agente: str, metodo: str, estado: int, tamano: int
) -> None:
    acceso = Acceso(
        hora=datetime(2026, 6, 8, 0, 30, 1, 250_000, tzinfo=UTC),
        ip="2001:db8::1",
        metodo=metodo,
        ruta=ruta,
        protocolo="HTTP/1.1",
        estado=estado,
        bytes=tamano,
        referer="",
        agente=agente,
        segundos=0.1,
        corte=None,
    )
    local = acceso.hora.astimezone(ZoneInfo("America/Monterrey"))

    assert leer_linea(combinada(acceso, local).encode()) == leer_linea(en_json(acceso, local).encode())
