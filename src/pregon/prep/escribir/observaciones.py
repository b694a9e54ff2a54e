"""OBSERVACIONES from a closed vocabulary: whatever the source wrote, in our order and in the night's words.

Words of no vocabulary are kept as they came: the reader of the source has warned of them (R62, R63), and one
odd acta must not hold the corte of all.
"""

import re
from collections.abc import Mapping

from pregon.prep.base_de_datos.nombres import texto_normal
from pregon.prep.dialecto import Dialecto, Observacion
from pregon.prep.escribir.tabla import libre


class Observaciones(dict[str, str]):
    """Text of an acta → text to print, remembered: a night writes a dozen different ones."""

    def __init__(self, dialecto: Dialecto) -> None:
        """Take the words of a dialecto; those of 2024 and the older ones are understood besides."""
        super().__init__({"-": "-"})
        self._dialecto = dialecto
        propias = {texto_normal(dialecto.texto(o.value)): o for o in Observacion}
        self._escrituras = {**_ESCRITURAS, **propias}

    def casos(self, texto: str) -> tuple[Observacion, ...] | None:
        """Return what a text says, in our order, each once; None for words of no vocabulary."""
        normal = texto_normal(texto).strip(" -–—[]'\"")
        if normal in _NADA:
            return ()
        partes = [self._escrituras.get(p.strip(" '\"")) for p in _UNIONES.split(normal)]
        conocidos = [p for p in partes if p is not None]
        return None if len(conocidos) < len(partes) else tuple(o for o in Observacion if o in conocidos)

    def __missing__(self, texto: str) -> str:
        casos = self.casos(texto)
        if casos is None:
            escrito = libre(texto)
        else:
            escrito = self._dialecto.union.join(self._dialecto.texto(c.value) for c in casos)
        self[texto] = escrito
        return escrito


_NADA = {"", "N/A", "NINGUNA", "SIN OBSERVACIONES", "SIN INCONSISTENCIAS"}
_UNIONES = re.compile(r"\s*[,;/|]\s*|\s+CON\s+(?=CAMPO\b)")
"""Between the cases of a combination: INE's comma, and the word of Puebla 2024."""
_ESCRITURAS: Mapping[str, Observacion] = {o.value: o for o in Observacion} | {
    "CAMPO ILEGIBLE O SIN DATO": Observacion.ALGUN_CAMPO,
    "ALGUN DATO ILEGIBLE O SIN DATO": Observacion.ALGUN_CAMPO,
    "EXCEDE LA LISTA NOMINAL": Observacion.EXCEDE,
    "SIN ACTA POR PAQUETE ENTREGADO SIN SOBRE": Observacion.PAQUETE_SIN_BOLSA,
    "IDENTIFICACION FORZADA": Observacion.IDENTIFICACION,
}
"""By the text as published between 2017 and 2024."""
