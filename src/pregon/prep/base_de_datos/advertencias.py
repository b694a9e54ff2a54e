"""What a tolerant reader has to tell: place, what is written, how it was read and the rule; bounded."""

from collections.abc import Sequence
from dataclasses import dataclass, field

MUESTRA = 10
"""Rows that a repeated warning names; `veces` counts the rest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Advertencia:
    """One deviation that reading survived, in Spanish.

    `fila` counts physical rows from 1 (None: the whole file), `columna` is its heading ("": the whole row).
    """

    archivo: str
    fila: int | None
    columna: str
    que: str
    """What is written, or missing."""
    lectura: str
    """How it was read."""
    regla: str = ""
    """The rules that it breaks or that decide the reading: ``R58``, ``R41, R44``; "" where none does."""
    veces: int = 1
    """Rows that repeat it, `fila` among them."""
    muestra: tuple[int, ...] = ()
    """The first of those rows, `fila` in front."""

    @property
    def mensaje(self) -> str:
        """Return it as one sentence, without its place."""
        regla = f" ({self.regla})" if self.regla else ""
        otras = self.veces - 1
        mas = f" (y {otras} {'fila' if otras == 1 else 'filas'} más)" if otras else ""
        return f"{self.que}; {self.lectura}{regla}{mas}"


@dataclass(slots=True, kw_only=True)
class Advertencias:
    """Collects them while one file is read; the same thing said of many rows is one of them."""

    archivo: str
    maximo: int
    _dichas: "dict[tuple[str, str, str, str], _Dicha]" = field(default_factory=dict)
    _omitidas: int = 0

    def una(self, fila: int | None, columna: str, *, que: str, lectura: str, regla: str = "") -> None:
        """Tell a deviation of one row, or of the whole file."""
        dicha = self._dicha(fila, (columna, que, lectura, regla))
        if dicha is None:
            self._omitidas += 1
            return
        dicha.veces += 1
        if fila is not None and len(dicha.muestra) < MUESTRA:
            dicha.muestra.append(fila)

    def varias(self, filas: Sequence[int], columna: str, *, que: str, lectura: str, regla: str = "") -> None:
        """Tell at once what `filas`, in their order, repeat; nothing for none."""
        if not len(filas):
            return
        dicha = self._dicha(filas[0], (columna, que, lectura, regla))
        if dicha is None:
            self._omitidas += len(filas)
            return
        dicha.veces += len(filas)
        dicha.muestra += filas[: MUESTRA - len(dicha.muestra)]

    def todas(self) -> tuple[Advertencia, ...]:
        """Return all, by row."""
        juntas = [
            Advertencia(
                archivo=self.archivo,
                fila=dicha.fila,
                columna=columna,
                que=que,
                lectura=lectura,
                regla=regla,
                veces=dicha.veces,
                muestra=tuple(dicha.muestra),
            )
            for (columna, que, lectura, regla), dicha in self._dichas.items()
        ]
        juntas.sort(key=lambda a: (a.fila or 0, a.columna))
        if self._omitidas:
            que, lectura = f"advertencias de más: {self._omitidas}", f"se guardan {self.maximo}"
            juntas.append(Advertencia(archivo=self.archivo, fila=None, columna="", que=que, lectura=lectura))
        return tuple(juntas)

    def _dicha(self, fila: int | None, clave: tuple[str, str, str, str]) -> "_Dicha | None":
        dicha = self._dichas.get(clave)
        if dicha is None and len(self._dichas) < self.maximo:
            dicha = self._dichas[clave] = _Dicha(fila=fila)
        return dicha


@dataclass(slots=True, kw_only=True)
class _Dicha:
    fila: int | None
    veces: int = 0
    muestra: list[int] = field(default_factory=list)
