"""An election whose rows name no distrito nor municipio: its one unidad is the entidad itself."""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from pregon.origin import motor
from pregon.origin.sources.carpeta import Carpeta
from pregon.origin.sources.lotes import Catalogo
from pregon.origin.sources.sintetica import Sintetica
from pregon.prep import escribir
from pregon.prep.acta import Acta
from pregon.prep.base_de_datos import leer
from pregon.prep.jornada import Ambito, CatalogoSintetico, Eleccion, Jornada, Unidad
from pregon.testing.jornada import FuenteConFallas, Noche


@pytest.fixture
def noche(tmp_path: Path) -> Noche:
    """A gubernatura, with the invented source."""
    noche = Noche(tmp_path / "origen")
    jornada = noche.fuente.jornada
    noche.fuente = FuenteConFallas(
        fuente=Sintetica(replace(jornada, elecciones=(_gubernatura(jornada.elecciones[0]),)), 1)
    )
    return noche


def _gubernatura(de: Eleccion) -> Eleccion:
    return replace(
        de,
        clave="GOB",
        nombre="Gubernatura",
        titulo="GUBERNATURA",
        slug="gubernatura",
        ambito=Ambito.ENTIDAD,
        detalle=Ambito.ENTIDAD,
        unidades=(Unidad(numero=0, nombre="Coahuila"),),
        municipios=(),
        partidos=tuple(replace(p, unidades=None) for p in de.partidos),
        coaliciones=tuple(replace(c, unidades=None) for c in de.coaliciones),
        candidaturas=(),
        catalogo=CatalogoSintetico(casillas=60, semilla=1, prisiones=1),
    )


def _publicado(noche: Noche) -> Any:
    ultimo = noche.repositorio().ultimo()
    assert ultimo is not None
    (sha,) = (a.sha256 for a in ultimo.archivos if a.ruta == "corte.json")
    (eleccion,) = json.loads(noche.repositorio().objetos.path(sha).read_bytes())["elecciones"]
    return eleccion


def _escrita(jornada: Jornada, actas: Sequence[Acta], numero: int) -> bytes:
    """Return its base de datos, as a capture system would export it."""
    instante = jornada.apertura + (numero - 1) * jornada.periodo
    corte = motor.contar(jornada, numero=numero, instante=instante, ultimo=False, actas={"GOB": actas})
    (resultado,) = corte.resultados
    archivos = dict(escribir.base_de_datos(corte, resultado))
    return archivos[escribir.nombres(corte, resultado.eleccion).resultados]


def test_both_engines_agree_and_a_restart_finds_nothing_changed(noche: Noche) -> None:
    noche.a_la_hora(3)
    noche.origen().paso()
    antes = _publicado(noche)
    noche.a_la_hora(4)
    noche.origen().paso()

    assert (noche.publicado(), noche.retenido()) == (4, None)
    cambios = _publicado(noche)["cambios"]
    assert cambios["nuevas"] > 0
    assert not any(cambios[que] for que in ("corregidas", "regresadas", "desaparecidas", "bajan"))
    (unidad,) = antes["unidades"]
    assert (unidad["numero"], unidad["totales"]) == (0, antes["totales"])


def test_a_folder_of_its_own_files_is_counted_alike(noche: Noche, tmp_path: Path) -> None:
    fuente = noche.fuente.fuente
    jornada = fuente.jornada
    zona = jornada.instituto.zona
    (gubernatura,) = jornada.elecciones
    en_ceros = fuente.leer(jornada.apertura - timedelta(days=1)).actas["GOB"]
    (base,) = leer("GOB.csv", _escrita(jornada, en_ceros, 1))
    entregas = tmp_path / "entregas"
    entregas.mkdir()
    instante = noche.cadencia.instante(3)
    (entregas / "GOB.csv").write_bytes(_escrita(jornada, fuente.leer(instante).actas["GOB"], 3))
    carpeta = Carpeta(
        jornada,
        {"GOB": Catalogo(gubernatura, base, zona)},
        carpeta=entregas,
        reposo=timedelta(0),
        clock=noche.reloj,
    )

    noche.a_la_hora(3)
    noche.origen(carpeta).paso()

    assert (noche.publicado(), noche.retenido()) == (3, None)
    (unidad,) = _publicado(noche)["unidades"]
    assert unidad["totales"]["capturadas"] == sum(a.capturada for a in fuente.leer(instante).actas["GOB"]) > 0
