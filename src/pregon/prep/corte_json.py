"""The figures of a corte as canonical JSON; its SHA-256 is the *huella* on every page (decisions §10).

Canonical: UTF-8, keys sorted, no spaces, integers as integers and percentages as the text that is shown. The
same corte gives the same bytes on any machine, so anybody can check a page against it.
"""

import json
from collections.abc import Sequence
from datetime import UTC
from typing import Any

from pregon.prep.corte import Corte, ResultadoEleccion, Totales
from pregon.prep.lugares import Lugar, contiendas, entidad
from pregon.prep.porcentaje import porcentaje
from pregon.prep.sello import sello

VERSION = 1


def corte_json(corte: Corte) -> bytes:
    """Return the canonical JSON of a corte: header, totals and votes of every election and unit."""
    jornada = corte.jornada
    documento = {
        "version": VERSION,
        "jornada": jornada.nombre,
        "entidad": jornada.instituto.entidad,
        "tipo": jornada.tipo.value,
        "numero": corte.numero,
        "instante": f"{corte.instante.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
        "sello": sello(corte.instante, jornada.instituto.zona),
        "ultimo": corte.ultimo,
        "elecciones": [_eleccion(r, ultimo=corte.ultimo) for r in corte.resultados],
    }
    return json.dumps(documento, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def _eleccion(resultado: ResultadoEleccion, *, ultimo: bool) -> dict[str, Any]:
    eleccion = resultado.eleccion
    unidades = contiendas(resultado)
    return {
        "clave": eleccion.clave,
        "nombre": eleccion.nombre,
        "ambito": eleccion.ambito.value,
        "encabezado": resultado.totales.encabezado(ultimo=ultimo),
        "columnas": [c.clave for c in eleccion.columnas],
        "unidades": [
            {
                "numero": c.resultado.unidad.numero,
                "nombre": c.resultado.unidad.nombre,
                **_nivel(c.lugares, c.resultado.totales, ultimo=ultimo),
            }
            for c in unidades
        ],
        **_nivel(entidad(resultado, unidades), resultado.totales, ultimo=ultimo),
    }


def _nivel(lugares: Sequence[Lugar], t: Totales, *, ultimo: bool) -> dict[str, Any]:
    total = t.votos_c_cs
    return {
        "totales": {
            "esperadas": t.esperadas,
            "fuera_de_catalogo": t.fuera_de_catalogo,
            "capturadas": t.capturadas,
            "contabilizadas": t.contabilizadas,
            "no_contabilizadas": t.no_contabilizadas,
            "inconsistentes": t.inconsistentes,
            "sin_acta": t.sin_acta,
            "lista_nominal": t.lista_nominal,
            "lista_nominal_total": t.lista_nominal_total,
            "votos": total,
            "votos_sin_especiales": t.votos_s_cs,
            "votos_sin_desglose": t.sin_desglose,
            "participacion": t.participacion(ultimo=ultimo),
        },
        "votos": list(t.votos),
        "contendientes": [
            {
                "clave": lugar.contendiente.clave,
                "votos": lugar.votos,
                "porcentaje": porcentaje(lugar.votos, total),
            }
            for lugar in lugares
        ],
    }
