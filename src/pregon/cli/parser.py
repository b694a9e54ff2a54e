"""argparse in Spanish, with the exit codes of `pregon.errors`.

argparse speaks through `gettext`; Python ships no Spanish catalogue for it, so the few sentences that an
operator can meet stand here, and a test provokes each of them.
"""

import argparse
import re
import sys
from collections.abc import Iterable
from typing import Any, NoReturn

from pregon.errors import ErrorDeConfiguracion

_FRASES = (
    (r"the following arguments are required: (.*)", r"faltan argumentos: \1"),
    (r"unrecognized arguments: (.*)", r"argumentos desconocidos: \1"),
    (
        r"argument (.*?): invalid choice: (.*?) \(choose from (.*)\)",
        r"\1: \2 no es una opción; elija entre \3",
    ),
    (r"argument (.*?): invalid (?:int|float|\w+) value: (.*)", r"\1: valor no válido: \2"),
    (r"argument (.*?): expected one argument", r"\1: falta su valor"),
    (r"argument (.*?): expected at least one argument", r"\1: falta al menos un valor"),
    (r"argument (.*?): not allowed with argument (.*)", r"\1: no puede ir junto con \2"),
    (r"argument (.*?): ignored explicit argument (.*)", r"\1: no lleva valor (\2)"),
    (r"ambiguous option: (.*?) could match (.*)", r"opción ambigua: \1 puede ser \2"),
    (r"one of the arguments (.*) is required", r"hace falta uno de: \1"),
    (r"argument (.*?): (.*)", r"\1: \2"),
)


class _Formato(argparse.RawDescriptionHelpFormatter):
    def add_usage(
        self,
        usage: str | None,
        actions: Iterable[argparse.Action],
        groups: Iterable[Any],
        prefix: str | None = None,
    ) -> None:
        super().add_usage(usage, actions, groups, "uso: " if prefix is None else prefix)


class Parser(argparse.ArgumentParser):
    """An ArgumentParser whose help and errors are Spanish. A wrong call exits with 4."""

    def __init__(self, *, prog: str, descripcion: str, epilogo: str = "") -> None:
        """Describe one command; `epilogo` usually lists its exit codes."""
        super().__init__(
            prog=prog,
            description=descripcion,
            epilog=epilogo or None,
            formatter_class=_Formato,
            add_help=False,
            allow_abbrev=False,
        )
        self._positionals.title = "argumentos"
        self._optionals.title = "opciones"
        self.add_argument("-h", "--help", action="help", help="muestra esta ayuda")

    def error(self, message: str) -> NoReturn:
        """Say in Spanish what is wrong with the call, and exit with ErrorDeConfiguracion's code."""
        for patron, frase in _FRASES:
            if re.fullmatch(patron, message, re.DOTALL):
                message = re.sub(patron, frase, message, flags=re.DOTALL)
                break
        self.print_usage(sys.stderr)
        self.exit(ErrorDeConfiguracion.codigo, f"{self.prog}: {message}\n")
