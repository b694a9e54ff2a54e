"""How invented people vote, what an acta says of it, and how it gets spoiled (R59, R60)."""

import hashlib
import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from pregon.origin.sources.azar import BITS, Azar
from pregon.origin.sources.catalogo_sintetico import Esperada
from pregon.prep.acta import Acta, Celda, Contabilizada, Marcador, Renglon, TipoCasilla
from pregon.prep.dialecto import Observacion
from pregon.prep.jornada import ClaseColumna, Eleccion

SIN_ACTA: Final = frozenset(
    {Observacion.PAQUETE_NO_ENTREGADO, Observacion.PAQUETE_SIN_BOLSA, Observacion.CASILLA_NO_INSTALADA}
)
_DE_PAPEL = frozenset({Observacion.TODOS, Observacion.EXCEDE, Observacion.ALGUN_CAMPO})
"""What an urna electrónica does not get wrong."""
_OBSERVADAS = (
    (Observacion.PAQUETE_NO_ENTREGADO, 0.005),
    (Observacion.PAQUETE_SIN_BOLSA, 0.003),
    (Observacion.CASILLA_NO_INSTALADA, 0.002),
    (Observacion.TODOS, 0.004),
    (Observacion.EXCEDE, 0.006),
    (Observacion.ALGUN_CAMPO, 0.045),
    (Observacion.IDENTIFICACION, 0.002),
)
"""What is wrong with which part of the actas; the rest are clean: a letter unlike its number leaves no trace
either (R59). Measured on no particular night."""
_EXCEDE_E_ILEGIBLE = 0.25
"""Part of the actas over the limit that have illegible cells too; EXCEDE stands first (R61, R62)."""
_REPRESENTANTES = 20
"""Maximum of representatives in an ordinary casilla."""
_BOLETAS_ESPECIAL = 1000
"""What a casilla especial may receive; the databases put it in REPRESENTANTES_PP_CI (R65)."""
_TRASLADOS = (("", "F", "D", "F-I", "I"), (55, 85, 93, 97, 100))


@dataclass(frozen=True, slots=True, kw_only=True)
class Horas:
    """When an acta was received, captured and verified: local, in that order (R99)."""

    acopio: datetime
    captura: datetime
    verificacion: datetime


class Urna:
    """How people vote: shares of each column by unit, drawn once per unit."""

    def __init__(self, eleccion: Eleccion, azar: Azar) -> None:
        """Draw the strengths."""
        self._eleccion = eleccion
        # Which party gets which strength is a draw: nothing is said about anybody.
        fuerzas = [30.0 * 0.72**i for i in range(len(eleccion.partidos))]
        azar.shuffle(fuerzas)
        self._fuerzas = {p.clave: f for p, f in zip(eleccion.partidos, fuerzas, strict=True)}
        self._partes: dict[int | None, list[float | None]] = {
            u.numero: self._de_unidad(u.numero, azar) for u in eleccion.unidades
        }

    def acta(self, renglon: Renglon, esperada: Esperada, horas: Horas, azar: Azar) -> Acta:
        """Make the acta as a perfect day would have left it."""
        casilla = esperada.casilla
        especial = casilla.tipo is TipoCasilla.ESPECIAL
        sin_casilla = casilla.seccion is None
        quienes = azar.randint(120, 640) if especial else esperada.lista_nominal
        votan = quienes * min(0.9, max(0.15, azar.normal(0.55, 0.07)))
        votos, total = _votos(self._partes[casilla.unidad], votan, quienes, azar)
        representantes = min(total, azar.randint(0, 8))
        donde = "CASILLA" if esperada.electronica or azar.random() < 0.35 else "CATD"
        return Acta(
            renglon=renglon,
            casilla=casilla,
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
            total_asentado=total if esperada.electronica else _asentado(total, azar),
            mecanismos_traslado=azar.choices(_TRASLADOS[0], cum_weights=_TRASLADOS[1])[0],
            codigo_integridad=codigo(azar),
            acopio=horas.acopio,
            captura=horas.captura,
            verificacion=horas.verificacion,
            origen=donde,
            digitalizacion="URNA ELECTRONICA"
            if esperada.electronica
            else "MOVIL"
            if donde == "CASILLA"
            else "ESCANER",
            tipo_documento=_documento(casilla.tipo, azar),
        )

    def _de_unidad(self, unidad: int, azar: Azar) -> list[float | None]:
        """Draw the share of each column; None where it does not stand."""
        aqui = {
            p.clave: self._fuerzas[p.clave] * azar.triangular(0.35, 2.2, 0.8) for p in self._eleccion.partidos
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


def observacion(esperada: Esperada, azar: Azar) -> Observacion | None:
    """Draw what is wrong with an acta; without representatives nobody can exceed the lista (R64)."""
    suerte = azar.random()
    for cual, parte in _OBSERVADAS:
        if suerte < parte:
            sin_limite = cual is Observacion.EXCEDE and esperada.casilla.seccion is None
            return None if sin_limite or (esperada.electronica and cual in _DE_PAPEL) else cual
        suerte -= parte
    return None


def tratar(acta: Acta, observacion: Observacion, azar: Azar) -> Acta:
    """Spoil a clean acta as its observation says; the *Sin acta* cases are `sin_acta`'s (R59)."""
    acta = replace(acta, observaciones=observacion.value)
    aplican = [i for i, v in enumerate(acta.votos) if isinstance(v, int)]
    match observacion:
        case Observacion.TODOS:
            marca = azar.choice((Marcador.ILEGIBLE, Marcador.SIN_DATO))
            votos = con(acta.votos, dict.fromkeys(aplican, marca))
            dudosos = Marcador.SIN_DATO if acta.casilla.seccion is not None else Marcador.N_A
            return replace(
                acta,
                votos=votos,
                contabilizada=Contabilizada.NO,
                boletas_sobrantes=dudosos,
                personas_votaron=Marcador.SIN_DATO,
                representantes_votaron=dudosos,
                votos_sacados=Marcador.SIN_DATO,
                total_asentado=Marcador.SIN_DATO,
            )
        case Observacion.EXCEDE:
            donde = azar.choice(aplican[:3])
            tope = acta.lista_nominal + (acta.representantes if isinstance(acta.representantes, int) else 0)
            cambios: dict[int, Celda] = {donde: tope + azar.randint(1, 400)}
            if azar.random() < _EXCEDE_E_ILEGIBLE:
                cambios |= {i: _marca(azar) for i in aplican[-2:] if i != donde}
                ambas = f"{observacion.value}, {Observacion.ALGUN_CAMPO.value}"
                acta = replace(acta, observaciones=ambas)
            return replace(acta, votos=con(acta.votos, cambios), contabilizada=Contabilizada.NO)
        case Observacion.ALGUN_CAMPO:
            cuantos = min(len(aplican) - 1, azar.randint(1, 4))
            marcas = {i: _marca(azar) for i in azar.sample(aplican, k=cuantos)}
            return replace(acta, votos=con(acta.votos, marcas))
        case _:
            return acta


def sin_acta(acta: Acta, observacion: Observacion) -> Acta:
    """Return the row of an acta that will never come; what does not apply stays so (R59, R98)."""

    def celda(celda: Celda) -> Celda:
        return celda if celda is Marcador.N_A else Marcador.SIN_ACTA

    return replace(
        acta,
        contabilizada=Contabilizada.NO,
        observaciones=observacion.value,
        votos=tuple(v if v is Marcador.NO_APLICA else Marcador.SIN_ACTA for v in acta.votos),
        boletas_sobrantes=celda(acta.boletas_sobrantes),
        personas_votaron=celda(acta.personas_votaron),
        representantes_votaron=celda(acta.representantes_votaron),
        votos_sacados=celda(acta.votos_sacados),
        total_asentado=Marcador.SIN_ACTA,
        mecanismos_traslado="",
        codigo_integridad="",
        acopio=None,
        captura=None,
        verificacion=None,
        origen="",
        digitalizacion="",
        tipo_documento="",
    )


def con(votos: tuple[Celda, ...], cambios: Mapping[int, Celda] | Mapping[int, Marcador]) -> tuple[Celda, ...]:
    """Return the cells with some of them changed, by index."""
    return tuple(cambios.get(i, v) for i, v in enumerate(votos))


def codigo(azar: Azar) -> str:
    """Return the hash of an image that nobody drew."""
    return hashlib.sha256(azar.randbytes(16)).hexdigest()


def _votos(
    partes: list[float | None], votan: float, limite: int, azar: Azar
) -> tuple[tuple[Celda, ...], int]:
    """Draw each cell around its share, and their sum; the largest gives way until it fits the limit."""
    bits = azar.getrandbits  # half of a national night is spent in this loop
    numeros = [0] * len(partes)
    for i, parte in enumerate(partes):
        if parte is not None:
            esperados = votan * parte
            desviacion = math.sqrt(esperados) + 0.25
            numero = int(esperados + desviacion * (bits(BITS).bit_count() - 128) * 0.125 + 0.5)
            if numero > 0:
                numeros[i] = numero
    total = sum(numeros)
    while total > limite:
        mayor = numeros.index(max(numeros))
        quita = min(total - limite, numeros[mayor])
        numeros[mayor] -= quita
        total -= quita
    nada = Marcador.NO_APLICA
    return tuple([nada if p is None else n for n, p in zip(numeros, partes, strict=True)]), total


def _marca(azar: Azar) -> Marcador:
    return azar.choice((Marcador.ILEGIBLE, Marcador.SIN_DATO))


def _asentado(total: int, azar: Azar) -> Celda:
    """Draw what the acta says it adds up to: often right (R49)."""
    suerte = azar.random()
    if suerte < 0.03:
        return Marcador.SIN_DATO
    return max(0, total + azar.choice((-10, -2, -1, 1, 3, 20))) if suerte < 0.08 else total


def _documento(tipo: TipoCasilla, azar: Azar) -> str:
    if tipo is TipoCasilla.VOTO_ANTICIPADO:
        return "ACTA VA"
    if tipo is TipoCasilla.PRISION_PREVENTIVA:
        return "ACTA VPPP"
    suerte = azar.random()
    return "ACTA PREP" if suerte < 0.97 else "RPP" if suerte < 0.99 else "CC"
