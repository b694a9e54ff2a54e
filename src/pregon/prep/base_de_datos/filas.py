"""One row → one `Acta`. A short row is one not arrived (COAH17); CONTABILIZADA rules, limits warn (R64)."""

import csv
import io
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from operator import itemgetter
from typing import Protocol, TypeVar

from pregon.errors import ErrorDeDatos
from pregon.prep.acta import (
    Acta,
    Casilla,
    Celda,
    Contabilizada,
    Marcador,
    Renglon,
    TipoCasilla,
    es_sin_acta,
)
from pregon.prep.base_de_datos.advertencias import Advertencias
from pregon.prep.base_de_datos.celdas import (
    MAL_ESCRITO,
    Celdas,
    contabilizada,
    corto,
    es_conteo,
    momento,
    numero,
)
from pregon.prep.base_de_datos.columnas import Campo, Esquema
from pregon.prep.base_de_datos.encabezado import es_de_cifras, partir
from pregon.prep.base_de_datos.limites import Limites
from pregon.prep.base_de_datos.nombres import desproteger, texto_normal


@dataclass(frozen=True, slots=True, kw_only=True)
class Fila:
    """What one row says: its acta, and the names that the catalogue is made from."""

    fila: int
    acta: Acta
    nombre_unidad: str
    entidad: str
    id_entidad: int | None
    otras: tuple[str, ...]
    """Texts of `Esquema.otras`, in its order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Filas:
    """All rows of a file, in its order but for those fuera de catálogo, which go last (R84)."""

    actas: Sequence[Acta]
    filas: Sequence[int]
    """Physical row of each of `actas`."""
    otras: Mapping[str, Sequence[str]]
    """By heading of `Esquema.otras`, the text of each of `actas`."""
    entidad: str
    """What most rows say; "" where none does."""
    id_entidad: int
    """Likewise; 0 where none does."""
    nombres: Mapping[int, Counter[str]]
    """By unidad, how often the rows of the catalogue give it each name."""
    primeras: Mapping[int, int]
    """By unidad, its first physical row."""
    sin_unidad: Sequence[int]
    """Physical rows of the catalogue without unidad."""


class LeerFilas(Protocol):
    """A way to read the rows: `leer_filas`, or a faster one that gives the same."""

    def __call__(
        self,
        renglones: "Renglones",
        *,
        esquema: Esquema,
        unidad: tuple[Campo, Campo],
        delimitador: str,
        limites: Limites,
        advertencias: Advertencias,
    ) -> Filas:
        """Read every row of `renglones`."""
        ...


def leer_filas(
    renglones: "Renglones",
    *,
    esquema: Esquema,
    unidad: tuple[Campo, Campo],
    delimitador: str,
    limites: Limites,
    advertencias: Advertencias,
) -> Filas:
    """Read every row.

    `unidad` names the two columns (number, name) of the unit of contest.
    """
    lector = Lector(esquema=esquema, unidad=unidad, delimitador=delimitador, advertencias=advertencias)
    registros = _registros(renglones, limites)
    filas = [leida for fila, celdas in registros if (leida := lector.leer(celdas, fila)) is not None]
    if not filas:
        que = "después de los nombres de columna no hay ningún renglón"
        lectura = "la base de datos se lee sin actas"
        advertencias.una(renglones.primera, "", que=que, lectura=lectura, regla="R85")
    # Stable: the order of the file is the order of the catalogue, whatever the file mixes in.
    filas.sort(key=lambda f: not f.acta.en_catalogo)
    nombres: dict[int, Counter[str]] = {}
    primeras: dict[int, int] = {}
    en_catalogo = [f for f in filas if f.acta.en_catalogo]
    for f in en_catalogo:
        if (numero := f.acta.casilla.unidad) is not None:
            nombres.setdefault(numero, Counter())[f.nombre_unidad] += 1
            primeras.setdefault(numero, f.fila)
    return Filas(
        actas=tuple([con_renglon(f.acta, i) for i, f in enumerate(filas, start=1)]),
        filas=tuple([f.fila for f in filas]),
        otras={nombre: tuple([f.otras[i] for f in filas]) for i, nombre in enumerate(esquema.otras)},
        entidad=mayoria(Counter(f.entidad for f in filas if f.entidad)) or "",
        id_entidad=mayoria(Counter(f.id_entidad for f in filas if f.id_entidad)) or 0,
        nombres=nombres,
        primeras=primeras,
        sin_unidad=[f.fila for f in en_catalogo if f.acta.casilla.unidad is None],
    )


def con_renglon(acta: Acta, renglon: int) -> Acta:
    """Return the acta at its place in the catalogue."""
    return acta if acta.renglon == renglon else replace(acta, renglon=Renglon(renglon))


_T = TypeVar("_T")


def mayoria(cuenta: Counter[_T]) -> _T | None:
    """Return what more than half say: the entidad of a file; None in one of the whole country."""
    return next((v for v, veces in cuenta.most_common(1) if 2 * veces > cuenta.total()), None)


def _registros(renglones: "Renglones", limites: Limites) -> Iterator[tuple[int, list[str]]]:
    archivo, leidas = renglones.archivo, 0
    for fila, celdas in renglones:
        leidas += 1
        if leidas > limites.filas:
            raise ErrorDeDatos(f"pasa de {limites.filas} renglones", archivo=archivo, fila=fila)
        if not any(map(str.strip, celdas)):
            continue
        if len(celdas) > limites.columnas:
            raise ErrorDeDatos(f"pasa de {limites.columnas} columnas", archivo=archivo, fila=fila)
        if max(map(len, celdas)) > limites.celda:
            columna = next(i for i, c in enumerate(celdas, start=1) if len(c) > limites.celda)
            causa = f"una celda pasa de {limites.celda} caracteres"
            raise ErrorDeDatos(causa, archivo=archivo, fila=fila, columna=str(columna))
        yield fila, celdas


_LINEAS_DE_CELDA = 20
"""A quoted cell of more lines than this is a quote that was never closed."""


@dataclass(slots=True, kw_only=True)
class Renglones:
    """Physical rows and their cells, line by line: a quote never closed spoils one row only.

    `texto` begins at physical row `primera`; each row has `ancho` cells.
    """

    texto: str
    archivo: str
    primera: int
    delimitador: str
    ancho: int
    advertencias: Advertencias
    sin_cerrar: int | None = None
    """Row of the quote that is still open where the text ends, once all were read."""

    def __iter__(self) -> Iterator[tuple[int, list[str]]]:
        """Yield each row once."""
        lineas = io.StringIO(self.texto, newline="")
        fila = self.primera
        for linea in lineas:
            juntas, n = linea, 1
            if linea.count('"') % 2:
                if len(linea.split(self.delimitador)) >= self.ancho:
                    que, lectura = "comillas sin cerrar", "se leen como parte del texto"
                    self.advertencias.una(fila, "", que=que, lectura=lectura)
                    yield fila, linea.rstrip("\r\n").split(self.delimitador)
                    fila += 1
                    continue
                juntas, n = self._juntar(linea, fila, lineas)
            try:
                yield fila, partir(juntas.rstrip("\r\n"), self.delimitador)
            except csv.Error as error:
                causa = "una celda no termina: hay comillas sin cerrar o el archivo está dañado"
                raise ErrorDeDatos(causa, archivo=self.archivo, fila=fila) from error
            fila += n

    def _juntar(self, linea: str, fila: int, lineas: io.StringIO) -> tuple[str, int]:
        juntas, n = linea, 1
        while juntas.count('"') % 2 and n < _LINEAS_DE_CELDA:
            otra = lineas.readline()
            if not otra:
                self.sin_cerrar = fila
                break
            juntas, n = juntas + otra, n + 1
        que, lectura = "una celda abarca varias líneas", "se juntan; puede haber comillas sin cerrar"
        self.advertencias.una(fila, "", que=que, lectura=lectura)
        return juntas, n


_CONOCIDAS = re.compile("LEGIBLE|SIN DATO|VACIO|EXCEDE")


class Lector:
    """Turns the cells of a row into an acta, with what it remembers of the rows before."""

    def __init__(
        self, *, esquema: Esquema, unidad: tuple[Campo, Campo], delimitador: str, advertencias: Advertencias
    ) -> None:
        """Start before the first row; see `leer_filas`."""
        self._esquema = esquema
        self._delimitador = delimitador
        self._siguen_cifras = False
        self._advertencias = advertencias
        self._id_unidad, self._nombre_unidad = unidad
        self._sin_unidades = esquema.campos.keys().isdisjoint(unidad)
        self._celdas = Celdas()
        self._leyendas: dict[str, str] = {}  # what is told of a marker in other letters → its first column
        self._tomar: Callable[[Sequence[str]], tuple[str, ...]] = _varios(esquema.votos)
        self._textos: dict[str, str] = {}
        self._claves: set[str] = set()
        self._renglon = 0

    def leer(self, celdas: list[str], fila: int) -> Fila | None:
        """Return the acta of a row; None, told, for a row that is none."""
        esquema, avisar = self._esquema, self._advertencias
        faltan = esquema.ancho - len(celdas)
        if faltan > 0:
            celdas += [""] * faltan
        elif faltan < 0 and any(map(str.strip, celdas[esquema.ancho :])):
            celdas = self._rehacer(celdas, fila)
        r = _Renglon(celdas, esquema.campos)
        if not self._es_acta(r, celdas):
            que = "no es un acta, sino un total, una nota o un encabezado repetido"
            avisar.una(fila, "", que=que, lectura="no se cuenta", regla="R85")
            return None
        if faltan > 0:
            # «Not yet captured» is what the cells that are not there would say (R59, R85).
            que = f"renglón corto: {esquema.ancho - faltan} de {esquema.ancho} campos"
            avisar.una(fila, "", que=que, lectura="lo que falta se lee como no capturado", regla="R85")
        self._renglon += 1
        escritos = self._tomar(celdas)
        if faltan > 0:
            ancho = esquema.ancho - faltan
            escritos = tuple("-" if i >= ancho else c for i, c in zip(esquema.votos, escritos, strict=True))
        votos = tuple(map(self._celdas.__getitem__, escritos))
        if self._celdas.raras:
            self._avisar_raras(escritos, fila)
        observaciones = self._texto(desproteger(r[Campo.OBSERVACIONES]))
        if Campo.OBSERVACIONES not in esquema.campos:
            observaciones = self._observacion_deducida(r, votos)
        acta = Acta(
            renglon=Renglon(self._renglon),
            casilla=self._casilla(r, fila),
            tipo_acta=self._texto(desproteger(r[Campo.TIPO_ACTA])),
            contabilizada=self._contabilizada(r, observaciones, votos, fila),
            observaciones=observaciones,
            votos=votos,
            lista_nominal=numero(r[Campo.LISTA_NOMINAL]) or 0,
            representantes=self._celda(r, Campo.REPRESENTANTES),
            boletas_sobrantes=self._celda(r, Campo.SOBRANTES),
            personas_votaron=self._celda(r, Campo.PERSONAS),
            representantes_votaron=self._celda(r, Campo.REP_VOTARON),
            votos_sacados=self._celda(r, Campo.SACADOS),
            total_asentado=self._celda(r, Campo.ASENTADO),
            mecanismos_traslado=self._texto(_vacio(r[Campo.MECANISMOS])),
            codigo_integridad=_vacio(r[Campo.CODIGO]).lower(),
            acopio=momento(r[Campo.ACOPIO]),
            captura=momento(r[Campo.CAPTURA]),
            verificacion=momento(r[Campo.VERIFICACION]),
            origen=self._texto(_vacio(r[Campo.ORIGEN])),
            digitalizacion=self._texto(_vacio(r[Campo.DIGITALIZACION])),
            tipo_documento=self._texto(_vacio(r[Campo.TIPO_DOCUMENTO])),
        )
        acta = self._con_total(acta, r, fila)
        self._avisar_repetida(desproteger(r[Campo.CLAVE_ACTA] or r[Campo.CLAVE_CASILLA]), fila)
        self._revisar(acta, r, fila)
        return Fila(
            fila=fila,
            acta=acta,
            nombre_unidad=self._texto(desproteger(r[self._nombre_unidad])),
            entidad=self._texto(desproteger(r[Campo.ENTIDAD])),
            id_entidad=numero(r[Campo.ID_ENTIDAD]),
            otras=tuple([self._texto(celdas[i]) for i in esquema.otras.values()]),
        )

    def _rehacer(self, celdas: list[str], fila: int) -> list[str]:
        """Join again a text that held the delimiter without quotes, where CONTABILIZADA shows that it did."""
        esquema, avisar = self._esquema, self._advertencias
        de_mas = len(celdas) - esquema.ancho
        lugar = esquema.campos.get(Campo.CONTABILIZADA)
        if lugar is not None and contabilizada(celdas[lugar]) is None:
            for campo in (Campo.OBSERVACIONES, self._nombre_unidad, Campo.DISTRITO, Campo.MUNICIPIO):
                if (i := esquema.campos.get(campo)) is None:
                    continue
                texto = self._delimitador.join(celdas[i : i + de_mas + 1])
                rehecho = [*celdas[:i], texto, *celdas[i + de_mas + 1 :]]
                nominal = esquema.campos.get(Campo.LISTA_NOMINAL, lugar)
                if contabilizada(rehecho[lugar]) is not None and es_conteo(rehecho[nominal]):
                    que = f"trae «{self._delimitador}» sin comillas"
                    avisar.una(fila, esquema.encabezados[i], que=que, lectura="se junta en una sola celda")
                    return rehecho
        sobra = corto(self._delimitador.join(celdas[esquema.ancho :]))
        que = f"renglón largo: {len(celdas)} campos para {esquema.ancho} columnas"
        avisar.una(fila, "", que=que, lectura=f"no se usa el final, «{sobra}»", regla="R85")
        return celdas

    def _es_acta(self, r: "_Renglon", celdas: Sequence[str]) -> bool:
        """Tell a row from a total, a note or a repeated heading: it names a casilla, or is registered."""
        if self._siguen_cifras:
            self._siguen_cifras = False
            return False
        if _identificada(r):
            return sum(map(bool, map(str.strip, celdas))) > 3
        registrada = (
            contabilizada(r[Campo.CONTABILIZADA]) not in {None, Contabilizada.PENDIENTE}
            or _fuera_de_catalogo(texto_normal(r[Campo.OBSERVACIONES]))
            or len(desproteger(r[Campo.CODIGO])) == 64
        )
        self._siguen_cifras = not registrada and es_de_cifras(celdas)
        return registrada

    def _observacion_deducida(self, r: "_Renglon", votos: tuple[Celda, ...]) -> str:
        """Return the text of R59 that the cells give, where the file has no column OBSERVACIONES."""
        tope = numero(r[Campo.REPRESENTANTES])
        nominal = numero(r[Campo.LISTA_NOMINAL])
        suma = sum(v for v in votos if isinstance(v, int))
        if tope is not None and nominal is not None and 0 < nominal + tope < suma:
            return "EXCEDE LISTA NOMINAL"
        if Marcador.SIN_ACTA in votos:
            return "SIN ACTA"
        if not {Marcador.ILEGIBLE, Marcador.SIN_DATO, Marcador.INCONSISTENTE} & set(votos):
            return ""
        hay = any(isinstance(v, int) for v in votos)
        return f"{'ALGUN CAMPO ILEGIBLE' if hay else 'TODOS ILEGIBLES'} O SIN DATO"

    def _casilla(self, r: "_Renglon", fila: int) -> Casilla:
        escrito = texto_normal(r[Campo.TIPO_CASILLA])
        tipo = _tipo(r)
        if escrito not in {tipo.value, "", "-", "N/A"}:
            lectura = f"se lee {tipo.value}" if tipo.value else "no se reconoce; queda sin tipo"
            que = f"«{corto(escrito)}»"
            self._advertencias.una(fila, "TIPO_CASILLA", que=que, lectura=lectura, regla="R82")
        otra = Campo.ID_MUNICIPIO if self._id_unidad is Campo.ID_DISTRITO else None
        # 0 is the entidad itself: a row that claims distrito 0 (COAH17) belongs to none.
        propia = numero(r[self._id_unidad]) or numero(r[self._nombre_unidad]) or None
        return Casilla(
            clave=desproteger(r[Campo.CLAVE_CASILLA]),
            unidad=0 if self._sin_unidades else propia,
            seccion=numero(r[Campo.SECCION]) or None,
            numero=numero(r[Campo.ID_CASILLA]),
            tipo=tipo,
            extension=numero(r[Campo.EXT_CONTIGUA]) or (1 if escrito == "E1C" else 0),
            ubicacion=numero(r[Campo.UBICACION]),
            municipio=numero(r[otra]) if otra else None,
        )

    def _contabilizada(
        self, r: "_Renglon", observaciones: str, votos: tuple[Celda, ...], fila: int
    ) -> Contabilizada:
        avisar = self._advertencias
        if Campo.CONTABILIZADA not in self._esquema.campos:
            inferida = _inferida(texto_normal(observaciones), votos)
            return inferida if _identificada(r) else Contabilizada.FUERA_DE_CATALOGO
        escrita = r[Campo.CONTABILIZADA]
        dicha = contabilizada(escrita)
        conocida = dicha is not None
        if dicha is None:
            que, lectura = f"«{corto(escrita)}» no es 1, 0, 2 ni «-»", "el acta se toma como pendiente"
            avisar.una(fila, "CONTABILIZADA", que=que, lectura=lectura, regla="R59")
            dicha = Contabilizada.PENDIENTE
        registrada = dicha in {Contabilizada.SI, Contabilizada.NO}
        if _fuera_de_catalogo(texto_normal(observaciones)):
            if registrada:
                que = f"dice {corto(escrita)} en un acta fuera de catálogo"
                avisar.una(fila, "CONTABILIZADA", que=que, lectura="no suma", regla="R41")
            return Contabilizada.FUERA_DE_CATALOGO
        # 3 may be the kind of sección of a pending row: only an acta that did arrive is fuera de catálogo.
        llegada = numero(r[Campo.UBICACION]) == 3 and _vacio(r[Campo.CODIGO])
        if dicha is Contabilizada.PENDIENTE and (llegada or not _identificada(r)):
            que, lectura = "registrada y sin casilla del catálogo", "se toma como fuera de catálogo"
            avisar.una(fila, "CONTABILIZADA", que=que, lectura=lectura, regla="R41")
            return Contabilizada.FUERA_DE_CATALOGO
        sin_acta = es_sin_acta(observaciones) or Marcador.SIN_ACTA in votos
        if dicha is Contabilizada.PENDIENTE and sin_acta:
            # R44 would count it among the captured; a header that left it blank did not (data.md).
            que, lectura = "vacía en un caso «Sin acta»", "no se cuenta como capturada"
            avisar.una(fila, "CONTABILIZADA", que=que, lectura=lectura, regla="R44, R59")
            return Contabilizada.PENDIENTE
        if dicha is Contabilizada.PENDIENTE and conocida and any(v.__class__ is int and v for v in votos):
            que = "sin 1 ni 0 en un acta con votos"
            avisar.una(fila, "CONTABILIZADA", que=que, lectura="se toma como pendiente", regla="R59")
        return dicha

    def _con_total(self, acta: Acta, r: "_Renglon", fila: int) -> Acta:
        """Keep what TOTAL_VOTOS_CALCULADO counts beyond the cells: published totals are its sum (data.md)."""
        escrito = r[Campo.CALCULADO]
        if not escrito or not acta.en_catalogo:
            return acta
        impreso = numero(escrito)
        if impreso is None:
            return acta
        if "." in escrito or "," in escrito:
            que, lectura = MAL_ESCRITO
            self._advertencias.una(fila, "TOTAL_VOTOS_CALCULADO", que=que, lectura=lectura, regla="R58")
        suma = acta.total_calculado
        if impreso == suma:
            return acta
        if not acta.contada:
            if impreso:
                self._avisar_total(fila, impreso, suma, "el acta no se contabiliza")
            return acta
        self._avisar_total(fila, impreso, suma, "en los totales cuenta lo que dice")
        return replace(acta, sin_desglose=impreso - suma)

    def _avisar_total(self, fila: int, impreso: int, suma: int, lectura: str) -> None:
        que = f"dice {impreso} y las columnas de votos suman {suma}"
        self._advertencias.una(fila, "TOTAL_VOTOS_CALCULADO", que=que, lectura=lectura, regla="R49")

    def _revisar(self, acta: Acta, r: "_Renglon", fila: int) -> None:
        avisar = self._advertencias.una
        if acta.contada:
            if acta.sin_acta:
                que = "dice 1 en un caso «Sin acta»"
                avisar(fila, "CONTABILIZADA", que=que, lectura="manda CONTABILIZADA", regla="R64")
            elif (dicha := texto_normal(acta.observaciones)).startswith(("EXCEDE", "TODO")):
                que = f"dice 1 con la observación «{corto(dicha)}»"
                avisar(fila, "CONTABILIZADA", que=que, lectura="manda CONTABILIZADA", regla="R64")
            elif isinstance(acta.representantes, int):
                # Especiales have no lista nominal; where the file gives no other limit there is none (R65).
                tope = acta.lista_nominal + acta.representantes
                if 0 < tope < acta.total_calculado:
                    que = f"{acta.total_calculado} votos exceden lista nominal y representantes ({tope})"
                    avisar(fila, "CONTABILIZADA", que=que, lectura="manda CONTABILIZADA", regla="R64")
            nominal = r[Campo.LISTA_NOMINAL]
            if numero(nominal) is None:
                que = f"«{corto(nominal)}» no es un número"
                avisar(fila, "LISTA_NOMINAL", que=que, lectura="suma 0", regla="R46")
            elif "." in nominal or "," in nominal:
                que, lectura = MAL_ESCRITO
                avisar(fila, "LISTA_NOMINAL", que=que, lectura=lectura, regla="R58")
        elif acta.contabilizada is Contabilizada.NO and acta.observaciones in {"", "-"}:
            que, lectura = "vacía en un acta no contabilizada", "queda sin motivo"
            avisar(fila, "OBSERVACIONES", que=que, lectura=lectura, regla="R63")
        if acta.inconsistente and not _CONOCIDAS.search(texto_normal(acta.observaciones)):
            que = f"«{acta.observaciones[:60]}» no es una observación conocida"
            avisar(fila, "OBSERVACIONES", que=que, lectura="cuenta como inconsistencia", regla="R52, R62")
        horas = [h for h in (acta.acopio, acta.captura, acta.verificacion) if h is not None]
        if acta.captura is not None and horas != sorted(horas):
            que = "acopio, captura y verificación no van en ese orden"
            avisar(fila, "FECHA_HORA_VERIFICACION", que=que, lectura="se leen como están", regla="R99")

    def _avisar_repetida(self, clave: str, fila: int) -> None:
        if clave in {"", "N/A", "-"}:
            return
        if clave in self._claves:
            lectura = "el acta se identifica por su renglón"
            self._advertencias.una(fila, "CLAVE_ACTA", que="la clave se repite", lectura=lectura, regla="R83")
        self._claves.add(clave)

    def _avisar_raras(self, escritos: Sequence[str], fila: int) -> None:
        raras = self._celdas.raras
        dichas: set[object] = set()
        for posicion, texto in zip(self._esquema.votos, escritos, strict=True):
            rara = raras.get(texto)
            if rara is None or rara in dichas:
                continue
            columna = self._esquema.encabezados[posicion]
            if rara.leyenda:
                dichas.add(rara)
                columna = self._leyendas.setdefault(rara.que, columna)
            self._advertencias.una(fila, columna, que=rara.que, lectura=rara.lectura, regla=rara.regla)

    def _celda(self, r: "_Renglon", campo: Campo) -> Celda:
        return self._celdas[r[campo]] if campo in self._esquema.campos else Marcador.VACIO

    def _texto(self, texto: str) -> str:
        """Keep one copy of a text that thousands of rows repeat."""
        return self._textos.setdefault(texto, texto)


class _Renglon:
    """Cells by meaning; a column that the file lacks is empty."""

    __slots__ = ("_campos", "_celdas")

    def __init__(self, celdas: Sequence[str], campos: Mapping[Campo, int]) -> None:
        self._celdas = celdas
        self._campos = campos

    def __getitem__(self, campo: Campo) -> str:
        i = self._campos.get(campo)
        return "" if i is None else self._celdas[i]


def _varios(posiciones: Sequence[int]) -> Callable[[Sequence[str]], tuple[str, ...]]:
    if len(posiciones) == 1:
        unica = posiciones[0]
        return lambda celdas: (celdas[unica],)
    return itemgetter(*posiciones)


def _vacio(texto: str) -> str:
    limpio = desproteger(texto)
    return "" if limpio in {"-", "N/A", "NaN", "nan", "NULL"} else limpio


_FUERA = re.compile(r"FUERA( DE)?( EL| DEL)? CAT|NO IDENTIFICADA|FUERA")
"""«No identificada» is how the LEEMEs of 2012 to 2017 call it."""


def _fuera_de_catalogo(observaciones: str) -> bool:
    m = _FUERA.search(observaciones)
    return m is not None and (m[0] != "FUERA" or m[0] == observaciones)


def _identificada(r: _Renglon) -> bool:
    """Tell whether a row says of which casilla it is, or that it has none: VA, VPPP, VMRE (R76)."""
    seccion = desproteger(r[Campo.SECCION])
    return (
        any(map(str.isdigit, seccion))
        or seccion.upper() == "N/A"
        or _CLAVE.search(r[Campo.CLAVE_CASILLA] or r[Campo.CLAVE_ACTA]) is not None
        or _tipo(r) is not TipoCasilla.DESCONOCIDA
    )


_TIPO = re.compile(r"(?P<letra>[BCESAPMU])(?:(?:MR|RP|[ _-]?[0-9]).*)?|V(?:[ _-]?[0-9].*)?")
_TIPO_EN_PALABRAS = {
    "BASICA": TipoCasilla.BASICA, "CONTIGUA": TipoCasilla.CONTIGUA, "ESP": TipoCasilla.ESPECIAL,
    "EXTRAORDINARIA": TipoCasilla.EXTRAORDINARIA, "ANTICIPAD": TipoCasilla.VOTO_ANTICIPADO,
    "VA": TipoCasilla.VOTO_ANTICIPADO, "VPPP": TipoCasilla.PRISION_PREVENTIVA,
    "PRISION": TipoCasilla.PRISION_PREVENTIVA, "VMRE": TipoCasilla.EXTRANJERO,
    "EXTRANJERO": TipoCasilla.EXTRANJERO, "URNA": TipoCasilla.URNA_ELECTRONICA,
}  # fmt: skip
_CLAVE = re.compile(r"[0-9]{4}")
_EN_CLAVE = re.compile(r"[0-9]{5,6}([BCESAPMU])[0-9]{2,4}")


def _tipo(r: _Renglon) -> TipoCasilla:
    """Return the type of casilla as its own column, the casilla (``S1``) or the key tells it."""
    for campo in (Campo.TIPO_CASILLA, Campo.CASILLA, Campo.ID_CASILLA):
        tipo = tipo_escrito(r[campo])
        if tipo is not TipoCasilla.DESCONOCIDA:
            return tipo
    m = _EN_CLAVE.match(desproteger(r[Campo.CLAVE_CASILLA] or r[Campo.CLAVE_ACTA]))
    return TipoCasilla(m[1]) if m else TipoCasilla.DESCONOCIDA


@lru_cache(maxsize=1024)
def tipo_escrito(escrito: str) -> TipoCasilla:
    """Read ``S``, ``S1``, ``SRP`` or a word: an especial begins like an extraordinaria and is none."""
    texto = texto_normal(escrito[:40])
    if m := _TIPO.fullmatch(texto):
        # INE wrote V in 2021 for the vote of persons in prison (LEEME).
        return TipoCasilla(m["letra"]) if m["letra"] else TipoCasilla.PRISION_PREVENTIVA
    palabras = texto.removeprefix("VOTO ").removeprefix("CASILLA ")
    en_palabras = (t for palabra, t in _TIPO_EN_PALABRAS.items() if palabras.startswith(palabra))
    return next(en_palabras, TipoCasilla.DESCONOCIDA)


def _inferida(observaciones: str, votos: tuple[Celda, ...]) -> Contabilizada:
    """Say what R43 and R44 give where the file has no column CONTABILIZADA."""
    if _fuera_de_catalogo(observaciones):
        return Contabilizada.FUERA_DE_CATALOGO
    if (
        observaciones.startswith(("EXCEDE", "TODO"))
        or es_sin_acta(observaciones)
        or Marcador.SIN_ACTA in votos
    ):
        return Contabilizada.NO
    if any(isinstance(v, int) for v in votos):
        return Contabilizada.SI
    leidos = {Marcador.ILEGIBLE, Marcador.SIN_DATO, Marcador.INCONSISTENTE}
    return Contabilizada.NO if leidos & set(votos) else Contabilizada.PENDIENTE
