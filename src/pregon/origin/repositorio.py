"""The TUF repository of one night on disk: what any static web server can serve and any inbox mirrors.

    metadata/<v>.root.json, <v>.targets.json, <v>.<rol>.json, <v>.snapshot.json, timestamp.json
    targets/<rol>/<n>/<sha256>.manifest, targets/<rol>/<sha256>.difusores.json|.html|checkpoint
    registro/<i>
    objetos/<aa>/<sha256>
    prueba.json
    entregas/<v>.timestamp.json, <v>.prueba.json: copies for deliveries under way

Everything but `timestamp.json` and `prueba.json` is named by version or content. `timestamp.json` is the
only pointer and is written last: until then nothing new is reachable, so a kill anywhere leaves the
previous state, and the next operation writes over the leftovers (F1). Every operation takes the lock and
starts from what the pointer reaches, so a process that slept cannot publish over its successor (C8, F7).
Before a byte is written the new state is verified as a citizen would.

Each corte adds one entry to the public log, `registro/<i>`; the signed checkpoint among the targets says how
many there are and their root (A20). An entry beyond it is a leftover like any other, unless deliveries went
further than the pointer: then the pointer came from a backup, and no second entry is signed at that position.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from securesystemslib.signer import CryptoSigner
from tuf.api.exceptions import RepositoryError
from tuf.api.metadata import Metadata, MetaFile, Root, Snapshot, TargetFile, Targets, Timestamp

from pregon.errors import ErrorDeAlmacen, ErrorDeConfianza, ErrorDeOperacion
from pregon.origin.llaves import Llaves
from pregon.paquete import manifest as manifests
from pregon.paquete import prueba as pruebas
from pregon.paquete import registro
from pregon.paquete.limites import LIMITES
from pregon.paquete.manifest import Manifest, Marca, huella
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
_ESPERA: Final = 10.0
"""Seconds that an operation waits for another one to end."""


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
            ultimo = self._marca(estado)
            nuevo = ultimo is None or ultimo.sha256 != huella(datos)
            if nuevo:
                self._admitir(manifest, datos, ultimo)
            self._guardar_objetos(manifest, objetos)
            cabeza = self._asentar(estado, manifest, huella(datos)) if nuevo else self._cabeza(estado)
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
            nuevos = self._listas(lista_json, lista_html)
            cabeza = self._cabeza(estado)
            self._publicar(estado, self._firmar(estado, nuevos, cabeza=cabeza, ahora=ahora, vence=vence))

    def cerrar(self, vence: datetime) -> None:
        """Sign role, snapshot and timestamp for the last time, valid past the retention (decisions §27)."""
        with self._operacion() as estado:
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
            rutas += [registro.ruta(i) for i in range(cabeza.tamano if cabeza else 0)]
            targets = estado.delegado.signed.targets
            vigente = manifests.objetivo(self.rol, marca.numero) if marca else ""
            rutas += [
                f"targets/{_con_hash(ruta, objetivo)}"
                for ruta, objetivo in sorted(targets.items())
                if ruta == vigente or _es_lista(ruta)
            ]
            primera = _version_de_raiz(estado.raices[0])
            rutas += [f"metadata/{primera + i}.root.json" for i in range(len(estado.raices))]
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

    @contextmanager
    def _operacion(self) -> Iterator[_Estado]:
        with lock(self.carpeta / ".candado", wait=_ESPERA):
            yield self._leer()

    # Reading: from the pointer down.

    def _leer(self) -> _Estado:
        raices = tuple(self._raices())
        try:
            if not (self.carpeta / "metadata/timestamp.json").exists():
                # After the ceremony, before the first publication.
                return _Estado(
                    raices=raices,
                    targets=self._metadatos("1.targets.json"),
                    targets_version=1,
                    archivos={},
                )
            timestamp: Metadata[Timestamp] = Metadata.from_bytes(self._metadatos("timestamp.json"))
            root = Metadata[Root].from_bytes(raices[-1]).signed
            root.verify_delegate("timestamp", timestamp.signed_bytes, timestamp.signatures)
            snapshot: Metadata[Snapshot] = Metadata.from_bytes(
                self._alcanzado("snapshot", timestamp.signed.snapshot_meta)
            )
            meta = snapshot.signed.meta
            delegado: Metadata[Targets] = Metadata.from_bytes(
                self._alcanzado(self.rol, meta[f"{self.rol}.json"])
            )
            return _Estado(
                raices=raices,
                targets=self._alcanzado("targets", meta["targets.json"]),
                targets_version=meta["targets.json"].version,
                delegado=delegado,
                snapshot=snapshot,
                timestamp=timestamp,
                archivos={},
            )
        except (RepositoryError, KeyError, ValueError) as error:
            raise ErrorDeAlmacen(f"los metadatos de «{self.carpeta}» están dañados: {error}") from error

    def _raices(self) -> Iterator[bytes]:
        version = 1
        while (self.carpeta / f"metadata/{version}.root.json").exists():
            yield self._metadatos(f"{version}.root.json")
            version += 1
        if version == 1:
            raise ErrorDeOperacion(f"«{self.carpeta}» no tiene raíz: haga antes la ceremonia de llaves")

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
        carpeta = self.carpeta / "registro"
        try:
            lineas = [
                atomic.read(self.carpeta / registro.ruta(i), limit=LIMITES.entrada)
                for i in range(cabeza.tamano)
            ]
            return registro.historia(cabeza, lineas).lineas
        except (ErrorDeAlmacen, ErrorDeConfianza) as error:
            raise ErrorDeAlmacen(
                f"«{carpeta}» no es el registro de cortes que está firmado ({error}): recupérelo de"
                " /.well-known/pregon/registro de un difusor, un archivo por línea desde el 0"
            ) from error

    def _ya_entregado(self, estado: _Estado) -> bool:
        """Tell if deliveries went beyond what the pointer reaches: it was restored from a backup."""
        version = estado.timestamp.signed.version if estado.timestamp else 0
        entregadas = (self.carpeta / "entregas").glob("[0-9]*.timestamp.json")
        return any(int(una.name.split(".")[0]) > version for una in entregadas)

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

        An expiry never moves back, so that a heartbeat does not shorten what the close promised. The same
        checkpoint under the same key is the same bytes; after a rotation it is signed again.
        """
        ahora, vence = ahora.astimezone(UTC), vence.astimezone(UTC)
        if cabeza is not None:
            nuevos = {**nuevos, registro.objetivo(self.rol): self._nota(cabeza)}
        delegado, snapshot = estado.delegado, estado.snapshot
        largo = max(vence, ahora + _VIDA)
        targets = self._targets(delegado, nuevos)
        cambia = delegado is None or targets != delegado.signed.targets
        if cambia or delegado is None or _envejece(delegado, ahora):
            delegado = _siguiente(delegado, Targets(targets=targets), largo, self._llaves.delegado)
        if delegado is not estado.delegado or snapshot is None or _envejece(snapshot, ahora):
            meta = {
                "targets.json": _meta(estado.targets_version, estado.targets),
                f"{self.rol}.json": _meta(delegado.signed.version, delegado.to_bytes()),
            }
            snapshot = _siguiente(snapshot, Snapshot(meta=meta), largo, self._llaves.snapshot)
        timestamp = _siguiente(
            estado.timestamp,
            Timestamp(snapshot_meta=_meta(snapshot.signed.version, snapshot.to_bytes())),
            vence,
            self._llaves.timestamp,
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
        if self._ya_entregado(estado):
            raise ErrorDeOperacion(
                f"«{self.carpeta}» viene de un respaldo: ya se entregó más de lo que tiene, y firmar otro"
                f" corte {manifest.numero} probaría dos historias; recupere su copia más nueva, o metadata/,"
                " targets/, registro/ y objetos/ del buzón de un difusor al día"
            )
        self._olvidar_sin_publicar(len(anteriores))
        atomic.write(self.carpeta / registro.ruta(len(anteriores)), linea)
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
        atomic.write(metadata / "timestamp.json", nuevo.timestamp.to_bytes())
        self._escribir_prueba(nuevo)

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


def _siguiente(
    previo: Metadata[Any] | None,
    firmado: Targets | Snapshot | Timestamp,
    vence: datetime,
    firmante: CryptoSigner,
) -> Metadata[Any]:
    firmado.version = previo.signed.version + 1 if previo else 1
    firmado.expires = max(vence, previo.signed.expires) if previo else vence
    metadata: Metadata[Any] = Metadata(firmado)
    metadata.sign(firmante)
    return metadata


def _envejece(metadata: Metadata[Targets] | Metadata[Snapshot], ahora: datetime) -> bool:
    return metadata.signed.expires - ahora < _VIDA / 2


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


def _version_de_raiz(datos: bytes) -> int:
    return int(Metadata.from_bytes(datos).signed.version)
