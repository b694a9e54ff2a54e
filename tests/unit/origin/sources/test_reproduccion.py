"""The replay: cortes land on stamps, rows appear when verified, and the last corte is the file's."""

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from pregon.origin.motor import contar
from pregon.origin.sources import ejemplos
from pregon.origin.sources.fuente import pendiente
from pregon.origin.sources.reproduccion import Reproduccion, ajustar
from pregon.origin.sources.sintetica import Sintetica
from pregon.prep import deducir, eleccion, escribir
from pregon.prep.acta import Contabilizada
from pregon.prep.base_de_datos import BaseDeDatos, leer
from pregon.prep.comparar import comparar
from pregon.prep.jornada import CatalogoSintetico, Tipo


@pytest.fixture(scope="module")
def base() -> BaseDeDatos:
    """The final file of a small synthetic night, six hours after its opening."""
    jornada = eleccion.leer(ejemplos.texto("diputaciones"), archivo="e")
    chica = replace(jornada.elecciones[0], catalogo=CatalogoSintetico(casillas=400, semilla=3))
    fin = jornada.apertura + timedelta(hours=6)
    fuente = Sintetica(replace(jornada, cierre=fin, elecciones=(chica,)))
    corte = contar(fuente.jornada, numero=37, instante=fin, ultimo=True, actas=fuente.leer(fin).actas)
    nombre, datos = next(escribir.base_de_datos(corte, corte.resultados[0]))
    return leer(nombre, datos)[0]


@pytest.mark.parametrize("cortes", [1, 2, 5, 12, 100])
def test_the_last_corte_lands_on_the_stamp(base: BaseDeDatos, cortes: int) -> None:
    noche = Reproduccion([base], Tipo.SIMULACRO, "simulacro-demo", cortes).jornada

    assert noche.cierre == base.sello
    assert noche.apertura + (cortes - 1) * noche.periodo == noche.cierre
    assert noche.periodo % timedelta(minutes=1) == timedelta(0)


def test_the_last_corte_is_the_file(base: BaseDeDatos) -> None:
    fuente = Reproduccion([base], Tipo.SIMULACRO, "simulacro-demo", 5)

    actas = fuente.leer(fuente.jornada.cierre).actas["DIP_LOC"]

    assert [replace(a, hora_imputada=False, verificacion=None) for a in actas] == [
        replace(a, verificacion=None) for a in base.actas
    ]


def test_rows_appear_when_they_were_verified(base: BaseDeDatos) -> None:
    fuente = Reproduccion([base], Tipo.SIMULACRO, "simulacro-demo", 5)
    noche = fuente.jornada
    hora = noche.apertura + 2 * noche.periodo

    (actas,) = fuente.leer(hora).actas.values()

    local = noche.local(hora).replace(tzinfo=None)
    finales = {a.renglon: a for a in base.actas}
    assert {a.capturada for a in actas} == {True, False}
    for acta in actas:
        verificacion = finales[acta.renglon].verificacion
        assert verificacion is None or not acta.en_catalogo or acta.capturada == (verificacion <= local)


def test_pending_rows_are_whole_and_fuera_de_catalogo_waits(base: BaseDeDatos) -> None:
    fuente = Reproduccion([base], Tipo.SIMULACRO, "simulacro-demo", 5)

    (actas,) = fuente.leer(fuente.jornada.apertura - timedelta(hours=3)).actas.values()

    assert len(actas) == sum(a.en_catalogo for a in base.actas)
    assert {a.contabilizada for a in actas} == {Contabilizada.PENDIENTE}


def test_missing_times_are_imputed_at_the_pace_of_the_others_and_marked(base: BaseDeDatos) -> None:
    fuente = Reproduccion([base], Tipo.SIMULACRO, "simulacro-demo", 12)
    noche = fuente.jornada

    imputadas = [a for a in fuente.leer(noche.cierre).actas["DIP_LOC"] if a.hora_imputada]

    assert {a.sin_acta for a in imputadas} == {True}
    assert len(imputadas) == sum(a.sin_acta for a in base.actas) > 0
    horas = [a.verificacion for a in base.actas if a.verificacion]
    assert {a.verificacion for a in imputadas} <= set(horas)


def test_a_wrong_clock_does_not_stretch_the_night(base: BaseDeDatos) -> None:
    noche, actas = deducir.jornada([base], tipo=Tipo.SIMULACRO, rol="simulacro-demo")
    primera = next(a for a in actas["DIP_LOC"] if a.verificacion)
    assert primera.verificacion
    perdida = replace(primera, verificacion=primera.verificacion - timedelta(days=400))
    assert base.sello

    ajustada = ajustar(noche, {"DIP_LOC": [perdida, *actas["DIP_LOC"]]}, fin=base.sello, cortes=12)

    assert ajustada.cierre - ajustada.apertura <= timedelta(hours=24)


@pytest.mark.parametrize(
    ("archivo", "contabilizadas", "votos"),
    [
        ("coahuila-2017/20170605_1300_PREP_GOB_COAH.zip", 2609, 881_342),
        ("puebla-2024/jornada/20240603_2000/PUE_GUB_2024.csv", 6848, 2_658_993),
    ],
)
def test_real_files_end_on_their_own_figures(
    datos_reales: Path, archivo: str, contabilizadas: int, votos: int
) -> None:
    ruta = datos_reales / archivo
    fuente = Reproduccion(leer(ruta.name, ruta.read_bytes()), Tipo.SIMULACRO, "simulacro-demo", 12)
    noche = fuente.jornada

    corte = contar(
        noche, numero=12, instante=noche.cierre, ultimo=True, actas=fuente.leer(noche.cierre).actas
    )

    assert corte.resultados[0].totales.contabilizadas == contabilizadas
    assert corte.resultados[0].totales.votos_c_cs == votos


def test_the_source_counts_the_actas_of_the_catalogue_by_their_times(base: BaseDeDatos) -> None:
    fuente = Reproduccion([base], Tipo.SIMULACRO, "simulacro-demo", 12)
    noche = fuente.jornada

    for n in range(12):
        entrada = fuente.leer(noche.apertura + n * noche.periodo)
        assert entrada.verificadas == {"DIP_LOC": sum(a.capturada for a in entrada.actas["DIP_LOC"])}


def test_an_earlier_corte_dates_what_has_no_time(base: BaseDeDatos) -> None:
    assert base.sello
    antes = base.sello - timedelta(hours=2)
    sin_hora = [i for i, a in enumerate(base.actas) if a.sin_acta]
    vistas = sin_hora[: len(sin_hora) // 2]
    previas = [a if i in vistas else pendiente(a) for i, a in enumerate(base.actas) if a.en_catalogo]
    previa = replace(base, sello=antes, actas=tuple(previas))

    fuente = Reproduccion([base, previa], Tipo.SIMULACRO, "simulacro-demo", 12)

    def cuales(hasta: datetime) -> list[int]:
        return [i for i, a in enumerate(fuente.leer(hasta).actas["DIP_LOC"]) if a.sin_acta]

    assert vistas
    assert cuales(antes - timedelta(seconds=1)) == []
    assert cuales(antes) == vistas
    assert cuales(base.sello) == sin_hora


def test_puebla_2024_the_real_corte_of_18_is_rebuilt_row_by_row(datos_reales: Path) -> None:
    carpeta = datos_reales / "puebla-2024" / "jornada"
    rutas = [carpeta / f"20240603_{hora}" / "PUE_GUB_2024.csv" for hora in (1800, 2000)]
    publicada, final = (leer(ruta.name, ruta.read_bytes())[0] for ruta in rutas)
    fuente = Reproduccion([publicada, final], Tipo.SIMULACRO, "simulacro-demo", 12)
    assert publicada.sello

    actas = fuente.leer(publicada.sello).actas["GUB"]

    assert sum(a.hora_imputada for a in actas) == sum(a.sin_acta for a in publicada.actas) == 529
    con_su_hora = [
        replace(a, verificacion=None, hora_imputada=False) if a.hora_imputada else a for a in actas
    ]
    assert con_su_hora == list(publicada.actas)
    corte = contar(fuente.jornada, numero=1, instante=publicada.sello, ultimo=False, actas={"GUB": actas})
    assert not comparar(replace(publicada, actas=tuple(con_su_hora)), ultimo=False).diferencias
    assert corte.resultados[0].totales.participacion(ultimo=False) == "63.8737"


def test_puebla_2024_from_the_last_file_alone_only_sin_acta_is_guessed(datos_reales: Path) -> None:
    carpeta = datos_reales / "puebla-2024" / "jornada"
    rutas = [carpeta / f"20240603_{hora}" / "PUE_GUB_2024.csv" for hora in (1800, 2000)]
    publicada, final = (leer(ruta.name, ruta.read_bytes())[0] for ruta in rutas)
    fuente = Reproduccion([final], Tipo.SIMULACRO, "simulacro-demo", 12)
    assert publicada.sello

    actas = fuente.leer(publicada.sello).actas["GUB"]

    pares = zip(actas, publicada.actas, final.actas, strict=True)
    assert all(acta == real for acta, real, ultima in pares if not ultima.sin_acta)
