"""The drawn acta: a PNG that any reader opens, of its own for each acta, small and quick to make."""

import struct
import time
import zlib
from dataclasses import replace

import pytest

from pregon.origin.sources import ejemplos
from pregon.origin.sources.dibujo import dibujar
from pregon.origin.sources.sintetica import Sintetica
from pregon.prep import eleccion
from pregon.prep.acta import Acta, Marcador
from pregon.prep.jornada import Eleccion, Jornada


@pytest.fixture(scope="module")
def fuente() -> Sintetica:
    return Sintetica(eleccion.leer(ejemplos.texto("ayuntamientos"), archivo="ayuntamientos"))


@pytest.fixture(scope="module")
def digitalizadas(fuente: Sintetica) -> list[Acta]:
    return [a for a in fuente.leer(fuente.jornada.cierre).actas["AYUN"] if a.codigo_integridad]


def test_it_is_a_whole_png(fuente: Sintetica, digitalizadas: list[Acta]) -> None:
    png = dibujar(digitalizadas[0], *noche(fuente))

    ancho, alto, filas = abrir(png)

    assert ancho == 1056
    assert 600 < alto < 1000
    assert len(filas) == alto * (1 + ancho // 8)
    assert any(filas)


def test_each_acta_has_its_own_small_and_quickly(fuente: Sintetica, digitalizadas: list[Acta]) -> None:
    empieza = time.process_time()
    dibujos = [dibujar(a, *noche(fuente)) for a in digitalizadas[:400]]
    segundos = time.process_time() - empieza

    assert len(set(dibujos)) == 400
    assert max(map(len, dibujos)) <= 8192
    assert 400 / segundos >= 200


def test_it_shows_the_votes_and_not_the_hash(fuente: Sintetica, digitalizadas: list[Acta]) -> None:
    acta = digitalizadas[0]
    base = dibujar(acta, *noche(fuente))

    assert dibujar(replace(acta, codigo_integridad="otro", verificacion=None), *noche(fuente)) == base
    for votos in ((7, *acta.votos[1:]), (Marcador.ILEGIBLE, *acta.votos[1:]), (*acta.votos[:-1], 999)):
        assert dibujar(replace(acta, votos=votos), *noche(fuente)) != base


def test_simulacro_stands_across_every_acta(fuente: Sintetica, digitalizadas: list[Acta]) -> None:
    (eleccion_,), jornada = fuente.jornada.elecciones, fuente.jornada
    vacia = replace(
        eleccion_, nombre="", unidades=(), columnas=eleccion_.columnas, partidos=eleccion_.partidos
    )
    acta = replace(digitalizadas[0], votos=(Marcador.NO_APLICA,) * len(eleccion_.columnas))

    ancho, alto, filas = abrir(dibujar(acta, vacia, jornada))
    fila = 1 + ancho // 8
    # Long strokes are of no letter of the form: the widest of those has ten pixels.
    trazos = [
        y
        for y in range(alto)
        if "1" * 14 in f"{int.from_bytes(filas[y * fila + 1 : (y + 1) * fila], 'big'):0{ancho}b}"
    ]

    assert len(trazos) > 20
    assert max(trazos) - min(trazos) > alto // 2


def test_a_drawn_night_keeps_everything_but_the_hashes() -> None:
    jornada = eleccion.leer(ejemplos.texto("municipio"), archivo="municipio")
    sin, con = Sintetica(jornada), Sintetica(jornada, con_imagenes=True)
    antes, despues = (f.leer(jornada.cierre).actas["AYUN"] for f in (sin, con))

    pares = list(zip(antes, despues, strict=True))

    assert [replace(d, codigo_integridad=a.codigo_integridad) for a, d in pares] == list(antes)
    assert all(bool(a.codigo_integridad) == bool(d.codigo_integridad) for a, d in pares)
    assert not any(a.codigo_integridad == d.codigo_integridad for a, d in pares if a.codigo_integridad)


def noche(fuente: Sintetica) -> tuple[Eleccion, Jornada]:
    return fuente.jornada.elecciones[0], fuente.jornada


def abrir(png: bytes) -> tuple[int, int, bytes]:
    """Return width, height and the rows of a PNG, each chunk checked."""
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    trozos: dict[bytes, bytes] = {}
    i = 8
    while i < len(png):
        largo, tipo = struct.unpack_from(">I4s", png, i)
        cuerpo = png[i + 8 : i + 8 + largo]
        assert struct.unpack_from(">I", png, i + 8 + largo) == (zlib.crc32(tipo + cuerpo),)
        trozos[tipo] = cuerpo
        i += 12 + largo
    assert list(trozos) == [b"IHDR", b"PLTE", b"IDAT", b"IEND"]
    ancho, alto, *resto = struct.unpack(">IIBBBBB", trozos[b"IHDR"])
    assert resto == [1, 3, 0, 0, 0]
    return ancho, alto, zlib.decompress(trozos[b"IDAT"])
