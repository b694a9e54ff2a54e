"""What the origin's records say of the night when it closes: the data of the acta circunstanciada."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from pregon.origin.acta import (
    CambioDeVigilancia,
    CortePublicado,
    DatosDeCierre,
    DifusorAlCierre,
    MotivoDeCierre,
)
from pregon.origin.estados import Cambio
from pregon.paquete.bitacora import Asiento
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


def resumen_de_publicacion(manifest: Manifest, corte: Corte | None) -> dict[str, Any]:
    """Return the evidence of one publication for the bitácora: name, hashes and the header figures."""
    return {
        "numero": manifest.numero,
        "instante": manifest.instante.isoformat() if manifest.instante else None,
        "publicado": manifest.publicado.isoformat(),
        "manifest": huella(escribir(manifest)),
        "huella": manifest.huella,
        "ultimo": manifest.ultimo,
        "encabezados": {r.eleccion.clave: r.totales.encabezado(ultimo=corte.ultimo) for r in corte.resultados}
        if corte
        else {},
    }


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
        difusores=tuple(_difusor(d, cambios) for d in difusores),
        bitacora=bitacora[-1].sha256,
        asientos=len(bitacora),
        raiz=raiz,
        version=version,
    )


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
