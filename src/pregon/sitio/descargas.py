"""What can be downloaded: every data file of a corte, its hash, and the address that always holds the newest.

datos/<sello>_PREP_<ELECCION>_<ENT>.zip   this corte; its name tells which
datos/ultimo/<ELECCION>.zip               the same bytes, under a name that no corte changes
datos/ultimo.json                         which corte that is, and every file with size and SHA-256
datos/…                                   the loose files, tidy tables and dictionary; no stamp in their names
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from pregon.paquete.manifest import archivo, canonico
from pregon.prep import escribir
from pregon.prep.corte import Corte
from pregon.prep.sello import miles

CARPETA = "datos/"
ULTIMO = f"{CARPETA}ultimo.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Archivo:
    """One download with what a reader needs to check it."""

    ruta: str
    nombre: str
    tamano: str
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Grupo:
    """The downloads of one election, or those of all of them."""

    titulo: str
    base: tuple[Archivo, ...]
    """The base de datos: its ZIP and what it holds."""
    fijo: Archivo | None
    """The ZIP under its lasting address."""
    ordenados: tuple[Archivo, ...]
    """The tidy tables."""


def archivos(corte: Corte, huella: str) -> dict[str, bytes]:
    """Return every data file of a corte by its path. `huella` is that of `corte.json`."""
    base: dict[str, bytes] = {}
    ordenados: dict[str, bytes] = {}
    fijos: dict[str, str] = {}
    for resultado in corte.resultados:
        base |= escribir.base_de_datos(corte, resultado)
        ordenados |= escribir.ordenados(corte, resultado)
        fijos[_fija(resultado.eleccion.clave)] = escribir.nombres(corte, resultado.eleccion).comprimido
    todos = base | ordenados
    todos |= escribir.explicacion(corte, todos)
    rutas = {CARPETA + nombre: datos for nombre, datos in todos.items()}
    rutas |= {fija: todos[nombre] for fija, nombre in fijos.items()}
    return rutas | {
        ULTIMO: _ultimo(corte, huella, rutas, {f: CARPETA + nombre for f, nombre in fijos.items()})
    }


def grupos(corte: Corte, hechos: Mapping[str, bytes]) -> Iterator[Grupo]:
    """Yield what the page of downloads shows of `archivos`."""
    for resultado in corte.resultados:
        eleccion = resultado.eleccion
        como = escribir.nombres(corte, eleccion)
        yield Grupo(
            titulo=eleccion.nombre,
            base=_describir(hechos, (como.comprimido, como.resultados, como.candidaturas, como.leeme)),
            fijo=_uno(_fija(eleccion.clave), hechos),
            ordenados=_describir(hechos, (como.actas, como.cifras, como.cifras_json)),
        )
    comunes = ("ultimo.json", "diccionario.csv", "diccionario.json", "datapackage.json")
    yield Grupo(titulo="De todas las elecciones", base=_describir(hechos, comunes), fijo=None, ordenados=())


def _fija(clave: str) -> str:
    return f"{CARPETA}ultimo/{clave}.zip"


def _ultimo(corte: Corte, huella: str, rutas: Mapping[str, bytes], fijos: Mapping[str, str]) -> bytes:
    """Return the index of the newest corte: a program asks for it, then for what changed."""
    lista = []
    for ruta, datos in sorted(rutas.items()):
        uno = archivo(ruta, datos)
        sellada = {"con_sello": fijos[ruta]} if ruta in fijos else {}
        lista.append({"ruta": ruta, "tamano": uno.tamano, "sha256": uno.sha256, **sellada})
    return canonico(
        {
            "corte": corte.numero,
            "instante": corte.jornada.local(corte.instante).isoformat(timespec="seconds"),
            "caracter": corte.jornada.tipo.value,
            "ultimo": corte.ultimo,
            "huella": huella,
            "archivos": lista,
        }
    )


def _describir(hechos: Mapping[str, bytes], nombres: Sequence[str]) -> tuple[Archivo, ...]:
    return tuple(_uno(CARPETA + nombre, hechos) for nombre in nombres)


def _uno(ruta: str, hechos: Mapping[str, bytes]) -> Archivo:
    uno = archivo(ruta, hechos[ruta])
    return Archivo(
        ruta=ruta, nombre=ruta.removeprefix(CARPETA), tamano=_tamano(uno.tamano), sha256=uno.sha256
    )


def _tamano(n: int) -> str:
    """Return a size for people: kilobytes of a thousand, rounded up."""
    return f"{miles(-(-n // 1000))} kB" if n < 10_000_000 else f"{miles(-(-n // 1_000_000))} MB"
