"""What goes on paper: numbers in groups that one person reads aloud and another one compares. Pure."""

from collections.abc import Iterator
from datetime import datetime
from typing import Final

from tuf.api.metadata import Metadata, Root, Targets

from pregon.origin import raices
from pregon.origin.raices import EN_LINEA, Cadena
from pregon.paquete import registro
from pregon.paquete.manifest import huella

_RAYA: Final = "_" * 40
_POR_LINEA: Final = 8


def grupos(hexadecimal: str) -> tuple[str, ...]:
    """Return hexadecimal in groups of four digits, eight to a line."""
    cuatros = [hexadecimal[i : i + 4] for i in range(0, len(hexadecimal), 4)]
    return tuple(" ".join(cuatros[i : i + _POR_LINEA]) for i in range(0, len(cuatros), _POR_LINEA))


def huellas(cadena: Cadena) -> Iterator[tuple[str, str]]:
    """Yield what is compared, label and hexadecimal: first and newest root, then the key of each role.

    Each signature changes the bytes of a root: one that still lacks any has no huella to publish.
    """
    pendiente = any(falta.nombre.endswith(".root.json") for falta in raices.pendientes(cadena))
    firmadas = cadena.raices[:-1] if pendiente else cadena.raices
    if firmadas:
        yield "Huella de la raíz 1 (SHA-256), la del acuerdo", huella(firmadas[0])
    if len(firmadas) > 1:
        yield f"Huella de la raíz {len(firmadas)} (SHA-256), la vigente", huella(firmadas[-1])
    for rol, llave in sorted(cadena.delegaciones.items()):
        yield f"Llave pública (Ed25519) de «{rol}»", str(llave.keyval["public"])


def verificadoras(cadena: Cadena) -> Iterator[str]:
    """Yield each role's key as readers of the public log and of single pages need it, a line each.

    The same bytes as above, with the name of the log: to be published as text, not to be read aloud.
    """
    for rol, llave in sorted(cadena.delegaciones.items()):
        yield registro.llave(registro.origen(rol), bytes.fromhex(str(llave.keyval["public"])))


def acta(cadena: Cadena) -> str:
    """Return the acta of the newest act, to be printed and signed. It holds no secret."""
    return "\n".join(_acta(cadena)) + "\n"


def parrafo(titulo: str, hexadecimal: str) -> Iterator[str]:
    """Yield one number under its label."""
    yield f"{titulo}:"
    yield from (f"    {linea}" for linea in grupos(hexadecimal))


def _acta(cadena: Cadena) -> Iterator[str]:
    root = cadena.root
    targets = Metadata[Targets].from_bytes(cadena.targets[-1]).signed
    faltas = raices.pendientes(cadena)
    acto = "CEREMONIA" if (len(cadena.raices), len(cadena.targets)) == (1, 1) else "CAMBIO"
    yield f"ACTA DE {acto} DE LLAVES{' (PROVISIONAL: FALTAN FIRMAS)' if faltas else ''}"
    yield ""
    yield f"Lugar: {_RAYA}"
    yield f"Fecha y hora, según el reloj de la sala: {_RAYA}"
    yield ""
    yield from _cambios(cadena)
    for falta in faltas:
        yield f"* Pendiente: {falta.texto}"
    if faltas:
        yield "  La huella de una raíz se conoce cuando tiene todas sus firmas."
    yield ""
    for titulo, numero in huellas(cadena):
        yield from parrafo(titulo, numero)
    yield "Para publicarse como texto, llave de verificación de cada rol (páginas y registro de cortes):"
    yield from (f"    {verificadora}" for verificadora in verificadoras(cadena))
    yield ""
    yield f"Raíz: versión {root.version}; vence el {_fecha(root.expires)}"
    yield f"Targets: versión {targets.version}; vence el {_fecha(targets.expires)}"
    yield f"Firmas necesarias: {root.roles['root'].threshold} de {len(root.roles['root'].keyids)} custodios"
    yield ""
    for nombre, llave in raices.custodios_de(root).items():
        yield from parrafo(f"Custodio «{nombre}», identificador de su llave", llave.keyid)
    for nombre in EN_LINEA:
        yield from parrafo(f"En línea «{nombre}», identificador de su llave", root.roles[nombre].keyids[0])
    yield ""
    for rol in sorted(cadena.delegaciones):
        yield f"«{rol}» sólo puede firmar lo que empieza con {rol}/"
    yield ""
    for nombre in (*raices.custodios_de(root), "Testigo", "Oficialía electoral"):
        yield f"{nombre}: nombre y firma {_RAYA}"
        yield ""


def _cambios(cadena: Cadena) -> Iterator[str]:
    """Say what the newest root changed of the one before, and the newest targets of theirs."""
    if len(cadena.raices) > 1:
        antes, ahora = Metadata[Root].from_bytes(cadena.raices[-2]).signed, cadena.root
        yield f"Lo que cambió de la raíz {antes.version} a la {ahora.version}:"
        viejos, nuevos = raices.custodios_de(antes), raices.custodios_de(ahora)
        for nombre in sorted(viejos.keys() | nuevos.keys()):
            yield from _cambio(f"Custodio «{nombre}»", viejos.get(nombre), nuevos.get(nombre))
        for nombre in EN_LINEA:
            llaves = (antes.roles[nombre].keyids[0], ahora.roles[nombre].keyids[0])
            yield from _cambio(f"En línea «{nombre}»", *llaves)
    if len(cadena.targets) > 1:
        delegadas = [
            raices.delegaciones(Metadata[Targets].from_bytes(datos).signed) for datos in cadena.targets[-2:]
        ]
        yield f"Lo que cambió de targets {len(cadena.targets) - 1} a {len(cadena.targets)}:"
        for rol in sorted(delegadas[0].keys() | delegadas[1].keys()):
            yield from _cambio(f"Rol «{rol}»", delegadas[0].get(rol), delegadas[1].get(rol))


def _cambio(quien: str, antes: object, ahora: object) -> Iterator[str]:
    if antes == ahora:
        return
    if antes is None:
        yield f"* {quien}: entra"
    elif ahora is None:
        yield f"* {quien}: sale"
    else:
        yield f"* {quien}: llave nueva; la anterior ya no vale"


def _fecha(instante: datetime) -> str:
    return f"{instante:%d/%m/%Y %H:%M} UTC"
