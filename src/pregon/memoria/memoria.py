"""The memoria técnica of one difusor (convocatoria, section VI; R135, R136), pure: figures → `Documento`.

Its order is that of the convocatoria: access logs, users, incidents, comparison, comments. No address of
a reader is ever printed (K4): figures only, and whatever evidence is quoted has its addresses removed.
"""

import ipaddress
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final, assert_never
from zoneinfo import ZoneInfo

from pregon.documentos.documento import (
    Apartado,
    Blanco,
    Bloque,
    Codigo,
    Documento,
    Lista,
    Nota,
    Parrafo,
    Renglones,
    Tabla,
    Texto,
)
from pregon.memoria.base import Base, Promedio
from pregon.memoria.figuras import DEFINICIONES, SONDEO, Figuras
from pregon.memoria.lectura import ArchivoLeido
from pregon.paquete.bitacora import Acto, Asiento
from pregon.paquete.difusores import Transicion
from pregon.prep.sello import desfase, miles

_ACTIVADO: Final = "activado"
"""The act of a node's bitácora that is no incident: a corte in its turn."""
_INCIDENCIAS_MAXIMAS: Final = 500
"""Rows in the paper; the rest is in the bitácora, which is handed in whole."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Incidencias:
    """What the records say of the operation."""

    bitacora: tuple[Asiento, ...] = ()
    """The node's own book."""
    transiciones: tuple[Transicion, ...] = ()
    """The monitor's, of this difusor only."""
    instituto: tuple[Asiento, ...] = ()
    """The institute's book: why a corte that never came did not come."""
    defectos: tuple[str, ...] = ()
    """Why a record could not be believed or was not given."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DatosDeMemoria:
    """Everything the memoria states."""

    difusor: str
    zona: ZoneInfo
    elaborada: datetime
    archivos: tuple[ArchivoLeido, ...]
    duplicadas: int
    tardias: int
    figuras: Figuras
    vigilancia_declarada: bool
    """The institute told from which addresses it probes, and those requests are set apart."""
    dias: tuple[date, ...] | None
    """Days asked for; None: all that the logs hold."""
    incidencias: Incidencias
    base: Base | None
    version: str
    """Of Pregón."""


def memoria(datos: DatosDeMemoria) -> Documento:
    """Build the paper. Same data, same paper."""
    return Documento(
        titulo=f"Memoria técnica del difusor: {datos.difusor}",
        bloques=(
            Tabla(encabezado=("Dato", "Valor"), filas=tuple(_portada(datos))),
            Apartado(titulo="1. Bitácoras de acceso", bloques=tuple(_registros(datos))),
            Apartado(titulo="2. Usuarios que consultaron la publicación", bloques=tuple(_usuarios(datos))),
            Apartado(titulo="3. Reporte de incidencias", bloques=tuple(_incidencias(datos))),
            Apartado(titulo="4. Comparativo con el promedio del portal", bloques=tuple(_comparativo(datos))),
            Apartado(
                titulo="5. Comentarios y sugerencias",
                bloques=(
                    Parrafo(texto="Para considerar en convocatorias posteriores:"),
                    Renglones(cuantos=10),
                    Parrafo(texto=("Responsable técnico: ", Blanco(rotulo="nombre, cargo y firma"))),
                ),
            ),
        ),
    )


def en_json(datos: DatosDeMemoria) -> dict[str, Any]:
    """Return the figures for another program (the institute consolidates all memorias, R139)."""
    figuras = datos.figuras
    return {
        "difusor": datos.difusor,
        "zona": str(datos.zona),
        "elaborada": datos.elaborada.isoformat(),
        "primera": figuras.primera.isoformat() if figuras.primera else None,
        "ultima": figuras.ultima.isoformat() if figuras.ultima else None,
        "hits": figuras.hits,
        "paginas": figuras.paginas,
        "visitas": figuras.visitas,
        "usuarios": figuras.usuarios,
        "bytes": figuras.bytes,
        "sondeos": figuras.sondeos,
        "dias": [
            {
                "dia": d.dia.isoformat(),
                "hits": d.hits,
                "paginas": d.paginas,
                "visitas": d.visitas,
                "usuarios": d.usuarios,
                "bytes": d.bytes,
            }
            for d in figuras.dias
        ],
        "horas": [
            {
                "inicio": h.inicio.isoformat(),
                "hits": h.hits,
                "paginas": h.paginas,
                "visitas": h.visitas,
                "bytes": h.bytes,
            }
            for h in figuras.horas
        ],
        "estados": {str(codigo): hits for codigo, hits in figuras.estados},
        "lineas": dict(_cuentas(datos)),
        "archivos": [
            {
                "nombre": a.nombre,
                "bytes": a.bytes,
                "sha256": a.sha256,
                "lineas": a.lineas,
                "defecto": a.defecto,
            }
            for a in datos.archivos
        ],
        "incidencias": len(_relevantes(datos.incidencias)) + len(datos.incidencias.transiciones),
    }


def sin_direcciones(texto: str) -> str:
    """Return the text with every IP address replaced by ``[dirección]`` (K4)."""
    return _IPV6.sub(_tapar_ipv6, _IPV4.sub("[dirección]", texto))


_IPV4: Final = re.compile(r"(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?!\d|\.\d)")
_IPV6: Final = re.compile(r"[0-9A-Fa-f:.]{2,45}")


def _tapar_ipv6(hallado: re.Match[str]) -> str:
    try:
        ipaddress.IPv6Address(hallado[0].strip("."))
    except ValueError:
        return hallado[0]
    return "[dirección]"


def _portada(datos: DatosDeMemoria) -> Iterator[tuple[Texto, ...]]:
    yield "Difusor", datos.difusor
    if datos.dias is not None:
        yield "Días", ", ".join(f"{dia:%d/%m/%Y}" for dia in datos.dias)
    if datos.figuras.primera and datos.figuras.ultima:
        yield "Primera petición", _momento(datos.figuras.primera)
        yield "Última petición", _momento(datos.figuras.ultima)
    yield "Hora", f"oficial de la entidad ({datos.zona}, {desfase(datos.elaborada, datos.zona)})"
    yield "Elaborada", f"{_momento(datos.elaborada.astimezone(datos.zona))} con Pregón {datos.version}"


def _registros(datos: DatosDeMemoria) -> Iterator[Bloque]:
    yield Parrafo(texto="Estos archivos se entregan junto con la memoria; su SHA-256 permite comprobarlos.")
    yield Tabla(
        encabezado=(
            "Archivo",
            "Bytes",
            "SHA-256",
            "Primera entrada",
            "Última entrada",
            "Líneas",
            "Rechazadas",
        ),
        filas=tuple(
            (
                Codigo(texto=a.nombre),
                miles(a.bytes),
                Codigo(texto=a.sha256),
                _segundo(a.primera, datos.zona),
                _segundo(a.ultima, datos.zona),
                miles(a.lineas),
                miles(sum(a.rechazadas.values())),
            )
            for a in datos.archivos
        ),
        cifras=frozenset({1, 5, 6}),
    )
    yield Parrafo(texto="Cada línea leída se cuenta en uno solo de los demás renglones:")
    yield Tabla(
        encabezado=("Líneas", "Cantidad"),
        filas=tuple((rotulo, miles(cuantas)) for rotulo, cuantas in _cuentas(datos).items()),
        cifras=frozenset({1}),
    )
    rechazadas = tuple(
        (
            Codigo(texto=a.nombre),
            causa,
            miles(cuantas),
            ", ".join(str(linea) for linea, su_causa in a.ejemplos if su_causa == causa) or "—",
        )
        for a in datos.archivos
        for causa, cuantas in a.rechazadas.items()
    )
    if rechazadas:
        yield Tabla(
            encabezado=("Archivo", "Causa del rechazo", "Líneas", "Por ejemplo, en la línea"),
            filas=rechazadas,
            cifras=frozenset({2}),
        )
    for archivo in datos.archivos:
        if archivo.defecto:
            yield Nota(texto=("Archivo ", Codigo(texto=archivo.nombre), f": {archivo.defecto}."))
    if datos.tardias:
        yield Nota(
            texto=(
                f"{miles(datos.tardias)} líneas venían tan fuera de orden que no se buscó si estaban"
                " repetidas."
            )
        )


def _cuentas(datos: DatosDeMemoria) -> Mapping[str, int]:
    return {
        "leídas": sum(a.lineas for a in datos.archivos),
        "contadas como hits": datos.figuras.hits,
        "de la vigilancia del Instituto": datos.figuras.sondeos,
        "repetidas de otro archivo": datos.duplicadas,
        "de otros días": datos.figuras.otros_dias,
        "rechazadas": sum(sum(a.rechazadas.values()) for a in datos.archivos),
    }


def _usuarios(datos: DatosDeMemoria) -> Iterator[Bloque]:
    figuras = datos.figuras
    yield Lista(puntos=tuple(f"{palabra}: {definicion}" for palabra, definicion in DEFINICIONES.items()))
    yield Parrafo(texto=_apartadas(datos))
    yield Apartado(
        titulo="Por día",
        bloques=(
            Tabla(
                encabezado=("Día", "Hits", "Páginas", "Visitas", "Usuarios estimados", "Bytes"),
                filas=(
                    *(
                        (
                            f"{d.dia:%d/%m/%Y}",
                            *map(miles, (d.hits, d.paginas, d.visitas, d.usuarios, d.bytes)),
                        )
                        for d in figuras.dias
                    ),
                    (
                        "Total",
                        miles(figuras.hits),
                        miles(figuras.paginas),
                        miles(figuras.visitas),
                        miles(figuras.usuarios),
                        miles(figuras.bytes),
                    ),
                ),
                cifras=frozenset({1, 2, 3, 4, 5}),
            ),
        ),
    )
    yield Apartado(
        titulo="Por hora",
        bloques=(
            Parrafo(texto="Las horas sin peticiones no aparecen."),
            Tabla(
                encabezado=("Hora", "Hits", "Páginas", "Visitas", "Bytes"),
                filas=tuple(
                    (f"{h.inicio:%d/%m/%Y %H:%M}", *map(miles, (h.hits, h.paginas, h.visitas, h.bytes)))
                    for h in figuras.horas
                ),
                cifras=frozenset({1, 2, 3, 4}),
            ),
        ),
    )
    yield Apartado(
        titulo="Por código de respuesta",
        bloques=(
            Tabla(
                encabezado=("Código", "Hits"),
                filas=tuple((str(codigo), miles(hits)) for codigo, hits in figuras.estados),
                cifras=frozenset({0, 1}),
            ),
        ),
    )


def _apartadas(datos: DatosDeMemoria) -> str:
    # H5: a probe that always said who it is could be answered differently from the public.
    otras = (
        "y las que vienen de las direcciones que el Instituto declaró no entran en estas cifras."
        if datos.vigilancia_declarada
        else "no entran en estas cifras; las que hace como un lector cualquiera sí cuentan, porque no se"
        " indicaron sus direcciones."
    )
    return f"Las peticiones de la vigilancia del Instituto que se identifican como {SONDEO} {otras}"


def _incidencias(datos: DatosDeMemoria) -> Iterator[Bloque]:
    incidencias = datos.incidencias
    for defecto in incidencias.defectos:
        yield Nota(texto=defecto)
    activados = sorted({int(a.objeto) for a in incidencias.bitacora if _es_activacion(a)} - {0})
    if activados:
        faltan = sorted(set(range(activados[0], activados[-1] + 1)) - set(activados))
        sin_activar = f" No se activaron: {', '.join(map(str, faltan))}." if faltan else ""
        yield Parrafo(
            texto=(
                f"Cortes activados: {miles(len(activados))}, del {activados[0]} al {activados[-1]}."
                f"{sin_activar}"
            )
        )
    if incidencias.transiciones:
        yield Parrafo(texto="Cambios de estado en la vigilancia del Instituto:")
        yield Tabla(
            encabezado=("Instante", "Difusor", "Cambio", "Motivo"),
            filas=tuple(_transicion(t, datos.zona) for t in incidencias.transiciones),
        )
    if cortes := [fila for a in incidencias.instituto if (fila := _del_instituto(a, datos.zona))]:
        yield Parrafo(texto="Cortes que el Instituto retuvo, liberó u omitió, y alarmas, según su bitácora:")
        yield Tabla(encabezado=("Instante", "Hecho", "Objeto", "Constancia"), filas=tuple(cortes))
    relevantes = _relevantes(incidencias)
    if relevantes:
        yield Parrafo(texto="Asientos de la bitácora del nodo que no son la activación de un corte:")
        yield _tabla_de_asientos(relevantes[:_INCIDENCIAS_MAXIMAS], datos.zona)
    if len(relevantes) > _INCIDENCIAS_MAXIMAS:
        yield Parrafo(
            texto=f"La bitácora contiene {miles(len(relevantes) - _INCIDENCIAS_MAXIMAS)} asientos más."
        )
    if not relevantes and not cortes and not incidencias.transiciones and not incidencias.defectos:
        yield Parrafo(texto="Los registros no contienen ninguna incidencia.")
    yield Parrafo(texto="Otras incidencias que afectaron la publicación:")
    yield Renglones(cuantos=5)


def _relevantes(incidencias: Incidencias) -> Sequence[Asiento]:
    return [
        asiento
        for asiento in incidencias.bitacora
        if asiento.acto != _ACTIVADO and not _es_primera_lista(asiento)
    ]


def _es_activacion(asiento: Asiento) -> bool:
    return asiento.acto == _ACTIVADO and re.fullmatch(r"\d{1,4}", asiento.objeto, re.ASCII) is not None


def _es_primera_lista(asiento: Asiento) -> bool:
    # The node found itself in the signed list for the first time: nothing had happened to it.
    return asiento.acto == "lista" and asiento.datos.get("de") is None


def _tabla_de_asientos(asientos: Sequence[Asiento], zona: ZoneInfo) -> Bloque:
    return Tabla(
        encabezado=("Instante", "Hecho", "Objeto", "Evidencia"),
        filas=tuple(
            (_momento(a.instante.astimezone(zona)), a.acto, sin_direcciones(a.objeto), _evidencia(a.datos))
            for a in asientos
        ),
    )


def _transicion(transicion: Transicion, zona: ZoneInfo) -> tuple[Texto, ...]:
    motivo = transicion.hecho.value
    return (
        _momento(transicion.instante.astimezone(zona)),
        transicion.difusor,
        f"{transicion.de.estado.value} → {transicion.a.estado.value}",
        motivo if transicion.corte is None else f"{motivo}, corte {transicion.corte}",
    )


def _del_instituto(asiento: Asiento, zona: ZoneInfo) -> tuple[Texto, ...] | None:
    """Tell one act of the institute on its cortes; None for any other."""
    acto = next((a for a in Acto if a.value == asiento.acto), None)
    if acto is None:
        return None
    try:
        constancia = _constancia(acto, asiento.datos)
    except (KeyError, TypeError):  # the book of another version
        constancia = _evidencia(asiento.datos)
    return _momento(asiento.instante.astimezone(zona)), asiento.acto, asiento.objeto, constancia


def _constancia(acto: Acto, datos: Mapping[str, Any]) -> str:
    match acto:
        case Acto.RETENIDO | Acto.ENTERO:
            return "; ".join(datos["motivos"])
        case Acto.LIBERADO:
            return "; ".join(f"{firma['nombre']}: {firma['motivo']}" for firma in datos["firmas"])
        case Acto.SUPERADO:
            return f"lo superó el corte {datos['superado_por']}"
        case Acto.OMITIDOS:
            return ", ".join(map(str, datos["numeros"]))
        case Acto.ALARMA | Acto.FIN_DE_ALARMA:
            fuente, capturadas = datos["fuente"], datos["capturadas"]
            return f"corte {datos['corte']}: verificadas en la fuente {fuente}, capturadas {capturadas}"
        case _:
            assert_never(acto)


def _evidencia(datos: Mapping[str, Any]) -> str:
    campos = (
        f"{clave}: {valor if isinstance(valor, str) else json.dumps(valor, ensure_ascii=False)}"
        for clave, valor in datos.items()
    )
    visible = sin_direcciones(", ".join(campos))
    return (visible if len(visible) <= 300 else f"{visible[:300]}…") or "—"


def _comparativo(datos: DatosDeMemoria) -> Iterator[Bloque]:
    base, figuras = datos.base, datos.figuras
    if base is None:
        yield Parrafo(
            texto=(
                "No se entregó línea base del portal. Para incluirla: ",
                Codigo(texto="pregon memoria plantilla"),
                ", llenar las cifras y repetir con ",
                Codigo(texto="--base"),
                ".",
            )
        )
        return
    por_hora = base.promedio is Promedio.HORA
    periodos = figuras.duracion_horas if por_hora else figuras.duracion_dias
    unidad = "hora" if por_hora else "día"
    yield Parrafo(
        texto=(
            f"Línea base de {base.portal}: promedio por {unidad} del {base.desde:%d/%m/%Y} al"
            f" {base.hasta:%d/%m/%Y} ({base.fuente}). La operación abarcó {miles(periodos)}"
            f" {'horas' if por_hora else 'días'}, de la primera petición a la última."
        )
    )
    filas = (
        ("Visitas", base.visitas, figuras.visitas),
        ("Páginas", base.paginas, figuras.paginas),
        ("Hits", base.hits, figuras.hits),
    )
    yield Tabla(
        encabezado=(
            "",
            f"Promedio del portal por {unidad}",
            "Total en la operación",
            f"Promedio en la operación por {unidad}",
            "Veces el promedio",
        ),
        filas=tuple(
            (
                nombre,
                f"{promedio:,.1f}",
                miles(total),
                f"{total / periodos:,.1f}" if periodos else "—",
                f"{total / periodos / promedio:,.1f}" if periodos and promedio else "—",
            )
            for nombre, promedio, total in filas
        ),
        cifras=frozenset({1, 2, 3, 4}),
    )


def _segundo(segundo: int | None, zona: ZoneInfo) -> str:
    return "—" if segundo is None else _momento(datetime.fromtimestamp(segundo, zona))


def _momento(instante: datetime) -> str:
    return f"{instante:%d/%m/%Y %H:%M:%S}"
