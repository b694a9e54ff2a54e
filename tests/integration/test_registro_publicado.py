"""The public log of cortes at its origin: one entry per corte, signed once, whatever happens in between."""

import shutil
import tempfile
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from pregon.errors import ErrorDeAlmacen, ErrorDeConfianza, ErrorDeOperacion
from pregon.node import cliente
from pregon.origin import llaves
from pregon.origin.repositorio import Repositorio
from pregon.paquete import manifest as manifests
from pregon.paquete import prueba as pruebas
from pregon.paquete import registro
from pregon.paquete.manifest import huella
from pregon.paquete.prueba import Verificada
from pregon.paquete.registro import Historia
from pregon.storage import atomic
from pregon.testing.paquetes import (
    ROL,
    VIDA,
    ahora,
    noche,
    paquete,
    publicar,
    registro_publicado,
    rotar,
)
from pregon.transport.carpeta import CarpetaFetcher


def verificada(repositorio: Repositorio) -> Verificada:
    prueba = pruebas.leer((repositorio.carpeta / "prueba.json").read_bytes())
    raiz = (repositorio.carpeta.parent / "raiz.json").read_bytes()
    return pruebas.verificar(prueba, raiz=raiz, rol=ROL, ahora=ahora())


def historia(repositorio: Repositorio) -> Historia:
    return registro_publicado(repositorio, verificada(repositorio))


def reabrir(repositorio: Repositorio) -> Repositorio:
    base = repositorio.carpeta.parent
    return Repositorio(repositorio.carpeta, llaves.abrir(base, rol=ROL), ROL)


def test_each_corte_is_one_entry_with_its_manifest_and_the_root_of_its_files(tmp_path: Path) -> None:
    repositorio = noche(tmp_path, cortes=0)
    publicados = [publicar(repositorio, numero) for numero in (1, 2, 5)]

    entradas = registro.leer_entradas(historia(repositorio).lineas)

    assert [e.numero for e in entradas] == [1, 2, 5]
    assert [e.manifest for e in entradas] == [huella(manifests.escribir(m)) for m in publicados]
    assert [e.merkle for e in entradas] == [manifests.raiz(m).hex() for m in publicados]


class _Contador(CarpetaFetcher):
    """A source that counts what a client asks it for."""

    traidos = 0

    def _fetch(self, url: str) -> Iterator[bytes]:
        for trozo in super()._fetch(url):
            self.traidos += len(trozo)
            yield trozo


def refrescar(base: Path) -> int:
    """Return the bytes of a first refresh by TUF's own client, down to the night's role."""
    fuente = _Contador(base / "repositorio")
    fuente.begin(60)
    with tempfile.TemporaryDirectory() as cache:
        updater = cliente.abrir(Path(cache), fuente, raiz=(base / "raiz.json").read_bytes())
        updater.refresh()
        assert updater.get_targetinfo(registro.objetivo(ROL)) is not None
    return fuente.traidos


@pytest.mark.full
def test_a_refresh_is_under_8_kb_whatever_the_number_of_files_and_of_cortes(tmp_path: Path) -> None:
    repositorio = noche(tmp_path, cortes=1)
    primero = refrescar(tmp_path)
    for numero in range(2, 144):
        publicar(repositorio, numero)
    marca = repositorio.marca()
    assert marca
    muchos = {f"p/{i}.html": b"%d" % (i % 9) for i in range(3_000)}
    grande, objetos = paquete(144, anterior=marca.sha256, archivos=muchos)
    repositorio.publicar(grande, objetos, ahora=ahora(), vence=ahora() + VIDA)
    ultimo = refrescar(tmp_path)

    assert historia(repositorio).checkpoint.tamano == 144
    assert 1_000 < primero <= ultimo <= primero + 500 <= 8_000


def test_neither_a_heartbeat_nor_the_same_corte_again_nor_the_close_adds_an_entry(tmp_path: Path) -> None:
    repositorio = noche(tmp_path, cortes=2)
    antes = verificada(repositorio).checkpoint
    ultimo = repositorio.ultimo()
    assert ultimo is not None
    repositorio.publicar(ultimo, {}, ahora=ahora(), vence=ahora() + VIDA)
    repositorio.latido(lista_json=b'{"otra":1}', lista_html=b"<p>", ahora=ahora(), vence=ahora() + VIDA)
    repositorio.cerrar(ahora() + timedelta(days=14))

    assert verificada(repositorio).checkpoint == antes
    assert historia(repositorio).checkpoint.tamano == 2


def test_a_delivery_carries_every_entry_and_only_the_newest_checkpoint(tmp_path: Path) -> None:
    repositorio = noche(tmp_path, cortes=5)
    rutas = [pieza.ruta for pieza in repositorio.piezas()]

    checkpoint = f"targets/{ROL}/{verificada(repositorio).checkpoint}.checkpoint"
    assert [r for r in rutas if r.startswith("registro/")] == [registro.ruta(ROL, i) for i in range(5)]
    assert [r for r in rutas if r.endswith(".checkpoint")] == [checkpoint]
    assert (
        rutas.index(registro.ruta(ROL, 4)) < rutas.index(checkpoint) < rutas.index("metadata/timestamp.json")
    )


def escrituras(monkeypatch: pytest.MonkeyPatch, en: int) -> Callable[..., None]:
    """Make the write number `en` fail after it was done, as a kill between two of them."""
    real, cuenta = atomic.write, iter(range(1_000))

    def escribir(path: Path, data: bytes, **otros: Any) -> None:
        real(path, data, **otros)
        if next(cuenta) == en:
            raise KeyboardInterrupt

    monkeypatch.setattr(atomic, "write", escribir)
    return real


def test_f1_killed_between_any_two_writes_the_log_is_the_previous_or_the_next(tmp_path: Path) -> None:
    """Never two entries for one corte, a checkpoint without its entries, nor two signed at one position."""
    noche(tmp_path / "buena", cortes=2)
    corte_2 = (tmp_path / "buena/repositorio" / registro.ruta(ROL, 1)).read_bytes()
    vistos, muertes = set(), 0
    for en in range(40):
        base = tmp_path / f"muerte-{en}"
        shutil.copytree(tmp_path / "buena", base)
        repositorio = reabrir(Repositorio(base / "repositorio", llaves.abrir(base, rol=ROL), ROL))
        with pytest.MonkeyPatch.context() as parche:
            escrituras(parche, en)
            try:
                publicar(repositorio, 3)
            except KeyboardInterrupt:
                muertes += 1
        tras = reabrir(repositorio)
        vistos.add(historia(tras).checkpoint.tamano)
        if (marca := tras.marca()) is not None and marca.numero == 2:
            # The retry is another manifest: it was published at another instant.
            otro, objetos = paquete(3, anterior=marca.sha256, archivos={"index.html": b"otro"})
            tras.publicar(otro, objetos, ahora=ahora(), vence=ahora() + VIDA)
        lineas = historia(tras).lineas
        assert [e.numero for e in registro.leer_entradas(lineas)] == [1, 2, 3]
        assert lineas[1] == corte_2
        notas = [nota.read_bytes() for nota in (tras.carpeta / "targets" / ROL).glob("*.checkpoint")]
        firmados = [registro.leer_nota(nota) for nota in notas]
        assert len({c.tamano for c in firmados}) == len(firmados) == 3
        shutil.rmtree(base)
        if muertes <= en:
            break
    assert muertes > 8
    assert vistos == {2, 3}


def test_a20_an_origin_restored_from_a_backup_refuses_to_sign_another_entry(tmp_path: Path) -> None:
    repositorio = noche(tmp_path, cortes=2)
    respaldo = (repositorio.carpeta / "metadata/timestamp.json").read_bytes()
    publicar(repositorio, 3)
    assert repositorio.piezas()
    (repositorio.carpeta / "metadata/timestamp.json").write_bytes(respaldo)
    restaurado = reabrir(repositorio)

    with pytest.raises(ErrorDeOperacion, match=r"viene de un respaldo.*pregon origen restaurar"):
        publicar(restaurado, 3)
    for _ in range(3):  # nor by heartbeats, until its version is beyond what was delivered
        with pytest.raises(ErrorDeOperacion, match=r"viene de un respaldo"):
            restaurado.latido(ahora=ahora(), vence=ahora() + VIDA)
    with pytest.raises(ErrorDeOperacion, match=r"viene de un respaldo"):
        publicar(restaurado, 3)

    assert len(list((restaurado.carpeta / "registro" / ROL).iterdir())) == 3


def test_a20_a_repository_brought_back_from_an_inbox_goes_on(tmp_path: Path) -> None:
    repositorio = noche(tmp_path, cortes=2)
    shutil.copytree(repositorio.carpeta, tmp_path / "respaldo")
    publicar(repositorio, 3)
    for pieza in repositorio.piezas():
        (tmp_path / "buzon" / pieza.ruta).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(pieza.origen, tmp_path / "buzon" / pieza.ruta)
    tercera = (repositorio.carpeta / registro.ruta(ROL, 2)).read_bytes()
    shutil.rmtree(repositorio.carpeta)
    shutil.copytree(tmp_path / "respaldo", repositorio.carpeta)
    for carpeta in ("metadata", "targets", "registro", "objetos"):
        shutil.copytree(tmp_path / "buzon" / carpeta, repositorio.carpeta / carpeta, dirs_exist_ok=True)

    publicar(reabrir(repositorio), 4)

    lineas = historia(repositorio).lineas
    assert (len(lineas), lineas[2]) == (4, tercera)


@pytest.mark.parametrize("dano", ["falta", "otra", "larga"])
def test_b5_a_damaged_log_is_not_signed_over_and_heartbeats_go_on(tmp_path: Path, dano: str) -> None:
    repositorio = noche(tmp_path, cortes=2)
    entrada = repositorio.carpeta / registro.ruta(ROL, 0)
    buena = entrada.read_bytes()
    match dano:
        case "falta":
            entrada.unlink()
        case "otra":
            entrada.write_bytes((repositorio.carpeta / registro.ruta(ROL, 1)).read_bytes())
        case _:
            entrada.write_bytes(buena * 2)

    with pytest.raises(ErrorDeAlmacen, match="un archivo por línea desde el 0"):
        publicar(repositorio, 3)
    repositorio.latido(ahora=ahora(), vence=ahora() + VIDA)

    entrada.write_bytes(buena)
    publicar(repositorio, 3)
    assert len(historia(repositorio).lineas) == 3


def test_a12_after_a_rotation_the_list_is_one_and_the_new_key_signs_it(tmp_path: Path) -> None:
    repositorio = noche(tmp_path, cortes=2)
    antes, vieja = historia(repositorio), verificada(repositorio)
    rotado = rotar(repositorio)
    rotado.latido(ahora=ahora(), vence=ahora() + VIDA)
    publicar(rotado, 3)

    nueva = verificada(rotado)
    despues = registro_publicado(rotado, nueva)
    assert despues.lineas[:2] == antes.lineas
    assert set(nueva.llaves).isdisjoint(vieja.llaves)
    nota = (rotado.carpeta / "targets" / ROL / f"{vieja.checkpoint}.checkpoint").read_bytes()
    assert registro.verificar(nota, *vieja.llaves) == antes.checkpoint
    with pytest.raises(ErrorDeConfianza):
        registro.verificar(nota, *nueva.llaves)
