"""Deltas and bundles, from the repository of origin to an active corte: pushed by receipt, and pulled."""

import asyncio
import os
import random
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from deltas_hostiles import ALTERACIONES, arbol, hacer_caso
from securesystemslib.signer import CryptoSigner
from tuf.api.exceptions import DownloadError, DownloadHTTPError, SlowRetrievalError

from pregon.node import nodo
from pregon.node.config import ConfigNodo
from pregon.node.nodo import Nodo
from pregon.node.receive import Recibido, Resultado, recibir, revisar
from pregon.origin.entrega import Entrega, Intento, Reparto
from pregon.paquete import delta, recibo
from pregon.paquete.manifest import huella, leer
from pregon.paquete.recibo import Recibo
from pregon.storage import atomic
from pregon.storage.objetos import Objetos
from pregon.testing.origen import ROL, OrigenDePrueba, paginas
from pregon.transport.carpeta import CarpetaFetcher
from pregon.transport.local import LocalSender
from pregon.transport.pull import PullSource
from pregon.transport.sender import RECIBO, Acuse


def recibo_de(propio: Nodo) -> Recibo:
    activo = propio.activo()
    return Recibo(
        nodo=propio.config.id,
        rol=ROL,
        corte=activo.manifest.numero if activo else None,
        manifest=activo.sha256 if activo else None,
        activado=None,
        emitido=datetime.now(UTC).replace(microsecond=0),
        entero=propio.estado.entero,
    )


def publicar(origen: OrigenDePrueba, numero: int) -> None:
    origen.publicar(numero, archivos=arbol(numero))


def empujar(origen: OrigenDePrueba, propio: Nodo) -> tuple[Acuse, Recibido]:
    """Push what the node's receipt leaves to send, into a fresh inbox, and receive it."""
    shutil.rmtree(propio.config.buzon, ignore_errors=True)
    acuse = origen.entregar(propio.config.buzon, recibo=recibo_de(propio))
    return acuse, recibir(propio, CarpetaFetcher(propio.config.buzon, buzon=True), ahora=datetime.now(UTC))


def jalar(origen: OrigenDePrueba, propio: Nodo) -> Recibido:
    return recibir(propio, CarpetaFetcher(origen.repositorio.carpeta), ahora=datetime.now(UTC))


def servido(propio: Nodo) -> dict[str, bytes]:
    activo = propio.activo()
    assert activo is not None
    return {ruta: (activo.carpeta / ruta).read_bytes() for ruta in activo.archivos}


def en_buzon(propio: Nodo, patron: str) -> list[str]:
    return [hallado.name for hallado in propio.config.buzon.glob(patron)]


def actos(propio: Nodo) -> list[str]:
    return [asiento.acto for asiento in propio.bitacora.leer()]


@pytest.mark.parametrize("atras", [1, 2, 3])
def test_a_node_some_cortes_behind_gets_one_delta_and_no_object(
    origen: OrigenDePrueba, propio: Nodo, atras: int
) -> None:
    publicar(origen, 1)
    empujar(origen, propio)
    for numero in range(2, 2 + atras):
        publicar(origen, numero)
    _, recibido = empujar(origen, propio)
    assert recibido == Recibido(resultado=Resultado.ACTIVADO, corte=1 + atras)
    assert servido(propio) == arbol(1 + atras)
    assert (en_buzon(propio, "objetos/*/*"), en_buzon(propio, "targets/*/*/*.manifest")) == ([], [])
    assert len(en_buzon(propio, "deltas/*/desde-*")) == 1
    assert "sin-delta" not in actos(propio)


def test_a_node_four_cortes_behind_gets_the_bundle(origen: OrigenDePrueba, propio: Nodo) -> None:
    publicar(origen, 1)
    empujar(origen, propio)
    for numero in range(2, 6):
        publicar(origen, numero)
    _, recibido = empujar(origen, propio)
    assert (recibido.corte, servido(propio)) == (5, arbol(5))
    assert (en_buzon(propio, "objetos/*/*"), en_buzon(propio, "deltas/*/*")) == ([], ["completo"])


def test_a_node_that_begins_pulls_the_bundle(origen: OrigenDePrueba, propio: Nodo) -> None:
    publicar(origen, 1)
    publicar(origen, 2)
    pedidas = Apunta(origen.repositorio.carpeta)
    assert recibir(propio, pedidas, ahora=datetime.now(UTC)).corte == 2
    assert servido(propio) == arbol(2)
    assert pedidas.del_corte() == []


def test_a_node_that_begins_is_sent_everything(origen: OrigenDePrueba, propio: Nodo) -> None:
    publicar(origen, 1)
    publicar(origen, 2)
    _, recibido = empujar(origen, propio)
    assert (recibido.corte, servido(propio)) == (2, arbol(2))
    assert en_buzon(propio, "deltas/*/*") == []


def test_a_night_of_deltas_costs_a_fraction_of_a_night_of_objects(
    origen: OrigenDePrueba, propio: Nodo, tmp_path: Path
) -> None:
    publicar(origen, 1)
    empujar(origen, propio)
    con_deltas = sin_deltas = 0
    for numero in range(2, 8):
        publicar(origen, numero)
        acuse, recibido = empujar(origen, propio)
        assert (recibido.corte, servido(propio)) == (numero, arbol(numero))
        con_deltas += acuse.bytes
        sin_deltas += origen.entregar(tmp_path / "otro").bytes
    assert con_deltas < sin_deltas / 2


def test_who_has_this_corte_gets_only_the_heartbeat(origen: OrigenDePrueba, propio: Nodo) -> None:
    publicar(origen, 1)
    empujar(origen, propio)
    origen.latido()
    _, recibido = empujar(origen, propio)
    assert recibido.resultado is Resultado.AL_DIA
    assert en_buzon(propio, "[dop]*") == []


def test_without_a_receipt_everything_is_sent(origen: OrigenDePrueba, tmp_path: Path) -> None:
    publicar(origen, 1)
    publicar(origen, 2)
    origen.entregar(tmp_path / "buzon")
    assert {r.name for r in (tmp_path / "buzon").glob("objetos/*/*")} == {
        huella(d) for d in arbol(2).values()
    }
    assert not (tmp_path / "buzon/deltas").exists()


@pytest.mark.parametrize("nombre", ALTERACIONES)
def test_b5_by_pull_a_spoiled_delta_falls_back_in_the_same_round(
    origen: OrigenDePrueba, propio: Nodo, nombre: str
) -> None:
    publicar(origen, 1)
    jalar(origen, propio)
    publicar(origen, 2)
    estropear(origen, nombre)
    assert jalar(origen, propio) == Recibido(resultado=Resultado.ACTIVADO, corte=2)
    assert servido(propio) == arbol(2)
    assert actos(propio)[-2:] == ["sin-delta", "activado"]
    assert not propio.estado.entero


@pytest.mark.parametrize(
    "nombre", ["a la mitad", "un bit del contenido", "otro manifest", "receta de otros miembros"]
)
def test_b5_by_push_a_spoiled_delta_is_dropped_and_everything_asked_for(
    origen: OrigenDePrueba, propio: Nodo, nombre: str
) -> None:
    publicar(origen, 1)
    empujar(origen, propio)
    publicar(origen, 2)
    estropear(origen, nombre)
    _, recibido = empujar(origen, propio)
    assert (recibido.resultado, recibido.corte) == (Resultado.PENDIENTE, 1)
    assert en_buzon(propio, "deltas/*/*") == []
    assert recibo_de(propio).entero
    _, recibido = empujar(origen, propio)
    assert (recibido.corte, servido(propio)) == (2, arbol(2))
    assert not recibo_de(propio).entero


def estropear(origen: OrigenDePrueba, nombre: str) -> None:
    """Spoil the delta from corte 1 to 2 and take the bundle away."""
    uno, dos = sorted(
        (ruta.read_bytes() for ruta in origen.repositorio.carpeta.glob("targets/*/*/*.manifest")),
        key=lambda crudo: leer(crudo).numero,
    )
    (origen.repositorio.carpeta / delta.ruta(huella(dos), None)).unlink()
    destino = origen.repositorio.carpeta / delta.ruta(huella(dos), huella(uno))
    caso = hacer_caso(uno, dos)
    assert caso.honesto == destino.read_bytes()
    atomic.write(destino, ALTERACIONES[nombre](caso))


def test_by_pull_a_missing_delta_gives_way_to_one_from_an_older_corte(
    origen: OrigenDePrueba, propio: Nodo
) -> None:
    for numero in (1, 2):
        publicar(origen, numero)
        jalar(origen, propio)
    publicar(origen, 3)
    activo = propio.activo()
    assert activo is not None
    for ruta in origen.repositorio.carpeta.glob(f"deltas/*/desde-{activo.sha256}"):
        ruta.unlink()
    pedidas = Apunta(origen.repositorio.carpeta)
    assert recibir(propio, pedidas, ahora=datetime.now(UTC)).corte == 3
    assert servido(propio) == arbol(3)
    assert pedidas.del_corte() == []


class Apunta(CarpetaFetcher):
    """Notes what is asked for."""

    def __init__(self, carpeta: Path) -> None:
        super().__init__(carpeta)
        self.pedidas: list[str] = []

    def del_corte(self) -> list[str]:
        """Return what was asked for of the corte itself."""
        return [ruta for ruta in self.pedidas if ruta.startswith("objetos/") or ruta.endswith(".manifest")]

    def _fetch(self, url: str) -> Iterator[bytes]:
        self.pedidas.append(url)
        return super()._fetch(url)


def test_a6_an_endless_delta_stops_at_its_cap_and_the_corte_comes_by_objects(
    origen: OrigenDePrueba, propio: Nodo
) -> None:
    publicar(origen, 1)
    jalar(origen, propio)
    publicar(origen, 2)
    assert recibir(propio, SinFin(origen.repositorio.carpeta), ahora=datetime.now(UTC)).corte == 2
    assert servido(propio) == arbol(2)


class SinFin(CarpetaFetcher):
    """Sends deltas that do not end."""

    def _fetch(self, url: str) -> Iterator[bytes]:
        if not url.startswith("deltas/"):
            yield from super()._fetch(url)
        while url.startswith("deltas/"):
            yield bytes(1 << 20)


@pytest.mark.parametrize(
    "falla",
    [
        SlowRetrievalError("gotea"),
        DownloadError("se cortó"),
        DownloadHTTPError("no está", 404),
        DownloadHTTPError("se cayó", 500),
    ],
    ids=repr,
)
def test_a7_a_source_that_fails_only_for_deltas_holds_nothing_up(
    origen: OrigenDePrueba, propio: Nodo, falla: DownloadError
) -> None:
    publicar(origen, 1)
    jalar(origen, propio)
    publicar(origen, 2)
    assert recibir(propio, Falla(origen.repositorio.carpeta, falla), ahora=datetime.now(UTC)).corte == 2
    assert servido(propio) == arbol(2)


class Falla(CarpetaFetcher):
    """Cannot give deltas."""

    def __init__(self, carpeta: Path, falla: DownloadError) -> None:
        super().__init__(carpeta)
        self._falla = falla

    def _fetch(self, url: str) -> Iterator[bytes]:
        if url.startswith("deltas/"):
            raise self._falla
        return super()._fetch(url)


def test_b5_a_store_that_lost_bytes_asks_for_everything(origen: OrigenDePrueba, propio: Nodo) -> None:
    """What the new corte shares with the old one is not in the delta."""
    publicar(origen, 1)
    empujar(origen, propio)
    perdido = propio.objetos.path(huella(arbol(1)["recursos/estilo.0123.css"]))
    perdido.chmod(0o644)
    perdido.write_bytes(b"body{margin:1}")
    publicar(origen, 2)
    _, recibido = empujar(origen, propio)
    assert (recibido.resultado, recibo_de(propio).entero) == (Resultado.PENDIENTE, True)
    _, recibido = empujar(origen, propio)
    assert (recibido.corte, servido(propio)) == (2, arbol(2))


def test_b5_a_base_that_was_altered_asks_for_everything(origen: OrigenDePrueba, propio: Nodo) -> None:
    publicar(origen, 1)
    empujar(origen, propio)
    pagina = propio.releases.path(1) / "index.html"
    pagina.chmod(0o644)
    pagina.write_bytes(b"<p>otra cosa")
    publicar(origen, 2)
    assert empujar(origen, propio)[1].resultado is Resultado.PENDIENTE
    assert empujar(origen, propio)[1].corte == 2
    assert servido(propio) == arbol(2)


def test_b5_an_active_page_that_the_inbox_cannot_heal_asks_for_everything(
    origen: OrigenDePrueba, propio: Nodo
) -> None:
    for numero in (1, 2):
        publicar(origen, numero)
        empujar(origen, propio)
    pagina = propio.releases.path(2) / "index.html"
    pagina.chmod(0o644)
    pagina.write_bytes(b"<p>otra cosa")
    source = CarpetaFetcher(propio.config.buzon, buzon=True)
    revisar(propio, source, ahora=datetime.now(UTC))
    assert recibo_de(propio).entero
    origen.latido()
    empujar(origen, propio)
    revisar(propio, source, ahora=datetime.now(UTC))
    assert servido(propio) == arbol(2)


def test_deltas_of_older_cortes_leave_the_inbox(origen: OrigenDePrueba, propio: Nodo) -> None:
    source: PullSource = CarpetaFetcher(propio.config.buzon, buzon=True)
    for numero in (1, 2, 3):
        publicar(origen, numero)
        origen.entregar(propio.config.buzon, recibo=recibo_de(propio))
        for vieja in propio.config.buzon.glob("deltas/*"):
            atras = vieja.stat().st_mtime - 4000
            os.utime(vieja, (atras, atras))
        recibir(propio, source, ahora=datetime.now(UTC))
    activo = propio.activo()
    assert activo is not None
    assert en_buzon(propio, "deltas/*") == [activo.sha256]


def test_the_receipt_in_the_inbox_is_read_back(origen: OrigenDePrueba, propio: Nodo) -> None:
    publicar(origen, 1)
    empujar(origen, propio)
    mio = recibo_de(propio)
    firmado = recibo.firmar(mio, CryptoSigner.generate_ed25519())
    atomic.write(propio.config.buzon / RECIBO, firmado)
    assert leido(propio) == mio


@pytest.mark.parametrize(
    "alterar",
    [
        lambda datos: datos.replace(b'"corte":1', b'"corte":9'),
        lambda datos: datos[:-1],
        lambda datos: datos + b" " * 5000,
        lambda _: b"",
    ],
)
def test_an_altered_receipt_counts_as_none(origen: OrigenDePrueba, propio: Nodo, alterar: object) -> None:
    publicar(origen, 1)
    empujar(origen, propio)
    firmado = recibo.firmar(recibo_de(propio), CryptoSigner.generate_ed25519())
    assert callable(alterar)
    atomic.write(propio.config.buzon / RECIBO, alterar(firmado))
    assert leido(propio) is None


def test_b2_a_receipt_that_is_a_link_counts_as_none(propio: Nodo, tmp_path: Path) -> None:
    (tmp_path / "r").write_bytes(recibo.firmar(recibo_de(propio), CryptoSigner.generate_ed25519()))
    propio.config.buzon.mkdir()
    (propio.config.buzon / RECIBO).symlink_to(tmp_path / "r")
    assert leido(propio) is None


def leido(propio: Nodo) -> Recibo | None:
    return asyncio.run(LocalSender(propio.config.buzon).recibo())


def test_a_night_of_pushes_by_receipt(origen: OrigenDePrueba, propio: Nodo) -> None:
    """Origin's own fan-out reads each receipt back; the node sleeps through two cortes and comes back."""
    llave = CryptoSigner.generate_ed25519()
    intentos: list[Intento] = []
    buzon = propio.config.buzon
    with Reparto({propio.config.id: LocalSender(buzon)}, al_terminar=intentos.append) as reparto:
        for numero in range(1, 7):
            publicar(origen, numero)
            piezas = tuple(origen.repositorio.piezas())
            entrega = Entrega(
                corte=numero, version=numero, piezas=piezas, atajos=origen.repositorio.atajos(piezas)
            )
            reparto.anunciar(entrega, [propio.config.id])
            while len(intentos) < numero:
                time.sleep(0.005)
            if numero not in {3, 4}:
                recibido = recibir(propio, CarpetaFetcher(buzon, buzon=True), ahora=datetime.now(UTC))
                assert (recibido.corte, servido(propio)) == (numero, arbol(numero))
                atomic.write(buzon / RECIBO, recibo.firmar(recibo_de(propio), llave))
    assert [intento.error for intento in intentos] == [None] * 6
    # 1: no receipt yet; 4 and 5: the receipt of corte 2 stood still while cortes 3 and 4 were delivered.
    assert [_de_que(intento) for intento in intentos] == ["todo", "delta", "delta", "todo", "todo", "delta"]
    assert "sin-delta" not in actos(propio)


def _de_que(intento: Intento) -> str:
    assert intento.acuse is not None
    return "delta" if intento.acuse.enviados < len(arbol(intento.corte)) / 2 else "todo"


@pytest.mark.parametrize("vivos", range(8))
def test_f1_a_node_that_dies_while_it_applies_a_delta_goes_on(
    origen: OrigenDePrueba, configuracion: ConfigNodo, vivos: int
) -> None:
    with nodo.abrir(configuracion) as propio:
        publicar(origen, 1)
        empujar(origen, propio)
        publicar(origen, 2)
        propio.objetos = Muere(propio.objetos.carpeta, vivos)
        with pytest.raises(KeyboardInterrupt):
            empujar(origen, propio)
    with nodo.abrir(configuracion) as propio:
        assert servido(propio) == arbol(1)
        source = CarpetaFetcher(propio.config.buzon, buzon=True)
        assert recibir(propio, source, ahora=datetime.now(UTC)).corte == 2
        assert servido(propio) == arbol(2)
        assert "sin-delta" not in actos(propio)


class Muere(Objetos):
    """A store whose process dies after some objects."""

    def __init__(self, carpeta: Path, vivos: int) -> None:
        super().__init__(carpeta)
        self._vivos = vivos

    def put(self, data: bytes, *, perdible: bool = False) -> str:
        if not self._vivos:
            raise KeyboardInterrupt
        self._vivos -= 1
        return super().put(data, perdible=perdible)


_PICO = """
import re, sys
from datetime import UTC, datetime
from pathlib import Path
from pregon.node import config, nodo
from pregon.node.receive import recibir
from pregon.transport.carpeta import CarpetaFetcher

def megas(campo):
    return int(re.search(campo + r":\\s+([0-9]+) kB", Path("/proc/self/status").read_text())[1]) / 1024

ruta = Path(sys.argv[1])
with nodo.abrir(config.leer(ruta.read_text(), archivo=ruta)) as propio:
    Path("/proc/self/clear_refs").write_text("5")
    antes = megas("VmRSS")
    recibido = recibir(propio, CarpetaFetcher(Path(sys.argv[2])), ahora=datetime.now(UTC))
    print(recibido.corte, megas("VmHWM") - antes)
"""


def test_a6_a_node_needs_little_memory_for_a_corte_of_coahuilas_size(
    origen: OrigenDePrueba, configuracion: ConfigNodo
) -> None:
    """A bundle, then a delta; five megabytes of pages each."""
    azar = random.Random(1)
    filas = [f"{n},{azar.getrandbits(200):x}" for n in range(5000)]
    for numero in (1, 2):
        filas = [f"{fila},{numero}" if azar.random() < 0.1 else fila for fila in filas]
        datos = "\n".join(filas).encode()
        origen.publicar(numero, archivos=paginas(numero) | {f"p{i}.csv": datos[i:] for i in range(18)})
        hecho = subprocess.run(
            [sys.executable, "-c", _PICO, configuracion.carpeta / "nodo.toml", origen.repositorio.carpeta],
            capture_output=True,
            text=True,
            check=True,
            timeout=60,
        )
        corte, pico = hecho.stdout.split()
        assert corte == str(numero)
        assert float(pico) < 64
