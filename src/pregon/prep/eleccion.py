"""The night's TOML: parse it into a `Jornada`, and explain every fault with its line.

`validar` finds all faults at once, each where its key stands; `leer` returns the night or raises the
first of them. Text comes in, values go out: who opens the file is the command. After this door nobody
validates again.
"""

import re
from collections.abc import Iterable, Sequence
from datetime import date, datetime, time, timedelta
from difflib import get_close_matches
from enum import Enum
from typing import Any, Final, TypeVar
from zoneinfo import ZoneInfo

from pregon.configuracion import Lectura, Tabla
from pregon.errors import ErrorDeConfiguracion
from pregon.prep.acta import Contabilizada, clase, es_inconsistencia
from pregon.prep.base_de_datos.celdas import Celdas
from pregon.prep.base_de_datos.columnas import CAMPOS as LEIDOS
from pregon.prep.base_de_datos.encabezado import DELIMITADORES
from pregon.prep.contienda import columnas
from pregon.prep.dialecto import (
    CAMPOS,
    PRESETS,
    VARIANTES,
    Dialecto,
    FinDeLinea,
    Observacion,
    Proteccion,
)
from pregon.prep.jornada import (
    Ambito,
    Candidatura,
    CatalogoSintetico,
    Coalicion,
    Eleccion,
    Instituto,
    Jornada,
    Partido,
    Tipo,
    Unidad,
)

_LEYENDAS: Final = ("ILEGIBLE", "SIN DATO", "SIN ACTA")
"""Markers that a dialecto may write otherwise."""
_UNA_LINEA = re.compile(r"[^\x00-\x1f\x7f\u2028\u2029]{1,300}")
_URL = re.compile(r"https?://[A-Za-z0-9.-]+(?::\d{1,5})?(?:/[^\s\"'<>]*)?")
_COLOR = re.compile(r"#[0-9a-fA-F]{6}")
_CLAVE_ELECCION = re.compile(r"[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*")
# A combination is written C_A_B: an underscore inside a party's key would make it ambiguous.
_CLAVE_PARTIDO = re.compile(r"[A-ZÑ][A-ZÑ0-9]{0,19}")
_CLAVE_INDEPENDIENTE = re.compile(r"CAND_IND_[1-9][0-9]?")
_CLAVE_COALICION = re.compile(r"[A-ZÑ][A-ZÑ0-9]*(?:_[A-ZÑ0-9]+)*")
_SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_ABREVIATURA = re.compile(r"[A-Z]{2,10}")
_ROL = re.compile(r"simulacro-[a-z0-9-]{1,60}")
_ENCABEZADO = re.compile(r"[A-ZÁÉÍÓÚÑ][A-ZÁÉÍÓÚÑ0-9_]{0,59}")
_ROTULO = re.compile(r"[\w .()-]{1,80}")
_PATRON = re.compile(r"(?:[A-Za-z0-9_.-]|\{[a-z]+\}){1,120}")
_CARPETA = re.compile(r"[A-Za-z0-9_-]{1,40}/")

V = TypeVar("V")
E = TypeVar("E", bound=Enum)


def leer(texto: str, *, archivo: str) -> Jornada:
    """Return the night that the TOML describes.

    Raises ErrorDeConfiguracion for its first fault, by line.
    """
    lectura = Lectura(texto.removeprefix("\ufeff"), archivo=archivo)
    jornada = _jornada(lectura.raiz)
    lectura.terminar()
    return jornada


def validar(texto: str, archivo: str) -> list[ErrorDeConfiguracion]:
    """Return every fault of the TOML in the order of its lines; none means that `leer` succeeds."""
    try:
        lectura = Lectura(texto.removeprefix("\ufeff"), archivo=archivo)
    except ErrorDeConfiguracion as falta:
        return [falta]
    _jornada(lectura.raiz)
    return sorted(lectura.faltas, key=lambda f: (f.linea or 0, f.clave))


def _jornada(raiz: Tabla) -> Jornada:
    """Read the whole night. After a fault the values are stand-ins, and so is what is returned."""
    instituto = _instituto(raiz.tabla("instituto"))
    noche = raiz.tabla("jornada")
    tipo = _opcion(noche, "tipo", Tipo, sin=Tipo.PROTOTIPO)
    fecha = noche.fecha("fecha")
    apertura = _apertura(noche, instituto.zona, fecha)
    # R29: at least three updates an hour.
    periodo = timedelta(minutes=noche.entero("periodo_minutos", minimo=1, maximo=20))
    cierre = _cierre(noche, apertura, periodo)
    retencion = _minuto(noche, "retencion")
    if "retencion" in noche and retencion < cierre:
        noche.falta("la retención termina antes del cierre (R10)", "retencion")
    computos = noche.fecha("computos") if "computos" in noche else None
    ocultas = _ocultas(noche, tipo)
    if computos is not None and computos < fecha:
        noche.falta("los cómputos no pueden ser antes de la jornada", "computos")
    jornada = Jornada(
        nombre=_texto(noche, "nombre"),
        tipo=tipo,
        rol=_rol(noche, tipo, fecha),
        instituto=instituto,
        fecha=fecha,
        apertura=apertura,
        periodo=periodo,
        cierre=cierre,
        retencion=retencion,
        computos=computos,
        elecciones=tuple(
            _eleccion(t, fecha.year, tipo, ocultas=ocultas) for t in _tablas(raiz, "elecciones", 1, 20)
        ),
        dialecto=_dialecto(raiz.tabla("dialecto", opcional=True)),
    )
    _sin_repetir(raiz, "elecciones", "clave", [e.clave for e in jornada.elecciones])
    _sin_repetir(raiz, "elecciones", "slug", [e.slug for e in jornada.elecciones])
    noche.sin_sobrantes()
    raiz.sin_sobrantes()
    return jornada


def _instituto(t: Tabla) -> Instituto:
    entidad = _texto(t, "entidad")
    if entidad != entidad.upper():
        t.falta("va en mayúsculas, como en las bases de datos", "entidad")
    instituto = Instituto(
        nombre=_texto(t, "nombre"),
        siglas=_texto(t, "siglas"),
        url=_texto(t, "url", _URL, "es una dirección http(s)").rstrip("/"),
        telefono=_texto(t, "telefono"),
        entidad=entidad,
        entidad_nombre=_texto(t, "entidad_nombre"),
        id_entidad=t.entero("id_entidad", maximo=32),
        abreviatura=_texto(t, "abreviatura", _ABREVIATURA, "va en mayúsculas, sin espacios"),
        capital=_texto(t, "capital"),
        zona=_zona(t, "zona"),
        zona_frontera=_zona(t, "zona_frontera") if "zona_frontera" in t else None,
    )
    t.sin_sobrantes()
    return instituto


def _rol(t: Tabla, tipo: Tipo, fecha: date) -> str:
    propio = "oficial" if tipo is Tipo.OFICIAL else f"simulacro-{fecha.isoformat()}"
    rol = t.texto("rol", propio)
    if tipo is Tipo.OFICIAL and rol != "oficial":
        t.falta(f"una noche oficial sólo admite el rol «oficial», no «{rol:.60}»", "rol")
    if tipo is Tipo.SIMULACRO and not _ROL.fullmatch(rol):
        t.falta(f"un simulacro lleva un rol como «{propio}» (a-z, 0-9 y guion), no «{rol:.60}»", "rol")
    return rol


def _apertura(t: Tabla, zona: ZoneInfo, fecha: date) -> datetime:
    """Read the opening twice, as UTC and as the capital's clock: they must agree (R2, R3)."""
    apertura, leida = _minuto(t, "apertura"), t.local("apertura_local")
    if "apertura" not in t or "apertura_local" not in t:
        return apertura
    real = apertura.astimezone(zona).replace(tzinfo=None)
    if real != leida:
        t.falta(
            f"dice {leida:%d/%m/%Y %H:%M} y la apertura en {zona.key} es {real:%d/%m/%Y %H:%M}",
            "apertura_local",
        )
    elif real.date() != fecha or not time(18) <= real.time() <= time(20):
        t.falta(f"la apertura va entre 18:00 y 20:00 locales del {fecha:%d/%m/%Y} (R2)", "apertura_local")
    return apertura


def _cierre(t: Tabla, apertura: datetime, periodo: timedelta) -> datetime:
    cierre = _minuto(t, "cierre")
    acuerdo = _texto(t, "acuerdo_cierre") if "acuerdo_cierre" in t else ""
    if "cierre" not in t or "apertura" not in t:
        return cierre
    if cierre < apertura:
        t.falta("el cierre es anterior a la apertura", "cierre")
    elif cierre - apertura > timedelta(hours=24) and not acuerdo:
        t.falta("a más de 24 h de la apertura (R4): hace falta el número de «acuerdo_cierre»", "cierre")
    elif (cierre - apertura) % periodo:
        t.falta("no coincide con un corte: la noche no dura un número entero de periodos", "cierre")
    return cierre


def _eleccion(t: Tabla, anio: int, tipo: Tipo, *, ocultas: bool) -> Eleccion:
    ambito = _opcion(t, "ambito", Ambito)
    detalle = _opcion(t, "detalle", Ambito) if "detalle" in t else ambito
    if ambito is not Ambito.ENTIDAD and detalle is not ambito:
        t.falta(f"en una elección por {ambito.value} el detalle es el mismo", "detalle")
    unidades = _unidades(t, "unidades", desde=0 if detalle is Ambito.ENTIDAD else 1, minimo=1)
    if detalle is Ambito.ENTIDAD and any(u.numero for u in unidades):
        causa = "sin «detalle» por distrito o municipio hay una sola unidad, la 0: la entidad"
        t.falta(causa, "unidades")
    numeros = frozenset(u.numero for u in unidades)
    partidos = _partidos(t, numeros)
    coaliciones = _coaliciones(t, partidos, numeros)
    contendientes = {p.clave for p in partidos} | {c.clave for c in coaliciones}
    eleccion = Eleccion(
        clave=_texto(t, "clave", _CLAVE_ELECCION, "va en mayúsculas con guion bajo, como DIP_LOC"),
        nombre=_texto(t, "nombre"),
        titulo=_texto(t, "titulo"),
        slug=_texto(t, "slug", _SLUG, "va en minúsculas, cifras y guiones"),
        ambito=ambito,
        detalle=detalle,
        unidades=unidades,
        partidos=partidos,
        coaliciones=coaliciones,
        columnas=columnas(partidos, coaliciones),
        candidaturas=_candidaturas(
            t,
            contendientes,
            frozenset({0}) if ambito is Ambito.ENTIDAD else numeros,
            tipo,
            ocultas=ocultas,
        ),
        anio=anio,
        municipios=_unidades(t, "municipios", desde=1, minimo=0),
        catalogo=_catalogo(t.tabla("catalogo"), len(unidades), tipo) if "catalogo" in t else None,
    )
    t.sin_sobrantes()
    return eleccion


def _unidades(t: Tabla, nombre: str, *, desde: int, minimo: int) -> tuple[Unidad, ...]:
    unidades = [
        _cerrada(
            u,
            Unidad(
                numero=u.entero("numero", minimo=desde, maximo=999),
                nombre=_texto(u, "nombre"),
                frontera=u.booleano("frontera", defecto=False),
            ),
        )
        for u in _tablas(t, nombre, minimo, 700)
    ]
    _sin_repetir(t, nombre, "numero", [u.numero for u in unidades])
    return tuple(sorted(unidades, key=lambda u: u.numero))


def _partidos(t: Tabla, numeros: frozenset[int]) -> tuple[Partido, ...]:
    partidos = [
        _partido(p, numeros, _CLAVE_PARTIDO, "va en mayúsculas y cifras, sin guion bajo", independiente=False)
        for p in _tablas(t, "partidos", 1, 40)
    ]
    independientes = [
        _partido(p, numeros, _CLAVE_INDEPENDIENTE, "es como CAND_IND_1", independiente=True)
        for p in _tablas(t, "independientes", 0, 40)
    ]
    _sin_repetir(t, "partidos", "clave", [p.clave for p in partidos])
    _sin_repetir(t, "independientes", "clave", [p.clave for p in independientes])
    return (*partidos, *independientes)


def _partido(
    t: Tabla, numeros: frozenset[int], patron: re.Pattern[str], forma: str, *, independiente: bool
) -> Partido:
    clave = _texto(t, "clave", patron, forma)
    if clave in LEIDOS or clave == "NULOS":
        t.falta(f"«{clave}» ya es un campo de la base de datos", "clave")
    partido = Partido(
        clave=clave,
        nombre=_texto(t, "nombre"),
        color=_color(t),
        independiente=independiente,
        unidades=_lista_de_unidades(t, numeros),
    )
    return _cerrada(t, partido)


def _coaliciones(t: Tabla, partidos: Sequence[Partido], numeros: frozenset[int]) -> tuple[Coalicion, ...]:
    hechas: list[Coalicion] = []
    for c in _tablas(t, "coaliciones", 0, 100):
        coalicion = Coalicion(
            clave=_texto(c, "clave", _CLAVE_COALICION, "va en mayúsculas con guion bajo"),
            nombre=_texto(c, "nombre"),
            partidos=c.textos("partidos"),
            color=_color(c),
            unidades=_lista_de_unidades(c, numeros),
        )
        _revisar_coalicion(c, coalicion, {p.clave: p for p in partidos}, hechas)
        hechas.append(_cerrada(c, coalicion))
    _sin_repetir(t, "coaliciones", "clave", [c.clave for c in hechas])
    return tuple(hechas)


def _revisar_coalicion(
    t: Tabla, coalicion: Coalicion, partidos: dict[str, Partido], otras: Sequence[Coalicion]
) -> None:
    for i, miembro in enumerate(coalicion.partidos):
        partido = partidos.get(miembro)
        if partido is None or partido.independiente:
            t.falta(
                f"«{miembro:.30}» no es un partido de esta elección{_parecido(miembro, partidos)}",
                "partidos",
                i,
            )
        elif not _cabe(coalicion.unidades, partido.unidades):
            t.falta(f"«{miembro}» no contiende en todas las unidades de la coalición (R70)", "partidos", i)
    # Seven parties already make 120 combinations (R71).
    if "partidos" in t and not 2 <= len(set(coalicion.partidos)) == len(coalicion.partidos) <= 7:
        t.falta("una coalición tiene de 2 a 7 partidos, sin repetir", "partidos")
    if coalicion.clave in partidos:
        t.falta(f"«{coalicion.clave}» ya es la clave de un partido", "clave")
    for otra in otras:
        comunes = set(coalicion.partidos) & set(otra.partidos)
        juntas = coalicion.unidades is None or otra.unidades is None or coalicion.unidades & otra.unidades
        if comunes and juntas:
            quien = ", ".join(sorted(comunes))
            t.falta(f"{quien} ya va con «{otra.clave}» en alguna de las mismas unidades (R70)", "partidos")


def _cabe(dentro: frozenset[int] | None, fuera: frozenset[int] | None) -> bool:
    """Say whether a set of units lies within another; None is all of them."""
    return fuera is None or (dentro is not None and dentro <= fuera)


def _ocultas(t: Tabla, tipo: Tipo) -> bool:
    """Say whether names of people are blanked: in a simulacro, unless its TOML says otherwise (R93)."""
    palabra = t.texto("candidaturas_en_simulacro", "ocultas")
    if palabra not in {"ocultas", "visibles"}:
        t.falta(f"«{palabra:.30}» no es ninguna de: ocultas, visibles", "candidaturas_en_simulacro")
    return tipo is Tipo.SIMULACRO and palabra != "visibles"


def _candidaturas(
    t: Tabla, contendientes: set[str], numeros: frozenset[int], tipo: Tipo, *, ocultas: bool
) -> tuple[Candidatura, ...]:
    """Read who stands. «sinteticas» leaves it to the generator, whose names are nobody's."""
    if t.es("candidaturas", str):
        if t.texto("candidaturas") != "sinteticas":
            t.falta("es la palabra «sinteticas» o una lista de tablas", "candidaturas")
        if tipo is Tipo.OFICIAL:
            t.falta("una noche oficial no puede llevar candidaturas inventadas (R93)", "candidaturas")
        return ()
    candidaturas = []
    for c in _tablas(t, "candidaturas", 0, 20_000):
        unidad, clave = c.entero("unidad", maximo=999), _texto(c, "clave")
        if unidad not in numeros:
            sola = "; se contiende por toda la entidad: es la 0" if numeros == {0} else ""
            c.falta(f"la unidad {unidad} no existe en esta elección{sola}", "unidad")
        if clave not in contendientes:
            c.falta(f"«{clave:.30}» no contiende en esta elección{_parecido(clave, contendientes)}", "clave")
        propietaria = _texto(c, "propietaria")
        suplente = _texto(c, "suplente") if "suplente" in c else ""
        quien = Candidatura(unidad=unidad, clave=clave, propietaria=propietaria, suplente=suplente)
        candidaturas.append(_cerrada(c, quien.en_blanco() if ocultas else quien))
    _sin_repetir(t, "candidaturas", "clave", [f"{c.clave} {c.unidad}" for c in candidaturas])
    return tuple(candidaturas)


def _catalogo(t: Tabla, unidades: int, tipo: Tipo) -> CatalogoSintetico:
    if _texto(t, "origen") != "sintetico":
        t.falta("el único origen posible aquí es «sintetico»", "origen")
    catalogo = CatalogoSintetico(
        casillas=t.entero("casillas", minimo=1, maximo=200_000),
        semilla=t.entero("semilla", maximo=2**63 - 1),
        entidades=_entidades(t, unidades),
        voto_anticipado=t.booleano("voto_anticipado", defecto=True),
        prisiones=t.entero("prisiones", min(8, unidades), maximo=unidades),
        especiales_electronicas=t.booleano("especiales_electronicas", defecto=False),
        urnas_electronicas=t.entero("urnas_electronicas", 0, maximo=20_000),
        claves_repetidas=t.booleano("claves_repetidas", defecto=False),
    )
    if catalogo.claves_repetidas and tipo is Tipo.OFICIAL:
        t.falta("una noche oficial no repite claves de casilla (R83)", "claves_repetidas")
    return _cerrada(t, catalogo)


def _entidades(t: Tabla, unidades: int) -> tuple[int, ...]:
    """Read how many unidades each entidad has, from entidad 1 on; empty when the key is not there."""
    if "entidades" not in t:
        return t.enteros("entidades", ())
    cuantas = t.enteros("entidades")
    imposibles = [(i, n) for i, n in enumerate(cuantas) if not 0 <= n <= unidades]
    for i, n in imposibles:
        t.falta(f"{n} no está entre 0 y {unidades}, las unidades de la elección", "entidades", i)
    if imposibles:
        return ()
    if len(cuantas) > 32:
        t.falta(f"son {len(cuantas)}, y las entidades son 32", "entidades")
    elif sum(cuantas) != unidades:
        t.falta(f"suman {sum(cuantas)}, y la elección tiene {unidades} unidades", "entidades")
    return cuantas


def _dialecto(t: Tabla) -> Dialecto:
    """Read how the bases de datos are written: a preset, and what differs from it.

    Nothing that our own reader would not understand is accepted: every corte is recounted from its files.
    """
    base = t.texto("base", "2024")
    if base not in PRESETS:
        t.falta(f"«{base:.30}» no es ninguno de: {', '.join(PRESETS)}", "base")
    de = PRESETS.get(base, PRESETS["2024"])
    if (delimitador := t.texto("delimitador", de.delimitador)) not in DELIMITADORES:
        t.falta("es una coma, un punto y coma, una barra vertical o un tabulador", "delimitador")
    if (fuera := t.texto("fuera_de_catalogo", de.fuera_de_catalogo)) not in {"2", "-"}:
        t.falta("CONTABILIZADA de un acta fuera de catálogo es «2» o «-»", "fuera_de_catalogo")
    if (union := t.texto("union", de.union)).strip() not in {",", ";", "/", "|"}:
        t.falta("entre dos observaciones va «, », «; », « / » o « | »", "union")
    carpeta = t.texto("carpeta", de.carpeta)
    if "carpeta" in t and not _CARPETA.fullmatch(carpeta):
        t.falta("es como «prep/»", "carpeta")
    resultados = _patron(t, "resultados", de.resultados, ".csv", {"eleccion"})
    candidaturas = _patron(t, "candidaturas", de.candidaturas, ".csv", {"eleccion"})
    if candidaturas == resultados:
        t.falta("es el mismo nombre que el de los resultados", "candidaturas")
    dialecto = Dialecto(
        delimitador=delimitador,
        sep=t.booleano("sep", defecto=de.sep),
        bom=t.booleano("bom", defecto=de.bom),
        fin_de_linea=_opcion(t, "fin_de_linea", FinDeLinea, defecto=de.fin_de_linea),
        proteccion=_opcion(t, "proteccion", Proteccion, defecto=de.proteccion),
        renglon_en_blanco=t.booleano("renglon_en_blanco", defecto=de.renglon_en_blanco),
        fuera_de_catalogo=fuera,
        union=union,
        campos={**de.campos, **_campos(t.tabla("campos", opcional=True))},
        textos={**de.textos, **_textos(t.tabla("textos", opcional=True))},
        comprimido=_patron(t, "comprimido", de.comprimido, ".zip", {"sello", "eleccion"}),
        resultados=resultados,
        candidaturas=candidaturas,
        leeme=_patron(t, "leeme", de.leeme, ".txt", {"eleccion"}),
        carpeta=carpeta,
    )
    return _cerrada(t, dialecto)


def _campos(t: Tabla) -> dict[str, str]:
    """Read how fields are called: each must still be read as the field that it is."""
    elegidos = {}
    for nombre in dict.fromkeys((*CAMPOS, *VARIANTES)):
        if nombre not in t:
            continue
        impreso = _texto(t, nombre, _ENCABEZADO, "va en mayúsculas, con guiones bajos")
        leidos = VARIANTES.get(nombre) or (LEIDOS[nombre].value if nombre in LEIDOS else ())
        if impreso and impreso not in leidos:
            t.falta(f"«{impreso:.40}» no se lee como {nombre}; se conocen: {', '.join(leidos)}", nombre)
        elegidos[nombre] = impreso
    return _cerrada(t, elegidos)


def _textos(t: Tabla) -> dict[str, str]:
    """Read how observations and markers are written: each must still be read as what it is."""
    elegidos = {}
    casos = (o.value for o in Observacion if o is not Observacion.FUERA_DE_CATALOGO)
    for texto in dict.fromkeys((*casos, *_LEYENDAS)):
        if texto not in t:
            continue
        impreso = elegidos[texto] = _texto(t, texto, _ROTULO, "son letras, cifras y espacios")
        mismo_caso = clase(Contabilizada.NO, impreso) is clase(Contabilizada.NO, texto)
        mismo_caso = mismo_caso and es_inconsistencia(impreso) is es_inconsistencia(texto)
        leyenda = texto not in _LEYENDAS or Celdas()[impreso] is Celdas()[texto]
        if impreso and not (mismo_caso and leyenda):
            t.falta(f"«{impreso:.60}» no se lee como «{texto}»", texto)
    return _cerrada(t, elegidos)


def _patron(t: Tabla, clave: str, defecto: str, extension: str, exigidos: set[str]) -> str:
    """Read the pattern of a file's name; only the ZIP's may carry the stamp (R78)."""
    patron = t.texto(clave, defecto)
    piezas = set(re.findall(r"\{(\w+)\}", patron))
    if patron.endswith(("_actas.csv", "_cifras.csv")):
        t.falta("ese final es de las tablas ordenadas", clave)
    elif not _PATRON.fullmatch(patron) or not patron.endswith(extension):
        t.falta(f"es un nombre con letras, cifras, guiones y {{…}} que termina en {extension}", clave)
    elif not exigidos <= piezas <= exigidos | {"entidad", "anio"}:
        faltan = " y ".join(f"{{{p}}}" for p in sorted(exigidos))
        t.falta(f"lleva {faltan}, y sólo puede llevar además {{entidad}} y {{anio}}", clave)
    else:
        return patron
    return defecto


# --- values


def _texto(
    t: Tabla,
    clave: str,
    patron: re.Pattern[str] = _UNA_LINEA,
    forma: str = "es un solo renglón de 1 a 300 letras",
) -> str:
    texto = t.texto(clave)
    if texto and not patron.fullmatch(texto):
        t.falta(f"«{texto:.60}» no sirve: {forma}", clave)
    return texto


def _color(t: Tabla) -> str:
    return _texto(t, "color", _COLOR, "es como #1a5fb4").lower()


def _opcion(t: Tabla, clave: str, enum: type[E], sin: E | None = None, defecto: E | None = None) -> E:
    opciones = {e.value: e for e in enum if e is not sin}
    texto = t.texto(clave, None if defecto is None else defecto.value)
    if texto and texto not in opciones:
        t.falta(f"«{texto:.60}» no es ninguna de: {', '.join(opciones)}", clave)
    return opciones.get(texto) or next(iter(opciones.values()))


def _zona(t: Tabla, clave: str) -> ZoneInfo:
    texto = t.texto(clave)
    try:
        return ZoneInfo(texto or "UTC")
    except (ValueError, OSError, KeyError):
        t.falta(f"«{texto:.60}» no es una zona IANA, como America/Monterrey", clave)
        return ZoneInfo("UTC")


def _minuto(t: Tabla, clave: str) -> datetime:
    """Read an instant of the night: stamps have no seconds (R32)."""
    instante = t.instante(clave)
    if instante.second or instante.microsecond:
        t.falta("los instantes de la noche van en minutos enteros (R32)", clave)
    return instante


def _lista_de_unidades(t: Tabla, conocidas: frozenset[int]) -> frozenset[int] | None:
    """Return the units of the list, or None where there is none: all of them."""
    if "unidades" not in t:
        t.enteros("unidades", ())
        return None
    numeros = t.enteros("unidades")
    for i, numero in enumerate(numeros):
        if numero not in conocidas:
            t.falta(f"{numero} no es una unidad de esta elección", "unidades", i)
    if not numeros:
        t.falta("la lista está vacía: quítela si vale para todas las unidades", "unidades")
    return frozenset(numeros)


def _tablas(t: Tabla, clave: str, minimo: int, maximo: int) -> Sequence[Tabla]:
    tablas = t.tablas(clave, opcional=minimo == 0)
    if clave in t and not minimo <= len(tablas) <= maximo:
        t.falta(f"son {len(tablas)}, y se admiten de {minimo} a {maximo}", clave)
    return tablas[:maximo]


def _cerrada(tabla: Tabla, valor: V) -> V:
    """Report what nobody asked for in a table whose value has just been made."""
    tabla.sin_sobrantes()
    return valor


def _sin_repetir(tabla: Tabla, nombre: str, clave: str, valores: Sequence[Any]) -> None:
    vistos: set[Any] = set()
    for i, valor in enumerate(valores):
        if valor in vistos and valor != "":
            tabla.falta(f"«{valor}» ya apareció antes", nombre, i, clave)
        vistos.add(valor)


def _parecido(palabra: str, conocidas: Iterable[str]) -> str:
    cerca = get_close_matches(palabra, sorted(conocidas), n=1)
    return f"; ¿quiso escribir «{cerca[0]}»?" if cerca else ""
