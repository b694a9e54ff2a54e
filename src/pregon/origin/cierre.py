"""What the origin's records say of the night when it closes: the data of the acta circunstanciada."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from pregon.origin.acta import (
    CambioDeVigilancia,
    CortePublicado,
    DatosDeCierre,
    DifusorAlCierre,
    MotivoDeCierre,
)
from pregon.paquete.bitacora import Asiento
from pregon.paquete.difusores import (
    ACTO_TRANSICION,
    Difusor,
    Transicion,
    Veredicto,
    Vigilancia,
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
    vigilancia: Mapping[str, Vigilancia],
    bitacora: Sequence[Asiento],
    transiciones: Sequence[Asiento],
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
        difusores=tuple(_difusor(d, vigilancia.get(d.id, Vigilancia()), transiciones) for d in difusores),
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


def _difusor(difusor: Difusor, vigilancia: Vigilancia, transiciones: Sequence[Asiento]) -> DifusorAlCierre:
    leidas = [
        leer_transicion(a.objeto, a.instante, a.datos)
        for a in transiciones
        if a.acto == ACTO_TRANSICION and a.objeto == difusor.id
    ]
    return DifusorAlCierre(
        id=difusor.id,
        nombre=difusor.nombre,
        url=difusor.url,
        estado=vigilancia.estado,
        portal=difusor.portal,
        cambios=tuple(_cambio(t) for t in leidas if t.de.estado is not t.a.estado),
    )


def _cambio(transicion: Transicion) -> CambioDeVigilancia:
    corte = f"corte {transicion.corte}" if transicion.corte is not None else ""
    es_periodo = isinstance(transicion.hecho, Veredicto)
    hecho = f"periodo {transicion.hecho.value}" if es_periodo else transicion.hecho.value
    return CambioDeVigilancia(
        instante=transicion.instante,
        de=transicion.de.estado,
        a=transicion.a.estado,
        causa=transicion.a.causa,
        evidencia=", ".join(parte for parte in (hecho, corte) if parte),
    )
