"""The monitor at work: each difusor is probed at its own pace, and periods are judged when they end.

One task per difusor, so one that hangs delays nobody (D14, H4). Everything that is decided comes from
`periodos` and `paquete.difusores`; here it is done in the order that survives a kill: record first, then
memory. The signed truth is the origin's `prueba.json`, verified with the pinned root like any other.
"""

import asyncio
import logging
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final, assert_never

from pregon.errors import ErrorDeConfianza, ErrorDeConfiguracion, PregonError
from pregon.monitor import registros
from pregon.monitor.config import ConfigVigilancia
from pregon.monitor.periodos import Juicio, Periodo, Visto, juzgar, periodo_de, vuelve_a_responder
from pregon.monitor.ronda import Clase, Conocido, Hallazgo, Lista, Mostrada, Sondeo, sondear
from pregon.monitor.sonda import literal_admitida
from pregon.paquete import equivoco, prueba, registro
from pregon.paquete.difusores import (
    ACTO_TRANSICION,
    REGRESO,
    UMBRAL,
    Difusor,
    Estado,
    Hecho,
    Suceso,
    Transicion,
    Veredicto,
    Vigilancia,
    leer_lista,
    siguiente,
)
from pregon.paquete.limites import LIMITES
from pregon.paquete.manifest import Manifest, huella
from pregon.paquete.prueba import Prueba, Verificada
from pregon.storage import atomic
from pregon.storage.bitacora import Bitacora
from pregon.storage.lock import lock

_log = logging.getLogger(__name__)

_PASO: Final = 0.2
"""Seconds between looks at the signed truth and at the deadlines."""
_SIMULTANEOS: Final = 256
"""Probes at a time; a hung one holds its place until its own deadline."""
_PLAZO_MINIMO: Final = 2.0
_ULTIMA_MIRADA: Final = 0.3
"""Seconds before a deadline."""
_DETENIDA: Final = 2.0
"""Seconds that a busy machine may add to a probe's deadline."""
_RECIENTES: Final = 4
_LISTAS: Final = 32
_SIN_PLAZO: Final = 64
"""Probes of one difusor kept while no period is pending."""
_INSTITUTO: Final = "instituto"


async def observar(
    config: ConfigVigilancia,
    difusores: Sequence[Difusor],
    *,
    raiz: bytes,
    ahora: Callable[[], datetime],
    informar: Callable[[str], None],
    alto: asyncio.Event,
) -> None:
    """Watch until `alto` is set.

    Raises ErrorDeAlmacen when another monitor works in the folder, ErrorDeConfiguracion for an address
    that this configuration never admits: it would only count missed periods.
    """
    for difusor in difusores:
        if not literal_admitida(difusor.url, config.direcciones):
            raise ErrorDeConfiguracion(
                f"«{difusor.url}» de «{difusor.id}» no se admite con «{config.direcciones.value}»",
                clave="direcciones",
            )
    with lock(config.carpeta / "vigilancia.lock"):
        vigilante = Vigilante(config, difusores, raiz=raiz, ahora=ahora, informar=informar)
        await vigilante.correr(alto)


class Vigilante:
    """One monitor over one set of difusores."""

    def __init__(
        self,
        config: ConfigVigilancia,
        difusores: Sequence[Difusor],
        *,
        raiz: bytes,
        ahora: Callable[[], datetime],
        informar: Callable[[str], None],
    ) -> None:
        """Derive everything from the records (kill -9 safe)."""
        self._config, self._difusores, self._raiz = config, tuple(difusores), raiz
        self._ahora, self._informar = ahora, informar
        self._transiciones = Bitacora(config.transiciones, "vigilancia")
        self._sondeos = Bitacora(config.sondeos, "vigilancia")
        self.memoria = registros.recordar(difusores, self._transiciones.leer())
        self._vistos: dict[str, list[Visto]] = {d.id: [] for d in difusores}
        for asiento in self._sondeos.leer():
            if asiento.objeto in self._vistos:
                self._vistos[asiento.objeto].append(registros.visto_de(asiento.datos))
        self._verdad: Verificada | None = None
        self._mostrada: Mostrada | None = None
        """The longest log of cortes seen, whoever showed it."""
        self._recientes: deque[Manifest] = deque(maxlen=_RECIENTES)
        self._listas: deque[Lista] = deque(maxlen=_LISTAS)
        self._leida: tuple[int, int, int] | None = None
        self._completos: set[tuple[str, str]] = set()
        self._en_curso: dict[str, datetime] = {}
        self._turnos = asyncio.Semaphore(_SIMULTANEOS)
        self._falla = ""

    async def correr(self, alto: asyncio.Event) -> None:
        """Probe and judge until told to stop; then every probe in course is dropped at once."""
        self._informar(f"vigilancia de {len(self._difusores)} difusores en marcha")
        tareas = [asyncio.create_task(self._mirar(d, i, alto)) for i, d in enumerate(self._difusores)]
        try:
            while True:
                self._intentar_paso()
                if await _espera(alto, _PASO):
                    break
        finally:
            for tarea in tareas:
                tarea.cancel()
            await asyncio.gather(*tareas, return_exceptions=True)

    def _intentar_paso(self) -> None:
        try:
            self.paso()
        except Exception as error:  # noqa: BLE001 — the edge of the loop that must live
            if str(error) != self._falla:
                _log.error("la vigilancia: %s", error, exc_info=not isinstance(error, PregonError))
            self._falla = str(error)
        else:
            self._falla = ""

    def paso(self) -> None:
        """Read the truth if it changed, and judge what is due. Idempotent."""
        self._leer_verdad()
        if self._verdad is not None:
            self._juzgar_vencidos(self._verdad.manifest)

    async def _mirar(self, difusor: Difusor, turno: int, alto: asyncio.Event) -> None:
        # Spread over the round: the origin and a common uplink are not asked by everybody at once.
        await _espera(alto, self._ronda() * turno / len(self._difusores))
        while not alto.is_set():
            empezo = time.monotonic()
            try:
                await self.sondear(difusor)
            except Exception:  # noqa: BLE001 — the edge of a loop that must live; it is one difusor's turn
                _log.exception("sondeo de «%s»", difusor.id)
            await _espera(alto, self.pausa(difusor, transcurrido=time.monotonic() - empezo))

    def pausa(self, difusor: Difusor, *, transcurrido: float) -> float:
        """Return seconds until the next probe: the rest of the round, or less for a last look.

        Who has not shown a corte yet is looked at once more right before its deadline, so that nobody
        misses a period by falling between two probes.
        """
        resto = max(0.05, self._ronda() - transcurrido)
        vistos = [v.corte for v in self._vistos[difusor.id] if v.corte is not None]
        for periodo in self.memoria.pendientes:
            faltan = (periodo.plazo - self._ahora()).total_seconds() - _ULTIMA_MIRADA
            if max(vistos, default=-1) < periodo.corte and 0 < faltan < resto:
                return faltan
        return resto

    async def sondear(self, difusor: Difusor) -> None:
        """Probe one difusor once and record what was seen; nothing happens before there is a truth."""
        async with self._turnos:
            if self._verdad is None:
                return
            self._en_curso[difusor.id] = self._ahora()
            try:
                sondeo = await sondear(
                    difusor,
                    Conocido(
                        raiz=self._raiz,
                        rol=self._config.rol,
                        cortes=self.memoria.cortes,
                        recientes=self._recientes,
                        listas=self._listas,
                        historia=lambda: self._mostrada.historia if self._mostrada else None,
                        original=self._original,
                    ),
                    ahora=self._ahora,
                    plazo=self._plazo(),
                    direcciones=self._config.direcciones,
                    desde=self._config.desde,
                    rastrear=lambda sha: self._por_rastrear(difusor.id, sha),
                )
                self._anotar(difusor, sondeo)
            finally:
                del self._en_curso[difusor.id]

    def _por_rastrear(self, difusor: str, sha: str) -> bool:
        return self._config.rastreo_cada_ronda or (difusor, sha) not in self._completos

    def _original(self, sha: str) -> bytes | None:
        ruta = self._config.repositorio / "objetos" / sha[:2] / sha
        try:
            return ruta.read_bytes() if sha else None
        except OSError:
            return None

    def _ronda(self) -> float:
        if self._config.ronda is not None:
            return self._config.ronda
        if self._verdad is None:
            return 1.0
        periodo = self._verdad.manifest.periodo
        # After the close no new corte is normal: availability and hashes, hourly (decisions §27).
        return periodo * 6 if self._cerrada() else periodo / 4

    def _plazo(self) -> float:
        assert self._verdad is not None
        return min(self._config.plazo, max(_PLAZO_MINIMO, self._verdad.manifest.periodo / 2))

    def _leer_verdad(self) -> None:
        """Read `prueba.json` if it changed; a bad one is told once and the last good one stays."""
        ruta = self._config.repositorio / "prueba.json"
        try:
            estado = ruta.stat()
        except OSError:
            return
        firma = (estado.st_mtime_ns, estado.st_ino, estado.st_size)
        if firma == self._leida:
            return
        try:
            datos = atomic.read(ruta, limit=LIMITES.prueba)
            publicada = prueba.leer(datos)
            verdad = prueba.verificar(publicada, raiz=self._raiz, rol=self._config.rol, ahora=self._ahora())
        except ErrorDeConfianza as error:
            self._decir(f"ALERTA: la prueba del Instituto no se puede creer: {error}")
        else:
            self._tomar_verdad(verdad)
            self._tomar_registro(publicada, verdad)
            self._tomar_actos(verdad)
        self._leida = firma

    def _tomar_verdad(self, verdad: Verificada) -> None:
        manifest = verdad.manifest
        conocido = self.memoria.cortes.get(manifest.numero)
        if conocido not in {None, verdad.sha256}:
            hallazgo = Hallazgo(
                clase=Clase.EQUIVOCO, ruta=manifest.objetivo, esperado=conocido or "", obtenido=verdad.sha256
            )
            self._asentar_hallazgo(_INSTITUTO, hallazgo)
            return
        if conocido is None:
            periodo = periodo_de(manifest, visto=self._ahora())
            datos = registros.datos_de_corte(manifest.numero, verdad.sha256, periodo)
            asiento = self._transiciones.append(
                self._ahora(), registros.CORTE, f"corte {manifest.numero}", datos
            )
            self.memoria.anotar_corte(asiento)
            self._decir(f"el Instituto publicó el corte {manifest.numero}")
        if self._verdad is None or self._verdad.sha256 != verdad.sha256:
            self._recientes.append(manifest)
        if verdad.difusores is not None:
            lista = Lista(json=huella(verdad.difusores), html=verdad.difusores_html)
            if lista not in self._listas:
                self._listas.append(lista)
        self._verdad = verdad

    def _tomar_registro(self, publicada: Prueba, verdad: Verificada) -> None:
        """Read the institute's own log of cortes, to be compared like anybody's."""
        if verdad.checkpoint is None:
            return
        repositorio = self._config.repositorio
        nota = repositorio / "targets" / verdad.rol / f"{verdad.checkpoint}.checkpoint"
        try:
            datos = atomic.read(nota, limit=LIMITES.checkpoint)
            cabeza = registro.verificar(datos, *verdad.llaves)
            rutas = [repositorio / registro.ruta(verdad.rol, i) for i in range(cabeza.tamano)]
            lineas = [atomic.read(ruta, limit=LIMITES.entrada) for ruta in rutas]
            historia = registro.historia(cabeza, lineas)
        except PregonError as error:
            self._decir(f"ALERTA: el registro de cortes del Instituto no se puede comparar: {error}")
            return
        testimonio = equivoco.de_prueba(
            str(repositorio), publicada, checkpoint=datos, lineas=b"".join(historia.lineas)
        )
        for hallazgo in self._cotejar(_INSTITUTO, Mostrada(historia=historia, testimonio=testimonio)):
            self._asentar_hallazgo(_INSTITUTO, hallazgo)

    def _cotejar(self, objeto: str, mostrada: Mostrada) -> tuple[Hallazgo, ...]:
        """Keep the longest log; tell one that it does not explain, the evidence written first (A20)."""
        conocida, otra = self._mostrada, mostrada.historia.lineas
        posicion = None if conocida is None else registro.discrepancia(conocida.historia.lineas, otra)
        if conocida is None or posicion is None:
            if conocida is None or len(otra) > len(conocida.historia.lineas):
                self._mostrada = mostrada
            return self._negados(otra)
        hallazgo = Hallazgo(
            clase=Clase.HISTORIA,
            ruta="/.well-known/pregon/registro",
            esperado=registro.leer(conocida.historia.lineas[posicion]).manifest,
            obtenido=registro.leer(otra[posicion]).manifest,
        )
        if registros.clave(hallazgo) not in self.memoria.abiertos.get(objeto, set()):
            datos = equivoco.escribir(conocida.testimonio, mostrada.testimonio)
            atomic.write(self._config.carpeta / registros.evidencia_de(objeto, hallazgo), datos)
        return (hallazgo,)

    def _negados(self, lineas: Sequence[bytes]) -> tuple[Hallazgo, ...]:
        """Tell entries that are not the cortes which this monitor's own records saw published."""
        return tuple(
            Hallazgo(
                clase=Clase.HISTORIA,
                ruta="/.well-known/pregon/registro",
                esperado=self.memoria.cortes[entrada.numero],
                obtenido=entrada.manifest,
            )
            for entrada in registro.leer_entradas(lineas)
            if self.memoria.cortes.get(entrada.numero, entrada.manifest) != entrada.manifest
        )[:1]

    def _tomar_actos(self, verdad: Verificada) -> None:
        """Obey the signed list where origin has folded all that this monitor wrote, and says otherwise.

        Then only an operator's act can be the reason (decisions §3): the monitor reads it where the
        public does, and needs no file of the origin.
        """
        if verdad.difusores is None:
            return
        for publico in self.memoria.tomar_actos(leer_lista(verdad.difusores), ahora=self._ahora()):
            self._decir(f"{publico.nombre}: {publico.estado.palabra}, por acto del operador")

    def _anotar(self, difusor: Difusor, sondeo: Sondeo) -> None:
        if sondeo.segundos > self._plazo() + _DETENIDA:
            # No probe outlives its deadline: it is this process that stood still (SIGSTOP, a paused machine),
            # and what it then saw would be held against whoever was being looked at (H7).
            self._decir(f"la vigilancia estuvo detenida {sondeo.segundos:.0f} s; ese sondeo no cuenta")
            return
        if sondeo.mostrada is not None:
            ajenos = self._cotejar(difusor.id, sondeo.mostrada)
            sondeo = replace(sondeo, hallazgos=(*sondeo.hallazgos, *ajenos))
        datos = registros.datos_de_sondeo(sondeo)
        self._sondeos.append(self._ahora(), registros.SONDEO, difusor.id, datos)
        vistos = self._vistos[difusor.id]
        vistos.append(registros.visto_de(datos))
        if not self.memoria.pendientes:
            # Days before the opening and after the close: no deadline will ask for more than the last ones.
            del vistos[:-_SIN_PLAZO]
        if sondeo.completo and self._verdad is not None:
            self._completos.add((difusor.id, self.memoria.cortes.get(sondeo.corte or 0, "")))
        self._anotar_hallazgos(difusor, sondeo)
        vigilancia = self.memoria.vigilancias[difusor.id]
        assert self._verdad is not None
        periodo = timedelta(seconds=self._verdad.manifest.periodo)
        if vuelve_a_responder(vigilancia, vistos, periodo):
            self._transitar(
                difusor, Suceso.RESPUESTA, evidencia={"sondeos": registros.evidencia(vistos[-2:])}
            )

    def _anotar_hallazgos(self, difusor: Difusor, sondeo: Sondeo) -> None:
        abiertos = self.memoria.abiertos.get(difusor.id, set())
        for hallazgo in sondeo.hallazgos:
            if registros.clave(hallazgo) not in abiertos:
                self._asentar_hallazgo(difusor.id, hallazgo, difusor)
        if sondeo.completo:
            vigentes = {registros.clave(h) for h in sondeo.hallazgos}
            for clase, ruta, obtenido in sorted(abiertos - vigentes, key=str):
                if clase is Clase.HISTORIA:
                    continue  # what was signed twice stays signed
                datos = {"clase": clase.value, "ruta": ruta, "obtenido": obtenido}
                asiento = self._transiciones.append(self._ahora(), registros.CORREGIDO, difusor.id, datos)
                self.memoria.anotar_hallazgo(asiento)
                self._decir(f"{difusor.nombre}: {ruta} ya es lo publicado")

    def _asentar_hallazgo(self, objeto: str, hallazgo: Hallazgo, difusor: Difusor | None = None) -> None:
        if registros.clave(hallazgo) in self.memoria.abiertos.get(objeto, set()):
            return
        datos = registros.datos_de_hallazgo(hallazgo)
        if difusor is not None and hallazgo.clase is Clase.ALTERADO:
            datos["propuesta"] = Suceso.SUSPENDER_POR_ALTERADO.value
            datos["llamada"] = registros.llamada(difusor, f"contenido alterado en {hallazgo.ruta}")
        if hallazgo.clase in {Clase.HISTORIA, Clase.REGISTRO}:
            datos["llamada"] = registros.llamada(difusor, "su registro de cortes no es el de los demás")
        evidencia = registros.evidencia_de(objeto, hallazgo)
        if hallazgo.clase is Clase.HISTORIA and (self._config.carpeta / evidencia).exists():
            datos["evidencia"] = evidencia
        asiento = self._transiciones.append(self._ahora(), hallazgo.clase.value, objeto, datos)
        self.memoria.anotar_hallazgo(asiento)
        self._decir(f"{difusor.nombre if difusor else 'Instituto'}: {_frase(hallazgo)}")

    def _juzgar_vencidos(self, manifest: Manifest) -> None:
        ahora = self._ahora()
        for periodo in [*self.memoria.pendientes, *self._de_regreso(manifest, ahora)]:
            if ahora <= periodo.plazo or any(i <= periodo.plazo for i in self._en_curso.values()):
                return
            juicio = juzgar(periodo, self._difusores, self.memoria.vigilancias, self._vistos)
            for difusor in self._difusores:
                self._aplicar(difusor, juicio)
            asiento = self._transiciones.append(
                self._ahora(),
                registros.PERIODO,
                f"corte {periodo.corte}",
                registros.datos_de_juicio(juicio),
            )
            self.memoria.anotar_periodo(asiento)
            if juicio.nulo is not None:
                self._decir(f"periodo del corte {periodo.corte} nulo: {juicio.nulo.value}")
            self._olvidar(periodo)
        if self._cerrada():
            for difusor in self._difusores:
                if self.memoria.vigilancias[difusor.id].estado in {Estado.ACTIVO, Estado.DEMORADO}:
                    self._transitar(difusor, Suceso.CIERRE)

    def _cerrada(self) -> bool:
        return self.memoria.juzgado is not None and self.memoria.juzgado.ultimo

    def _de_regreso(self, manifest: Manifest, ahora: datetime) -> Sequence[Periodo]:
        """After the last corte, go on judging who is returning, by whether it still shows it."""
        juzgado = self.memoria.juzgado
        regresan = any(v.estado is Estado.RECONEXION for v in self.memoria.vigilancias.values())
        if juzgado is None or not self._cerrada() or not regresan:
            return ()
        vuelta = int((ahora - manifest.publicado).total_seconds() // manifest.periodo)
        periodo = periodo_de(manifest, vuelta=vuelta)
        return [periodo] if periodo is not None and periodo.plazo > juzgado.plazo else []

    def _aplicar(self, difusor: Difusor, juicio: Juicio) -> None:
        veredicto = juicio.veredictos.get(difusor.id)
        plazo = juicio.periodo.plazo
        if veredicto is None or self.memoria.plazos.get(difusor.id) == plazo:
            return
        vistos = [v for v in self._vistos[difusor.id] if v.fin >= juicio.periodo.inicio]
        self._transitar(
            difusor,
            veredicto,
            corte=juicio.periodo.corte,
            rastreo=difusor.id in juicio.rastreados,
            evidencia={"plazo": plazo.isoformat(), "sondeos": registros.evidencia(vistos)},
        )

    def _transitar(
        self,
        difusor: Difusor,
        hecho: Hecho,
        *,
        corte: int | None = None,
        rastreo: bool = False,
        evidencia: dict[str, Any] | None = None,
    ) -> None:
        """Record one fact that changes the state; a fact that changes nothing leaves no record."""
        instante = self._ahora()
        de = self.memoria.vigilancias[difusor.id]
        a = siguiente(
            de,
            hecho,
            instante=instante,
            rastreo=rastreo,
            portal=difusor.portal,
        )
        if a == de:
            return
        pruebas = dict(evidencia or {})
        if hecho is Veredicto.FALTADO:
            pruebas["llamada"] = self._llamada(difusor, a, corte)
        transicion = Transicion(
            difusor=difusor.id,
            instante=instante,
            hecho=hecho,
            de=de,
            a=a,
            corte=corte,
            rastreo=rastreo,
            evidencia=pruebas,
        )
        asiento = self._transiciones.append(instante, ACTO_TRANSICION, difusor.id, transicion.datos())
        self.memoria.anotar_transicion(asiento)
        self._decir(f"{difusor.nombre}: {_frase_de(transicion, difusor)}")

    def _llamada(self, difusor: Difusor, vigilancia: Vigilancia, corte: int | None) -> dict[str, Any]:
        en_regla = vigilancia.estado is Estado.DEMORADO and not difusor.portal
        restan = UMBRAL - vigilancia.faltas if en_regla else None
        return registros.llamada(difusor, f"no mostró el corte {corte} a tiempo", restan=restan)

    def _olvidar(self, periodo: Periodo) -> None:
        """Drop the probes that no later verdict can need; the last two stay for «answers again»."""
        for difusor, vistos in self._vistos.items():
            utiles = [v for v in vistos if v.fin >= periodo.inicio]
            self._vistos[difusor] = utiles if len(utiles) > 1 else vistos[-2:]

    def _decir(self, texto: str) -> None:
        self._informar(f"{self._ahora().astimezone():%H:%M:%S} {texto}")


async def _espera(alto: asyncio.Event, segundos: float) -> bool:
    """Wait; return True at once when told to stop."""
    try:
        async with asyncio.timeout(segundos):
            return await alto.wait()
    except TimeoutError:
        return False


def _frase(hallazgo: Hallazgo) -> str:
    match hallazgo.clase:
        case Clase.ALTERADO:
            lugar = f" desde el byte {hallazgo.desde_byte}" if hallazgo.desde_byte is not None else ""
            return (
                f"ALTERADO {hallazgo.ruta}{lugar}: sirve {hallazgo.obtenido[:12]}…, lo firmado es "
                f"{hallazgo.esperado[:12]}…; se propone suspender"
            )
        case Clase.EQUIVOCO:
            return (
                f"ALERTA: dos manifiestos firmados distintos para {hallazgo.ruta}: "
                f"{hallazgo.esperado[:12]}… y {hallazgo.obtenido[:12]}…"
            )
        case Clase.HISTORIA:
            return (
                f"ALERTA: hay dos historias firmadas por el Instituto: {hallazgo.esperado[:12]}… y"
                f" {hallazgo.obtenido[:12]}…; la prueba queda en la carpeta equivocos/; tarea de llamada"
            )
        case Clase.REGISTRO:
            return f"su registro de cortes no se puede comparar ({hallazgo.obtenido}); tarea de llamada"
        case Clase.FALTANTE:
            return f"falta {hallazgo.ruta} ({hallazgo.obtenido})"
        case Clase.MARCO:
            return f"prohíbe los marcos (X-Frame-Options: {hallazgo.obtenido})"
        case Clase.HORA:
            return f"{hallazgo.ruta} dice {hallazgo.obtenido} y el corte es de {hallazgo.esperado}"
        case Clase.SIN_AVISO:
            return "está suspendido y no muestra el aviso"
        case _:
            assert_never(hallazgo.clase)


def _frase_de(transicion: Transicion, difusor: Difusor) -> str:
    a = transicion.a
    corte = f" (corte {transicion.corte})" if transicion.corte is not None else ""
    telefono = " ".join(p for p in (difusor.contacto, difusor.telefono) if p) or "sin contacto registrado"
    match a.estado:
        case Estado.DEMORADO:
            resto = "nunca se suspende" if difusor.portal else f"{a.faltas} de {UMBRAL}"
            return f"periodo faltado{corte}, {resto}; tarea de llamada: {telefono}"
        case Estado.SUSPENDIDO:
            return f"SUSPENDIDO{corte}; tarea de llamada: {telefono}"
        case Estado.RECONEXION:
            return f"en reconexión, periodos cumplidos: {a.cumplidos} de {REGRESO}{corte}"
        case Estado.ACTIVO:
            volvio = transicion.de.estado is Estado.RECONEXION
            return f"restablecido{corte}" if volvio else f"al día de nuevo{corte}"
        case Estado.CERRADO:
            return "cerrado con el último corte"
        case _:
            assert_never(a.estado)
