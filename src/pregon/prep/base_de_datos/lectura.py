"""`leer`: bytes in, one `BaseDeDatos` per election file out."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from pregon.errors import ErrorDeDatos, NoEsBaseDeDatos
from pregon.prep.acta import Acta
from pregon.prep.base_de_datos.advertencias import Advertencia, Advertencias
from pregon.prep.base_de_datos.archivo import Texto, decodificar, textos
from pregon.prep.base_de_datos.candidaturas import es_candidaturas, leer_candidaturas
from pregon.prep.base_de_datos.celdas import corto
from pregon.prep.base_de_datos.columnas import Campo, Esquema, esquema, reconocidos
from pregon.prep.base_de_datos.encabezado import DELIMITADORES, Encabezado, leer_encabezado, partir
from pregon.prep.base_de_datos.filas import Filas, LeerFilas, Renglones, leer_filas
from pregon.prep.base_de_datos.limites import LIMITES, Limites
from pregon.prep.base_de_datos.nombres import normal
from pregon.prep.entidades import Entidad, nombre_propio, por_nombre
from pregon.prep.jornada import Ambito, Candidatura, ClaseColumna, Columna, Unidad


@dataclass(frozen=True, slots=True, kw_only=True)
class BaseDeDatos:
    """One election file, read. Rows keep the order of the file, fuera de catálogo last."""

    archivo: str
    """As given; a member of a ZIP as ``x.zip/prep/y.csv``."""
    titulo: str
    sello: datetime | None
    """Aware. None where the file tells none."""
    publicado: dict[str, str] | None
    """Header figures by canonical name, text as printed; None without a header block."""
    fila_publicado: int | None
    """Physical row of those figures."""
    columnas: tuple[Columna, ...]
    """Vote columns, in the order of `Acta.votos`."""
    actas: Sequence[Acta]
    filas: Sequence[int]
    """Physical row of each of `actas`."""
    otras: Mapping[str, Sequence[str]]
    """Columns of no known meaning: heading → the text of each of `actas`, as printed."""
    truncada: tuple[str, ...]
    """Signs, in Spanish, that the text ends too early: see `desgarro`."""
    advertencias: tuple[Advertencia, ...]
    eleccion: str
    """``DIP_LOC``, ``AYUN``, ``GUB``…: from the file's name, else from its title."""
    id_entidad: int
    entidad: str
    """Upper case, no accents; "" where the rows do not tell."""
    ambito: Ambito
    detalle: Ambito
    """What the rows' unit is."""
    unidades: tuple[Unidad, ...]
    """Of `detalle`, by number, named as people read them."""
    candidaturas: tuple[Candidatura, ...] = ()


def leer(
    nombre: str, datos: bytes, *, limites: Limites = LIMITES, filas: LeerFilas = leer_filas
) -> tuple[BaseDeDatos, ...]:
    """Read every base de datos in a CSV, a ZIP or a ZIP of ZIPs, in the order of their names.

    `filas` reads the rows, once it is known what their columns mean.

    NoEsBaseDeDatos when there is none (with the cause of each file inside), ErrorDeDatos when one is there
    and cannot be read. What surrounds a base de datos (LEEME, candidaturas) is never fatal.
    """
    bases: list[tuple[Texto, BaseDeDatos]] = []
    nombres: list[tuple[Texto, str]] = []
    ajenos: list[tuple[Texto, NoEsBaseDeDatos]] = []
    for texto in textos(nombre, datos, limites):
        try:
            contenido, codificacion = decodificar(texto.datos, texto.archivo)
            lineas = _lineas(contenido, limites.preambulo)
            if texto.carpeta and es_candidaturas(lineas):
                nombres.append((texto, contenido))
            else:
                advertencias = Advertencias(archivo=texto.archivo, maximo=limites.advertencias)
                if codificacion != "UTF-8":
                    lectura = f"se lee como {codificacion}"
                    advertencias.una(None, "", que="no está en UTF-8", lectura=lectura, regla="R87")
                bases.append((texto, _leer_tabla(texto, contenido, lineas, limites, filas, advertencias)))
        except NoEsBaseDeDatos as error:
            ajenos.append((texto, error))
    if not bases:
        raise _ninguna(nombre, ajenos, con_candidaturas=bool(nombres))
    return tuple(_acompanada(texto, base, nombres, ajenos, limites) for texto, base in bases)


def _leer_tabla(
    texto: Texto,
    contenido: str,
    lineas: Sequence[str],
    limites: Limites,
    leer_filas: LeerFilas,
    advertencias: Advertencias,
) -> BaseDeDatos:
    archivo = texto.archivo
    columnas = _renglon_de_columnas(lineas)
    if columnas is None:
        raise NoEsBaseDeDatos(_causa(lineas), archivo=archivo)
    indice, delimitador = columnas
    encabezado = leer_encabezado(lineas[:indice], advertencias)
    encabezados = partir(lineas[indice], delimitador)
    while encabezados and not encabezados[-1].strip():
        encabezados.pop()
    if len(encabezados) > limites.columnas:
        raise ErrorDeDatos(f"pasa de {limites.columnas} columnas", archivo=archivo, fila=indice + 1)
    muestra = [partir(linea, delimitador) for linea in lineas[indice + 1 :]]
    esq = esquema(encabezados, muestra, indice + 1, limites, advertencias)
    _exigir(esq, encabezado, archivo, indice + 1)
    _avisar_dialecto(contenido, lineas[0], delimitador, advertencias)
    _avisar_proteccion(muestra, esq, indice + 2, advertencias)
    for campo, (consecuencia, regla) in _AUSENTES.items():
        if campo not in esq.campos:
            nombre = campo.value[0]
            que = f"no trae la columna {nombre}"
            advertencias.una(indice + 1, nombre, que=que, lectura=consecuencia, regla=regla)
    clave = _eleccion(archivo, encabezado.titulo)
    nombres = {normal(e) for e in encabezados}
    if clave == "PRES" and Campo.ID_MUNICIPIO in esq.campos and Campo.ID_DISTRITO not in esq.campos:
        clave = "AYUN"
    if clave == "DIP_LOC" and "ID_DISTRITO_FEDERAL" in nombres and "ID_DISTRITO_LOCAL" not in nombres:
        clave = "DIP_FED"
    ambito, detalle, unidad = _unidad(clave, esq)
    if detalle is Ambito.ENTIDAD:
        que, lectura = "no trae columnas de distrito ni de municipio", "toda acta es de la entidad misma"
        advertencias.una(indice + 1, "", que=que, lectura=lectura, regla="R82")
    renglones = Renglones(
        texto=_resto(contenido, indice + 1),
        archivo=archivo,
        primera=indice + 2,
        delimitador=delimitador,
        ancho=esq.ancho,
        advertencias=advertencias,
    )
    filas = leer_filas(
        renglones,
        esquema=esq,
        unidad=unidad,
        delimitador=delimitador,
        limites=limites,
        advertencias=advertencias,
    )
    # INE's of 2012 put the number under ESTADO.
    numerada = re.fullmatch(r"[0-9]{1,2}", filas.entidad)
    entidad = por_nombre("", int(filas.entidad)) if numerada else por_nombre(filas.entidad, filas.id_entidad)
    return BaseDeDatos(
        archivo=archivo,
        titulo=encabezado.titulo,
        sello=_sello(encabezado, archivo, entidad, advertencias),
        publicado=encabezado.publicado,
        fila_publicado=encabezado.fila,
        columnas=esq.columnas,
        actas=filas.actas,
        filas=filas.filas,
        otras=filas.otras,
        truncada=truncada(contenido, en_zip=bool(texto.carpeta), sin_cerrar=renglones.sin_cerrar),
        unidades=_unidades(filas, detalle, entidad, advertencias),
        advertencias=advertencias.todas(),
        eleccion=clave,
        id_entidad=entidad.id,
        entidad=entidad.clave,
        ambito=ambito,
        detalle=detalle,
    )


def truncada(contenido: str, *, en_zip: bool, sin_cerrar: int | None) -> tuple[str, ...]:
    """Return the signs that a text ends too early; `sin_cerrar` is the row of a quote still open there.

    Who writes a table ends every line alike. Coahuila did not end its last one in 2017: inside a ZIP, whose
    sums vouch for its members, that is no sign.
    """
    salto = _FIN_DE_LINEA.search(contenido)
    signos = []
    if not en_zip and (salto is None or not contenido.endswith(salto[0])):
        signos.append("el último renglón no termina en fin de línea: el archivo puede estar cortado")
    if sin_cerrar is not None:
        signos.append(f"las comillas que abre la fila {sin_cerrar} no se cierran: el archivo está cortado")
    return tuple(signos)


_AUSENTES = {
    Campo.CONTABILIZADA: ("se deduce de observaciones y votos", "R43, R44"),
    Campo.OBSERVACIONES: ("se deducen de los votos", "R59"),
    Campo.TIPO_CASILLA: ("el tipo se lee de la casilla o de su clave", "R82"),
    Campo.LISTA_NOMINAL: ("suma 0 y no hay participación", "R46"),
    Campo.CALCULADO: ("el total es la suma de las columnas de votos", "R49"),
}
_LINEA = 100_000
_SALTO = re.compile(r"\r\n|\r|\n")
_FIN_DE_LINEA = re.compile(r"\r{0,2}\n|\r")
"""With the CR CR LF that a text file copied as binary gets, whole."""


def _lineas(contenido: str, maximo: int) -> list[str]:
    # Cut short of csv's own limit for a field: no line of a header or of column names is near it.
    return [linea[:_LINEA] for linea in _SALTO.split(contenido[: 2**20], maxsplit=maximo)[:maximo]]


def _resto(contenido: str, lineas: int) -> str:
    """Return the text after so many physical lines, whatever ends them."""
    fin = 0
    for _ in range(lineas):
        salto = _SALTO.search(contenido, fin)
        if salto is None:
            return ""
        fin = salto.end()
    return contenido[fin:]


def _renglon_de_columnas(lineas: Sequence[str]) -> tuple[int, str] | None:
    """Find the line and delimiter under which most headings are known; those of the casilla among them."""
    mejor: tuple[int, int, str] | None = None
    for i, linea in enumerate(lineas):
        for delimitador in DELIMITADORES:
            hallados = reconocidos(partir(linea, delimitador))
            if hallados >= 5 and (mejor is None or hallados > mejor[0]):
                mejor = (hallados, i, delimitador)
    return None if mejor is None else (mejor[1], mejor[2])


def _exigir(esq: Esquema, encabezado: Encabezado, archivo: str, fila: int) -> None:
    if not esq.columnas:
        raise NoEsBaseDeDatos("no trae columnas de votos", archivo=archivo, fila=fila)
    # Both totals, the written and the added one, are of a PREP alone: cómputos have one.
    del_prep = {Campo.CONTABILIZADA, Campo.OBSERVACIONES} & set(esq.campos) or (
        {Campo.ASENTADO, Campo.CALCULADO} <= set(esq.campos)
    )
    if encabezado.publicado is None and not del_prep:
        causa = (
            "no trae encabezado de cifras, CONTABILIZADA ni OBSERVACIONES: no es una base de datos del PREP"
        )
        raise NoEsBaseDeDatos(causa, archivo=archivo, fila=fila)


def _avisar_dialecto(contenido: str, primera: str, delimitador: str, advertencias: Advertencias) -> None:
    """Tell what is not a comma, and lines that do not end in LF or CRLF."""
    dicho = primera.strip().strip('"')
    con = f"«{delimitador}»" if delimitador != "\t" else "tabuladores"
    if dicho.lower().startswith("sep="):
        que, lectura = f"empieza con «{corto(dicho)}»", f"los renglones usan {con}"
        advertencias.una(1, "", que=que, lectura=lectura, regla="R79, R87")
    elif delimitador != ",":
        que, lectura = "los campos no se separan con comas", f"se separan con {con}"
        advertencias.una(None, "", que=que, lectura=lectura, regla="R87")
    salto = _SALTO.search(contenido)
    if salto is not None and salto[0] == "\r":
        que, lectura = "los renglones terminan en CR", "cada CR es un fin de renglón"
        advertencias.una(None, "", que=que, lectura=lectura, regla="R87")


def _avisar_proteccion(
    muestra: Sequence[Sequence[str]], esq: Esquema, fila: int, advertencias: Advertencias
) -> None:
    """Tell once keys protected otherwise than with the one quote in front that is usual (R88)."""
    for campo in (Campo.CLAVE_CASILLA, Campo.CLAVE_ACTA):
        lugar = esq.campos.get(campo)
        if lugar is None:
            continue
        for n, celdas in enumerate(muestra, start=fila):
            clave = celdas[lugar].strip() if lugar < len(celdas) else ""
            if clave.startswith(('="', "''")) or (clave.startswith("'") and clave.endswith("'")):
                que, lectura = f"la clave se escribe «{corto(clave)}»", "se le quita lo que la protege"
                advertencias.una(n, esq.encabezados[lugar], que=que, lectura=lectura, regla="R88")
                break


def _causa(lineas: Sequence[str]) -> str:
    inicio = "\n".join(lineas[:5]).lstrip().lower()
    if inicio.startswith("<"):
        return "es una página web, no una base de datos"
    if inicio.startswith(("{", "[")):
        return "es un JSON, no una base de datos"
    if es_candidaturas(lineas):
        return "es un archivo de candidaturas: trae nombres, no actas"
    return "no se hallaron los nombres de columna de las actas (SECCION, TIPO_CASILLA, LISTA_NOMINAL…)"


_CLAVES = (
    ("PRES", r"PRES|PRESIDENCIA(?!_MUNICIPAL)|PRESIDENT[EA](?!_MUNICIPAL)"),
    ("GUB", r"GUB|GUBERNATURA"),
    ("GOB", r"GOB|GOBERNADOR|GOBERNADORA|GOBIERNO"),
    ("DIP_FED", r"DIP_FED|FED_DIP|DIPUTA\w+_FEDERAL\w*"),
    ("DIP_LOC", r"DIP|DIP_LOC|DIPUTADOS|DIPUTADAS|DIPUTACION|DIPUTACIONES"),
    ("JUNTAS", r"JUNTAS?|JUNTAS?_MUNICIPAL\w*"),
    (
        "AYUN",
        r"AYUN|AYU|AYTO|ALC|AYUNTAMIENTOS?|PRESID\w+_MUNICIPAL\w*|PRESIDENCIAS?|MUNICIPES|MUN|ALCALDIAS?",
    ),
    ("SEN", r"SEN|SENADO|SENADOR\w+|SENADUR\w+"),
)


def _eleccion(archivo: str, titulo: str) -> str:
    """Name the election as file names do: the file's own name speaks first, then its title, its ZIP."""
    partes = archivo.rsplit("/", 2)
    for texto in (partes[-1], titulo, *partes[-2::-1]):
        palabras = normal(texto.removesuffix(".csv"))
        for clave, patron in _CLAVES:
            if re.search(rf"(?:^|_)(?:{patron})(?:_|$)", palabras):
                return clave
    return "ELECCION"


def _unidad(clave: str, esq: Esquema) -> tuple[Ambito, Ambito, tuple[Campo, Campo]]:
    distrito = (Campo.ID_DISTRITO, Campo.DISTRITO)
    municipio = (Campo.ID_MUNICIPIO, Campo.MUNICIPIO)
    hay = {c for c in (*distrito, *municipio) if c in esq.campos}
    preferida, otra = (municipio, distrito) if clave in {"AYUN", "JUNTAS"} else (distrito, municipio)
    unidad = preferida if hay & set(preferida) else otra
    if not hay:
        return Ambito.ENTIDAD, Ambito.ENTIDAD, unidad
    if clave in {"GOB", "GUB", "PRES", "SEN"}:
        detalle = Ambito.DISTRITO if unidad is distrito else Ambito.MUNICIPIO
        return Ambito.ENTIDAD, detalle, unidad
    if clave in {"AYUN", "JUNTAS"} or unidad is municipio:
        # Campeche 2021 lists juntas under ID_DISTRITO_LOCAL: what the election is decides, not the heading.
        return Ambito.MUNICIPIO, Ambito.MUNICIPIO, unidad
    return Ambito.DISTRITO, Ambito.DISTRITO, unidad


def _unidades(
    filas: Filas, detalle: Ambito, entidad: Entidad, advertencias: Advertencias
) -> tuple[Unidad, ...]:
    if detalle is Ambito.ENTIDAD:
        return (Unidad(numero=0, nombre=entidad.nombre or "Entidad"),)
    nombres, primeras = filas.nombres, filas.primeras
    que, columna = f"el renglón no tiene {detalle.value}", detalle.value.upper()
    advertencias.varias(filas.sin_unidad, columna, que=que, lectura="suma sólo en la entidad", regla="R76")
    for numero, cuenta in nombres.items():
        if len(cuenta) > 1:
            lista = ", ".join(f"«{n}»" for n in sorted(cuenta)[:4])
            que, lectura = f"el {numero} tiene varios nombres: {lista}", "se toma el que más se repite"
            advertencias.una(primeras[numero], columna, que=que, lectura=lectura)
    legibles = {n: nombre_propio(nombres[n].most_common(1)[0][0]) for n in sorted(nombres)}
    repetidos = Counter(legibles.values())
    return tuple(
        # Distritos may share their cabecera (Campeche has six in its capital): the number tells them apart.
        Unidad(numero=n, nombre=nombre if nombre and repetidos[nombre] == 1 else f"{nombre} {n}".strip())
        for n, nombre in legibles.items()
    )


def _sello(
    encabezado: Encabezado, archivo: str, entidad: Entidad, advertencias: Advertencias
) -> datetime | None:
    sello = encabezado.sello
    if sello is None and (m := re.search(r"(20[0-9]{6})[_-]?([0-9]{4})(?![0-9])", archivo)):
        try:
            sello = datetime.strptime(m[1] + m[2], "%Y%m%d%H%M")  # noqa: DTZ007 - made aware right below
        except ValueError:
            sello = None
        else:
            advertencias.una(None, "", que=_SIN_SELLO, lectura="se toma del nombre del archivo", regla="R32")
    if sello is None:
        advertencias.una(None, "", que=_SIN_SELLO, lectura="el corte queda sin instante", regla="R32")
        return None
    if sello.tzinfo is None:
        sello = sello.replace(tzinfo=entidad.zona)
        que, lectura = "la fecha y hora del corte no dice su UTC", f"se supone el de {entidad.capital}"
        advertencias.una(encabezado.fila_sello, "", que=que, lectura=lectura, regla="R32")
    return sello


_SIN_SELLO = "no trae la fecha y hora del corte"


def _ninguna(
    nombre: str, ajenos: Sequence[tuple[Texto, NoEsBaseDeDatos]], *, con_candidaturas: bool
) -> NoEsBaseDeDatos:
    if len(ajenos) == 1 and not ajenos[0][0].carpeta:
        return ajenos[0][1]
    if not ajenos and not con_candidaturas:
        return NoEsBaseDeDatos("el ZIP no trae ningún CSV", archivo=nombre)
    causas = "; ".join(f"{t.archivo.removeprefix(nombre + '/')}: {e.causa}" for t, e in ajenos[:5])
    resto = "sólo trae candidaturas" if con_candidaturas and not ajenos else causas
    return NoEsBaseDeDatos(f"ningún archivo del ZIP es una base de datos ({resto})", archivo=nombre)


def _acompanada(
    texto: Texto,
    base: BaseDeDatos,
    nombres: Sequence[tuple[Texto, str]],
    ajenos: Sequence[tuple[Texto, NoEsBaseDeDatos]],
    limites: Limites,
) -> BaseDeDatos:
    """Join a base de datos with the names of its folder, and tell the tables there that were left unread."""
    partidos = [
        c.clave for c in base.columnas if c.clase in {ClaseColumna.PARTIDO, ClaseColumna.INDEPENDIENTE}
    ]
    propias = [
        c
        for t, contenido in nombres
        if t.carpeta == texto.carpeta
        and _eleccion(t.archivo, "") in {base.eleccion, _eleccion(texto.archivo, "")}
        for c in leer_candidaturas(contenido, partidos, limites)
    ]
    sin_leer = [
        Advertencia(
            archivo=t.archivo, fila=e.fila, columna="", que=f"viene junto y {e.causa}", lectura="no se usa"
        )
        for t, e in ajenos
        if t.carpeta == texto.carpeta and t.archivo.lower().endswith((".csv", ".tsv"))
    ]
    return replace(base, candidaturas=tuple(propias), advertencias=base.advertencias + tuple(sin_leer))
