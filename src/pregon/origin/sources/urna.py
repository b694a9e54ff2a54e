"""How invented people vote, what an acta says of it, and how it gets spoiled (R59, R60)."""

import hashlib
import math
from collections.abc import Mapping
from dataclasses import replace
from random import Random

from pregon.origin.sources.catalogo_sintetico import Esperada
from pregon.prep.acta import Acta, Celda, Contabilizada, Marcador, Renglon, TipoCasilla
from pregon.prep.jornada import ClaseColumna, Eleccion

_OBSERVADAS = (
    ("SIN ACTA POR PAQUETE NO ENTREGADO", 0.005),
    ("SIN ACTA POR PAQUETE ENTREGADO SIN BOLSA", 0.003),
    ("SIN ACTA POR CASILLA NO INSTALADA", 0.001),
    ("TODOS ILEGIBLES O SIN DATO", 0.004),
    ("EXCEDE LISTA NOMINAL", 0.006),
    ("ALGUN CAMPO ILEGIBLE O SIN DATO", 0.045),
)
"""What is wrong with which part of the actas; the rest are clean. Measured on no particular night."""
_REPRESENTANTES = 20
"""Maximum of representatives in an ordinary casilla."""
_BOLETAS_ESPECIAL = 1000
"""What a casilla especial may receive; the databases put it in REPRESENTANTES_PP_CI (R65)."""


class Urna:
    """How people vote: shares of each column by unit, drawn once per unit."""

    def __init__(self, eleccion: Eleccion, azar: Random) -> None:
        """Draw the strengths."""
        self._eleccion = eleccion
        # Which party gets which strength is a draw: nothing is said about anybody.
        fuerzas = [30.0 * 0.72**i for i in range(len(eleccion.partidos))]
        azar.shuffle(fuerzas)
        self._fuerzas = {p.clave: f for p, f in zip(eleccion.partidos, fuerzas, strict=True)}
        self._partes: dict[int | None, list[float | None]] = {
            u.numero: self._de_unidad(u.numero, azar) for u in eleccion.unidades
        }

    def acta(self, renglon: Renglon, esperada: Esperada, azar: Random) -> Acta:
        """Make the acta as a perfect day would have left it."""
        especial = esperada.casilla.tipo is TipoCasilla.ESPECIAL
        sin_casilla = esperada.casilla.seccion is None
        quienes = azar.randint(120, 640) if especial else esperada.lista_nominal
        votan = quienes * min(0.9, max(0.15, azar.gauss(0.55, 0.07)))
        partes = self._partes[esperada.casilla.unidad]
        votos = _hasta(
            tuple(Marcador.NO_APLICA if p is None else _cuantos(votan * p, azar) for p in partes), quienes
        )
        total = sum(v for v in votos if isinstance(v, int))
        representantes = min(total, azar.randint(0, 8))
        return Acta(
            renglon=renglon,
            casilla=esperada.casilla,
            tipo_acta=esperada.tipo_acta,
            contabilizada=Contabilizada.SI,
            observaciones="",
            votos=votos,
            lista_nominal=esperada.lista_nominal,
            representantes=Marcador.N_A
            if sin_casilla
            else _BOLETAS_ESPECIAL
            if especial
            else _REPRESENTANTES,
            boletas_sobrantes=Marcador.N_A if sin_casilla else max(0, quienes + _REPRESENTANTES - total),
            personas_votaron=total if sin_casilla else total - representantes,
            representantes_votaron=Marcador.N_A if sin_casilla else representantes,
            votos_sacados=total,
            total_asentado=_asentado(total, azar),
            mecanismos_traslado=azar.choices(("", "F", "D", "F-I", "I"), (55, 30, 8, 4, 3))[0],
            codigo_integridad=hashlib.sha256(azar.randbytes(16)).hexdigest(),
            origen=(donde := azar.choices(("CASILLA", "CATD"), (35, 65))[0]),
            digitalizacion="MOVIL" if donde == "CASILLA" else "ESCANER",
            tipo_documento=_documento(esperada.casilla.tipo, azar),
        )

    def _de_unidad(self, unidad: int, azar: Random) -> list[float | None]:
        """Draw the share of each column; None where it does not stand."""
        aqui = {
            p.clave: self._fuerzas[p.clave] * azar.lognormvariate(0, 0.45) for p in self._eleccion.partidos
        }
        juntos = [
            c.partidos for c in self._eleccion.coaliciones if c.unidades is None or unidad in c.unidades
        ]
        estan = {p.clave for p in self._eleccion.partidos if p.unidades is None or unidad in p.unidades}
        partes: list[float | None] = []
        for columna in self._eleccion.columnas:
            match columna.clase:
                case ClaseColumna.PARTIDO | ClaseColumna.INDEPENDIENTE:
                    partes.append(aqui[columna.clave] if columna.clave in estan else None)
                case ClaseColumna.COMBINACION:
                    vale = any(set(columna.partidos) <= set(c) for c in juntos)
                    partes.append(sum(aqui[p] for p in columna.partidos) * 0.03 if vale else None)
                case ClaseColumna.NO_REGISTRADAS:
                    partes.append(0.05)
                case ClaseColumna.NULOS:
                    partes.append(2.6)
        suma = sum(p for p in partes if p is not None)
        return [None if p is None else p / suma for p in partes]


def observaciones(esperada: Esperada, azar: Random) -> str:
    """Draw what is wrong with an acta; without representatives nobody can exceed the lista (R64)."""
    suerte = azar.random()
    for texto, parte in _OBSERVADAS:
        if suerte < parte:
            sin_limite = texto == "EXCEDE LISTA NOMINAL" and esperada.casilla.seccion is None
            return "" if sin_limite else texto
        suerte -= parte
    return ""


def tratar(acta: Acta, observaciones: str, azar: Random) -> Acta:
    """Spoil a clean acta as its observation says (R59)."""
    aplican = [i for i, v in enumerate(acta.votos) if isinstance(v, int)]
    match observaciones:
        case "TODOS ILEGIBLES O SIN DATO":
            marca = azar.choice((Marcador.ILEGIBLE, Marcador.SIN_DATO))
            votos = con(acta.votos, dict.fromkeys(aplican, marca))
            dudosos = Marcador.SIN_DATO if acta.casilla.seccion is not None else Marcador.N_A
            return replace(
                acta,
                votos=votos,
                contabilizada=Contabilizada.NO,
                observaciones=observaciones,
                boletas_sobrantes=dudosos,
                personas_votaron=Marcador.SIN_DATO,
                representantes_votaron=dudosos,
                votos_sacados=Marcador.SIN_DATO,
                total_asentado=Marcador.SIN_DATO,
            )
        case "EXCEDE LISTA NOMINAL":
            donde = azar.choice(aplican[:3])
            tope = acta.lista_nominal + (acta.representantes if isinstance(acta.representantes, int) else 0)
            votos = con(acta.votos, {donde: tope + azar.randint(1, 400)})
            return replace(acta, votos=votos, contabilizada=Contabilizada.NO, observaciones=observaciones)
        case "ALGUN CAMPO ILEGIBLE O SIN DATO":
            marcas = {
                i: azar.choice((Marcador.ILEGIBLE, Marcador.SIN_DATO))
                for i in azar.sample(aplican, k=min(len(aplican) - 1, azar.randint(1, 4)))
            }
            return replace(acta, votos=con(acta.votos, marcas), observaciones=observaciones)
        case _:
            return acta


def sin_acta(acta: Acta, observaciones: str) -> Acta:
    """Return the row of an acta that will never come; what does not apply stays so (R59, R98)."""

    def celda(celda: Celda) -> Celda:
        return celda if celda is Marcador.N_A else Marcador.SIN_ACTA

    return replace(
        acta,
        contabilizada=Contabilizada.NO,
        observaciones=observaciones,
        votos=tuple(v if v is Marcador.NO_APLICA else Marcador.SIN_ACTA for v in acta.votos),
        boletas_sobrantes=celda(acta.boletas_sobrantes),
        personas_votaron=celda(acta.personas_votaron),
        representantes_votaron=celda(acta.representantes_votaron),
        votos_sacados=celda(acta.votos_sacados),
        total_asentado=Marcador.SIN_ACTA,
        mecanismos_traslado="",
        codigo_integridad="",
        origen="",
        digitalizacion="",
        tipo_documento="",
    )


def con(
    votos: tuple[Celda, ...], cambios: Mapping[int, Celda] | Mapping[int, int] | Mapping[int, Marcador]
) -> tuple[Celda, ...]:
    """Return the cells with some of them changed, by index."""
    return tuple(cambios.get(i, v) for i, v in enumerate(votos))


def _cuantos(esperados: float, azar: Random) -> int:
    return max(0, round(azar.gauss(esperados, math.sqrt(esperados) + 0.25)))


def _hasta(votos: tuple[Celda, ...], limite: int) -> tuple[Celda, ...]:
    """Take votes from the largest column until the sum fits the limit."""
    sobran = sum(v for v in votos if isinstance(v, int)) - limite
    if sobran <= 0:
        return votos
    numeros = [v if isinstance(v, int) else 0 for v in votos]
    while sobran > 0:
        mayor = max(range(len(numeros)), key=numeros.__getitem__)
        quita = min(sobran, numeros[mayor])
        numeros[mayor] -= quita
        sobran -= quita
    return tuple(n if isinstance(v, int) else v for n, v in zip(numeros, votos, strict=True))


def _asentado(total: int, azar: Random) -> Celda:
    """Draw what the acta says it adds up to: often right (R49)."""
    suerte = azar.random()
    if suerte < 0.03:
        return Marcador.SIN_DATO
    return max(0, total + azar.choice((-10, -2, -1, 1, 3, 20))) if suerte < 0.08 else total


def _documento(tipo: TipoCasilla, azar: Random) -> str:
    if tipo is TipoCasilla.VOTO_ANTICIPADO:
        return "ACTA VA"
    if tipo is TipoCasilla.PRISION_PREVENTIVA:
        return "ACTA VPPP"
    return azar.choices(("ACTA PREP", "RPP", "CC"), (97, 2, 1))[0]
