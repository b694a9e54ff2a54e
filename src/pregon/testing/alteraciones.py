"""A published night and the ways of tampering with it, by code: what clients of TUF are judged with.

`NocheFirmada` is a true repository of three cortes with all its keys at hand. Each `Alteracion` returns what
a hostile or broken server would serve instead of it, and which clients believe that: none, unless `porque`
says why. Names carry the id of their row in the threat model (A1…A21).
"""

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

from securesystemslib.formats import encode_canonical
from securesystemslib.signer import CryptoSigner
from tuf.api.metadata import Metadata, Root

from pregon.errors import ErrorDeConfianza
from pregon.paquete import delta, registro
from pregon.paquete import manifest as manifests
from pregon.paquete.difusores import Estado
from pregon.paquete.limites import LIMITES
from pregon.paquete.manifest import Manifest, escribir, huella, objetivo
from pregon.paquete.registro import Entrada
from pregon.testing.origen import OrigenDePrueba, paginas

NODO: Final = "nodo"
PYTHON_TUF: Final = "python-tuf"
TUF_JS: Final = "tuf-js"
CLIENTES: Final = (NODO, PYTHON_TUF, TUF_JS)
TODOS: Final = frozenset(CLIENTES)
AJENOS: Final = frozenset({PYTHON_TUF, TUF_JS})
JS: Final = frozenset({TUF_JS})
_ROL: Final = "oficial"
_ENSAYO: Final = "simulacro-2026-05-17"


class Servido(dict[str, bytes]):
    """A repository as a server has it: path (``/metadata/timestamp.json``) to bytes."""

    def nombre(self, rol: str) -> str:
        """Return the path of a role's newest metadata."""
        if rol == "timestamp":
            return "/metadata/timestamp.json"
        patron = re.compile(rf"/metadata/(\d+)\.{re.escape(rol)}\.json")
        return f"/metadata/{max(int(m[1]) for ruta in self if (m := patron.fullmatch(ruta)))}.{rol}.json"

    def firmado(self, rol: str) -> dict[str, Any]:
        """Return a copy of what a role signs."""
        signed: dict[str, Any] = json.loads(self[self.nombre(rol)])["signed"]
        return signed


class NocheFirmada:
    """Cortes 1 to 3 of an official night with every key; a false night and a rehearsal stand beside it."""

    def __init__(self, carpeta: Path) -> None:
        """Hold the ceremonies and publish."""
        origen = self.origen = OrigenDePrueba(carpeta / "oficial", rol=_ROL)
        self.raiz = origen.raiz.read_bytes()
        self.rol = _ROL
        self.pasos: list[Servido] = []
        """What was served after each corte."""
        for numero in (1, 2, 3):
            origen.publicar(numero)
            origen.latido({"d1": Estado.ACTIVO})
            self.pasos.append(leer(origen.repositorio.carpeta))
        self.custodios = _custodios(carpeta / "oficial", self.raiz)
        self.llaves = {
            "timestamp": [origen.llaves.timestamp],
            "snapshot": [origen.llaves.snapshot],
            _ROL: [origen.llaves.delegado],
            "targets": self.custodios,
            "root": self.custodios,
        }
        self.ajenas = [CryptoSigner.generate_ed25519() for _ in range(3)]
        self.falsa = _repositorio(carpeta / "falsa", _ROL)
        self.ensayo = _repositorio(carpeta / "ensayo", _ENSAYO)

    @property
    def ahora(self) -> Servido:
        """Return a copy of what is served after corte 3."""
        return Servido(self.pasos[-1])

    def firmar(self, rol: str, signed: dict[str, Any], con: list[CryptoSigner] | None = None) -> bytes:
        """Return metadata of any shape, signed by the role's keys or by others."""
        canonico = encode_canonical(signed)
        assert canonico is not None
        firmas = [
            firmante.sign(canonico.encode()).to_dict()
            for firmante in (self.llaves[rol] if con is None else con)
        ]
        return json.dumps({"signatures": firmas, "signed": signed}, separators=(",", ":")).encode()

    def poner(self, servido: Servido, rol: str, datos: bytes, *, version: int | None = None) -> None:
        """Serve these bytes as a role's version, and sign what stands above so that it agrees."""
        if rol == "timestamp":
            servido[servido.nombre(rol)] = datos
            return
        version = version or int(servido.nombre(rol).removeprefix("/metadata/").split(".")[0])
        servido[f"/metadata/{version}.{rol}.json"] = datos
        if rol == "root":
            return
        encima = "timestamp" if rol == "snapshot" else "snapshot"
        signed = servido.firmado(encima)
        signed["meta"][f"{rol}.json"] = _meta(version, datos)
        self.poner(servido, encima, self.firmar(encima, signed))

    def cambiar(
        self, rol: str, cambio: Callable[[dict[str, Any]], object], *, con: list[CryptoSigner] | None = None
    ) -> Servido:
        """Return the night with one role changed and signed again, all above it in agreement."""
        servido = self.ahora
        signed = servido.firmado(rol)
        cambio(signed)
        version = signed["version"] if rol != "timestamp" and type(signed["version"]) is int else None
        self.poner(servido, rol, self.firmar(rol, signed, con), version=version)
        return servido

    def raiz_2(
        self,
        cambio: Callable[[dict[str, Any]], object] = lambda _: None,
        con: list[CryptoSigner] | None = None,
    ) -> Servido:
        """Return the night with a second root, by default of the first two custodians."""
        servido = self.ahora
        signed = servido.firmado("root")
        signed["version"] = 2
        cambio(signed)
        servido["/metadata/2.root.json"] = self.firmar("root", signed, con or self.custodios[:2])
        return servido

    def recuperada(self) -> Servido:
        """Return the night gone on: corte 5, every role signed again by its own keys, two roots later.

        Not 3 again, nor 4, which names it: whoever was shown another 3, well signed, refuses both (A20).
        """
        servido = self.corte(5, escribir(self.manifest(numero=5, anterior=huella(b"corte 4"))))
        for rol in ("targets", _ROL, "snapshot", "timestamp"):
            signed = servido.firmado(rol) | {"version": 100}
            if rol == "snapshot":
                # No role that a snapshot ever named may be missing in a later one.
                signed["meta"] |= {f"{_ENSAYO}.json": _meta(100, b"")}
            self.poner(servido, rol, self.firmar(rol, signed), version=100)
        for version in (2, 3):
            signed = servido.firmado("root") | {"version": version}
            servido[f"/metadata/{version}.root.json"] = self.firmar("root", signed)
        return servido

    def corte(self, numero: int, crudo: bytes) -> Servido:
        """Return the night whose role lists this manifest, whatever it says, as corte `numero`."""
        servido = self.ahora
        ruta, sha = objetivo(_ROL, numero), huella(crudo)
        servido[f"/targets/{_ROL}/{numero}/{sha}.manifest"] = crudo
        signed = servido.firmado(_ROL)
        signed["targets"] = {r: o for r, o in signed["targets"].items() if not _mayor(r, numero)}
        signed["targets"][ruta] = {"hashes": {"sha256": sha}, "length": len(crudo)}
        # Its log agrees, so that what is refused is refused for the corte itself.
        nota = self._asentado(servido, numero, crudo)
        sha_nota = huella(nota)
        servido[f"/targets/{_ROL}/{sha_nota}.checkpoint"] = nota
        signed["targets"][registro.objetivo(_ROL)] = {"hashes": {"sha256": sha_nota}, "length": len(nota)}
        self.poner(servido, _ROL, self.firmar(_ROL, signed))
        return servido

    def _asentado(self, servido: Servido, numero: int, crudo: bytes) -> bytes:
        """Put a corte into the log that is served, after the ones before it; return the signed checkpoint."""
        carpeta = f"/registro/{_ROL}/"
        anteriores = sorted(
            (r for r in servido if r.startswith(carpeta)), key=lambda r: int(r[len(carpeta) :])
        )
        lineas = [servido[r] for r in anteriores if registro.leer(servido[r]).numero < numero]
        lineas.append(registro.escribir(replace(self._entrada(crudo), numero=numero)))
        servido |= {f"{carpeta}{i}": linea for i, linea in enumerate(lineas)}
        cabeza = registro.checkpoint(_ROL, lineas)
        (firmante,) = self.llaves[_ROL]
        return registro.nota(
            cabeza,
            publica=bytes.fromhex(firmante.public_key.keyval["public"]),
            firma=bytes.fromhex(firmante.sign(registro.texto(cabeza)).signature),
        )

    def _entrada(self, crudo: bytes) -> Entrada:
        try:
            leido = manifests.leer(crudo)
        except ErrorDeConfianza:
            leido = self.manifest()
        return registro.entrada(leido, huella(crudo), manifests.raiz(leido))

    def manifest(self, **cambios: Any) -> Manifest:
        """Return corte 3's manifest with other fields."""
        ultimo = self.origen.repositorio.ultimo()
        assert ultimo is not None
        return replace(ultimo, **cambios)

    def ruta_del_manifest(self, numero: int = 3) -> str:
        """Return where the manifest of a corte is served."""
        (ruta,) = (r for r in self.ahora if r.startswith(f"/targets/{_ROL}/{numero}/"))
        return ruta


@dataclass(frozen=True, slots=True, kw_only=True)
class Alteracion:
    """One way of tampering."""

    id: str
    que: str
    """What is wrong, as the manual's table says it."""
    hacer: Callable[[NocheFirmada], Mapping[str, bytes]]
    visto: bool = False
    """The client accepted corte 2 before; else it holds the root and nothing more."""
    corte: int = 3
    """The corte that the foreign clients ask for."""
    creen: frozenset[str] = frozenset()
    """The clients that believe it."""
    porque: str = ""
    """Why those do, and why that is right or is told as a difference."""


def leer(repositorio: Path) -> Servido:
    """Return what a static web server over a repository serves, deltas apart.

    No other client knows them, and by one our node would not ask for the object or manifest that is altered.
    """
    return Servido(
        {
            f"/{ruta.relative_to(repositorio).as_posix()}": ruta.read_bytes()
            for ruta in repositorio.rglob("*")
            if ruta.is_file() and not ruta.name.startswith(".") and delta.CARPETA not in ruta.parts
        }
    )


def _repositorio(carpeta: Path, rol: str) -> OrigenDePrueba:
    origen = OrigenDePrueba(carpeta, rol=rol)
    for numero in (1, 2, 3):
        origen.publicar(numero)
        origen.latido({"d1": Estado.ACTIVO})
    return origen


def _custodios(carpeta: Path, raiz: bytes) -> list[CryptoSigner]:
    """Open the offline keys that a ceremony left."""
    root = Metadata[Root].from_bytes(raiz).signed
    return [
        CryptoSigner.from_priv_key_uri(
            f"file2:{(carpeta / f'llaves/root-{n}.pem').absolute()}", root.keys[uno]
        )
        for n, uno in enumerate(root.roles["root"].keyids, 1)
    ]


def _meta(version: int, datos: bytes) -> dict[str, Any]:
    return {"version": version, "length": len(datos), "hashes": {"sha256": huella(datos)}}


def _mayor(ruta: str, numero: int) -> bool:
    partes = ruta.split("/")
    return len(partes) == 3 and int(partes[1]) > numero


# One byte of each class, in each role.

_CLASES: Final = {
    "estructura": ("una llave de JSON", rb"(\{)"),
    "nombre": ("el nombre de un campo", rb'"(v)ersion"'),
    "numero": ("un número de versión", rb'"version":(\d)'),
    "fecha": ("una fecha", rb'"expires":"\d\d\d(\d)'),
    "resumen": ("un resumen o llave pública", rb'"(?:sha256|public)":"([0-9a-f])'),
    "llave": ("el nombre de la llave que firma", rb'"keyid":"([0-9a-f])'),
    "firma": ("la firma", rb'"sig":"([0-9a-f])'),
}
_ROLES: Final = {
    "timestamp": "timestamp",
    "snapshot": "snapshot",
    "delegado": _ROL,
    "targets": "targets",
    "raiz": "root",
}
"""As the table names them."""
_CON_TAMANO: Final = {"snapshot": "snapshot", "delegado": _ROL, "targets": "targets", "manifest": "manifest"}
"""What somebody above names with its size."""


def _voltear(clase: str, rol: str) -> Callable[[NocheFirmada], Servido]:
    def hacer(noche: NocheFirmada) -> Servido:
        servido = noche.raiz_2() if rol == "root" else noche.ahora
        ruta = servido.nombre(rol)
        hallado = re.search(_CLASES[clase][1], servido[ruta])
        assert hallado, f"{ruta} no tiene {clase}"
        servido[ruta] = _otro_byte(servido[ruta], hallado.start(1))
        return servido

    return hacer


def _otro_byte(datos: bytes, lugar: int) -> bytes:
    return datos[:lugar] + bytes([datos[lugar] ^ 1]) + datos[lugar + 1 :]


# The other ways, by row.


def _hacia(rol: str, **campos: Any) -> Callable[[NocheFirmada], Servido]:
    """Sign a role with some fields changed."""
    return lambda noche: noche.cambiar(rol, lambda signed: signed.update(campos))


def _con(rol: str, llaves: Callable[[NocheFirmada], list[CryptoSigner]]) -> Callable[[NocheFirmada], Servido]:
    """Sign a role with other keys; `targets` gets a new version, as a client keeps the one it saw."""
    siguiente = {"version": 2} if rol == "targets" else {}
    return lambda noche: noche.cambiar(rol, lambda signed: signed.update(siguiente), con=llaves(noche))


def _crudo(archivo: str, hacer: Callable[[bytes], bytes]) -> Callable[[NocheFirmada], Servido]:
    """Replace the bytes of one file and nothing else: metadata of a role, corte 3's manifest or a list."""

    def cambiado(noche: NocheFirmada) -> Servido:
        servido, ruta = noche.ahora, _ruta(noche, archivo)
        servido[ruta] = hacer(servido[ruta])
        return servido

    return cambiado


def _sin(archivo: str) -> Callable[[NocheFirmada], Servido]:
    def hacer(noche: NocheFirmada) -> Servido:
        servido = noche.ahora
        del servido[_ruta(noche, archivo)]
        return servido

    return hacer


def _ruta(noche: NocheFirmada, archivo: str) -> str:
    if archivo in _ROLES.values():
        return noche.ahora.nombre(archivo)
    if archivo == "manifest":
        return noche.ruta_del_manifest()
    (ruta,) = (ruta for ruta in noche.ahora if ruta.endswith(f".{archivo}"))
    return ruta


def _de_antes(rol: str) -> Callable[[NocheFirmada], Servido]:
    """Serve the previous bytes of a role under the present name."""

    def hacer(noche: NocheFirmada) -> Servido:
        servido, antes = noche.ahora, noche.pasos[1]
        servido[servido.nombre(rol)] = antes[antes.nombre(rol)]
        return servido

    return hacer


def _cruzados(noche: NocheFirmada) -> Servido:
    servido = noche.ahora
    uno, dos = servido.nombre("snapshot"), servido.nombre(_ROL)
    servido[uno], servido[dos] = servido[dos], servido[uno]
    return servido


def _manifest_de_otro_corte(noche: NocheFirmada) -> Servido:
    servido = noche.ahora
    servido[noche.ruta_del_manifest()] = servido[noche.ruta_del_manifest(2)]
    return servido


def _delegado(campo: str, valor: Any) -> Callable[[NocheFirmada], Servido]:
    """Let the role say something else of corte 3's manifest; what it says is served too."""

    def hacer(noche: NocheFirmada) -> Servido:
        def cambio(signed: dict[str, Any]) -> None:
            signed["targets"][objetivo(_ROL, 3)][campo] = valor

        servido = noche.cambiar(_ROL, cambio)
        if campo == "hashes":
            crudo = servido[noche.ruta_del_manifest()]
            servido[f"/targets/{_ROL}/3/{valor['sha256']}.manifest"] = crudo
        return servido

    return hacer


def _umbral_de_la_raiz(valor: Any) -> Callable[[NocheFirmada], Servido]:
    """Give timestamp a threshold in a well signed root, and let nobody sign it."""

    def hacer(noche: NocheFirmada) -> Servido:
        servido = noche.raiz_2(lambda signed: signed["roles"]["timestamp"].update(threshold=valor))
        noche.poner(servido, "timestamp", noche.firmar("timestamp", servido.firmado("timestamp"), []))
        return servido

    return hacer


def _umbral_del_delegado(valor: Any) -> Callable[[NocheFirmada], Servido]:
    """Give the night's role a threshold in well signed targets, and let nobody sign it."""

    def hacer(noche: NocheFirmada) -> Servido:
        def cambio(signed: dict[str, Any]) -> None:
            signed["version"] = 2
            signed["delegations"]["roles"][0]["threshold"] = valor

        servido = noche.cambiar("targets", cambio)
        noche.poner(servido, _ROL, noche.firmar(_ROL, servido.firmado(_ROL), []))
        return servido

    return hacer


def _llaves_repetidas(noche: NocheFirmada) -> Servido:
    def cambio(signed: dict[str, Any]) -> None:
        rol = signed["roles"]["timestamp"]
        rol.update(keyids=rol["keyids"] * 2, threshold=2)

    return noche.raiz_2(cambio)


def _una_llave_dos_nombres(noche: NocheFirmada) -> Servido:
    """Ask for two keys, which are one under two identifiers, and let it sign under both."""
    servido = noche.raiz_2(_con_doble)
    datos = json.loads(noche.firmar("timestamp", servido.firmado("timestamp")))
    datos["signatures"].append({**datos["signatures"][0], "keyid": "f" * 64})
    servido["/metadata/timestamp.json"] = json.dumps(datos).encode()
    return servido


def _con_doble(signed: dict[str, Any]) -> None:
    rol = signed["roles"]["timestamp"]
    signed["keys"]["f" * 64] = signed["keys"][rol["keyids"][0]]
    rol.update(keyids=[*rol["keyids"], "f" * 64], threshold=2)


def _firmas(rol: str, cambio: Callable[[list[Any]], list[Any]]) -> Callable[[NocheFirmada], Servido]:
    """Change the list of signatures, not what they sign."""

    def hacer(noche: NocheFirmada) -> Servido:
        servido = noche.raiz_2(con=noche.custodios) if rol == "root" else noche.ahora
        ruta = servido.nombre(rol)
        datos = json.loads(servido[ruta])
        datos["signatures"] = cambio(datos["signatures"])
        nuevo = json.dumps(datos, separators=(",", ":")).encode()
        if rol == "root":
            servido[ruta] = nuevo
        else:
            noche.poner(servido, rol, nuevo)
        return servido

    return hacer


def _raices(noche: NocheFirmada, *cambios: tuple[list[CryptoSigner], list[CryptoSigner]]) -> Servido:
    """Return the night with further roots: the keys that each names, the keys that sign it."""
    servido = noche.ahora
    signed = servido.firmado("root")
    for version, (llaves, firman) in enumerate(cambios, 2):
        signed["version"] = version
        signed["roles"]["root"]["keyids"] = [uno.public_key.keyid for uno in llaves]
        signed["keys"] |= {uno.public_key.keyid: uno.public_key.to_dict() for uno in llaves}
        servido[f"/metadata/{version}.root.json"] = noche.firmar("root", signed, firman)
    return servido


def _raiz_3_sin_2(noche: NocheFirmada) -> Servido:
    servido = _raices(noche, (noche.custodios, noche.custodios), (noche.custodios, noche.custodios))
    servido["/metadata/2.root.json"] = servido.pop("/metadata/3.root.json")
    return servido


def _rotacion_de_timestamp(noche: NocheFirmada) -> Servido:
    """Replace the timestamp's key by a second root, as after a theft."""
    nueva = noche.ajenas[0]

    def cambio(signed: dict[str, Any]) -> None:
        signed["keys"][nueva.public_key.keyid] = nueva.public_key.to_dict()
        signed["roles"]["timestamp"]["keyids"] = [nueva.public_key.keyid]

    servido = noche.raiz_2(cambio)
    noche.poner(servido, "timestamp", noche.firmar("timestamp", servido.firmado("timestamp"), [nueva]))
    return servido


def _llave_revocada(noche: NocheFirmada) -> Servido:
    """Sign with the key that the second root took away."""
    servido = _rotacion_de_timestamp(noche)
    noche.poner(servido, "timestamp", noche.firmar("timestamp", servido.firmado("timestamp")))
    return servido


def _timestamp(cambio: Callable[[bytes], bytes]) -> Callable[[NocheFirmada], Servido]:
    return _crudo("timestamp", cambio)


def _otra_version(rol: str, version: Any) -> Callable[[NocheFirmada], Servido]:
    return _hacia(rol, version=version)


def _timestamp_como_antes(noche: NocheFirmada) -> Servido:
    """Give the number that was seen already to another content."""
    version = noche.pasos[1].firmado("timestamp")["version"]
    return noche.cambiar("timestamp", lambda signed: signed.update(version=version))


def _corte_ajeno(noche: NocheFirmada) -> Servido:
    return noche.corte(3, escribir(noche.manifest(rol=_ENSAYO)))


def _segundo_corte_2(noche: NocheFirmada) -> Servido:
    return noche.corte(2, escribir(noche.manifest(numero=2, catalogo=huella(b"otro"))))


def _ruta_afuera(noche: NocheFirmada) -> Servido:
    crudo = escribir(noche.manifest())
    malo = crudo.replace(b'["corte.json"', b'["../orte.js"')
    assert malo != crudo
    return noche.corte(3, malo)


def _rol_vecino(noche: NocheFirmada) -> Servido:
    """Let another delegated role list an official corte, which the night's own role does not."""
    llave = noche.ajenas[0]

    def delegar(signed: dict[str, Any]) -> None:
        signed["version"] = 2
        signed["delegations"]["keys"][llave.public_key.keyid] = llave.public_key.to_dict()
        signed["delegations"]["roles"].append(
            {
                "name": _ENSAYO,
                "keyids": [llave.public_key.keyid],
                "threshold": 1,
                "terminating": True,
                "paths": [f"{_ENSAYO}/*/*", f"{_ROL}/*/*"],
            }
        )

    servido = noche.cambiar("targets", delegar)
    propio = servido.firmado(_ROL)
    ajeno = {**propio, "version": 1, "targets": {objetivo(_ROL, 3): propio["targets"].pop(objetivo(_ROL, 3))}}
    noche.poner(servido, _ENSAYO, noche.firmar(_ENSAYO, ajeno, [llave]), version=1)
    noche.poner(servido, _ROL, noche.firmar(_ROL, propio))
    return servido


def _objeto(cambio: Callable[[Servido, str], None]) -> Callable[[NocheFirmada], Servido]:
    def hacer(noche: NocheFirmada) -> Servido:
        servido, sha = noche.ahora, huella(paginas(3)["index.html"])
        cambio(servido, f"/objetos/{sha[:2]}/{sha}")
        return servido

    return hacer


def _voltear_objeto(servido: Servido, ruta: str) -> None:
    servido[ruta] = _otro_byte(servido[ruta], 3)


def _quitar_objeto(servido: Servido, ruta: str) -> None:
    del servido[ruta]


def _lista_enorme(noche: NocheFirmada) -> Servido:
    servido = noche.ahora
    lista = b" " * (LIMITES.difusores + 1)
    servido[f"/targets/{_ROL}/{huella(lista)}.difusores.json"] = lista
    signed = servido.firmado(_ROL)
    signed["targets"][f"{_ROL}/difusores.json"] = {"hashes": {"sha256": huella(lista)}, "length": len(lista)}
    noche.poner(servido, _ROL, noche.firmar(_ROL, signed))
    return servido


_VENCIDA: Final = "2026-01-01T00:00:00Z"
_SIN_MANIFEST: Final = "no leen manifests: la regla es nuestra, no de TUF"
_NO_LO_MIRA: Final = "no exige que los números empiecen en 1"
_UMBRAL_CUMPLIDO: Final = "el umbral se cumple con las firmas buenas: así lo pide TUF"


def _a(id_: str, que: str, hacer: Callable[[NocheFirmada], Mapping[str, bytes]], **resto: Any) -> Alteracion:
    return Alteracion(id=id_, que=que, hacer=hacer, **resto)


ALTERACIONES: Final = (
    *(
        _a(
            f"{'a1' if clase in {'firma', 'llave'} else 'a8'}-{nombre}-{clase}",
            f"{nombre}: un byte volteado en {que}",
            _voltear(clase, rol),
        )
        for nombre, rol in _ROLES.items()
        for clase, (que, _) in _CLASES.items()
    ),
    _a("a1-otra-raiz", "un repositorio entero de otras llaves", lambda n: leer(n.falsa.repositorio.carpeta)),
    _a(
        "a1-timestamp-ajeno",
        "timestamp firmado por una llave ajena",
        _con("timestamp", lambda n: n.ajenas[:1]),
    ),
    _a("a1-snapshot-ajeno", "snapshot firmado por una llave ajena", _con("snapshot", lambda n: n.ajenas[:1])),
    _a(
        "a1-delegado-ajeno",
        "el rol de la noche firmado por una llave ajena",
        _con(_ROL, lambda n: n.ajenas[:1]),
    ),
    _a("a1-targets-ajeno", "targets firmado por tres llaves ajenas", _con("targets", lambda n: n.ajenas)),
    _a("a1-sin-firmas", "timestamp sin firma alguna", _con("timestamp", lambda _: [])),
    _a(
        "a2-repositorio-restaurado",
        "el repositorio como estaba en el corte 1",
        lambda n: n.pasos[0],
        visto=True,
    ),
    _a("a2-timestamp-anterior", "un timestamp de número menor", _otra_version("timestamp", 1), visto=True),
    _a("a2-timestamp-igual", "otro timestamp con el número ya visto", _timestamp_como_antes, visto=True),
    _a("a2-snapshot-anterior", "un snapshot de número menor", _otra_version("snapshot", 1), visto=True),
    _a("a2-delegado-anterior", "el rol de la noche con número menor", _otra_version(_ROL, 1), visto=True),
    _a(
        "a2-snapshot-olvida",
        "un snapshot que ya no nombra al rol",
        lambda n: n.cambiar("snapshot", lambda s: s["meta"].pop(f"{_ROL}.json")),
        visto=True,
    ),
    _a("a2-raiz-con-otro-numero", "la raíz 3 servida como 2", _raiz_3_sin_2),
    *(
        _a(
            f"a3-{nombre}-vencido",
            f"{nombre} vencido, bien firmado",
            _hacia(rol, expires=_VENCIDA, **mas),
        )
        for nombre, rol, mas in (
            ("timestamp", "timestamp", {}),
            ("snapshot", "snapshot", {}),
            ("delegado", _ROL, {}),
            ("targets", "targets", {"version": 2}),
        )
    ),
    _a(
        "a3-raiz-vencida",
        "la última raíz está vencida",
        lambda n: n.raiz_2(lambda s: s.update(expires=_VENCIDA)),
    ),
    _a("a4-snapshot-de-antes", "timestamp nuevo con snapshot de antes", _de_antes("snapshot")),
    _a("a4-delegado-de-antes", "snapshot nuevo con el rol de antes", _de_antes(_ROL)),
    _a("a4-cruzados", "snapshot y rol, uno en lugar del otro", _cruzados),
    _a(
        "a5-salto-de-numero",
        "timestamp de número 2^31, bien firmado",
        _otra_version("timestamp", 2**31),
        creen=TODOS,
        porque="la firma es buena; se vuelve atrás rotando la llave robada",
    ),
    _a(
        "a5-salto-sin-doble-exacto",
        "timestamp de número 2^53 + 1, bien firmado",
        _otra_version("timestamp", 2**53 + 1),
        creen=frozenset({NODO, PYTHON_TUF}),
        porque="JavaScript lo redondea a 2^53 y la firma ya no coincide",
    ),
    _a("a6-timestamp-enorme", "timestamp de 20 kB, bien firmado", _hacia("timestamp", x="x" * 20_000)),
    *(
        _a(f"a6-{nombre}-con-cola", f"{nombre} con un byte de más al final", _crudo(ruta, lambda b: b + b" "))
        for nombre, ruta in _CON_TAMANO.items()
    ),
    *(
        _a(f"a6-{nombre}-cortado", f"{nombre} sin su último byte", _crudo(ruta, lambda b: b[:-1]))
        for nombre, ruta in {"timestamp": "timestamp", **_CON_TAMANO}.items()
    ),
    _a(
        "a6-lista-enorme",
        "lista de difusores de más de 2 MB, bien firmada",
        _lista_enorme,
        creen=AJENOS,
        porque="no conocen nuestro límite, sólo el tamaño firmado",
    ),
    _a("a8-manifest-alterado", "un byte del manifest", _crudo("manifest", lambda b: _otro_byte(b, 20))),
    _a("a8-manifest-de-otro-corte", "el manifest del corte 2 en lugar del 3", _manifest_de_otro_corte),
    _a("a8-manifest-falta", "el manifest no está", _sin("manifest")),
    _a(
        "a8-otro-resumen", "el rol firma otro resumen del manifest", _delegado("hashes", {"sha256": "0" * 64})
    ),
    _a("a8-otro-tamano", "el rol firma un tamaño menor del manifest", _delegado("length", 10)),
    _a("a8-otro-tamano-mayor", "el rol firma un tamaño mayor del manifest", _delegado("length", 100_000)),
    _a("a11-raiz-de-una", "raíz nueva con una firma de las dos", lambda n: n.raiz_2(con=n.custodios[:1])),
    _a("a11-raiz-ajena", "raíz nueva de tres llaves ajenas", lambda n: _raices(n, (n.ajenas, n.ajenas))),
    _a(
        "a11-raiz-sin-las-de-antes",
        "raíz nueva firmada sólo por los custodios nuevos",
        lambda n: _raices(n, (n.ajenas, [*n.ajenas, n.custodios[0]])),
    ),
    _a(
        "a11-raiz-sin-las-nuevas",
        "raíz nueva firmada sólo por los custodios de antes",
        lambda n: _raices(n, (n.ajenas, [*n.custodios, n.ajenas[0]])),
    ),
    _a(
        "a11-raiz-de-una-repetida",
        "raíz nueva con una firma escrita dos veces",
        _firmas("root", lambda f: f[:1] * 2),
    ),
    _a("a11-targets-de-una", "targets con una firma de las dos", _con("targets", lambda n: n.custodios[:1])),
    _a(
        "a11-targets-de-una-repetida",
        "targets con una firma escrita dos veces",
        _firmas("targets", lambda f: f[:1] * 2),
    ),
    _a(
        "a11-umbral-sin-cumplir",
        "la raíz nueva pide dos firmas del timestamp y hay una",
        lambda n: n.raiz_2(lambda s: s["roles"]["timestamp"].update(threshold=2)),
    ),
    _a(
        "a12-timestamp-por-snapshot",
        "timestamp firmado con la llave de snapshot",
        _con("timestamp", lambda n: n.llaves["snapshot"]),
    ),
    _a(
        "a12-snapshot-por-timestamp",
        "snapshot firmado con la llave de timestamp",
        _con("snapshot", lambda n: n.llaves["timestamp"]),
    ),
    _a(
        "a12-delegado-por-snapshot",
        "el rol firmado con la llave de snapshot",
        _con(_ROL, lambda n: n.llaves["snapshot"]),
    ),
    _a(
        "a12-targets-por-las-de-linea",
        "targets firmado por las llaves en línea",
        _con("targets", lambda n: n.llaves[_ROL] + n.llaves["snapshot"]),
    ),
    _a(
        "a12-raiz-por-las-de-linea",
        "raíz nueva firmada por las llaves en línea",
        lambda n: n.raiz_2(con=n.llaves[_ROL] + n.llaves["snapshot"]),
    ),
    _a("a13-llave-revocada", "timestamp de la llave que la raíz nueva quitó", _llave_revocada),
    *(
        _a(
            f"a14-umbral-{nombre}-en-la-raiz",
            f"la raíz pide {nombre} firmas del timestamp, y no hay ninguna",
            _umbral_de_la_raiz(valor),
        )
        for nombre, valor in (
            ("0", 0),
            ("menos-1", -1),
            ("falso", False),
            ("texto", "1"),
            ("nulo", None),
            ("verdadero", True),
            ("enorme", 10**9),
        )
    ),
    *(
        _a(
            f"a14-umbral-{nombre}-del-rol",
            f"targets pide {nombre} firmas del rol, y no hay ninguna",
            _umbral_del_delegado(valor),
        )
        for nombre, valor in (("0", 0), ("menos-1", -1), ("texto", "0"))
    ),
    _a("a14-llaves-repetidas", "la raíz nombra dos veces una llave y pide dos firmas", _llaves_repetidas),
    _a(
        "a14-una-llave-dos-nombres",
        "la raíz da dos nombres a una llave y pide dos firmas",
        _una_llave_dos_nombres,
        creen=TODOS,
        porque="se cuentan nombres de llaves; sólo dos custodios juntos pueden firmar tal raíz",
    ),
    *(
        _a(f"a15-{nombre}", f"en lugar del timestamp: {que}", _timestamp(hacer))
        for nombre, que, hacer in (
            ("vacio", "nada", lambda _: b""),
            ("nulo", "null", lambda _: b"null"),
            ("lista", "una lista", lambda _: b"[]"),
            ("objeto-vacio", "un objeto vacío", lambda _: b"{}"),
            ("sin-signed", "sin lo firmado", lambda b: b.replace(b'"signed"', b'"otro"')),
            ("portal-cautivo", "una página de HTML", lambda _: b"<!doctype html><title>Bienvenido</title>"),
            ("anidado", "ocho mil listas, una en otra", lambda _: b"[" * 8000 + b"]" * 8000),
            (
                "entero-de-5000-cifras",
                "un número de 5,000 cifras",
                lambda b: re.sub(rb'"version":\d+', b'"version":' + b"9" * 5000, b, count=1),
            ),
            ("nan", "NaN por número", lambda b: re.sub(rb'"version":\d+', b'"version":NaN', b, count=1)),
            (
                "numero-con-decimales",
                "un número con decimales",
                lambda b: re.sub(rb'"version":\d+', b'"version":3.5', b, count=1),
            ),
            (
                "sustituto-suelto",
                "medio carácter Unicode",
                lambda b: b.replace(b'"signed":{', b'"signed":{"x":"\\ud800",', 1),
            ),
            (
                "no-utf8",
                "bytes que no son UTF-8",
                lambda b: b.replace(b'"signed":{', b'"signed":{"x":"\xff",', 1),
            ),
        )
    ),
    _a(
        "a15-otro-tipo",
        "snapshot en lugar de timestamp",
        lambda n: Servido(n.ahora | {"/metadata/timestamp.json": n.ahora[n.ahora.nombre("snapshot")]}),
    ),
    _a(
        "a15-version-texto",
        "un número de versión entre comillas, bien firmado",
        _otra_version("timestamp", "9"),
    ),
    _a(
        "a15-version-0",
        "la versión 0, bien firmada",
        _otra_version("timestamp", 0),
        creen=JS,
        porque=_NO_LO_MIRA,
    ),
    _a(
        "a15-fecha-imposible",
        "un vencimiento que no es fecha, bien firmado",
        _hacia("timestamp", expires="mañana"),
        creen=JS,
        porque="para JavaScript una fecha ilegible nunca vence",
    ),
    _a(
        "a15-clave-repetida",
        "«signed» dos veces, la buena al final",
        _timestamp(lambda b: b.replace(b'"signed":', b'"signed":{},"signed":', 1)),
        creen=TODOS,
        porque="los tres leen la última, la misma cuya firma comprueban",
    ),
    _a(
        "a16-manifest-con-ruta-de-fuera",
        "un manifest bien firmado con la ruta «../orte.js»",
        _ruta_afuera,
        creen=AJENOS,
        porque=_SIN_MANIFEST,
    ),
    _a(
        "a19-ensayo-entero",
        "el repositorio del simulacro en la noche oficial",
        lambda n: leer(n.ensayo.repositorio.carpeta),
    ),
    _a(
        "a19-ensayo-entero-tras-el-corte-2",
        "lo mismo, a media noche",
        lambda n: leer(n.ensayo.repositorio.carpeta),
        visto=True,
    ),
    _a(
        "a19-llave-del-ensayo",
        "el rol oficial firmado con la llave del simulacro",
        _con(_ROL, lambda n: [n.ensayo.llaves.delegado]),
    ),
    _a(
        "a19-corte-de-otro-rol",
        "un corte del simulacro bien firmado como oficial",
        _corte_ajeno,
        creen=AJENOS,
        porque=_SIN_MANIFEST,
    ),
    _a("a19-rol-vecino", "un corte oficial que sólo firma el rol del simulacro", _rol_vecino),
    _a(
        "a20-dos-cortes-2",
        "otro corte 2, bien firmado",
        _segundo_corte_2,
        visto=True,
        corte=2,
        creen=AJENOS,
        porque=_SIN_MANIFEST,
    ),
    _a(
        "a20-sin-cadena",
        "un corte 3 que no continúa al 2",
        lambda n: n.corte(3, escribir(n.manifest(anterior="0" * 64))),
        visto=True,
        creen=AJENOS,
        porque=_SIN_MANIFEST,
    ),
    _a(
        "a21-lista-alterada",
        "un byte de la lista de difusores",
        _crudo("difusores.json", lambda b: _otro_byte(b, 5)),
    ),
    _a(
        "a21-pagina-de-la-lista-alterada",
        "un byte de la página de la lista",
        _crudo("difusores.html", lambda b: _otro_byte(b, 5)),
    ),
    _a("a21-lista-falta", "la lista de difusores no está", _sin("difusores.json")),
    _a(
        "b5-objeto-alterado",
        "un byte de una página del corte",
        _objeto(_voltear_objeto),
        creen=AJENOS,
        porque="no bajan las páginas: las nombra el manifest",
    ),
    _a(
        "b5-objeto-falta",
        "falta una página del corte",
        _objeto(_quitar_objeto),
        creen=AJENOS,
        porque="no bajan las páginas: las nombra el manifest",
    ),
    _a(
        "c9-antes-de-abrir",
        "un corte firmado antes de su hora de apertura",
        lambda n: n.corte(3, escribir(n.manifest(no_antes_de=n.origen.ahora + timedelta(hours=1)))),
        creen=AJENOS,
        porque=_SIN_MANIFEST,
    ),
    _a(
        "bien-intacto",
        "nada: el repositorio como se publicó",
        lambda n: n.ahora,
        creen=TODOS,
        porque="es el bueno",
    ),
    _a(
        "bien-intacto-tras-el-corte-2",
        "nada, y el cliente venía del corte 2",
        lambda n: n.ahora,
        visto=True,
        creen=TODOS,
        porque="es el bueno",
    ),
    _a(
        "bien-raiz-rotada",
        "una raíz nueva de dos custodios quita la llave del timestamp",
        _rotacion_de_timestamp,
        visto=True,
        creen=TODOS,
        porque="así se rota",
    ),
    _a(
        "bien-firma-de-sobra",
        "una firma ajena junto a la buena",
        _con("timestamp", lambda n: [*n.ajenas[:1], *n.llaves["timestamp"]]),
        creen=TODOS,
        porque=_UMBRAL_CUMPLIDO,
    ),
    _a(
        "bien-dos-de-tres",
        "targets con dos de sus tres firmas",
        _con("targets", lambda n: n.custodios[1:]),
        creen=TODOS,
        porque=_UMBRAL_CUMPLIDO,
    ),
    _a(
        "bien-campo-desconocido",
        "un campo que nadie conoce, bien firmado",
        _hacia("timestamp", x_otro=[1, {"ñ": None}]),
        creen=TODOS,
        porque="TUF manda conservarlo y comprobarlo",
    ),
)
"""Every way, in the order of the manual's table."""


def tabla() -> str:
    """Return the verdicts as the manual shows them; the tests of foreign clients hold them true."""
    return _markdown(
        ("Falta", "Qué se sirve", *CLIENTES),
        (
            (f"`{una.id}`", una.que, *("**cree**" if uno in una.creen else "rechaza" for uno in CLIENTES))
            for una in ALTERACIONES
        ),
    )


def creidas() -> str:
    """Return what at least one client believes, and why, as the manual shows it."""
    return _markdown(
        ("Falta", "Quién lo cree", "Por qué"),
        (
            (f"`{una.id}`", "los tres" if una.creen == TODOS else ", ".join(sorted(una.creen)), una.porque)
            for una in ALTERACIONES
            if una.creen and not una.id.startswith("bien-")
        ),
    )


def _markdown(titulos: Iterable[str], renglones: Iterable[Iterable[str]]) -> str:
    cabeza = list(titulos)
    lineas = [cabeza, ["---"] * len(cabeza), *renglones]
    return "".join(f"| {' | '.join(linea)} |\n" for linea in lineas)
