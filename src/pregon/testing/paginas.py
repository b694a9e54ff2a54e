"""Reading a page as a person or a browser does: its text, its links, and what it fetches by itself."""

import re
from html.parser import HTMLParser


class Pagina(HTMLParser):
    """One page of the site. Asserts on the way that nothing in it needs an inline style or handler (CSP)."""

    def __init__(self, html: bytes) -> None:
        """Read it all at once."""
        super().__init__()
        self.ids: list[str] = []
        self.enlaces: list[str] = []
        self.carga: list[str] = []
        """Addresses that a browser asks for without being told."""
        self.titulo = ""
        self._trozos: list[str] = []
        self._dentro = ""
        self.feed(html.decode())
        self.close()
        self.texto = re.sub(r"\s+", " ", " ".join(self._trozos))
        """Visible text, with single spaces."""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note ids, links and fetched addresses."""
        datos = {nombre: valor or "" for nombre, valor in attrs}
        self._dentro = tag
        self.ids += [datos["id"]] if "id" in datos else []
        self.enlaces += [datos["href"]] if tag == "a" and datos.get("href") else []
        self.carga += [datos["href"]] if tag == "link" else []
        self.carga += [datos["src"]] if "src" in datos else []
        en_linea = [nombre for nombre in datos if nombre.startswith("on") or nombre == "style"]
        assert not en_linea, f"<{tag}> lleva {en_linea}"

    def handle_endtag(self, tag: str) -> None:  # noqa: ARG002 - the base class names it
        """Leave style, script and title."""
        self._dentro = ""

    def handle_data(self, data: str) -> None:
        """Keep what is read on the page."""
        if self._dentro == "title":
            self.titulo += data
        elif self._dentro not in {"style", "script"}:
            self._trozos.append(data)
