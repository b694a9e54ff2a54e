"""The alarm of the contraste: told once when it begins and once when it ends, and seen by other processes."""

import logging
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from pregon.origin import contraste as contrastes
from pregon.origin.contraste import Contraste
from pregon.paquete.bitacora import Acto, Asiento
from pregon.storage import atomic

_log = logging.getLogger(__name__)


class Alarmas:
    """The alarms of one origin. Its file has the last look, for `pregon origen estado`."""

    def __init__(
        self,
        ruta: Path,
        *,
        asientos: Iterable[Asiento],
        asentar: Callable[[str, str, Mapping[str, Any]], None],
    ) -> None:
        """Take from the book, `asientos`, which alarms sound; `asentar` adds to it."""
        self._ruta, self._asentar = ruta, asentar
        self._estado = {
            a.objeto: (a.acto == Acto.ALARMA.value, a.datos["corte"])
            for a in asientos
            if a.acto in {Acto.ALARMA.value, Acto.FIN_DE_ALARMA.value}
        }
        """Election → whether its alarm sounds, and the corte in which that last changed."""

    def anotar(self, contraste: Contraste) -> None:
        """Take one look. Raises ErrorDeAlmacen after what had to be told was told."""
        for clave, cifras in contraste.elecciones.items():
            suena, desde = self._estado.get(clave, (False, 0))
            difieren = cifras.difieren
            # Once per corte: a source that wavers while a corte is held must not fill the book.
            if difieren is None or difieren == suena or (difieren and desde == contraste.numero):
                continue
            self._estado[clave] = (difieren, contraste.numero)
            datos = {"corte": contraste.numero, "fuente": cifras.fuente, "capturadas": cifras.corte}
            self._asentar((Acto.ALARMA if difieren else Acto.FIN_DE_ALARMA).value, clave, datos)
            if difieren:
                _log.error(
                    "%s: la fuente informa %s actas verificadas y el corte %d tiene %s",
                    clave,
                    cifras.fuente,
                    contraste.numero,
                    cifras.corte,
                )
        atomic.write(self._ruta, contrastes.escribir(contraste))
