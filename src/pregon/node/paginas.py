"""The few pages that are the node's own, not the Institute's: what is answered when nothing published can be.

Constant, without internals (R129): whoever serves, embedded server or nginx, they are the same bytes.
"""

import html
from typing import Final


def _pagina(titulo: str, texto: str) -> bytes:
    return (
        '<!doctype html><html lang="es-MX"><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width"><meta name="robots" content="noindex">'
        f"<title>{html.escape(titulo)}</title>"
        "<style>body{font:1.1rem/1.5 sans-serif;margin:3rem auto;max-width:34rem;padding:0 1rem}</style>"
        f"<h1>{html.escape(titulo)}</h1><p>{html.escape(texto)}</p>"
        '<p><a href="/">Ir al inicio</a></p></html>\n'
    ).encode()


NO_ESTA: Final = _pagina(
    "Esta página no existe", "La dirección no corresponde a nada publicado en este portal."
)
SIN_CORTE: Final = _pagina(
    "Aún no hay publicación", "Este portal está listo y espera la primera entrega del Instituto."
)
EN_PROCESO: Final = _pagina(
    "Acta en proceso", "El Instituto publicó esta acta y su imagen aún no llega a este portal."
)
METODO: Final = _pagina("Método no permitido", "Este portal sólo se consulta; no recibe datos.")
MAL_PEDIDO: Final = _pagina("Solicitud no válida", "El portal no entendió la solicitud.")
DEMASIADAS: Final = _pagina(
    "Demasiadas solicitudes", "Desde su red llegan muchas solicitudes; espere un momento y vuelva a intentar."
)
EN_ARRANQUE: Final = _pagina("Un momento", "Este portal está arrancando; vuelva a intentar en unos segundos.")
