"""An invented catalogue of actas esperadas: casillas of every type, spread as in the entidad (R39, R82).

Keys are unique, which those of real catalogues are not (R83).
"""

from dataclasses import dataclass, replace
from random import Random

from pregon.origin.sources import coahuila
from pregon.prep.acta import Casilla, TipoCasilla
from pregon.prep.jornada import Ambito, Eleccion

_VOTO_ANTICIPADO_DESDE = 2026
_PRISIONES = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Esperada:
    """An acta that the catalogue expects. `frontera` and `urbana` say how soon it may come."""

    casilla: Casilla
    tipo_acta: str
    lista_nominal: int
    frontera: bool
    urbana: bool


def esperadas(eleccion: Eleccion, id_entidad: int, azar: Random) -> list[Esperada]:
    """Invent the catalogue in its stable order: unidad, sección, tipo, número, extensión (R86)."""
    assert eleccion.catalogo is not None
    frontera = {u.numero for u in (eleccion.municipios or eleccion.unidades) if u.frontera}
    reparto = _reparto(eleccion, id_entidad)
    casillas: list[Esperada] = []
    seccion = 0
    for (unidad, municipio), cuantas in sorted(reparto.items(), key=lambda par: (par[0][1] or 0, par[0][0])):
        urbano = municipio in coahuila.URBANOS
        hechas: list[Esperada] = []
        while len(hechas) < cuantas:
            seccion += 1
            hechas += _de_seccion(
                eleccion, id_entidad, unidad, municipio, seccion, urbano, municipio in frontera, azar
            )
        especiales = [_especial(hechas[i * len(hechas) // 4], i + 1) for i in range(_especiales(cuantas))]
        # The last sección may have made too many; casillas especiales take the place of the last ones.
        casillas += hechas[: cuantas - len(especiales)] + especiales
    actas = [a for casilla in casillas for a in _actas_de(eleccion, casilla)]
    actas += _sin_casilla(eleccion, id_entidad, azar)
    return sorted(actas, key=_orden)


def _orden(a: Esperada) -> tuple[int, int, str, int, int, str]:
    c = a.casilla
    return (
        c.unidad or 0,
        c.seccion or 0,
        c.tipo.value,
        c.numero or int(c.clave[7:9]),
        c.extension,
        a.tipo_acta,
    )


def _reparto(eleccion: Eleccion, id_entidad: int) -> dict[tuple[int, int | None], int]:
    """Say how many casillas go to each (unidad, municipio), by largest remainder; at least one each."""
    assert eleccion.catalogo is not None
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
    return _restos(pesos, max(eleccion.catalogo.casillas, len(pesos)))


def _restos(pesos: dict[tuple[int, int | None], int], total: int) -> dict[tuple[int, int | None], int]:
    suma, libres = sum(pesos.values()), total - len(pesos)
    partes = {k: 1 + libres * p // suma for k, p in pesos.items()}
    faltan = total - sum(partes.values())
    for k in sorted(pesos, key=lambda k: -(libres * pesos[k] % suma))[:faltan]:
        partes[k] += 1
    return partes


def _de_seccion(
    eleccion: Eleccion,
    id_entidad: int,
    unidad: int,
    municipio: int | None,
    seccion: int,
    urbano: bool,  # noqa: FBT001 - a property of the place
    frontera: bool,  # noqa: FBT001 - a property of the place
    azar: Random,
) -> list[Esperada]:
    contiguas = min(12, int(azar.expovariate(1 / (1.6 if urbano else 0.8))))
    listas = azar.randint(420, 750)
    urbana = azar.random() < (0.95 if urbano else 0.35)
    casillas = [(TipoCasilla.BASICA, 1, 0), *((TipoCasilla.CONTIGUA, n, 0) for n in range(1, contiguas + 1))]
    if azar.random() < (0.02 if urbana else 0.14):
        casillas.append((TipoCasilla.EXTRAORDINARIA, 1, 0))
        casillas += [(TipoCasilla.EXTRAORDINARIA, 1, 1)] if azar.random() < 0.25 else []
    return [
        Esperada(
            casilla=Casilla(
                clave=f"{id_entidad:02d}{seccion:04d}{tipo.value}{numero:02d}{extension:02d}",
                unidad=unidad,
                seccion=seccion,
                numero=numero,
                tipo=tipo,
                extension=extension,
                ubicacion=1 if urbana else 2,
                municipio=municipio if eleccion.detalle is not Ambito.MUNICIPIO else None,
            ),
            tipo_acta="3" if eleccion.ambito is Ambito.DISTRITO else "4",
            lista_nominal=listas + azar.randint(-1, 1)
            if tipo is not TipoCasilla.EXTRAORDINARIA
            else azar.randint(60, 420),
            frontera=frontera,
            urbana=urbana,
        )
        for tipo, numero, extension in casillas
    ]


def _especiales(casillas: int) -> int:
    return min(3, (casillas + 60) // 150)


def _especial(vecina: Esperada, numero: int) -> Esperada:
    """Put a casilla especial in the sección of another one."""
    clave = f"{vecina.casilla.clave[:6]}S{numero:02d}00"
    casilla = replace(vecina.casilla, clave=clave, tipo=TipoCasilla.ESPECIAL, numero=numero, extension=0)
    return replace(vecina, casilla=casilla, lista_nominal=0)


def _actas_de(eleccion: Eleccion, esperada: Esperada) -> list[Esperada]:
    """Return its actas: a casilla especial of an election by distritos has two, MR and RP (R73)."""
    if esperada.casilla.tipo is not TipoCasilla.ESPECIAL:
        return [esperada]
    if eleccion.ambito is Ambito.DISTRITO:
        return [replace(esperada, tipo_acta="3EMR"), replace(esperada, tipo_acta="3ERP")]
    return [replace(esperada, tipo_acta=f"{esperada.tipo_acta}E")]


def _sin_casilla(eleccion: Eleccion, id_entidad: int, azar: Random) -> list[Esperada]:
    """Voto anticipado of every unit and prisión preventiva in the first ones, since they exist (R76)."""
    if eleccion.anio < _VOTO_ANTICIPADO_DESDE:
        return []
    quienes = [(TipoCasilla.VOTO_ANTICIPADO, u, (8, 60)) for u in eleccion.unidades]
    quienes += [(TipoCasilla.PRISION_PREVENTIVA, u, (20, 260)) for u in eleccion.unidades[:_PRISIONES]]
    return [
        Esperada(
            # The unit's number keeps the key unique, which real databases do not (R83).
            casilla=Casilla(
                clave=f"{id_entidad:02d}0000{tipo.value}{unidad.numero:02d}00",
                unidad=unidad.numero,
                seccion=None,
                numero=None,
                tipo=tipo,
                extension=0,
                ubicacion=1,
            ),
            tipo_acta="3" if eleccion.ambito is Ambito.DISTRITO else "4",
            lista_nominal=azar.randint(*entre),
            frontera=False,
            urbana=True,
        )
        for tipo, unidad, entre in quienes
    ]
