"""origen.toml: paths beside the file, faults with their line."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pregon.errors import ErrorDeConfiguracion
from pregon.origin.config import (
    FuenteReproduccion,
    FuenteSintetica,
    ImagenesEnCarpeta,
    ImagenesEnS3,
    ImagenesSinteticas,
    leer,
)

ARCHIVO = Path("/noche/origen/origen.toml")
SINTETICA = '[origen]\ndifusores = "../difusores.toml"\n[fuente]\ntipo = "sintetica"\nsemilla = 7\n'


def test_paths_are_relative_to_the_file() -> None:
    config = leer(SINTETICA, archivo=ARCHIVO)

    assert config.difusores == Path("/noche/origen/../difusores.toml")
    assert config.repositorio == Path("/noche/origen/repositorio")
    assert config.fuente == FuenteSintetica(eleccion=Path("/noche/origen/eleccion.toml"), semilla=7)
    assert config.reloj is None


def test_nights_of_one_root_name_the_folder_of_its_keys() -> None:
    sola = leer(SINTETICA, archivo=ARCHIVO)
    junta = leer(SINTETICA.replace("difusores =", 'instituto = "../ine"\ndifusores ='), archivo=ARCHIVO)

    assert (sola.instituto, sola.custodios_aqui) == (sola.carpeta, False)
    assert junta.repositorio == Path("/noche/origen/../ine/repositorio")
    assert junta.carpeta == Path("/noche/origen")


def test_a_rehearsal_has_its_clock() -> None:
    texto = SINTETICA + "[reloj]\napertura_real = 2026-11-22T00:10:00Z\nperiodo_real = 6\ncortes = 12\n"

    reloj = leer(texto, archivo=ARCHIVO).reloj

    assert reloj is not None
    assert reloj.apertura_real == datetime(2026, 11, 22, 0, 10, tzinfo=UTC)
    assert reloj.periodo_real == timedelta(seconds=6)


def test_a_replay_only_under_a_simulacro_role() -> None:
    texto = '[origen]\n[fuente]\ntipo = "reproduccion"\narchivos = ["a.zip"]\nrol = "{}"\n'

    fuente = leer(texto.format("simulacro-reproduccion"), archivo=ARCHIVO).fuente

    assert isinstance(fuente, FuenteReproduccion)
    with pytest.raises(ErrorDeConfiguracion, match=r"línea 5, fuente\.rol"):
        leer(texto.format("oficial"), archivo=ARCHIVO)


@pytest.mark.parametrize(
    ("texto", "lugar"),
    [
        ("[origen]\n", "fuente"),
        ('[origen]\n[fuente]\ntipo = "adivinada"\n', "línea 3, fuente.tipo"),
        (
            SINTETICA + "[reloj]\napertura_real = 2026-11-22T00:10:00\nperiodo_real = 6\ncortes = 2\n",
            "línea 7, reloj.apertura_real",
        ),
        (SINTETICA.replace("semilla", "semila"), "línea 5, fuente.semila"),
    ],
)
def test_a_fault_is_told_with_its_place(texto: str, lugar: str) -> None:
    with pytest.raises(ErrorDeConfiguracion, match=lugar):
        leer(texto, archivo=ARCHIVO)


PERSONA = '[[persona]]\nid = "ana-ruiz"\nnombre = "Ana Ruiz"\nllave = "personas/ana.json"\n'


def test_persons_have_the_path_of_their_key_beside_the_file() -> None:
    (persona,) = leer(SINTETICA + PERSONA, archivo=ARCHIVO).personas

    assert (persona.id, persona.nombre) == ("ana-ruiz", "Ana Ruiz")
    assert persona.llave == Path("/noche/origen/personas/ana.json")


@pytest.mark.parametrize(
    ("texto", "lugar"),
    [
        (PERSONA + PERSONA, r"línea 11, persona\[2\]\.id: «ana-ruiz» está dos veces"),
        (PERSONA.replace("ana-ruiz", "Ana Ruiz"), r"línea 7, persona\[1\]\.id"),
        (PERSONA.replace("llave", "lave"), r"persona\[1\]"),
    ],
)
def test_a_fault_of_a_person_is_told_with_its_place(texto: str, lugar: str) -> None:
    with pytest.raises(ErrorDeConfiguracion, match=lugar):
        leer(SINTETICA + texto, archivo=ARCHIVO)


@pytest.mark.parametrize(
    ("tabla", "imagenes"),
    [
        ("", None),
        ('tipo = "sintetica"', ImagenesSinteticas()),
        ('tipo = "carpeta"\ncarpeta = "actas"', ImagenesEnCarpeta(carpeta=Path("/noche/origen/actas"))),
        (
            'tipo = "s3"\ncubeta = "prep-actas"\nprefijo = "2026/"\nsufijo = ".jpg"\nregion = "us-east-1"',
            ImagenesEnS3(cubeta="prep-actas", prefijo="2026/", sufijo=".jpg", url=None, region="us-east-1"),
        ),
    ],
)
def test_images_come_from_where_their_table_says(tabla: str, imagenes: object) -> None:
    texto = SINTETICA + ("[imagenes]\n" + tabla if tabla else "")

    assert leer(texto, archivo=ARCHIVO).imagenes == imagenes


@pytest.mark.parametrize(
    ("texto", "lugar"),
    [
        (SINTETICA + '[imagenes]\ntipo = "ftp"\n', r"línea 7, imagenes\.tipo"),
        (SINTETICA + '[imagenes]\ntipo = "carpeta"\n', r"imagenes: falta «carpeta»"),
        (SINTETICA + '[imagenes]\ntipo = "s3"\ncubeta = "Mi Cubeta"\n', r"línea 8, imagenes\.cubeta"),
        (SINTETICA + '[imagenes]\ntipo = "s3"\ncubeta = "actas"\nurl = "ftp://x"\n', r"imagenes\.url"),
        (SINTETICA + '[imagenes]\ntipo = "sintetica"\ncarpeta = "x"\n', r"línea 8, imagenes\.carpeta"),
        (
            SINTETICA.replace("sintetica", "reproduccion").replace(
                "semilla = 7", 'archivos = ["a.zip"]\nrol = "simulacro-x"'
            )
            + '[imagenes]\ntipo = "sintetica"\n',
            r"línea 8, imagenes\.tipo: sólo la fuente sintética",
        ),
    ],
)
def test_a_fault_of_the_images_is_told_with_its_place(texto: str, lugar: str) -> None:
    with pytest.raises(ErrorDeConfiguracion, match=lugar):
        leer(texto, archivo=ARCHIVO)
