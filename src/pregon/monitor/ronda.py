"""One probe of one difusor: everything that the public sees there, compared with what was signed.

The proof that the node serves is verified with the pinned root, so the node's own word counts for
nothing. Then the entry page, the signed list and every file of the corte are fetched and hashed. What
differs is asked for again over a fresh connection before it is called altered (decisions §26): a node
that activates the next corte in the middle of the probe, or a torn connection, is no accusation.
"""

import asyncio
import json
import random
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Any, Final

from pregon.errors import ErrorDeConfianza, ErrorDeRed
from pregon.monitor.sonda import Direcciones, Respuesta, Visita
from pregon.paquete import equivoco, merkle, prueba, registro
from pregon.paquete.difusores import SIN_ENLACE, Difusor, leer_lista
from pregon.paquete.equivoco import Testimonio
from pregon.paquete.inspeccion import PRUEBA
from pregon.paquete.limites import LIMITES
from pregon.paquete.manifest import Manifest, huella
from pregon.paquete.prueba import Prueba, Verificada
from pregon.paquete.registro import Historia

_AVISO: Final = "portada-aviso.html"
_HALLAZGOS: Final = 20
"""Files of one difusor that one probe names; more are only counted."""
_INTENTOS: Final = 3
"""Times that something is looked at again when the node seems to be moving on to the next corte."""
_PAUSA: Final = 0.3
"""Seconds between them."""
_MENSAJE: Final = 65_536
_CHECKPOINT: Final = "/.well-known/pregon/checkpoint"
_REGISTRO: Final = "/.well-known/pregon/registro"


class Clase(Enum):
    """What can be wrong in what the public sees; the value is the `acto` in the monitor's record."""

    ALTERADO = "alterado"
    EQUIVOCO = "equivoco"
    """Another signed manifest for a number: the institute's own word, twice (A20)."""
    HISTORIA = "historia"
    """A signed log of cortes that no single log explains together with another one seen (A20)."""
    REGISTRO = "registro"
    """Its log of cortes is not there or does not hold together: it cannot be compared."""
    FALTANTE = "faltante"
    MARCO = "marco"
    """X-Frame-Options forbids the frames that the convocatoria allows (R16)."""
    HORA = "hora"
    """`/estado.json` tells another hour than the corte that is served (R15)."""
    SIN_AVISO = "sin aviso"
    """It knows itself suspended and shows the ordinary entry page (decisions §23)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hallazgo:
    """One difference, confirmed by a second request."""

    clase: Clase
    ruta: str
    esperado: str = ""
    """SHA-256, or what should stand there."""
    obtenido: str = ""
    tamano: int | None = None
    desde_byte: int | None = None
    """First byte that differs, where the original is at hand."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mostrada:
    """The log of cortes as one place showed it: verified, and the bytes that prove it."""

    historia: Historia
    testimonio: Testimonio


@dataclass(frozen=True, slots=True, kw_only=True)
class Sondeo:
    """What one probe saw. `falla` says why it saw less than the whole."""

    difusor: str
    inicio: datetime
    segundos: float
    corte: int | None = None
    """Number of the corte whose proof it served, verified; None: it did not answer with one."""
    al_dia: bool = False
    """The entry page belongs to that corte and no file of it is missing."""
    completo: bool = False
    """Every file was fetched and is the signed one."""
    portada: str | None = None
    archivos: int = 0
    bytes: int = 0
    latido: bool = True
    """The proof's timestamp had not expired."""
    falla: str = ""
    hallazgos: tuple[Hallazgo, ...] = ()
    mostrada: Mostrada | None = None
    """Its log, where it says more or something else than the one known."""

    @property
    def respondio(self) -> bool:
        """Say whether the node answered with a proof that holds."""
        return self.corte is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Lista:
    """SHA-256 of a signed list of difusores and of its page."""

    json: str
    html: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Conocido:
    """What the monitor knows from the institute itself. The sequences may grow while a probe runs."""

    raiz: bytes
    rol: str
    cortes: Mapping[int, str]
    """Number → SHA-256 of every manifest seen so far."""
    recientes: Sequence[Manifest] = ()
    """The last manifests, to tell an old entry page from an altered one (H6)."""
    listas: Sequence[Lista] = ()
    """The last signed lists, in order: a node that is receiving one shows it before its new proof."""
    historia: Callable[[], Historia | None] = field(default=lambda: None)
    """The longest log seen so far."""
    original: Callable[[str], bytes | None] = field(default=lambda _sha: None)
    """Bytes of a signed file by its SHA-256, where they are at hand."""


async def sondear(
    difusor: Difusor,
    conocido: Conocido,
    *,
    ahora: Callable[[], datetime],
    plazo: float,
    direcciones: Direcciones,
    desde: str | None = None,
    rastrear: Callable[[str], bool] = lambda _sha: True,
) -> Sondeo:
    """Probe one difusor within `plazo` seconds in total; never raises for what the other side does.

    `rastrear(sha256 of the manifest)` says if all files are to be fetched this time; `desde` is the local
    address to call from.
    """
    ronda = _Ronda(difusor, conocido, ahora, direcciones, desde, rastrear)
    empezo = time.monotonic()
    inicio = ahora()
    falla = ""
    try:
        async with asyncio.timeout(plazo):
            await ronda.correr()
    except TimeoutError:
        falla = f"no terminó de responder en {plazo:g} s"
    except (ErrorDeRed, ErrorDeConfianza) as error:
        falla = str(error)
    return ronda.sondeo(inicio=inicio, segundos=time.monotonic() - empezo, falla=falla)


class _Ronda:
    """The state of one probe, so that what was seen before a deadline is not lost with it."""

    def __init__(
        self,
        difusor: Difusor,
        conocido: Conocido,
        ahora: Callable[[], datetime],
        direcciones: Direcciones,
        desde: str | None,
        rastrear: Callable[[str], bool],
    ) -> None:
        self._difusor, self._conocido, self._ahora = difusor, conocido, ahora
        self._direcciones, self._desde, self._rastrear = direcciones, desde, rastrear
        self._verificada: Verificada | None = None
        self._prueba: Prueba | None = None
        self._mostrada: Mostrada | None = None
        self._portada: str | None = None
        self._al_dia = self._completo = False
        self._archivos = self._bytes = 0
        self._hallazgos: list[Hallazgo] = []

    def sondeo(self, *, inicio: datetime, segundos: float, falla: str) -> Sondeo:
        equivoco = any(h.clase is Clase.EQUIVOCO for h in self._hallazgos)
        vista = None if equivoco else self._verificada
        return Sondeo(
            difusor=self._difusor.id,
            inicio=inicio,
            segundos=round(segundos, 3),
            corte=vista.manifest.numero if vista else None,
            al_dia=self._al_dia,
            completo=self._completo and not self._hallazgos_de_contenido(),
            portada=self._portada,
            archivos=self._archivos,
            bytes=self._bytes,
            latido=vista.vigente if vista else True,
            falla=falla[:300],
            hallazgos=tuple(self._hallazgos[:_HALLAZGOS]),
            mostrada=self._mostrada,
        )

    async def correr(self) -> None:
        async with self._visita() as visita:
            vista = await self._pedir_prueba(visita)
            if self._es_equivoco(vista):
                await self._mirar_registro(visita, vista)
                return
            vista = await self._mirar_portada(visita, vista)
            await self._mirar_estado(visita, vista)
            await self._mirar_lista(visita, vista)
            await self._mirar_registro(visita, vista)
            self._al_dia = True
            if self._rastrear(vista.sha256):
                await self._rastreo(visita, vista)
            self._al_dia = not any(h.clase is Clase.FALTANTE for h in self._hallazgos)

    def _visita(self) -> Visita:
        return Visita(self._difusor.url, direcciones=self._direcciones, desde=self._desde)

    async def _pedir_prueba(self, visita: Visita) -> Verificada:
        respuesta = await visita.pedir(f"/{PRUEBA}", limite=LIMITES.prueba)
        if respuesta.estado != 200:
            raise ErrorDeRed(f"/{PRUEBA}: responde {respuesta.estado}")
        self._prueba = prueba.leer(respuesta.datos)
        self._verificada = prueba.verificar(
            self._prueba,
            raiz=self._conocido.raiz,
            rol=self._conocido.rol,
            ahora=self._ahora(),
        )
        return self._verificada

    def _es_equivoco(self, vista: Verificada) -> bool:
        esperado = self._conocido.cortes.get(vista.manifest.numero, vista.sha256)
        if esperado == vista.sha256:
            return False
        self._hallazgos.append(
            Hallazgo(
                clase=Clase.EQUIVOCO,
                ruta=vista.manifest.objetivo,
                esperado=esperado,
                obtenido=vista.sha256,
            )
        )
        return True

    async def _mirar_portada(self, visita: Visita, vista: Verificada) -> Verificada:
        """Compare the entry page; return the proof it goes with, the node having moved on or not."""
        respuesta = await self._pedir(visita, "/")
        for intento in range(_INTENTOS):
            portada = _portada(vista.manifest, respuesta)
            # One that has just been restored drops the notice a moment before its proof says why.
            if portada is not None and (intento or not self._falta_aviso(vista, portada)):
                break
            await asyncio.sleep(_PAUSA)
            async with self._visita() as otra:
                vista = await self._pedir_prueba(otra)
                respuesta = await self._pedir(otra, "/")
        portada = _portada(vista.manifest, respuesta)
        if portada is None:
            self._portada_ajena(vista, respuesta)
            return vista
        self._portada = portada
        if "x-frame-options" in respuesta.cabeceras:
            marco = respuesta.cabeceras["x-frame-options"][:80]
            self._hallazgos.append(Hallazgo(clase=Clase.MARCO, ruta="/", obtenido=marco))
        if self._falta_aviso(vista, portada):
            self._hallazgos.append(
                Hallazgo(clase=Clase.SIN_AVISO, ruta="/", esperado=_AVISO, obtenido=portada)
            )
        return vista

    def _portada_ajena(self, vista: Verificada, respuesta: Respuesta) -> None:
        if respuesta.estado != 200:
            raise ErrorDeRed(f"/: responde {respuesta.estado}")
        for anterior in self._conocido.recientes:
            if _portada(anterior, respuesta) is not None:
                raise ErrorDeRed(
                    f"/: muestra el corte {anterior.numero} y su prueba es del {vista.manifest.numero}"
                )
        self._alterado("/", _sha_de(vista.manifest, "index.html"), respuesta.datos)
        # The public is served something under this address, but not what was signed: it is told apart
        # from a missed period and proposed to the operator (decisions §26).
        self._portada = "alterada"

    def _falta_aviso(self, vista: Verificada, portada: str) -> bool:
        return portada != _AVISO and self._se_sabe_suspendido(vista)

    def _se_sabe_suspendido(self, vista: Verificada) -> bool:
        if vista.difusores is None:
            return False
        return leer_lista(vista.difusores).estado(self._difusor.id) in SIN_ENLACE

    async def _mirar_estado(self, visita: Visita, vista: Verificada) -> None:
        respuesta = await visita.pedir("/estado.json", limite=_MENSAJE)
        dicho = _json(respuesta)
        if dicho.get("corte") != vista.manifest.numero or vista.manifest.instante is None:
            return  # it has just moved on, or there is no hour to tell yet
        if _instante(dicho.get("instante")) != vista.manifest.instante:
            self._hallazgos.append(
                Hallazgo(
                    clase=Clase.HORA,
                    ruta="/estado.json",
                    esperado=vista.manifest.instante.isoformat(),
                    obtenido=str(dicho.get("instante"))[:40],
                )
            )

    async def _mirar_lista(self, visita: Visita, vista: Verificada) -> None:
        """Compare the signed list and its page with the ones in the proof that the node serves (A21)."""
        for ruta in ("/difusores.json", "/difusores.html"):
            respuesta = await self._pedir(visita, ruta)
            for _ in range(_INTENTOS - 1):
                if self._es_la_lista(vista, ruta, respuesta):
                    break
                await asyncio.sleep(_PAUSA)
                async with self._visita() as otra:
                    vista = await self._pedir_prueba(otra)
                    respuesta = await self._pedir(otra, ruta)
            if not self._es_la_lista(vista, ruta, respuesta):
                self._alterado(ruta, _lista_esperada(vista, ruta) or "", respuesta.datos)

    def _es_la_lista(self, vista: Verificada, ruta: str, respuesta: Respuesta) -> bool:
        esperado = _lista_esperada(vista, ruta)
        if esperado is None or (vista.manifest.numero == 0 and respuesta.estado == 404):
            return True
        if _portada(vista.manifest, respuesta) == _AVISO and self._se_sabe_suspendido(vista):
            return True  # the notice stands at every page of a suspended node (decisions §23)
        if respuesta.estado != 200:
            return False
        sha = huella(respuesta.datos)
        return sha == esperado or self._es_posterior(ruta, sha, esperado)

    def _es_posterior(self, ruta: str, sha: str, esperado: str) -> bool:
        """Say whether a list is a later signed one than the one in the node's proof."""
        firmadas = [
            lista.json if ruta == "/difusores.json" else lista.html for lista in self._conocido.listas
        ]
        if sha not in firmadas:
            return False
        return esperado not in firmadas or firmadas.index(sha) > firmadas.index(esperado)

    async def _mirar_registro(self, visita: Visita, vista: Verificada) -> None:
        """Look at its log; what cannot be compared is told, and counts for no period by itself."""
        if vista.checkpoint is None:
            return
        try:
            try:
                self._mostrada = await self._pedir_registro(visita, vista)
            except ErrorDeConfianza:
                # It may be moving on, or to another key: once more, with its proof of now (decisions §26).
                await asyncio.sleep(_PAUSA)
                async with self._visita() as otra:
                    vista = await self._pedir_prueba(otra)
                    self._mostrada = await self._pedir_registro(otra, vista)
        except (ErrorDeConfianza, ErrorDeRed) as error:
            self._hallazgos.append(
                Hallazgo(clase=Clase.REGISTRO, ruta=_CHECKPOINT, obtenido=str(error)[:120])
            )

    async def _pedir_registro(self, visita: Visita, vista: Verificada) -> Mostrada | None:
        """Return the log that it shows; None if the checkpoint alone says that it is the one known."""
        nota = await visita.pedir(_CHECKPOINT, limite=LIMITES.checkpoint)
        if nota.estado != 200:
            raise ErrorDeConfianza(f"{_CHECKPOINT}: responde {nota.estado}")
        cabeza = registro.verificar(nota.datos, *vista.llaves)
        conocida = self._conocido.historia()
        if conocida is not None and merkle.raiz(conocida.lineas[: cabeza.tamano]) == cabeza.raiz:
            return None
        lista = await visita.pedir(_REGISTRO, limite=LIMITES.entrada * LIMITES.entradas)
        if lista.estado != 200:
            raise ErrorDeConfianza(f"{_REGISTRO}: responde {lista.estado}")
        historia = registro.historia(cabeza, registro.separar(lista.datos))
        assert self._prueba is not None
        testimonio = equivoco.de_prueba(
            self._difusor.url, self._prueba, checkpoint=nota.datos, lineas=b"".join(historia.lineas)
        )
        return Mostrada(historia=historia, testimonio=testimonio)

    async def _rastreo(self, visita: Visita, vista: Verificada) -> None:
        """Fetch every file of the corte, in an order that no node can guess."""
        archivos = list(vista.manifest.archivos)
        random.shuffle(archivos)
        carpeta = f"/c/{vista.manifest.numero}/"
        dudosos: list[tuple[str, str, int]] = []
        pendientes = iter(archivos)

        async def trabajar() -> None:
            for archivo in pendientes:
                ruta = carpeta + archivo.ruta
                if not await self._coincide(visita, ruta, archivo.sha256, archivo.tamano):
                    dudosos.append((ruta, archivo.sha256, archivo.tamano))

        async with asyncio.TaskGroup() as grupo:
            for _ in range(4):
                grupo.create_task(trabajar())
        for ruta, sha, tamano in sorted(dudosos)[:_HALLAZGOS]:
            await self._confirmar(ruta, sha, tamano)
        self._completo = len(dudosos) <= _HALLAZGOS

    async def _coincide(self, visita: Visita, ruta: str, sha: str, tamano: int) -> bool:
        try:
            respuesta = await visita.pedir(ruta, limite=tamano)
        except ErrorDeRed:
            return False
        self._archivos += 1
        self._bytes += len(respuesta.datos)
        return respuesta.estado == 200 and huella(respuesta.datos) == sha

    async def _confirmar(self, ruta: str, sha: str, tamano: int) -> None:
        async with self._visita() as otra:
            try:
                # One byte more than a reader of the signed file needs shows that something was added.
                respuesta = await otra.pedir(ruta, limite=tamano + _MENSAJE)
            except ErrorDeRed as error:
                if not error.permanente:
                    raise
                self._hallazgos.append(
                    Hallazgo(clase=Clase.FALTANTE, ruta=ruta, esperado=sha, obtenido=str(error)[:120])
                )
                return
        if respuesta.estado != 200:
            self._hallazgos.append(
                Hallazgo(
                    clase=Clase.FALTANTE, ruta=ruta, esperado=sha, obtenido=f"responde {respuesta.estado}"
                )
            )
        elif huella(respuesta.datos) != sha:
            self._alterado(ruta, sha, respuesta.datos)

    async def _pedir(self, visita: Visita, ruta: str) -> Respuesta:
        return await visita.pedir(ruta, limite=LIMITES.difusores)

    def _alterado(self, ruta: str, esperado: str, datos: bytes) -> None:
        original = self._conocido.original(esperado)
        self._hallazgos.append(
            Hallazgo(
                clase=Clase.ALTERADO,
                ruta=ruta,
                esperado=esperado,
                obtenido=huella(datos),
                tamano=len(datos),
                desde_byte=None if original is None else _primer_byte_distinto(original, datos),
            )
        )

    def _hallazgos_de_contenido(self) -> bool:
        return any(h.clase in {Clase.ALTERADO, Clase.FALTANTE, Clase.EQUIVOCO} for h in self._hallazgos)


def _portada(manifest: Manifest, respuesta: Respuesta) -> str | None:
    """Return which of the corte's entry pages these bytes are, if any."""
    if respuesta.estado != 200:
        return None
    sha = huella(respuesta.datos)
    for archivo in manifest.archivos:
        if archivo.sha256 == sha and (
            archivo.ruta in {"index.html", "cierre.html"} or _alterna(archivo.ruta)
        ):
            return archivo.ruta
    return None


def _alterna(ruta: str) -> bool:
    return ruta.startswith("portada-") and ruta.endswith(".html") and "/" not in ruta


def _sha_de(manifest: Manifest, ruta: str) -> str:
    return next((a.sha256 for a in manifest.archivos if a.ruta == ruta), "")


def _lista_esperada(vista: Verificada, ruta: str) -> str | None:
    if ruta == "/difusores.json":
        return None if vista.difusores is None else huella(vista.difusores)
    return vista.difusores_html


def _primer_byte_distinto(original: bytes, datos: bytes) -> int:
    for i, (a, b) in enumerate(zip(original, datos, strict=False)):
        if a != b:
            return i
    return min(len(original), len(datos))


def _json(respuesta: Respuesta) -> Mapping[str, Any]:
    try:
        valor = json.loads(respuesta.datos) if respuesta.estado == 200 else {}
    except (ValueError, RecursionError):
        return {}
    return valor if isinstance(valor, dict) else {}


def _instante(texto: object) -> datetime | None:
    try:
        instante = datetime.fromisoformat(str(texto))
    except ValueError:
        return None
    return instante if instante.tzinfo else None
