"""A corte that is held: why, until when, and what ends it (decisions §15, ADR 0008, 0020). Pure.

Theory. A corte is held for three causes and no other: its input is torn or unreadable, the two engines
disagree, or something in it looks like a key or a password. The last good one stays published. Every look at
the source judges it again:

    looked at     found                     becomes
    ───────────   ───────────────────────   ─────────────────────────────────────────────
    not held      causes                    held, «corte retenido»
    held          causes                    held, with the causes of this look
    held          none                      ENTERO, «retención levantada»: published
    held          causes, two signatures    LIBERADO, «corte liberado»: published as it is
    held          the next corte is due     SUPERADO, «corte superado»: never published

The last corte of the night has no next: it waits. What two people sign is `contenido`: the hash of the
files of figures and of the causes, so that a change of either voids what was signed.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import Enum
from typing import Any, Final

from pregon.errors import ErrorDeAlmacen
from pregon.paquete.bitacora import Acto
from pregon.paquete.manifest import Manifest, canonico, huella

FIRMAS: Final = 2
"""Different persons that it takes to release."""
_CAUSAS: Final = 20
"""Causes kept; how many there were is kept too."""
_TEXTO: Final = 300
"""Characters of a cause."""


class Motivo(Enum):
    """Kinds of causes; the value is what people read."""

    ENTRADA = "entrada incompleta"
    """The source itself says that its input is torn."""
    FUENTE = "fuente ilegible"
    """There was nothing to read."""
    MOTORES = "los dos motores no coinciden"
    SECRETO = "parece llevar un secreto"
    """A key or a password, by its shape (B8): people judge whether it is one."""


CONSEJOS: Final[Mapping[Motivo, str]] = {
    Motivo.ENTRADA: (
        "Pida al sistema de captura que entregue de nuevo el archivo completo: al quedar entero, el corte"
        " sale solo."
    ),
    Motivo.FUENTE: "Restablezca la fuente (carpeta, base de datos, red).",
    Motivo.MOTORES: "Conserve los archivos y avise a soporte: es una falla del programa.",
    Motivo.SECRETO: (
        "Busque lo del archivo y el renglón indicados en la fuente o en la configuración: si es una llave o"
        " una contraseña, quítela y cámbiela."
    ),
}
"""What whoever operates can do."""
_AL_LIBERAR: Final[Mapping[Motivo, str]] = {
    Motivo.ENTRADA: "Liberarlo publica las actas que sí se pudieron leer.",
    Motivo.MOTORES: "Liberarlo publica el corte del primer motor; compare antes las cifras indicadas.",
    Motivo.SECRETO: "Liberarlo publica ese archivo tal cual: sólo si se vio que no es un secreto.",
}
"""What a release would publish, where there is something to release."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Causa:
    """One reason why a corte is held."""

    motivo: Motivo
    texto: str


class Desenlace(Enum):
    """How a hold ended; the value is its act in the bitácora."""

    ENTERO = Acto.ENTERO.value
    LIBERADO = Acto.LIBERADO.value
    SUPERADO = Acto.SUPERADO.value


@dataclass(frozen=True, slots=True, kw_only=True)
class Firma:
    """Who released a corte, and why."""

    persona: str
    nombre: str
    motivo: str
    instante: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Retencion:
    """One corte held. `instante` is election time; all others are wall time, aware, UTC (decisions §9)."""

    rol: str
    numero: int
    instante: datetime
    causas: tuple[Causa, ...]
    """The first ones, each cut short."""
    cuantas: int
    """Causes that the look gathered."""
    contenido: str | None
    """What is signed to release it; None: nothing was readable."""
    desde: datetime
    plazo: datetime | None
    """When the next corte supersedes it; None for the last of the night."""
    desenlace: Desenlace | None = None
    superado_por: int | None = None
    firmas: tuple[Firma, ...] = ()

    @property
    def motivos(self) -> tuple[Motivo, ...]:
        """Return the kinds of its causes, each once, in the order of `Motivo`."""
        presentes = {causa.motivo for causa in self.causas}
        return tuple(m for m in Motivo if m in presentes)

    @property
    def consejo(self) -> str:
        """Say what to do."""
        pasos = [CONSEJOS[motivo] for motivo in self.motivos]
        if self.contenido is None:
            pasos.append("Por ahora no hay nada que liberar.")
        else:
            pasos += [_AL_LIBERAR[motivo] for motivo in self.motivos if motivo in _AL_LIBERAR]
        if self.plazo is None:
            pasos.append("Es el último corte: nadie lo supera y espera hasta que salga entero o liberado.")
        return " ".join(pasos)


def retener(
    previa: Retencion | None,
    *,
    rol: str,
    numero: int,
    instante: datetime,
    causas: Iterable[Causa],
    contenido: str | None,
    ahora: datetime,
    plazo: datetime | None,
) -> Retencion:
    """Return the hold as this look found it; it lasts since the first look, `previa`."""
    todas = tuple(causas)
    return Retencion(
        rol=rol,
        numero=numero,
        instante=instante,
        causas=_acotadas(todas),
        cuantas=len(todas),
        contenido=contenido,
        desde=previa.desde if previa else ahora,
        plazo=plazo,
    )


def terminar(
    retencion: Retencion,
    desenlace: Desenlace,
    *,
    superado_por: int | None = None,
    firmas: tuple[Firma, ...] = (),
) -> Retencion:
    """Return the hold with its end."""
    return replace(retencion, desenlace=desenlace, superado_por=superado_por, firmas=firmas)


def contenido(manifest: Manifest, causas: Iterable[Causa]) -> str:
    """Return the hash of what would be released: corte.json, the bases de datos, and in spite of what.

    Pages stay out: they print the instant of publication, which comes after the signatures.
    """
    cifras = {a.ruta: a.sha256 for a in manifest.archivos if a.ruta == "corte.json" or _es_dato(a.ruta)}
    return huella(canonico({"archivos": cifras, "causas": [_causa(c) for c in causas]}))


def asientos(retencion: Retencion) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield what the bitácora must tell of it so far: (act, data)."""
    comun = {
        "numero": retencion.numero,
        "motivos": [m.value for m in retencion.motivos],
        "causas": [c.texto for c in retencion.causas],
        "cuantas": retencion.cuantas,
        "contenido": retencion.contenido,
        "desde": _texto(retencion.desde),
    }
    yield Acto.RETENIDO.value, {**comun, "plazo": _texto(retencion.plazo)}
    if retencion.desenlace is not None:
        yield (
            retencion.desenlace.value,
            {
                **comun,
                "superado_por": retencion.superado_por,
                "firmas": [_firma(f) for f in retencion.firmas],
            },
        )


def escribir(retencion: Retencion) -> bytes:
    """Return it as canonical JSON."""
    return canonico(
        {
            "rol": retencion.rol,
            "numero": retencion.numero,
            "instante": _texto(retencion.instante),
            "causas": [_causa(c) for c in retencion.causas],
            "cuantas": retencion.cuantas,
            "contenido": retencion.contenido,
            "desde": _texto(retencion.desde),
            "plazo": _texto(retencion.plazo),
            "desenlace": retencion.desenlace.value if retencion.desenlace else None,
            "superado_por": retencion.superado_por,
            "firmas": [_firma(f) for f in retencion.firmas],
        }
    )


def leer(datos: bytes) -> Retencion:
    """Read back what `escribir` wrote. Raises ErrorDeAlmacen: the file is ours alone."""
    try:
        crudo = json.loads(datos)
        return Retencion(
            rol=crudo["rol"],
            numero=crudo["numero"],
            instante=datetime.fromisoformat(crudo["instante"]),
            causas=tuple(Causa(motivo=Motivo(c["motivo"]), texto=c["texto"]) for c in crudo["causas"]),
            cuantas=crudo["cuantas"],
            contenido=crudo["contenido"],
            desde=datetime.fromisoformat(crudo["desde"]),
            plazo=datetime.fromisoformat(crudo["plazo"]) if crudo["plazo"] else None,
            desenlace=Desenlace(crudo["desenlace"]) if crudo["desenlace"] else None,
            superado_por=crudo["superado_por"],
            firmas=tuple(
                Firma(**{**f, "instante": datetime.fromisoformat(f["instante"])}) for f in crudo["firmas"]
            ),
        )
    except (ValueError, TypeError, KeyError) as error:
        raise ErrorDeAlmacen(f"el registro de un corte retenido está dañado: {error!s:.120}") from error


def _acotadas(causas: tuple[Causa, ...]) -> tuple[Causa, ...]:
    return tuple(replace(c, texto=c.texto[:_TEXTO]) for c in causas[:_CAUSAS])


def _es_dato(ruta: str) -> bool:
    return ruta.startswith("datos/")


def _causa(causa: Causa) -> dict[str, str]:
    return {"motivo": causa.motivo.value, "texto": causa.texto}


def _firma(firma: Firma) -> dict[str, str]:
    return {
        "persona": firma.persona,
        "nombre": firma.nombre,
        "motivo": firma.motivo,
        "instante": firma.instante.astimezone(UTC).isoformat(),
    }


def _texto(instante: datetime | None) -> str | None:
    return instante.astimezone(UTC).isoformat() if instante else None
