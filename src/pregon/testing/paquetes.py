"""Small true paquetes and repositories, for tests of whatever receives, serves or verifies them."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

from pregon.origin import llaves
from pregon.origin.repositorio import Repositorio
from pregon.paquete import registro
from pregon.paquete.manifest import Manifest, archivo, huella
from pregon.paquete.prueba import Verificada
from pregon.paquete.registro import Historia
from pregon.testing import custodios

ROL = "simulacro-prueba"
VIDA = timedelta(minutes=1)
"""Of the timestamp."""


def ahora() -> datetime:
    """Return this second: TUF's own client reads the machine's clock, so these nights are now."""
    return datetime.now(UTC).replace(microsecond=0)


def contenido(numero: int) -> dict[str, bytes]:
    """Return the files of a small corte: some change with its number, one never does."""
    figuras = b'{"numero":%d}' % numero
    return {
        "corte.json": figuras,
        "index.html": b"<p>corte %d" % numero,
        "portada-aviso.html": b"<p>aviso",
        "datos/actas.csv": b"a,b\n%d,2\n" % numero,
        "recursos/estilo.css": b"p{}",
    }


def paquete(
    numero: int,
    *,
    anterior: str | None = None,
    rol: str = ROL,
    publicado: datetime | None = None,
    ultimo: bool = False,
    archivos: Mapping[str, bytes] | None = None,
) -> tuple[Manifest, dict[str, bytes]]:
    """Return a manifest and its objects by SHA-256; `publicado`, by default now, is the opening too."""
    archivos = contenido(numero) if archivos is None else archivos
    publicado = publicado or ahora()
    manifest = Manifest(
        rol=rol,
        numero=numero,
        instante=datetime(2026, 6, 8, 0, 30, tzinfo=UTC) + numero * timedelta(minutes=10),
        publicado=publicado,
        no_antes_de=publicado,
        periodo=5.0,
        ultimo=ultimo,
        catalogo="0" * 64,
        huella=huella(archivos.get("corte.json", b"")),
        anterior=anterior,
        bitacora=None,
        archivos=tuple(archivo(ruta, datos) for ruta, datos in sorted(archivos.items())),
    )
    return manifest, {huella(datos): datos for datos in archivos.values()}


def publicar(repositorio: Repositorio, numero: int, *, ultimo: bool = False) -> Manifest:
    """Publish one more small corte, chained to the last."""
    marca = repositorio.marca()
    manifest, objetos = paquete(
        numero, anterior=marca.sha256 if marca else None, rol=repositorio.rol, ultimo=ultimo
    )
    repositorio.publicar(
        manifest,
        objetos,
        lista_json=b'{"difusores":[]}',
        lista_html=b"<p>difusores",
        ahora=ahora(),
        vence=ahora() + VIDA,
    )
    return manifest


def noche(carpeta: Path, *, rol: str = ROL, cortes: int = 1) -> Repositorio:
    """Hold the ceremony in `carpeta` and publish cortes 1 to `cortes`."""
    firmantes = llaves.ceremonia(carpeta, rol=rol, ahora=ahora(), vence=ahora() + timedelta(days=30))
    repositorio = Repositorio(carpeta / "repositorio", firmantes, rol)
    for numero in range(1, cortes + 1):
        publicar(repositorio, numero)
    return repositorio


def registro_publicado(repositorio: Repositorio, verificada: Verificada) -> Historia:
    """Return the log as any reader of the repository finds it, verified with the keys of a proof."""
    nota = repositorio.carpeta / "targets" / verificada.rol / f"{verificada.checkpoint}.checkpoint"
    cabeza = registro.verificar(nota.read_bytes(), *verificada.llaves)
    rutas = (repositorio.carpeta / registro.ruta(verificada.rol, i) for i in range(cabeza.tamano))
    return registro.historia(cabeza, [ruta.read_bytes() for ruta in rutas])


def rotar(repositorio: Repositorio) -> Repositorio:
    """Give the role another key, as the custodians would; return the repository opened with it."""
    base = repositorio.carpeta.parent
    custodios.rotar(base, ROL)
    return Repositorio(repositorio.carpeta, llaves.abrir(base, rol=ROL), ROL)
