"""What the templates show, as text already written: figures of a corte → rows, sums and blocks.

Percentages come from `porcentaje` and numbers from `miles`, nowhere else (R50, R57). Where nothing was
counted there is no percentage at all: an empty text here, «Sin actas contabilizadas» on the page.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from pregon.prep.acta import Clase
from pregon.prep.corte import Totales
from pregon.prep.jornada import ClaseColumna, Contendiente, Eleccion, Unidad
from pregon.prep.lugares import Contienda, Lugar, Ventaja, ventaja
from pregon.prep.porcentaje import porcentaje
from pregon.prep.sello import miles
from pregon.sitio import casillas, palabras


@dataclass(frozen=True, slots=True, kw_only=True)
class Avance:
    """The avance block of one election or unit (R103); *capturadas* and *contabilizadas* apart (R110)."""

    titulo: str
    capturadas: str
    de: str
    pct_capturadas: str
    contabilizadas: str
    pct_contabilizadas: str
    participacion: str
    con_especiales: bool
    pendientes: str
    nominal_pendiente: str
    nominal: str
    """Lista nominal of all expected actas."""
    cambio: str
    """Actas captured since the previous corte, in words; empty when unknown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FilaVotos:
    """One option of the ballot with its votes."""

    siglas: str
    nombre: str
    color: str
    votos: str
    pct: str
    ancho: str
    """Width of the bar, a percentage."""
    lidera: bool = False
    unidades: str = ""
    """Units with ventaja (R74)."""
    personas: tuple[str, ...] = ()
    desglose: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Resumen:
    """Votos acumulados + no registradas + nulos = total (R106), each with its share."""

    partes: tuple[tuple[str, str, str], ...]
    """Label, votes, share."""
    total: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Dato:
    """A line of the statistics: `nota` is its percentage or its explanation."""

    etiqueta: str
    valor: str
    nota: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FilaClase:
    """Expected actas of one class and their lista nominal."""

    clase: str
    actas: str
    nominal: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FilaUnidad:
    """A distrito or municipio in the list of units."""

    ruta: str
    nombre: str
    siglas: str
    color: str
    palabras: str
    diferencia: str
    puntos: str
    capturadas: str
    pct_capturadas: str
    ancho: str
    pendientes: str
    pocas: bool
    """Fewer than a quarter of its actas are counted: muted (site.md)."""


def avance(titulo: str, totales: Totales, *, ultimo: bool, nuevas: int = 0) -> Avance:
    """Return the avance of a set of actas; `nuevas`: those captured since the previous corte."""
    pendiente = totales.nominal_pendiente
    return Avance(
        titulo=titulo,
        capturadas=miles(totales.capturadas),
        de=miles(totales.esperadas),
        pct_capturadas=_pct(totales.capturadas, totales.esperadas) if totales.capturadas else "",
        contabilizadas=miles(totales.contabilizadas),
        pct_contabilizadas=_pct(totales.contabilizadas, totales.esperadas) if totales.contabilizadas else "",
        participacion=f"{totales.participacion(ultimo=ultimo)}%" if totales.lista_nominal else "",
        con_especiales=ultimo,
        pendientes=miles(totales.pendientes),
        nominal_pendiente=miles(pendiente) if pendiente else "",
        nominal=miles(totales.lista_nominal_total),
        cambio=palabras.plural(nuevas, "acta más", "actas más") if nuevas > 0 else "",
    )


def candidaturas(
    eleccion: Eleccion, lugares: Sequence[Lugar], totales: Totales, por_unidad: Sequence[Contienda]
) -> tuple[FilaVotos, ...]:
    """Return the entidad's table *por candidatura*; `por_unidad` are the units whose leaders are counted."""
    cuenta: dict[str, int] = {}
    for contienda in por_unidad:
        if lider := contienda.ventaja.lider:
            cuenta[lider.clave] = cuenta.get(lider.clave, 0) + 1
    lider = ventaja(lugares).lider
    filas = [
        _fila(
            lugar,
            totales,
            unidades=str(cuenta.get(lugar.contendiente.clave, 0)) if por_unidad else "",
            lidera=not por_unidad and lugar.contendiente == lider,
        )
        for lugar in lugares
    ]
    return (*filas, *_otras(eleccion, lugares, totales))


def contienda(eleccion: Eleccion, una: Contienda) -> tuple[FilaVotos, ...]:
    """Return a unit's table *por candidatura*, with persons and the sum behind each coalition."""
    votos = una.resultado.totales.votos
    filas = [
        _fila(
            lugar,
            una.resultado.totales,
            lidera=lugar.contendiente == una.ventaja.lider,
            desglose=_desglose(eleccion, lugar.contendiente, votos),
        )
        for lugar in una.lugares
    ]
    return (*filas, *_otras(eleccion, una.lugares, una.resultado.totales))


def por_partido(
    eleccion: Eleccion, totales: Totales
) -> tuple[tuple[FilaVotos, ...], tuple[Dato, ...], tuple[str, ...]]:
    """Return the view *por partido político y candidatura independiente* (R69): parties, combinations apart.

    The third part names the combinations without a single vote.
    """
    partidos = {p.clave: p for p in eleccion.partidos}
    filas, combinaciones, sin_votos = [], [], []
    for columna, n in zip(eleccion.columnas, totales.votos, strict=True):
        letras = casillas.letras(columna)
        pct = _pct(n, totales.votos_c_cs)
        if columna.clave in partidos:
            partido = partidos[columna.clave]
            filas.append(
                FilaVotos(
                    siglas=letras,
                    nombre="" if partido.nombre == partido.clave else partido.nombre,
                    color=partido.color,
                    votos=miles(n),
                    pct=pct,
                    ancho=porcentaje(n, totales.votos_c_cs),
                )
            )
        elif columna.clase in {ClaseColumna.NO_REGISTRADAS, ClaseColumna.NULOS}:
            continue
        elif n:
            combinaciones.append(Dato(etiqueta=letras, valor=miles(n), nota=pct))
        else:
            sin_votos.append(letras)
    return tuple(filas), tuple(combinaciones), tuple(sin_votos)


def resumen(eleccion: Eleccion, totales: Totales) -> Resumen:
    """Return the sum that teaches and checks (R106)."""
    ajenas = _suma_de(eleccion, totales.votos, ClaseColumna.NO_REGISTRADAS)
    nulos = _suma_de(eleccion, totales.votos, ClaseColumna.NULOS)
    total = totales.votos_c_cs
    partes = [
        ("Votos acumulados", total - ajenas - nulos - totales.sin_desglose),
        ("Candidaturas no registradas", ajenas),
        ("Nulos", nulos),
    ]
    if totales.sin_desglose:
        # The file's own totals say more than its cells: shown apart, so that the sum still teaches.
        partes.append(("Votos sin desglose", totales.sin_desglose))
    return Resumen(partes=tuple((t, miles(n), _pct(n, total)) for t, n in partes), total=miles(total))


def estadistica(totales: Totales, *, ultimo: bool) -> tuple[Dato, ...]:
    """Return the statistics block (R108) with the 13 figures of the header (R81)."""
    esperadas = totales.esperadas
    especiales = totales.votos_especiales
    participacion = (
        Dato(
            etiqueta="Participación ciudadana",
            valor=f"{totales.participacion(ultimo=ultimo)}%",
            nota="incluye casillas especiales" if ultimo else "sin casillas especiales",
        )
        if totales.lista_nominal
        else Dato(
            etiqueta="Participación ciudadana",
            valor="Sin lista nominal" if totales.contabilizadas else "Sin actas contabilizadas",
        )
    )
    return (
        Dato(etiqueta="Actas esperadas", valor=miles(esperadas)),
        Dato(
            etiqueta="Actas capturadas",
            valor=miles(totales.capturadas),
            nota=_parte(totales.capturadas, esperadas),
        ),
        Dato(
            etiqueta="Actas contabilizadas",
            valor=miles(totales.contabilizadas),
            nota=_parte(totales.contabilizadas, esperadas),
        ),
        Dato(
            etiqueta="Actas no contabilizadas",
            valor=miles(totales.no_contabilizadas),
            nota=f"{miles(totales.sin_acta)} de ellas sin acta" if totales.sin_acta else "",
        ),
        Dato(
            etiqueta="Actas con inconsistencias",
            valor=miles(totales.inconsistentes),
            nota=_parte(totales.inconsistentes, esperadas),
        ),
        Dato(etiqueta="Actas pendientes de captura", valor=miles(totales.pendientes)),
        Dato(etiqueta="Actas fuera de catálogo", valor=miles(totales.fuera_de_catalogo)),
        Dato(
            etiqueta="Actas registradas",
            valor=miles(totales.registradas),
            nota="capturadas más fuera de catálogo",
        ),
        Dato(
            etiqueta="Lista nominal de las actas contabilizadas",
            valor=miles(totales.lista_nominal),
            nota=f"de {miles(totales.lista_nominal_total)}" if totales.lista_nominal_total else "",
        ),
        Dato(etiqueta="Lista nominal de las actas pendientes", valor=miles(totales.nominal_pendiente)),
        Dato(etiqueta="Total de votos", valor=miles(totales.votos_c_cs), nota="con casillas especiales"),
        Dato(
            etiqueta="Votos sin casillas especiales",
            valor=miles(totales.votos_s_cs),
            nota=f"en especiales, {miles(especiales)}" if especiales else "",
        ),
        participacion,
    )


def clases(totales: Totales) -> tuple[FilaClase, ...]:
    """Return where the expected actas stand, each in one class: they add up to ACTAS_ESPERADAS (C12)."""
    return tuple(
        FilaClase(clase=palabras.clase(clase), actas=miles(actas), nominal=miles(nominal))
        for clase, actas, nominal in zip(Clase, totales.clases, totales.nominal, strict=True)
        if actas and clase is not Clase.FUERA_DE_CATALOGO
    )


def lista(eleccion: Eleccion, todas: Iterable[Contienda]) -> tuple[FilaUnidad, ...]:
    """Return the list of units: leader in words, difference in votes and points, what is missing."""
    return tuple(_fila_unidad(eleccion, una) for una in todas)


def notas_ventaja(eleccion: Eleccion, todas: Sequence[Contienda]) -> str:
    """Say how many units give no ventaja to anybody: ties and those without counted actas (R74)."""
    empates = sum(bool(c.ventaja.empate) for c in todas)
    vacias = sum(not c.ventaja.empate and c.ventaja.lider is None for c in todas)
    partes = []
    if empates:
        partes.append(f"{palabras.unidades(empates, eleccion.ambito)} en empate, que no se asigna a nadie")
    if vacias:
        partes.append(f"{palabras.unidades(vacias, eleccion.ambito)} sin votos contabilizados")
    return "; ".join(partes)


def centenas(
    eleccion: Eleccion, todas: Iterable[Contienda]
) -> tuple[tuple[str, tuple[tuple[int, str], ...]], ...]:
    """Return every sección with the address of its group, by hundreds: what a voter's card leads to."""
    grupos: dict[int, list[tuple[int, str]]] = {}
    for una in todas:
        hoja = _hoja(eleccion, una.resultado.unidad)
        for seccion in una.resultado.secciones:
            if (numero := seccion.seccion) is not None:
                grupos.setdefault(numero // 100, []).append((numero, f"{hoja}#{ancla(numero)}"))
    return tuple(
        (f"Secciones {max(1, cien * 100)} a {cien * 100 + 99}", tuple(sorted(grupos[cien])))
        for cien in sorted(grupos)
    )


def por_municipio(
    eleccion: Eleccion, todas: Iterable[Contienda]
) -> tuple[tuple[str, tuple[tuple[str, str], ...]], ...]:
    """Return the distritos of each municipio with their addresses; empty where the catalogue is silent."""
    nombres = {u.numero: u.nombre for u in eleccion.municipios}
    hallados: dict[int, list[tuple[str, str]]] = {}
    for una in todas:
        unidad = una.resultado.unidad
        for numero in _municipios(una):
            hallados.setdefault(numero, []).append(
                (f"{eleccion.detalle.value.capitalize()} {unidad.numero}", _hoja(eleccion, unidad))
            )
    return tuple((nombres[n], tuple(hallados[n])) for n in sorted(hallados) if n in nombres)


def municipios(eleccion: Eleccion, una: Contienda) -> str:
    """Say which municipios a distrito takes in: ``Municipios: Monclova y Castaños``; empty when unknown."""
    nombres = {u.numero: u.nombre for u in eleccion.municipios}
    dentro = [nombres[n] for n in sorted(_municipios(una)) if n in nombres]
    if not dentro:
        return ""
    return f"{'Municipio' if len(dentro) == 1 else 'Municipios'}: {palabras.enumerar(dentro)}"


def _municipios(una: Contienda) -> set[int]:
    return {
        acta.casilla.municipio
        for seccion in una.resultado.secciones
        for acta in seccion.actas
        if acta.casilla.municipio is not None
    }


def ancla(seccion: int | None) -> str:
    """Return the id of a sección's group in its unit's page."""
    return "sin-seccion" if seccion is None else f"s{seccion:04d}"


def _hoja(eleccion: Eleccion, unidad: Unidad) -> str:
    return ruta_unidad(eleccion, unidad).rpartition("/")[2]


def ruta_unidad(eleccion: Eleccion, unidad: Unidad) -> str:
    """Return the path of a unit's page from the root: ``diputaciones/distrito-05.html``."""
    ancho = 3 if max(u.numero for u in eleccion.unidades) > 99 else 2
    return f"{eleccion.slug}/{eleccion.detalle.value}-{unidad.numero:0{ancho}d}.html"


def lidera(una: Ventaja, totales: Totales) -> tuple[str, str, str]:
    """Return who leads in words, the difference in votes and in points; the last two may be empty."""
    if una.empate:
        return f"Empate entre {palabras.enumerar([palabras.letras(c) for c in una.empate])}", "0 votos", ""
    if una.lider is None:
        return ("Sin votos contabilizados" if totales.contabilizadas else "Sin actas contabilizadas"), "", ""
    return (
        "lleva ventaja",
        palabras.plural(una.diferencia, "voto", "votos"),
        f"{porcentaje(una.diferencia, totales.votos_c_cs)} puntos",
    )


def _fila_unidad(eleccion: Eleccion, una: Contienda) -> FilaUnidad:
    totales = una.resultado.totales
    lider = una.ventaja.lider
    texto, _, puntos = lidera(una.ventaja, totales)
    return FilaUnidad(
        ruta=ruta_unidad(eleccion, una.resultado.unidad),
        nombre=palabras.unidad(eleccion, una.resultado.unidad),
        siglas=palabras.letras(lider) if lider else "",
        color=lider.color if lider else "",
        palabras=texto,
        diferencia=miles(una.ventaja.diferencia) if lider or una.ventaja.empate else "",
        puntos=puntos,
        capturadas=f"{miles(totales.capturadas)} de {miles(totales.esperadas)}",
        pct_capturadas=_pct(totales.capturadas, totales.esperadas) if totales.capturadas else "",
        ancho=porcentaje(totales.capturadas, totales.esperadas),
        pendientes=miles(totales.pendientes),
        pocas=0 < totales.contabilizadas * 4 < totales.esperadas,
    )


def _fila(
    lugar: Lugar, totales: Totales, *, lidera: bool, unidades: str = "", desglose: str = ""
) -> FilaVotos:
    una = lugar.contendiente
    quien = una.candidatura
    letras = palabras.letras(una)
    return FilaVotos(
        siglas=letras,
        nombre=_nombre(una, letras),
        color=una.color,
        votos=miles(lugar.votos),
        pct=_pct(lugar.votos, totales.votos_c_cs),
        ancho=porcentaje(lugar.votos, totales.votos_c_cs),
        lidera=lidera,
        unidades=unidades,
        personas=tuple(p for p in (quien.propietaria, quien.suplente) if p) if quien else (),
        desglose=desglose,
    )


def _otras(eleccion: Eleccion, lugares: Sequence[Lugar], totales: Totales) -> tuple[FilaVotos, ...]:
    """Votes of nobody on this ballot, and those of no column at all, stay visible: the sum always closes."""
    ajenas = _suma_de(eleccion, totales.votos, ClaseColumna.NO_REGISTRADAS)
    nulos = _suma_de(eleccion, totales.votos, ClaseColumna.NULOS)
    resto = sum(totales.votos) - ajenas - nulos - sum(lugar.votos for lugar in lugares)
    return tuple(
        FilaVotos(
            siglas=siglas,
            nombre=nombre,
            color="",
            votos=miles(n),
            pct=_pct(n, totales.votos_c_cs),
            ancho=porcentaje(n, totales.votos_c_cs),
        )
        for siglas, nombre, n in (
            ("Otras opciones", "Votos asentados en opciones que no corresponden a esta boleta", resto),
            ("Sin desglose", "Votos que las actas suman y no reparten por opción", totales.sin_desglose),
        )
        if n
    )


def _desglose(eleccion: Eleccion, una: Contendiente, votos: Sequence[int]) -> str:
    """Show the sum behind a coalition (R68); many combinations are gathered in one term."""
    propias = [i for i in una.columnas if casillas.es_propia(eleccion.columnas[i])]
    otras = [i for i in una.columnas if i not in propias and votos[i]]
    if len(una.siglas) < 2:  # a party alone is its own column
        return ""
    partes = [f"{casillas.letras(eleccion.columnas[i])} {miles(votos[i])}" for i in propias]
    if len(otras) > 4:
        partes.append(f"{len(otras)} combinaciones {miles(sum(votos[i] for i in otras))}")
    else:
        partes += [f"{casillas.letras(eleccion.columnas[i])} {miles(votos[i])}" for i in otras]
    return " + ".join(partes)


def _nombre(una: Contendiente, letras: str) -> str:
    """Leave out a name that only repeats the letters."""
    if una.nombre.replace("–", "-").removeprefix("Coalición ") != letras:
        return una.nombre
    return "Coalición" if len(una.siglas) > 1 else ""


def _pct(n: int, d: int) -> str:
    return f"{porcentaje(n, d)}%" if d else ""


def _parte(n: int, d: int) -> str:
    return _pct(n, d) if n else ""


def _suma_de(eleccion: Eleccion, votos: Sequence[int], clase: ClaseColumna) -> int:
    return sum(n for c, n in zip(eleccion.columnas, votos, strict=True) if c.clase is clase)
