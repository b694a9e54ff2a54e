"""The file that travels between the offline machine, its custodians and the origin: all public, no secret.

One file, so that one rename makes an act: root and targets of a rotation are never apart. Beside it are
left the acta to print and, once the first root is complete, `raiz.json` to hand out.
"""

import json
from pathlib import Path
from typing import Final

from pregon.errors import ErrorDeConfiguracion
from pregon.origin import papel, raices
from pregon.origin.raices import Cadena
from pregon.paquete.limites import LIMITES
from pregon.paquete.manifest import canonico
from pregon.storage import atomic

_FORMATO: Final = 1


def guardar(ruta: Path, cadena: Cadena) -> Path:
    """Write the file, the acta and, when there is one, the root to hand out; return the acta's path."""
    textos = {
        "formato": _FORMATO,
        "raices": [datos.decode() for datos in cadena.raices],
        "targets": [datos.decode() for datos in cadena.targets],
    }
    atomic.write(ruta, canonico(textos))
    acta = ruta.with_name(f"{ruta.stem}-acta-{len(cadena.raices)}-{len(cadena.targets)}.txt")
    atomic.write(acta, papel.acta(cadena).encode())
    if len(cadena.raices) > 1 or not raices.pendientes(cadena):
        atomic.write(ruta.with_name("raiz.json"), cadena.raices[0])
    return acta


def leer(ruta: Path) -> Cadena:
    """Read the file. Raises ErrorDeConfiguracion when it cannot be read, and as `interpretar`."""
    try:
        with ruta.open("rb") as archivo:
            return interpretar(archivo.read(LIMITES.prueba + 1), archivo=str(ruta))
    except OSError as error:
        raise ErrorDeConfiguracion(f"no se puede leer: {atomic.causa(error)}", archivo=str(ruta)) from error


def interpretar(datos: bytes, *, archivo: str) -> Cadena:
    """Parse what travelled; signatures are not judged here.

    Raises ErrorDeConfiguracion when it is no expediente, ErrorDeConfianza when it holds a version that
    nobody may sign (A14): a custodian is not even asked.
    """
    try:
        if len(datos) > LIMITES.prueba:
            raise ValueError("es demasiado grande")
        crudo = json.loads(datos)
        if type(crudo["formato"]) is not int or crudo["formato"] != _FORMATO:
            raise ValueError("es de otra versión de Pregón")
        cadena = Cadena(raices=_versiones(crudo["raices"]), targets=_versiones(crudo["targets"]))
        raices.comprobar(cadena)
        raices.pendientes(cadena)
    except raices.DE_OTRA_FORMA as error:
        causa = f"no es un expediente de «pregon llaves»: {error!s:.80}"
        raise ErrorDeConfiguracion(causa, archivo=archivo) from error
    return cadena


def _versiones(crudo: object) -> tuple[bytes, ...]:
    if not isinstance(crudo, list) or not 0 < len(crudo) <= LIMITES.raices:
        raise ValueError("le faltan o le sobran versiones")
    if any(not isinstance(texto, str) or len(texto) > LIMITES.metadatos for texto in crudo):
        raise ValueError("una versión no es texto o es demasiado larga")
    return tuple(texto.encode() for texto in crudo)
