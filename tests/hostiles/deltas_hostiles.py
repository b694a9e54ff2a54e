"""Two cortes with everything that a delta treats apart, and the ways of spoiling the delta between them."""

import gzip
import json
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import reduce
from typing import Any, Final

from pregon.paquete import delta
from pregon.paquete.manifest import canonico, escribir, huella, leer
from pregon.prep.escribir.comprimido import comprimido
from pregon.testing.origen import paginas
from pregon.testing.paquetes import paquete

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

_FILAS: Final = 400
ZIP: Final = "datos/ultimo/DIP.zip"


def arbol(numero: int) -> dict[str, bytes]:
    """Return a tree in which each corte changes its pages, one row in ten of its actas, and so its ZIP."""
    hora = datetime(2026, 6, 7, 18, numero, tzinfo=UTC)
    filas = [
        f"{numero},{hora:%Y-%m-%dT%H:%M},simulacro,{n},{huella(b'%d' % n)[:12]},"
        + (f"{n * 7 % 300},{n % 11}" if n % 10 < numero else "")
        for n in range(_FILAS)
    ]
    datos = "\n".join(["corte,instante,caracter,renglon,casilla,PAN,PRI", *filas, ""]).encode()
    resultados = "\n".join([f"{hora:%d/%m/%Y %H:%M}", *(fila[27:] for fila in filas)]).encode()
    leeme = b"Base de datos del PREP"
    zip_ = comprimido([("DIP.csv", resultados), ("LEEME.txt", leeme)], hora)
    return paginas(numero) | {
        "datos/DIP.csv": resultados,
        "datos/DIP_actas.csv": datos,
        "datos/LEEME.txt": leeme,
        f"datos/{hora:%Y%m%d_%H%M}_DIP.zip": zip_,
        ZIP: zip_,
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class Caso:
    """An honest delta from corte 1 to corte 2, and all that it was made of."""

    viejo: bytes
    nuevo: bytes
    honesto: bytes

    @property
    def guia(self) -> dict[str, Any]:
        """Return its guide, to be spoiled."""
        cuadro = self.cuadros[0]
        texto = delta._Lector(cuadro, 0, self.viejo).resto(1 << 20)
        guia: dict[str, Any] = json.loads(texto[len(self.nuevo) :])
        return guia

    @property
    def cuadros(self) -> list[bytes]:
        """Return its frames."""
        cuadros, lugar = [], len(MARCA)
        while lugar < len(self.honesto):
            largo = int.from_bytes(self.honesto[lugar : lugar + 4])
            cuadros.append(self.honesto[lugar + 4 : lugar + 4 + largo])
            lugar += 4 + largo
        return cuadros

    def con_guia(self, guia: bytes) -> bytes:
        """Return the delta with another guide."""
        return juntar(delta._comprimir(self.nuevo + guia, self.viejo), *self.cuadros[1:])

    def con_contenido(self, datos: bytes) -> bytes:
        """Return the delta with other content in its only frame of content, and no reference."""
        return juntar(self.cuadros[0], delta._comprimir(datos, b""))


def caso() -> Caso:
    """Make it, without any repository."""
    uno, _ = paquete(1, archivos=arbol(1))
    dos, _ = paquete(2, anterior=huella(escribir(uno)), archivos=arbol(2))
    return hacer_caso(escribir(uno), escribir(dos))


def hacer_caso(viejo: bytes, nuevo: bytes) -> Caso:
    """Make it between these manifests of cortes 1 and 2."""
    honesto = delta.hacer(
        nuevo, viejo, propio=lambda uno: arbol(2)[uno.ruta], base=lambda uno: arbol(1)[uno.ruta]
    )
    return Caso(viejo=viejo, nuevo=nuevo, honesto=honesto)


def juntar(*cuadros: bytes) -> bytes:
    """Return frames as a file."""
    return MARCA + b"".join(len(cuadro).to_bytes(4) + cuadro for cuadro in cuadros)


def _volteado(datos: bytes, lugar: int) -> bytes:
    return datos[:lugar] + bytes([datos[lugar] ^ 0x10]) + datos[lugar + 1 :]


def _guiada(**cambios: object) -> Callable[[Caso], bytes]:
    return lambda c: c.con_guia(canonico(c.guia | cambios))


def _receta(c: Caso, miembros: object, fecha: object = (2026, 6, 7, 18, 2)) -> bytes:
    return c.con_guia(canonico(c.guia | {"recetas": {next(iter(c.guia["recetas"])): [fecha, miembros]}}))


def _manifest_ajeno(c: Caso) -> bytes:
    ajeno = c.nuevo.replace(b'"ultimo":false', b'"ultimo":true ')
    return juntar(delta._comprimir(ajeno + canonico(c.guia), c.viejo), *c.cuadros[1:])


def _sin_tamano(datos: bytes, ventana: int) -> bytes:
    tubo = zstd.ZstdCompressor(options={zstd.CompressionParameter.window_log: ventana})
    return tubo.compress(datos) + tubo.flush()


def _contenido(c: Caso) -> bytes:
    """Return what its frame of content inflates to."""
    viejo, nuevo = leer(c.viejo), leer(c.nuevo)
    grupos = delta._grupos(nuevo, viejo, delta._leer(canonico(c.guia), nuevo))
    return b"".join(arbol(2)[uno.ruta] for grupo in grupos for uno in grupo)


MARCA: Final = b"pregon-delta 1\n"
ALTERACIONES: Final[Mapping[str, Callable[[Caso], bytes]]] = {
    "vacio": lambda _: b"",
    "sólo la marca": lambda _: MARCA,
    "otra versión": lambda c: c.honesto.replace(b"delta 1", b"delta 2", 1),
    "basura": lambda c: MARCA + bytes(range(256)) * (len(c.honesto) // 256),
    "gzip": lambda c: juntar(*(gzip.compress(cuadro) for cuadro in c.cuadros)),
    "a la mitad": lambda c: c.honesto[: len(c.honesto) // 2],
    "sin el último byte": lambda c: c.honesto[:-1],
    "un byte de más": lambda c: c.honesto + b"\0",
    "un cuadro de más": lambda c: c.honesto + juntar(c.cuadros[1])[len(MARCA) :],
    "sin contenido": lambda c: juntar(c.cuadros[0]),
    "sin manifest": lambda c: juntar(*c.cuadros[1:]),
    "cuadros al revés": lambda c: juntar(*reversed(c.cuadros)),
    "largo enorme": lambda c: MARCA + b"\xff\xff\xff\xff" + c.honesto[len(MARCA) + 4 :],
    "largo cero": lambda c: MARCA + bytes(4) + c.honesto[len(MARCA) + 4 :],
    # Several: its bytes depend on the hour, and one bit of a padding changes nothing.
    "ocho bits del manifest": lambda c: reduce(
        _volteado,
        range(len(MARCA) + 4 + len(c.cuadros[0]) // 2, len(MARCA) + 12 + len(c.cuadros[0]) // 2),
        c.honesto,
    ),
    "un bit del contenido": lambda c: _volteado(c.honesto, len(c.honesto) - len(c.cuadros[1]) // 2),
    "un bit del largo": lambda c: _volteado(c.honesto, len(MARCA) + 3),
    "otro manifest": _manifest_ajeno,
    "de otra base": lambda c: juntar(
        delta._comprimir(c.nuevo + canonico(c.guia), c.viejo[::-1]),
        *c.cuadros[1:],
    ),
    "contenido de otra base": lambda c: juntar(
        c.cuadros[0],
        delta._comprimir(_contenido(c), b"".join(arbol(2).values())),
    ),
    "contenido ajeno del mismo largo": lambda c: c.con_contenido(bytes(len(_contenido(c)))),
    "un byte del contenido": lambda c: c.con_contenido(_volteado(_contenido(c), len(_contenido(c)) - 1)),
    "contenido corto": lambda c: c.con_contenido(_contenido(c)[:-1]),
    "contenido largo": lambda c: c.con_contenido(_contenido(c) + b"\0"),
    "bomba en el contenido": lambda c: c.con_contenido(_contenido(c) + bytes(50_000_000)),
    "bomba en el manifest": lambda c: juntar(
        delta._comprimir(c.nuevo + bytes(50_000_000), c.viejo),
        *c.cuadros[1:],
    ),
    "ventana enorme": lambda c: juntar(c.cuadros[0], _sin_tamano(_contenido(c), 28)),
    "dos marcos de zstd": lambda c: juntar(c.cuadros[0], c.cuadros[1] + c.cuadros[1]),
    "guía sin forma": lambda c: c.con_guia(b"nada"),
    "guía de otra forma": lambda c: c.con_guia(b"[]"),
    "guía larga": lambda c: c.con_guia(canonico(c.guia | {"x": "x" * 70_000})),
    "guía honda": lambda c: c.con_guia(b"[" * 60_000),
    "redatado corto": _guiada(redatado=["\n", "\n" * 2]),
    "redatado que crece": _guiada(redatado=["\n1,2026-0", "x" * 250]),
    "redatado de uno": _guiada(redatado=["\n1,2026-06"]),
    "redatado de otro tipo": _guiada(redatado=[1, 2]),
    "redatado sin letras": lambda c: c.con_guia(
        json.dumps(c.guia | {"redatado": ["\ud800" * 9] * 2}).encode()
    ),
    "recetas de otro tipo": _guiada(recetas=[1]),
    "receta de lo que no existe": _guiada(recetas={"datos/nada.zip": [[2026, 6, 7, 18, 2], []]}),
    "receta con miembro ajeno": lambda c: _receta(c, [["DIP.csv", "/etc/passwd"]]),
    "receta con nombre que sale": lambda c: _receta(c, [["../DIP.csv", "datos/DIP.csv"]]),
    "receta con miembro repetido": lambda c: _receta(
        c, [["a.csv", "datos/DIP.csv"], ["b.csv", "datos/DIP.csv"]]
    ),
    "receta con nombre repetido": lambda c: _receta(
        c, [["a.csv", "datos/DIP.csv"], ["a.csv", "datos/LEEME.txt"]]
    ),
    "receta de sí mismo": lambda c: _receta(c, [["a.zip", next(iter(c.guia["recetas"]))]]),
    "receta de otros miembros": lambda c: _receta(c, [["DIP.csv", "datos/LEEME.txt"]]),
    "receta sin fecha": lambda c: _receta(c, [["DIP.csv", "datos/DIP.csv"]], fecha=[2026]),
    "receta de 1979": lambda c: _receta(c, [["DIP.csv", "datos/DIP.csv"]], fecha=[1979, 1, 1, 0, 0]),
    "receta de 2108": lambda c: _receta(c, [["DIP.csv", "datos/DIP.csv"]], fecha=[2108, 1, 1, 0, 0]),
}
"""What a hostile or broken sender could leave in place of the delta, each by its name."""
