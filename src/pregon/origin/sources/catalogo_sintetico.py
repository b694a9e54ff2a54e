"""An invented catalogue of actas esperadas: casillas of every type, spread as in the entidad (R39, R82).

Keys are unique unless the catalogue asks for the repeated ones that real databases have (R83).
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import accumulate

from pregon.errors import ErrorDeConfiguracion
from pregon.origin.sources import coahuila
from pregon.origin.sources.azar import Azar
from pregon.prep.acta import Casilla, TipoCasilla
from pregon.prep.jornada import Ambito, CatalogoSintetico, Eleccion

# Of secciones: probability of one more contigua, and share of them that is urban.
_CIUDAD = (0.535, 0.95)
_CAMPO = (0.285, 0.35)
_SIN_MUNICIPIO = (0.66, 0.68)
_ULTIMA_SECCION = 9999
_TIPO_DE_ACTA = {Ambito.ENTIDAD: "1", Ambito.DISTRITO: "3", Ambito.MUNICIPIO: "4"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Esperada:
    """An acta that the catalogue expects. `frontera` and `urbana` say how soon it may come."""

    casilla: Casilla
    tipo_acta: str
    lista_nominal: int
    frontera: bool
    urbana: bool
    electronica: bool = False
    """Votes are given on an urna electrónica: nothing in its acta is illegible."""


def esperadas(eleccion: Eleccion, id_entidad: int, azar: Azar) -> list[Esperada]:
    """Invent the catalogue in its stable order: unidad, sección, tipo, número, extensión (R86).

    ErrorDeConfiguracion when an entidad would need more secciones than its keys can number.
    """
    pedido = catalogo_pedido(eleccion)
    entidades = _entidades(eleccion, pedido, id_entidad)
    de_frontera = {u.numero for u in (eleccion.municipios or eleccion.unidades) if u.frontera}
    casillas: list[Esperada] = []
    secciones = dict.fromkeys(entidades.values(), 0)
    reparto = _reparto(eleccion, pedido, id_entidad)
    for (unidad, municipio), cuantas in sorted(reparto.items(), key=lambda par: (par[0][1] or 0, par[0][0])):
        lugar = _Lugar(
            entidad=entidades[unidad],
            unidad=unidad,
            municipio=municipio,
            frontera=(municipio if eleccion.municipios else unidad) in de_frontera,
        )
        hechas: list[Esperada] = []
        while len(hechas) < cuantas:
            secciones[lugar.entidad] += 1
            hechas += _de_seccion(eleccion, lugar, secciones[lugar.entidad], azar)
        especiales = [
            _especial(hechas[i * len(hechas) // 4], i + 1, electronica=pedido.especiales_electronicas)
            for i in range(min(3, (cuantas + 60) // 150))
        ]
        # The last sección may have made too many; casillas especiales take the place of the last ones.
        casillas += hechas[: cuantas - len(especiales)] + especiales
    if max(secciones.values()) > _ULTIMA_SECCION:
        raise ErrorDeConfiguracion(
            f"{pedido.casillas} casillas de {eleccion.clave} piden {max(secciones.values())} secciones en "
            f"una entidad, y su clave llega a {_ULTIMA_SECCION}: reparta las unidades en «entidades»",
            clave="elecciones.catalogo.casillas",
        )
    casillas = _con_urnas_electronicas(casillas, pedido.urnas_electronicas)
    actas = [a for casilla in casillas for a in _actas_de(eleccion, casilla)]
    actas += _sin_casilla(eleccion, pedido, entidades, azar)
    actas.sort(key=_orden)
    return [replace(a, casilla=_repetida(a.casilla)) for a in actas] if pedido.claves_repetidas else actas


@dataclass(frozen=True, slots=True, kw_only=True)
class _Lugar:
    entidad: int
    unidad: int
    municipio: int | None
    frontera: bool


def catalogo_pedido(eleccion: Eleccion) -> CatalogoSintetico:
    """Return what the election asks of its catalogue; ErrorDeConfiguracion where it asks for none."""
    if eleccion.catalogo is None:
        raise ErrorDeConfiguracion(
            f"la elección {eleccion.clave} no trae un catálogo sintético", clave="elecciones.catalogo"
        )
    return eleccion.catalogo


def _orden(a: Esperada) -> tuple[int, int, str, int, int, str, str]:
    c = a.casilla
    return c.unidad or 0, c.seccion or 0, c.tipo.value, c.numero or 0, c.extension, c.clave, a.tipo_acta


def _entidades(eleccion: Eleccion, pedido: CatalogoSintetico, id_entidad: int) -> dict[int, int]:
    """Say to which entidad each unidad belongs: they are dealt in order, as many as `entidades` says."""
    numeros = [u.numero for u in eleccion.unidades]
    if not pedido.entidades:
        return dict.fromkeys(numeros, id_entidad)
    hasta = list(accumulate(pedido.entidades))
    return {n: next(e for e, fin in enumerate(hasta, start=1) if i < fin) for i, n in enumerate(numeros)}


def _reparto(
    eleccion: Eleccion, pedido: CatalogoSintetico, id_entidad: int
) -> dict[tuple[int, int | None], int]:
    """Say how many casillas go to each (unidad, municipio), by largest remainder; at least one each."""
    numeros = {u.numero for u in eleccion.unidades}
    pesos: dict[tuple[int, int | None], int] = {}
    if (
        id_entidad == coahuila.ID_ENTIDAD
        and eleccion.detalle is Ambito.DISTRITO
        and numeros == coahuila.CASILLAS.keys()
    ):
        pesos = {
            (d, m): n for d, por_municipio in coahuila.CASILLAS.items() for m, n in por_municipio.items()
        }
    elif id_entidad == coahuila.ID_ENTIDAD and eleccion.detalle is Ambito.MUNICIPIO:
        for por_municipio in coahuila.CASILLAS.values():
            for m, n in por_municipio.items():
                if m in numeros:
                    pesos[m, m] = pesos.get((m, m), 0) + n
    if {u for u, _ in pesos} != numeros:
        pesos = {(u, u if eleccion.detalle is Ambito.MUNICIPIO else None): 1 for u in sorted(numeros)}
    return _restos(pesos, max(pedido.casillas, len(pesos)))


def _restos(pesos: dict[tuple[int, int | None], int], total: int) -> dict[tuple[int, int | None], int]:
    suma, libres = sum(pesos.values()), total - len(pesos)
    partes = {k: 1 + libres * p // suma for k, p in pesos.items()}
    faltan = total - sum(partes.values())
    for k in sorted(pesos, key=lambda k: -(libres * pesos[k] % suma))[:faltan]:
        partes[k] += 1
    return partes


def _de_seccion(eleccion: Eleccion, lugar: _Lugar, seccion: int, azar: Azar) -> Iterator[Esperada]:
    una_mas, urbanas = _perfil(lugar)
    contiguas = azar.geometrica(una_mas, 12)
    listas = azar.randint(420, 750)
    urbana = azar.random() < urbanas
    casillas = [(TipoCasilla.BASICA, 1, 0), *((TipoCasilla.CONTIGUA, n, 0) for n in range(1, contiguas + 1))]
    if azar.random() < (0.02 if urbana else 0.14):
        casillas.append((TipoCasilla.EXTRAORDINARIA, 1, 0))
        casillas += [(TipoCasilla.EXTRAORDINARIA, 1, 1)] if azar.random() < 0.25 else []
    for tipo, numero, extension in casillas:
        ordinaria = tipo is not TipoCasilla.EXTRAORDINARIA
        yield Esperada(
            casilla=Casilla(
                clave=f"{lugar.entidad:02d}{seccion:04d}{tipo.value}{numero:02d}{extension:02d}",
                unidad=lugar.unidad,
                seccion=seccion,
                numero=numero,
                tipo=tipo,
                extension=extension,
                ubicacion=1 if urbana else 2,
                municipio=lugar.municipio if eleccion.detalle is not Ambito.MUNICIPIO else None,
            ),
            tipo_acta=_TIPO_DE_ACTA[eleccion.ambito],
            lista_nominal=listas + azar.randint(-1, 1) if ordinaria else azar.randint(60, 420),
            frontera=lugar.frontera,
            urbana=urbana,
        )


def _perfil(lugar: _Lugar) -> tuple[float, float]:
    if lugar.municipio is None:
        return _SIN_MUNICIPIO
    en_coahuila = lugar.entidad == coahuila.ID_ENTIDAD
    return _CIUDAD if en_coahuila and lugar.municipio in coahuila.URBANOS else _CAMPO


def _especial(vecina: Esperada, numero: int, *, electronica: bool) -> Esperada:
    """Put a casilla especial in the sección of another one; an electronic one stays type S (rules §7, Q5)."""
    clave = f"{vecina.casilla.clave[:6]}S{numero:02d}00"
    casilla = replace(vecina.casilla, clave=clave, tipo=TipoCasilla.ESPECIAL, numero=numero, extension=0)
    return replace(vecina, casilla=casilla, lista_nominal=0, electronica=electronica)


def _con_urnas_electronicas(casillas: list[Esperada], cuantas: int) -> list[Esperada]:
    """Give the urna electrónica to some básicas, evenly spread: one at most in a sección (R82, type U)."""
    basicas = [i for i, e in enumerate(casillas) if e.casilla.tipo is TipoCasilla.BASICA]
    con = {basicas[n * len(basicas) // cuantas] for n in range(cuantas)} if basicas else set()
    return [_electronica(e) if i in con else e for i, e in enumerate(casillas)]


def _electronica(esperada: Esperada) -> Esperada:
    tipo = TipoCasilla.URNA_ELECTRONICA
    clave = f"{esperada.casilla.clave[:6]}{tipo.value}{esperada.casilla.clave[7:]}"
    return replace(esperada, casilla=replace(esperada.casilla, clave=clave, tipo=tipo), electronica=True)


def _actas_de(eleccion: Eleccion, esperada: Esperada) -> list[Esperada]:
    """Return its actas: a casilla especial of an election by distritos has two, MR and RP (R73)."""
    if esperada.casilla.tipo is not TipoCasilla.ESPECIAL:
        return [esperada]
    if eleccion.ambito is Ambito.DISTRITO:
        return [replace(esperada, tipo_acta="3EMR"), replace(esperada, tipo_acta="3ERP")]
    return [replace(esperada, tipo_acta=f"{esperada.tipo_acta}E")]


def _sin_casilla(
    eleccion: Eleccion, pedido: CatalogoSintetico, entidades: dict[int, int], azar: Azar
) -> list[Esperada]:
    """Voto anticipado of every unidad and prisión preventiva in the first ones, where asked for (R76)."""
    anticipan = eleccion.unidades if pedido.voto_anticipado else ()
    quienes = [(TipoCasilla.VOTO_ANTICIPADO, u.numero, (8, 60)) for u in anticipan]
    quienes += [
        (TipoCasilla.PRISION_PREVENTIVA, u.numero, (20, 260)) for u in eleccion.unidades[: pedido.prisiones]
    ]
    return [
        Esperada(
            # The unit's number keeps the key unique, which real databases do not (R83).
            casilla=Casilla(
                clave=f"{entidades[unidad]:02d}0000{tipo.value}{unidad % 100:02d}{unidad // 100:02d}",
                unidad=unidad,
                seccion=None,
                numero=None,
                tipo=tipo,
                extension=0,
                ubicacion=1,
            ),
            tipo_acta=_TIPO_DE_ACTA[eleccion.ambito],
            lista_nominal=azar.randint(*entre),
            frontera=False,
            urbana=True,
        )
        for tipo, unidad, entre in quienes
    ]


def _repetida(casilla: Casilla) -> Casilla:
    """Print a key as Puebla 2024 did: contiguas from 10 on lose a digit, votes without casilla share one."""
    if casilla.seccion is None:
        return replace(casilla, clave=f"{casilla.clave[:7]}0100")
    if casilla.tipo is TipoCasilla.CONTIGUA and (casilla.numero or 0) >= 10:
        return replace(casilla, clave=f"{casilla.clave[:7]}0100")
    return casilla
