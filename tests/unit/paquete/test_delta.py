"""The delta between two cortes: what comes out is the signed one or nothing."""

import tracemalloc

import pytest
from deltas_hostiles import ALTERACIONES, ZIP, Caso, arbol, caso, hacer_caso

from pregon.errors import ErrorDeConfianza
from pregon.paquete import delta
from pregon.paquete.manifest import Archivo, huella, leer


@pytest.fixture(scope="module")
def honesto() -> Caso:
    return caso()


def aplicar(datos: bytes, caso: Caso) -> dict[str, bytes]:
    """Return what a receiver would have of corte 2 after it, by SHA-256."""
    viejos = {huella(contenido): contenido for contenido in arbol(1).values()}
    hallados = dict(viejos)
    abierto = delta.abrir(datos, caso.viejo, tamano=len(caso.nuevo), sha256=huella(caso.nuevo))
    assert abierto.crudo == caso.nuevo
    for contenido in abierto.objetos(
        propio=lambda uno: hallados[uno.sha256], base=lambda uno: viejos[uno.sha256]
    ):
        hallados[huella(contenido)] = contenido
    return hallados


def test_old_corte_and_delta_are_the_new_corte(honesto: Caso) -> None:
    hallados = aplicar(honesto.honesto, honesto)
    assert {uno.ruta: hallados[uno.sha256] for uno in leer(honesto.nuevo).archivos} == arbol(2)


def test_the_same_cortes_give_the_same_bytes(honesto: Caso) -> None:
    assert hacer_caso(honesto.viejo, honesto.nuevo).honesto == honesto.honesto


def test_a_zip_travels_as_its_members_names(honesto: Caso) -> None:
    (receta,) = honesto.guia["recetas"].values()
    assert receta == [[2026, 6, 7, 18, 2], [["DIP.csv", "datos/DIP.csv"], ["LEEME.txt", "datos/LEEME.txt"]]]
    assert len(honesto.honesto) < len(arbol(2)[ZIP])


def test_rows_that_only_changed_their_hour_cost_nothing(honesto: Caso) -> None:
    assert honesto.guia["redatado"] == ["\n1,2026-06-07T18:01", "\n2,2026-06-07T18:02"]


def test_a_bundle_needs_no_old_corte(honesto: Caso) -> None:
    def nada(uno: Archivo) -> bytes:
        raise AssertionError(uno)

    completo = delta.hacer(honesto.nuevo, None, propio=lambda uno: arbol(2)[uno.ruta], base=nada)
    abierto = delta.abrir(completo, None, tamano=len(honesto.nuevo), sha256=huella(honesto.nuevo))
    objetos = {huella(d) for d in abierto.objetos(propio=lambda uno: arbol(2)[uno.ruta], base=nada)}
    assert objetos == {uno.sha256 for uno in leer(honesto.nuevo).archivos}


@pytest.mark.parametrize("nombre", ALTERACIONES)
def test_b5_a_spoiled_delta_is_refused(nombre: str, honesto: Caso) -> None:
    with pytest.raises(ErrorDeConfianza):
        aplicar(ALTERACIONES[nombre](honesto), honesto)


@pytest.mark.parametrize("nombre", [nombre for nombre in ALTERACIONES if nombre.startswith("bomba")])
def test_b3_a_bomb_is_not_inflated(nombre: str, honesto: Caso) -> None:
    datos = ALTERACIONES[nombre](honesto)
    tracemalloc.start()
    try:
        with pytest.raises(ErrorDeConfianza, match="infla más"):
            aplicar(datos, honesto)
        _, pico = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert pico < 5_000_000


def test_an_object_whose_base_was_lost_stops_there(honesto: Caso) -> None:
    abierto = delta.abrir(
        honesto.honesto, honesto.viejo, tamano=len(honesto.nuevo), sha256=huella(honesto.nuevo)
    )
    with pytest.raises(ErrorDeConfianza):
        list(abierto.objetos(propio=lambda uno: arbol(2)[uno.ruta], base=lambda _: b"otra cosa"))
