"""How a corte travels to whoever has an older one: a delta; and a bundle for whoever has none.

Neither is signed nor believed (decisions §28): what comes out is compared with the SHA-256 of the signed
metadata and of the manifest, and anything else is Alterado, for the receiver to take another way. Layout:
`_MARCA`, then frames of zstd, each after its length in four bytes:

1. the new manifest, and after it the guide; reference: the old manifest.
2. … the new versions of what changed, in the manifest's order, some megabytes to a frame; reference: what
   stood under the same paths.

Two things that zstd cannot see make it small. Every row of the tidy databases begins with the corte's number
and hour: the reference is given the new ones first. And a ZIP is another one from where its first row
changed: it is not sent, the names of its members are, and the receiver writes it again with the publisher's
own function (R78). Memory holds old and new of one frame; nothing is inflated beyond what the manifest
promises (B3).
"""

import io
import json
import sys
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from pregon.errors import Alterado
from pregon.paquete import manifest as manifests
from pregon.paquete.manifest import Archivo, Manifest, canonico, huella
from pregon.prep.escribir.comprimido import comprimido

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

CARPETA: Final = "deltas"
"""Of the repository, and of an inbox."""
_MARCA: Final = b"pregon-delta 1\n"
_NIVEL: Final = 9
_CUADRO: Final = 1 << 24
"""Bytes of new content in one frame; a larger file has one to itself."""
_VENTANA: Final = 27
"""Largest window, as a power of two: what a receiver's memory is asked for at most."""
_VENTANA_MINIMA: Final = 17
_GUIA: Final = 65_536
"""Bytes of a guide."""
_REFERENCIA_MINIMA: Final = 8
"""zstd takes no shorter one."""
_ZIP: Final = range(1980, 2108)
"""Years that a ZIP can tell."""
_REDATADO: Final = range(8, 257)
"""Bytes of what is replaced in the reference: one that could be shorter could make it grow."""

Leer = Callable[[Archivo], bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Receta:
    """A ZIP by its members: names within it, and where the same bytes stand in the paquete."""

    fecha: datetime
    miembros: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Guia:
    """What the receiver must know besides both manifests."""

    redatado: tuple[bytes, bytes] | None
    recetas: Mapping[str, _Receta]
    """By path of the ZIP."""


def ruta(sha256: str, desde: str | None) -> str:
    """Return where the delta to a manifest stands, from another one, both by SHA-256; None: the bundle."""
    return f"{CARPETA}/{sha256}/{'completo' if desde is None else f'desde-{desde}'}"


def hacer(nuevo: bytes, viejo: bytes | None, *, propio: Leer, base: Leer) -> bytes:
    """Return the delta between two manifests, the bundle if there is no old one; always the same bytes.

    `propio` and `base` read files of the new and of the old corte. The versions of zstd and zlib are part of
    what makes them the same.
    """
    corte, previo = manifests.leer(nuevo), manifests.leer(viejo) if viejo else None
    guia = _Guia(
        redatado=_redatado(corte, previo, propio, base) if previo else None,
        recetas=_recetas(corte, previo, propio),
    )
    cuadros = [
        _comprimir(nuevo + _escribir(guia), viejo or b""),
        *(
            _comprimir(b"".join(map(propio, grupo)), _referencia(grupo, previo, guia, base))
            for grupo in _grupos(corte, previo, guia)
        ),
    ]
    return _MARCA + b"".join(len(cuadro).to_bytes(4) + cuadro for cuadro in cuadros)


def abrir(datos: bytes, viejo: bytes | None, *, tamano: int, sha256: str) -> "Delta":
    """Return a delta whose manifest is the signed one, by its size and hash. Raises ErrorDeConfianza.

    `viejo` is the manifest of the corte that the receiver has, None for a bundle.
    """
    if not datos.startswith(_MARCA):
        raise Alterado("no es un delta de esta versión de Pregón")
    lector = _Lector(*_cuadro(datos, len(_MARCA), tamano + _GUIA), viejo or b"")
    crudo = lector.leer(tamano)
    if huella(crudo) != sha256:
        raise Alterado("el manifest del delta no es el firmado, o su base es otra")
    nuevo = manifests.leer(crudo)
    guia = _leer(lector.resto(_GUIA), nuevo)
    return Delta(datos, lector.fin, crudo, nuevo, manifests.leer(viejo) if viejo else None, guia)


class Delta:
    """One that leads to the signed manifest. Its content is yet to be seen."""

    def __init__(
        self, datos: bytes, lugar: int, crudo: bytes, nuevo: Manifest, previo: Manifest | None, guia: _Guia
    ) -> None:
        """As `abrir` found it; the frames of content begin at `lugar`."""
        self.crudo = crudo
        """The new manifest, as signed."""
        self._datos, self._lugar, self._nuevo, self._previo, self._guia = datos, lugar, nuevo, previo, guia

    def objetos(self, *, propio: Leer, base: Leer) -> Iterator[bytes]:
        """Give every object that the base lacks, each already compared with its hash.

        Keep each before asking for the next: `propio` reads files of the new corte back, `base` those of the
        old one. Raises Alterado at the first that is not the signed one; those before it are good.
        """
        lugar = self._lugar
        for grupo in _grupos(self._nuevo, self._previo, self._guia):
            cuadro, lugar = _cuadro(self._datos, lugar, sum(a.tamano for a in grupo))
            lector = _Lector(cuadro, lugar, _referencia(grupo, self._previo, self._guia, base))
            for uno in grupo:
                yield _firmado(uno, lector.leer(uno.tamano))
            lector.resto(0)
        if lugar != len(self._datos):
            raise Alterado("al delta le sobran bytes")
        archivos = {a.ruta: a for a in self._nuevo.archivos}
        for zip_, receta in self._guia.recetas.items():
            miembros = ((nombre, propio(archivos[ruta_])) for nombre, ruta_ in receta.miembros)
            yield _firmado(archivos[zip_], comprimido(miembros, receta.fecha))


class _Lector:
    """One frame, inflated by as many bytes as are asked for."""

    def __init__(self, cuadro: bytes, fin: int, referencia: bytes) -> None:
        self.fin = fin
        """Where the next frame begins."""
        self._pendiente = cuadro
        self._zstd = zstd.ZstdDecompressor(
            zstd_dict=_como_prefijo(referencia),
            options={zstd.DecompressionParameter.window_log_max: _VENTANA},
        )

    def leer(self, tamano: int) -> bytes:
        """Return exactly so many bytes. Raises Alterado."""
        datos = self._hasta(tamano)
        if len(datos) < tamano:
            raise Alterado("el delta está truncado")
        return datos

    def resto(self, tope: int) -> bytes:
        """Return what is left, up to `tope`: then the frame must end."""
        datos = self._hasta(tope + 1)
        if len(datos) > tope or not self._zstd.eof or self._zstd.unused_data:
            raise Alterado("el delta está truncado o se infla más de lo que el manifest promete")
        return datos

    def _hasta(self, tope: int) -> bytes:
        partes = bytearray()
        try:
            while len(partes) < tope and not self._zstd.eof:
                cuadro, self._pendiente = self._pendiente, b""
                parte = self._zstd.decompress(cuadro, max_length=tope - len(partes))
                if not parte and self._zstd.needs_input:
                    break
                partes += parte
        except zstd.ZstdError as error:
            raise Alterado(f"el delta no se puede leer: {error}") from error
        return bytes(partes)


def _comprimir(datos: bytes, referencia: bytes) -> bytes:
    # A window as long as the content reaches the whole reference from every place of it.
    ventana = min(_VENTANA, max(_VENTANA_MINIMA, len(datos).bit_length()))
    opciones: dict[int, int] = {
        zstd.CompressionParameter.compression_level: _NIVEL,
        zstd.CompressionParameter.window_log: ventana,
        zstd.CompressionParameter.enable_long_distance_matching: 1,
    }
    return zstd.compress(datos, options=opciones, zstd_dict=_como_prefijo(referencia))


def _como_prefijo(referencia: bytes) -> Any:
    if len(referencia) < _REFERENCIA_MINIMA:
        return None
    return zstd.ZstdDict(referencia, is_raw=True).as_prefix


def _cuadro(datos: bytes, lugar: int, contenido: int) -> tuple[bytes, int]:
    """Return the frame that begins there, and where it ends; one longer than its content could be is none."""
    largo = int.from_bytes(datos[lugar : lugar + 4])
    fin = lugar + 4 + largo
    if lugar + 4 > len(datos) or fin > len(datos) or largo > contenido + contenido // 64 + 1024:
        raise Alterado("el delta está truncado o dañado")
    return datos[lugar + 4 : fin], fin


def _grupos(nuevo: Manifest, previo: Manifest | None, guia: _Guia) -> Iterator[list[Archivo]]:
    """Give what has to travel, one frame at a time: both sides derive the same from both manifests."""
    vistos = {a.sha256 for a in previo.archivos} if previo else set()
    vistos |= {a.sha256 for a in nuevo.archivos if a.ruta in guia.recetas}
    grupo: list[Archivo] = []
    tamano = 0
    for uno in nuevo.archivos:
        if uno.sha256 in vistos:
            continue
        vistos.add(uno.sha256)
        if grupo and tamano + uno.tamano > _CUADRO:
            yield grupo
            grupo, tamano = [], 0
        grupo.append(uno)
        tamano += uno.tamano
    if grupo:
        yield grupo


def _referencia(grupo: list[Archivo], previo: Manifest | None, guia: _Guia, base: Leer) -> bytes:
    viejos = {a.ruta: a for a in previo.archivos} if previo else {}
    hallados = (base(viejos[uno.ruta]) for uno in grupo if uno.ruta in viejos)
    if guia.redatado is None:
        return b"".join(hallados)
    return b"".join(datos.replace(*guia.redatado) for datos in hallados)


def _redatado(nuevo: Manifest, previo: Manifest, propio: Leer, base: Leer) -> tuple[bytes, bytes] | None:
    """Return what most rows of a tidy database began with, and begin with now."""
    viejos = {a.ruta: a for a in previo.archivos}
    for uno in nuevo.archivos:
        if not uno.ruta.endswith(".csv") or uno.ruta not in viejos or viejos[uno.ruta] == uno:
            continue
        antes = base(viejos[uno.ruta])
        viejo, ahora = (b"\n" + datos.split(b"\n", 2)[1] for datos in (antes + b"\n", propio(uno) + b"\n"))
        iguales = 0
        while iguales < min(len(viejo), len(ahora)) and viejo[-1 - iguales] == ahora[-1 - iguales]:
            iguales += 1
        viejo, ahora = viejo[: len(viejo) - iguales], ahora[: len(ahora) - iguales]
        if _redata(viejo, ahora) and antes.count(viejo) > antes.count(b"\n") // 2:
            return viejo, ahora
    return None


def _redata(viejo: bytes, ahora: bytes) -> bool:
    return len(viejo) in _REDATADO and len(ahora) <= 2 * len(viejo) and (viejo + ahora).isascii()


def _recetas(nuevo: Manifest, previo: Manifest | None, propio: Leer) -> dict[str, _Receta]:
    """Return the ZIPs that our own function makes again from other files of the paquete."""
    tenidos = {a.sha256 for a in previo.archivos} if previo else set()
    sueltos = {a.sha256: a.ruta for a in nuevo.archivos if not a.ruta.endswith(".zip")}
    recetas: dict[str, _Receta] = {}
    for uno in nuevo.archivos:
        if not uno.ruta.endswith(".zip") or uno.sha256 in tenidos:
            continue
        receta = _receta(propio(uno), sueltos)
        if receta is not None:
            recetas[uno.ruta] = receta
            tenidos.add(uno.sha256)
            # One file, one ZIP: so that who follows a guide never writes more than the paquete twice.
            usados = {ruta_ for _, ruta_ in receta.miembros}
            sueltos = {sha256: ruta_ for sha256, ruta_ in sueltos.items() if ruta_ not in usados}
    return recetas


def _receta(datos: bytes, sueltos: Mapping[str, str]) -> _Receta | None:
    try:
        with zipfile.ZipFile(io.BytesIO(datos)) as zip_:
            entradas = zip_.infolist()
            contenidos = [(entrada.filename, zip_.read(entrada)) for entrada in entradas]
        fecha = datetime(*entradas[0].date_time)  # noqa: DTZ001 — a ZIP has local times only
        miembros = [(nombre, sueltos[huella(contenido)]) for nombre, contenido in contenidos]
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, ValueError, IndexError, KeyError):
        return None
    if len({ruta_ for _, ruta_ in miembros}) < len(miembros) or comprimido(contenidos, fecha) != datos:
        return None
    return _Receta(fecha=fecha, miembros=tuple(miembros))


def _escribir(guia: _Guia) -> bytes:
    return canonico(
        {
            "redatado": [texto.decode() for texto in guia.redatado] if guia.redatado else None,
            "recetas": {
                ruta_: [list(receta.fecha.timetuple()[:5]), [list(miembro) for miembro in receta.miembros]]
                for ruta_, receta in guia.recetas.items()
            },
        }
    )


def _leer(datos: bytes, nuevo: Manifest) -> _Guia:
    """Read a guide from outside. Raises Alterado for any that would cost more than the paquete itself."""
    try:
        crudo = json.loads(datos)
        redatado = None
        if crudo["redatado"] is not None:
            viejo, ahora = (texto.encode() for texto in crudo["redatado"])
            if not _redata(viejo, ahora):
                raise ValueError("un redatado imposible")
            redatado = (viejo, ahora)
        recetas = {
            manifests.ruta_segura(ruta_): _Receta(
                fecha=datetime(*fecha),  # noqa: DTZ001 — a ZIP has local times only
                miembros=tuple((manifests.ruta_segura(nombre), str(miembro)) for nombre, miembro in miembros),
            )
            for ruta_, (fecha, miembros) in crudo["recetas"].items()
        }
        usados = [miembro for receta in recetas.values() for _, miembro in receta.miembros]
        if (
            len(set(usados)) < len(usados)
            or not {a.ruta for a in nuevo.archivos} >= {*usados, *recetas}
            or set(usados) & set(recetas)
            or any(
                len(dict(r.miembros)) < len(r.miembros) or r.fecha.year not in _ZIP for r in recetas.values()
            )
        ):
            raise ValueError("una receta imposible")
    except (ValueError, TypeError, KeyError, AttributeError, OverflowError, RecursionError) as error:
        raise Alterado(f"la guía del delta no tiene la forma esperada: {error!s:.120}") from error
    return _Guia(redatado=redatado, recetas=recetas)


def _firmado(uno: Archivo, datos: bytes) -> bytes:
    if len(datos) != uno.tamano or huella(datos) != uno.sha256:
        raise Alterado(f"«{uno.ruta}» sale distinto del firmado", rutas=(uno.ruta,))
    return datos
