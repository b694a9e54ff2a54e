"""The public half of the institute's keys: its chain of roots and of targets (decisions §28). Pure.

Custodians hold one key each, which signs root and targets alike; `umbral` of them decide. Every act (the
ceremony, a rotation, a revocation) is one new version of root, of targets, or of both. A version is
complete when the thresholds that TUF asks have signed it: until then it travels from hand to hand, and
each custodian adds her signature on her own machine. Nobody may act upon an incomplete one.

    fundar ──▶ firmar ×umbral ──▶ complete ──cambiar──▶ firmar ×umbral ──▶ complete ──▶ …

A root signed by those that its forerunner names, and by those that it names itself, brings every node over
without hands (A13). A thief of online keys can push version numbers up to the ceiling; a root that names
other keys makes what he signed void, and with it his numbers (A5).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

from securesystemslib.signer import CryptoSigner, Key, SSlibKey
from tuf.api.exceptions import RepositoryError
from tuf.api.metadata import DelegatedRole, Delegations, Metadata, Root, Targets

from pregon.errors import ErrorDeConfianza, ErrorDeConfiguracion, ErrorDeOperacion
from pregon.paquete import prueba as pruebas

EN_LINEA: Final = ("snapshot", "timestamp")
_DE_CUSTODIOS: Final = ("root", "targets")
DE_OTRA_FORMA: Final = (RepositoryError, ValueError, TypeError, KeyError, AttributeError, RecursionError)
"""What python-tuf raises on bytes that are not metadata of its shape."""
_NOMBRE: Final = "x-pregon-custodio"
"""Field of a key in the root: whose it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cadena:
    """Every version since the first, as the exact bytes."""

    raices: tuple[bytes, ...]
    targets: tuple[bytes, ...]

    @property
    def root(self) -> Root:
        """Return the newest root, signed or not."""
        return Metadata[Root].from_bytes(self.raices[-1]).signed

    @property
    def delegaciones(self) -> Mapping[str, Key]:
        """Return role → key by the newest targets, signed or not."""
        return delegaciones(Metadata[Targets].from_bytes(self.targets[-1]).signed)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cambios:
    """One act: new keys by name, None where the name goes out. What is not named stays."""

    custodios: Mapping[str, Key | None] = field(default_factory=dict)
    roles: Mapping[str, Key | None] = field(default_factory=dict)
    en_linea: Mapping[str, Key] = field(default_factory=dict)
    """Of snapshot and timestamp."""
    umbral: int | None = None
    vence: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Pendiente:
    """A version that lacks signatures."""

    nombre: str
    """Of its file: «2.root.json»."""
    faltan: int
    de: tuple[str, ...]
    """Custodians who may still sign."""

    @property
    def texto(self) -> str:
        """Say it: «a 2.root.json le falta 1 firma, de: ana, eva»."""
        firmas = "le falta 1 firma" if self.faltan == 1 else f"le faltan {self.faltan} firmas"
        return f"a {self.nombre} {firmas}, de: {', '.join(self.de)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Vigente:
    """What nodes are to believe by a chain: its last root, and the newest targets that it vouches for."""

    root: Root
    targets: Targets
    datos: bytes
    """Of targets."""


def fundar(
    *,
    custodios: Mapping[str, Key],
    umbral: int,
    roles: Mapping[str, Key],
    en_linea: Mapping[str, Key],
    vence: datetime,
) -> Cadena:
    """Return the first root and the first targets, unsigned. ErrorDeConfiguracion: they cannot be (A14)."""
    root = Root(expires=vence.astimezone(UTC))
    _poner_custodios(root, custodios, umbral)
    for nombre in EN_LINEA:
        root.add_key(en_linea[nombre], nombre)
    targets = Targets(expires=vence.astimezone(UTC), delegations=Delegations({}, {}))
    _poner_roles(targets, roles)
    _admitir(root, targets)
    return Cadena(raices=(_sin_firmas(root),), targets=(_sin_firmas(targets),))


def cambiar(cadena: Cadena, cambios: Cambios) -> Cadena:
    """Return the chain with one act more, unsigned.

    ErrorDeOperacion: an act before this one still lacks signatures, there is nothing to change, or a name
    that is to go is not there. ErrorDeConfiguracion: what would remain cannot be (A14).
    """
    if pendientes(cadena):
        raise ErrorDeOperacion("el acto anterior aún no tiene todas sus firmas; complételo con «firmar»")
    previo = vigente(cadena)
    root, targets = previo.root, previo.targets
    de_todos = bool(cambios.custodios) or cambios.umbral is not None or cambios.vence is not None
    cambia_root = de_todos or bool(cambios.en_linea)
    # Who may sign targets is told by the root: with other custodians it is signed anew, by them.
    cambia_targets = de_todos or bool(cambios.roles)
    if not (cambia_root or cambia_targets):
        raise ErrorDeOperacion("no se dijo qué cambiar")
    if cambios.custodios or cambios.umbral is not None:
        actuales = custodios_de(root)
        if ajenos := [n for n, llave in cambios.custodios.items() if llave is None and n not in actuales]:
            raise ErrorDeOperacion(f"«{ajenos[0]}» no es custodio; lo son {', '.join(actuales)}")
        todos = {n: llave for n, llave in {**actuales, **cambios.custodios}.items() if llave is not None}
        umbral = root.roles["root"].threshold if cambios.umbral is None else cambios.umbral
        if len(todos) < umbral:
            raise ErrorDeConfiguracion(
                f"quedarían {len(todos)} custodios y hacen falta {umbral} firmas: nombre un reemplazo"
            )
        _poner_custodios(root, todos, umbral)
    for nombre, llave in cambios.en_linea.items():
        for keyid in tuple(root.roles[nombre].keyids):
            root.revoke_key(keyid, nombre)
        root.add_key(llave, nombre)
    _poner_roles(targets, cambios.roles)
    if cambios.vence is not None:
        root.expires = targets.expires = cambios.vence.astimezone(UTC)
    _admitir(root, targets)
    raices, nuevos = cadena.raices, cadena.targets
    if cambia_root:
        root.version += 1
        raices = (*raices, _sin_firmas(root))
    if cambia_targets:
        targets.version += 1
        nuevos = (*nuevos, _sin_firmas(targets))
    return Cadena(raices=raices, targets=nuevos)


def firmar(cadena: Cadena, firmantes: Sequence[CryptoSigner]) -> Cadena:
    """Return the chain with these custodians' signatures on whatever is pending and theirs to sign."""
    faltan = {uno.nombre for uno in pendientes(cadena)}
    raices, targets = list(cadena.raices), list(cadena.targets)
    root = cadena.root
    if f"{root.version}.root.json" in faltan:
        raices[-1] = _con_firmas(raices[-1], _pueden(cadena), firmantes)
    if f"{len(targets)}.targets.json" in faltan:
        targets[-1] = _con_firmas(targets[-1], set(root.roles["targets"].keyids), firmantes)
    return Cadena(raices=tuple(raices), targets=tuple(targets))


def pendientes(cadena: Cadena) -> tuple[Pendiente, ...]:
    """Return what still lacks signatures: of the newest root, of the newest targets, or of both."""
    metadata = Metadata[Root].from_bytes(cadena.raices[-1])
    root = metadata.signed
    previa = Metadata[Root].from_bytes(cadena.raices[-2]).signed if len(cadena.raices) > 1 else root
    nombres = {llave.keyid: nombre for r in (previa, root) for nombre, llave in custodios_de(r).items()}
    por_root = [
        r.get_verification_result("root", metadata.signed_bytes, metadata.signatures) for r in (previa, root)
    ]
    firmado = Metadata[Targets].from_bytes(cadena.targets[-1])
    por_targets = [root.get_verification_result("targets", firmado.signed_bytes, firmado.signatures)]
    faltas = []
    for nombre, resultados in (
        (f"{root.version}.root.json", por_root),
        (f"{firmado.signed.version}.targets.json", por_targets),
    ):
        faltan = max(r.threshold - len(r.signed) for r in resultados)
        if faltan > 0:
            de = sorted({nombres[k] for r in resultados if not r.verified for k in r.unsigned})
            faltas.append(Pendiente(nombre=nombre, faltan=faltan, de=tuple(de)))
    return tuple(faltas)


def vigente(cadena: Cadena) -> Vigente:
    """Return what a chain says at its end. Raises ErrorDeConfianza when it does not hold together (A14).

    Newer targets than its root vouches for are passed over: their root is about to come.
    """
    root = pruebas.raiz_vigente(cadena.raices)
    error: ErrorDeConfianza | None = None
    for datos in reversed(cadena.targets):
        try:
            targets = pruebas.targets_de(root, datos)
        except ErrorDeConfianza as este:
            error = error or este
            continue
        if causa := _imposible(root, targets):
            raise ErrorDeConfianza(f"esta raíz no puede publicarse: {causa}")
        return Vigente(root=root, targets=targets, datos=datos)
    raise error or ErrorDeConfianza("no hay targets de esta raíz")


def comprobar(cadena: Cadena) -> None:
    """Raise ErrorDeConfianza if a version, signed or not, is one that nobody may sign (A14)."""
    raiz = [Metadata[Root].from_bytes(datos).signed for datos in cadena.raices]
    targets = [Metadata[Targets].from_bytes(datos).signed for datos in cadena.targets]
    for root, ultimos in [(una, targets[-1]) for una in raiz] + [(raiz[-1], unos) for unos in targets]:
        if causa := _imposible(root, ultimos):
            raise ErrorDeConfianza(f"nadie debe firmar esta raíz: {causa}")


def completa(cadena: Cadena) -> Vigente:
    """Return what a chain says, once nothing of it is pending or out of place. Raises ErrorDeConfianza."""
    for versiones in (cadena.raices, cadena.targets):
        for version, datos in enumerate(versiones, 1):
            if Metadata.from_bytes(datos).signed.version != version:
                raise ErrorDeConfianza(f"el archivo de la versión {version} es de otra")
    if faltas := pendientes(cadena):
        raise ErrorDeConfianza(faltas[0].texto)
    fin = vigente(cadena)
    if fin.datos != cadena.targets[-1]:
        raise ErrorDeConfianza("el último targets no es de la última raíz")
    return fin


def encadenar(una: Cadena, otra: Cadena) -> Root:
    """Return the newest root of two chains that are one. Raises ErrorDeConfianza if they are not."""
    versiones: dict[int, bytes] = {}
    for datos in (*una.raices, *otra.raices):
        version = Metadata[Root].from_bytes(datos).signed.version
        if versiones.setdefault(version, datos) != datos:
            raise ErrorDeConfianza(f"hay dos raíces {version} distintas: no son de la misma cadena")
    return pruebas.raiz_vigente([datos for _, datos in sorted(versiones.items())])


def custodios_de(root: Root) -> dict[str, Key]:
    """Return name → key of the custodians of a root."""
    llaves = [root.keys[keyid] for keyid in root.roles["root"].keyids]
    return {str(llave.unrecognized_fields.get(_NOMBRE, llave.keyid[:8])): llave for llave in llaves}


def delegaciones(targets: Targets) -> dict[str, Key]:
    """Return role → key."""
    roles = targets.delegations.roles if targets.delegations else None
    if targets.delegations is None or roles is None:
        return {}
    return {nombre: targets.delegations.keys[rol.keyids[0]] for nombre, rol in roles.items() if rol.keyids}


def _poner_custodios(root: Root, custodios: Mapping[str, Key], umbral: int) -> None:
    for rol in _DE_CUSTODIOS:
        for keyid in tuple(root.roles[rol].keyids):
            root.revoke_key(keyid, rol)
        for nombre, llave in custodios.items():
            con_nombre = {**llave.unrecognized_fields, _NOMBRE: nombre}
            root.add_key(SSlibKey(llave.keyid, llave.keytype, llave.scheme, llave.keyval, con_nombre), rol)
        root.roles[rol].threshold = umbral


def _poner_roles(targets: Targets, roles: Mapping[str, Key | None]) -> None:
    delegadas = targets.delegations
    assert delegadas is not None
    assert delegadas.roles is not None
    for nombre, llave in roles.items():
        previo = delegadas.roles.pop(nombre, None)
        if previo is None and llave is None:
            raise ErrorDeOperacion(f"no hay un rol «{nombre}» que retirar")
        for keyid in previo.keyids if previo else ():
            del delegadas.keys[keyid]
        if llave is not None:
            delegadas.keys[llave.keyid] = llave
            rutas = [f"{nombre}/*", f"{nombre}/*/*"]
            delegadas.roles[nombre] = DelegatedRole(nombre, [llave.keyid], 1, terminating=True, paths=rutas)


def _admitir(root: Root, targets: Targets) -> None:
    if causa := _imposible(root, targets):
        raise ErrorDeConfiguracion(f"no puede haber una raíz así: {causa}")


def _imposible(root: Root, targets: Targets) -> str | None:
    """Say why nobody may sign or publish under these (A14), None if all is well."""
    delegadas = targets.delegations
    if delegadas is None or not delegadas.roles:
        return "no delega en ningún rol"
    if any(not isinstance(rol.keyids, list) for r in (root.roles, delegadas.roles) for rol in r.values()):
        return "un rol no lleva una lista de llaves"  # python-tuf takes any collection
    for llaves, roles in ((root.keys, root.roles), (delegadas.keys, delegadas.roles)):
        if sueltas := {keyid for rol in roles.values() for keyid in rol.keyids} - llaves.keys():
            return f"nombra una llave que no trae, {min(sueltas):.16}"
    for nombre, rol in (*root.roles.items(), *delegadas.roles.items()):
        if type(rol.threshold) is not int or not 1 <= rol.threshold <= len(set(rol.keyids)):
            return f"«{nombre}» pide {rol.threshold} firmas de {len(set(rol.keyids))} llaves"
    # One key under two names, or in two roles, would count as two persons or as two machines.
    vistas: dict[str, str] = {}
    for keyid, llave in (*root.keys.items(), *delegadas.keys.items()):
        publica = str(llave.keyval.get("public"))
        if vistas.setdefault(publica, keyid) != keyid:
            return f"una llave está dos veces, como {vistas[publica][:16]} y como {keyid[:16]}"
    papeles = [set(root.roles["root"].keyids), *(set(root.roles[r].keyids) for r in EN_LINEA)]
    papeles += [set(rol.keyids) for rol in delegadas.roles.values()]
    if sum(map(len, papeles)) != len(set().union(*papeles)):
        return "una misma llave sirve a dos roles"
    return None


def _pueden(cadena: Cadena) -> set[str]:
    return {
        keyid
        for datos in cadena.raices[-2:]
        for keyid in Metadata[Root].from_bytes(datos).signed.roles["root"].keyids
    }


def _sin_firmas(firmado: Root | Targets) -> bytes:
    metadata: Metadata[Any] = Metadata(firmado)
    return metadata.to_bytes()


def _con_firmas(datos: bytes, pueden: set[str], firmantes: Sequence[CryptoSigner]) -> bytes:
    metadata: Metadata[Any] = Metadata.from_bytes(datos)
    for firmante in firmantes:
        if firmante.public_key.keyid in pueden:
            metadata.sign(firmante, append=True)
    return metadata.to_bytes()
