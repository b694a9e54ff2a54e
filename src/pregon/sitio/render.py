"""Templates and assets, loaded once as package data; assets are named by their content (§8, §12)."""

import functools
import hashlib
import re
from dataclasses import dataclass
from importlib.resources import files

from jinja2 import Environment, PackageLoader, StrictUndefined

from pregon.prep.sello import miles


@dataclass(frozen=True, slots=True, kw_only=True)
class Recurso:
    """One asset: its path in the tree and its bytes."""

    ruta: str
    datos: bytes


def pagina(plantilla: str, **valores: object) -> bytes:
    """Render one page. A value that a template asks for and nobody gave is an error, never a blank."""
    return _entorno().get_template(plantilla).render(valores).encode()


@functools.cache
def recurso(nombre: str) -> Recurso:
    """Return an asset under its content name: ``recursos/sitio.0123456789ab.css``."""
    datos = (files("pregon.sitio") / "recursos" / nombre).read_bytes()
    base, extension = nombre.rsplit(".", 1)
    return Recurso(ruta=f"recursos/{base}.{hashlib.sha256(datos).hexdigest()[:12]}.{extension}", datos=datos)


@functools.cache
def _entorno() -> Environment:
    entorno = Environment(
        loader=PackageLoader("pregon.sitio", "plantillas"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    entorno.filters["miles"] = miles
    entorno.filters["cadena_css"] = _cadena_css
    return entorno


def _cadena_css(texto: str) -> str:
    """Return a text as a CSS string: all but letters, digits and plain signs are escaped, so it is safe."""
    escapado = re.sub(r"[^\w ·,.:()+-]", lambda hallado: f"\\{ord(hallado[0]):06x}", texto)
    return f'"{escapado}"'
