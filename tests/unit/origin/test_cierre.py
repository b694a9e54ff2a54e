"""What the night's book keeps of one publication."""

import json
from datetime import UTC, datetime

import pytest

from pregon.origin.cierre import resumen_de_publicacion
from pregon.paquete import bitacora
from pregon.testing.paquetes import paquete


@pytest.mark.parametrize("elecciones", [1, 3, 31])
def test_corrections_of_any_text_fit_the_entry_that_tells_them(elecciones: int) -> None:
    raro = "\x01" * 4000
    cambio = {
        "unidad": 1,
        "clave": raro,
        "tipo_acta": raro,
        "campos": [{"campo": "OBSERVACIONES", "antes": raro, "despues": raro}],
    }
    cambios = {"corregidas": [cambio] * 500, "regresadas": [], "desaparecidas": [], "bajan": []}
    figuras = {
        "elecciones": [{"clave": f"E{n}", "encabezado": {}, "cambios": cambios} for n in range(elecciones)]
    }

    datos = resumen_de_publicacion(paquete(3)[0], json.dumps(figuras).encode())

    asiento = bitacora.encadenar(
        None,
        instante=datetime(2026, 6, 8, tzinfo=UTC),
        actor="origen",
        acto="publicación",
        objeto="corte 3",
        datos=datos,
    )
    assert bitacora.leer(bitacora.escribir(asiento)[:-1]) == asiento
    assert datos["correcciones"]["E0"]["corregidas"] == 500
