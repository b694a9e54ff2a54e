from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest

from pregon.errors import ErrorDeConfianza
from pregon.paquete.bitacora import Asiento, encadenar, escribir, leer, verificar

HORA = datetime(2026, 6, 8, 0, 30, 1, 500, tzinfo=UTC)


def _cadena(largo: int) -> list[Asiento]:
    asientos: list[Asiento] = []
    for n in range(largo):
        asientos.append(
            encadenar(
                asientos[-1] if asientos else None,
                instante=HORA + timedelta(seconds=n),
                actor="origen",
                acto="publicación",
                objeto=f"corte {n}",
                datos={"actas": n, "lista": [1.5, None, "ñ"]},
            )
        )
    return asientos


def test_a_chain_verifies_and_its_lines_read_back() -> None:
    cadena = _cadena(5)
    verificar(cadena)
    assert [leer(escribir(asiento).removesuffix(b"\n")) for asiento in cadena] == cadena
    assert [a.numero for a in cadena] == [1, 2, 3, 4, 5]
    assert cadena[0].anterior is None
    assert cadena[4].anterior == cadena[3].sha256


def test_the_hour_is_kept_in_utc() -> None:
    saltillo = timezone(timedelta(hours=-6))
    uno, otro = (
        encadenar(None, instante=hora, actor="a", acto="b", objeto="c", datos={})
        for hora in (HORA, HORA.astimezone(saltillo))
    )
    assert uno == otro


@pytest.mark.parametrize(
    "cambio",
    [
        {"actor": "otro"},
        {"datos": {}},
        {"numero": 9},
        {"anterior": None},
        {"instante": HORA},
        {"sha256": "0" * 64},
    ],
    ids=lambda c: next(iter(c)),
)
def test_i10_an_edited_entry_is_found(cambio: dict[str, object]) -> None:
    cadena = _cadena(3)
    cadena[1] = replace(cadena[1], **cambio)  # type: ignore[arg-type]  # any field, by table
    with pytest.raises(ErrorDeConfianza):
        verificar(cadena)


@pytest.mark.parametrize("quitado", [0, 1])
def test_i10_a_removed_entry_is_found(quitado: int) -> None:
    cadena = _cadena(3)
    del cadena[quitado]
    with pytest.raises(ErrorDeConfianza, match="no sigue"):
        verificar(cadena)


def test_i10_reordered_entries_are_found() -> None:
    uno, dos, tres = _cadena(3)
    with pytest.raises(ErrorDeConfianza):
        verificar([uno, tres, dos])


@pytest.mark.parametrize(
    "linea",
    [
        b"",
        b"{}",
        b"[]",
        b"null",
        b"3",
        b"[" * 50_000,
        b'{"instante":3}',
        b'{"instante":"ayer"}',
        b"x" * 70_000,
    ],
    ids=lambda d: ascii(d)[:30],
)
def test_a15_a_line_of_another_shape_is_refused(linea: bytes) -> None:
    with pytest.raises(ErrorDeConfianza):
        leer(linea)


def test_a15_another_text_of_the_same_entry_is_refused() -> None:
    linea = escribir(_cadena(1)[0]).removesuffix(b"\n")
    for otra in (linea.replace(b":", b": ", 1), linea.replace(b".000500Z", b".000500+00:00")):
        with pytest.raises(ErrorDeConfianza):
            leer(otra)


def test_evidence_that_is_not_json_is_our_own_error() -> None:
    with pytest.raises(TypeError):
        encadenar(None, instante=HORA, actor="a", acto="b", objeto="c", datos={"x": object()})
    with pytest.raises(ValueError):
        encadenar(None, instante=HORA, actor="a", acto="b", objeto="c", datos={"x": float("nan")})


def test_a_file_name_that_is_no_unicode_does_not_stop_the_book() -> None:
    nombre = b"corte\xff.csv".decode(errors="surrogateescape")

    asiento = encadenar(None, instante=HORA, actor="a", acto="b", objeto=nombre, datos={"causa": [nombre]})

    assert leer(escribir(asiento)[:-1]) == asiento
    assert (asiento.objeto, asiento.datos["causa"]) == ("corte?.csv", ["corte?.csv"])
