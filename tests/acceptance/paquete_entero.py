"""Make a whole paquete from a folder of exports and print it: what `test_determinismo` runs again and again.

    paquete_entero.py CARPETA        CARPETA/catalogos and CARPETA/actas hold bases de datos

Corte 7 follows corte 6, so that it tells changes too; one acta's image is listed. Printed: the manifest, then
`path SHA-256` of every file as its bytes are.
"""

import contextlib
import os
import random
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from pregon.clock import SystemClock
from pregon.origin import motor
from pregon.origin.publicacion import Intencion, hacer_paquete
from pregon.origin.sources import ejemplos
from pregon.origin.sources.carpeta import Carpeta
from pregon.origin.sources.lotes import Catalogo
from pregon.paquete import manifest
from pregon.paquete.manifest import huella
from pregon.prep import eleccion
from pregon.prep.base_de_datos import leer
from pregon.prep.cadencia import Cadencia
from pregon.prep.cambios import con_cambios
from pregon.prep.catalogo import catalogo
from pregon.prep.jornada import Jornada

IMAGEN = manifest.imagen("5" * 64, "jpg", 1234)


def jornada() -> Jornada:
    """Return the night that the exports are of."""
    noche = eleccion.leer(ejemplos.texto("diputaciones"), archivo="diputaciones")
    ayun = eleccion.leer(ejemplos.texto("ayuntamientos"), archivo="ayuntamientos")
    return replace(noche, elecciones=(noche.elecciones[0], ayun.elecciones[0]))


def main(carpeta: Path) -> None:
    noche = jornada()
    catalogos = {}
    for ruta in carpeta.joinpath("catalogos").iterdir():
        (base,) = leer(ruta.name, ruta.read_bytes())
        catalogos[ruta.stem] = Catalogo(
            next(e for e in noche.elecciones if e.clave == ruta.stem), base, noche.instituto.zona
        )
    fuente = Carpeta(
        noche,
        {e.clave: catalogos[e.clave] for e in noche.elecciones},
        carpeta=carpeta / "actas",
        reposo=timedelta(),
        clock=SystemClock(),
    )
    cadencia = Cadencia(
        apertura=noche.apertura,
        periodo=noche.periodo,
        cierre=noche.cierre,
        apertura_real=noche.apertura,
        periodo_real=noche.periodo,
    )
    cortes = []
    for numero in (6, 7):
        entrada = fuente.leer(cadencia.instante(numero))
        assert not entrada.causas
        cortes.append(
            motor.contar(
                noche,
                numero=numero,
                instante=cadencia.instante(numero),
                ultimo=False,
                actas=entrada.actas,
            )
        )
    publicado = cadencia.debido(7)
    hecho = hacer_paquete(
        con_cambios(cortes[1], cortes[0]),
        cadencia,
        intencion=Intencion(numero=7, publicado=publicado, ultimo=False),
        ahora=publicado,
        manifest_anterior="6" * 64,
        catalogo=huella(catalogo(noche, fuente.leer(noche.apertura).actas)),
        bitacora="b" * 64,
        imagenes=(IMAGEN,),
    )
    salida = sys.stdout.buffer
    salida.write(manifest.escribir(hecho.manifest) + b"\n")
    for uno in hecho.manifest.archivos:
        salida.write(f"{uno.ruta} {huella(hecho.objetos[uno.sha256])}\n".encode())


def _desordenar() -> None:
    """Have folders listed in another order each time, as disorderfs does."""
    azar, listar, mirar = random.Random(), os.listdir, os.scandir

    def listdir(ruta: str = ".") -> list[str]:
        nombres = listar(ruta)
        return azar.sample(nombres, len(nombres))

    @contextlib.contextmanager
    def scandir(ruta: str = ".") -> Iterator[Iterator[os.DirEntry[str]]]:
        with mirar(ruta) as entradas:
            todas = list(entradas)
        yield iter(azar.sample(todas, len(todas)))

    vars(os).update(listdir=listdir, scandir=scandir)


if __name__ == "__main__":
    if "PREGON_DESORDEN" in os.environ:
        _desordenar()
    main(Path(sys.argv[1]))
