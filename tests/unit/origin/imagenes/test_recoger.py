"""Which images a corte publishes: byte-identical to the acta's hash, or refused and named (R95–R100)."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from importlib import import_module

import pytest

from pregon.errors import ErrorDeRed
from pregon.origin.imagenes import Recogidas, recoger, reconstruir
from pregon.origin.sources import ejemplos
from pregon.origin.sources.sintetica import Sintetica
from pregon.paquete.limites import LIMITES, Limites
from pregon.prep import eleccion
from pregon.prep.acta import Acta, Casilla, Contabilizada, Renglon, TipoCasilla

PNG = b"\x89PNG\r\n\x1a\n"
ACTA = Acta(
    renglon=Renglon(1),
    casilla=Casilla(
        clave="050001B0100",
        unidad=24,
        seccion=1,
        numero=1,
        tipo=TipoCasilla.BASICA,
        extension=0,
        ubicacion=1,
    ),
    tipo_acta="4",
    contabilizada=Contabilizada.SI,
    observaciones="",
    votos=(1, 2),
    lista_nominal=700,
)


class Almacen:
    """Images by the hash under which they were left, true or not."""

    def __init__(self, *imagenes: bytes, mal: Mapping[str, bytes] | None = None) -> None:
        self.imagenes = {sha(i): i for i in imagenes} | dict(mal or {})
        self.pedidas: list[str] = []
        self.se_cae_tras = 1000

    def buscar(
        self,
        codigos: Iterable[str],
        plazo: float,  # noqa: ARG002 — as the port says
    ) -> Iterator[tuple[str, bytes]]:
        for codigo in codigos:
            self.pedidas.append(codigo)
            if len(self.pedidas) > self.se_cae_tras:
                raise ErrorDeRed("la cubeta no respondió")
            if codigo in self.imagenes:
                yield codigo, self.imagenes[codigo]


def sha(datos: bytes) -> str:
    return hashlib.sha256(datos).hexdigest()


def actas(*codigos: str) -> dict[str, Sequence[Acta]]:
    return {
        "AYUN": tuple(
            replace(ACTA, renglon=Renglon(n), codigo_integridad=codigo)
            for n, codigo in enumerate(codigos, start=1)
        )
    }


def de(almacen: Almacen, noche: dict[str, Sequence[Acta]], anterior: Recogidas | None = None) -> Recogidas:
    almacen.pedidas.clear()
    return recoger(almacen, noche, anterior or Recogidas(), guardar=guardadas.append, plazo=60)


guardadas: list[bytes] = []


@pytest.mark.parametrize(
    ("datos", "extension"),
    [
        (b"\xff\xd8\xff\xe0 JFIF", "jpg"),
        (PNG + b"datos", "png"),
        (b"RIFF\x10\0\0\0WEBPVP8 ", "webp"),
        (b"%PDF-1.7\n", "pdf"),
    ],
)
def test_r96_an_image_of_each_kind_is_published_by_its_hash(datos: bytes, extension: str) -> None:
    guardadas.clear()

    recogidas = de(Almacen(datos), actas(sha(datos).upper()))

    (archivo,) = recogidas.archivos
    assert (archivo.ruta, archivo.tamano) == (f"actas/{sha(datos)}.{extension}", len(datos))
    assert guardadas == [datos]


@pytest.mark.parametrize(
    ("bajo", "datos", "causa"),
    [
        (sha(PNG), PNG + b"otra", f"su SHA-256 es {sha(PNG + b'otra')} y no el del acta"),
        (sha(b"<html>"), b"<html>", "no es JPEG, PNG, WebP ni PDF"),
        (sha(b"RIFF....AVI "), b"RIFF....AVI ", "no es JPEG, PNG, WebP ni PDF"),
        (sha(b""), b"", "no es JPEG, PNG, WebP ni PDF"),
        (sha(PNG), PNG + bytes(LIMITES.imagen), "pesa más de 8000000 bytes"),
    ],
    ids=["otra", "html", "avi", "vacia", "enorme"],
)
def test_r96_what_is_not_the_image_is_refused_and_named(bajo: str, datos: bytes, causa: str) -> None:
    guardadas.clear()

    recogidas = de(Almacen(mal={bajo: datos}), actas(bajo))

    (rechazada,) = recogidas.rechazadas
    assert (rechazada.codigo, rechazada.causa) == (bajo, causa)
    assert rechazada.casilla == ACTA.casilla.clave + ACTA.tipo_acta
    assert not recogidas.archivos
    assert not guardadas


def test_r97_an_acta_without_its_image_is_in_process_until_it_comes() -> None:
    almacen, noche = Almacen(), actas(sha(PNG))
    primera = de(almacen, noche)
    almacen.imagenes[sha(PNG)] = PNG

    segunda = de(almacen, noche, primera)

    assert primera == Recogidas()
    assert segunda.imagenes.keys() == {("AYUN", 1)}
    assert segunda.correcciones == ()


def test_r98_pending_and_sin_acta_have_none() -> None:
    noche = actas("", sha(PNG))
    noche["AYUN"] = (
        noche["AYUN"][0],
        replace(noche["AYUN"][1], observaciones="SIN ACTA POR CASILLA NO INSTALADA"),
    )

    assert de(Almacen(PNG), noche) == Recogidas()


def test_a_code_that_is_no_hash_is_refused_and_never_asked_for() -> None:
    almacen = Almacen()

    recogidas = de(almacen, actas("../../etc/passwd"))

    assert [r.causa for r in recogidas.rechazadas] == ["el código de integridad no es un SHA-256"]
    assert not almacen.pedidas


def test_what_was_published_is_not_asked_for_again() -> None:
    almacen, noche = Almacen(PNG), actas(sha(PNG))
    primera = de(almacen, noche)

    segunda = de(almacen, noche, primera)

    assert not almacen.pedidas
    assert segunda == primera


def test_r100_an_image_changes_only_with_its_code_and_that_is_told() -> None:
    otra = PNG + b"corregida"
    almacen = Almacen(PNG, otra)
    primera = de(almacen, actas(sha(PNG)))

    segunda = de(almacen, actas(sha(otra)), primera)

    (correccion,) = segunda.correcciones
    assert (correccion.antes, correccion.despues) == (sha(PNG), sha(otra))
    assert [a.sha256 for a in segunda.archivos] == [sha(otra)]
    assert not de(almacen, actas(sha(otra)), segunda).correcciones


def test_r84_one_image_may_belong_to_two_actas() -> None:
    recogidas = de(Almacen(PNG), actas(sha(PNG), sha(PNG)))

    assert len(recogidas.imagenes) == 2
    assert len(recogidas.archivos) == 1


def test_what_a_failing_store_gave_counts_and_the_rest_waits() -> None:
    imagenes = [PNG + bytes([n]) for n in range(4)]
    almacen = Almacen(*imagenes)
    almacen.se_cae_tras = 2

    recogidas = de(almacen, actas(*map(sha, imagenes)))

    assert recogidas.falla == "la cubeta no respondió"
    assert len(recogidas.imagenes) == 2


def test_a_store_that_breaks_holds_up_no_corte(caplog: pytest.LogCaptureFixture) -> None:
    class Rota(Almacen):
        def buscar(self, codigos: Iterable[str], plazo: float) -> Iterator[tuple[str, bytes]]:
            yield from super().buscar(codigos, plazo)
            raise OSError(5, "Input/output error")

    recogidas = de(Rota(PNG), actas(sha(PNG), sha(b"falta")))

    assert len(recogidas.imagenes) == 1
    assert "Input/output error" in recogidas.falla
    assert "no se pudieron buscar" in caplog.text


def test_a_corte_carries_so_many_images_and_what_is_over_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    imagenes = [PNG + bytes([n]) for n in range(5)]
    noche = actas(sha(b"falta"), *map(sha, imagenes))
    monkeypatch.setattr(import_module("pregon.origin.imagenes.recoger"), "LIMITES", Limites(imagenes=3))

    primera = de(Almacen(*imagenes), noche)
    segunda = de(Almacen(*imagenes), noche, primera)

    assert len(primera.archivos) == 3
    assert primera.falla == "un corte lleva a lo más 3 imágenes; las demás siguen en proceso"
    assert segunda == primera


def test_nothing_more_is_asked_for_after_the_deadline() -> None:
    imagenes = [PNG + bytes([n]) for n in range(4)]

    recogidas = recoger(
        Almacen(*imagenes), actas(*map(sha, imagenes)), Recogidas(), guardar=guardadas.append, plazo=-1
    )

    assert len(recogidas.imagenes) == 1
    assert recogidas.falla.startswith("no alcanzó el plazo")


def test_a_new_process_remembers_from_the_signed_list() -> None:
    noche = actas(sha(PNG), sha(b"falta"), "")
    primera = de(Almacen(PNG), noche)

    assert reconstruir(noche, primera.archivos) == primera


def test_r95_r96_every_image_of_the_invented_night_is_the_one_its_acta_names() -> None:
    fuente = Sintetica(eleccion.leer(ejemplos.texto("municipio"), archivo="municipio"), con_imagenes=True)
    noche = fuente.leer(fuente.jornada.cierre).actas

    recogidas = recoger(fuente, noche, Recogidas(), guardar=guardadas.append, plazo=60)

    con_codigo = [a for a in noche["AYUN"] if a.codigo_integridad]
    assert len(recogidas.archivos) == len(con_codigo) > 60
    assert (recogidas.rechazadas, recogidas.falla) == ((), "")
    assert {i.extension for i in recogidas.imagenes.values()} == {"png"}
    assert max(i.tamano for i in recogidas.imagenes.values()) <= 8192
