"""The night at the institute: phases, cortes when they are due, heartbeat, states, close.

    ANTES ──opening──▶ ABIERTA ──last corte──▶ CERRADA

All memory is on the disk: the repository says which corte was last, the timetable (`Cadencia`) which is
due, `retenidos` which is held, the monitor's records who is suspended. So a process that was killed goes
on where it was, a corte whose hour passed while it was dead is skipped and said to be, and nothing is ever
numbered twice (C7). The loop never waits for a difusor: delivery lives in `entrega`.

A corte that is due is read, counted, recounted from its written files, and published or held (§15,
`retencion`). While it is held every step looks again, and the heartbeat goes on.

What cannot be read at the start (keys, election, difusores, repository, our own bitácora) is fatal there,
with somebody looking. Once the night runs, each duty of a step fails alone: it is told once, tried again,
and holds up no other. A book that cannot be read changes no state; a full disk delays a corte, not the
next one.
"""

import logging
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import Enum
from importlib.metadata import version
from itertools import islice
from pathlib import Path
from typing import Any

from pregon import sitio
from pregon.clock import Clock
from pregon.documentos import markdown
from pregon.errors import ErrorDeAlmacen, ErrorDeDatos, ErrorDeOperacion, PregonError
from pregon.origin import estados
from pregon.origin import retencion as retenciones
from pregon.origin.acta import acta_circunstanciada
from pregon.origin.alarmas import Alarmas
from pregon.origin.cierre import (
    CIERRE,
    FALLA,
    FALLA_SUPERADA,
    INICIO,
    PUBLICACION,
    datos_de_cierre,
    resumen_de_publicacion,
)
from pregon.origin.contraste import Contraste, contrastar
from pregon.origin.entrega import Entrega, Intento, Reparto
from pregon.origin.imagenes import Imagenes, asientos, recoger, reconstruir
from pregon.origin.motor import contar
from pregon.origin.personas import Persona, firmas
from pregon.origin.publicacion import (
    Intencion,
    Motor,
    Publicable,
    descuadres,
    discrepancias,
    hacer_paquete,
    intencion,
    paquete_de_antes,
    publicado,
    releer,
    secretos,
)
from pregon.origin.repositorio import Repositorio
from pregon.origin.retencion import FIRMAS, Causa, Desenlace, Motivo, retener, terminar
from pregon.origin.retenidos import Retenidos
from pregon.origin.sources import Fuente
from pregon.origin.sources.fuente import Entrada
from pregon.paquete import manifest as manifests
from pregon.paquete.bitacora import Acto, Asiento
from pregon.paquete.difusores import SIN_ENLACE, Difusor, Estado, Vigilancia, leer_lista
from pregon.paquete.manifest import Archivo, Manifest, huella
from pregon.prep.cadencia import Cadencia
from pregon.prep.cambios import con_cambios
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
"""The same while something fails or is held."""
_VISTAS = 60
"""Looks at the source in a period, at most, while its corte is held: each reads and counts everything."""
_NUNCA = datetime.min.replace(tzinfo=UTC)
_CAUSAS = 1000
"""Causes of one kind that a look gathers: two engines may differ in every row of the country."""
_PLAZO_DE_IMAGENES = 30.0
"""Seconds that a corte waits for its images, in a night of ordinary periods (§14)."""
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
    def retenciones(self) -> Path:
        """Return the folder of the cortes that were held, one file each."""
        return self.base / "retenciones"

    @property
    def liberaciones(self) -> Path:
        """Return the signed acts that release held cortes."""
        return self.base / "liberaciones.jsonl"

    @property
    def contraste(self) -> Path:
        """Return the last comparison with what the source reports."""
        return self.base / "contraste.json"

    @property
    def acta(self) -> Path:
        """Return the proyecto of the acta circunstanciada."""
        return self.base / "acta-circunstanciada.md"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Vista:
    """What one look at the source gave."""

    listo: Publicable | None
    """None: nothing could be read."""
    causas: tuple[Causa, ...]
    """Why it must be held; none when it may be published."""

    @property
    def contenido(self) -> str | None:
        """Return what two persons would sign."""
        return retenciones.contenido(self.listo.manifest, self.causas) if self.listo else None


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
        personas: Sequence[Persona] = (),
        contar: Motor = contar,
        imagenes: Imagenes | None = None,
    ) -> None:
        """Take everything from outside; re-derive where the night is from the repository.

        `raiz` is the SHA-256 of the root of trust, for the acta. `personas` may release a held corte.
        Raises ErrorDeDatos when the catalogue cannot be read and none was published yet.
        """
        self._fuente, self._cadencia, self._repositorio = fuente, cadencia, repositorio
        self._raiz, self._difusores, self._carpetas, self._clock = raiz, difusores, carpetas, clock
        self._personas, self._contar, self._imagenes = personas, contar, imagenes
        self._dicho_de_imagenes: set[str] = set()
        self._bitacora = Bitacora(carpetas.bitacora, "origen")
        self._entregas = Bitacora(carpetas.entregas, "origen")
        self._intentos: deque[Intento] = deque()
        self._reparto = Reparto(senders, al_terminar=self._intentos.append)
        self._ultimo: Manifest | None = repositorio.ultimo()
        # Once published it stands: a source that fails at a restart must not stop the heartbeat (C2).
        self._catalogo = self._ultimo.catalogo if self._ultimo else _catalogo(fuente, cadencia)
        self._corte: Corte | None = None
        asientos = self._bitacora.leer()
        self._cabeza = asientos[-1].sha256 if asientos else None
        self._asentado = max((a.datos["numero"] for a in asientos if a.acto == PUBLICACION), default=-1)
        """Newest corte that the bitácora tells of: one less than published after an untimely death."""
        self._sellada = any(a.acto == CIERRE for a in asientos)
        self._por_asentar: deque[tuple[datetime, str, str, Mapping[str, Any]]] = deque()
        self._fallas: dict[str, str] = {}
        """Duties that fail at present, with the cause that was told."""
        self._retenidos = Retenidos(carpetas.retenciones, asientos=asientos, asentar=self._asentar)
        self._liberaciones: tuple[Asiento, ...] = ()
        self._liberaciones_leidas = 0
        self._mirado = _NUNCA
        """When the last look at the source ended."""
        self._alarmas = Alarmas(carpetas.contraste, asientos=asientos, asentar=self._asentar)
        self._contraste: Contraste | None = None
        """Of the last look that read the source."""
        firmada = repositorio.lista()
        publicos = leer_lista(firmada).difusores if firmada else ()
        self._vigilancia = {p.id: Vigilancia(estado=p.estado, asiento=p.asiento) for p in publicos}
        self._por_avisar = {p.id: 0 for p in publicos if p.estado is Estado.SUSPENDIDO}
        """Suspended difusores whose inbox has yet to get the list → first version that says so."""
        self._lista: tuple[bytes, bytes] | None = None
        self._leido: tuple[int, ...] | None = None
        self._por_firmar = True
        self._latido = _NUNCA
        self._version = 0

    @property
    def fase(self) -> Fase:
        """Return the phase, from what is published."""
        return fase_de(self._ultimo.numero, ultimo=self._ultimo.ultimo) if self._ultimo else Fase.ANTES

    def correr(self) -> None:
        """Run until the clock is stopped; the night closes itself at its last corte and stays watched."""
        self._asentar(INICIO, "origen", {"fase": self.fase.value})
        with self._reparto:
            while True:
                self.paso()
                despacio = self._fallas or self._retenidos.vigente
                if not self._clock.sleep(_PASO_CON_FALLA if despacio else _PASO):
                    break
        self._cumplir("registrar las entregas", self._recoger_intentos)
        self._asentar("fin", "origen", {"fase": self.fase.value})
        if self._por_asentar:
            raise ErrorDeAlmacen(f"quedaron {len(self._por_asentar)} asientos sin escribir en la bitácora")

    def paso(self) -> None:
        """Do whatever is due now. Idempotent: a second call in the same instant does nothing."""
        self._cumplir("registrar las entregas", self._recoger_intentos)
        self._cumplir("leer los registros de vigilancia", self._plegar)
        self._cumplir("leer las liberaciones", self._leer_liberaciones)
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
                self._asentar(FALLA, tarea, {"causa": causa[:1000]})
            self._fallas[tarea] = causa
        else:
            if self._fallas.pop(tarea, None) is not None:
                self._asentar(FALLA_SUPERADA, tarea, {})

    def _leer_liberaciones(self) -> None:
        """Read the signed acts whenever their book grew."""
        libro = self._carpetas.liberaciones
        tamano = libro.stat().st_size if libro.exists() else 0
        if tamano != self._liberaciones_leidas:
            self._liberaciones = Bitacora(libro, "origen").leer()
            self._liberaciones_leidas = tamano
            self._mirado = _NUNCA  # who signed is not kept waiting

    def _publicar_lo_debido(self) -> None:
        ahora = self._clock.now()
        # Nothing is made below a number that was held: a clock that steps back uses none twice (E2).
        debido = max(self._cadencia.numero(ahora), self._retenidos.mayor)
        ultimo = self._ultimo.numero if self._ultimo else 0
        if self._ultimo is None and debido == 0:
            self._publicar(self._paquete_de_antes(ahora))
        elif debido > ultimo and self.fase is not Fase.CERRADA:
            self._retenidos.superar(debido, publicado=ultimo)
            self._atender(debido, ahora)

    def _atender(self, numero: int, ahora: datetime) -> None:
        """Look at the source for the corte that is due, and publish it or hold it (§15)."""
        previa = self._retenidos.de(numero)
        sigue = previa is not None and previa.desenlace is None
        if sigue and _reciente(self._mirado, ahora, self._cadencia.periodo_real / _VISTAS):
            return
        vista = self._mirar(numero, ahora)
        self._mirado = self._clock.now()
        if vista.causas:
            retencion = retener(
                previa,
                rol=self._fuente.jornada.rol,
                numero=numero,
                instante=self._cadencia.instante(numero),
                causas=vista.causas,
                contenido=vista.contenido,
                ahora=ahora,
                plazo=None if numero == self._cadencia.ultimo else self._cadencia.debido(numero + 1),
            )
            quienes = firmas(self._personas, self._liberaciones, retencion)
            if len(quienes) < FIRMAS:
                self._retenidos.anotar(retencion)
                return
            # What was decided is on the disk before it is done: a kill in between changes nothing.
            self._retenidos.anotar(terminar(retencion, Desenlace.LIBERADO, firmas=quienes[:FIRMAS]))
        elif previa is not None:
            self._retenidos.anotar(terminar(previa, Desenlace.ENTERO))
        assert vista.listo is not None
        self._publicar(vista.listo)
        if contraste := self._contraste:
            self._cumplir("contrastar con la fuente", lambda: self._alarmas.anotar(contraste.publicado()))

    def _mirar(self, numero: int, ahora: datetime) -> _Vista:
        """Read, count and recount one corte. Nothing is published here (C1, C2)."""
        instante = self._cadencia.instante(numero)
        try:
            entrada = self._fuente.leer(instante)
        except Exception as error:  # noqa: BLE001 — whatever it is, the last good corte stays and people are told
            texto = str(error)
            if not isinstance(error, PregonError):
                _log.exception("la fuente no pudo leerse")
                texto = f"falla del programa al leer la fuente: {error!r}"
            return _Vista(listo=None, causas=(Causa(motivo=Motivo.FUENTE, texto=texto),))
        causas = [Causa(motivo=Motivo.ENTRADA, texto=texto) for texto in entrada.causas[:_CAUSAS]]
        if causas and not all(entrada.actas.get(e.clave) for e in self._fuente.jornada.elecciones):
            self._contrastar(numero, entrada, None)
            return _Vista(listo=None, causas=tuple(causas))
        nombre = self._nombre(numero, ahora)
        try:
            corte = self._contar(
                self._fuente.jornada,
                numero=numero,
                instante=instante,
                ultimo=nombre.ultimo,
                actas=entrada.actas,
            )
        except Exception as error:  # noqa: BLE001 — it broke, or its corte breaks R45: nothing to agree on
            _log.exception("el primer motor no pudo contar el corte %d", numero)
            texto = f"el primer motor no pudo contar: {error}"
            return _Vista(listo=None, causas=(*causas, Causa(motivo=Motivo.MOTORES, texto=texto)))
        self._contrastar(numero, entrada, corte)
        try:
            listo = self._empaquetar(corte, nombre, ahora)
        except ErrorDeDatos as error:
            return _Vista(listo=None, causas=(*causas, Causa(motivo=Motivo.FUENTE, texto=str(error))))
        except PregonError:
            raise
        except Exception:
            # What writes may trust that a corte squares: when it breaks over one that does not, that is why.
            malas = [Causa(motivo=Motivo.MOTORES, texto=t) for t in islice(descuadres(corte), _CAUSAS)]
            if not malas:
                raise
            _log.exception("el corte %d no cuadra y no pudo escribirse", numero)
            return _Vista(listo=None, causas=(*causas, *malas))
        difieren = islice(discrepancias(listo), _CAUSAS)
        causas += [Causa(motivo=Motivo.MOTORES, texto=texto) for texto in difieren]
        causas += [Causa(motivo=Motivo.SECRETO, texto=texto) for texto in islice(secretos(listo), _CAUSAS)]
        return _Vista(listo=listo, causas=tuple(causas))

    def _contrastar(self, numero: int, entrada: Entrada, corte: Corte | None) -> None:
        """Put what the source reports beside the corte; it alarms and holds nothing (Guerrero 2021)."""
        contraste = contrastar(
            entrada.verificadas, corte, self._corte_publicado(), numero=numero, ahora=self._clock.now()
        )
        self._contraste = contraste
        self._cumplir("contrastar con la fuente", lambda: self._alarmas.anotar(contraste))

    def _latir_si_toca(self) -> None:
        """Sign when states changed and every half period; at once if the clock stepped back (E2)."""
        ahora = self._clock.now()
        reciente = _reciente(self._latido, ahora, self._cadencia.periodo_real / 2)
        if self._ultimo is None or (reciente and not self._por_firmar):
            return
        # What the close signed stays valid past the retention: only news renew it (decisions §27).
        if self._sellada and not (self._por_firmar or self._repositorio.hay_relevo()):
            self._latido = ahora
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

    def _nombre(self, numero: int, ahora: datetime) -> Intencion:
        return intencion(
            self._carpetas.intenciones,
            Intencion(numero=numero, publicado=_segundo(ahora), ultimo=numero == self._cadencia.ultimo),
            renovar=self._retenidos.de(numero) is not None,
        )

    def _empaquetar(self, corte: Corte, nombre: Intencion, ahora: datetime) -> Publicable:
        return hacer_paquete(
            con_cambios(corte, self._corte_publicado()),
            self._cadencia,
            intencion=nombre,
            ahora=ahora,
            manifest_anterior=huella(manifests.escribir(self._ultimo)) if self._ultimo else None,
            catalogo=self._catalogo,
            bitacora=self._cabeza,
            imagenes=self._recoger_imagenes(corte, ahora),
        )

    def _recoger_imagenes(self, corte: Corte, ahora: datetime) -> Sequence[Archivo] | None:
        """Look for the images of a corte, and not for long; what is odd is told once (R100)."""
        if self._imagenes is None or ahora < self._cadencia.apertura_real:
            return None
        previo, publicadas = self._corte_publicado(), self._ultimo.imagenes if self._ultimo else ()
        recogidas = recoger(
            self._imagenes,
            {r.eleccion.clave: r.actas for r in corte.resultados},
            reconstruir({r.eleccion.clave: r.actas for r in previo.resultados} if previo else {}, publicadas),
            guardar=self._repositorio.objetos.put,
            plazo=min(_PLAZO_DE_IMAGENES, self._cadencia.periodo_real.total_seconds() / 4),
        )
        for acto, objeto, datos in asientos(recogidas, corte.numero):
            if (dicho := repr((acto, objeto, datos))) not in self._dicho_de_imagenes:
                self._dicho_de_imagenes.add(dicho)
                self._asentar(acto, objeto, datos)
        return recogidas.archivos

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
        """Return the newest corte, read back after a restart; None for paquete 0 or while unreadable."""
        if self._corte is None and self._ultimo is not None and self._ultimo.numero > 0:
            self._cumplir("releer el corte publicado", self._releer)
        return self._corte

    def _releer(self) -> None:
        assert self._ultimo is not None
        self._corte = releer(
            self._ultimo,
            self._repositorio.objetos,
            self._fuente.jornada,
            self._cadencia.instante(self._ultimo.numero),
            self._contar,
        )

    def _anunciar(self, ahora: datetime) -> None:
        """Push to all but the suspended: those get the list that says so, until they have it (§23)."""
        assert self._ultimo is not None
        piezas = tuple(self._repositorio.piezas())
        self._version += 1
        entrega = Entrega(
            corte=self._ultimo.numero,
            version=self._version,
            piezas=piezas,
            atajos=self._repositorio.atajos(piezas),
        )
        suspendidos = {id_ for id_, v in self._vigilancia.items() if v.estado is Estado.SUSPENDIDO}
        self._reparto.anunciar(entrega, [d.id for d in self._difusores if d.id not in suspendidos])
        self._reparto.anunciar(
            replace(entrega, piezas=_sin_corte(piezas), atajos={}),
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
        figuras = publicado(self._ultimo, "corte.json", self._repositorio.objetos)
        resumen = resumen_de_publicacion(self._ultimo, figuras)
        entre = range(max(self._asentado, 0) + 1, self._ultimo.numero)
        # Those that were held have their own entries.
        if omitidos := [n for n in entre if n not in self._retenidos.numeros]:
            rezago = self._contraste.rezago if self._contraste else {}
            self._asentar(Acto.OMITIDOS.value, objeto, {"numeros": omitidos, "rezago": rezago})
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


def _catalogo(fuente: Fuente, cadencia: Cadencia) -> str:
    """Return the hash of the catalogue: its rows are there even where what was captured is torn."""
    actas = fuente.leer(cadencia.apertura).actas
    if faltan := [e.clave for e in fuente.jornada.elecciones if not actas.get(e.clave)]:
        raise ErrorDeDatos(f"la fuente no tiene el catálogo de {', '.join(faltan)}")
    return huella(catalogo(fuente.jornada, actas))


def _reciente(antes: datetime, ahora: datetime, cuanto: timedelta) -> bool:
    """Say whether less than `cuanto` passed; a clock that stepped back makes nothing recent (E2)."""
    return timedelta(0) <= ahora - antes < cuanto


def _segundo(instante: datetime) -> datetime:
    return instante.replace(microsecond=0)
