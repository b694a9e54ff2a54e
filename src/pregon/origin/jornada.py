"""The night at the institute: phases, cortes when they are due, heartbeat, states, close.

    ANTES ──opening──▶ ABIERTA ──last corte──▶ CERRADA

All memory is on the disk: the repository says which corte was last, the timetable (`Cadencia`) which is
due, the monitor's records who is suspended. So a process that was killed goes on where it was, a corte
whose hour passed while it was dead is skipped and said to be, and nothing is ever numbered twice (C7).
The loop never waits for a difusor: delivery lives in `entrega`.
"""

import queue
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import Enum
from importlib.metadata import version
from pathlib import Path
from typing import Any

from pregon import sitio
from pregon.clock import Clock
from pregon.documentos import markdown
from pregon.origin import estados
from pregon.origin.acta import acta_circunstanciada
from pregon.origin.cierre import PUBLICACION, datos_de_cierre, resumen_de_publicacion
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
from pregon.paquete.difusores import SIN_ENLACE, Difusor, Estado, Vigilancia
from pregon.paquete.manifest import Manifest, huella
from pregon.prep.cadencia import Cadencia
from pregon.prep.catalogo import catalogo
from pregon.prep.corte import Corte
from pregon.storage import atomic
from pregon.storage.bitacora import Bitacora
from pregon.transport.sender import Pieza, Sender

MARGEN_DE_RETENCION = timedelta(days=30)
"""Keys and final metadata outlive the retention by this much (decisions §27)."""
_PASO = 0.2
"""Seconds between looks at clock and records."""
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
        self._cabeza = self._bitacora.cabeza
        self._entregas = Bitacora(carpetas.entregas, "origen")
        self._intentos: queue.SimpleQueue[Intento] = queue.SimpleQueue()
        self._reparto = Reparto(senders, al_terminar=self._intentos.put)
        self._catalogo = huella(catalogo(fuente.jornada, fuente.actas(cadencia.apertura)))
        self._ultimo: Manifest | None = repositorio.ultimo()
        self._corte: Corte | None = None
        self._vigilancia: dict[str, Vigilancia] = {}
        self._lista: tuple[bytes, bytes] | None = None
        self._leido: tuple[int, ...] = ()
        self._por_avisar: set[str] = set()
        self._renovar_a = datetime.min.replace(tzinfo=UTC)
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
                if not self._clock.sleep(_PASO):
                    break
        self._recoger_intentos()
        self._asentar("fin", "origen", {"fase": self.fase.value})

    def paso(self) -> None:
        """Do whatever is due now. Idempotent: a second call in the same instant does nothing."""
        ahora = self._clock.now()
        self._recoger_intentos()
        cambio = self._plegar()
        debido = self._cadencia.numero(ahora)
        publicado = -1 if self._ultimo is None else self._ultimo.numero
        if publicado < 0 and debido == 0:
            self._publicar(self._paquete_de_antes(ahora))
        elif debido > max(publicado, 0):
            self._publicar(self._siguiente_corte(debido, publicado, ahora))
        elif cambio or ahora >= self._renovar_a:
            self._latir(ahora)
        if self.fase is Fase.CERRADA and not self._carpetas.acta.exists():
            self._cerrar(ahora)

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
        omitidos = list(range(max(publicado, 0) + 1, numero))
        if omitidos:
            self._asentar("cortes omitidos", f"corte {numero}", {"numeros": omitidos})
        nombre = intencion(
            self._carpetas.intenciones,
            Intencion(numero=numero, publicado=_segundo(ahora), ultimo=numero == self._cadencia.ultimo),
        )
        corte = hacer_corte(self._fuente, self._cadencia, numero=numero, ultimo=nombre.ultimo)
        anterior = self._corte
        if anterior is None and publicado > 0:
            anterior = hacer_corte(self._fuente, self._cadencia, numero=publicado, ultimo=False)
        return hacer_paquete(
            corte,
            self._cadencia,
            intencion=nombre,
            ahora=ahora,
            anterior=anterior,
            manifest_anterior=huella(manifests.escribir(self._ultimo)) if self._ultimo else None,
            catalogo=self._catalogo,
            bitacora=self._cabeza,
        )

    def _publicar(self, listo: Publicable) -> None:
        ahora = self._clock.now()
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
        self._asentar(
            PUBLICACION,
            f"corte {listo.manifest.numero}",
            resumen_de_publicacion(listo.manifest, listo.corte),
        )
        self._anunciar(ahora)

    def _latir(self, ahora: datetime) -> None:
        lista_json, lista_html = self._firmar_lista()
        self._repositorio.latido(
            lista_json=lista_json, lista_html=lista_html, ahora=ahora, vence=self._vence(ahora)
        )
        self._anunciar(ahora)

    def _anunciar(self, ahora: datetime) -> None:
        """Push to all but the suspended; those got the list that says so, then nothing (§23)."""
        assert self._ultimo is not None
        self._renovar_a = ahora + self._cadencia.periodo_real / 2
        self._version += 1
        entrega = Entrega(
            corte=self._ultimo.numero, version=self._version, piezas=tuple(self._repositorio.piezas())
        )
        suspendidos = {id_ for id_, v in self._vigilancia.items() if v.estado is Estado.SUSPENDIDO}
        self._reparto.anunciar(entrega, [d.id for d in self._difusores if d.id not in suspendidos])
        if self._por_avisar:
            self._reparto.anunciar(
                replace(entrega, piezas=_sin_corte(entrega.piezas)), sorted(self._por_avisar)
            )
            self._por_avisar.clear()

    def _plegar(self) -> bool:
        """Fold the monitor's and the operator's records into states; say whether any changed."""
        libros = (self._carpetas.transiciones, self._carpetas.actos)
        tamanos = tuple(libro.stat().st_size if libro.exists() else 0 for libro in libros)
        if tamanos == self._leido and self._vigilancia:
            return False
        nuevos = estados.leer_y_plegar(self._difusores, transiciones=libros[0], actos=libros[1])
        self._leido = tamanos
        if nuevos == self._vigilancia:
            return False
        for difusor, nueva in nuevos.items():
            previa = self._vigilancia.get(difusor)
            if previa is None or previa.estado is nueva.estado:
                continue
            if nueva.estado is Estado.SUSPENDIDO:
                self._por_avisar.add(difusor)
            if SIN_ENLACE & {previa.estado, nueva.estado}:
                self._asentar("vigilancia", difusor, {"de": previa.estado.value, "a": nueva.estado.value})
        self._vigilancia = nuevos
        self._lista = None
        return True

    def _firmar_lista(self) -> tuple[bytes, bytes]:
        """Return list and page; their hour is the last change's, so that a heartbeat changes neither."""
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

    def _cerrar(self, ahora: datetime) -> None:
        """Seal the night and write the proyecto of the acta (R7, §27), once the last corte was judged.

        Judged or two periods late: a monitor that died must not keep the night open.
        """
        assert self._ultimo is not None
        juzgado = all(v.estado in {Estado.CERRADO, Estado.SUSPENDIDO} for v in self._vigilancia.values())
        tarde = ahora >= self._ultimo.publicado + 3 * self._cadencia.periodo_real
        if not (juzgado or tarde):
            return
        retencion = max(self._fuente.jornada.retencion, ahora) + MARGEN_DE_RETENCION
        self._repositorio.cerrar(retencion)
        if self._corte is None:
            self._corte = hacer_corte(self._fuente, self._cadencia, numero=self._ultimo.numero, ultimo=True)
        self._asentar("cierre", f"corte {self._ultimo.numero}", {"retencion": retencion.isoformat()})
        transiciones = Bitacora(self._carpetas.transiciones, "vigilancia").leer()
        datos = datos_de_cierre(
            corte=self._corte,
            manifest=self._ultimo,
            cadencia=self._cadencia,
            ahora=ahora,
            difusores=self._difusores,
            vigilancia=self._vigilancia,
            bitacora=self._bitacora.leer(),
            transiciones=transiciones,
            raiz=self._raiz,
            version=version("pregon"),
        )
        texto = markdown.escribir(acta_circunstanciada(datos))
        atomic.write(self._carpetas.acta, texto.encode())
        self._anunciar(ahora)

    def _recoger_intentos(self) -> None:
        while True:
            try:
                intento = self._intentos.get_nowait()
            except queue.Empty:
                return
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

    def _asentar(self, acto: str, objeto: str, datos: Mapping[str, Any]) -> None:
        asiento = self._bitacora.append(self._clock.now(), acto, objeto, datos)
        self._cabeza = asiento.sha256

    def _vence(self, ahora: datetime) -> datetime:
        return ahora + max(_VIDA_MINIMA, 3 * self._cadencia.periodo_real)


def _sin_corte(piezas: tuple[Pieza, ...]) -> tuple[Pieza, ...]:
    """Leave out objects and manifest: what a suspended difusor still gets is the list that says so."""
    return tuple(p for p in piezas if not p.ruta.startswith("objetos/") and not p.ruta.endswith(".manifest"))


def _segundo(instante: datetime) -> datetime:
    return instante.replace(microsecond=0)
