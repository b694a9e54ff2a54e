"""Where actas come from, behind one port (`fuente`); `abrir` makes the one that origen.toml asks for.

carpeta        files that the capture system leaves in a folder
postgresql     queries of the capture system's database
lotes          their rows merged: what an acta is, and which of its versions rules
reproduccion   a past night from its published files
sintetica      a night invented from a seed
"""

from pregon.origin.sources.fuente import Fuente

__all__ = ["Fuente"]
