"""The TUF repository of one night on disk: what any static web server can serve and any inbox mirrors.

    metadata/<v>.root.json, <v>.targets.json, <v>.<rol>.json, <v>.snapshot.json, timestamp.json
    targets/<rol>/<n>/<sha256>.manifest, targets/<rol>/<sha256>.difusores.json|.html|checkpoint
    registro/<rol>/<i>
    objetos/<aa>/<sha256>
    deltas/<sha256 of a manifest>/desde-<sha256 of an older one>, completo
    prueba.json
    entregas/<v>.timestamp.json, <v>.prueba.json: copies for deliveries under way

Everything but `timestamp.json` and `prueba.json` is named by version or content. `timestamp.json` is the
only pointer and is written last: until then nothing new is reachable, so a kill anywhere leaves the
previous state, and the next operation writes over the leftovers (F1). Every operation takes the lock and
starts from what the pointer reaches, so a process that slept cannot publish over its successor (C8, F7).
Before a byte is written the new state is verified as a citizen would.

Each corte adds one entry to the public log, `registro/<rol>/<i>`; the signed checkpoint among the targets
says how many there are and their root (A20). An entry beyond it is a leftover like any other, unless
deliveries went further than the pointer: then the pointer came from a backup, and no second entry is signed
at that position.
"""

import logging
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from securesystemslib.signer import CryptoSigner
from tuf.api.exceptions import RepositoryError
from tuf.api.metadata import Metadata, MetaFile, Root, Snapshot, TargetFile, Targets, Timestamp

from pregon.errors import ErrorDeAlmacen, ErrorDeConfianza, ErrorDeOperacion, PregonError
from pregon.origin import raices
from pregon.origin.llaves import Llaves, leer_cadena
from pregon.paquete import delta, registro
from pregon.paquete import manifest as manifests
from pregon.paquete import prueba as pruebas
from pregon.paquete.limites import LIMITES
from pregon.paquete.manifest import Archivo, Manifest, Marca, huella
from pregon.paquete.prueba import Prueba
from pregon.paquete.registro import Checkpoint
from pregon.storage import atomic
from pregon.storage.lock import lock
from pregon.storage.objetos import Objetos
from pregon.transport.sender import Pieza

CONSERVADOS: Final = 3
"""Manifests that the role lists (decisions §28)."""
_VIDA: Final = timedelta(hours=26)
"""Of role and snapshot (distribution.md): a night and its margin."""
_ENTREGAS: Final = 64
"""States that a delivery under way may still be reading."""
_SALTO: Final = 1000
"""Versions passed over when a key was replaced: a thief's files of those names may lie in inboxes (A5)."""
_PRUEBA_NUEVA: Final = ".prueba.json.parcial"
"""The next proof, until the pointer moves; named so that the next start sweeps it."""
_ESPERA: Final = 10.0
"""Seconds that an operation waits for another one to end."""
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Estado:
    """What the pointer reaches. Bytes exactly as they stand or will stand on disk."""

    raices: tuple[bytes, ...]
    targets: bytes
    targets_version: int
    delegado: Metadata[Targets] | None = None
    snapshot: Metadata[Snapshot] | None = None
    timestamp: Metadata[Timestamp] | None = None
    archivos: Mapping[str, bytes]
    """Content of the role's targets that a proof needs or that are new, by target path."""


class Repositorio:
    """Publishes for one role. Cheap to construct; several processes may, one operates at a time."""

    def __init__(self, carpeta: Path, llaves: Llaves, rol: str) -> None:
        """Continue from what is on disk, finishing what a killed process left half done."""
        self.carpeta, self.rol = carpeta, rol
        self._llaves = llaves
        self.objetos = Objetos(carpeta / "objetos")
        if llaves.rol != rol:
            raise ErrorDeOperacion(f"las llaves son de «{llaves.rol}», no de «{rol}»")
        with self._operacion() as estado:
            atomic.sweep(carpeta)
            atomic.sweep(carpeta / "metadata")
            atomic.sweep(carpeta / "entregas")
            self._escribir_prueba(estado)

    def publicar(
        self,
        manifest: Manifest,
        objetos: Mapping[str, bytes],
        *,
        lista_json: bytes | None = None,
        lista_html: bytes | None = None,
        ahora: datetime,
        vence: datetime,
    ) -> None:
        """Sign and expose one corte; the same bytes again only renew the timestamp.

        `objetos` holds the bytes of every file that the repository has not seen yet, by SHA-256. `vence`
        is the timestamp's expiry; the lists stay as they are when None. Raises ErrorDeOperacion for a
        number that is not above the last, another `anterior` than it, or a missing object.
        """
        datos = manifests.escribir(manifest)
        with self._operacion() as estado:
            self._que_sea_lo_ultimo(estado)
            ultimo = self._marca(estado)
            nuevo = ultimo is None or ultimo.sha256 != huella(datos)
            if nuevo:
                self._admitir(manifest, datos, ultimo)
            self._guardar_objetos(manifest, objetos)
            cabeza = self._asentar(estado, manifest, huella(datos)) if nuevo else self._cabeza(estado)
            self._guardar_deltas(estado, datos)
            nuevos = {manifest.objetivo: datos} | self._listas(lista_json, lista_html)
            self._publicar(estado, self._firmar(estado, nuevos, cabeza=cabeza, ahora=ahora, vence=vence))

    def latido(
        self,
        *,
        lista_json: bytes | None = None,
        lista_html: bytes | None = None,
        ahora: datetime,
        vence: datetime,
    ) -> None:
        """Renew the timestamp; role and snapshot too when the list changed or half their life is over."""
        with self._operacion() as estado:
            self._que_sea_lo_ultimo(estado)
            nuevos = self._listas(lista_json, lista_html)
            cabeza = self._cabeza(estado)
            self._publicar(estado, self._firmar(estado, nuevos, cabeza=cabeza, ahora=ahora, vence=vence))

    def hay_relevo(self) -> bool:
        """Tell if custodians brought in keys that nothing published is signed with yet (A13)."""
        with self._operacion() as estado:
            cadena = leer_cadena(self.carpeta / "metadata")
            return estado.raices != cadena.raices or estado.targets != raices.vigente(cadena).datos

    def cerrar(self, vence: datetime) -> None:
        """Sign role, snapshot and timestamp for the last time, valid past the retention (decisions §27)."""
        with self._operacion() as estado:
            self._que_sea_lo_ultimo(estado)
            cabeza = self._cabeza(estado)
            self._publicar(estado, self._firmar(estado, {}, cabeza=cabeza, ahora=vence, vence=vence))

    def ultimo(self) -> Manifest | None:
        """Return the newest corte published, None before the first."""
        with self._operacion() as estado:
            marca = self._marca(estado)
            return self._manifest(estado, marca) if marca else None

    def marca(self) -> Marca | None:
        """Return the newest corte's number and hash: the `anterior` of the next manifest."""
        with self._operacion() as estado:
            return self._marca(estado)

    def lista(self) -> bytes | None:
        """Return the signed list of difusores, None before the first."""
        with self._operacion() as estado:
            return self._lista(estado)

    def piezas(self) -> list[Pieza]:
        """Return what a difusor needs for the current corte and list, in an order safe to interrupt.

        Objects, entries of the log, its checkpoint, manifest, lists, roots, targets, role, snapshot, proof,
        and the timestamp; images come last, for no corte waits for them (decisions §14).
        """
        with self._operacion() as estado:
            if estado.timestamp is None or estado.snapshot is None or estado.delegado is None:
                return []
            marca = self._marca(estado)
            rutas, imagenes = [], []
            if marca:
                corte = self._manifest(estado, marca)
                rutas += [_objeto(sha) for sha in sorted({a.sha256 for a in corte.archivos})]
                imagenes += [_objeto(a.sha256) for a in corte.imagenes if self.objetos.has(a.sha256)]
            cabeza = self._cabeza(estado)
            rutas += [registro.ruta(self.rol, i) for i in range(cabeza.tamano if cabeza else 0)]
            targets = estado.delegado.signed.targets
            vigente = manifests.objetivo(self.rol, marca.numero) if marca else ""
            rutas += [
                f"targets/{_con_hash(ruta, objetivo)}"
                for ruta, objetivo in sorted(targets.items())
                if ruta == vigente or _es_lista(ruta)
            ]
            rutas += [f"metadata/{n}.root.json" for n in range(1, len(estado.raices) + 1)]
            rutas += [
                f"metadata/{estado.targets_version}.targets.json",
                f"metadata/{estado.delegado.signed.version}.{self.rol}.json",
                f"metadata/{estado.snapshot.signed.version}.snapshot.json",
            ]
            return [
                *(Pieza(ruta=ruta, origen=self.carpeta / ruta, inmutable=True) for ruta in rutas),
                *(Pieza(ruta=ruta, origen=origen, inmutable=False) for ruta, origen in self._fijas(estado)),
                *(Pieza(ruta=ruta, origen=self.carpeta / ruta, inmutable=True) for ruta in imagenes),
            ]

    def atajos(self, piezas: Sequence[Pieza]) -> dict[str | None, tuple[Pieza, ...]]:
        """Return what is enough for a difusor that has an earlier corte, by the SHA-256 of its manifest.

        Each is `piezas` with a delta instead of the corte's objects and manifest, or without anything for who
        has this very corte; under None, with the bundle. The node makes a proof of its own. Empty before the
        first corte.
        """
        manifest = next((p for p in piezas if p.ruta.endswith(".manifest")), None)
        if manifest is None:
            return {}
        datos = atomic.read(manifest.origen, limit=LIMITES.manifest)
        sobran = {_objeto(a.sha256) for a in manifests.leer(datos).archivos} | {manifest.ruta, "prueba.json"}
        comunes = tuple(p for p in piezas if p.ruta not in sobran)
        atajos: dict[str | None, tuple[Pieza, ...]] = {huella(datos): comunes}
        carpeta = (self.carpeta / delta.ruta(huella(datos), None)).parent
        anteriores = [hallado.name.partition("-")[2] for hallado in carpeta.glob("desde-*")]
        for desde in (None, *anteriores):
            ruta = delta.ruta(huella(datos), desde)
            if (self.carpeta / ruta).is_file():
                atajos[desde] = (Pieza(ruta=ruta, origen=self.carpeta / ruta, inmutable=True), *comunes)
        return atajos

    @contextmanager
    def _operacion(self) -> Iterator[_Estado]:
        with lock(self.carpeta / ".candado", wait=_ESPERA):
            yield self._leer()

    # Reading: from the pointer down.

    def _leer(self) -> _Estado:
        cadena = leer_cadena(self.carpeta / "metadata")
        try:
            if not (self.carpeta / "metadata/timestamp.json").exists():
                # After the ceremony, before the first publication.
                fin = raices.vigente(cadena)
                return _Estado(
                    raices=cadena.raices,
                    targets=fin.datos,
                    targets_version=fin.targets.version,
                    archivos={},
                )
            timestamp: Metadata[Timestamp] = Metadata.from_bytes(self._metadatos("timestamp.json"))
            snapshot: Metadata[Snapshot] = Metadata.from_bytes(
                self._alcanzado("snapshot", timestamp.signed.snapshot_meta)
            )
            meta = snapshot.signed.meta
            targets = self._alcanzado("targets", meta["targets.json"])
            delegado: Metadata[Targets] | None = None
            if f"{self.rol}.json" in meta:  # otherwise it is another night's, of the same root
                delegado = Metadata.from_bytes(self._alcanzado(self.rol, meta[f"{self.rol}.json"]))
            return _Estado(
                raices=_raices_de(cadena.raices, timestamp, snapshot, Metadata.from_bytes(targets)),
                targets=targets,
                targets_version=meta["targets.json"].version,
                delegado=delegado,
                snapshot=snapshot,
                timestamp=timestamp,
                archivos={},
            )
        except (RepositoryError, KeyError, ValueError) as error:
            raise ErrorDeAlmacen(f"los metadatos de «{self.carpeta}» están dañados: {error}") from error

    def _metadatos(self, nombre: str) -> bytes:
        return atomic.read(self.carpeta / "metadata" / nombre, limit=LIMITES.metadatos)

    def _alcanzado(self, nombre: str, meta: MetaFile) -> bytes:
        """Return the bytes that the metadata above names, the very ones: nothing damaged is signed over."""
        datos = self._metadatos(f"{meta.version}.{nombre}.json")
        meta.verify_length_and_hashes(datos)
        return datos

    def _objetivo(self, estado: _Estado, ruta: str) -> bytes:
        if ruta in estado.archivos:
            return estado.archivos[ruta]
        assert estado.delegado is not None
        objetivo = estado.delegado.signed.targets[ruta]
        datos = atomic.read(self.carpeta / "targets" / _con_hash(ruta, objetivo), limit=LIMITES.manifest)
        if huella(datos) != objetivo.hashes["sha256"]:
            raise ErrorDeAlmacen(f"«{ruta}» del repositorio «{self.carpeta}» está dañado")
        return datos

    def _marca(self, estado: _Estado) -> Marca | None:
        if estado.delegado is None:
            return None
        targets = estado.delegado.signed.targets
        numeros = [int(ruta.split("/")[1]) for ruta in targets if not _es_lista(ruta)]
        if not numeros:
            return None
        objetivo = targets[manifests.objetivo(self.rol, max(numeros))]
        return Marca(numero=max(numeros), sha256=objetivo.hashes["sha256"])

    def _manifest(self, estado: _Estado, marca: Marca) -> Manifest:
        return manifests.leer(self._objetivo(estado, manifests.objetivo(self.rol, marca.numero)))

    def _cabeza(self, estado: _Estado) -> Checkpoint | None:
        """Return the checkpoint of the log, None before the first corte."""
        ruta = registro.objetivo(self.rol)
        if estado.delegado is None or ruta not in estado.delegado.signed.targets:
            return None
        return registro.leer_nota(self._objetivo(estado, ruta))

    def _lineas(self, cabeza: Checkpoint | None) -> tuple[bytes, ...]:
        """Return the entries under the checkpoint, the very ones that it signs."""
        if cabeza is None:
            return ()
        carpeta = self.carpeta / "registro" / self.rol
        try:
            lineas = [
                atomic.read(self.carpeta / registro.ruta(self.rol, i), limit=LIMITES.entrada)
                for i in range(cabeza.tamano)
            ]
            return registro.historia(cabeza, lineas).lineas
        except (ErrorDeAlmacen, ErrorDeConfianza) as error:
            raise ErrorDeAlmacen(
                f"«{carpeta}» no es el registro de cortes que está firmado ({error}): recupérelo de"
                " /.well-known/pregon/registro de un difusor, un archivo por línea desde el 0"
            ) from error

    def _que_sea_lo_ultimo(self, estado: _Estado) -> None:
        """Refuse to sign when deliveries went beyond the pointer: it came from a backup.

        Heartbeats too: they would raise its version until another history could be signed.
        """
        if entregada(self.carpeta) > (estado.timestamp.signed.version if estado.timestamp else 0):
            raise ErrorDeOperacion(
                f"«{self.carpeta}» viene de un respaldo: ya se entregó más de lo que tiene, y firmar desde"
                " aquí probaría dos historias; traiga lo que falta con «pregon origen restaurar», de los"
                " difusores que estén al día"
            )

    # Deciding: the next state, signed in memory.

    def _admitir(self, manifest: Manifest, datos: bytes, ultimo: Marca | None) -> None:
        if manifest.rol != self.rol:
            raise ErrorDeOperacion(f"el corte es de «{manifest.rol}» y este repositorio de «{self.rol}»")
        if ultimo is not None and manifest.numero <= ultimo.numero:
            raise ErrorDeOperacion(
                f"el corte {manifest.numero} no sigue al {ultimo.numero}: una corrección es un corte nuevo"
            )
        if ultimo is not None and manifest.anterior != ultimo.sha256:
            raise ErrorDeOperacion(
                f"el corte {manifest.numero} no nombra como anterior al {ultimo.numero} publicado"
            )
        manifests.leer(datos)  # the publisher refuses to create what a node would refuse (B4)

    def _listas(self, lista_json: bytes | None, lista_html: bytes | None) -> dict[str, bytes]:
        listas = {f"{self.rol}/difusores.json": lista_json, f"{self.rol}/difusores.html": lista_html}
        return {ruta: datos for ruta, datos in listas.items() if datos is not None}

    def _firmar(
        self,
        estado: _Estado,
        nuevos: Mapping[str, bytes],
        *,
        cabeza: Checkpoint | None,
        ahora: datetime,
        vence: datetime,
    ) -> _Estado:
        """Return the next state: only what changed or grows old gets a new version.

        An expiry never moves back, so that a heartbeat does not shorten what the close promised; but a
        night does not inherit the close of another one. Keys, roots and targets that came in since are
        taken up here (A13), and nothing is signed under an impossible root (A14). The same checkpoint under
        the same key is the same bytes; after a rotation it is signed again.
        """
        ahora, vence = ahora.astimezone(UTC), vence.astimezone(UTC)
        cadena = leer_cadena(self.carpeta / "metadata")
        fin = raices.vigente(cadena)
        llaves = self._llaves = self._llaves.vigentes(fin)
        otros_targets = fin.datos != estado.targets
        estado = replace(estado, raices=cadena.raices, targets=fin.datos, targets_version=fin.targets.version)
        if cabeza is not None:
            nuevos = {**nuevos, registro.objetivo(self.rol): self._nota(cabeza)}
        delegado, snapshot = estado.delegado, estado.snapshot
        # What lasts longer than this role's own metadata was promised by the close of another night.
        sin_piso = (
            delegado is None
            or estado.timestamp is None
            or estado.timestamp.signed.expires > delegado.signed.expires
        )
        largo = max(vence, ahora + _VIDA)
        targets = self._targets(delegado, nuevos)
        cambia = delegado is None or targets != delegado.signed.targets
        if cambia or delegado is None or _caduca(delegado, llaves.delegado, ahora):
            delegado = _siguiente(delegado, Targets(targets=targets), largo, llaves.delegado)
        nuevo = delegado is not estado.delegado or otros_targets
        if nuevo or snapshot is None or _caduca(snapshot, llaves.snapshot, ahora):
            # What was listed once stays listed: TUF's clients demand it. So other nights of this root stay.
            meta = (snapshot.signed.meta if snapshot else {}) | {
                "targets.json": _meta(estado.targets_version, estado.targets),
                f"{self.rol}.json": _meta(delegado.signed.version, delegado.to_bytes()),
            }
            snapshot = _siguiente(snapshot, Snapshot(meta=meta), largo, llaves.snapshot, sin_piso=sin_piso)
        timestamp = _siguiente(
            estado.timestamp,
            Timestamp(snapshot_meta=_meta(snapshot.signed.version, snapshot.to_bytes())),
            vence,
            llaves.timestamp,
            sin_piso=sin_piso,
        )
        return replace(estado, delegado=delegado, snapshot=snapshot, timestamp=timestamp, archivos=nuevos)

    def _nota(self, cabeza: Checkpoint) -> bytes:
        firmante = self._llaves.delegado
        return registro.nota(
            cabeza,
            publica=bytes.fromhex(firmante.public_key.keyval["public"]),
            firma=bytes.fromhex(firmante.sign(registro.texto(cabeza)).signature),
        )

    def _targets(
        self, previo: Metadata[Targets] | None, nuevos: Mapping[str, bytes]
    ) -> dict[str, TargetFile]:
        targets = dict(previo.signed.targets) if previo else {}
        targets |= {ruta: TargetFile.from_data(ruta, datos, ["sha256"]) for ruta, datos in nuevos.items()}
        cortes = sorted(
            (ruta for ruta in targets if not _es_lista(ruta)), key=lambda ruta: int(ruta.split("/")[1])
        )
        for ruta in cortes[:-CONSERVADOS]:
            del targets[ruta]
        return targets

    # Writing: leaves first, the pointer last.

    def _asentar(self, estado: _Estado, manifest: Manifest, sha256: str) -> Checkpoint:
        """Write the corte's entry where nothing was ever signed; return the checkpoint to be signed."""
        anteriores = self._lineas(self._cabeza(estado))
        linea = registro.escribir(registro.entrada(manifest, sha256, manifests.raiz(manifest)))
        self._olvidar_sin_publicar(len(anteriores))
        atomic.write(self.carpeta / registro.ruta(self.rol, len(anteriores)), linea)
        return registro.checkpoint(self.rol, (*anteriores, linea))

    def _olvidar_sin_publicar(self, tamano: int) -> None:
        """Delete what a killed operation signed beyond the pointer: nobody was shown it, nor may be."""
        with atomic.almacen(f"limpiar «{self.carpeta / 'targets'}»"):
            for resto in (self.carpeta / "targets" / self.rol).glob("*.checkpoint"):
                with suppress(ErrorDeConfianza):  # damaged, it proves nothing
                    if registro.leer_nota(resto.read_bytes()).tamano > tamano:
                        resto.unlink()

    def _guardar_objetos(self, manifest: Manifest, objetos: Mapping[str, bytes]) -> None:
        for archivo in manifest.archivos:
            datos = objetos.get(archivo.sha256)
            if datos is not None and huella(datos) != archivo.sha256:
                raise ErrorDeOperacion(f"los bytes de «{archivo.ruta}» no son los de su SHA-256")
            if datos is None and not self.objetos.verify(archivo.sha256):
                raise ErrorDeOperacion(f"falta el objeto de «{archivo.ruta}»")
        for sha in {archivo.sha256 for archivo in manifest.archivos} & set(objetos):
            self.objetos.put(objetos[sha])

    def _guardar_deltas(self, estado: _Estado, nuevo: bytes) -> None:
        """Make the bundle of a corte, and its delta from each one that the role still lists.

        Those of the cortes listed are kept, for a delivery under way may still be reading one. They only
        spare bytes: one that cannot be made, because an old object is damaged, holds nothing up.
        """
        targets = estado.delegado.signed.targets if estado.delegado else {}
        listados = {t.hashes["sha256"]: ruta for ruta, t in targets.items() if ruta.endswith("/manifest")}
        for carpeta in (self.carpeta / delta.CARPETA).glob("*"):
            if carpeta.name not in listados:
                shutil.rmtree(carpeta, ignore_errors=True)
        for sha256 in (None, *listados):
            if sha256 == huella(nuevo):
                continue
            destino = self.carpeta / delta.ruta(huella(nuevo), sha256)
            try:
                viejo = self._objetivo(estado, listados[sha256]) if sha256 else None
                hecho = delta.hacer(nuevo, viejo, propio=self._contenido, base=self._contenido)
            except PregonError as error:
                _log.warning("sin %s: %s", destino, error)
                continue
            if len(hecho) <= LIMITES.delta:
                atomic.write(destino, hecho)

    def _contenido(self, archivo: Archivo) -> bytes:
        datos = atomic.read(self.objetos.path(archivo.sha256), limit=archivo.tamano)
        if huella(datos) != archivo.sha256:
            raise ErrorDeAlmacen(f"el objeto de «{archivo.ruta}» está dañado")
        return datos

    def _publicar(self, viejo: _Estado, nuevo: _Estado) -> None:
        assert nuevo.delegado is not None
        assert nuevo.snapshot is not None
        assert nuevo.timestamp is not None
        self._comprobar(nuevo)
        metadata = self.carpeta / "metadata"
        for ruta, datos in nuevo.archivos.items():
            destino = self.carpeta / "targets" / _con_hash(ruta, nuevo.delegado.signed.targets[ruta])
            if not destino.exists():
                atomic.write(destino, datos)
        if nuevo.delegado is not viejo.delegado:
            nombre = f"{nuevo.delegado.signed.version}.{self.rol}.json"
            atomic.write(metadata / nombre, nuevo.delegado.to_bytes())
        if nuevo.snapshot is not viejo.snapshot:
            nombre = f"{nuevo.snapshot.signed.version}.snapshot.json"
            atomic.write(metadata / nombre, nuevo.snapshot.to_bytes())
        # On the disk before the pointer, so that a disk that fills up stops both or neither (F3).
        prueba = self._prueba(nuevo)
        if prueba is not None:
            atomic.write(self.carpeta / _PRUEBA_NUEVA, pruebas.escribir(prueba))
        atomic.write(metadata / "timestamp.json", nuevo.timestamp.to_bytes())
        if prueba is not None:
            with atomic.almacen("cambiar la prueba"):
                (self.carpeta / _PRUEBA_NUEVA).replace(self.carpeta / "prueba.json")
                atomic.sync_dir(self.carpeta)

    def _comprobar(self, estado: _Estado) -> None:
        """Verify what would be published as a citizen would; a fault here is ours, found in time."""
        prueba = self._prueba(estado)
        if prueba is not None:
            assert estado.timestamp is not None
            pruebas.verificar(
                prueba, raiz=self._llaves.huella, rol=self.rol, ahora=estado.timestamp.signed.expires
            )

    def _fijas(self, estado: _Estado) -> Iterator[tuple[str, Path]]:
        """Give the two files that change a name that does not.

        A slow delivery must not end with the timestamp of a later state than the rest of its pieces.
        """
        assert estado.timestamp is not None
        version = estado.timestamp.signed.version
        prueba = self._prueba(estado)
        mutables = {"prueba.json": pruebas.escribir(prueba)} if prueba else {}
        mutables["metadata/timestamp.json"] = estado.timestamp.to_bytes()
        for ruta, datos in mutables.items():
            fija = self.carpeta / "entregas" / f"{version}.{Path(ruta).name}"
            if not fija.exists():
                atomic.write(fija, datos)
            yield ruta, fija
        with atomic.almacen(f"limpiar «{self.carpeta / 'entregas'}»"):
            for vieja in (self.carpeta / "entregas").glob("[0-9]*.json"):
                if int(vieja.name.split(".")[0]) <= version - _ENTREGAS:
                    vieja.unlink()

    def _escribir_prueba(self, estado: _Estado) -> None:
        prueba = self._prueba(estado)
        if prueba is None:
            return
        datos, destino = pruebas.escribir(prueba), self.carpeta / "prueba.json"
        if not destino.exists() or atomic.read(destino, limit=LIMITES.prueba) != datos:
            atomic.write(destino, datos)

    def _prueba(self, estado: _Estado) -> Prueba | None:
        """Return the proof of the current corte, None before the first."""
        marca = self._marca(estado)
        if marca is None or estado.delegado is None or estado.snapshot is None or estado.timestamp is None:
            return None
        return Prueba(
            raices=estado.raices,
            timestamp=estado.timestamp.to_bytes(),
            snapshot=estado.snapshot.to_bytes(),
            targets=estado.targets,
            delegado=estado.delegado.to_bytes(),
            manifest=self._objetivo(estado, manifests.objetivo(self.rol, marca.numero)),
            difusores=self._lista(estado),
        )

    def _lista(self, estado: _Estado) -> bytes | None:
        ruta = f"{self.rol}/difusores.json"
        firmada = estado.delegado is not None and ruta in estado.delegado.signed.targets
        return self._objetivo(estado, ruta) if firmada else None


def entregada(carpeta: Path) -> int:
    """Return the highest version of the timestamp that any delivery carried, 0 for none."""
    copias = (carpeta / "entregas").glob("[0-9]*.timestamp.json")
    return max((int(copia.name.split(".")[0]) for copia in copias), default=0)


def _siguiente(
    previo: Metadata[Any] | None,
    firmado: Targets | Snapshot | Timestamp,
    vence: datetime,
    firmante: CryptoSigner,
    *,
    sin_piso: bool = False,
) -> Metadata[Any]:
    """Return the next version, signed; `sin_piso`: it may expire before the one before it."""
    salto = _SALTO if previo and _sustituida(previo, firmante) else 1
    firmado.version = previo.signed.version + salto if previo else 1
    firmado.expires = max(vence, previo.signed.expires) if previo and not sin_piso else vence
    metadata: Metadata[Any] = Metadata(firmado)
    metadata.sign(firmante)
    return metadata


def _caduca(
    metadata: Metadata[Targets] | Metadata[Snapshot], firmante: CryptoSigner, ahora: datetime
) -> bool:
    """Say whether it must be signed anew: it grows old, or its key was replaced."""
    return _sustituida(metadata, firmante) or metadata.signed.expires - ahora < _VIDA / 2


def _sustituida(metadata: Metadata[Any], firmante: CryptoSigner) -> bool:
    return firmante.public_key.keyid not in metadata.signatures


def _raices_de(
    todas: Sequence[bytes],
    timestamp: Metadata[Timestamp],
    snapshot: Metadata[Snapshot],
    targets: Metadata[Targets],
) -> tuple[bytes, ...]:
    """Return the roots up to the newest that vouches for what is published; those after it wait for use."""
    error: RepositoryError | None = None
    for hasta in range(len(todas), 0, -1):
        root = Metadata[Root].from_bytes(todas[hasta - 1]).signed
        try:
            root.verify_delegate("timestamp", timestamp.signed_bytes, timestamp.signatures)
            root.verify_delegate("snapshot", snapshot.signed_bytes, snapshot.signatures)
            root.verify_delegate("targets", targets.signed_bytes, targets.signatures)
        except RepositoryError as este:
            error = error or este
            continue
        return tuple(todas[:hasta])
    raise error or ErrorDeAlmacen("no hay ninguna raíz")


def _meta(version: int, datos: bytes) -> MetaFile:
    return MetaFile.from_data(version, datos, ["sha256"])


def _objeto(sha256: str) -> str:
    return f"objetos/{sha256[:2]}/{sha256}"


def _con_hash(ruta: str, objetivo: TargetFile) -> str:
    carpeta, _, nombre = ruta.rpartition("/")
    return f"{carpeta}/{objetivo.hashes['sha256']}.{nombre}"


def _es_lista(ruta: str) -> bool:
    """Tell what every delivery carries, the checkpoint too, from the manifests."""
    return not ruta.endswith("/manifest")
