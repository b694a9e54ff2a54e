"""Nodes to be killed, cut off and denied their disk, and the judge of what is left of them (F1–F4).

The law: before the restart the public sees the whole old corte or the whole new one; after it never an older
one than it had seen; after one more round the new one, and nobody did anything by hand. The judge reads the
folder by the node's own code and looks at every file of every corte that has an address.
"""

import contextlib
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from pregon.errors import ErrorDeAlmacen, ErrorDeConfiguracion, ErrorDeRed, PregonError
from pregon.node import config, nodo, publicado
from pregon.node.config import ConfigNodo
from pregon.node.nodo import Nodo
from pregon.node.receive import recibir, traer_imagenes
from pregon.paquete import prueba
from pregon.paquete.difusores import Estado
from pregon.paquete.manifest import Marca, huella
from pregon.storage.bitacora import Bitacora
from pregon.testing.nodo import escribir_nodo
from pregon.testing.origen import ROL, OrigenDePrueba, paginas
from pregon.transport.carpeta import CarpetaFetcher

_VIDA = timedelta(hours=12)
"""Of a heartbeat: longer than any run of these tests."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Escena:
    """A node with the corte `antes`, None for none, and the corte `despues` whole in its inbox."""

    carpeta: Path
    antes: int | None
    despues: int

    def juzgar(self, carpeta: Path, *, visto: int | None) -> str | None:
        """Return what is wrong with a copy of this node after an accident, having received once more.

        `visto` is the corte that the public had seen at the accident.
        """
        posibles = {self.antes, self.despues}
        configuracion = _config(carpeta)
        servido = nodo.leer(configuracion)
        if (numero := servido.releases.activo()) not in posibles:
            return f"antes de reiniciar se sirve {numero}"
        if mal := _rotos(servido):
            return f"antes de reiniciar: {mal}"
        try:
            with nodo.abrir(configuracion) as propio:
                numero = propio.releases.activo()
                if numero not in posibles or (visto or 0) > (numero or 0):
                    return f"al reiniciar se sirve {numero}, y ya se había visto {visto}"
                if mal := _rotos(propio):
                    return f"al reiniciar: {mal}"
                _recibir(propio)
                if mal := _rotos(propio):
                    return f"al recibir: {mal}"
                return _final(propio, self.despues)
        except PregonError as error:
            return f"al volver a recibir: {error}"


def preparar(
    carpeta: Path, *, antes: int, archivos: Callable[[int], Mapping[str, bytes]] = paginas
) -> Escena:
    """Make a node that has received the cortes 1 to `antes` and has one more, with a list, in its inbox."""
    origen = OrigenDePrueba(carpeta / "origen")
    propio = escribir_nodo(carpeta / "nodo", origen.raiz, rol=ROL).parent
    for numero in range(1, antes + 1):
        origen.publicar(numero, archivos=archivos(numero), vence=_VIDA)
        origen.entregar(propio / "buzon")
        assert recibidor(propio)() == 0
    imagenes = origen.con_imagenes(b"\x89PNG acta %d" % antes)
    origen.publicar(antes + 1, archivos=archivos(antes + 1), vence=_VIDA, imagenes=imagenes)
    origen.latido({"d1": Estado.ACTIVO}, vence=_VIDA)
    origen.entregar(propio / "buzon")
    return Escena(carpeta=propio, antes=antes or None, despues=antes + 1)


def recibidor(carpeta: Path) -> Callable[[], int]:
    """Return an action that opens a node's folder and receives, as `pregon nodo recibir` does."""
    configuracion = _config(carpeta)

    def accion() -> int:
        publicado.leer.cache_clear()
        try:
            with nodo.abrir(configuracion) as propio:
                _recibir(propio)
        except PregonError as error:
            return error.codigo
        return 0

    return accion


def terco(carpeta: Path) -> Callable[[], int]:
    """Return an action that receives and, if the disk or the source failed, once more in the same process.

    Its exit code is 0 when nothing broken was served in between and the mark is of what is active at the end.
    Any other error is raised: a refusal of the kernel is never the institute's fault.
    """
    configuracion = _config(carpeta)

    def accion() -> int:
        publicado.leer.cache_clear()
        with contextlib.ExitStack() as pila:
            try:
                propio = pila.enter_context(nodo.abrir(configuracion))
            except (ErrorDeAlmacen, ErrorDeConfiguracion):
                return recibidor(carpeta)()  # it did not even start
            try:
                _recibir(propio)
            except (ErrorDeAlmacen, ErrorDeRed):
                if mal := _rotos(propio):
                    raise AssertionError(mal) from None
                _recibir(propio)
            activo = propio.activo()
            aceptado = activo and Marca(numero=activo.manifest.numero, sha256=activo.sha256)
            return 0 if aceptado and aceptado == propio.estado.marca else 1

    return accion


def visible(carpeta: Path) -> int | None:
    """Return the corte that the public sees in a folder."""
    return nodo.leer(_config(carpeta)).releases.activo()


@contextlib.contextmanager
def copia(carpeta: Path) -> Iterator[Path]:
    """Yield a copy of a folder that is gone afterwards, in memory where there is such a place."""
    with vacia() as destino:
        shutil.copytree(carpeta, destino, symlinks=True)
        yield destino


@contextlib.contextmanager
def vacia() -> Iterator[Path]:
    """Yield a path to make a folder at, gone afterwards, in memory where there is such a place."""
    memoria = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None  # noqa: S108 — a fresh folder in it
    with tempfile.TemporaryDirectory(prefix="pregon-", dir=memoria) as arriba:
        # What was read from a folder of this name before is not what stands there now.
        publicado.leer.cache_clear()
        yield Path(arriba) / "nodo"


def _config(carpeta: Path) -> ConfigNodo:
    return config.leer((carpeta / "nodo.toml").read_text(encoding="utf-8"), archivo=carpeta / "nodo.toml")


def _recibir(propio: Nodo) -> None:
    source, ahora = CarpetaFetcher(propio.config.buzon, buzon=True), datetime.now(UTC)
    recibir(propio, source, ahora=ahora)
    traer_imagenes(propio, source, ahora=ahora)


def _rotos(propio: Nodo) -> str:
    """Say which file of a corte with an address is not the signed one."""
    publicado.leer.cache_clear()
    for numero in propio.releases.numeros():
        corte = propio.corte(numero)
        for ruta, archivo in corte.archivos.items() if corte else ():
            lugar = propio.releases.path(numero) / ruta
            if not lugar.is_file() or huella(lugar.read_bytes()) != archivo.sha256:
                return f"el corte {numero} tiene mal {ruta}"
    return ""


def _final(propio: Nodo, esperado: int) -> str | None:
    activo = propio.activo()
    if activo is None or activo.manifest.numero != esperado:
        return f"tras recibir se sirve {activo and activo.manifest.numero}"
    if any(not propio.objetos.verify(imagen.sha256) for imagen in activo.manifest.imagenes):
        return "falta una imagen"
    viva = prueba.leer((propio.carpeta / "prueba.json").read_bytes())
    prueba.verificar(viva, raiz=propio.raiz, rol=ROL, ahora=datetime.now(UTC))
    if propio.estado.marca is None or propio.estado.marca.numero != esperado:
        return f"la marca es {propio.estado.marca}"
    if propio.leer_lista() is not Estado.ACTIVO:
        return "la lista no es la última"
    Bitacora(propio.carpeta / "bitacora.jsonl", "").leer()
    return None
