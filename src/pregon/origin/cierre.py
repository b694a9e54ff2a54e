"""What the origin's records say of the night: what fails now, and at the close the data of the acta."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from pregon.origin.acta import (
    AlarmaDeContraste,
    CambioDeVigilancia,
    CortePublicado,
    CorteRetenido,
    DatosDeCierre,
    DifusorAlCierre,
    MotivoDeCierre,
)
from pregon.origin.estados import Cambio
from pregon.origin.retencion import Desenlace
from pregon.paquete.bitacora import Acto, Asiento
from pregon.paquete.difusores import (
    ACTO_TRANSICION,
    Difusor,
    Estado,
    Veredicto,
    leer_transicion,
)
from pregon.paquete.manifest import Manifest, escribir, huella
from pregon.prep.cadencia import Cadencia
from pregon.prep.corte import Corte

PUBLICACION = "publicación"
"""The act of the bitácora that records each published corte."""
CIERRE = "cierre"
"""The act that records the seal of the night."""
INICIO: Final = "inicio"
"""The act that begins a life of the process."""
FALLA: Final = "falla"
"""The act that records a duty that could not be done, until FALLA_SUPERADA."""
FALLA_SUPERADA: Final = "falla superada"
_CORRECCIONES: Final = ("corregidas", "regresadas", "desaparecidas", "bajan")
"""Lists of corte.json that tell what changed of what was public."""
_MUESTRA: Final = 30
"""Corrections that one entry shows, of all elections together."""
_RENGLON: Final = 300
"""Characters of each, of up to six bytes: what passes `Limites.asiento` could never be written."""


def resumen_de_publicacion(manifest: Manifest, figuras: bytes | None) -> dict[str, Any]:
    """Return the evidence of one publication for the bitácora: name, hashes, header figures, corrections.

    `figuras` is the published corte.json; None for paquete 0.
    """
    elecciones = json.loads(figuras)["elecciones"] if figuras else []
    return {
        "numero": manifest.numero,
        "instante": manifest.instante.isoformat() if manifest.instante else None,
        "publicado": manifest.publicado.isoformat(),
        "manifest": huella(escribir(manifest)),
        "huella": manifest.huella,
        "ultimo": manifest.ultimo,
        "encabezados": {e["clave"]: e["encabezado"] for e in elecciones},
        "correcciones": {
            e["clave"]: _correcciones(e["cambios"], _MUESTRA // len(elecciones))
            for e in elecciones
            if e["cambios"] and any(e["cambios"][clase] for clase in _CORRECCIONES)
        },
    }


def _correcciones(cambios: Mapping[str, Any], cuantas: int) -> dict[str, Any]:
    """Count what changed of what was public, and show the first ones: corte.json lists all (R36)."""
    muestra = [
        f"{clase}: {_renglon(cambio)}"[:_RENGLON] for clase in _CORRECCIONES for cambio in cambios[clase]
    ]
    return {clase: len(cambios[clase]) for clase in _CORRECCIONES} | {"muestra": muestra[:cuantas]}


def _renglon(cambio: Mapping[str, Any]) -> str:
    if "campos" not in cambio:
        return f"unidad {cambio['unidad']}, {cambio['nombre']}: {cambio['antes']} → {cambio['despues']}"
    campos = ", ".join(f"{c['campo']} {c['antes']} → {c['despues']}" for c in cambio["campos"])
    return f"unidad {cambio['unidad']}, {cambio['clave']} {cambio['tipo_acta']}: {campos}"


def datos_de_cierre(
    *,
    corte: Corte,
    manifest: Manifest,
    cadencia: Cadencia,
    difusores: Sequence[Difusor],
    cambios: Sequence[Cambio],
    bitacora: Sequence[Asiento],
    raiz: str,
    version: str,
) -> DatosDeCierre:
    """Gather them from a sealed night. The reason is the term: any other close is a human act (R5, R6)."""
    return DatosDeCierre(
        corte=corte,
        manifest=manifest,
        manifest_sha256=huella(escribir(manifest)),
        apertura=cadencia.apertura_real,
        cierre=next(a.instante for a in reversed(bitacora) if a.acto == CIERRE),
        motivo=MotivoDeCierre.PLAZO,
        fundamento="",
        cortes=_cortes(bitacora),
        retenidos=_retenidos(bitacora),
        alarmas=tuple(_alarmas(bitacora)),
        difusores=tuple(_difusor(d, cambios) for d in difusores),
        bitacora=bitacora[-1].sha256,
        asientos=len(bitacora),
        raiz=raiz,
        version=version,
    )


def fallas_vigentes(bitacora: Iterable[Asiento]) -> dict[str, str]:
    """Return the duties that the process cannot do at present, each with its cause."""
    fallas: dict[str, str] = {}
    for asiento in bitacora:
        if asiento.acto == INICIO:
            fallas.clear()
        elif asiento.acto == FALLA:
            fallas[asiento.objeto] = asiento.datos["causa"]
        elif asiento.acto == FALLA_SUPERADA:
            fallas.pop(asiento.objeto, None)
    return fallas


def _cortes(bitacora: Sequence[Asiento]) -> tuple[CortePublicado, ...]:
    return tuple(
        CortePublicado(
            numero=a.datos["numero"],
            instante=datetime.fromisoformat(a.datos["instante"]),
            publicado=datetime.fromisoformat(a.datos["publicado"]),
            sha256=a.datos["manifest"],
        )
        for a in bitacora
        if a.acto == PUBLICACION and a.datos["numero"] > 0
    )


def _retenidos(bitacora: Sequence[Asiento]) -> tuple[CorteRetenido, ...]:
    """Return the holds; of what was told of one more than once, the last that was told."""
    finales = {d.value: d for d in Desenlace}
    retenidos: dict[int, CorteRetenido] = {}
    for a in bitacora:
        if a.acto != Acto.RETENIDO.value and a.acto not in finales:
            continue
        desenlace = finales.get(a.acto)
        retenidos[a.datos["numero"]] = CorteRetenido(
            numero=a.datos["numero"],
            desde=datetime.fromisoformat(a.datos["desde"]),
            motivos=tuple(a.datos["motivos"]),
            causas=tuple(a.datos["causas"]),
            hasta=a.instante if desenlace else None,
            desenlace=desenlace,
            superado_por=a.datos.get("superado_por"),
            firmas=tuple((f["nombre"], f["motivo"]) for f in a.datos.get("firmas", ())),
        )
    return tuple(retenidos.values())


def _alarmas(bitacora: Sequence[Asiento]) -> Iterator[AlarmaDeContraste]:
    """Yield each alarm with its end, in order of its beginning; one that still sounds has none."""
    fines = [a for a in bitacora if a.acto == Acto.FIN_DE_ALARMA.value]
    for a in bitacora:
        if a.acto == Acto.ALARMA.value:
            fin = next((f for f in fines if f.objeto == a.objeto and f.numero > a.numero), None)
            yield AlarmaDeContraste(
                eleccion=a.objeto,
                corte=a.datos["corte"],
                desde=a.instante,
                hasta=fin.instante if fin else None,
                fuente=a.datos["fuente"],
                capturadas=a.datos["capturadas"],
            )


def _difusor(difusor: Difusor, cambios: Sequence[Cambio]) -> DifusorAlCierre:
    propios = [c for c in cambios if c.asiento.objeto == difusor.id]
    return DifusorAlCierre(
        id=difusor.id,
        nombre=difusor.nombre,
        url=difusor.url,
        estado=propios[-1].a.estado if propios else Estado.ACTIVO,
        portal=difusor.portal,
        cambios=tuple(_cambio(c) for c in propios if c.de.estado is not c.a.estado),
    )


def _cambio(cambio: Cambio) -> CambioDeVigilancia:
    return CambioDeVigilancia(
        instante=cambio.asiento.instante,
        de=cambio.de.estado,
        a=cambio.a.estado,
        causa=cambio.a.causa,
        evidencia=_evidencia(cambio.asiento),
    )


def _evidencia(asiento: Asiento) -> str:
    if asiento.acto != ACTO_TRANSICION:
        return ": ".join(p for p in (f"acto de {asiento.actor}", asiento.datos.get("motivo")) if p)
    transicion = leer_transicion(asiento.objeto, asiento.instante, asiento.datos)
    es_periodo = isinstance(transicion.hecho, Veredicto)
    hecho = f"periodo {transicion.hecho.value}" if es_periodo else transicion.hecho.value
    return hecho if transicion.corte is None else f"{hecho}, corte {transicion.corte}"
