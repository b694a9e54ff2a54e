"""The tree of one corte, of *antes de abrir*, and the page of the difusores.

    index.html                    inicio: avance, table, sum, statistics and units of every election
    <slug>/index.html             one election, both views
    <slug>/distrito-05.html       one unit: candidates, sum, actas by state, secciones with every acta
    <slug>/secciones.html         every sección by number, the way from a voter's card to its casillas
    <slug>/municipios.html        votes by municipio, in an election by distritos that knows them
    <slug>/otras-actas.html       actas of no unit (RP, vote from abroad) and fuera de catálogo, if any
    correcciones.html             what this corte changed of what was public (R36)
    base-de-datos.html, datos/    what can be downloaded and recomputed
    verificar.html, ayuda.html    how to check this copy; what the PREP is
    portada-*.html                entry pages that a node switches to by itself (decisions §23, §25)
    cierre.html                   with the last corte only
    corte.json, recursos/         the figures for programs; stylesheet and script named by content

`difusores.html` is no part of the tree: the node supplies the signed one (decisions §3).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from pregon.paquete.difusores import DifusorPublico
from pregon.paquete.manifest import Archivo
from pregon.prep.acta import Acta
from pregon.prep.corte import Cambios, Corte, ResultadoEleccion, ResultadoUnidad
from pregon.prep.corte_json import corte_json
from pregon.prep.jornada import Ambito, Eleccion, Jornada
from pregon.prep.lugares import Contienda, contiendas, entidad
from pregon.prep.sello import sello_largo
from pregon.sitio import casillas, descargas, municipios, palabras, vistas
from pregon.sitio.casillas import Grupo
from pregon.sitio.correcciones import Correcciones, correcciones
from pregon.sitio.marco import Marco, de_corte, de_jornada, frontera
from pregon.sitio.render import pagina, recurso
from pregon.sitio.vistas import Avance


def paginas(
    corte: Corte,
    *,
    publicado: datetime,
    periodo: float,
    huella: str,
    imagenes: Sequence[Archivo] | None = None,
) -> Iterator[tuple[str, bytes]]:
    """Yield the whole public tree of a corte as (path, bytes).

    `publicado` and `periodo` (seconds) are wall time (decisions §9). `huella` is that of `corte.json`.
    `imagenes` is the corte's second list (§14); None for a night without images of the actas.
    What changed since the previous corte comes in the corte itself (`prep.cambios`).
    """
    marco = de_corte(corte, publicado=publicado, periodo=periodo, huella=huella)
    cambios = {c.eleccion: c for c in corte.cambios}
    hechas = [_hecha(corte, r, cambios.get(r.eleccion.clave)) for r in corte.resultados]
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
    # Every table of actas stands one folder below the root.
    lugares = None if imagenes is None else {a.sha256: f"../{a.ruta}" for a in imagenes}
    for hecha in hechas:
        yield from _eleccion(hecha, marco, lugares)
    datos = descargas.archivos(corte, huella)
    yield from datos.items()
    fijas = {"marco": marco, "raiz": "", "avances": avances}
    grupos = list(descargas.grupos(corte, datos))
    yield "base-de-datos.html", pagina("base-de-datos.html", **fijas, grupos=grupos)
    yield "correcciones.html", pagina("correcciones.html", **fijas, corte=corte, elecciones=hechas)
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
    clases: tuple[vistas.FilaClase, ...]
    lista: tuple[vistas.FilaUnidad, ...]
    notas: str
    correcciones: Correcciones | None
    """None: nothing to compare with."""
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


def _hecha(corte: Corte, resultado: ResultadoEleccion, cambios: Cambios | None) -> _Hecha:
    eleccion, totales = resultado.eleccion, resultado.totales
    unidades = contiendas(resultado)
    lugares = entidad(resultado, unidades)
    propias = eleccion.ambito is not Ambito.ENTIDAD
    return _Hecha(
        corte=corte,
        resultado=resultado,
        eleccion=eleccion,
        contiendas=unidades,
        avance=vistas.avance(
            eleccion.nombre,
            totales,
            ultimo=corte.ultimo,
            nuevas=cambios.nuevas if cambios else 0,
        ),
        candidaturas=vistas.candidaturas(eleccion, lugares, totales, unidades if propias else ()),
        resumen=vistas.resumen(eleccion, totales),
        estadistica=vistas.estadistica(totales, ultimo=corte.ultimo),
        clases=vistas.clases(totales),
        lista=vistas.lista(eleccion, unidades),
        notas=vistas.notas_ventaja(eleccion, unidades) if propias else "",
        correcciones=correcciones(resultado, cambios, lugares) if cambios else None,
        otras=len(resultado.sin_unidad) + len(resultado.fuera_de_catalogo),
    )


def _eleccion(hecha: _Hecha, marco: Marco, imagenes: Mapping[str, str] | None) -> Iterator[tuple[str, bytes]]:
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
    if hecha.resultado.municipios:
        por_municipio = municipios.tabla(hecha.resultado, ultimo=hecha.corte.ultimo)
        yield (
            f"{slug}/municipios.html",
            pagina("municipios.html", **fijas, avances=(hecha.avance,), tabla=por_municipio),
        )
    if hecha.otras:
        yield f"{slug}/otras-actas.html", _otras_actas(hecha, fijas, imagenes)
    for i, contienda in enumerate(hecha.contiendas):
        ruta = vistas.ruta_unidad(hecha.eleccion, contienda.resultado.unidad)
        yield ruta, _unidad(hecha, contienda, fijas, hecha.lista[max(0, i - 1) : i + 2], imagenes)


def _unidad(
    hecha: _Hecha,
    contienda: Contienda,
    fijas: dict[str, object],
    vecinas: Sequence[vistas.FilaUnidad],
    imagenes: Mapping[str, str] | None,
) -> bytes:
    eleccion, resultado = hecha.eleccion, contienda.resultado
    actas = [acta for seccion in resultado.secciones for acta in seccion.actas]
    grupos = _grupos(resultado)
    cabezas = casillas.encabezados(
        eleccion, actas, (i for lugar in contienda.lugares for i in lugar.contendiente.columnas), imagenes
    )
    nombre = palabras.unidad(eleccion, resultado.unidad)
    ventaja = vistas.lidera(contienda.ventaja, resultado.totales)
    lider = contienda.ventaja.lider
    return pagina(
        "unidad.html",
        **fijas,
        avances=(vistas.avance(nombre, resultado.totales, ultimo=hecha.corte.ultimo),),
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
        estadistica=vistas.estadistica(resultado.totales, ultimo=hecha.corte.ultimo),
        clases=vistas.clases(resultado.totales),
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


def _otras_actas(hecha: _Hecha, fijas: dict[str, object], imagenes: Mapping[str, str] | None) -> bytes:
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
        imagenes,
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
