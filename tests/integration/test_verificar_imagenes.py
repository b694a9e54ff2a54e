"""`pregon verificar` takes a corte with the images of its actas, with some, or with none (§14)."""

import json
from pathlib import Path
from typing import Any

import pytest

from pregon.cli import verificar
from pregon.errors import EXITO, ErrorDeConfianza
from pregon.paquete.inspeccion import PRUEBA
from pregon.paquete.manifest import Archivo
from pregon.testing.origen import OrigenDePrueba, paginas

FOTOS = (b"\x89PNG\r\n\x1a\n una", b"\x89PNG\r\n\x1a\n otra")


@pytest.fixture
def imagenes(origen: OrigenDePrueba) -> tuple[Archivo, ...]:
    lista = origen.con_imagenes(*FOTOS)
    origen.publicar(1, imagenes=lista)
    return lista


def arbol(origen: OrigenDePrueba, carpeta: Path, *imagenes: Archivo) -> Path:
    """Write a corte as somebody keeps it, with these of its images."""
    ajenos = {PRUEBA: (origen.repositorio.carpeta / "prueba.json").read_bytes()}
    fotos = {i.ruta: origen.repositorio.objetos.path(i.sha256).read_bytes() for i in imagenes}
    for ruta, datos in (paginas(1) | ajenos | fotos).items():
        (carpeta / ruta).parent.mkdir(parents=True, exist_ok=True)
        (carpeta / ruta).write_bytes(datos)
    return carpeta


def informe(
    origen: OrigenDePrueba, carpeta: Path, capsys: pytest.CaptureFixture[str]
) -> tuple[int, dict[str, Any]]:
    codigo = verificar.main([str(carpeta), "--raiz", str(origen.raiz), "--json"])
    return codigo, json.loads(capsys.readouterr().out)


@pytest.mark.parametrize("cuantas", [0, 1, 2])
def test_a_corte_is_whole_with_and_without_its_images(
    origen: OrigenDePrueba,
    imagenes: tuple[Archivo, ...],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    cuantas: int,
) -> None:
    carpeta = arbol(origen, tmp_path / "corte", *imagenes[:cuantas])

    codigo, dicho = informe(origen, carpeta, capsys)

    assert (codigo, dicho["integro"], dicho["sobrantes"]) == (EXITO, True, [])


def test_b5_an_altered_image_is_named(
    origen: OrigenDePrueba,
    imagenes: tuple[Archivo, ...],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    carpeta = arbol(origen, tmp_path / "corte", *imagenes)
    (carpeta / imagenes[0].ruta).write_bytes(bytes(imagenes[0].tamano))

    codigo, dicho = informe(origen, carpeta, capsys)

    assert codigo == ErrorDeConfianza.codigo
    assert [a["ruta"] for a in dicho["alterados"]] == [imagenes[0].ruta]


def test_a9_an_image_that_nobody_signed_is_left_over(
    origen: OrigenDePrueba,
    imagenes: tuple[Archivo, ...],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    carpeta = arbol(origen, tmp_path / "corte", *imagenes)
    ajena = f"actas/{'0' * 64}.png"
    (carpeta / ajena).write_bytes(FOTOS[0])

    codigo, dicho = informe(origen, carpeta, capsys)

    assert (codigo, dicho["sobrantes"]) == (ErrorDeConfianza.codigo, [ajena])


@pytest.mark.parametrize("sufijo", [".gz", ".br"])
def test_a9_no_form_of_an_image_is_taken_for_it(
    origen: OrigenDePrueba,
    imagenes: tuple[Archivo, ...],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    sufijo: str,
) -> None:
    carpeta = arbol(origen, tmp_path / "corte", *imagenes)
    ajena = f"{imagenes[0].ruta}{sufijo}"
    (carpeta / ajena).write_bytes(b"lo que sea")

    codigo, dicho = informe(origen, carpeta, capsys)

    assert (codigo, dicho["sobrantes"]) == (ErrorDeConfianza.codigo, [ajena])
