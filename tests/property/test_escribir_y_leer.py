"""Writing a base de datos and reading it back is the identity, in every dialecto."""

import csv
import io
from collections.abc import Mapping
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from pregon.origin.motor import contar
from pregon.prep import escribir
from pregon.prep.acta import Acta
from pregon.prep.base_de_datos import BaseDeDatos, leer
from pregon.prep.corte import Corte
from pregon.prep.cuentas import cuentas, diferencias
from pregon.prep.dialecto import PRESETS, Dialecto
from pregon.prep.escribir.observaciones import Observaciones
from pregon.prep.recontar import recontar
from pregon.testing.estrategias import Noche, cortes, noches

DIALECTOS = st.sampled_from(list(PRESETS.values()))


def en(corte: Corte, dialecto: Dialecto) -> Corte:
    return replace(corte, jornada=replace(corte.jornada, dialecto=dialecto))


def escritos(corte: Corte) -> Mapping[str, bytes]:
    return dict(escribir.base_de_datos(corte, corte.resultados[0]))


def releida(corte: Corte) -> BaseDeDatos:
    nombre = escribir.nombres(corte, corte.resultados[0].eleccion).comprimido
    (base,) = leer(nombre, escritos(corte)[nombre])
    return base


def de_2024(acta: Acta) -> Acta:
    """Return the acta with its observation in the words of 2024: the wording is the dialecto's."""
    return replace(acta, observaciones=Observaciones(Dialecto())[acta.observaciones])


@given(cortes(), DIALECTOS)
def test_rows_come_back_as_they_were(corte: Corte, dialecto: Dialecto) -> None:
    resultado = corte.resultados[0]

    base = releida(en(corte, dialecto))

    assert base.columnas == resultado.eleccion.columnas
    assert [de_2024(a) for a in base.actas] == [de_2024(a) for a in resultado.actas]


@given(cortes(), DIALECTOS)
def test_header_and_stamp_come_back_as_they_were(corte: Corte, dialecto: Dialecto) -> None:
    encabezado = corte.resultados[0].totales.encabezado(ultimo=corte.ultimo)

    base = releida(en(corte, dialecto))

    assert base.sello == corte.instante
    assert base.publicado == {campo: str(valor) for campo, valor in encabezado.items()}


@given(cortes(), DIALECTOS)
def test_only_the_dialecto_itself_is_warned_of(corte: Corte, dialecto: Dialecto) -> None:
    def dichas(base: BaseDeDatos) -> list[tuple[str, int]]:
        # How it is written is told (names, separators, protection); what is written must be the same.
        suyas = {"R79, R87", "R87", "R88"}
        ajenas = (a for a in base.advertencias if a.regla not in suyas)
        return sorted((a.que, a.veces) for a in ajenas if a.que != "no es su nombre de 2024")

    assert dichas(releida(en(corte, dialecto))) == dichas(releida(en(corte, PRESETS["2024"])))


@given(noches(elecciones=1))
def test_the_hardest_night_is_recounted_from_its_files(noche: Noche) -> None:
    corte = contar(
        noche.jornada, numero=noche.numero, instante=noche.instante, ultimo=noche.ultimo, actas=noche.actas
    )
    resultado = replace(corte.resultados[0], municipios=())  # no column of the CSV names them
    nombre = escribir.nombres(corte, resultado.eleccion).resultados

    recuento = recontar(escritos(corte)[nombre], dialecto=corte.jornada.dialecto)

    assert list(diferencias(cuentas(resultado), recuento.cuentas)) == []
    assert list(recuento.diferencias(ultimo=corte.ultimo)) == []


@given(cortes(), DIALECTOS)
def test_the_same_corte_gives_the_same_bytes(corte: Corte, dialecto: Dialecto) -> None:
    otro = en(corte, dialecto)

    assert escritos(otro) == escritos(otro)


@given(cortes(), DIALECTOS)
def test_i5_no_cell_starts_a_formula(corte: Corte, dialecto: Dialecto) -> None:
    otro = en(corte, dialecto)
    tablas = {**escritos(otro), **dict(escribir.ordenados(otro, otro.resultados[0]))}
    for nombre, datos in tablas.items():
        if nombre.endswith(".csv"):
            propio = "," if nombre.endswith(("_actas.csv", "_cifras.csv")) else dialecto.delimitador
            for fila in csv.reader(io.StringIO(datos.decode("utf-8-sig")), delimiter=propio):
                libres = [c for c in fila if not c.startswith('="')]
                assert not [c for c in libres if c.strip().startswith(("=", "+", "-", "@")) and c != "-"]


@given(cortes())
def test_the_tidy_actas_add_up_to_the_corte(corte: Corte) -> None:
    resultado = corte.resultados[0]
    nombre = escribir.nombres(corte, resultado.eleccion).actas
    tabla = dict(escribir.ordenados(corte, resultado))[nombre].decode()

    contadas = [f for f in csv.DictReader(io.StringIO(tabla, newline="")) if f["contabilizada"] == "1"]

    suma = [sum(int(f[c.clave] or 0) for f in contadas) for c in resultado.eleccion.columnas]
    assert tuple(suma) == resultado.totales.votos
    assert sum(int(f["lista_nominal"]) for f in contadas) == resultado.totales.lista_nominal
