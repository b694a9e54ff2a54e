"""What a tolerant reader has to tell: place and cause, in Spanish, bounded in number."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Advertencia:
    """Something that the file does wrong and that reading survived.

    `fila` counts physical rows from 1 (None: the whole file), `columna` is its heading ("": the whole row).
    """

    fila: int | None
    columna: str
    mensaje: str


@dataclass(slots=True, kw_only=True)
class Advertencias:
    """Collects them while a file is read."""

    maximo: int
    _una_por_una: list[Advertencia] = field(default_factory=list)
    _repetidas: dict[tuple[str, str], list[int]] = field(default_factory=dict)
    _omitidas: int = 0

    def una(self, fila: int | None, columna: str, mensaje: str) -> None:
        """Tell one fault that has its own values."""
        if len(self._una_por_una) < self.maximo:
            self._una_por_una.append(Advertencia(fila=fila, columna=columna, mensaje=mensaje))
        else:
            self._omitidas += 1

    def repetida(self, fila: int, columna: str, mensaje: str) -> None:
        """Tell a fault that an exporter repeats in every row: once, at its first row, with a count."""
        clave = (columna, mensaje)
        if clave not in self._repetidas and len(self._repetidas) >= self.maximo:
            self._omitidas += 1
            return
        filas = self._repetidas.setdefault(clave, [fila, 0])
        filas[1] += 1

    def todas(self) -> tuple[Advertencia, ...]:
        """Return all, by row."""
        repetidas = [
            Advertencia(fila=primera, columna=columna, mensaje=mensaje + _y_mas(veces - 1))
            for (columna, mensaje), (primera, veces) in self._repetidas.items()
        ]
        omitidas = (
            [Advertencia(fila=None, columna="", mensaje=f"y {self._omitidas} advertencias más, omitidas")]
            if self._omitidas
            else []
        )
        juntas = sorted(self._una_por_una + repetidas, key=lambda a: (a.fila or 0, a.columna))
        return tuple(juntas + omitidas)


def _y_mas(n: int) -> str:
    return "" if n == 0 else f" (y {n} {'fila' if n == 1 else 'filas'} más)"
