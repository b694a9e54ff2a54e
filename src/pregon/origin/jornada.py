"""The night at the institute: phases, cortes when they are due, heartbeat, states, close.

    ANTES ──opening──▶ ABIERTA ──last corte──▶ CERRADA

All memory is on the disk: the repository says which corte was last, the timetable (`Cadencia`) which is
due, the monitor's records who is suspended. So a process that was killed goes on where it was, a corte
whose hour passed while it was dead is skipped and said to be, and nothing is ever numbered twice (C7).
The loop never waits for a difusor: delivery lives in `entrega`.

What cannot be read at the start (keys, election, difusores, repository, our own bitácora) is fatal there,
with somebody looking. Once the night runs, each duty of a step fails alone: it is told once, tried again,
and holds up no other. A book that cannot be read changes no state; a full disk delays a corte, not the
next one.
"""

import logging
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import Enum
from importlib.metadata import version
from pathlib import Path
from typing import Any

from pregon import sitio
from pregon.clock import Clock
from pregon.documentos import markdown
from pregon.errors import ErrorDeAlmacen, ErrorDeOperacion, PregonError
from pregon.origin import estados
from pregon.origin.acta import acta_circunstanciada
from pregon.origin.cierre import CIERRE, PUBLICACION, datos_de_cierre, resumen_de_publicacion
from pregon.origin.entrega import Entrega, Intento, Reparto
from pregon.origin.publicacion import (
    Intencion,
    Publicable,
    hacer_corte,
    hacer_paquete,
    intencion,
    paquete_de_antes,
)
from pregon.origin.repositorio import Repositorio
from pregon.origin.sources import Fuente
from pregon.paquete import manifest as manifests
from pregon.paquete.difusores import SIN_ENLACE, Difusor, Estado, Vigilancia, leer_lista
from pregon.paquete.manifest import Manifest, huella
from pregon.prep.cadencia import Cadencia
from pregon.prep.catalogo import catalogo
from pregon.prep.corte import Corte
from pregon.storage import atomic
from pregon.storage.bitacora import Bitacora
from pregon.transport.sender import Pieza, Sender

_log = logging.getLogger(__name__)

MARGEN_DE_RETENCION = timedelta(days=30)
"""Keys and final metadata outlive the retention by this much (decisions §27)."""
_PASO = 0.2
"""Seconds between looks at clock and records."""
_PASO_CON_FALLA = 1.0
"""The same while something fails: what is tried again may be a whole corte."""
_VIDA_MINIMA = timedelta(seconds=60)
"""A timestamp never lives shorter than this, however fast a rehearsal runs (decisions §9)."""


class Fase(Enum):
    """Where the night is."""

    ANTES = "antes de abrir"
    ABIERTA = "abierta"
    CERRADA = "cerrada"


def fase_de(numero: int, *, ultimo: bool) -> Fase:
    """Return the phase in which `numero` is the newest corte published."""
    if numero == 0:
        return Fase.ANTES
    return Fase.CERRADA if ultimo else Fase.ABIERTA


@dataclass(frozen=True, slots=True, kw_only=True)
class Carpetas:
    """Where the operated state of one origin lives."""

    base: Path
    transiciones: Path

    @property
    def bitacora(self) -> Path:
        """Return the night's book."""
        return self.base / "bitacora.jsonl"

    @property
    def entregas(self) -> Path:
        """Return the record of delivery attempts."""
        return self.base / "entregas.jsonl"

    @property
    def actos(self) -> Path:
        """Return the operator's acts on difusores."""
        return self.base / "actos.jsonl"

    @property
    def intenciones(self) -> Path:
        """Return the folder where the name of each corte is fixed before it is made."""
        return self.base / "intenciones"

    @property
    def acta(self) -> Path:
        """Return the proyecto of the acta circunstanciada."""
        return self.base / "acta-circunstanciada.md"


class JornadaEnCurso:
    """One origin running one night. `correr` returns when the clock was told to stop."""

    def __init__(
        self,
        *,
        fuente: Fuente,
        cadencia: Cadencia,
        repositorio: Repositorio,
        raiz: str,
        difusores: tuple[Difusor, ...],
        senders: Mapping[str, Sender],
        carpetas: Carpetas,
        clock: Clock,
    ) -> None:
        """Take everything from outside; re-derive where the night is from the repository.

        `raiz` is the SHA-256 of the root of trust, for the acta.
        """
        self._fuente, self._cadencia, self._repositorio = fuente, cadencia, repositorio
        self._raiz, self._difusores, self._carpetas, self._clock = raiz, difusores, carpetas, clock
        self._bitacora = Bitacora(carpetas.bitacora, "origen")
        self._entregas = Bitacora(carpetas.entregas, "origen")
        self._intentos: deque[Intento] = deque()
        self._reparto = Reparto(senders, al_terminar=self._intentos.append)
        self._catalogo = huella(catalogo(fuente.jornada, fuente.leer(cadencia.apertura).actas))
        self._ultimo: Manifest | None = repositorio.ultimo()
        self._corte: Corte | None = None
        asientos = self._bitacora.leer()
        self._cabeza = asientos[-1].sha256 if asientos else None
        self._asentado = max((a.datos["numero"] for a in asientos if a.acto == PUBLICACION), default=-1)
        """Newest corte that the bitácora tells of: one less than published after an untimely death."""
        self._sellada = any(a.acto == CIERRE for a in asientos)
        self._por_asentar: deque[tuple[datetime, str, str, Mapping[str, Any]]] = deque()
        self._fallas: dict[str, str] = {}
        """Duties that fail at present, with the cause that was told."""
        firmada = repositorio.lista()
        publicos = leer_lista(firmada).difusores if firmada else ()
        self._vigilancia = {p.id: Vigilancia(estado=p.estado, asiento=p.asiento) for p in publicos}
        self._por_avisar = {p.id: 0 for p in publicos if p.estado is Estado.SUSPENDIDO}
        """Suspended difusores whose inbox has yet to get the list → first version that says so."""
        self._lista: tuple[bytes, bytes] | None = None
        self._leido: tuple[int, ...] | None = None
        self._por_firmar = True
        self._latido = datetime.min.replace(tzinfo=UTC)
        self._version = 0

    @property
    def fase(self) -> Fase:
        """Return the phase, from what is published."""
        return fase_de(self._ultimo.numero, ultimo=self._ultimo.ultimo) if self._ultimo else Fase.ANTES

    def correr(self) -> None:
        """Run until the clock is stopped; the night closes itself at its last corte and stays watched."""
        self._asentar("inicio", "origen", {"fase": self.fase.value})
        with self._reparto:
            while True:
                self.paso()
                if not self._clock.sleep(_PASO_CON_FALLA if self._fallas else _PASO):
                    break
        self._cumplir("registrar las entregas", self._recoger_intentos)
        self._asentar("fin", "origen", {"fase": self.fase.value})
        if self._por_asentar:
            raise ErrorDeAlmacen(f"quedaron {len(self._por_asentar)} asientos sin escribir en la bitácora")

    def paso(self) -> None:
        """Do whatever is due now. Idempotent: a second call in the same instant does nothing."""
        self._cumplir("registrar las entregas", self._recoger_intentos)
        self._cumplir("leer los registros de vigilancia", self._plegar)
        self._cumplir("publicar", self._publicar_lo_debido)
        self._cumplir("renovar la firma", self._latir_si_toca)
        self._cumplir("asentar la publicación", self._asentar_publicacion)
        if self.fase is Fase.CERRADA:
            self._cumplir("cerrar la jornada", self._cerrar)
        self._asentar_pendientes()

    def _cumplir(self, tarea: str, accion: Callable[[], None]) -> None:
        """Do one duty of a step; its failure is told once and ends with it."""
        try:
            accion()
        except Exception as error:  # noqa: BLE001 — the edge of the loop that must live
            causa = str(error) or type(error).__name__
            if self._fallas.get(tarea) != causa:
                ajena = not isinstance(error, PregonError)
                _log.error("no se pudo %s: %s", tarea, causa, exc_info=ajena)
            if tarea not in self._fallas:
                self._asentar("falla", tarea, {"causa": causa[:1000]})
            self._fallas[tarea] = causa
        else:
            if self._fallas.pop(tarea, None) is not None:
                self._asentar("falla superada", tarea, {})

    def _publicar_lo_debido(self) -> None:
        ahora = self._clock.now()
        debido = self._cadencia.numero(ahora)
        publicado = -1 if self._ultimo is None else self._ultimo.numero
        if publicado < 0 and debido == 0:
            self._publicar(self._paquete_de_antes(ahora))
        elif debido > max(publicado, 0) and self.fase is not Fase.CERRADA:
            self._publicar(self._siguiente_corte(debido, publicado, ahora))

    def _latir_si_toca(self) -> None:
        """Sign when states changed and every half period; at once if the clock stepped back (E2)."""
        ahora = self._clock.now()
        reciente = timedelta(0) <= ahora - self._latido < self._cadencia.periodo_real / 2
        # What the close signed stays valid past the retention: only news renew it (decisions §27).
        if self._ultimo is None or not (self._por_firmar or not (reciente or self._sellada)):
            return
        lista_json, lista_html = self._firmar_lista()
        self._repositorio.latido(
            lista_json=lista_json, lista_html=lista_html, ahora=ahora, vence=self._vence(ahora)
        )
        self._anunciar(ahora)

    def _paquete_de_antes(self, ahora: datetime) -> Publicable:
        nombre = intencion(
            self._carpetas.intenciones,
            Intencion(numero=0, publicado=_segundo(ahora), ultimo=False),
        )
        return paquete_de_antes(
            self._fuente,
            self._cadencia,
            publicado=nombre.publicado,
            catalogo=self._catalogo,
            bitacora=self._cabeza,
        )

    def _siguiente_corte(self, numero: int, publicado: int, ahora: datetime) -> Publicable:
        nombre = intencion(
            self._carpetas.intenciones,
            Intencion(numero=numero, publicado=_segundo(ahora), ultimo=numero == self._cadencia.ultimo),
        )
        return hacer_paquete(
            hacer_corte(self._fuente, self._cadencia, numero=numero, ultimo=nombre.ultimo),
            self._cadencia,
            intencion=nombre,
            ahora=ahora,
            anterior=self._corte_publicado() if publicado > 0 else None,
            manifest_anterior=huella(manifests.escribir(self._ultimo)) if self._ultimo else None,
            catalogo=self._catalogo,
            bitacora=self._cabeza,
        )

    def _publicar(self, listo: Publicable) -> None:
        ahora = self._clock.now()
        if listo.corte is not None and ahora < self._cadencia.apertura_real:
            # It was due when it was begun: the clock stepped back over the opening (C9, E2).
            raise ErrorDeOperacion("el reloj retrocedió a antes de la apertura; nada se publica hasta ella")
        lista_json, lista_html = self._firmar_lista()
        self._repositorio.publicar(
            listo.manifest,
            listo.objetos,
            lista_json=lista_json,
            lista_html=lista_html,
            ahora=ahora,
            vence=self._vence(ahora),
        )
        self._ultimo, self._corte = listo.manifest, listo.corte
        self._anunciar(ahora)

    def _corte_publicado(self) -> Corte | None:
        """Return the newest corte, counted again after a restart; None for paquete 0."""
        if self._corte is None and self._ultimo is not None and self._ultimo.numero > 0:
            self._corte = hacer_corte(
                self._fuente, self._cadencia, numero=self._ultimo.numero, ultimo=self._ultimo.ultimo
            )
        return self._corte

    def _anunciar(self, ahora: datetime) -> None:
        """Push to all but the suspended: those get the list that says so, until they have it (§23)."""
        assert self._ultimo is not None
        piezas = tuple(self._repositorio.piezas())
        self._version += 1
        entrega = Entrega(corte=self._ultimo.numero, version=self._version, piezas=piezas)
        suspendidos = {id_ for id_, v in self._vigilancia.items() if v.estado is Estado.SUSPENDIDO}
        self._reparto.anunciar(entrega, [d.id for d in self._difusores if d.id not in suspendidos])
        self._reparto.anunciar(
            replace(entrega, piezas=_sin_corte(piezas)),
            [d.id for d in self._difusores if d.id in suspendidos & self._por_avisar.keys()],
        )
        self._latido, self._por_firmar = ahora, False

    def _plegar(self) -> None:
        """Fold the monitor's and the operator's records into states, whenever they grew."""
        libros = (self._carpetas.transiciones, self._carpetas.actos)
        tamanos = tuple(libro.stat().st_size if libro.exists() else 0 for libro in libros)
        if tamanos == self._leido:
            return
        nuevos = estados.leer_y_plegar(self._difusores, transiciones=libros[0], actos=libros[1])
        previos, self._vigilancia, self._leido = self._vigilancia, nuevos, tamanos
        if nuevos == previos:
            return
        self._lista, self._por_firmar = None, True
        for difusor, nueva in nuevos.items():
            previa = previos.get(difusor, Vigilancia())
            if previa.estado is nueva.estado:
                continue
            if nueva.estado is Estado.SUSPENDIDO:
                self._por_avisar[difusor] = self._version + 1
            if SIN_ENLACE & {previa.estado, nueva.estado}:
                self._asentar("vigilancia", difusor, {"de": previa.estado.value, "a": nueva.estado.value})

    def _firmar_lista(self) -> tuple[bytes, bytes] | tuple[None, None]:
        """Return list and page; their hour is the last change's, so that a heartbeat changes neither.

        None while the records could not be read: then what was signed before stays.
        """
        if self._leido is None:
            return None, None
        if self._lista is None:
            cambios = [v.desde for v in self._vigilancia.values() if v.desde is not None]
            lista = estados.lista(
                self._fuente.jornada.rol,
                self._difusores,
                self._vigilancia,
                instante=max(cambios, default=self._cadencia.apertura_real),
            )
            pagina = sitio.pagina_difusores(self._fuente.jornada, lista.difusores, instante=lista.instante)
            self._lista = (lista.escribir(), pagina)
        return self._lista

    def _cerrar(self) -> None:
        """Seal the night once the last corte was judged, and write the proyecto of the acta (R7, §27).

        Judged or two periods late: a monitor that died must not keep the night open. The acta waits for
        its sources: better late than silent about what could not be read.
        """
        if self._carpetas.acta.exists():
            return
        assert self._ultimo is not None
        ahora = self._clock.now()
        if not self._sellada:
            juzgado = self._leido is not None and all(
                v.estado in {Estado.CERRADO, Estado.SUSPENDIDO} for v in self._vigilancia.values()
            )
            if not juzgado and ahora < self._ultimo.publicado + 3 * self._cadencia.periodo_real:
                return
            retencion = max(self._fuente.jornada.retencion, ahora) + MARGEN_DE_RETENCION
            self._repositorio.cerrar(retencion)
            self._sellada = True
            self._asentar(CIERRE, f"corte {self._ultimo.numero}", {"retencion": retencion.isoformat()})
            self._anunciar(ahora)
        corte = self._corte_publicado()
        if self._por_asentar or corte is None:
            return
        datos = datos_de_cierre(
            corte=corte,
            manifest=self._ultimo,
            cadencia=self._cadencia,
            difusores=self._difusores,
            cambios=tuple(
                estados.cambios(
                    self._difusores,
                    Bitacora(self._carpetas.transiciones, "origen").leer(),
                    Bitacora(self._carpetas.actos, "origen").leer(),
                )
            ),
            bitacora=self._bitacora.leer(),
            raiz=self._raiz,
            version=version("pregon"),
        )
        atomic.write(self._carpetas.acta, markdown.escribir(acta_circunstanciada(datos)).encode())

    def _recoger_intentos(self) -> None:
        while self._intentos:
            intento = self._intentos[0]
            if intento.error is None and intento.version >= self._por_avisar.get(
                intento.difusor, self._version + 1
            ):
                del self._por_avisar[intento.difusor]
            self._entregas.append(
                self._clock.now(),
                "entrega" if intento.error is None else "entrega fallida",
                intento.difusor,
                {
                    "corte": intento.corte,
                    "version": intento.version,
                    "segundos": round(intento.segundos, 3),
                    "archivos": intento.acuse.enviados if intento.acuse else 0,
                    "bytes": intento.acuse.bytes if intento.acuse else 0,
                    "error": intento.error,
                },
            )
            self._intentos.popleft()

    def _asentar_publicacion(self) -> None:
        """Record the newest corte, and those skipped before it: also for a life that ended too soon."""
        if self._ultimo is None or self._ultimo.numero <= self._asentado:
            return
        objeto = f"corte {self._ultimo.numero}"
        resumen = resumen_de_publicacion(self._ultimo, self._corte_publicado())
        if omitidos := list(range(max(self._asentado, 0) + 1, self._ultimo.numero)):
            self._asentar("cortes omitidos", objeto, {"numeros": omitidos})
        self._asentar(PUBLICACION, objeto, resumen)
        self._asentado = self._ultimo.numero

    def _asentar(self, acto: str, objeto: str, datos: Mapping[str, Any]) -> None:
        """Write to the night's book, or as soon as the disk admits it: nothing waits for it (F8)."""
        self._por_asentar.append((self._clock.now(), acto, objeto, datos))
        self._asentar_pendientes()

    def _asentar_pendientes(self) -> None:
        while self._por_asentar:
            try:
                asiento = self._bitacora.append(*self._por_asentar[0])
            except PregonError as error:
                if self._fallas.get("asentar") != str(error):
                    _log.error("%s", error)
                self._fallas["asentar"] = str(error)
                return
            self._por_asentar.popleft()
            self._cabeza = asiento.sha256
        self._fallas.pop("asentar", None)

    def _vence(self, ahora: datetime) -> datetime:
        return ahora + max(_VIDA_MINIMA, 3 * self._cadencia.periodo_real)


def _sin_corte(piezas: tuple[Pieza, ...]) -> tuple[Pieza, ...]:
    """Leave out objects and manifest: what a suspended difusor still gets is the list that says so."""
    return tuple(p for p in piezas if not p.ruta.startswith("objetos/") and not p.ruta.endswith(".manifest"))


def _segundo(instante: datetime) -> datetime:
    return instante.replace(microsecond=0)
