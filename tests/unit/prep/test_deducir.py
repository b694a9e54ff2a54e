"""A night from its databases: clock, opening, coalitions, names; what cannot be one night is refused."""

import io
import zipfile
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from itertools import pairwise

import pytest

from pregon.errors import ErrorDeDatos
from pregon.prep.acta import Acta
from pregon.prep.base_de_datos import leer
from pregon.prep.deducir import jornada
from pregon.prep.entidades import nombre_propio, por_nombre
from pregon.prep.jornada import Jornada, Tipo
from pregon.prep.siglas import color

Escribir = Callable[..., bytes]
Deducida = Callable[..., tuple[Jornada, dict[str, Sequence[Acta]]]]


@pytest.fixture
def deducida(escribir: Escribir) -> Deducida:
    def _deducida(
        archivo: str = "COAH_DIP_LOC_2026.csv", **como: object
    ) -> tuple[Jornada, dict[str, Sequence[Acta]]]:
        return jornada(leer(archivo, escribir(**como)), tipo=Tipo.PROTOTIPO, rol="prototipo")

    return _deducida


def test_the_institute_and_its_clock(deducida: Deducida) -> None:
    noche, _ = deducida()

    assert (noche.instituto.siglas, noche.instituto.capital) == ("IEC", "Saltillo")
    assert noche.instituto.zona.key == "America/Monterrey"
    assert (noche.nombre, noche.tipo, noche.rol) == ("Coahuila 2026", Tipo.PROTOTIPO, "prototipo")


def test_the_clock_of_the_stamp_wins_over_the_map(deducida: Deducida) -> None:
    """June 2017 was UTC-5 in Saltillo and the stamp said UTC-6: hours must read as they were printed."""
    noche, _ = deducida(sello="05/06/2017 13:00 (UTC-6)")

    assert noche.local(datetime(2017, 6, 5, 19, 0, tzinfo=UTC)).hour == 13


@pytest.mark.parametrize(
    ("sello", "fecha", "apertura"),
    [("07/06/2026 20:30 (UTC-6)", date(2026, 6, 7), "07 18:00"),
     ("08/06/2026 13:00 (UTC-6)", date(2026, 6, 7), "07 18:00"),
     ("08/06/2026 20:00 (UTC-6)", date(2026, 6, 7), "07 20:00"),
     ("15/05/2026 15:00 (UTC-6)", date(2026, 5, 15), "15 15:00")],
)  # fmt: skip
def test_opening(deducida: Deducida, sello: str, fecha: date, apertura: str) -> None:
    noche, _ = deducida(sello=sello)

    assert noche.fecha == fecha
    assert f"{noche.local(noche.apertura):%d %H:%M}" == apertura
    assert (noche.cierre - noche.apertura).total_seconds() == 24 * 3600


def test_a_rehearsal_opens_with_its_first_acta(deducida: Deducida) -> None:
    noche, _ = deducida(sello="07/06/2026 17:30 (UTC-6)", filas=[])

    assert f"{noche.local(noche.apertura):%H:%M}" == "17:00"


def test_the_coalition_of_every_unit(deducida: Deducida) -> None:
    (eleccion,) = deducida()[0].elecciones

    (coalicion,) = eleccion.coaliciones
    assert (coalicion.clave, coalicion.partidos, coalicion.unidades) == ("C_PRI_UDC", ("PRI", "UDC"), None)


def test_a_coalition_stands_where_its_combination_holds_anything(
    deducida: Deducida, filas: list[list[str]]
) -> None:
    segunda = list(filas[0])
    segunda[4:7] = ["002", "DISTRITO 2", "0002"]
    segunda[19] = "-"

    (eleccion,) = deducida(filas=[filas[0], segunda])[0].elecciones

    assert eleccion.coaliciones[0].unidades == frozenset({1})


def test_an_option_stands_where_it_holds_anything(deducida: Deducida, filas: list[list[str]]) -> None:
    segunda = list(filas[0])
    segunda[4:7] = ["002", "DISTRITO 2", "0002"]
    segunda[20] = "-"

    (eleccion,) = deducida(filas=[filas[0], segunda])[0].elecciones

    assert {p.clave: p.unidades for p in eleccion.partidos}["CAND_IND_1"] == frozenset({1})


def test_two_files_of_one_election_are_refused(escribir: Escribir) -> None:
    bases = leer("COAH_DIP_LOC_2026.csv", escribir()) + leer("COAH_DIP_LOC_2026b.csv", escribir())

    with pytest.raises(ErrorDeDatos, match="misma elección"):
        jornada(bases, tipo=Tipo.PROTOTIPO, rol="x")


def test_files_of_two_entidades_are_refused(escribir: Escribir, filas: list[list[str]]) -> None:
    for fila in filas:
        fila[2:4] = ["21", "PUEBLA"]
    bases = leer("COAH_DIP_LOC_2026.csv", escribir()) + leer("PUE_AYUN_2024.csv", escribir(filas=filas))

    with pytest.raises(ErrorDeDatos, match="otra entidad"):
        jornada(bases, tipo=Tipo.PROTOTIPO, rol="x")


@pytest.mark.parametrize(
    ("impreso", "leido"),
    [("SAN JUAN DE SABINAS", "San Juan de Sabinas"), ("ACUÑA", "Acuña"), ("TORREON", "Torreón"),
     ("007. TENABO", "Tenabo"), ("FRANCISCO I. MADERO", "Francisco I. Madero"),
     ("DISTRITO XIV", "Distrito XIV"),
     ("Distrito 1", "Distrito 1"), ("Cuatro Ciénegas", "Cuatro Ciénegas"), ("", "")],
)  # fmt: skip
def test_names_as_people_read_them(impreso: str, leido: str) -> None:
    assert nombre_propio(impreso) == leido


def test_an_unknown_entidad_keeps_its_name() -> None:
    assert por_nombre("ATLANTIDA", 99).nombre == "Atlantida"


def test_generated_colours_are_legible_and_stable() -> None:
    def luz(tono: str) -> float:
        canales = [int(tono[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        lineales = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in canales]
        return sum(p * c for p, c in zip((0.2126, 0.7152, 0.0722), lineales, strict=True))

    tonos = {color(f"P{i}") for i in range(200)}

    assert len(tonos) == 12
    assert all(1.05 / (luz(t) + 0.05) >= 4.5 for t in tonos)
    assert all(color(a) == color(a) for a, _ in pairwise(["XX", "YY", "ZZ"]))


@pytest.mark.parametrize(
    ("renglones", "unidades"),
    [
        ("05,1,PRI,ANA RUIZ\n05,1,UDC,Ana  Ruiz\n05,2,PRI,LUZ\n05,2,UDC,MAR\n", {1}),
        ("05,1,C_PRI_UDC,ANA RUIZ\n05,1,PRI,ANA RUIZ\n05,2,PRI,LUZ\n", {1}),
        ("05,1,PRI,ANA RUIZ\n05,1,UDC,LUZ\n", {2}),
        ("05,1,PRI,NOMBRE\n05,1,UDC,NOMBRE\n05,2,PRI,NOMBRE\n05,2,UDC,NOMBRE\n", None),
    ],
    ids=["por la persona", "por la combinación", "una unidad calla", "nombres en blanco"],
)
def test_r70_a_coalition_of_zeros_stands_where_one_person_stands_for_it(
    escribir: Escribir, filas: list[list[str]], renglones: str, unidades: set[int] | None
) -> None:
    """QROO 2019 and Coahuila 2017 write 0 for a coalition that does not stand in a unit."""
    segunda = list(filas[0])
    segunda[4:7] = ["002", "DISTRITO 2", "0002"]
    candidaturas = f"ID_ESTADO,ID_DISTRITO_LOCAL,PARTIDO_CI,CANDIDATURA_PROPIETARIA\n{renglones}"

    (base,) = leer("noche.zip", _zip(escribir(filas=[filas[0], segunda]), candidaturas.encode()))
    noche, _ = jornada((base,), tipo=Tipo.PROTOTIPO, rol="prototipo")

    assert noche.elecciones[0].coaliciones[0].unidades == unidades


def _zip(resultados: bytes, candidaturas: bytes) -> bytes:
    memoria = io.BytesIO()
    with zipfile.ZipFile(memoria, "w") as archivo:
        archivo.writestr("COAH_DIP_LOC_2026.csv", resultados)
        archivo.writestr("COAH_DIP_LOC_CANDIDATURAS_2026.csv", candidaturas)
    return memoria.getvalue()
