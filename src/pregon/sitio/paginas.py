"""The tree of one corte, of *antes de abrir*, and the page of the difusores.

    index.html                    inicio: avance, table, sum, statistics and units of every election
    <slug>/index.html             one election, both views
    <slug>/distrito-05.html       one unit: candidates, sum, actas by state, secciones with every acta
    <slug>/secciones.html         every sección by number, the way from a voter's card to its casillas
    <slug>/otras-actas.html       actas of no unit (RP, vote from abroad) and fuera de catálogo, if any
    base-de-datos.html, datos/    what can be downloaded and recomputed
    verificar.html, ayuda.html    how to check this copy; what the PREP is
    portada-*.html                entry pages that a node switches to by itself (decisions §23, §25)
    cierre.html                   with the last corte only
    corte.json, recursos/         the figures for programs; stylesheet and script named by content

`difusores.html` is no part of the tree: the node supplies the signed one (decisions §3).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from pregon.paquete.difusores import DifusorPublico
from pregon.paquete.manifest import archivo
from pregon.prep.acta import Acta
from pregon.prep.corte import Corte, ResultadoEleccion, ResultadoUnidad
from pregon.prep.corte_json import corte_json
from pregon.prep.escribir import base_de_datos
from pregon.prep.jornada import Ambito, Eleccion, Jornada
from pregon.prep.lugares import Contienda, contiendas, entidad
from pregon.prep.sello import miles, sello_largo
from pregon.sitio import casillas, figuras, palabras, vistas
from pregon.sitio.casillas import Grupo
from pregon.sitio.marco import Marco, de_corte, de_jornada, frontera
from pregon.sitio.render import pagina, recurso
from pregon.sitio.vistas import Avance


def paginas(
    corte: Corte, *, publicado: datetime, periodo: float, huella: str, anterior: Corte | None = None
) -> Iterator[tuple[str, bytes]]:
    """Yield the whole public tree of a corte as (path, bytes).

    `publicado` and `periodo` (seconds) are wall time (decisions §9). `huella` is that of `corte.json`.
    With `anterior`, inicio says how many actas arrived since.
    """
    marco = de_corte(corte, publicado=publicado, periodo=periodo, huella=huella)
    previos = {r.eleccion.clave: r for r in anterior.resultados} if anterior else {}
    hechas = [_hecha(corte, r, previos.get(r.eleccion.clave)) for r in corte.resultados]
    avances = [h.avance for h in hechas]
    yield "corte.json", corte_json(corte)
    yield from _recursos()
    inicio = {"marco": marco, "raiz": "", "avances": avances, "elecciones": hechas}
    yield "index.html", pagina("inicio.html", **inicio, demora="")
    tarde = {**inicio, "marco": replace(marco, proximo="")}  # a late copy promises no next corte
    yield "portada-demorada.html", pagina("inicio.html", **tarde, demora="Copia demorada")
    yield "portada-sin-actualizacion.html", pagina("inicio.html", **tarde, demora="Copia sin actualización")
    yield "portada-interrumpida.html", _aviso(marco, por_instituto=False)
    yield "portada-aviso.html", _aviso(marco, por_instituto=True)
    for hecha in hechas:
        yield from _eleccion(hecha, marco)
    descargas = []
    for hecha in hechas:
        archivos = [(f"datos/{ruta}", datos) for ruta, datos in base_de_datos(corte, hecha.resultado)]
        yield from archivos
        descargas.append(_descarga(hecha.eleccion, archivos))
    fijas = {"marco": marco, "raiz": "", "avances": avances}
    yield "base-de-datos.html", pagina("base-de-datos.html", **fijas, descargas=descargas)
    yield "verificar.html", pagina("verificar.html", **fijas)
    busquedas = [(e.nombre, f"{e.slug}/secciones.html") for e in (h.eleccion for h in hechas)]
    yield "ayuda.html", pagina("ayuda.html", **fijas, busquedas=busquedas)
    if corte.ultimo:
        yield "cierre.html", pagina("cierre.html", **fijas, elecciones=hechas)


def antes(jornada: Jornada, *, publicado: datetime, periodo: float) -> Iterator[tuple[str, bytes]]:
    """Yield paquete 0: what stands before the opening, without any figure (R1, decisions §17)."""
    marco = de_jornada(jornada, publicado=publicado, periodo=periodo)
    yield "index.html", pagina("antes.html", marco=marco, raiz="", avances=())
    yield "portada-aviso.html", _aviso(marco, por_instituto=True)
    yield from _recursos()


def pagina_difusores(jornada: Jornada, lista: tuple[DifusorPublico, ...], *, instante: datetime) -> bytes:
    """Return `difusores.html`, self-contained: it is signed apart from every corte (decisions §3).

    `instante` is election time of the list. An empty list is what a prototype shows.
    """
    marco = de_jornada(jornada, publicado=instante, periodo=jornada.periodo.total_seconds())
    return pagina(
        "difusores.html",
        marco=marco,
        lista=lista,
        estados=palabras.DIFUSOR,
        sello=sello_largo(instante, jornada.instituto),
        inicio="index.html" if jornada.tipo.value == "prototipo" else "./",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Hecha:
    """One election with everything that its pages show."""

    corte: Corte
    resultado: ResultadoEleccion
    eleccion: Eleccion
    contiendas: tuple[Contienda, ...]
    avance: Avance
    candidaturas: tuple[vistas.FilaVotos, ...]
    resumen: vistas.Resumen
    estadistica: tuple[vistas.Dato, ...]
    lista: tuple[vistas.FilaUnidad, ...]
    notas: str
    otras: int
    """Actas that belong to no unit."""

    @property
    def por_unidad(self) -> bool:
        """Each unit is a contest of its own, so units with ventaja are counted."""
        return self.eleccion.ambito is not Ambito.ENTIDAD

    @property
    def plural(self) -> str:
        """Return ``distritos`` or ``municipios``."""
        return palabras.PLURAL[self.eleccion.detalle]


def _hecha(corte: Corte, resultado: ResultadoEleccion, previo: ResultadoEleccion | None) -> _Hecha:
    eleccion, totales = resultado.eleccion, resultado.totales
    unidades = contiendas(resultado)
    propias = eleccion.ambito is not Ambito.ENTIDAD
    pendiente = figuras.lista_nominal_pendiente(resultado.actas)
    return _Hecha(
        corte=corte,
        resultado=resultado,
        eleccion=eleccion,
        contiendas=unidades,
        avance=vistas.avance(
            eleccion.nombre,
            totales,
            ultimo=corte.ultimo,
            nominal_pendiente=pendiente,
            antes=previo.totales if previo else None,
        ),
        candidaturas=vistas.candidaturas(
            eleccion, entidad(resultado, unidades), totales, unidades if propias else ()
        ),
        resumen=vistas.resumen(eleccion, totales),
        estadistica=vistas.estadistica(totales, ultimo=corte.ultimo, nominal_pendiente=pendiente),
        lista=vistas.lista(eleccion, unidades),
        notas=vistas.notas_ventaja(eleccion, unidades) if propias else "",
        otras=len(resultado.sin_unidad) + len(resultado.fuera_de_catalogo),
    )


def _eleccion(hecha: _Hecha, marco: Marco) -> Iterator[tuple[str, bytes]]:
    slug = hecha.eleccion.slug
    partidos, combinaciones, sin_votos = vistas.por_partido(hecha.eleccion, hecha.resultado.totales)
    fijas = {"marco": marco, "raiz": "../", "hecha": hecha}
    portada = pagina(
        "eleccion.html",
        **fijas,
        avances=(hecha.avance,),
        partidos=partidos,
        combinaciones=combinaciones,
        sin_votos=sin_votos,
    )
    yield f"{slug}/index.html", portada
    yield (
        f"{slug}/secciones.html",
        pagina(
            "secciones.html",
            **fijas,
            avances=(hecha.avance,),
            centenas=vistas.centenas(hecha.eleccion, hecha.contiendas),
            municipios=vistas.por_municipio(hecha.eleccion, hecha.contiendas),
        ),
    )
    if hecha.otras:
        yield f"{slug}/otras-actas.html", _otras_actas(hecha, fijas)
    for i, contienda in enumerate(hecha.contiendas):
        ruta = vistas.ruta_unidad(hecha.eleccion, contienda.resultado.unidad)
        yield ruta, _unidad(hecha, contienda, fijas, hecha.lista[max(0, i - 1) : i + 2])


def _unidad(
    hecha: _Hecha,
    contienda: Contienda,
    fijas: dict[str, object],
    vecinas: Sequence[vistas.FilaUnidad],
) -> bytes:
    eleccion, resultado = hecha.eleccion, contienda.resultado
    actas = [acta for seccion in resultado.secciones for acta in seccion.actas]
    pendiente = figuras.lista_nominal_pendiente(actas)
    grupos = _grupos(resultado)
    cabezas = casillas.encabezados(
        eleccion, actas, (i for lugar in contienda.lugares for i in lugar.contendiente.columnas)
    )
    nombre = palabras.unidad(eleccion, resultado.unidad)
    ventaja = vistas.lidera(contienda.ventaja, resultado.totales)
    lider = contienda.ventaja.lider
    return pagina(
        "unidad.html",
        **fijas,
        avances=(
            vistas.avance(nombre, resultado.totales, ultimo=hecha.corte.ultimo, nominal_pendiente=pendiente),
        ),
        nombre=nombre,
        municipios=vistas.municipios(eleccion, contienda),
        vecinas=[v for v in vecinas if v.nombre != nombre],
        local=frontera(hecha.corte.instante, hecha.corte.jornada.instituto)
        if resultado.unidad.frontera
        else "",
        filas=vistas.contienda(eleccion, contienda),
        lider=palabras.letras(lider) if lider else "",
        ventaja=ventaja,
        resumen=vistas.resumen(eleccion, resultado.totales),
        estadistica=vistas.estadistica(
            resultado.totales, ultimo=hecha.corte.ultimo, nominal_pendiente=pendiente
        ),
        grupos=grupos,
        cabezas=cabezas,
        tabla=casillas.tabla(eleccion, grupos, cabezas),
    )


def _grupos(resultado: ResultadoUnidad) -> list[Grupo]:
    return [
        Grupo(
            ancla=vistas.ancla(s.seccion),
            titulo="Sin sección" if s.seccion is None else f"Sección {s.seccion}",
            actas=s.actas,
        )
        for s in resultado.secciones
    ]


def _otras_actas(hecha: _Hecha, fijas: dict[str, object]) -> bytes:
    eleccion, resultado = hecha.eleccion, hecha.resultado
    grupos = [
        Grupo(ancla=ancla, titulo=titulo, actas=actas, mezcla=True)
        for ancla, titulo, actas in (
            ("rp", "Casillas especiales: representación proporcional", _son(resultado.sin_unidad, rp=True)),
            ("sin-unidad", f"Sin {eleccion.detalle.value}", _son(resultado.sin_unidad, rp=False)),
            ("fuera-de-catalogo", "Fuera de catálogo", resultado.fuera_de_catalogo),
        )
        if actas
    ]
    todas = [acta for grupo in grupos for acta in grupo.actas]
    cabezas = casillas.encabezados(
        eleccion,
        todas,
        (i for c in entidad(resultado, hecha.contiendas) for i in c.contendiente.columnas),
    )
    return pagina(
        "otras-actas.html",
        **fijas,
        avances=(hecha.avance,),
        grupos=grupos,
        cabezas=cabezas,
        tabla=casillas.tabla(eleccion, grupos, cabezas),
    )


def _son(actas: Sequence[Acta], *, rp: bool) -> tuple[Acta, ...]:
    """Pick one kind, by sección: the catalogue has them by distrito, which this page does not show."""
    propias = (acta for acta in actas if acta.rp is rp)
    return tuple(sorted(propias, key=lambda acta: (acta.casilla.seccion or 0, acta.renglon)))


def _aviso(marco: Marco, *, por_instituto: bool) -> bytes:
    return pagina("aviso.html", marco=marco, por_instituto=por_instituto)


def _recursos() -> Iterator[tuple[str, bytes]]:
    for nombre in ("sitio.css", "corte.js"):
        uno = recurso(nombre)
        yield uno.ruta, uno.datos


@dataclass(frozen=True, slots=True, kw_only=True)
class _Archivo:
    """One download with what a reader needs to check it."""

    ruta: str
    nombre: str
    tamano: str
    sha256: str


def _descarga(eleccion: Eleccion, archivos: Sequence[tuple[str, bytes]]) -> tuple[str, list[_Archivo]]:
    hechos = []
    for ruta, datos in sorted(archivos, key=lambda par: (not par[0].endswith(".zip"), par[0])):
        uno = archivo(ruta, datos)
        hechos.append(
            _Archivo(ruta=ruta, nombre=ruta.rsplit("/", 1)[-1], tamano=_tamano(uno.tamano), sha256=uno.sha256)
        )
    return eleccion.nombre, hechos


def _tamano(n: int) -> str:
    """Return a size for people: kilobytes of a thousand, rounded up."""
    return f"{miles(-(-n // 1000))} kB" if n < 10_000_000 else f"{miles(-(-n // 1_000_000))} MB"
