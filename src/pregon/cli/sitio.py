"""`pregon sitio`: the whole public site of published databases in a folder, PROTOTIPO drawn in (353.3)."""

import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from pregon import sitio
from pregon.cli.parser import Parser
from pregon.errors import ErrorDeAlmacen, ErrorDeConfiguracion, ErrorDeDatos
from pregon.origin.motor import contar
from pregon.paquete import manifest
from pregon.paquete.inspeccion import MANIFEST
from pregon.paquete.manifest import Manifest
from pregon.prep.base_de_datos import LIMITES, BaseDeDatos, leer
from pregon.prep.catalogo import catalogo
from pregon.prep.corte import Corte
from pregon.prep.corte_json import corte_json
from pregon.prep.deducir import jornada as deducir
from pregon.prep.jornada import Tipo
from pregon.prep.sello import sello_largo
from pregon.storage import atomic

_EPILOGO = """códigos de salida:
  0  el sitio quedó hecho
  2  un archivo no es una base de datos del PREP
  4  la carpeta de destino contiene otra cosa
  7  no se pudo escribir en el destino

«pregon verificar CARPETA» comprueba después que ningún archivo cambió."""


def main(argv: Sequence[str]) -> int:
    """Read, count, render, and put the whole folder in place at once."""
    parser = Parser(
        prog="pregon sitio",
        descripcion=(
            "Hace el sitio público completo de una o varias bases de datos publicadas, como prototipo\n"
            "navegable para cualquier servidor web, una carpeta o un ZIP."
        ),
        epilogo=_EPILOGO,
    )
    parser.add_argument("archivos", nargs="+", metavar="ARCHIVO", type=Path, help="CSV o ZIP publicado")
    parser.add_argument("--destino", required=True, metavar="DIR", type=Path, help="carpeta que se escribe")
    parser.add_argument("--ultimo", action="store_true", help="trata el corte como el último declarado")
    args = parser.parse_args(argv)

    inicio = time.monotonic()
    _exigir_propia(args.destino)
    bases = [base for ruta in args.archivos for base in _leer(ruta)]
    corte, firmable = _contar(bases, ultimo=args.ultimo)
    archivos = dict(_arbol(corte, firmable))
    _reemplazar(args.destino, archivos)

    segundos = time.monotonic() - inicio
    avisos = sum(len(base.advertencias) for base in bases)
    print(f"{corte.jornada.nombre}: {sello_largo(corte.instante, corte.jornada.instituto)}")
    for resultado in corte.resultados:
        t = resultado.totales
        print(
            f"  {resultado.eleccion.nombre}: {t.capturadas:,} de {t.esperadas:,} actas capturadas,"
            f" {t.contabilizadas:,} contabilizadas, {t.votos_c_cs:,} votos"
        )
    if avisos:
        print(f"  advertencias de lectura: {avisos:,}; «pregon corte» las muestra")
    print(
        f"{len(archivos):,} archivos, {sum(map(len, archivos.values())) / 1e6:.1f} MB en {segundos:.1f} s:"
        f" {args.destino / 'index.html'}"
    )
    return 0


def _leer(ruta: Path) -> tuple[BaseDeDatos, ...]:
    try:
        datos = atomic.read(ruta, limit=LIMITES.bytes_archivo)
    except ErrorDeAlmacen as error:
        raise ErrorDeDatos(str(error)) from error
    return leer(ruta.name, datos)


def _contar(bases: Sequence[BaseDeDatos], *, ultimo: bool) -> tuple[Corte, str]:
    """Return the corte and the SHA-256 of its catalogue."""
    jornada, actas = deducir(bases, tipo=Tipo.PROTOTIPO, rol="prototipo")
    instante = max((base.sello for base in bases if base.sello), default=jornada.apertura)
    numero = 1 + max(0, int((instante - jornada.apertura) // jornada.periodo))
    corte = contar(jornada, numero=numero, instante=instante, ultimo=ultimo, actas=actas)
    return corte, manifest.huella(catalogo(jornada, actas))


def _arbol(corte: Corte, catalogo_sha256: str) -> Iterator[tuple[str, bytes]]:
    """Yield the site, the placeholder of the difusores and an unsigned manifest of it all.

    Everything is dated at the corte's own instant, so that the same files give the same bytes.
    """
    jornada = corte.jornada
    periodo = jornada.periodo.total_seconds()
    huella = manifest.huella(corte_json(corte))
    archivos = dict(sitio.paginas(corte, publicado=corte.instante, periodo=periodo, huella=huella))
    archivos["difusores.html"] = sitio.pagina_difusores(jornada, (), instante=corte.instante)
    yield from archivos.items()
    suelto = Manifest(
        rol=jornada.rol,
        numero=corte.numero,
        instante=corte.instante,
        publicado=corte.instante,
        no_antes_de=jornada.apertura,
        periodo=periodo,
        ultimo=corte.ultimo,
        catalogo=catalogo_sha256,
        huella=huella,
        anterior=None,
        bitacora=None,
        archivos=tuple(manifest.archivo(ruta, datos) for ruta, datos in sorted(archivos.items())),
    )
    yield MANIFEST, manifest.escribir(suelto)


def _exigir_propia(destino: Path) -> None:
    """Refuse a folder with anything but an earlier prototype in it: its contents are about to go."""
    if not destino.exists() or (destino / MANIFEST).is_file():
        return
    if not destino.is_dir() or any(destino.iterdir()):
        raise ErrorDeConfiguracion(
            "existe y no es un prototipo anterior; indique una carpeta nueva o vacía", archivo=str(destino)
        )


def _reemplazar(destino: Path, archivos: dict[str, bytes]) -> None:
    """Write beside the destination, then swap by renames: nobody ever sees half a site.

    Not `storage.atomic`: a prototype is made again in a second, it need not survive a power cut.
    """
    try:
        destino.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=destino.parent, prefix=f".{destino.name}-") as carpeta:
            nueva, anterior = Path(carpeta) / "nueva", Path(carpeta) / "anterior"
            for ruta, datos in archivos.items():
                archivo = nueva / ruta
                archivo.parent.mkdir(parents=True, exist_ok=True)
                archivo.write_bytes(datos)
            if destino.exists():
                destino.rename(anterior)
            try:
                nueva.rename(destino)
            except OSError:
                if anterior.exists():
                    anterior.rename(destino)
                raise
    except OSError as error:
        raise ErrorDeAlmacen(f"no se pudo escribir «{destino}»: {error.strerror or error}") from error
