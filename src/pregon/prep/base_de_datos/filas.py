"""One row → one `Acta`. A short row is one not arrived (COAH17); CONTABILIZADA rules, limits warn (R64)."""

import csv
import io
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from operator import itemgetter

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
from pregon.prep.base_de_datos.celdas import Celdas, contabilizada, es_conteo, momento, numero
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


def leer_filas(
    texto: str,
    *,
    archivo: str,
    primera: int,
    delimitador: str,
    esquema: Esquema,
    unidad: tuple[Campo, Campo],
    limites: Limites,
    advertencias: Advertencias,
) -> list[Fila]:
    """Read every row of `texto`, whose first line is physical row `primera`; fuera de catálogo go last (R84).

    `unidad` names the two columns (number, name) of the unit of contest.
    """
    lector = _Lector(esquema=esquema, unidad=unidad, delimitador=delimitador, advertencias=advertencias)
    registros = _registros(texto, archivo, primera, delimitador, esquema.ancho, limites, advertencias)
    filas = [leida for fila, celdas in registros if (leida := lector.leer(celdas, fila)) is not None]
    if not filas:
        advertencias.una(primera, "", "después de los nombres de columna no hay ningún renglón")
    # Stable: the order of the file is the order of the catalogue, whatever the file mixes in.
    filas.sort(key=lambda f: not f.acta.en_catalogo)
    return [
        replace(f, acta=replace(f.acta, renglon=Renglon(i))) if f.acta.renglon != i else f
        for i, f in enumerate(filas, start=1)
    ]


def _registros(
    texto: str,
    archivo: str,
    primera: int,
    delimitador: str,
    ancho: int,
    limites: Limites,
    advertencias: Advertencias,
) -> Iterator[tuple[int, list[str]]]:
    leidas = 0
    for fila, celdas in _renglones(texto, archivo, primera, delimitador, ancho, advertencias):
        if not any(map(str.strip, celdas)):
            continue
        leidas += 1
        if leidas > limites.filas:
            raise ErrorDeDatos(f"pasa de {limites.filas} renglones", archivo=archivo, fila=fila)
        if len(celdas) > limites.columnas:
            raise ErrorDeDatos(f"pasa de {limites.columnas} columnas", archivo=archivo, fila=fila)
        if max(map(len, celdas)) > limites.celda:
            columna = next(i for i, c in enumerate(celdas, start=1) if len(c) > limites.celda)
            causa = f"una celda pasa de {limites.celda} caracteres"
            raise ErrorDeDatos(causa, archivo=archivo, fila=fila, columna=str(columna))
        yield fila, celdas


_LINEAS_DE_CELDA = 20
"""A quoted cell of more lines than this is a quote that was never closed."""


def _renglones(
    texto: str, archivo: str, primera: int, delimitador: str, ancho: int, advertencias: Advertencias
) -> Iterator[tuple[int, list[str]]]:
    """Yield the physical row and the cells, line by line: a quote never closed spoils one row only."""
    lineas = io.StringIO(texto, newline="")
    fila = primera
    for linea in lineas:
        juntas, n = linea, 1
        if linea.count('"') % 2:
            if len(linea.split(delimitador)) >= ancho:
                advertencias.repetida(fila, "", "comillas sin cerrar; se leen como parte del texto")
                yield fila, linea.rstrip("\r\n").split(delimitador)
                fila += 1
                continue
            while juntas.count('"') % 2 and n < _LINEAS_DE_CELDA and (otra := lineas.readline()):
                juntas, n = juntas + otra, n + 1
            mensaje = "una celda abarca varias líneas: puede haber comillas sin cerrar"
            advertencias.una(fila, "", mensaje)
        try:
            yield fila, partir(juntas.rstrip("\r\n"), delimitador)
        except csv.Error as error:
            causa = "una celda no termina: hay comillas sin cerrar o el archivo está dañado"
            raise ErrorDeDatos(causa, archivo=archivo, fila=fila) from error
        fila += n


_CONOCIDAS = re.compile("LEGIBLE|SIN DATO|EXCEDE")
_CON_COMAS = "lleva decimales o comas; un conteo se escribe sólo con dígitos (R58)"


class _Lector:
    """Turns the cells of a row into an acta, with what it remembers of the rows before."""

    def __init__(
        self, *, esquema: Esquema, unidad: tuple[Campo, Campo], delimitador: str, advertencias: Advertencias
    ) -> None:
        self._esquema = esquema
        self._delimitador = delimitador
        self._siguen_cifras = False
        self._advertencias = advertencias
        self._id_unidad, self._nombre_unidad = unidad
        self._celdas = Celdas()
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
            mensaje = "no es un acta (total, nota o encabezado repetido); no se cuenta"
            avisar.repetida(fila, "", mensaje)
            return None
        if faltan > 0:
            # «Not yet captured» is what the cells that are not there would say (R59, R85).
            mensaje = f"renglón corto: {esquema.ancho - faltan} de {esquema.ancho} campos"
            avisar.repetida(fila, "", mensaje)
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
                    mensaje = f"trae «{self._delimitador}» sin comillas; se junta en una sola celda"
                    avisar.una(fila, esquema.encabezados[i], mensaje)
                    return rehecho
        mensaje = f"renglón largo: {len(celdas)} campos para {esquema.ancho} columnas; sobra el final"
        avisar.una(fila, "", mensaje)
        return celdas

    def _es_acta(self, r: "_Renglon", celdas: Sequence[str]) -> bool:
        """Tell a row from a total, a note or a repeated heading: it names a casilla, or is registered."""
        if self._siguen_cifras:
            self._siguen_cifras = False
            return False
        if _identificada(r):
            return sum(map(bool, map(str.strip, celdas))) > 3
        self._siguen_cifras = es_de_cifras(celdas)
        return (
            contabilizada(r[Campo.CONTABILIZADA]) not in {None, Contabilizada.PENDIENTE}
            or _fuera_de_catalogo(texto_normal(r[Campo.OBSERVACIONES]))
            or len(desproteger(r[Campo.CODIGO])) == 64
        )

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
            como = f"se lee {tipo.value}" if tipo.value else "no se reconoce"
            self._advertencias.repetida(fila, "TIPO_CASILLA", f"«{escrito[:20]}» {como}")
        otra = Campo.ID_MUNICIPIO if self._id_unidad is Campo.ID_DISTRITO else None
        return Casilla(
            clave=desproteger(r[Campo.CLAVE_CASILLA]),
            # 0 is the entidad itself: a row that claims distrito 0 (COAH17) belongs to none.
            unidad=numero(r[self._id_unidad]) or numero(r[self._nombre_unidad]) or None,
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
            avisar.una(
                fila,
                "CONTABILIZADA",
                f"«{escrita[:40]}» no es 1, 0, 2 ni «-»; el acta se toma como pendiente",
            )
            dicha = Contabilizada.PENDIENTE
        registrada = dicha in {Contabilizada.SI, Contabilizada.NO}
        if _fuera_de_catalogo(texto_normal(observaciones)):
            if registrada:
                avisar.una(
                    fila, "CONTABILIZADA", f"dice {escrita} en un acta fuera de catálogo; no suma (R41)"
                )
            return Contabilizada.FUERA_DE_CATALOGO
        # 3 may be the kind of sección of a pending row: only an acta that did arrive is fuera de catálogo.
        llegada = numero(r[Campo.UBICACION]) == 3 and _vacio(r[Campo.CODIGO])
        if dicha is Contabilizada.PENDIENTE and (llegada or not _identificada(r)):
            mensaje = "registrada y sin casilla del catálogo; se toma como fuera de catálogo (R41)"
            avisar.repetida(fila, "CONTABILIZADA", mensaje)
            return Contabilizada.FUERA_DE_CATALOGO
        sin_acta = es_sin_acta(observaciones) or Marcador.SIN_ACTA in votos
        if dicha is Contabilizada.PENDIENTE and sin_acta:
            # R44 would count it among the captured; a header that left it blank did not (data.md).
            avisar.repetida(
                fila, "CONTABILIZADA", "vacía en un caso «Sin acta»; no se cuenta como capturada (R44, R59)"
            )
            return Contabilizada.PENDIENTE
        if dicha is Contabilizada.PENDIENTE and conocida and any(v.__class__ is int and v for v in votos):
            avisar.repetida(
                fila, "CONTABILIZADA", "sin 1 ni 0 en un acta con votos; se toma como pendiente (R59)"
            )
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
            self._advertencias.repetida(fila, "TOTAL_VOTOS_CALCULADO", _CON_COMAS)
        suma = acta.total_calculado
        if impreso == suma:
            return acta
        if not acta.contada:
            if impreso:
                mensaje = f"dice {impreso} y las columnas de votos suman {suma}; el acta no se contabiliza"
                self._advertencias.una(fila, "TOTAL_VOTOS_CALCULADO", mensaje)
            return acta
        mensaje = f"dice {impreso} y las columnas de votos suman {suma}; en los totales cuenta lo que dice"
        self._advertencias.una(fila, "TOTAL_VOTOS_CALCULADO", mensaje)
        return replace(acta, sin_desglose=impreso - suma)

    def _revisar(self, acta: Acta, r: "_Renglon", fila: int) -> None:
        avisar = self._advertencias.una
        if acta.contada:
            if acta.sin_acta:
                avisar(fila, "CONTABILIZADA", "dice 1 en un caso «Sin acta»; manda CONTABILIZADA (R64)")
            elif (dicha := texto_normal(acta.observaciones)).startswith(("EXCEDE", "TODOS")):
                mensaje = f"dice 1 con la observación «{dicha[:40]}»; manda CONTABILIZADA (R64)"
                self._advertencias.repetida(fila, "CONTABILIZADA", mensaje)
            elif isinstance(acta.representantes, int):
                # Especiales have no lista nominal; where the file gives no other limit there is none (R65).
                tope = acta.lista_nominal + acta.representantes
                if 0 < tope < acta.total_calculado:
                    mensaje = f"{acta.total_calculado} votos exceden lista nominal y representantes ({tope})"
                    avisar(fila, "CONTABILIZADA", f"{mensaje}; sólo se avisa (R64)")
            nominal = r[Campo.LISTA_NOMINAL]
            if numero(nominal) is None:
                avisar(fila, "LISTA_NOMINAL", f"«{nominal[:40]}» no es un número; suma 0")
            elif "." in nominal or "," in nominal:
                self._advertencias.repetida(fila, "LISTA_NOMINAL", _CON_COMAS)
        elif acta.contabilizada is Contabilizada.NO and acta.observaciones in {"", "-"}:
            avisar(fila, "OBSERVACIONES", "vacía en un acta no contabilizada; debe decir el motivo (R63)")
        if acta.inconsistente and not _CONOCIDAS.search(texto_normal(acta.observaciones)):
            mensaje = (
                f"«{acta.observaciones[:60]}» no es una observación conocida; cuenta como inconsistencia"
            )
            self._advertencias.repetida(fila, "OBSERVACIONES", f"{mensaje} (R52, R62)")
        horas = [h for h in (acta.acopio, acta.captura, acta.verificacion) if h is not None]
        if acta.captura is not None and horas != sorted(horas):
            mensaje = "acopio, captura y verificación no van en ese orden (R99)"
            self._advertencias.repetida(fila, "FECHA_HORA_VERIFICACION", mensaje)

    def _avisar_repetida(self, clave: str, fila: int) -> None:
        if clave and clave in self._claves:
            mensaje = "la clave se repite; el acta se identifica por su renglón (R83)"
            self._advertencias.repetida(fila, "CLAVE_ACTA", mensaje)
        self._claves.add(clave)

    def _avisar_raras(self, escritos: Sequence[str], fila: int) -> None:
        raras = self._celdas.raras
        for posicion, texto in zip(self._esquema.votos, escritos, strict=True):
            if texto in raras:
                self._advertencias.una(fila, self._esquema.encabezados[posicion], raras[texto])

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


_FUERA = re.compile(r"FUERA( DE)?( EL| DEL)? CAT|FUERA")


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


_TIPO = re.compile(r"(?P<letra>[BCESAPMU])(?:(?:MR|RP|[ _-]?[0-9]).*)?")
_TIPO_EN_PALABRAS = {
    "BASICA": TipoCasilla.BASICA, "CONTIGUA": TipoCasilla.CONTIGUA, "ESPECIAL": TipoCasilla.ESPECIAL,
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
        tipo = _tipo_escrito(r[campo])
        if tipo is not TipoCasilla.DESCONOCIDA:
            return tipo
    m = _EN_CLAVE.match(desproteger(r[Campo.CLAVE_CASILLA] or r[Campo.CLAVE_ACTA]))
    return TipoCasilla(m[1]) if m else TipoCasilla.DESCONOCIDA


@lru_cache(maxsize=1024)
def _tipo_escrito(escrito: str) -> TipoCasilla:
    """Read ``S``, ``S1``, ``SRP`` or a word: an especial begins like an extraordinaria and is none."""
    texto = texto_normal(escrito[:40])
    if m := _TIPO.fullmatch(texto):
        return TipoCasilla(m["letra"])
    palabras = texto.removeprefix("VOTO ").removeprefix("CASILLA ")
    en_palabras = (t for palabra, t in _TIPO_EN_PALABRAS.items() if palabras.startswith(palabra))
    return next(en_palabras, TipoCasilla.DESCONOCIDA)


def _inferida(observaciones: str, votos: tuple[Celda, ...]) -> Contabilizada:
    """Say what R43 and R44 give where the file has no column CONTABILIZADA."""
    if _fuera_de_catalogo(observaciones):
        return Contabilizada.FUERA_DE_CATALOGO
    if (
        observaciones.startswith(("EXCEDE", "TODOS"))
        or es_sin_acta(observaciones)
        or Marcador.SIN_ACTA in votos
    ):
        return Contabilizada.NO
    if any(isinstance(v, int) for v in votos):
        return Contabilizada.SI
    leidos = {Marcador.ILEGIBLE, Marcador.SIN_DATO, Marcador.INCONSISTENTE}
    return Contabilizada.NO if leidos & set(votos) else Contabilizada.PENDIENTE
