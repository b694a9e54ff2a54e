"""The one tree of errors, by whose fault it is and what somebody can do about it.

    PregonError                      exit  fault
    ├── ErrorDeDatos                  2    the file that was given: place and cause are told
    │   └── NoEsBaseDeDatos           2    not a PREP database at all
    ├── ErrorDeConfiguracion          4    who wrote the TOML or the command line: line and key are told
    ├── ErrorDeConfianza              5    the publisher, or somebody in between: nothing was activated
    │   ├── Rechazado                 5    a paquete that breaks a rule (older, foreign role, early…)
    │   └── Alterado                  5    bytes that are not the ones signed
    ├── ErrorDeRed                    6    the network or the other side: permanente says if a retry helps
    ├── ErrorDeAlmacen                7    this machine's disk: full, read-only, locked by another process
    └── ErrorDeOperacion              8    the order given at this moment (close twice, open early)

A class exists because somebody reacts differently to it. Exit codes 0 (well), 1 (our own fault, with a
traceback in the log) and 3 (a comparison that found differences) belong to the commands. `SIN_AUTORIA`
is the code of `pregon verificar` when the bytes agree but nobody's signature was checked (decisions §29);
`EQUIVOCO` is the one of `pregon registro` when it proved that one key signed two histories (A20).
"""

from typing import Final

EXITO: Final = 0
INTERNO: Final = 1
DIFERENCIAS: Final = 3
SIN_AUTORIA: Final = 9
EQUIVOCO: Final = 10


class PregonError(Exception):
    """Root of the tree. `codigo` is the exit code; `consejo` says in Spanish what to do."""

    codigo: int = INTERNO
    consejo: str = "Conserve la bitácora y avise a soporte técnico."


class ErrorDeDatos(PregonError):
    """A given file cannot be read as what it should be."""

    codigo = 2
    consejo = "Revise el archivo en el lugar indicado y vuelva a intentarlo."

    def __init__(
        self, causa: str, *, archivo: str = "", fila: int | None = None, columna: str | None = None
    ) -> None:
        """Keep the place: `fila` counts the file's physical rows from 1, `columna` is its heading."""
        self.causa, self.archivo, self.fila, self.columna = causa, archivo, fila, columna
        lugar = [archivo] if archivo else []
        lugar += [f"fila {fila}"] if fila is not None else []
        lugar += [f"columna {columna}"] if columna is not None else []
        super().__init__(": ".join([", ".join(lugar), causa]) if lugar else causa)


class NoEsBaseDeDatos(ErrorDeDatos):
    """The file holds no PREP database: no header block or no columns were found."""

    consejo = "Indique el CSV o el ZIP publicado como «base de datos» del PREP."


class ErrorDeConfiguracion(PregonError):
    """A TOML or an argument says something that cannot be."""

    codigo = 4
    consejo = "Corrija lo indicado en la configuración o en la orden y vuelva a intentarlo."

    def __init__(self, causa: str, *, archivo: str = "", linea: int | None = None, clave: str = "") -> None:
        """Keep the place: `linea` counts from 1, `clave` is the dotted key."""
        self.causa, self.archivo, self.linea, self.clave = causa, archivo, linea, clave
        lugar = [archivo] if archivo else []
        lugar += [f"línea {linea}"] if linea is not None else []
        lugar += [clave] if clave else []
        super().__init__(": ".join([", ".join(lugar), causa]) if lugar else causa)


class ErrorDeConfianza(PregonError):
    """Something published cannot be believed; the active corte stays as it was (decisions §6)."""

    codigo = 5
    consejo = "El corte activo no cambió. Compare la huella con la del Instituto y avise a soporte técnico."


class Rechazado(ErrorDeConfianza):
    """A signed paquete that breaks one of our own rules: role, number, previous, not-before, final."""


class Alterado(ErrorDeConfianza):
    """Bytes that differ from the signed ones. `rutas` names them all."""

    def __init__(self, causa: str, *, rutas: tuple[str, ...] = ()) -> None:
        """`rutas` are paths within the paquete."""
        self.rutas = rutas
        super().__init__(causa)


class ErrorDeRed(PregonError):
    """The other side did not answer, answered badly or too slowly."""

    codigo = 6
    consejo = "Revise la conexión, la dirección y el puerto."

    def __init__(self, causa: str, *, permanente: bool = False) -> None:
        """`permanente`: a retry of the same operation cannot help."""
        self.permanente = permanente
        super().__init__(causa)


class ErrorDeAlmacen(PregonError):
    """This machine's disk refused, or another process holds the lock."""

    codigo = 7
    consejo = "Revise espacio, permisos y que no haya otro proceso de Pregón sobre la misma carpeta."


class ErrorDeOperacion(PregonError):
    """An order that the present phase of the night does not admit."""

    codigo = 8
    consejo = "Haga antes lo que se indica; la fase de la jornada la dice «pregon origen estado»."
