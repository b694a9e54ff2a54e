"""What must never travel in a paquete: keys, passwords, tokens (B8). Pure.

Everything published is public for ever, and a paquete is made of what operators wrote: configuration, notes,
names of files. The shapes below are those that no corte has a use for, so a find is never a figure; what is
found is told by its place, never repeated.
"""

import re
from typing import Final

_NOMBRES: Final = re.compile(
    r"(?:^|/)(?:\.(?:env|git|ssh|htpasswd|netrc|pgpass|aws)(?:[./]|$)|id_(?:rsa|ecdsa|ed25519)|[^/]*\."
    r"(?:pem|key|p12|pfx|jks|kdbx|ppk)$)",
    re.IGNORECASE,
)
_LLAVE: Final = re.compile(rb"-----BEGIN [A-Z0-9 ]{0,30}PRIVATE KEY(?: BLOCK)?-----|PuTTY-User-Key-File-\d")
_ASIGNADO: Final = re.compile(
    rb"(?:password|passwd|passphrase|contrase(?:\xc3\xb1|n)a|secret|token|api[_-]?key|access[_-]?key|"
    rb"private[_-]?key)[\"']?[ \t]*[:=][ \t]*[\"']?[^\s\"'<,;]{6,}"
)
_ENTREGADO: Final = re.compile(rb"(?:authorization:[ \t]*(?:basic|bearer)[ \t]+\S{8,})")
_DIRECCION: Final = re.compile(
    rb"://(?<=[a-z][a-z0-9]://)(?:(?![/:@\"'<>])[!-~]){1,64}:(?:(?![/:@\"'<>])[!-~]){1,128}@", re.IGNORECASE
)
"""A ZIP is noise: without its scheme, and with any byte, three in 10^10 places of it would be one."""
_FICHA: Final = re.compile(
    rb"(?:AKIA|ASIA)[0-9A-Z]{16}|gh[pousr]_[0-9A-Za-z]{36}|github_pat_[0-9A-Za-z_]{40}|xox[abprs]-[0-9A-Za-z-]{10}"
    rb"|glpat-[0-9A-Za-z_-]{20}|AIza[0-9A-Za-z_-]{35}|eyJ[0-9A-Za-z_-]{10,}\.eyJ[0-9A-Za-z_-]{10,}\.[0-9A-Za-z_-]{10,}"
)
_PALABRAS: Final = (b"pass", b"contrase", b"secret", b"token", b"key", b"authorization:")
"""One of these stands in whatever `_ASIGNADO` or `_ENTREGADO` finds, and looking for them is quick."""
_MARCAS: Final = (
    *(b"AKIA", b"ASIA", b"ghp_", b"gho_", b"ghu_", b"ghs_", b"ghr_", b"github_pat_"),
    *(b"xox", b"glpat-", b"AIza", b"eyJ"),
)
"""The same for `_FICHA`."""


def secreto(ruta: str, datos: bytes) -> str | None:
    """Return in Spanish what kind of secret a file of a paquete holds and in which line; None for none."""
    if _NOMBRES.search(ruta):
        return "su nombre es de un archivo de llaves o contraseñas"
    menores = datos.lower()
    for causa, hallado in (
        ("una llave privada", _LLAVE.search(datos) if b"-----BEGIN " in datos or b"PuTTY" in datos else None),
        ("una ficha de acceso", _FICHA.search(datos) if any(m in datos for m in _MARCAS) else None),
        ("una dirección con contraseña", _DIRECCION.search(datos)),
        ("una contraseña o ficha", _asignado(menores)),
    ):
        if hallado:
            linea = datos.count(b"\n", 0, hallado.start()) + 1
            return f"{causa}, en la línea {linea}"
    return None


def _asignado(menores: bytes) -> re.Match[bytes] | None:
    if not any(palabra in menores for palabra in _PALABRAS):
        return None
    return _ASIGNADO.search(menores) or _ENTREGADO.search(menores)
