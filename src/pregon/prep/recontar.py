"""The plain engine: a results CSV that Pregón wrote, added up again from its bytes alone (C1).

Made to be read aloud. Row by row: how is it treated, what does it add, where does it belong. The secciones
are summed as the rows pass; unidades, municipios and the entidad are sums of secciones. It shares with the
engine that makes the corte the vocabulary (which text is which case of R59, which heading which column) and
the one percentage, and no sum. Strict: Pregón wrote this file, so what it does not expect is a fault with its
row and column. What other institutes' files do is left to `prep.base_de_datos`.
"""

import csv
import io
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from operator import add, itemgetter
from types import MappingProxyType
from typing import Final

from pregon.errors import ErrorDeDatos, NoEsBaseDeDatos
from pregon.prep.acta import (
    Contabilizada,
    Marcador,
    TipoCasilla,
    clase,
    es_inconsistencia,
    es_rp,
    es_sin_acta,
)
from pregon.prep.base_de_datos.columnas import CAMPOS
from pregon.prep.corte import CAMPOS_ENCABEZADO, CIFRAS
from pregon.prep.cuentas import ENTIDAD, Clave, Cuentas
from pregon.prep.dialecto import PRESETS, VARIANTES, Dialecto, Observacion
from pregon.prep.porcentaje import porcentaje


@dataclass(frozen=True, slots=True, kw_only=True)
class Recuento:
    """What a results CSV adds up to, beside what it prints."""

    titulo: str
    sello: str
    """As printed (R32)."""
    publicado: Mapping[str, str]
    """The header figures as printed, by field name (R81)."""
    cuentas: Cuentas
    sin_desglose: Sequence[int]
    """Physical rows whose TOTAL_VOTOS_CALCULADO, which is what counts, is not the sum of their cells."""

    def encabezado(self, *, ultimo: bool) -> dict[str, str]:
        """Return the 13 header figures of the rows. `ultimo` is declared with the corte, not in the CSV."""
        cifras = self.cuentas.niveles[ENTIDAD]
        c = dict(zip(CIFRAS, cifras, strict=False))
        capturadas = c["contabilizadas"] + c["no_contabilizadas"]
        votos_c_cs = sum(cifras[len(CIFRAS) :]) + c["sin_desglose"]
        votos_s_cs = votos_c_cs - c["votos_especiales"]
        valores = (
            str(c["esperadas"]),
            str(capturadas + c["fuera_de_catalogo"]),
            str(c["fuera_de_catalogo"]),
            str(capturadas),
            porcentaje(capturadas, c["esperadas"]),
            str(c["contabilizadas"]),
            porcentaje(c["contabilizadas"], c["esperadas"]),
            porcentaje(c["inconsistentes"], c["esperadas"]),
            str(c["no_contabilizadas"]),
            str(c["lista_nominal"]),
            str(votos_c_cs),
            str(votos_s_cs),
            porcentaje(votos_c_cs if ultimo else votos_s_cs, c["lista_nominal"]),
        )
        return dict(zip(CAMPOS_ENCABEZADO, valores, strict=True))

    def diferencias(self, *, ultimo: bool) -> Iterator[str]:
        """Yield in Spanish every printed header figure that is not what the rows add up to."""
        for campo, suma in self.encabezado(ultimo=ultimo).items():
            if (impreso := self.publicado.get(campo)) != suma:
                dice = "falta" if impreso is None else f"dice {impreso}"
                yield f"encabezado, {campo}: {dice}; los renglones suman {suma}"


def recontar(
    datos: bytes,
    *,
    municipios: Mapping[int, int] = MappingProxyType({}),
    dialecto: Dialecto | None = None,
) -> Recuento:
    """Recount a results CSV. `municipios`: that of each sección, where the rows do not tell it.

    The words of every `PRESETS` are understood; `dialecto`: those of a night that has its own.
    NoEsBaseDeDatos when it has no header or no column row; ErrorDeDatos (row, column) at the first cell that
    is neither digits nor a marker.
    """
    texto = io.TextIOWrapper(io.BytesIO(datos), encoding="utf-8-sig", newline="")
    filas = enumerate(csv.reader(texto, delimiter=_separador(datos)), start=1)
    try:
        vocabulario = _Vocabulario((*PRESETS.values(), *([dialecto] if dialecto else [])))
        titulo, sello, publicado, columnas = _preambulo(filas, vocabulario)
        cuentas, sin_desglose = _sumar(filas, columnas, vocabulario, municipios)
    except UnicodeDecodeError as error:
        raise ErrorDeDatos("no está en UTF-8") from error
    except csv.Error as error:
        raise ErrorDeDatos(f"no es un CSV: {error}") from error
    return Recuento(
        titulo=titulo, sello=sello, publicado=publicado, cuentas=cuentas, sin_desglose=sin_desglose
    )


INICIO: Final = 10_000
"""Bytes among which the header of a results CSV begins."""


def parece_resultados(inicio: bytes) -> bool:
    """Say whether a file that begins like this is a results CSV, and not another table beside it."""
    return _SEPARADOR.search(inicio, 0, INICIO) is not None


_Filas = Iterator[tuple[int, list[str]]]
_SEPARADOR: Final = re.compile(rb'ACTAS_ESPERADAS"?([,;|\t])"?ACTAS_REGISTRADAS')
_SELLO: Final = re.compile(r"[0-9]{2}/[0-9]{2}/[0-9]{4} [0-9]{2}:[0-9]{2}")
_PREAMBULO: Final = 20
"""Rows at most before the one of the columns."""


def _separador(datos: bytes) -> str:
    """Return what stands between the first two names of the header."""
    hallado = _SEPARADOR.search(datos, 0, INICIO)
    if hallado is None:
        raise NoEsBaseDeDatos("no trae el encabezado de cifras (ACTAS_ESPERADAS…)")
    return hallado[1].decode()


def _preambulo(filas: _Filas, vocabulario: "_Vocabulario") -> tuple[str, str, dict[str, str], "_Columnas"]:
    """Read title, stamp and header figures, up to the row that names the columns (R79)."""
    titulo = sello = ""
    publicado: dict[str, str] = {}
    for n, fila in filas:
        celdas = [vocabulario.campo(_desnuda(celda)) for celda in fila]
        if n > _PREAMBULO:
            break
        if not any(celdas) or celdas[0].startswith("sep="):
            continue
        if {"SECCION", "CONTABILIZADA"} <= set(celdas):
            return titulo, sello, publicado, _columnas(celdas, n)
        if "ACTAS_ESPERADAS" in celdas:
            _, valores = next(filas, (n, []))
            publicado = dict(zip(celdas, map(_desnuda, valores), strict=False))
        elif _SELLO.match(celdas[0]):
            sello = celdas[0]
        else:
            titulo = titulo or celdas[0]
    raise NoEsBaseDeDatos("no trae los nombres de las columnas (SECCION, CONTABILIZADA…)")


def _desnuda(celda: str) -> str:
    """Return a cell without what protects it from a spreadsheet: ``'…`` or ``="…"`` (R88)."""
    if celda.startswith('="') and celda.endswith('"'):
        return celda[2:-1]
    return celda.strip().removeprefix("'")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Columnas:
    """Where everything stands in a row."""

    nombres: Sequence[str]
    votos: slice
    trato: tuple[int, ...]
    lugar: tuple[int, ...]
    nominal: int
    total: int


_TRATO: Final = ("CONTABILIZADA", "OBSERVACIONES", "TIPO_CASILLA")
_LUGAR: Final = ("SECCION", "TIPO_ACTA")
_UNIDAD: Final = (("ID_DISTRITO_LOCAL", "DISTRITO_LOCAL"), ("ID_MUNICIPIO", "MUNICIPIO"))
_ANTES, _DESPUES = "TOTAL_VOTOS_SACADOS", "TOTAL_VOTOS_ASENTADO"
"""The vote columns stand between these two (R82)."""


def _columnas(nombres: Sequence[str], fila: int) -> _Columnas:
    donde = {nombre: i for i, nombre in reversed(list(enumerate(nombres)))}
    unidad: tuple[str, ...] = next((par for par in _UNIDAD if donde.keys() >= set(par)), ())
    try:
        return _Columnas(
            nombres=nombres,
            votos=slice(donde[_ANTES] + 1, donde[_DESPUES]),
            trato=tuple(donde[nombre] for nombre in _TRATO),
            lugar=tuple(donde[nombre] for nombre in (*_LUGAR, *unidad)),
            nominal=donde["LISTA_NOMINAL"],
            total=donde["TOTAL_VOTOS_CALCULADO"],
        )
    except KeyError as falta:
        raise ErrorDeDatos("falta la columna", fila=fila, columna=falta.args[0]) from None


_Suma = tuple[int, ...]
"""`CIFRAS`, then a number per vote column."""


def _sumar(
    filas: _Filas, columnas: _Columnas, vocabulario: "_Vocabulario", municipios: Mapping[int, int]
) -> tuple[Cuentas, list[int]]:
    """Add up the rows, each where it belongs, and every other level; return too those of `sin_desglose`."""
    trato_de, lugar_de = itemgetter(*columnas.trato), itemgetter(*columnas.lugar)
    tratos: dict[tuple[str, ...], _Trato] = {}
    lugares: dict[tuple[str, ...], Clave] = {}
    numeros = _Numeros(vocabulario)
    opciones = columnas.nombres[columnas.votos]
    sin_votos = [0] * len(opciones)
    sumas: dict[Clave, _Suma] = {ENTIDAD: (0,) * (len(CIFRAS) + len(opciones))}
    actas: list[int] = []
    sin_desglose: list[int] = []
    for n, fila in filas:
        if len(fila) != len(columnas.nombres):
            if not any(fila):
                continue
            raise ErrorDeDatos(f"trae {len(fila)} celdas para {len(columnas.nombres)} columnas", fila=n)
        try:
            if (trato := tratos.get(textos := trato_de(fila))) is None:
                trato = tratos[textos] = _trato(vocabulario, *textos)
            if (lugar := lugares.get(textos := lugar_de(fila))) is None:
                lugar = lugares[textos] = _lugar(numeros, *textos)
            votos = list(map(numeros.__getitem__, fila[columnas.votos]))
            nominal = numeros[fila[columnas.nominal]]
            total = numeros[impreso := fila[columnas.total]]
        except KeyError:
            raise _ilegible(columnas, n, fila, numeros, vocabulario) from None
        if trato.contada:
            if impreso in numeros.marcadores:
                causa = f"«{impreso}» no es un número y el acta se contabiliza"
                raise ErrorDeDatos(causa, fila=n, columna="TOTAL_VOTOS_CALCULADO")
            suma = sum(votos)
            cifras = [*trato.cuenta, *votos]
            cifras[_LISTA_NOMINAL] = nominal
            cifras[_ESPECIALES] = total if trato.especial else 0
            if total != suma:
                cifras[_SIN_DESGLOSE] = total - suma
                sin_desglose.append(n)
        else:
            total = -1
            cifras = [*trato.cuenta, *sin_votos]
        if trato.fuera:
            lugar = ENTIDAD
        else:
            cifras[trato.nominal] = nominal
        actas.append(total)
        previas = sumas.get(lugar)
        sumas[lugar] = tuple(cifras) if previas is None else tuple(map(add, previas, cifras))
    niveles = _niveles(sumas, municipios)
    return Cuentas(columnas=tuple(opciones), niveles=niveles, actas=actas), sin_desglose


def _niveles(sumas: Mapping[Clave, _Suma], municipios: Mapping[int, int]) -> dict[Clave, _Suma]:
    """Return the secciones and what they make: unidades, municipios and, with the rest, the entidad (R72)."""
    secciones: dict[Clave, _Suma] = {}
    partes: dict[Clave, list[_Suma]] = defaultdict(list)
    sueltas: list[_Suma] = []
    for lugar, suma in sumas.items():
        nivel, unidad, seccion = lugar
        if nivel != "seccion":
            sueltas.append(suma)
            continue
        secciones[lugar] = suma
        partes["unidad", unidad, None].append(suma)
        if seccion is not None and seccion in municipios:
            partes["municipio", municipios[seccion], None].append(suma)
    niveles = {clave: _juntar(p) for clave, p in partes.items()}
    unidades = [suma for (nivel, _, _), suma in niveles.items() if nivel == "unidad"]
    return secciones | niveles | {ENTIDAD: _juntar([*unidades, *sueltas])}


def _juntar(sumas: Sequence[_Suma]) -> _Suma:
    return tuple(map(sum, zip(*sumas, strict=True)))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Trato:
    """How the rows with the same CONTABILIZADA, OBSERVACIONES and TIPO_CASILLA are treated (R59)."""

    contada: bool
    fuera: bool
    especial: bool
    """Its votes are told apart (R48)."""
    cuenta: tuple[int, ...]
    """What a row adds to `CIFRAS` by itself: actas, never votes nor lista nominal."""
    nominal: int
    """Place in `CIFRAS` of the lista nominal of its `Clase`."""


_LISTA_NOMINAL: Final = CIFRAS.index("lista_nominal")
_ESPECIALES: Final = CIFRAS.index("votos_especiales")
_SIN_DESGLOSE: Final = CIFRAS.index("sin_desglose")


def _trato(vocabulario: "_Vocabulario", contabilizada: str, observaciones: str, tipo_casilla: str) -> _Trato:
    """Return the treatment of a row. A CONTABILIZADA that is none is a KeyError."""
    observaciones = vocabulario.observaciones(observaciones)
    dicha = vocabulario.contabilizada(contabilizada, observaciones)
    fuera = dicha is Contabilizada.FUERA_DE_CATALOGO
    de_clase = clase(dicha, observaciones)
    suma_uno = {
        "esperadas": not fuera,
        "fuera_de_catalogo": fuera,
        "contabilizadas": dicha is Contabilizada.SI,
        "no_contabilizadas": dicha is Contabilizada.NO,
        "inconsistentes": not fuera and es_inconsistencia(observaciones),
        "sin_acta": not fuera and es_sin_acta(observaciones),
        f"actas: {de_clase.value}": True,
    }
    return _Trato(
        contada=dicha is Contabilizada.SI,
        fuera=fuera,
        especial=_desnuda(tipo_casilla) == TipoCasilla.ESPECIAL.value,
        cuenta=tuple(int(suma_uno.get(cifra, False)) for cifra in CIFRAS),
        nominal=CIFRAS.index(f"lista nominal: {de_clase.value}"),
    )


def _lugar(numeros: "_Numeros", seccion: str, tipo_acta: str, *unidad: str) -> Clave:
    """Return the sección of a row; the entidad for RP (R73) and for what is of no unidad (R76)."""
    numero = 0  # the entidad itself, where rows name no unidad
    if unidad:
        escrito, nombre = unidad
        numero = numeros[escrito]
        if escrito in numeros.marcadores or not nombre:
            return ENTIDAD
    de_seccion = numeros[seccion]
    if es_rp(tipo_acta):
        return ENTIDAD
    return "seccion", numero, None if seccion in numeros.marcadores else de_seccion


class _Numeros(dict[str, int]):
    """Text → what it adds, remembered: a count its number, a marker 0 (R60). Any other text is a KeyError."""

    def __init__(self, vocabulario: "_Vocabulario") -> None:
        super().__init__()
        self._vocabulario = vocabulario
        self.marcadores: set[str] = set()
        """Texts seen that are markers."""

    def __missing__(self, texto: str) -> int:
        limpio = _desnuda(texto)
        if _CONTEO.fullmatch(limpio):
            self[texto] = int(limpio)
        elif _leyenda(limpio) in self._vocabulario.marcadores:
            self.marcadores.add(texto)
            self[texto] = 0
        else:
            raise KeyError(texto)
        return self[texto]


_CONTEO: Final = re.compile(r"[0-9]{1,9}")


def _leyenda(texto: str) -> str:
    """Return a marker in capitals: ``sin_dato`` is SIN DATO."""
    return " ".join(texto.upper().replace("_", " ").split())


_CUENTAN: Final = (
    *chain(*_UNIDAD),
    *_LUGAR,
    *_TRATO,
    _ANTES,
    _DESPUES,
    "TOTAL_VOTOS_CALCULADO",
    "LISTA_NOMINAL",
)
"""Columns that a dialecto may call as `CAMPOS` knows them: nobody need be told it to recount."""
_OTRAS_LEYENDAS: Final = {"ILEGIBLES", "NO LEGIBLE", "SIN DATOS", "SINDATO", "SINACTA"}


class _Vocabulario:
    """The printed names and texts of some dialectos, back to those of 2024."""

    def __init__(self, dialectos: Sequence[Dialecto]) -> None:
        variantes = {**VARIANTES, **{nombre: CAMPOS[nombre].value for nombre in _CUENTAN}}
        self._campos = {impreso: campo for campo, otros in variantes.items() for impreso in otros}
        self._campos |= {impreso: campo for d in dialectos for campo, impreso in d.campos.items()}
        self._observaciones = {
            d.textos[o.value]: o.value for d in dialectos for o in Observacion if o.value in d.textos
        }
        self._contabilizada = {c.value: c for c in Contabilizada} | {
            d.fuera_de_catalogo: Contabilizada.FUERA_DE_CATALOGO
            for d in dialectos
            if d.fuera_de_catalogo != Contabilizada.PENDIENTE.value
        }
        propias = {_leyenda(d.texto(m.value)) for d in dialectos for m in Marcador}
        self.marcadores = propias | _OTRAS_LEYENDAS

    def campo(self, impreso: str) -> str:
        return self._campos.get(impreso, impreso)

    def observaciones(self, impresas: str) -> str:
        for impresa, observacion in self._observaciones.items():
            impresas = impresas.replace(impresa, observacion)
        return impresas

    def contabilizada(self, impresa: str, observaciones: str) -> Contabilizada:
        """Return what the cell says; some dialectos tell fuera de catálogo by OBSERVACIONES alone."""
        if (dicha := self._contabilizada.get(_desnuda(impresa))) is None:
            raise KeyError(impresa)
        if dicha is Contabilizada.PENDIENTE and Observacion.FUERA_DE_CATALOGO.value in observaciones:
            return Contabilizada.FUERA_DE_CATALOGO
        return dicha


def _ilegible(
    columnas: _Columnas, n: int, fila: Sequence[str], numeros: _Numeros, vocabulario: _Vocabulario
) -> ErrorDeDatos:
    """Return the error of the first cell of a row that nobody can read."""
    contabilizada, (seccion, _, *unidad) = columnas.trato[0], columnas.lugar
    medidas = range(len(fila))[columnas.votos]
    for i in sorted({*medidas, columnas.nominal, columnas.total, contabilizada, seccion, *unidad[:1]}):
        try:
            _ = vocabulario.contabilizada(fila[i], "") if i == contabilizada else numeros[fila[i]]
        except KeyError:
            break
    causa = f"«{fila[i][:40]}» no es un número ni una leyenda conocida"
    return ErrorDeDatos(causa, fila=n, columna=columnas.nombres[i])
