"""What each column of the rows means, told by its heading; which ones hold votes, told by where they stand.

Vote columns are the run of headings around NULOS that the dictionary does not know: parties and combinations
change with every election, the rest hardly does (R71, R82).
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum

from pregon.prep.base_de_datos.advertencias import Advertencias
from pregon.prep.base_de_datos.celdas import es_conteo
from pregon.prep.base_de_datos.limites import Limites
from pregon.prep.base_de_datos.nombres import normal
from pregon.prep.jornada import ClaseColumna, Columna


class Campo(Enum):
    """A column that is no vote; the values are the headings seen, as `normal` writes them."""

    CLAVE_CASILLA = ("CLAVE_CASILLA", "CLAVE_DE_CASILLA")
    CLAVE_ACTA = ("CLAVE_ACTA", "CLAVE_DE_ACTA")
    ID_ENTIDAD = ("ID_ENTIDAD", "ID_ESTADO", "ID_ENTIDAD_FEDERATIVA", "CLAVE_ENTIDAD")
    ENTIDAD = ("ENTIDAD", "ESTADO", "ENTIDAD_FEDERATIVA", "NOMBRE_ENTIDAD", "NOMBRE_ESTADO")
    ID_DISTRITO = (
        "ID_DISTRITO", "ID_DISTRITO_LOCAL", "ID_DISTRITO_FEDERAL", "ID_DISTRITO_ELECTORAL", "NUM_DISTRITO",
    )  # fmt: skip
    DISTRITO = (
        "DISTRITO", "DISTRITO_LOCAL", "DISTRITO_FEDERAL", "DISTRITO_ELECTORAL", "NOMBRE_DISTRITO",
        "NOMBRE_DISTRITO_LOCAL", "CABECERA", "CABECERA_DISTRITAL", "CABECERA_DISTRITAL_LOCAL",
    )  # fmt: skip
    ID_MUNICIPIO = (
        "ID_MUNICIPIO", "ID_MUNICIPIO_LOCAL", "ID_DEMARCACION", "ID_DEMARCACION_TERRITORIAL",
        "ID_ALCALDIA", "ID_AYUNTAMIENTO", "ID_JUNTA", "ID_JUNTA_MUNICIPAL", "ID_COMUNIDAD", "NUM_MUNICIPIO",
    )  # fmt: skip
    MUNICIPIO = (
        "MUNICIPIO", "MUNICIPIO_LOCAL", "NOMBRE_MUNICIPIO", "DEMARCACION", "DEMARCACION_TERRITORIAL",
        "ALCALDIA", "AYUNTAMIENTO", "JUNTA", "JUNTA_MUNICIPAL", "COMUNIDAD",
    )  # fmt: skip
    SECCION = ("SECCION", "ID_SECCION", "SECCION_ELECTORAL", "NUM_SECCION", "SECC")
    ID_CASILLA = ("ID_CASILLA", "NUM_CASILLA", "NUMERO_CASILLA")
    TIPO_CASILLA = ("TIPO_CASILLA", "TIPO_DE_CASILLA")
    CASILLA = ("CASILLA", "NOMBRE_CASILLA")
    EXT_CONTIGUA = ("EXT_CONTIGUA", "EXTENSION_CONTIGUA", "EXT_CONTIGUAS")
    UBICACION = ("UBICACION_CASILLA", "UBICACION", "UBICACION_DE_CASILLA")
    TIPO_ACTA = ("TIPO_ACTA", "TIPO_DE_ACTA")
    SOBRANTES = ("TOTAL_BOLETAS_SOBRANTES", "NUM_BOLETAS_SOBRANTES", "BOLETAS_SOBRANTES")
    PERSONAS = (
        "TOTAL_PERSONAS_VOTARON", "TOTAL_CIUDADANOS_VOTARON", "TOTAL_CIUDADANOS_QUE_VOTARON",
        "TOTAL_PERSONAS_QUE_VOTARON", "PERSONAS_VOTARON", "CIUDADANOS_VOTARON",
    )  # fmt: skip
    REP_VOTARON = (
        "TOTAL_REP_PARTIDO_CI_VOTARON", "TOTAL_REP_PARTIDOS_CI_VOTARON", "TOTAL_REPRESENTANTES_VOTARON",
        "TOTAL_REP_PP_CI_VOTARON", "REPRESENTANTES_VOTARON",
    )  # fmt: skip
    SACADOS = (
        "TOTAL_VOTOS_SACADOS", "NUM_BOLETAS_EXTRAIDAS", "TOTAL_BOLETAS_EXTRAIDAS", "VOTOS_SACADOS",
        "TOTAL_VOTOS_SACADOS_URNA", "BOLETAS_EXTRAIDAS", "TOTAL_BOLETAS_SACADAS",
    )  # fmt: skip
    ASENTADO = (
        "TOTAL_VOTOS_ASENTADO",
        "TOTAL_VOTOS_ASENTADOS",
        "TOTAL_VOTOS",
        "TOTAL_ASENTADO",
        "VOTACION_TOTAL",
    )
    CALCULADO = ("TOTAL_VOTOS_CALCULADO", "TOTAL_VOTOS_CALCULADOS", "TOTAL_CALCULADO")
    LISTA_NOMINAL = ("LISTA_NOMINAL", "LISTA_NOMINAL_CASILLA", "LN")
    REPRESENTANTES = ("REPRESENTANTES_PP_CI", "REPRESENTANTES_PP_Y_CI", "REPRESENTANTES")
    OBSERVACIONES = ("OBSERVACIONES", "OBSERVACION")
    CONTABILIZADA = ("CONTABILIZADA", "CONTABILIZADAS", "ACTA_CONTABILIZADA")
    MECANISMOS = (
        "MECANISMOS_TRASLADO", "MECANISMO_TRASLADO", "MECANISMOS_DE_TRASLADO", "MECANISMO_DE_TRASLADO",
    )  # fmt: skip
    CODIGO = ("CODIGO_INTEGRIDAD", "CODIGO_DE_INTEGRIDAD", "SHA", "SHA256", "SHA_256", "HASH")
    ACOPIO = ("FECHA_HORA_ACOPIO", "FECHA_HORA_DE_ACOPIO", "HORA_ACOPIO")
    CAPTURA = ("FECHA_HORA_CAPTURA", "FECHA_HORA_DE_CAPTURA", "HORA_CAPTURA")
    VERIFICACION = (
        "FECHA_HORA_VERIFICACION", "FECHA_HORA_REGISTRO", "FECHA_HORA_DE_VERIFICACION", "HORA_REGISTRO",
    )  # fmt: skip
    ORIGEN = ("ORIGEN",)
    DIGITALIZACION = ("DIGITALIZACION",)
    TIPO_DOCUMENTO = ("TIPO_DOCUMENTO", "TIPO_DE_DOCUMENTO")
    SIN_USO = (
        "CRYT",
        "COTEJADA",
        "COTEJADA_1",
        "COTEJADA_2",
        "COTEJADA_3",
        "COTEJADO",
        "COTEJO",
        "CODIGOS_ENTREGADOS_PMDC",
        "CODIGOS_SOBRANTES",
        "CODIGOS_UTILIZADOS",
        "SOBRES_CON_VOTOS",
        "DOMICILIO",
        "CANDIDATURA",
    )
    """Known, and not needed for any figure."""

    __hash__ = object.__hash__  # of the member itself: Enum's own hashes its name, in Python, for every cell


CAMPOS: Mapping[str, Campo] = {nombre: campo for campo in Campo for nombre in campo.value}


_DE_2024 = {campo.value[0] for campo in Campo} | {
    "ID_DISTRITO_LOCAL", "DISTRITO_LOCAL", "ID_DISTRITO_FEDERAL", "DISTRITO_FEDERAL",
}  # fmt: skip
"""Headings as the dictionary of 2024 writes them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Esquema:
    """Where everything stands in a row."""

    ancho: int
    encabezados: tuple[str, ...]
    """As printed, for messages."""
    campos: Mapping[Campo, int]
    votos: tuple[int, ...]
    """Positions of `columnas`."""
    columnas: tuple[Columna, ...]
    otras: Mapping[str, int]
    """Where the columns stand that are neither: by heading, told apart where it repeats or is empty."""


def reconocidos(celdas: Sequence[str]) -> int:
    """Count the known headings of a line, to tell a column row from any other; 0 if it names no casillas."""
    nombres = {normal(c) for c in celdas}
    campos = {CAMPOS[n] for n in nombres if n in CAMPOS}
    if not campos & {Campo.SECCION, Campo.CLAVE_CASILLA, Campo.CLAVE_ACTA}:
        return 0
    return len(campos) + sum(_de_boleta(n) for n in nombres)


def esquema(
    encabezados: Sequence[str],
    muestra: Sequence[Sequence[str]],
    fila: int,
    limites: Limites,
    advertencias: Advertencias,
) -> Esquema:
    """Give a meaning to every heading, telling the ones that got none or a guessed one.

    `muestra` is some rows: a column of plain text holds no votes, whatever its place.
    """
    nombres = [normal(e) for e in encabezados]
    campos: dict[Campo, int] = {}
    for i, nombre in enumerate(nombres):
        campo = CAMPOS.get(nombre)
        if campo is None or campo is Campo.SIN_USO:
            continue
        if campo in campos:
            que = f"repite a «{encabezados[campos[campo]]}»"
            advertencias.una(fila, encabezados[i], que=que, lectura="se usa la primera")
        else:
            campos[campo] = i
            if nombre not in _DE_2024:
                lectura = f"se lee como {campo.value[0]}"
                advertencias.una(
                    fila, encabezados[i], que="no es su nombre de 2024", lectura=lectura, regla="R82"
                )
    votos = _posiciones_de_votos(nombres, muestra)
    for i, nombre in enumerate(nombres):
        if nombre and nombre not in CAMPOS and i not in votos:
            que, lectura = "la columna no se reconoce como voto ni como dato del acta", "se guarda y no suma"
            advertencias.una(fila, encabezados[i], que=que, lectura=lectura, regla="R82")
    return Esquema(
        ancho=len(encabezados),
        encabezados=tuple(encabezados),
        campos=campos,
        votos=votos,
        columnas=_columnas([nombres[i] for i in votos], fila, advertencias),
        otras=_otras(encabezados, {*campos.values(), *votos}, fila, limites.otras, advertencias),
    )


def _otras(
    encabezados: Sequence[str], usadas: set[int], fila: int, maximo: int, advertencias: Advertencias
) -> dict[str, int]:
    otras: dict[str, int] = {}
    sobran = 0
    for i, encabezado in enumerate(encabezados):
        if i in usadas:
            continue
        nombre = encabezado.strip() or f"columna {i + 1}"
        if nombre in otras:
            nombre = f"{nombre} (columna {i + 1})"
        if len(otras) < maximo:
            otras[nombre] = i
        else:
            sobran += 1
    if sobran:
        que, lectura = f"columnas de más que no se reconocen: {sobran}", f"se guardan las primeras {maximo}"
        advertencias.una(fila, "", que=que, lectura=lectura, regla="R82")
    return otras


_NULOS = re.compile(r"((NUM|NUMERO|TOTAL)_)?(DE_)?(VOTOS?_)?NULOS?|VN")
_NO_REGISTRADAS = re.compile(r"(\w+_)?(NO_?|N)REG\w*|CNR")
_INDEPENDIENTE = re.compile(r"(CAN\w*_)?(CI|IND|INDEP\w*)_?\d*|CAND_IND\w*|CANDIDAT\w*_INDEP\w*")
_NUNCA_VOTOS = {
    "ID", "CLAVE", "TOTAL", "SUM", "SUMA", "SUBTOTAL", "NUM", "NUMERO", "PORCENTAJE", "FECHA", "HORA",
    "BOLETAS", "REPRESENTANTES", "VOTARON", "SACADOS", "EXTRAIDAS",
    "LISTA", "NOMINAL", "SECCION", "CASILLA", "DISTRITO", "MUNICIPIO", "ACTA", "OBSERVACIONES", "NOMBRE",
    "ESTATUS", "SOBRANTES", "IMAGEN", "VALIDOS", "VALIDA", "EMITIDA", "VOTACION", "RESERVADOS", "COTEJADA",
    "PARTICIPACION", "REPRESENTANTE", "FOLIO",
}  # fmt: skip
"""A heading with one of these words never holds votes of an option: subtotals and identification."""


def _posiciones_de_votos(nombres: Sequence[str], muestra: Sequence[Sequence[str]]) -> tuple[int, ...]:
    posibles = [
        bool(n) and n not in CAMPOS and not _NUNCA_VOTOS & set(n.split("_")) and _cuenta(muestra, i)
        for i, n in enumerate(nombres)
    ]
    # A subtotal in the middle (`C_A_B_TOTAL`) does not end the run of options; a known column does.
    tramos: list[list[int]] = [[]]
    for i, nombre in enumerate(nombres):
        if nombre in CAMPOS:
            tramos.append([])
        elif posibles[i]:
            tramos[-1].append(i)
    tramo = max(tramos, key=lambda t: (sum(_de_boleta(nombres[i]) for i in t), len(t)))
    # Between the first and the last heading that can only be of the ballot: what stands outside is something
    # else that the dictionary does not know (a number of acta, reserved votes), whoever put it there.
    seguras = [i for i in tramo if _de_boleta(nombres[i]) or _SIGLAS.fullmatch(nombres[i])]
    if len(seguras) > 1:
        # By candidatura (EdoMex 2017) the headings are names of people: where they begin is not sure.
        por_siglas = any(not _sin_partido(nombres[i]) for i in seguras)
        primera = seguras[0] if por_siglas else tramo[0]
        tramo = [i for i in tramo if primera <= i <= seguras[-1]]
    sueltas = [i for i, nombre in enumerate(nombres) if _especial(nombre)]
    return tuple(sorted({*tramo, *sueltas}))


def _cuenta(muestra: Sequence[Sequence[str]], i: int) -> bool:
    """Tell whether a column may hold counts: empty so far, or some cell is a number or a marker."""
    llenas = [r[i] for r in muestra if i < len(r) and r[i].strip()]
    return not llenas or any(es_conteo(c) for c in llenas)


def _de_boleta(nombre: str) -> bool:
    """Tell a heading that can only be an option of the ballot."""
    return (
        _especial(nombre)
        or bool(_trozos(nombre) or _INDEPENDIENTE.fullmatch(nombre))
        or bool(_NACIONALES.fullmatch(nombre))
    )


_SIGLAS = re.compile(r"[A-Z]{2,7}")
"""Letters alone: a local party that nobody here knows."""
_NACIONALES = re.compile(
    r"PAN|PRI|PRD|PT|PVEM|MC|MORENA|MOR|PARTIDO_\w+|\w*ACCION_NACIONAL|MOVIMIENTO_CIUDADANO|VOTOS?_(PAN|PRI)"
)


def _especial(nombre: str) -> bool:
    return bool(_NULOS.fullmatch(nombre) or _NO_REGISTRADAS.fullmatch(nombre))


def _sin_partido(nombre: str) -> bool:
    return _especial(nombre) or bool(_INDEPENDIENTE.fullmatch(nombre))


def _columnas(nombres: Sequence[str], fila: int, advertencias: Advertencias) -> tuple[Columna, ...]:
    partidos = [n for n in nombres if not _sin_partido(n) and not _trozos(n)]
    posibles = _iniciales(partidos) | {p: p for p in partidos}
    partidos = [n for n in partidos if not _union(n, posibles, salvo=n)]
    de_partidos = _iniciales(partidos) | {p: p for p in partidos}
    equivalencias = _equivalencias(nombres, de_partidos, fila, advertencias)
    vistas: dict[str, int] = {}
    columnas = []
    for nombre in nombres:
        columna = _columna(nombre, de_partidos, equivalencias)
        veces = vistas[columna.clave] = vistas.get(columna.clave, 0) + 1
        if veces > 1:
            que, lectura = "hay otra columna de votos con este nombre", "se suma por separado"
            advertencias.una(fila, nombre, que=que, lectura=lectura)
            clave = f"{columna.clave}_{veces}"
            columna = Columna(clave=clave, clase=columna.clase, partidos=columna.partidos)
        columnas.append(columna)
    return tuple(columnas)


def _iniciales(partidos: Sequence[str]) -> dict[str, str]:
    """Return the letters by which combinations name a party whose column is words: MC, and PES or ES."""
    siglas: dict[str, str] = {}
    repetidas = set(partidos)
    for nombre in partidos:
        palabras = [p for p in nombre.split("_") if p not in {"DE", "DEL", "LA", "LOS", "Y"}]
        if not 2 <= len(palabras) <= 6:
            continue
        letras = "".join(p[0] for p in palabras)
        for una in (letras, letras.removeprefix("P") if palabras[0] == "PARTIDO" else f"P{letras}"):
            if una in siglas:
                repetidas.add(una)
            siglas[una] = nombre
    return {s: nombre for s, nombre in siglas.items() if s not in repetidas}


def _columna(nombre: str, partidos: Mapping[str, str], equivalencias: Mapping[str, str]) -> Columna:
    if _NULOS.fullmatch(nombre):
        return Columna(clave="NULOS", clase=ClaseColumna.NULOS)
    if _NO_REGISTRADAS.fullmatch(nombre):
        return Columna(clave="NO_REGISTRADAS", clase=ClaseColumna.NO_REGISTRADAS)
    if _INDEPENDIENTE.fullmatch(nombre):
        return Columna(clave=nombre, clase=ClaseColumna.INDEPENDIENTE, partidos=(nombre,))
    if partidos.get(nombre) == nombre:
        return Columna(clave=nombre, clase=ClaseColumna.PARTIDO, partidos=(nombre,))
    trozos = _trozos(nombre)
    miembros = _union(nombre, partidos) or tuple(equivalencias.get(t, t) for t in trozos or [nombre])
    return Columna(clave=nombre, clase=ClaseColumna.COMBINACION, partidos=miembros)


def _trozos(nombre: str) -> list[str]:
    """Return the letters after the ``C_`` (or ``CC_``, ``COA_``) of a combination; else nothing."""
    prefijo, _, resto = nombre.partition("_")
    return resto.split("_") if prefijo in {"C", "CC", "COA", "COAL", "COALICION"} and resto else []


_MAYOR_COALICION = 16
"""Words of the longest combination; the largest seen has 7 parties."""


def _union(nombre: str, partidos: Mapping[str, str], *, salvo: str = "") -> tuple[str, ...]:
    """Return the parties of a combination: ``C_PAN_PRI``, ``PAN_PRI``, ``JHH_PT_MORENA``."""
    if trozos := _trozos(nombre):
        return _miembros_exactos(trozos, partidos, salvo) or ()
    trozos = nombre.split("_")[-_MAYOR_COALICION:]
    sueltos = (_miembros_exactos(trozos[i:], partidos, salvo) for i in range(len(trozos) - 1))
    return next((m for m in sueltos if m and len(m) > 1), ())


def _miembros_exactos(
    trozos: Sequence[str], partidos: Mapping[str, str], salvo: str = ""
) -> tuple[str, ...] | None:
    """Cover the words with whole party names, longest first (a party may have ``_`` in its own name)."""
    miembros = []
    i = 0
    while i < len(trozos):
        for j in range(len(trozos), i, -1):
            if (nombre := "_".join(trozos[i:j])) in partidos and nombre != salvo:
                miembros.append(partidos[nombre])
                i = j
                break
        else:
            return None
    return tuple(miembros)


def _equivalencias(
    nombres: Sequence[str], partidos: Mapping[str, str], fila: int, advertencias: Advertencias
) -> dict[str, str]:
    """Match the letters of combinations that are no party column: PNA is NA, SDI is SI (COAH17)."""
    trozos = {t for n in nombres if _miembros_exactos(_trozos(n), partidos) is None for t in _trozos(n)}
    exactos = {t for n in nombres for t in _trozos(n)} & set(partidos)
    equivalencias: dict[str, str] = {}
    for trozo in sorted(trozos - exactos):
        parecido = parecida(trozo, sorted(set(partidos.values()) - {partidos[e] for e in exactos}))
        if parecido is None:
            que, lectura = "las combinaciones nombran un partido sin columna propia", "se deja con ese nombre"
            advertencias.una(fila, trozo, que=que, lectura=lectura, regla="R71")
        else:
            que, lectura = f"las combinaciones nombran a «{trozo}»", f"se toma por la columna «{parecido}»"
            advertencias.una(fila, trozo, que=que, lectura=lectura, regla="R71")
            equivalencias[trozo] = parecido
    return equivalencias


def parecida(siglas: str, partidos: Sequence[str]) -> str | None:
    """Return the only party whose letters are within these, in order, or the other way round; else None."""
    if siglas in partidos:
        return siglas
    candidatos = [p for p in partidos if _dentro(p, siglas) or _dentro(siglas, p)]
    return candidatos[0] if len(candidatos) == 1 else None


def _dentro(corta: str, larga: str) -> bool:
    letras = iter(larga)
    return all(c in letras for c in corta)
