"""The proof of one file: that a page was part of a corte which the Institute entered in its log (§10, §29).

Two inclusion proofs, one above the other, in at most 2 KB of text: from the file's line in the paquete up to
the root that the corte's entry names (each step says on which side the sibling stands), and from that
entry up to a checkpoint of the log, in C2SP's own format (c2sp.org/tlog-proof), signed by the night's key:

    pregon/prueba-de-archivo@v1
    SHA256 TAMAÑO RUTA
    izq BASE64
    der BASE64
    NUMERO INSTANTE PUBLICADO MANIFEST MERKLE
    c2sp.org/tlog-proof@v1
    index 36
    BASE64

    pregon/oficial
    37
    BASE64

    — pregon/oficial BASE64

It tells that the file was published then, never that nothing newer was (decisions §27). Nothing in it can
be written in two ways, so no bit of it can change unseen (B5).
"""

import base64
import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from pregon.errors import ErrorDeConfianza, ErrorDeDatos
from pregon.paquete import merkle, registro
from pregon.paquete.limites import LIMITES, Limites
from pregon.paquete.manifest import Archivo, Manifest, hojas, ruta_segura
from pregon.paquete.registro import Checkpoint, Entrada

_FORMATO: Final = "pregon/prueba-de-archivo@v1"
_TLOG: Final = "c2sp.org/tlog-proof@v1"
_LINEA: Final = re.compile(r"([0-9a-f]{64}) (0|[1-9][0-9]{0,9}) (.+)")
_PASO: Final = re.compile(r"(izq|der) (.+)")
_DIGESTO: Final = re.compile(r"([A-Za-z0-9+/]{43}=)")
_INDICE: Final = re.compile(r"index (0|[1-9][0-9]{0,5})")
_PASOS: Final = 40
"""Steps of one path: more than any tree within our limits has."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Inclusion:
    """A proof as it is written; nothing in it is verified yet."""

    archivo: Archivo
    pasos: tuple[tuple[bool, bytes], ...]
    """From the file's line up; True: the sibling stands to the left."""
    entrada: bytes
    """The corte's line in the log, with its newline."""
    indice: int
    camino: tuple[bytes, ...]
    """From the entry up (RFC 9162)."""
    checkpoint: bytes
    """Signed note."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Incluido:
    """What such a proof proves of one file."""

    archivo: Archivo
    entrada: Entrada
    indice: int
    checkpoint: Checkpoint
    autoria: bool
    """Signed by a key that the caller trusts; otherwise only the proof's coherence is known."""


class Pruebas:
    """Cuts the proofs of one corte, from its manifest and the log in force when it was activated."""

    def __init__(self, manifest: Manifest, sha256: str, *, entradas: bytes, checkpoint: bytes) -> None:
        """`sha256`: of the manifest; `entradas`: every line of the log. ErrorDeConfianza if they disagree."""
        lineas = registro.historia(registro.leer_nota(checkpoint), registro.separar(entradas)).lineas
        propias = [n for n, linea in enumerate(lineas) if registro.leer(linea).manifest == sha256]
        if not propias:
            raise ErrorDeConfianza(f"el registro no lleva este corte {manifest.numero}")
        self._indice, self._entrada = propias[0], lineas[propias[0]]
        self._archivos = (*manifest.archivos, *manifest.imagenes)
        self._indices = {uno.ruta: n for n, uno in enumerate(self._archivos)}
        self._niveles = merkle.niveles(hojas(manifest))
        if registro.leer(self._entrada).merkle != self._niveles[-1][0].hex():
            raise ErrorDeConfianza(f"el registro no lleva los archivos de este corte {manifest.numero}")
        self._camino = merkle.camino(lineas, self._indice)
        self._checkpoint = checkpoint

    def de(self, ruta: str) -> bytes:
        """Return the proof of one file. Raises ErrorDeDatos if the corte does not list it."""
        if ruta not in self._indices:
            raise ErrorDeDatos("el corte no trae ese archivo", archivo=ruta)
        indice = self._indices[ruta]
        camino = iter(merkle.camino_en(self._niveles, indice))
        pasos = [
            ((indice >> alto) & 1 == 1, next(camino))
            for alto, nivel in enumerate(self._niveles)
            if (indice >> alto) ^ 1 < len(nivel)
        ]
        return escribir(
            Inclusion(
                archivo=self._archivos[indice],
                pasos=tuple(pasos),
                entrada=self._entrada,
                indice=self._indice,
                camino=self._camino,
                checkpoint=self._checkpoint,
            )
        )


def escribir(inclusion: Inclusion) -> bytes:
    """Return the one text of a proof."""
    archivo = inclusion.archivo
    lineas = [
        _FORMATO,
        f"{archivo.sha256} {archivo.tamano} {archivo.ruta}",
        *(f"{'izq' if izquierda else 'der'} {_texto(hermano)}" for izquierda, hermano in inclusion.pasos),
        inclusion.entrada.decode().removesuffix("\n"),
        _TLOG,
        f"index {inclusion.indice}",
        *map(_texto, inclusion.camino),
        "\n",
    ]
    return "\n".join(lineas).encode() + inclusion.checkpoint


def leer(datos: bytes, limites: Limites = LIMITES) -> Inclusion:
    """Parse a proof from outside; nothing is verified yet. Raises ErrorDeConfianza (A15, B4)."""
    if len(datos) > limites.inclusion:
        raise ErrorDeConfianza(f"prueba de {len(datos)} bytes: el límite es {limites.inclusion}")
    try:
        antes, _, nota = datos.decode().partition("\n\n")
        formato, linea, *resto = antes.split("\n")
        if formato != _FORMATO:
            raise ValueError("no es la prueba de un archivo")
        corte = resto.index(_TLOG)
        *pasos, entrada = resto[:corte]
        indice, *camino = resto[corte + 1 :]
        if max(len(pasos), len(camino)) > _PASOS:
            raise ValueError("lleva demasiados pasos")
        inclusion = Inclusion(
            archivo=_archivo(linea, limites),
            pasos=tuple(map(_paso, pasos)),
            entrada=f"{entrada}\n".encode(),
            indice=int(_partes(_INDICE, indice)[0]),
            camino=tuple(map(_digesto, camino)),
            checkpoint=nota.encode(),
        )
        if escribir(inclusion) != datos:
            raise ValueError("no está en su forma canónica")
    except ValueError as error:
        raise ErrorDeConfianza(f"la prueba no tiene la forma esperada: {error!s:.120}") from error
    return inclusion


def verificar(inclusion: Inclusion, *, llaves: Collection[str] | None) -> Incluido:
    """Follow a proof from the file up to the signature. Raises ErrorDeConfianza at the first flaw.

    `llaves`: verifier keys (`registro.llave`), any of which may have signed; None: nobody's signature is
    believed and only the proof's coherence is checked.
    """
    nota = inclusion.checkpoint
    suyo = registro.leer_nota(nota) if llaves is None else registro.verificar(nota, *llaves)
    if not suyo.origen.startswith(registro.origen("")):
        raise ErrorDeConfianza("el checkpoint de la prueba no es de un registro de cortes")
    entrada = registro.leer(inclusion.entrada)
    archivo = inclusion.archivo
    linea = f"{archivo.sha256} {archivo.tamano} {archivo.ruta}\n".encode()
    if merkle.subir(linea, inclusion.pasos).hex() != entrada.merkle:
        raise ErrorDeConfianza(f"la prueba no lleva de «{archivo.ruta}» al corte {entrada.numero}")
    try:
        raiz = merkle.raiz_probada(
            inclusion.entrada, indice=inclusion.indice, total=suyo.tamano, camino=inclusion.camino
        )
    except ValueError as error:
        raise ErrorDeConfianza(f"la prueba no lleva del corte al registro: {error}") from error
    if raiz != suyo.raiz:
        raise ErrorDeConfianza(f"la prueba no lleva del corte {entrada.numero} al registro firmado")
    return Incluido(
        archivo=archivo,
        entrada=entrada,
        indice=inclusion.indice,
        checkpoint=suyo,
        autoria=llaves is not None,
    )


def _archivo(linea: str, limites: Limites) -> Archivo:
    sha256, tamano, ruta = _partes(_LINEA, linea)
    return Archivo(ruta=ruta_segura(ruta, limites), tamano=int(tamano), sha256=sha256)


def _paso(linea: str) -> tuple[bool, bytes]:
    lado, hermano = _partes(_PASO, linea)
    return lado == "izq", _digesto(hermano)


def _digesto(linea: str) -> bytes:
    return base64.b64decode(_partes(_DIGESTO, linea)[0])


def _partes(patron: re.Pattern[str], linea: str) -> tuple[str, ...]:
    hallada = patron.fullmatch(linea)
    if hallada is None:
        raise ValueError(f"{linea!a:.40} no tiene su forma")
    return hallada.groups()


def _texto(digesto: bytes) -> str:
    return base64.b64encode(digesto).decode()
