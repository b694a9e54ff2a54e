import json
import unicodedata
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from pregon.errors import ErrorDeConfianza, Rechazado
from pregon.paquete import manifest as manifests
from pregon.paquete import merkle
from pregon.paquete.limites import Limites
from pregon.paquete.manifest import (
    Archivo,
    Manifest,
    Marca,
    aceptar,
    escribir,
    huella,
    imagen,
    leer,
    ruta_segura,
)
from pregon.testing.paquetes import paquete

APERTURA = datetime(2026, 6, 8, 0, 30, tzinfo=UTC)


@pytest.fixture
def manifest() -> Manifest:
    return paquete(7, publicado=APERTURA)[0]


def _crudo(manifest: Manifest, **cambios: Any) -> bytes:
    return manifests.canonico({**json.loads(escribir(manifest)), **cambios})


def _con_rutas(manifest: Manifest, *rutas: str) -> bytes:
    return _crudo(manifest, archivos=[[ruta, 1, "0" * 64] for ruta in sorted(rutas)])


def test_write_then_read_is_the_identity(manifest: Manifest) -> None:
    assert leer(escribir(manifest)) == manifest


def test_images_are_a_list_of_their_own_under_the_same_signature(manifest: Manifest) -> None:
    imagenes = (imagen("0" * 64, "jpg", 300_000), imagen("1" * 64, "pdf", 5))
    con = replace(manifest, imagenes=imagenes)

    assert leer(escribir(con)) == con
    assert con.imagenes[0].ruta == f"actas/{'0' * 64}.jpg"
    assert con.archivos == manifest.archivos
    assert huella(escribir(con)) != huella(escribir(manifest))


def test_the_root_of_the_files_is_written_from_them_and_enforced_when_read(manifest: Manifest) -> None:
    con = replace(manifest, imagenes=(imagen("0" * 64, "jpg", 300_000),))
    hojas = [f"{a.sha256} {a.tamano} {a.ruta}\n".encode() for a in (*con.archivos, *con.imagenes)]

    assert json.loads(escribir(con))["merkle"] == merkle.raiz(hojas).hex()
    for mal in ("0" * 64, merkle.raiz(hojas[:-1]).hex(), merkle.raiz(hojas).hex().upper(), None, 0):
        with pytest.raises(ErrorDeConfianza, match="canónica"):
            leer(_crudo(con, merkle=mal))


def test_a_manifest_without_the_root_of_its_files_is_refused(manifest: Manifest) -> None:
    crudo = json.loads(escribir(manifest))
    del crudo["merkle"]

    with pytest.raises(ErrorDeConfianza):
        leer(manifests.canonico(crudo))


def test_b3_too_many_images_are_refused(manifest: Manifest) -> None:
    con = replace(manifest, imagenes=tuple(imagen(f"{n:064x}", "png", 1) for n in range(3)))

    with pytest.raises(ErrorDeConfianza, match="imágenes"):
        leer(escribir(con), Limites(imagenes=2))


def test_a_whole_number_of_seconds_may_be_given_as_int(manifest: Manifest) -> None:
    assert leer(escribir(replace(manifest, periodo=600))).periodo == 600.0


def test_paquete_0_has_neither_instante_nor_huella(manifest: Manifest) -> None:
    antes = replace(manifest, numero=0, instante=None, huella=None)
    assert leer(escribir(antes)) == antes


@pytest.mark.parametrize(
    "ruta",
    [
        "", "/", ".", "..", "../x", "a/../x", "a/..", "./a", "a/.", "a//b", "/etc/passwd", "a/",
        "C:/x", "C:x", "a\\b", "..\\x", "a\x00b", "a\nb", "a\x1b[2J", "a\x7f", "a\x85b", "a\u2028b",
        "%2e%2e/x", "a%00", "a/%2e", "a?b", "a*b", 'a"b', "a<b", "a>b", "a|b", "a:b",
        "a.", "a ", "a./b", "a /b", "...", "con", "CON", "aux.html", "d/NUL.txt", "com1", "lpt9.csv",
        ".well-known/pregon/prueba.json", ".well-known/x", ".Well-Known/x", ".well-known",
        "a\u200bb", "a\u202egpj.exe", "\ufeffa",
        unicodedata.normalize("NFD", "á.html"), "x" * 241, "á" * 121, "a/" * 121 + "b", "a\ud800b",
        None, 3, True, ["a"], {"a": 1},
    ],
    ids=ascii,
)  # fmt: skip
def test_a16_a_hostile_path_is_refused(ruta: object) -> None:
    with pytest.raises(ValueError):
        ruta_segura(ruta)


@pytest.mark.parametrize("ruta", ["index.html", "a/b/ñandú 2.csv", "x" * 240, "consola.html", ".gitignore"])
def test_an_ordinary_path_passes(ruta: str) -> None:
    assert ruta_segura(ruta) == ruta


@pytest.mark.parametrize(
    "rutas",
    [
        ("index.html", "INDEX.html"),
        ("ñ.html", "Ñ.html"),
        ("strasse.html", "straße.html"),
        ("a", "a/b"),
        ("A", "a/b"),
        ("a/b", "a/b/c"),
        ("x", "x"),
    ],
    ids=ascii,
)
def test_b4_names_that_collide_somewhere_are_refused(manifest: Manifest, rutas: tuple[str, ...]) -> None:
    with pytest.raises(ErrorDeConfianza):
        leer(_con_rutas(manifest, *rutas))


@pytest.mark.parametrize(
    "cambio",
    [
        {"formato": 2}, {"formato": True}, {"formato": 1.0}, {"formato": "1"},
        {"rol": "Oficial"}, {"rol": "../oficial"}, {"rol": "targets"}, {"rol": ""},
        {"rol": "simulacro-" + "x" * 61},
        {"rol": 3}, {"numero": True}, {"numero": -1}, {"numero": 1.0}, {"numero": "1"}, {"numero": 10**6},
        {"numero": None}, {"ultimo": 0}, {"ultimo": "false"}, {"ultimo": None},
        {"periodo": 0}, {"periodo": -1.0}, {"periodo": 90000.0}, {"periodo": True}, {"periodo": "5"},
        {"publicado": None}, {"publicado": "2026-06-08"}, {"publicado": "2026-06-08T00:30:00+00:00"},
        {"publicado": "2026-02-30T00:00:00Z"}, {"publicado": " 2026-06-08T00:30:00Z"}, {"publicado": 5},
        {"instante": ""}, {"instante": "0001-01-01T00:00:00Z"}, {"no_antes_de": None},
        {"huella": "0" * 63}, {"huella": "A" * 64}, {"huella": "0" * 64 + "\n"}, {"catalogo": None},
        {"anterior": 3}, {"bitacora": True}, {"archivos": {}}, {"archivos": None}, {"archivos": [["a", 1]]},
        {"archivos": [["a", 1, "0" * 64, 1]]}, {"archivos": [["a", True, "0" * 64]]}, {"archivos": ["abc"]},
        {"archivos": [["a", -1, "0" * 64]]}, {"archivos": [["a", 1.0, "0" * 64]]}, {"archivos": [None]},
        {"archivos": [["b", 1, "0" * 64], ["a", 1, "0" * 64]]}, {"archivos": [["a", 10**9, "0" * 64]]},
        {"de_mas": 1},
        {"imagenes": None}, {"imagenes": {}}, {"imagenes": [["0" * 64, "png"]]}, {"imagenes": ["abc"]},
        {"imagenes": [["0" * 63, "png", 1]]}, {"imagenes": [["A" * 64, "png", 1]]},
        {"imagenes": [["0" * 64, "exe", 1]]}, {"imagenes": [["0" * 64, "png/../../x", 1]]},
        {"imagenes": [["0" * 64, ["png"], 1]]}, {"imagenes": [["0" * 64, "png", -1]]},
        {"imagenes": [["0" * 64, "png", 10**7]]}, {"imagenes": [["0" * 64, "png", 1]] * 2},
        {"imagenes": [["1" * 64, "png", 1], ["0" * 64, "png", 1]]},
        {"archivos": [["actas/" + "0" * 64 + ".png", 1, "0" * 64]]}, {"archivos": [["Actas/x", 1, "0" * 64]]},
    ],
    ids=lambda c: ascii(c)[:60],
)  # fmt: skip
def test_a15_a_field_of_another_shape_is_refused(manifest: Manifest, cambio: dict[str, Any]) -> None:
    with pytest.raises(ErrorDeConfianza):
        leer(_crudo(manifest, **cambio))


def test_a15_a_missing_field_is_refused(manifest: Manifest) -> None:
    for campo in json.loads(escribir(manifest)):
        crudo = json.loads(escribir(manifest))
        del crudo[campo]
        with pytest.raises(ErrorDeConfianza):
            leer(manifests.canonico(crudo))


@pytest.mark.parametrize(
    "datos",
    [
        b"", b"null", b"[]", b"3", b'"x"', b"{", b"\xff\xfe", b"\xef\xbb\xbf{}", b"NaN", b"{}",
        b"[" * 100_000, b'{"a":' * 100_000, b"[" * 100_000 + b"]" * 100_000,
        b'{"numero":' + b"9" * 5_000 + b"}", b'{"formato":1,"formato":1}',
    ],
    ids=lambda d: ascii(d)[:30],
)  # fmt: skip
def test_a15_bytes_that_are_no_manifest_are_refused(datos: bytes) -> None:
    with pytest.raises(ErrorDeConfianza):
        leer(datos)


@pytest.mark.parametrize(
    ("viejo", "nuevo"),
    [
        (b'"periodo":5.0', b'"periodo":NaN'),
        (b'"periodo":5.0', b'"periodo":Infinity'),
        (b'"periodo":5.0', b'"periodo":5'),
        (b'"periodo":5.0', b'"periodo":5e0'),
        (b'"periodo":5.0', b'"periodo":1' + b"0" * 400),
        (b'"numero":7', b'"numero":7,"numero":7'),
        (b'"numero":7', b'"numero": 7'),
        (b'"numero":7', b'"numero":' + b"9" * 5_000),
        (b'"index.html"', b'"inde\\u0078.html"'),
        (b'"index.html"', b'"inde\\ud800.html"'),
        (b'"index.html"', b'"inde\\u0000.html"'),
    ],
    ids=lambda d: ascii(d)[:40],
)
def test_a15_another_text_of_the_same_kind_is_refused(manifest: Manifest, viejo: bytes, nuevo: bytes) -> None:
    datos = escribir(manifest)
    assert viejo in datos
    with pytest.raises(ErrorDeConfianza):
        leer(datos.replace(viejo, nuevo))


@pytest.mark.parametrize(
    "limites",
    [Limites(manifest=100), Limites(archivos=2), Limites(archivo=3), Limites(paquete=20), Limites(ruta=5)],
)
def test_b7_a_paquete_beyond_a_limit_is_refused(manifest: Manifest, limites: Limites) -> None:
    with pytest.raises(ErrorDeConfianza):
        leer(escribir(manifest), limites)


def _aceptar(manifest: Manifest, **cambios: Any) -> None:
    sha256 = huella(escribir(manifest))
    aceptar(
        manifest,
        **{"sha256": sha256, "rol": manifest.rol, "marca": None, **cambios},
    )


def test_the_first_the_next_and_the_same_corte_are_accepted(manifest: Manifest) -> None:
    _aceptar(manifest)
    _aceptar(manifest, marca=Marca(numero=6, sha256="0" * 64))
    _aceptar(manifest, marca=Marca(numero=7, sha256=huella(escribir(manifest))))


def test_a2_an_older_corte_is_refused(manifest: Manifest) -> None:
    with pytest.raises(Rechazado, match="anterior al 8"):
        _aceptar(manifest, marca=Marca(numero=8, sha256="0" * 64))


def test_a20_another_corte_with_the_same_number_is_refused(manifest: Manifest) -> None:
    with pytest.raises(Rechazado, match="dos cortes 7 distintos"):
        _aceptar(manifest, marca=Marca(numero=7, sha256="0" * 64))


def test_a19_a_paquete_of_another_role_is_refused(manifest: Manifest) -> None:
    with pytest.raises(Rechazado, match="sólo acepta «oficial»"):
        _aceptar(manifest, rol="oficial")


def test_c9_a_corte_is_refused_before_the_opening_but_paquete_0_is_not(manifest: Manifest) -> None:
    temprano = replace(manifest, publicado=manifest.no_antes_de - timedelta(seconds=1))
    with pytest.raises(Rechazado, match="antes de"):
        _aceptar(temprano)
    _aceptar(replace(temprano, numero=0))
    _aceptar(replace(manifest, publicado=manifest.no_antes_de))


def test_the_target_names_role_and_number(manifest: Manifest) -> None:
    assert manifest.objetivo == "simulacro-prueba/7/manifest"
    assert manifests.archivo("a", b"hola") == Archivo(ruta="a", tamano=4, sha256=huella(b"hola"))
