"""The figures of a corte as canonical JSON; its SHA-256 is the *huella* on every page (decisions §10).

Canonical: UTF-8, keys sorted, no spaces, integers as integers and percentages as the text that is shown. The
same corte gives the same bytes on any machine, so anybody can check a page against it. Every key is told in
docs/referencia/corte-json.md; a change of meaning or the loss of a key takes a new VERSION.
"""

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from pregon.prep.acta import Clase
from pregon.prep.corte import (
    ActaCambiada,
    Cambios,
    Corte,
    ResultadoEleccion,
    ResultadoMunicipio,
    Totales,
)
from pregon.prep.jornada import Ambito
from pregon.prep.lugares import Contienda, Lugar, contiendas, entidad, ventaja
from pregon.prep.porcentaje import porcentaje
from pregon.prep.sello import sello, sello_utc

VERSION = 2


def corte_json(corte: Corte) -> bytes:
    """Return the canonical JSON of a corte: every election, unit and municipio, and what changed."""
    jornada = corte.jornada
    cambios = {c.eleccion: c for c in corte.cambios}
    documento = {
        "version": VERSION,
        "jornada": jornada.nombre,
        "entidad": jornada.instituto.entidad,
        "tipo": jornada.tipo.value,
        "numero": corte.numero,
        "anterior": corte.anterior,
        "instante": sello_utc(corte.instante),
        "sello": sello(corte.instante, jornada.instituto.zona),
        "ultimo": corte.ultimo,
        "elecciones": [
            _eleccion(r, cambios.get(r.eleccion.clave), ultimo=corte.ultimo) for r in corte.resultados
        ],
    }
    return json.dumps(documento, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def _eleccion(resultado: ResultadoEleccion, cambios: Cambios | None, *, ultimo: bool) -> dict[str, Any]:
    eleccion = resultado.eleccion
    unidades = contiendas(resultado)
    lugares = entidad(resultado, unidades)
    por_unidad = eleccion.ambito is not Ambito.ENTIDAD
    lideran = Counter(u.ventaja.lider.clave for u in unidades if u.ventaja.lider)
    return {
        "clave": eleccion.clave,
        "nombre": eleccion.nombre,
        "ambito": eleccion.ambito.value,
        "detalle": eleccion.detalle.value,
        "encabezado": resultado.totales.encabezado(ultimo=ultimo),
        "columnas": [c.clave for c in eleccion.columnas],
        "unidades": [_unidad(u, ultimo=ultimo) for u in unidades],
        "municipios": [_municipio(m, ultimo=ultimo) for m in resultado.municipios],
        "cambios": None if cambios is None else _cambios(cambios),
        **_nivel(resultado.totales, ultimo=ultimo),
        "contendientes": [
            lugar | ({"unidades": lideran[lugar["clave"]]} if por_unidad else {})
            for lugar in _lugares(lugares, resultado.totales)
        ],
        # Where every unit is a contest of its own, nobody leads the entidad (R74).
        **({} if por_unidad else _ventaja(lugares)),
    }


def _unidad(una: Contienda, *, ultimo: bool) -> dict[str, Any]:
    return {
        "numero": una.resultado.unidad.numero,
        "nombre": una.resultado.unidad.nombre,
        **_nivel(una.resultado.totales, ultimo=ultimo),
        "contendientes": _lugares(una.lugares, una.resultado.totales),
        **_ventaja(una.lugares),
    }


def _municipio(uno: ResultadoMunicipio, *, ultimo: bool) -> dict[str, Any]:
    return {
        "numero": uno.unidad.numero,
        "nombre": uno.unidad.nombre,
        "secciones": list(uno.secciones),
        **_nivel(uno.totales, ultimo=ultimo),
    }


def _nivel(t: Totales, *, ultimo: bool) -> dict[str, Any]:
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
            "votos": t.votos_c_cs,
            "votos_sin_especiales": t.votos_s_cs,
            "votos_sin_desglose": t.sin_desglose,
            "participacion": t.participacion(ultimo=ultimo),
        },
        "por_clase": {
            clase.name.lower(): {"actas": actas, "lista_nominal": nominal}
            for clase, actas, nominal in zip(Clase, t.clases, t.nominal, strict=True)
            if actas
        },
        "votos": list(t.votos),
    }


def _lugares(lugares: Iterable[Lugar], t: Totales) -> list[dict[str, Any]]:
    total = t.votos_c_cs
    return [
        {
            "clave": u.contendiente.clave,
            "columnas": list(u.contendiente.columnas),
            "votos": u.votos,
            "porcentaje": porcentaje(u.votos, total),
        }
        for u in lugares
    ]


def _ventaja(lugares: Sequence[Lugar]) -> dict[str, Any]:
    una = ventaja(lugares)
    return {
        "lidera": una.lider.clave if una.lider else None,
        "empate": [c.clave for c in una.empate],
        "diferencia": una.diferencia,
    }


def _cambios(c: Cambios) -> dict[str, Any]:
    return {
        "nuevas": c.nuevas,
        "corregidas": [_cambiada(a) for a in c.corregidas],
        "regresadas": [_cambiada(a) for a in c.regresadas],
        "desaparecidas": [_cambiada(a) for a in c.desaparecidas],
        "bajan": [
            {"unidad": b.unidad, "clase": b.clase, "nombre": b.nombre, "antes": b.antes, "despues": b.despues}
            for b in c.caidas
        ],
    }


def _cambiada(a: ActaCambiada) -> dict[str, Any]:
    return {
        "unidad": a.casilla.unidad,
        "seccion": a.casilla.seccion,
        "clave": a.casilla.clave,
        "tipo_acta": a.tipo_acta,
        "ordinal": a.ordinal,
        "campos": [{"campo": c.campo, "antes": c.antes, "despues": c.despues} for c in a.campos],
    }
