"""Where actas come from, behind one port: the synthetic night and the replay of a final file."""

from pregon.origin.sources.fuente import Fuente

__all__ = ["Fuente"]
