"""A night's loop with the clock in hand, on a real repository: a source that fails, an engine that lies."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from tuf.api.metadata import Metadata, Timestamp

from pregon.origin import motor, retenidos
from pregon.origin.imagenes import Imagenes
from pregon.origin.jornada import Carpetas, JornadaEnCurso
from pregon.origin.llaves import Llaves, ceremonia
from pregon.origin.personas import Persona, crear_llaves, firmar_liberacion, leer_publica
from pregon.origin.publicacion import Motor
from pregon.origin.repositorio import Repositorio
from pregon.origin.retencion import Firma, Retencion
from pregon.origin.sources import Fuente, ejemplos
from pregon.origin.sources.fuente import Entrada
from pregon.origin.sources.sintetica import Sintetica
from pregon.paquete.bitacora import Acto
from pregon.paquete.difusores import Difusor, Estado, Suceso, leer_lista
from pregon.prep import eleccion
from pregon.prep.acta import Acta
from pregon.prep.cadencia import Cadencia
from pregon.prep.corte import Corte, Totales
from pregon.prep.jornada import CatalogoSintetico, Jornada
from pregon.storage.bitacora import Bitacora
from pregon.transport.sender import Acuse, Pieza

APERTURA = datetime(2026, 11, 22, 6, 0, tzinfo=UTC)
CADA = timedelta(seconds=600)
CORTES = 6
CASILLAS = 300


class Reloj:
    """A clock that is set by hand. Never stopped, never asleep."""

    def __init__(self, ahora: datetime) -> None:
        """Start at an instant."""
        self.ahora = ahora

    def now(self) -> datetime:
        """Return the hour that was set."""
        return self.ahora

    def sleep(self, seconds: float) -> bool:
        """Let the time pass at once."""
        self.ahora += timedelta(seconds=seconds)
        return True


class Nadie:
    """A difusor whose inbox takes everything and keeps only its list."""

    def __init__(self) -> None:
        """Nothing received yet."""
        self.recibido: list[tuple[str, ...]] = []

    async def send(self, piezas: Sequence[Pieza]) -> Acuse:
        """Take one delivery."""
        self.recibido.append(tuple(p.ruta for p in piezas))
        return Acuse(enviados=len(piezas), omitidos=0, bytes=0)

    async def recibo(self) -> None:
        """Have none."""


@dataclass(slots=True, kw_only=True)
class FuenteConFallas:
    """A source over another one, that can be torn, unreachable or corrected, and tells what it verified."""

    fuente: Fuente
    causas: tuple[str, ...] = ()
    error: Exception | None = None
    verificadas: Mapping[str, int] | None = None
    corregir: Callable[[Acta], Acta] | None = None
    """Done to every acta that is read from now on."""

    @property
    def jornada(self) -> Jornada:
        """Return the night of the source."""
        return self.fuente.jornada

    def leer(self, hasta: datetime) -> Entrada:
        """Read with the faults of the moment."""
        if self.error is not None:
            raise self.error
        entrada = self.fuente.leer(hasta)
        corregir = self.corregir
        if corregir is not None:
            actas = {clave: tuple(corregir(a) for a in filas) for clave, filas in entrada.actas.items()}
            entrada = replace(entrada, actas=actas)
        return replace(
            entrada,
            causas=self.causas,
            verificadas=entrada.verificadas if self.verificadas is None else self.verificadas,
        )


class Saboteador:
    """An engine that adds one vote, in one cell of one level, while `activo`."""

    def __init__(self, nivel: str) -> None:
        """`nivel`: entidad, unidad or seccion."""
        self.nivel, self.activo = nivel, True

    def __call__(
        self,
        jornada: Jornada,
        *,
        numero: int,
        instante: datetime,
        ultimo: bool,
        actas: Mapping[str, Sequence[Acta]],
    ) -> Corte:
        """Count, and lie."""
        corte = motor.contar(jornada, numero=numero, instante=instante, ultimo=ultimo, actas=actas)
        if not self.activo:
            return corte
        primero, *otros = corte.resultados
        unidad, *unidades = primero.unidades
        seccion, *secciones = unidad.secciones
        match self.nivel:
            case "entidad":
                primero = replace(primero, totales=_un_voto_mas(primero.totales))
            case "unidad":
                unidad = replace(unidad, totales=_un_voto_mas(unidad.totales))
            case _:
                seccion = replace(seccion, totales=_un_voto_mas(seccion.totales))
                unidad = replace(unidad, secciones=(seccion, *secciones))
        primero = replace(primero, unidades=(unidad, *unidades))
        return replace(corte, resultados=(primero, *otros))


class Noche:
    """One origin on disk that can be started again at any time, as after a kill."""

    def __init__(self, carpeta: Path, apertura: datetime = APERTURA) -> None:
        """Hold the ceremony in `carpeta`, which must be new; a minute before the opening, of wall time."""
        self.carpeta = carpeta
        jornada = eleccion.leer(ejemplos.texto("diputaciones"), archivo="diputaciones")
        chicas = tuple(
            replace(e, catalogo=CatalogoSintetico(casillas=CASILLAS, semilla=1)) for e in jornada.elecciones
        )
        cierre = jornada.apertura + (CORTES - 1) * jornada.periodo
        jornada = replace(jornada, cierre=cierre, elecciones=chicas)
        self.fuente = FuenteConFallas(fuente=Sintetica(jornada, 1))
        self.contar: Motor = motor.contar
        self.imagenes: Imagenes | None = None
        self.personas: tuple[Persona, ...] = ()
        self.difusor = Nadie()
        self.reloj = Reloj(apertura - timedelta(seconds=60))
        self.llaves: Llaves = ceremonia(
            carpeta, rol=jornada.rol, ahora=self.reloj.ahora, vence=apertura + timedelta(days=60)
        )
        self.cadencia = Cadencia(
            apertura=jornada.apertura,
            periodo=jornada.periodo,
            cierre=jornada.cierre,
            apertura_real=apertura,
            periodo_real=CADA,
        )

    @property
    def carpetas(self) -> Carpetas:
        """Return where its state lives."""
        return Carpetas(base=self.carpeta, transiciones=self.carpeta / "transiciones.jsonl")

    def origen(self, fuente: Fuente | None = None) -> JornadaEnCurso:
        """Start the origin, from what is on the disk; with its own source or another one."""
        difusor = Difusor(id="d1", nombre="Uno", url="http://uno.mx", transporte="local", destino="x")
        return JornadaEnCurso(
            fuente=fuente or self.fuente,
            cadencia=self.cadencia,
            repositorio=self.repositorio(),
            raiz=self.llaves.huella,
            difusores=(difusor,),
            senders={"d1": self.difusor},
            carpetas=self.carpetas,
            clock=self.reloj,
            personas=self.personas,
            contar=self.contar,
            imagenes=self.imagenes,
        )

    def a_la_hora(self, numero: int) -> None:
        """Set the clock to when a corte is due."""
        self.reloj.ahora = self.cadencia.debido(numero)

    def repositorio(self) -> Repositorio:
        """Open the repository."""
        return Repositorio(self.carpeta / "repositorio", self.llaves, self.llaves.rol)

    def suspender(self) -> None:
        """Give the operator's order."""
        acto = Suceso.SUSPENDER.value
        Bitacora(self.carpetas.actos, "ana").append(
            self.reloj.ahora, acto, "d1", {"motivo": "sirve publicidad"}
        )

    def admitir(self, *ids: str) -> None:
        """Make keys for these persons and let them release."""
        for uno in ids:
            _, publica = crear_llaves(self.carpeta / "personas", uno)
            persona = Persona(id=uno, nombre=uno.capitalize(), llave=leer_publica(publica))
            self.personas = (*self.personas, persona)

    def firmar(self, persona: str, *, motivo: str = "verificado a mano") -> tuple[Firma, ...]:
        """Sign the release of what is held."""
        retencion = self.retenido()
        assert retencion is not None
        return firmar_liberacion(
            self.personas,
            self.carpetas.liberaciones,
            retencion,
            persona=persona,
            llave=self.carpeta / "personas" / f"{persona}.pem",
            motivo=motivo,
            ahora=self.reloj.ahora,
        )

    def retenido(self) -> Retencion | None:
        """Return the hold that any other process would see."""
        return retenidos.vigente(retenidos.leer(self.carpetas.retenciones))

    def estado(self) -> Estado | None:
        """Return the state of the difusor in the signed list."""
        return leer_lista(self.repositorio().lista() or b"").estado("d1")

    def latidos(self) -> int:
        """Return how many times a timestamp was signed."""
        metadata: Metadata[Timestamp] = Metadata.from_file(
            str(self.carpeta / "repositorio/metadata/timestamp.json")
        )
        return metadata.signed.version

    def publicado(self) -> int | None:
        """Return the number of the newest corte."""
        ultimo = self.repositorio().ultimo()
        return ultimo.numero if ultimo else None

    def actos(self, acto: Acto | str) -> list[dict[str, Any]]:
        """Return the data of every entry of a kind in the bitácora."""
        nombre = acto.value if isinstance(acto, Acto) else acto
        return [dict(a.datos) for a in Bitacora(self.carpetas.bitacora, "x").leer() if a.acto == nombre]


def _un_voto_mas(totales: Totales) -> Totales:
    *otras, ultima = totales.cifras
    return Totales((*otras, ultima + 1))
