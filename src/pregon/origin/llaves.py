"""The keys of a night as its origin holds them, and how new ones come in (decisions §28).

One folder, the institute's:

    llaves/       one PEM per online key, 0600: <rol>, snapshot, timestamp; once rotated, <rol>.<keyid>
    repositorio/  metadata/<n>.root.json and <n>.targets.json, the start of a Repositorio
    raiz.json     the same bytes as 1.root.json, to hand to difusores and to print its huella

`instalar` takes in what custodians signed elsewhere (`raices`), in an order safe to interrupt: keys, then
targets, then roots. A running origin looks here at each publication and each heartbeat (`Llaves.vigentes`).
`ceremonia` makes everything in one place, without passphrases: the demo's way and the rehearsals'.
"""

import itertools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Final

from securesystemslib.signer import CryptoSigner, Key

from pregon.errors import ErrorDeConfianza, ErrorDeConfiguracion, ErrorDeOperacion
from pregon.origin import custodia, raices
from pregon.origin.raices import EN_LINEA, Cadena, Vigente
from pregon.paquete.limites import LIMITES
from pregon.paquete.manifest import huella
from pregon.storage import atomic
from pregon.storage.lock import lock

OFICIAL: Final = "oficial"
_ESPERA: Final = 10.0
"""Seconds that an installation waits for a publication to end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Llaves:
    """The online signers of one night, and the huella of the root that they descend from."""

    rol: str
    huella: str
    """SHA-256 of 1.root.json: what is printed in the acuerdo and compared by anybody."""
    carpeta: Path
    """Where their files are."""
    delegado: CryptoSigner
    snapshot: CryptoSigner
    timestamp: CryptoSigner

    def vigentes(self, vigente: Vigente) -> "Llaves":
        """Return these, those that were replaced opened anew. Raises ErrorDeConfiguracion (see `abrir`)."""
        delegado, snapshot, timestamp = _publicas(vigente, self.rol)
        return replace(
            self,
            delegado=self._una(self.delegado, self.rol, delegado),
            snapshot=self._una(self.snapshot, "snapshot", snapshot),
            timestamp=self._una(self.timestamp, "timestamp", timestamp),
        )

    def _una(self, firmante: CryptoSigner, nombre: str, publica: Key) -> CryptoSigner:
        return firmante if custodia.es(firmante, publica) else _abrir(self.carpeta, nombre, publica)


def ceremonia(
    carpeta: Path, *, rol: str, umbral: int = 2, de: int = 3, ahora: datetime, vence: datetime
) -> Llaves:
    """Make all keys here and sign the first root and targets, `umbral` of `de`, nobody's passphrase asked.

    `vence`: of root and targets, past the retention of the last corte. Raises ErrorDeOperacion if the
    folder had its ceremony already: keys are never overwritten.
    """
    if not 1 <= umbral <= de or vence <= ahora:
        raise ErrorDeConfiguracion(
            f"no puede haber una raíz de {umbral} de {de} que vence el {vence:%d/%m/%Y}"
        )
    if (carpeta / "raiz.json").exists():
        raise ErrorDeOperacion(f"«{carpeta}» ya tiene llaves y raíz; use otra carpeta")
    custodios = {f"root-{n}": custodia.nueva() for n in range(1, de + 1)}
    en_linea = {nombre: custodia.nueva() for nombre in (rol, *EN_LINEA)}
    for nombre, firmante in (custodios | en_linea).items():
        custodia.guardar(_sencilla(carpeta, nombre), firmante, frase=None)
    cadena = raices.fundar(
        custodios={nombre: firmante.public_key for nombre, firmante in custodios.items()},
        umbral=umbral,
        roles={rol: en_linea[rol].public_key},
        en_linea={nombre: en_linea[nombre].public_key for nombre in EN_LINEA},
        vence=vence,
    )
    instalar(carpeta, raices.firmar(cadena, list(custodios.values())), en_linea)
    return abrir(carpeta, rol=rol)


def abrir(carpeta: Path, *, rol: str) -> Llaves:
    """Open the online keys that the newest root and targets of `carpeta` name.

    Raises ErrorDeConfiguracion when one is missing or is not the one that root or targets name,
    ErrorDeOperacion when there was no ceremony, ErrorDeConfianza when its metadata do not hold together.
    """
    if not (carpeta / "raiz.json").exists():
        raise ErrorDeOperacion(
            f"«{carpeta}» no tiene llaves: dé antes «pregon llaves instalar» con las de la ceremonia,"
            " o, en un ensayo, «pregon origen preparar»"
        )
    vigente = raices.vigente(leer_cadena(_metadatos(carpeta)))
    delegado, snapshot, timestamp = _publicas(vigente, rol)
    return Llaves(
        rol=rol,
        huella=huella(atomic.read(carpeta / "raiz.json", limit=LIMITES.metadatos)),
        carpeta=carpeta,
        delegado=_abrir(carpeta, rol, delegado),
        snapshot=_abrir(carpeta, "snapshot", snapshot),
        timestamp=_abrir(carpeta, "timestamp", timestamp),
    )


def instalar(carpeta: Path, cadena: Cadena, en_linea: Mapping[str, CryptoSigner]) -> None:
    """Take a complete chain in, with the private online keys that came with it, by name.

    Killed at any step, what stands there still publishes, with the old keys or the new; done again, it
    ends. Raises ErrorDeConfianza when the chain is incomplete or does not continue the one that is here,
    ErrorDeOperacion when it is older, ErrorDeConfiguracion when a key that is needed did not come.
    """
    nueva = raices.completa(cadena)
    metadatos = _metadatos(carpeta)
    with lock(carpeta / "repositorio" / ".candado", wait=_ESPERA):
        primera = not (carpeta / "raiz.json").exists()
        if not primera:
            leer_cadena(metadatos)
        viejas = {clase: {} if primera else _versiones(metadatos, clase) for clase in ("targets", "root")}
        for clase, ahora in (("root", cadena.raices), ("targets", cadena.targets)):
            for version, datos in viejas[clase].items():
                if version > len(ahora):
                    raise ErrorDeOperacion(f"«{carpeta}» ya tiene unas más nuevas que éstas")
                if datos != ahora[version - 1]:
                    raise ErrorDeConfianza(
                        f"estas llaves no continúan las de «{carpeta}»: son de otra ceremonia"
                    )
        if primera:
            _descartar(metadatos)  # of a first installation that was cut short
        for nombre, publica in _en_linea(nueva).items():
            _guardar(carpeta, nombre, publica, en_linea.get(nombre), opcional=nombre not in EN_LINEA)
        for clase, ahora in (("targets", cadena.targets), ("root", cadena.raices)):
            for version, datos in enumerate(ahora, 1):
                if version not in viejas[clase]:
                    atomic.write(metadatos / f"{version}.{clase}.json", datos)
        # Last: its presence says that the first installation was completed.
        if primera:
            atomic.write(carpeta / "raiz.json", cadena.raices[0])
        _destruir_sustituidas(carpeta, cadena, nueva)


def leer_cadena(carpeta: Path) -> Cadena:
    """Return every root and targets of a folder, as it stands. Raises ErrorDeOperacion when it has none.

    A restored one may lack targets between those of its backup and the newest: nobody else keeps them.
    """
    root, targets = _versiones(carpeta, "root"), _versiones(carpeta, "targets")
    seguidas = itertools.takewhile(lambda version: version in root, itertools.count(1))
    cadena = Cadena(raices=tuple(root[version] for version in seguidas), targets=tuple(targets.values()))
    if not (cadena.raices and cadena.targets):
        raise ErrorDeOperacion(f"«{carpeta}» no tiene raíz: haga antes la ceremonia de llaves")
    return cadena


def guardar_en_linea(carpeta: Path, firmantes: Mapping[str, CryptoSigner]) -> None:
    """Leave new online keys on the medium that goes to the origin."""
    for nombre, firmante in firmantes.items():
        custodia.guardar(_con_keyid(carpeta, nombre, firmante.public_key), firmante, frase=None)


def leer_en_linea(carpeta: Path, cadena: Cadena) -> dict[str, CryptoSigner]:
    """Return the online keys of a medium that the newest root and targets name, by name."""
    firmantes = {}
    for nombre, publica in _en_linea(raices.vigente(cadena)).items():
        if (ruta := _con_keyid(carpeta, nombre, publica)).exists():
            firmantes[nombre] = custodia.abrir(ruta, frase=None)
    return firmantes


def custodios_a_la_vista(carpeta: Path) -> tuple[Path, ...]:
    """Return the keys of custodians that lie without a passphrase beside the online ones."""
    llaves = raices.custodios_de(raices.vigente(leer_cadena(_metadatos(carpeta))).root).values()
    vistas = []
    for ruta in sorted((carpeta / "llaves").glob("*.pem")):
        try:
            firmante = custodia.abrir(ruta, frase=None)
        except ErrorDeConfiguracion:
            continue  # under a passphrase, or no key at all
        if any(custodia.es(firmante, llave) for llave in llaves):
            vistas.append(ruta)
    return tuple(vistas)


def exigir_custodia(carpeta: Path, *, rol: str, juntas: bool) -> None:
    """Refuse an official night whose custodians' keys lie beside the online ones, unless so decided."""
    if rol == OFICIAL and not juntas and (vistas := custodios_a_la_vista(carpeta)):
        raise ErrorDeConfiguracion(
            f"hay {len(vistas)} llaves de custodios sin frase en «{vistas[0].parent}» ({vistas[0].name}…):"
            " quien entre a esta máquina podría firmar otra raíz. Haga la ceremonia con «pregon llaves"
            " ceremonia» en una máquina sin red; o, si el Instituto acepta ese riesgo, escriba"
            " «custodios_aqui = true» en [origen]"
        )


def _publicas(vigente: Vigente, rol: str) -> tuple[Key, Key, Key]:
    llaves = _en_linea(vigente)
    if rol not in llaves:
        raise ErrorDeConfiguracion(f"las llaves no son de «{rol}»; la raíz delega en otros roles")
    return llaves[rol], llaves["snapshot"], llaves["timestamp"]


def _en_linea(vigente: Vigente) -> dict[str, Key]:
    root = vigente.root
    propias = {nombre: root.keys[root.roles[nombre].keyids[0]] for nombre in EN_LINEA}
    return raices.delegaciones(vigente.targets) | propias


def _abrir(carpeta: Path, nombre: str, publica: Key) -> CryptoSigner:
    ruta = _pem(carpeta, nombre, publica)
    try:
        firmante = custodia.abrir(ruta, frase=None)
    except ErrorDeConfiguracion as error:
        raise ErrorDeConfiguracion(
            f"no se pudo abrir la llave de «{nombre}» que la raíz nombra;"
            " si los custodios la cambiaron, tráigala con «pregon llaves instalar … --en-linea»",
            archivo=str(ruta),
        ) from error
    if not custodia.es(firmante, publica):
        raise ErrorDeConfiguracion(f"«{ruta}» no es la llave que la raíz nombra", archivo=str(ruta))
    return firmante


def _guardar(
    carpeta: Path, nombre: str, publica: Key, firmante: CryptoSigner | None, *, opcional: bool
) -> None:
    """See that a key named by the new root is here. A role that this machine never signed may be absent."""
    ruta = _pem(carpeta, nombre, publica)
    if ruta.exists() and custodia.es(custodia.abrir(ruta, frase=None), publica):
        return
    if firmante is None and (ruta.exists() or not opcional):
        raise ErrorDeConfiguracion(
            f"falta la llave nueva de «{nombre}»: dé con --en-linea el medio en que está"
        )
    if firmante is not None:
        if not custodia.es(firmante, publica):
            raise ErrorDeConfiguracion(f"la llave de «{nombre}» que vino no es la que la raíz nombra")
        custodia.guardar(_con_keyid(carpeta / "llaves", nombre, publica), firmante, frase=None)


def _destruir_sustituidas(carpeta: Path, cadena: Cadena, nueva: Vigente) -> None:
    """Remove the online keys that no root names any more: nobody needs them, but a thief."""
    vivas = {_pem(carpeta, nombre, publica) for nombre, publica in _en_linea(nueva).items()}
    nombres = {*EN_LINEA, *_roles_de_siempre(cadena)}
    with atomic.almacen(f"borrar llaves de «{carpeta / 'llaves'}»"):
        for ruta in (carpeta / "llaves").glob("*.pem"):
            if ruta.name.split(".")[0] in nombres and ruta not in vivas:
                ruta.unlink(missing_ok=True)


def _roles_de_siempre(cadena: Cadena) -> Iterable[str]:
    for version in range(1, len(cadena.targets) + 1):
        yield from replace(cadena, targets=cadena.targets[:version]).delegaciones


def _descartar(metadatos: Path) -> None:
    with atomic.almacen(f"limpiar «{metadatos}»"):
        for clase in ("root", "targets"):
            for resto in metadatos.glob(f"*.{clase}.json"):
                resto.unlink()


def _versiones(carpeta: Path, clase: str) -> dict[int, bytes]:
    """Return the bytes of each version that is there, in order."""
    numeros = [ruta.name.split(".")[0] for ruta in carpeta.glob(f"*.{clase}.json")]
    versiones = sorted(int(numero) for numero in numeros if numero.isdecimal())
    return {v: atomic.read(carpeta / f"{v}.{clase}.json", limit=LIMITES.metadatos) for v in versiones}


def _metadatos(carpeta: Path) -> Path:
    return carpeta / "repositorio" / "metadata"


def _pem(carpeta: Path, nombre: str, publica: Key) -> Path:
    rotada = _con_keyid(carpeta / "llaves", nombre, publica)
    return rotada if rotada.exists() else _sencilla(carpeta, nombre)


def _con_keyid(carpeta: Path, nombre: str, publica: Key) -> Path:
    return carpeta / f"{nombre}.{publica.keyid[:16]}.pem"


def _sencilla(carpeta: Path, nombre: str) -> Path:
    return carpeta / "llaves" / f"{nombre}.pem"
