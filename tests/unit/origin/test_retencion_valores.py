"""A hold as a value: what is kept of it, what is signed, what it says to do."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from pregon.errors import ErrorDeAlmacen
from pregon.origin.retencion import (
    CONSEJOS,
    Causa,
    Desenlace,
    Firma,
    Motivo,
    Retencion,
    contenido,
    escribir,
    leer,
    retener,
    terminar,
)
from pregon.paquete.manifest import Manifest
from pregon.testing.paquetes import paquete

AHORA = datetime(2026, 6, 8, 2, 50, tzinfo=UTC)
CAUSA = Causa(motivo=Motivo.ENTRADA, texto="falta el final")
FIRMA = Firma(persona="ana", nombre="Ana", motivo="cotejado", instante=AHORA)


def _retencion(*causas: Causa, plazo: datetime | None = AHORA + timedelta(minutes=10)) -> Retencion:
    return retener(
        None,
        rol="simulacro-prueba",
        numero=15,
        instante=AHORA,
        causas=causas or (CAUSA,),
        contenido="a" * 64,
        ahora=AHORA,
        plazo=plazo,
    )


@pytest.mark.parametrize(
    "retencion",
    [
        _retencion(),
        _retencion(plazo=None),
        terminar(_retencion(), Desenlace.ENTERO),
        terminar(_retencion(), Desenlace.SUPERADO, superado_por=16),
        terminar(_retencion(), Desenlace.LIBERADO, firmas=(FIRMA,)),
    ],
)
def test_what_is_written_is_read_back(retencion: Retencion) -> None:
    assert leer(escribir(retencion)) == retencion


@pytest.mark.parametrize(
    "datos", [b"", b"[]", b"{}", escribir(_retencion())[:-9], escribir(_retencion()).replace(b"entr", b"x")]
)
def test_a_damaged_record_is_told(datos: bytes) -> None:
    with pytest.raises(ErrorDeAlmacen, match="dañado"):
        leer(datos)


def test_causes_are_bounded_in_number_and_length_and_counted() -> None:
    retencion = _retencion(*(Causa(motivo=Motivo.MOTORES, texto="x" * 900) for _ in range(5000)))

    assert (len(retencion.causas), retencion.cuantas) == (20, 5000)
    assert {len(c.texto) for c in retencion.causas} == {300}


def test_a_hold_lasts_since_its_first_look() -> None:
    primera = _retencion()

    otra = retener(
        primera,
        rol="simulacro-prueba",
        numero=15,
        instante=AHORA,
        causas=(CAUSA,),
        contenido=None,
        ahora=AHORA + timedelta(minutes=3),
        plazo=None,
    )

    assert otra.desde == AHORA


def test_every_kind_of_cause_says_what_to_do() -> None:
    assert set(CONSEJOS) == set(Motivo)
    todas = _retencion(*(Causa(motivo=m, texto="x") for m in reversed(Motivo)))
    assert todas.motivos == tuple(Motivo)
    assert all(consejo in todas.consejo for consejo in CONSEJOS.values())


def test_nobody_is_told_to_release_what_is_not_there() -> None:
    todas = _retencion(*(Causa(motivo=m, texto="x") for m in Motivo))

    assert todas.consejo.count("Liberarlo publica") == 3
    assert "Liberarlo" not in replace(todas, contenido=None).consejo


def _manifest(**archivos: bytes) -> Manifest:
    base = {"corte.json": b"{}", "index.html": b"p", "datos/a.csv": b"1"}
    cambios = {ruta.replace("__", ".").replace("_", "/"): datos for ruta, datos in archivos.items()}
    return paquete(15, archivos=base | cambios)[0]


@pytest.mark.parametrize("cambio", [{"corte__json": b"{ }"}, {"datos_a__csv": b"2"}, {"datos_b__csv": b""}])
def test_what_is_signed_changes_with_any_figure(cambio: dict[str, bytes]) -> None:
    assert contenido(_manifest(**cambio), [CAUSA]) != contenido(_manifest(), [CAUSA])


def test_what_is_signed_changes_with_the_causes_and_not_with_the_pages() -> None:
    firmado = contenido(_manifest(), [CAUSA])

    assert contenido(_manifest(), [replace(CAUSA, texto="otra")]) != firmado
    assert contenido(_manifest(), [replace(CAUSA, motivo=Motivo.MOTORES)]) != firmado
    assert contenido(_manifest(index__html=b"otra hora"), [CAUSA]) == firmado
