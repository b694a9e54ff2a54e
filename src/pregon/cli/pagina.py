"""`pregon verificar PAGINA --prueba`: one saved file, offline, by its small proof and the Institute's key.

`verificador/pregon_verificar.py` does the same with Python's library alone; the same table of cases judges
both, and both say the same words.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from pregon.errors import (
    EXITO,
    SIN_AUTORIA,
    ErrorDeAlmacen,
    ErrorDeConfianza,
    ErrorDeConfiguracion,
    ErrorDeDatos,
)
from pregon.paquete import guardada, inclusion, registro
from pregon.paquete import prueba as pruebas
from pregon.paquete.inclusion import Incluido
from pregon.paquete.limites import LIMITES
from pregon.prep.sello import sello_utc
from pregon.storage import atomic


@dataclass(frozen=True, slots=True, kw_only=True)
class InformeDeArchivo:
    """The result for one file. `incluido` None: the proof itself proves nothing."""

    veredicto: str
    incluido: Incluido | None
    causa: str | None
    codigo: int


def verificar_archivo(
    pagina: Path, prueba: Path, *, llaves: tuple[str, ...] | None, rol: str | None
) -> InformeDeArchivo:
    """Judge a saved file by its proof. Raises ErrorDeDatos when one of them cannot be read."""
    datos = _leer(prueba, LIMITES.inclusion)
    try:
        leida = inclusion.leer(datos)
        incluido = inclusion.verificar(leida, llaves=None)
    except ErrorDeConfianza as error:
        return _malo("NO SE PUDO COMPROBAR: la prueba no es válida", None, str(error))
    # Twice as signed is enough to see what an editor did to it.
    motivo = guardada.diferencia(incluido.archivo, _leer(pagina, 2 * incluido.archivo.tamano + 65_536))
    if motivo is not None:
        return _malo("ALTERADO: no es lo que se firmó", incluido, motivo)
    if rol is not None and incluido.checkpoint.origen != registro.origen(rol):
        causa = f"la prueba no es de «{rol}», el rol que se esperaba"
        return _malo("NO ES DEL ROL INDICADO", incluido, causa)
    try:
        if llaves is not None:
            incluido = inclusion.verificar(leida, llaves=llaves)
    except ErrorDeConfianza as error:
        return _malo("NO FIRMADO CON LA LLAVE INDICADA", incluido, str(error))
    return InformeDeArchivo(
        veredicto="ÍNTEGRO Y AUTÉNTICO" if incluido.autoria else "ÍNTEGRO, AUTORÍA NO COMPROBADA",
        incluido=incluido,
        causa=None,
        codigo=EXITO if incluido.autoria else SIN_AUTORIA,
    )


def leer_llave(argumento: str, *, raiz: bytes | str | None, ahora: datetime) -> tuple[str, ...]:
    """Return the verifier keys that an argument names: a key, a file with one, or a whole proof.

    A whole proof speaks for the Institute only under a root that the reader trusts (decisions §29).
    Raises ErrorDeConfiguracion, or ErrorDeConfianza for a proof that does not hold.
    """
    if re.fullmatch(r"[^\s+/\\]+/[^\s+]+\+[0-9a-f]{8}\+\S+", argumento):
        texto = argumento
    else:
        try:
            contenido = atomic.read(Path(argumento), limit=LIMITES.prueba)
            texto = "" if contenido[:1] == b"{" else contenido.decode("utf-8-sig")
        except (ErrorDeAlmacen, UnicodeDecodeError) as error:
            raise ErrorDeConfiguracion(f"--llave debe ser una llave o un archivo; {error}") from error
        if not texto:
            if raiz is None:
                raise ErrorDeConfiguracion(
                    "de una prueba completa sólo se toma la llave bajo una raíz: indíquela con --raiz",
                    archivo=argumento,
                )
            return pruebas.verificar(pruebas.leer(contenido), raiz=raiz, rol=None, ahora=ahora).llaves
    try:
        registro.leer_llave(texto)
    except ErrorDeConfianza as error:
        raise ErrorDeConfiguracion(str(error), clave="--llave") from error
    return (texto.strip(),)


def texto(informe: InformeDeArchivo) -> str:
    """Write the report as people read it."""
    lineas = [informe.veredicto]
    if (incluido := informe.incluido) is not None:
        entrada, firmado = incluido.entrada, incluido.checkpoint
        instante = f"{entrada.instante:%d/%m/%Y %H:%M} UTC" if entrada.instante else "antes de abrir"
        autoria = "no comprobada (indique la llave que publicó el Instituto)"
        if incluido.autoria:
            autoria = f"firmado por «{firmado.origen}» con la llave indicada"
        elif informe.codigo == ErrorDeConfianza.codigo:
            autoria = "no comprobada; la causa, abajo"
        lineas += [
            f"  Archivo:   {incluido.archivo.ruta}, {incluido.archivo.tamano} bytes",
            f"  Corte:     {entrada.numero}, {instante}",
            f"  Publicado: {entrada.publicado:%d/%m/%Y %H:%M:%S} UTC",
            f"  Manifest:  {entrada.manifest}",
            f"  Autoría:   {autoria}",
            f"  Registro:  entrada {incluido.indice + 1} de {firmado.tamano}",
            "  Vigencia:  sin conexión no se comprueba: puede haber un corte más reciente",
        ]
    if informe.causa is not None:
        lineas.append(f"  ✗ {informe.causa}")
    return "\n".join(lineas)


def como_json(informe: InformeDeArchivo) -> Mapping[str, Any]:
    """Return the report for programs."""
    incluido = informe.incluido
    comun = {"veredicto": informe.veredicto, "causa": informe.causa, "archivo": None}
    if incluido is None:
        return comun
    entrada = incluido.entrada
    return comun | {
        "archivo": incluido.archivo.ruta,
        "sha256": incluido.archivo.sha256,
        "corte": entrada.numero,
        "instante": _iso(entrada.instante),
        "publicado": _iso(entrada.publicado),
        "manifest": entrada.manifest,
        "registro": incluido.checkpoint.origen,
        "entrada": incluido.indice,
        "entradas": incluido.checkpoint.tamano,
        "integro": informe.codigo in {EXITO, SIN_AUTORIA},
        "autoria": incluido.autoria,
    }


def _malo(veredicto: str, incluido: Incluido | None, causa: str) -> InformeDeArchivo:
    return InformeDeArchivo(
        veredicto=veredicto, incluido=incluido, causa=causa, codigo=ErrorDeConfianza.codigo
    )


def _leer(ruta: Path, limite: int) -> bytes:
    try:
        with ruta.open("rb") as abierto:
            return abierto.read(limite + 1)
    except OSError as error:
        raise ErrorDeDatos(f"no se puede leer: {atomic.causa(error)}", archivo=str(ruta)) from error


def _iso(instante: datetime | None) -> str | None:
    return sello_utc(instante) if instante else None
