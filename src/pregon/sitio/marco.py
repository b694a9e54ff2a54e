"""The frame that every page carries: the corte's stamp, its huella, the mark of the night, the menu."""

from dataclasses import dataclass
from datetime import UTC, datetime

from pregon.prep.corte import Corte
from pregon.prep.jornada import Ambito, Instituto, Jornada
from pregon.prep.sello import desfase, fecha_larga, hora, sello_largo, sello_utc
from pregon.sitio import palabras
from pregon.sitio.render import recurso


@dataclass(frozen=True, slots=True, kw_only=True)
class Marco:
    """Values of the frame, as text. Before the opening `numero` is 0 and there is no huella."""

    nombre: str
    instituto: Instituto
    tipo: str
    marca: str
    marca_explicada: str
    numero: int
    ultimo: bool
    sello: str
    impreso: str
    """Foot of every printed sheet."""
    hora: str
    """Of the corte, short: ``20:30 h``; before the opening, the hour at which results begin."""
    proximo: str
    """Hour of the next corte; empty in the last one."""
    iso: str
    publicado: str
    cada: str
    huella: str
    computos: str
    retencion: str
    frontera: str
    """«19:30 h en 11 municipios de la frontera», of the opening; empty where the night has one clock."""
    apertura: str
    apertura_hora: str
    menu: tuple[tuple[str, str], ...]
    """Path from the root and text."""
    elecciones: tuple[str, ...]
    css: str
    estilo: str
    """The stylesheet itself, for pages that must stand alone."""
    js: str
    archivo: str
    """Permanent address of this corte at a node; in a prototype, the folder itself.

    The only link that starts at the root: a suspended node answers the notice at addresses of any depth."""


def de_corte(corte: Corte, *, publicado: datetime, periodo: float, huella: str) -> Marco:
    """Make the frame of a corte. `periodo`: wall seconds between cortes."""
    jornada = corte.jornada
    zona = jornada.instituto.zona
    siguiente = corte.instante + jornada.periodo
    return _marco(
        jornada,
        instante=corte.instante,
        publicado=publicado,
        periodo=periodo,
        numero=corte.numero,
        ultimo=corte.ultimo,
        huella=huella,
        proximo="" if corte.ultimo or siguiente > jornada.cierre else hora(siguiente, zona),
    )


def de_jornada(jornada: Jornada, *, publicado: datetime, periodo: float) -> Marco:
    """Make the frame of paquete 0: no corte, no figure (decisions §17)."""
    return _marco(
        jornada,
        instante=jornada.apertura,
        publicado=publicado,
        periodo=periodo,
        numero=0,
        ultimo=False,
        huella="",
        proximo=hora(jornada.apertura, jornada.instituto.zona),
    )


def frontera(instante: datetime, instituto: Instituto) -> str:
    """Return the border clock at an instant, ``19:30 h (UTC-5)``; empty where it equals the capital's."""
    otra = instituto.zona_frontera
    if (
        otra is None
        or instante.astimezone(otra).utcoffset() == instante.astimezone(instituto.zona).utcoffset()
    ):
        return ""
    return f"{hora(instante, otra)} ({desfase(instante, otra)})"


def _marco(
    jornada: Jornada,
    *,
    instante: datetime,
    publicado: datetime,
    periodo: float,
    numero: int,
    ultimo: bool,
    huella: str,
    proximo: str,
) -> Marco:
    instituto = jornada.instituto
    zona = instituto.zona
    marca, explicada = palabras.MARCA[jornada.tipo]
    menu = [("index.html", "Inicio")]
    if numero:
        menu += [(f"{e.slug}/index.html", e.nombre) for e in jornada.elecciones]
        menu += [
            ("base-de-datos.html", "Base de datos"),
            ("verificar.html", "Comprobar"),
            ("ayuda.html", "Ayuda"),
        ]
    menu.append(("difusores.html", "Difusores"))
    css = recurso("sitio.css")
    return Marco(
        nombre=jornada.nombre,
        instituto=instituto,
        tipo=jornada.tipo.value,
        marca=marca,
        marca_explicada=explicada,
        numero=numero,
        ultimo=ultimo,
        sello=sello_largo(instante, instituto),
        impreso=f"{marca and marca + ' · '}Corte {numero} · {sello_largo(instante, instituto)} · Preliminar",
        hora=hora(instante, zona),
        proximo=proximo,
        iso=instante.astimezone(zona).isoformat(timespec="seconds"),
        publicado=sello_utc(publicado),
        cada=f"{periodo:g}",
        huella=huella,
        computos=_fecha(jornada),
        retencion=sello_largo(jornada.retencion, instituto),
        frontera=_frontera(jornada),
        apertura=sello_largo(jornada.apertura, instituto),
        apertura_hora=hora(jornada.apertura, zona),
        menu=tuple(menu),
        elecciones=tuple(e.nombre for e in jornada.elecciones),
        css=css.ruta,
        estilo=css.datos.decode(),
        js=recurso("corte.js").ruta,
        archivo="index.html" if jornada.tipo.value == "prototipo" else f"/c/{numero}/",
    )


def _frontera(jornada: Jornada) -> str:
    otra = frontera(jornada.apertura, jornada.instituto)
    if not otra:
        return ""
    cuantos = max(
        (
            sum(u.frontera for u in (e.unidades if e.detalle is Ambito.MUNICIPIO else e.municipios))
            for e in jornada.elecciones
        ),
        default=0,
    )
    donde = f"en {cuantos} municipios de la frontera" if cuantos else "en los municipios de la frontera"
    return f"{otra} {donde}"


def _fecha(jornada: Jornada) -> str:
    if jornada.computos is None:
        return ""
    dia = datetime(jornada.computos.year, jornada.computos.month, jornada.computos.day, 12, tzinfo=UTC)
    return fecha_larga(dia, jornada.instituto.zona)
