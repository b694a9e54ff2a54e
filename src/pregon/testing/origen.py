"""An institute in small: real keys, a real repository, cortes of a few pages. For tests of receivers."""

import asyncio
import copy
import shutil
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Self

from pregon.origin import llaves
from pregon.origin.entrega import Entrega
from pregon.origin.repositorio import Repositorio
from pregon.paquete import registro
from pregon.paquete.difusores import DifusorPublico, Estado, ListaDeDifusores
from pregon.paquete.manifest import Archivo, Manifest, archivo, escribir, huella, imagen
from pregon.paquete.recibo import Recibo
from pregon.transport.local import LocalSender
from pregon.transport.sender import Acuse

ROL = "simulacro-prueba"


class OrigenDePrueba:
    """Publishes cortes whose every page says which corte it is of."""

    def __init__(self, carpeta: Path, *, rol: str = ROL, periodo: float = 600.0) -> None:
        """Hold the ceremony in `carpeta`, which must be new."""
        self.ahora = datetime.now(UTC).replace(microsecond=0)
        self.rol, self.periodo = rol, periodo
        self.llaves = llaves.ceremonia(
            carpeta, rol=rol, ahora=self.ahora, vence=self.ahora + timedelta(days=30)
        )
        self.raiz = carpeta / "raiz.json"
        self.repositorio = Repositorio(carpeta / "repositorio", self.llaves, rol)

    @classmethod
    def reabierto(cls, carpeta: Path, *, rol: str = ROL, periodo: float = 600.0) -> Self:
        """Open what stands in a folder: a backup, another night of its root, what a thief copied."""
        origen = cls.__new__(cls)
        origen.ahora = datetime.now(UTC).replace(microsecond=0)
        origen.rol, origen.periodo = rol, periodo
        origen.llaves = llaves.abrir(carpeta, rol=rol)
        origen.raiz = carpeta / "raiz.json"
        origen.repositorio = Repositorio(carpeta / "repositorio", origen.llaves, rol)
        return origen

    def manifest(self, numero: int, archivos: Mapping[str, bytes]) -> Manifest:
        """Return the manifest that would come next; `replace` what a test wants different."""
        marca = self.repositorio.marca()
        return Manifest(
            rol=self.rol,
            numero=numero,
            instante=self.ahora if numero else None,
            publicado=self.ahora,
            no_antes_de=self.ahora,
            periodo=self.periodo,
            ultimo=False,
            catalogo=huella(b"catalogo"),
            huella=huella(archivos["corte.json"]) if "corte.json" in archivos else None,
            anterior=marca.sha256 if marca else None,
            bitacora=None,
            archivos=tuple(archivo(ruta, archivos[ruta]) for ruta in sorted(archivos)),
        )

    def publicar(
        self,
        numero: int,
        *,
        archivos: Mapping[str, bytes] | None = None,
        vence: timedelta | None = None,
        **cambios: object,
    ) -> Manifest:
        """Publish one corte; `cambios` replace fields of its manifest."""
        archivos = archivos or paginas(numero)
        # `replace` is checked by the dataclass at run time; a test may set any field.
        manifest = replace(self.manifest(numero, archivos), **cambios)  # type: ignore[arg-type]  # any field
        objetos = {huella(datos): datos for datos in archivos.values()}
        self.repositorio.publicar(manifest, objetos, ahora=self.ahora, vence=self._vence(vence))
        return manifest

    def con_imagenes(self, *imagenes: bytes) -> tuple[Archivo, ...]:
        """Keep some images as a corte would; return its second list."""
        archivos = (imagen(self.repositorio.objetos.put(datos), "png", len(datos)) for datos in imagenes)
        return tuple(sorted(archivos, key=lambda a: a.ruta))

    def latido(self, estados: Mapping[str, Estado] | None = None, *, vence: timedelta | None = None) -> None:
        """Renew the timestamp; with `estados`, sign a list of difusores too."""
        lista = None if estados is None else self.lista(estados)
        self.repositorio.latido(
            lista_json=lista,
            lista_html=None if lista is None else b"<!doctype html><title>Difusores</title>" + lista,
            ahora=self.ahora,
            vence=self._vence(vence),
        )

    def lista(self, estados: Mapping[str, Estado]) -> bytes:
        """Return a list of difusores in these states."""
        con_enlace = {Estado.ACTIVO, Estado.DEMORADO, Estado.CERRADO}
        return ListaDeDifusores(
            rol=self.rol,
            instante=self.ahora,
            difusores=tuple(
                DifusorPublico(
                    id=uno,
                    nombre=uno,
                    url=f"https://{uno}.ejemplo.mx" if estado in con_enlace else None,
                    estado=estado,
                )
                for uno, estado in estados.items()
            ),
        ).escribir()

    def doble(self, carpeta: Path) -> Self:
        """Return the same institute over a copy of its folder: whoever holds its keys may say two things."""
        shutil.copytree(self.raiz.parent, carpeta)
        otro = copy.copy(self)
        otro.raiz = carpeta / "raiz.json"
        otro.llaves = llaves.abrir(carpeta, rol=self.rol)
        otro.repositorio = Repositorio(carpeta / "repositorio", otro.llaves, self.rol)
        return otro

    def registro(self) -> dict[str, bytes]:
        """Return the log's public files as an honest node has them: `checkpoint` and `registro`."""
        carpeta = self.repositorio.carpeta
        notas = (ruta.read_bytes() for ruta in (carpeta / "targets" / self.rol).glob("*.checkpoint"))
        nota = max(notas, key=lambda datos: registro.leer_nota(datos).tamano)
        posiciones = range(registro.leer_nota(nota).tamano)
        lineas = b"".join((carpeta / registro.ruta(i)).read_bytes() for i in posiciones)
        return {"checkpoint": nota, "registro": lineas}

    def entregar(self, buzon: Path, *, recibo: Recibo | None = None) -> Acuse:
        """Deliver the current state into an inbox: whole, or what a node's receipt leaves to send."""
        piezas = tuple(self.repositorio.piezas())
        entrega = Entrega(corte=0, version=0, piezas=piezas, atajos=self.repositorio.atajos(piezas))
        return asyncio.run(LocalSender(buzon).send(entrega.para(recibo)))

    def _vence(self, vida: timedelta | None) -> datetime:
        """Return the expiry of a heartbeat of now: three periods by default (decisions §28)."""
        return self.ahora + (vida or timedelta(seconds=max(60.0, 3 * self.periodo)))


def paginas(numero: int) -> dict[str, bytes]:
    """Return the tree of a small corte: paquete 0 has no figures (decisions §17)."""
    aviso = {"portada-aviso.html": b"<!doctype html><title>Aviso</title>Portal suspendido"}
    if numero == 0:
        return aviso | {"index.html": b"<!doctype html><title>Antes de abrir</title>"}
    pagina = f"<!doctype html><title>Corte {numero}</title>corte={numero};".encode()
    portadas = {
        f"portada-{nombre}.html": pagina + nombre.encode()
        for nombre in ("demorada", "sin-actualizacion", "interrumpida")
    }
    return (
        aviso
        | portadas
        | {
            "index.html": pagina,
            "diputaciones/index.html": pagina * 20,
            "corte.json": b'{"numero":%d}' % numero,
            f"datos/20260607_{1820 + 10 * numero}_PREP.csv": b"A,B\n%d,2\n" % numero,
            "recursos/estilo.0123.css": b"body{margin:0}",
        }
    )


def identidad(manifest: Manifest) -> str:
    """Return the hash of a manifest's bytes."""
    return huella(escribir(manifest))
