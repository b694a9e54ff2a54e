"""Images of the actas, found by their hash (R95–R100): one port, a folder and an S3 bucket behind it."""

from pregon.origin.imagenes.imagen import Imagen
from pregon.origin.imagenes.puerto import Imagenes
from pregon.origin.imagenes.recoger import Recogidas, asientos, recoger, reconstruir

__all__ = ["Imagen", "Imagenes", "Recogidas", "asientos", "recoger", "reconstruir"]
