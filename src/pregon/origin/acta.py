"""The proyecto of the acta circunstanciada of the close (art. 353.6, R7, decisions §27), pure.

Everything that the machine knows at the close, in one paper with blanks for what only people can attest:
place, attendants, oficialía electoral. Officials correct and sign it; software does not issue it.
Whatever an official should look at before signing (a gap, an early or late close) is said under
*Observaciones*, never smoothed over.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from typing import assert_never

from pregon.documentos.documento import (
    Apartado,
    Blanco,
    Bloque,
    Codigo,
    Documento,
    Fuerte,
    Lista,
    Nota,
    Parrafo,
    Renglones,
    Tabla,
    Texto,
)
from pregon.origin.retencion import Desenlace
from pregon.paquete.difusores import Causa, Estado
from pregon.paquete.manifest import Manifest
from pregon.prep.corte import Corte, ResultadoEleccion
from pregon.prep.jornada import Jornada, Tipo
from pregon.prep.sello import miles, sello, sello_largo

_DATOS = "datos/"
"""Folder of the paquete with the downloadable databases."""
_COMPRIMIDO = re.compile(r"datos/[^/]+\.zip")
"""The official form of a base de datos, with its stamp in the name (R78)."""
_CAUSAS = 5
"""Causes of a hold that the paper repeats; the bitácora has more."""
_MAXIMO = timedelta(hours=24)
"""Longest publication without an acuerdo (art. 353.4.b, R4)."""


class MotivoDeCierre(Enum):
    """Why publication closed (art. 353.4–5, R4–R6)."""

    PLAZO = "plazo"
    """The term set for the night ran out."""
    COMPLETO = "completo"
    """100 % registered and, by human declaration, recovery exhausted (R5)."""
    ACUERDO = "acuerdo"
    """By an acuerdo of the authority, the only way beyond 24 h (R6)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CortePublicado:
    """One corte of the night as it was published."""

    numero: int
    instante: datetime
    """Election time."""
    publicado: datetime
    """Wall time."""
    sha256: str
    """Of its manifest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CorteRetenido:
    """A corte that did not leave when it was due (decisions §15). Instants are wall time."""

    numero: int
    desde: datetime
    motivos: tuple[str, ...]
    causas: tuple[str, ...]
    hasta: datetime | None
    desenlace: Desenlace | None
    superado_por: int | None = None
    firmas: tuple[tuple[str, str], ...] = ()
    """(name, reason) of who released it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmaDeContraste:
    """While the source reported other actas than the corte held. Instants are wall time."""

    eleccion: str
    corte: int
    """In which it began."""
    desde: datetime
    hasta: datetime | None
    fuente: int
    capturadas: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CambioDeVigilancia:
    """A suspension, a return, or any other change of state of a difusor."""

    instante: datetime
    de: Estado
    a: Estado
    causa: Causa | None = None
    evidencia: str = ""
    """What the monitor saw or the operator wrote, in a sentence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DifusorAlCierre:
    """One difusor: its state when publication closed and how it came to it."""

    id: str
    nombre: str
    url: str
    estado: Estado
    portal: bool = False
    cambios: tuple[CambioDeVigilancia, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class DatosDeCierre:
    """What the acta states. Instants aware; `apertura` and `cierre` are wall time (decisions §9)."""

    corte: Corte
    """The last one."""
    manifest: Manifest
    manifest_sha256: str
    apertura: datetime
    cierre: datetime
    motivo: MotivoDeCierre
    fundamento: str
    """Who declared recovery exhausted, or the number of the acuerdo; empty for PLAZO."""
    cortes: tuple[CortePublicado, ...]
    """All published ones with data, in any order."""
    retenidos: tuple[CorteRetenido, ...] = ()
    alarmas: tuple[AlarmaDeContraste, ...] = ()
    difusores: tuple[DifusorAlCierre, ...]
    bitacora: str
    """SHA-256 of the last entry of the night's bitácora."""
    asientos: int
    """Entries in it."""
    raiz: str
    """SHA-256 of the root of trust."""
    version: str
    """Of Pregón."""


def acta_circunstanciada(datos: DatosDeCierre) -> Documento:
    """Build the proyecto. Same data, same paper."""
    jornada = datos.corte.jornada
    return Documento(
        titulo=f"Proyecto de acta circunstanciada del cierre del PREP: {jornada.nombre}",
        bloques=(
            *_naturaleza(jornada),
            _comparecencia(jornada),
            _apertura_y_cierre(datos),
            _ultimo_corte(datos),
            Apartado(
                titulo="Resultados del último corte",
                bloques=tuple(_encabezado(r, datos.corte) for r in datos.corte.resultados),
            ),
            _bases_de_datos(datos.manifest),
            _cortes(datos),
            *_retenidos(datos),
            *_alarmas(datos),
            _difusores(datos),
            _autenticidad(datos),
            _observaciones(datos),
            _firmas(),
        ),
    )


def _naturaleza(jornada: Jornada) -> Iterator[Bloque]:
    yield Nota(
        texto=(
            Fuerte(texto="Proyecto sin validez hasta su firma."),
            (
                " Este documento reúne lo que el sistema registró. Lo revisan, completan y firman las"
                " personas facultadas; el programa no lo expide."
            ),
        )
    )
    if jornada.tipo is not Tipo.OFICIAL:
        aviso = f"{jornada.tipo.value.upper()}: las cifras no corresponden a una elección."
        yield Nota(texto=Fuerte(texto=aviso))


def _comparecencia(jornada: Jornada) -> Bloque:
    return Apartado(
        titulo="Lugar y asistentes",
        bloques=(
            Parrafo(
                texto=(
                    "En ",
                    Blanco(rotulo="lugar y domicilio"),
                    ", a las ",
                    Blanco(rotulo="hora"),
                    " del ",
                    Blanco(rotulo="fecha"),
                    (
                        ", se hace constar el cierre de la publicación del PREP del"
                        f" {jornada.instituto.nombre}, con fundamento en el artículo 353, numeral 6, del"
                        " Reglamento de Elecciones."
                    ),
                )
            ),
            Tabla(
                encabezado=("Asistente", "Cargo o representación"),
                filas=((Blanco(rotulo="nombre"), Blanco(rotulo="cargo")),) * 4,
            ),
            Parrafo(
                texto=(
                    "Oficialía electoral o fe pública: ",
                    Blanco(rotulo="nombre, cargo y número de oficio"),
                )
            ),
        ),
    )


def _apertura_y_cierre(datos: DatosDeCierre) -> Bloque:
    jornada = datos.corte.jornada
    filas: list[tuple[Texto, ...]] = [
        ("Apertura prevista de la publicación", _largo(jornada, jornada.apertura)),
        ("Apertura registrada por el sistema", _con_segundos(jornada, datos.apertura)),
        ("Hora del último corte", _largo(jornada, datos.corte.instante)),
        ("Cierre registrado por el sistema", _con_segundos(jornada, datos.cierre)),
        ("Motivo del cierre", _motivo(datos)),
    ]
    return Apartado(
        titulo="Apertura y cierre de la publicación",
        bloques=(
            Tabla(encabezado=("Hecho", "Constancia"), filas=tuple(filas)),
            Parrafo(
                texto=(
                    "La hora de un corte es la de la elección. Las que llevan segundos son las del reloj del"
                    f" sistema, en la hora de {jornada.instituto.capital}; en un ensayo con el reloj a escala"
                    " no coinciden."
                )
            ),
        ),
    )


def _motivo(datos: DatosDeCierre) -> Texto:
    fundamento = datos.fundamento or Blanco(rotulo="dato pendiente")
    match datos.motivo:
        case MotivoDeCierre.PLAZO:
            return "Se cumplió el plazo de publicación (artículo 353, numeral 4)"
        case MotivoDeCierre.COMPLETO:
            return (
                (
                    "Se registró el 100 % de las actas PREP esperadas y se declararon agotados los recursos"
                    " de recuperación (artículo 353, numeral 5). Declaró: "
                ),
                fundamento,
            )
        case MotivoDeCierre.ACUERDO:
            return ("Por acuerdo número ", fundamento)
        case _:
            assert_never(datos.motivo)


def _ultimo_corte(datos: DatosDeCierre) -> Bloque:
    corte, manifest = datos.corte, datos.manifest
    filas: tuple[tuple[Texto, ...], ...] = (
        ("Número de corte", str(corte.numero)),
        ("Fecha y hora del corte", _largo(corte.jornada, corte.instante)),
        ("Declarado último corte", "sí" if corte.ultimo else "no"),
        ("Publicado", _con_segundos(corte.jornada, manifest.publicado)),
        ("Huella de las cifras (SHA-256 de corte.json)", _hash(manifest.huella)),
        ("SHA-256 del manifest", _hash(datos.manifest_sha256)),
        ("Archivos del paquete", miles(len(manifest.archivos))),
    )
    return Apartado(titulo="Último corte", bloques=(Tabla(encabezado=("Dato", "Valor"), filas=filas),))


def _encabezado(resultado: ResultadoEleccion, corte: Corte) -> Bloque:
    cifras = resultado.totales.encabezado(ultimo=corte.ultimo)
    filas: tuple[tuple[Texto, ...], ...] = tuple(
        (Codigo(texto=campo), miles(valor) if isinstance(valor, int) else f"{valor} %")
        for campo, valor in cifras.items()
    )
    return Apartado(
        titulo=resultado.eleccion.nombre,
        bloques=(Tabla(encabezado=("Dato", "Valor"), filas=filas, cifras=frozenset({1})),),
    )


def _bases_de_datos(manifest: Manifest) -> Bloque:
    filas: tuple[tuple[Texto, ...], ...] = tuple(
        (Codigo(texto=a.ruta.removeprefix(_DATOS)), miles(a.tamano), Codigo(texto=a.sha256))
        for a in manifest.archivos
        if _COMPRIMIDO.fullmatch(a.ruta)
    )
    return Apartado(
        titulo="Bases de datos finales",
        bloques=(
            Tabla(encabezado=("Archivo", "Bytes", "SHA-256"), filas=filas, cifras=frozenset({1}))
            if filas
            else Parrafo(texto="El último paquete no contiene bases de datos descargables."),
        ),
    )


def _cortes(datos: DatosDeCierre) -> Bloque:
    jornada = datos.corte.jornada
    publicados = sorted(datos.cortes, key=lambda c: c.numero)
    faltan = _huecos([c.numero for c in publicados], datos.corte.numero)
    filas: tuple[tuple[Texto, ...], ...] = tuple(
        (
            str(c.numero),
            sello(c.instante, jornada.instituto.zona),
            _con_segundos(jornada, c.publicado),
            Codigo(texto=c.sha256),
        )
        for c in publicados
    )
    continuidad = (
        f"Números sin publicación en la bitácora: {', '.join(faltan)}."
        if faltan
        else "La numeración de los cortes es continua."
    )
    return Apartado(
        titulo="Cortes publicados",
        bloques=(
            Parrafo(texto=f"Cortes publicados: {miles(len(publicados))}. {continuidad}"),
            Tabla(
                encabezado=("Corte", "Hora del corte", "Publicado", "SHA-256 del manifest"),
                filas=filas,
                cifras=frozenset({0}),
            ),
        ),
    )


def _retenidos(datos: DatosDeCierre) -> Iterator[Bloque]:
    if not datos.retenidos:
        return
    filas: tuple[tuple[Texto, ...], ...] = tuple(
        (
            str(r.numero),
            _con_segundos(datos.corte.jornada, r.desde),
            "; ".join((*r.motivos, *r.causas[:_CAUSAS])),
            _desenlace(r, datos.corte.jornada),
        )
        for r in datos.retenidos
    )
    yield Apartado(
        titulo="Cortes retenidos",
        bloques=(
            Parrafo(
                texto=(
                    "Un corte se retiene sólo si la fuente está incompleta o ilegible, o si los dos motores"
                    " que lo cuentan no coinciden; mientras tanto queda publicado el anterior."
                )
            ),
            Tabla(
                encabezado=("Corte", "Retenido desde", "Causas", "Desenlace"),
                filas=filas,
                cifras=frozenset({0}),
            ),
        ),
    )


def _desenlace(retenido: CorteRetenido, jornada: Jornada) -> str:
    if retenido.desenlace is None or retenido.hasta is None:
        return "sin desenlace registrado"
    hora = _con_segundos(jornada, retenido.hasta)
    match retenido.desenlace:
        case Desenlace.ENTERO:
            return f"{hora}: quedó completo y se publicó"
        case Desenlace.SUPERADO:
            return f"{hora}: no se publicó; lo superó el corte {retenido.superado_por}"
        case Desenlace.LIBERADO:
            quienes = "; ".join(f"{nombre}: {motivo}" for nombre, motivo in retenido.firmas)
            return f"{hora}: se publicó liberado por {quienes}"
        case _:
            assert_never(retenido.desenlace)


def _alarmas(datos: DatosDeCierre) -> Iterator[Bloque]:
    if not datos.alarmas:
        return
    jornada = datos.corte.jornada
    filas: tuple[tuple[Texto, ...], ...] = tuple(
        (
            a.eleccion,
            str(a.corte),
            miles(a.fuente),
            miles(a.capturadas),
            _con_segundos(jornada, a.desde),
            _con_segundos(jornada, a.hasta) if a.hasta else "no terminó",
        )
        for a in datos.alarmas
    )
    yield Apartado(
        titulo="Contraste con el sistema de captura",
        bloques=(
            Parrafo(
                texto="Las actas verificadas que informó la fuente no fueron las capturadas en el corte:"
            ),
            Tabla(
                encabezado=("Elección", "Corte", "Fuente", "Corte: capturadas", "Desde", "Hasta"),
                filas=filas,
                cifras=frozenset({1, 2, 3}),
            ),
        ),
    )


def _difusores(datos: DatosDeCierre) -> Bloque:
    jornada = datos.corte.jornada
    lista: tuple[tuple[Texto, ...], ...] = tuple(
        (d.nombre, d.url, "portal del Instituto" if d.portal else "difusor oficial", d.estado.value)
        for d in datos.difusores
    )
    cambios: tuple[tuple[Texto, ...], ...] = tuple(
        (
            _con_segundos(jornada, cambio.instante),
            d.nombre,
            f"{cambio.de.value} → {cambio.a.value}",
            cambio.causa.value if cambio.causa else "—",
            cambio.evidencia or "—",
        )
        for cambio, d in sorted(
            # That all of them are closed at the close is no change to be told.
            ((c, d) for d in datos.difusores for c in d.cambios if c.a is not Estado.CERRADO),
            key=lambda par: (par[0].instante, par[1].id),
        )
    )
    return Apartado(
        titulo="Difusores",
        bloques=(
            Tabla(encabezado=("Nombre", "Dirección", "Clase", "Estado al cierre"), filas=lista),
            Tabla(encabezado=("Instante", "Difusor", "Cambio", "Causa", "Evidencia"), filas=cambios)
            if cambios
            else Parrafo(texto="Ningún difusor cambió de estado durante la publicación."),
        ),
    )


def _autenticidad(datos: DatosDeCierre) -> Bloque:
    filas: tuple[tuple[Texto, ...], ...] = (
        ("Huella de la raíz de confianza (SHA-256)", _hash(datos.raiz)),
        ("Rol que firma", Codigo(texto=datos.manifest.rol)),
        ("Último asiento de la bitácora (SHA-256)", _hash(datos.bitacora)),
        ("Asientos en la bitácora", miles(datos.asientos)),
        ("Versión de Pregón", datos.version),
    )
    return Apartado(
        titulo="Autenticidad",
        bloques=(
            Tabla(encabezado=("Dato", "Valor"), filas=filas),
            Parrafo(
                texto=(
                    "Cualquier persona puede comprobar una copia con ",
                    Codigo(texto="pregon verificar DIRECCIÓN --raiz HUELLA"),
                    ".",
                )
            ),
        ),
    )


def _observaciones(datos: DatosDeCierre) -> Bloque:
    puntos = tuple(_notables(datos))
    return Apartado(
        titulo="Observaciones",
        bloques=(
            Lista(puntos=puntos) if puntos else Parrafo(texto="El sistema no advirtió ninguna."),
            Parrafo(texto="Otras circunstancias:"),
            Renglones(cuantos=4),
        ),
    )


def _notables(datos: DatosDeCierre) -> Iterator[Texto]:
    """Say what an official should look at before signing."""
    if not datos.corte.ultimo:
        yield "El corte de este proyecto no está declarado como último corte."
    # The length of the night is counted in election time: a rehearsal's wall time is scaled (decisions §9).
    duracion = datos.corte.instante - datos.corte.jornada.apertura
    if duracion > _MAXIMO and datos.motivo is not MotivoDeCierre.ACUERDO:
        yield "La publicación excedió 24 horas y no se indicó el número del acuerdo que lo autoriza."
    if datos.motivo is not MotivoDeCierre.PLAZO and not datos.fundamento:
        yield "Falta quién declaró agotados los recursos de recuperación, o el número del acuerdo."
    for resultado in datos.corte.resultados:
        pendientes = resultado.totales.pendientes
        if pendientes:
            de = miles(resultado.totales.esperadas)
            yield f"{resultado.eleccion.nombre}: actas esperadas sin registrar, {miles(pendientes)} de {de}."
            if datos.motivo is MotivoDeCierre.COMPLETO:
                yield "El cierre anticipado exige el 100 % de las actas (artículo 353, numeral 5)."
    faltan = _huecos([c.numero for c in datos.cortes], datos.corte.numero)
    if faltan:
        # A restored origin began another bitácora: what was published before is in the public log.
        yield (
            f"La numeración no es continua: la bitácora no tiene la publicación de {', '.join(faltan)}."
            " Si el origen se restauró, los de antes están en el registro público de cortes."
        )
    for retenido in datos.retenidos:
        if retenido.desenlace is Desenlace.LIBERADO:
            quienes = " y ".join(nombre for nombre, _ in retenido.firmas)
            yield f"El corte {retenido.numero} estaba retenido y se publicó por liberación de {quienes}."
    for alarma in datos.alarmas:
        if alarma.hasta is None:
            yield f"{alarma.eleccion}: al cierre, la fuente y los cortes no tenían las mismas actas."
    for difusor in datos.difusores:
        if difusor.estado is Estado.SUSPENDIDO:
            yield f"{difusor.nombre} estaba suspendido al cierre."


def _firmas() -> Bloque:
    return Apartado(
        titulo="Firmas",
        bloques=(
            Tabla(
                encabezado=("Nombre y cargo", "Firma"),
                filas=((Blanco(rotulo="nombre y cargo"), Blanco(rotulo="firma")),) * 4,
            ),
        ),
    )


def _huecos(numeros: list[int], ultimo: int) -> list[str]:
    """Return the missing numbers from 1 to `ultimo`; a run of them as ``5–8``."""
    tramos: list[list[int]] = []
    for numero in sorted(set(range(1, ultimo + 1)) - set(numeros)):
        if tramos and tramos[-1][-1] == numero - 1:
            tramos[-1][1:] = [numero]
        else:
            tramos.append([numero])
    return ["–".join(map(str, tramo)) for tramo in tramos]


def _hash(sha256: str | None) -> Texto:
    return Codigo(texto=sha256) if sha256 else "—"


def _largo(jornada: Jornada, instante: datetime) -> str:
    return sello_largo(instante, jornada.instituto)


def _con_segundos(jornada: Jornada, instante: datetime) -> str:
    return f"{jornada.local(instante):%d/%m/%Y %H:%M:%S}"
