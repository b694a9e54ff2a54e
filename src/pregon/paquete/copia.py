"""The archived copy of a night: what stands where in it, and the page that tells whoever finds it.

    LEEME.txt             what this is and how to verify it, whoever keeps it
    …                     the last corte, complete, with its newest proof and the log
    difusores.json, .html the signed list
    actas/                images of the actas
    c/<n>/…               each corte kept, at the address it had, with its proof, its log, its images (in a
                          ZIP only those that are not at the root), and under .well-known/pregon/prueba/ the
                          small proof of each of its files
    .well-known/pregon/raices/<v>.root.json   the chain of roots

Everything in it is signed, or follows from what is signed and is compared byte by byte: nothing can be
added to such a copy unseen.
"""

from collections.abc import Iterable, Mapping
from typing import Final

from pregon.paquete.inspeccion import CORTE, PRUEBA, PRUEBAS
from pregon.paquete.manifest import Manifest
from pregon.paquete.prueba import Prueba

LEEME: Final = "LEEME.txt"
LISTAS: Final = ("difusores.html", "difusores.json")
_RAICES: Final = ".well-known/pregon/raices"


def carpeta(manifest: Manifest) -> str:
    """Return the name of the one folder in a ZIP of the copy."""
    return f"prep-{manifest.rol}-corte-{manifest.numero}"


def permanente(numero: int) -> str:
    """Return where a corte stands in the copy, as at a node."""
    return f"c/{numero}/"


def raices(prueba: Prueba) -> Mapping[str, bytes]:
    """Return the chain of roots as files: its first is the one whose huella was printed."""
    return {f"{_RAICES}/{n}.root.json": raiz for n, raiz in enumerate(prueba.raices, 1)}


def leeme(manifest: Manifest, numeros: Iterable[int]) -> bytes:
    """Return LEEME.txt: the same copy, the same text."""
    hora = f"{manifest.instante:%d/%m/%Y %H:%M} UTC" if manifest.instante else "antes de abrir"
    guardados = ", ".join(map(str, sorted(numeros)))
    return f"""\
COPIA DE ARCHIVO DE RESULTADOS ELECTORALES PRELIMINARES (PREP)

Rol:             {manifest.rol}
Corte en «/»:    {manifest.numero}{", el último" if manifest.ultimo else ""}, {hora}
Cortes en «c/»:  {guardados}
Huella:          {manifest.huella or "sin cifras"}

Los resultados preliminares no son definitivos: los definitivos son los de los cómputos.

Qué es
------
Lo que este portal publicó, completo y sin cambios. Se abre con index.html en cualquier navegador,
sin conexión, y lo puede servir cualquier servidor web como archivos, sin programa alguno. Los
archivos iguales son uno solo con varios nombres: al moverla, «cp -a» o «rsync -aH» ahorran espacio.

  index.html y lo demás   el corte de arriba
  c/NUMERO/               cada corte conservado, en la dirección que tuvo
  {CORTE:<23} todas las cifras de un corte; su SHA-256 es la huella
  actas/                  imágenes de las actas, si las hubo; en el ZIP, sólo aquí
  difusores.html          la lista firmada de difusores

Cómo se comprueba
-----------------
Con el programa abierto Pregón y la raíz de confianza que publicó el Instituto, obtenida de otra
fuente que esta copia (el acuerdo, el Periódico Oficial, el Instituto):

  pregon verificar ESTA_CARPETA --raiz raiz.json

También se comprueba así el ZIP, o la dirección en que alguien la sirva. La respuesta es «auténtico»
para siempre; que la firma de tiempo haya vencido sólo dice que nadie la renueva ya.

Un archivo solo, con la llave que publicó el Instituto y sin instalar nada más que Python:

  python3 pregon_verificar.py ARCHIVO c/NUMERO/{PRUEBAS}ARCHIVO.txt LLAVE

La prueba completa de un corte, con todas sus firmas, es c/NUMERO/{PRUEBA}
y lleva dentro la cadena de raíces, que está también en {_RAICES}/.
""".encode()
