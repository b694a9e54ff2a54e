"""What an inspection of a published corte says: the signed list against the bytes that somebody has.

Pure: where the bytes come from (a folder, a ZIP, an address) is the reader's business. Authenticity and
freshness are told apart (decisions §27), and every file that is altered, missing or extra has its name.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from pregon.errors import DIFERENCIAS, EXITO, SIN_AUTORIA, ErrorDeConfianza
from pregon.paquete.manifest import Archivo, Manifest, huella
from pregon.prep.cuadre import Cuadre
from pregon.prep.sello import sello_utc

PRUEBA: Final = ".well-known/pregon/prueba.json"
"""Where a corte's proof stands in its tree, outside the manifest (decisions §10)."""
CHECKPOINT: Final = ".well-known/pregon/checkpoint"
"""The log's signed note in force when the corte was activated, kept beside its proof (decisions §10)."""
ENTRADAS: Final = ".well-known/pregon/registro"
"""Every line of the log at that moment."""
PRUEBAS: Final = ".well-known/pregon/prueba/"
"""Where the proof of each file is asked for: its path with `.txt` behind."""
MANIFEST: Final = "manifest.json"
"""What a tree that nobody signed (a prototipo) has instead."""
CORTE: Final = "corte.json"
_SELLO = re.compile(r"\d{2}/\d{2}/\d{4} \d{2}:\d{2} \(UTC[+-]\d{1,2}(:\d{2})?\)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Hallazgo:
    """One file that is not as signed, and why, in Spanish."""

    ruta: str
    causa: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Informe:
    """The result of one inspection. `manifest` None: its proof was so bad that nothing could be compared."""

    manifest: Manifest | None
    sha256: str | None
    """Of the manifest's bytes."""
    autoria: bool
    """Signed under a root that the reader trusts."""
    vigente: bool
    """At the moment of the inspection the signed timestamp had not expired."""
    vence: datetime | None
    alterados: tuple[Hallazgo, ...]
    sobrantes: tuple[str, ...]
    """Files that nobody signed (A9)."""
    sello: str | None = None
    """The corte's hour as its own figures print it (R32), from an unaltered `corte.json`."""
    cuadre: Cuadre | None = None
    """What the recount of its actas found; None when nobody asked, or there are no figures."""

    @property
    def integro(self) -> bool:
        """Tell if every byte is the one signed and nothing is missing or extra."""
        return self.manifest is not None and not self.alterados and not self.sobrantes

    @property
    def codigo(self) -> int:
        """Return the exit code of `pregon verificar` (decisions §29)."""
        if not self.integro:
            return ErrorDeConfianza.codigo
        if self.cuadre is not None and self.cuadre.diferencias:
            return DIFERENCIAS
        return EXITO if self.autoria else SIN_AUTORIA


def causa(archivo: Archivo, datos: bytes) -> str | None:
    """Return in what some bytes differ from the signed file, None if they are the same.

    Of a longer file it is enough to bring one byte more than signed.
    """
    if len(datos) > archivo.tamano:
        return f"mide más de los {archivo.tamano} bytes firmados"
    if len(datos) < archivo.tamano:
        return f"mide {len(datos)} bytes y se firmaron {archivo.tamano}"
    if huella(datos) != archivo.sha256:
        return "su contenido no es el firmado"
    return None


def sello(datos: bytes) -> str | None:
    """Return the hour printed in a `corte.json`, None if it has none that looks like one."""
    try:
        texto = json.loads(datos)["sello"]
    except (ValueError, TypeError, KeyError, RecursionError):
        return None
    return texto if isinstance(texto, str) and _SELLO.fullmatch(texto) else None


def como_json(informe: Informe) -> Mapping[str, Any]:
    """Return the report for programs (the contract of `pregon verificar --json`)."""
    corte = informe.manifest
    cuadre = informe.cuadre
    recuento = cuadre and {
        "actas": cuadre.actas,
        "elecciones": list(cuadre.elecciones),
        "diferencias": list(cuadre.diferencias),
    }
    return {
        "corte": corte.numero if corte else None,
        "instante": _iso(corte.instante) if corte else None,
        "publicado": _iso(corte.publicado) if corte else None,
        "rol": corte.rol if corte else None,
        "ultimo": corte.ultimo if corte else None,
        "huella": corte.huella if corte else None,
        "manifest": informe.sha256,
        "integro": informe.integro,
        "autoria": informe.autoria,
        "vigente": informe.vigente,
        "vence": _iso(informe.vence),
        "archivos": len(corte.archivos) if corte else None,
        "alterados": [{"ruta": h.ruta, "causa": h.causa} for h in informe.alterados],
        "sobrantes": list(informe.sobrantes),
        "recuento": recuento,
    }


def _iso(instante: datetime | None) -> str | None:
    return sello_utc(instante) if instante else None
