"""A TOML as typed values, each fault with its line and key, all faults at once.

`tomllib` tells no lines for values, so a walk over the text finds where each key stands. A `Tabla`
hands out values of the type asked for; a fault is noted and a harmless stand-in returned, so that one
reading finds every fault of the file. `Lectura.terminar` raises the first, or says that there is none.

Pure: who opens the file is the command.
"""

import re
import tomllib
from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any, Final

from pregon.errors import ErrorDeConfiguracion

_TAMANO_MAXIMO: Final = 4_000_000

Camino = tuple[str | int, ...]

_CLAVE = re.compile(r"""[A-Za-z0-9_-]+|"(?:\\.|[^"\\])*"|'[^']*'""")
_CADENA = re.compile(
    r'"""(?:\\.|(?!""").)*"{3,5}'
    r"|'''(?:(?!''').)*'{3,5}"
    r'|"(?:\\.|[^"\\])*"'
    r"|'[^']*'",
    re.DOTALL,
)
_SUELTO = re.compile(r"[^,\]}#\n]+")
_VACIO = re.compile(r"(?:[ \t\r\n]+|#[^\n]*)*")
_BLANCO = re.compile(r"[ \t]*")
_IGUAL = re.compile(r"[ \t]*=[ \t]*")
_CIERRE = re.compile(r"[ \t]*\]+")
_PUNTO = re.compile(r"[ \t]*\.[ \t]*")


class Lectura:
    """One file being read: its lines and the faults found so far."""

    def __init__(self, texto: str, *, archivo: str) -> None:
        """Parse the text; raise ErrorDeConfiguracion at once when it is no TOML at all."""
        if len(texto) > _TAMANO_MAXIMO:
            raise ErrorDeConfiguracion("el archivo es demasiado grande", archivo=archivo)
        try:
            self._valores = tomllib.loads(texto)
        except tomllib.TOMLDecodeError as error:
            causa, linea = _sintaxis(str(error), texto)
            raise ErrorDeConfiguracion(causa, archivo=archivo, linea=linea) from error
        except RecursionError as error:
            raise ErrorDeConfiguracion("tiene demasiados corchetes anidados", archivo=archivo) from error
        self.archivo = archivo
        self.faltas: list[ErrorDeConfiguracion] = []
        self._lineas = _lineas(texto)

    @property
    def raiz(self) -> "Tabla":
        """Return the top table."""
        return Tabla(self, self._valores, ())

    def falta(self, causa: str, camino: Camino) -> None:
        """Note a fault at the line of a key, or of the nearest table that holds it."""
        self.faltas.append(
            ErrorDeConfiguracion(
                causa, archivo=self.archivo, linea=self._linea(camino), clave=_punteado(camino)
            )
        )

    def terminar(self) -> None:
        """Raise the first fault, in the order of the file, if there was any."""
        if self.faltas:
            raise min(self.faltas, key=lambda falta: falta.linea or 0)

    def _linea(self, camino: Camino) -> int | None:
        for largo in range(len(camino), -1, -1):
            if camino[:largo] in self._lineas:
                return self._lineas[camino[:largo]]
        return None


class Tabla:
    """One table of the file. Every accessor returns its type; a missing or wrong value is a noted fault."""

    def __init__(self, lectura: Lectura, valores: dict[str, Any], camino: Camino) -> None:
        """Wrap the values at a path; tables of an array have their index in it."""
        self._lectura, self._valores, self.camino = lectura, valores, camino
        self._pedidas: set[str] = set()

    def __contains__(self, clave: str) -> bool:
        """Say whether the file gives this key."""
        return clave in self._valores

    def es(self, clave: str, tipo: type) -> bool:
        """Say whether the file gives this key with a value of this type."""
        return isinstance(self._valores.get(clave), tipo)

    def falta(self, causa: str, *donde: str | int) -> None:
        """Note a fault of meaning at a key, at an element of its list, or at the table itself."""
        self._lectura.falta(causa, (*self.camino, *donde))

    def texto(self, clave: str, defecto: str | None = None, *, patron: str | None = None) -> str:
        """Return a text of 1 to 2,000 characters, optionally of a given full-match pattern."""
        valor: str | None = self._pedir(clave, str, "un texto entre comillas", defecto)
        if valor is None:
            return ""
        if clave in self and not 0 < len(valor) <= 2000:
            self.falta("el texto está vacío o es demasiado largo", clave)
        elif clave in self and patron and not re.fullmatch(patron, valor):
            self.falta(f"«{valor:.60}» no tiene la forma esperada ({patron})", clave)
        return valor

    def entero(self, clave: str, defecto: int | None = None, *, minimo: int = 0, maximo: int = 10**9) -> int:
        """Return an integer within bounds."""
        valor: int | None = self._pedir(clave, int, "un número entero", defecto)
        if valor is None:
            return minimo
        if not minimo <= valor <= maximo:
            self.falta(f"{valor} está fuera de {minimo}–{maximo}", clave)
            return minimo
        return valor

    def numero(
        self, clave: str, defecto: float | None = None, *, minimo: float = 0.0, maximo: float = 1e9
    ) -> float:
        """Return a number within bounds."""
        valor: float | None = self._pedir(clave, (int, float), "un número", defecto)
        if valor is None:
            return minimo
        if not minimo <= valor <= maximo:
            self.falta(f"{valor:g} está fuera de {minimo:g}–{maximo:g}", clave)
            return minimo
        return float(valor)

    def booleano(self, clave: str, defecto: bool | None = None) -> bool:  # noqa: FBT001 — the value itself
        """Return true or false."""
        return bool(self._pedir(clave, bool, "true o false", defecto))

    def instante(self, clave: str, defecto: datetime | None = None) -> datetime:
        """Return an instant with its offset, in UTC."""
        valor: datetime | None = self._pedir(
            clave, datetime, "un instante como 2026-06-07T18:30:00-06:00", defecto
        )
        if valor is None:
            return datetime(2000, 1, 1, tzinfo=UTC)
        if valor.tzinfo is None:
            self.falta("el instante no dice su desfase: agregue Z o -06:00", clave)
            return valor.replace(tzinfo=UTC)
        return valor.astimezone(UTC)

    def local(self, clave: str) -> datetime:
        """Return the reading of a clock, without offset."""
        valor: datetime | None = self._pedir(clave, datetime, "una hora local como 2026-06-07T18:30:00", None)
        if valor is not None and valor.tzinfo is not None:
            self.falta("es la hora de un reloj: va sin desfase", clave)
        return datetime(2000, 1, 1) if valor is None else valor.replace(tzinfo=None)  # noqa: DTZ001 — as asked

    def fecha(self, clave: str, defecto: date | None = None) -> date:
        """Return a date."""
        valor: date | None = self._pedir(clave, date, "una fecha como 2026-06-07", defecto)
        return valor if valor is not None else date(2000, 1, 1)

    def textos(self, clave: str, defecto: Sequence[str] | None = None) -> tuple[str, ...]:
        """Return a list of texts."""
        valor = self._pedir(
            clave, list, "una lista de textos", list(defecto) if defecto is not None else None
        )
        if valor is None:
            return ()
        if not all(isinstance(v, str) for v in valor):
            self.falta("la lista sólo puede tener textos", clave)
            return ()
        return tuple(valor)

    def enteros(self, clave: str, defecto: Sequence[int] | None = None) -> tuple[int, ...]:
        """Return a list of integers."""
        valor = self._pedir(
            clave, list, "una lista de enteros", list(defecto) if defecto is not None else None
        )
        if valor is None:
            return ()
        if not all(isinstance(v, int) and not isinstance(v, bool) for v in valor):
            self.falta("la lista sólo puede tener enteros", clave)
            return ()
        return tuple(valor)

    def tabla(self, clave: str, *, opcional: bool = False) -> "Tabla":
        """Return a sub-table; a missing optional one is empty."""
        valor = self._pedir(clave, dict, f"una tabla [{clave}]", {} if opcional else None)
        return Tabla(self._lectura, valor or {}, (*self.camino, clave))

    def tablas(self, clave: str, *, opcional: bool = False) -> tuple["Tabla", ...]:
        """Return an array of tables."""
        valor = self._pedir(clave, list, f"tablas [[{clave}]]", [] if opcional else None)
        if valor is None:
            return ()
        if not all(isinstance(v, dict) for v in valor):
            self.falta(f"se esperaban tablas [[{clave}]]", clave)
            return ()
        return tuple(Tabla(self._lectura, v, (*self.camino, clave, i)) for i, v in enumerate(valor))

    def sin_sobrantes(self) -> None:
        """Note every key that nobody asked for: a misspelt one must not be ignored in silence."""
        for clave in self._valores:
            if clave not in self._pedidas:
                conocidas = ", ".join(sorted(self._pedidas))
                self.falta(f"clave desconocida; aquí se conocen: {conocidas}", clave)

    def _pedir(self, clave: str, tipo: Any, descripcion: str, defecto: Any) -> Any:
        self._pedidas.add(clave)
        if clave not in self._valores:
            if defecto is None:
                self.falta(f"falta «{clave}»: {descripcion}")
            return defecto
        valor = self._valores[clave]
        instante_por_fecha = tipo is date and isinstance(valor, datetime)
        booleano_por_numero = tipo is not bool and isinstance(valor, bool)
        if not isinstance(valor, tipo) or instante_por_fecha or booleano_por_numero:
            self.falta(f"se esperaba {descripcion}", clave)
            return defecto
        return valor


def _sintaxis(mensaje: str, texto: str) -> tuple[str, int]:
    """Turn tomllib's sentence into ours, with its line; what is never closed is told at the end."""
    donde = re.search(r"at line (\d+), column (\d+)", mensaje)
    linea = int(donde[1]) if donde else texto.count("\n") + 1
    if re.search("twice|overwrite|mutate", mensaje):
        return "una clave o una tabla aparece dos veces", linea
    columna = f", columna {donde[2]}" if donde else ""
    return f"no es TOML válido{columna}: revise comillas, corchetes y signos «=»", linea


def _lineas(texto: str) -> dict[Camino, int]:
    """Map every table, key and element of an array to its line, from 1; the root is line 1."""
    recorrido = _Recorrido(texto.replace("\r\n", "\n"))
    recorrido.documento()
    return {(): 1} | recorrido.lineas


class _Recorrido:
    """A walk over TOML that `tomllib` has accepted, noting where things begin; it judges nothing."""

    def __init__(self, texto: str) -> None:
        self.texto, self.i = texto, 0
        self.lineas: dict[Camino, int] = {}
        self._tablas: dict[Camino, int] = {}  # arrays of tables: how many so far
        self._contada, self._linea = 0, 1

    def documento(self) -> None:
        base: Camino = ()
        while self._saltar(_VACIO) < len(self.texto):
            if self.texto.startswith("[[", self.i):
                base = self._cabeza(2, de_arreglo=True)
            elif self.texto[self.i] == "[":
                base = self._cabeza(1, de_arreglo=False)
            else:
                self._par(base)

    def _cabeza(self, corchetes: int, *, de_arreglo: bool) -> Camino:
        self.i += corchetes
        *antes, ultima = self._claves()
        base = self._resolver(tuple(antes))
        if de_arreglo:
            cuantas = self._tablas.get((*base, ultima), 0)
            self._tablas[(*base, ultima)] = cuantas + 1
            self._anotar((*base, ultima))
            base = (*base, ultima, cuantas)
        else:
            base = (*base, ultima)
        self._anotar(base)
        self._saltar(_CIERRE)
        return base

    def _resolver(self, claves: Camino) -> Camino:
        """Put the index of the last table after each name of an array of tables."""
        camino: Camino = ()
        for clave in claves:
            camino = (*camino, clave)
            if camino in self._tablas:
                camino = (*camino, self._tablas[camino] - 1)
        return camino

    def _par(self, base: Camino) -> None:
        inicio = self.i
        camino = (*base, *self._claves())
        for largo in range(len(base) + 1, len(camino) + 1):
            self._anotar(camino[:largo], inicio)
        self._saltar(_IGUAL)
        self._valor(camino)

    def _valor(self, camino: Camino) -> None:
        inicial = self.texto[self.i : self.i + 1]
        if inicial == "[":
            self._arreglo(camino)
        elif inicial == "{":
            self._en_linea(camino)
        elif inicial in {'"', "'"}:
            self._saltar(_CADENA)
        else:
            self._saltar(_SUELTO)

    def _arreglo(self, camino: Camino) -> None:
        self.i += 1
        indice = 0
        while self._saltar(_VACIO) < len(self.texto) and self.texto[self.i] != "]":
            if self.texto[self.i] == ",":
                self.i += 1
                continue
            self._anotar((*camino, indice))
            self._valor((*camino, indice))
            indice += 1
        self.i += 1

    def _en_linea(self, camino: Camino) -> None:
        self.i += 1
        while self._saltar(_VACIO) < len(self.texto) and self.texto[self.i] != "}":
            if self.texto[self.i] == ",":
                self.i += 1
                continue
            self._par(camino)
        self.i += 1

    def _claves(self) -> Camino:
        claves: list[str] = []
        while True:
            self._saltar(_BLANCO)
            inicio = self.i
            self._saltar(_CLAVE)
            claves.append(_sin_comillas(self.texto[inicio : self.i]))
            punto = _PUNTO.match(self.texto, self.i)
            if punto is None:
                return tuple(claves)
            self.i = punto.end()

    def _saltar(self, patron: re.Pattern[str]) -> int:
        encontrado = patron.match(self.texto, self.i)
        if encontrado:
            self.i = encontrado.end()
        return self.i

    def _anotar(self, camino: Camino, en: int | None = None) -> None:
        posicion = self.i if en is None else en
        if posicion < self._contada:
            self._contada, self._linea = 0, 1
        self._linea += self.texto.count("\n", self._contada, posicion)
        self._contada = posicion
        self.lineas.setdefault(camino, self._linea)


def _sin_comillas(clave: str) -> str:
    if clave[:1] == "'":
        return clave[1:-1]
    if clave[:1] == '"':
        # tomllib accepted it; the few escapes of a key are those of a Python string without \U quirks.
        return clave[1:-1].encode("latin-1", "backslashreplace").decode("unicode_escape")
    return clave


def _punteado(camino: Camino) -> str:
    texto = ""
    for parte in camino:
        texto += f"[{parte + 1}]" if isinstance(parte, int) else (f".{parte}" if texto else parte)
    return texto
