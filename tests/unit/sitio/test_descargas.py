"""The lasting address of the newest corte, and the index that says which one it is (R92)."""

import json

from pregon.paquete.manifest import huella, ruta_segura
from pregon.prep.corte_json import corte_json
from pregon.sitio import descargas
from pregon.testing.noche import Noche, cuenta

CORTE = cuenta(Noche().pon((10, 5, 3, 1, 0, 2)).pon(None).actas)
HUELLA = huella(corte_json(CORTE))
ARCHIVOS = descargas.archivos(CORTE, HUELLA)


def test_the_lasting_address_is_the_same_object_as_the_stamped_one() -> None:
    assert ARCHIVOS["datos/ultimo/DIP_LOC.zip"] is ARCHIVOS["datos/20260607_1840_PREP_DIP_LOC_COAH.zip"]


def test_the_index_lists_every_other_file_with_size_and_hash() -> None:
    indice = json.loads(ARCHIVOS["datos/ultimo.json"])

    assert (indice["corte"], indice["instante"]) == (2, "2026-06-07T18:40:00-06:00")
    assert (indice["huella"], indice["caracter"], indice["ultimo"]) == (HUELLA, "oficial", False)
    assert {a["ruta"]: (a["tamano"], a["sha256"]) for a in indice["archivos"]} == {
        ruta: (len(datos), huella(datos)) for ruta, datos in ARCHIVOS.items() if ruta != "datos/ultimo.json"
    }
    (fija,) = [a for a in indice["archivos"] if "con_sello" in a]
    assert (fija["ruta"], fija["con_sello"]) == (
        "datos/ultimo/DIP_LOC.zip",
        "datos/20260607_1840_PREP_DIP_LOC_COAH.zip",
    )


def test_only_the_zip_carries_a_stamp() -> None:
    assert [r for r in ARCHIVOS if "2026060" in r] == ["datos/20260607_1840_PREP_DIP_LOC_COAH.zip"]
    assert all(ruta_segura(ruta) == ruta for ruta in ARCHIVOS)


def test_the_page_shows_every_file_once() -> None:
    grupos = list(descargas.grupos(CORTE, ARCHIVOS))

    mostrados = [a.ruta for g in grupos for a in (*g.base, *([g.fijo] if g.fijo else []), *g.ordenados)]

    assert sorted(mostrados) == sorted(ARCHIVOS)
