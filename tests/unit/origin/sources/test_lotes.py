"""Merging of files: what an acta is, which version rules, what is known at an instant."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from pregon.errors import ErrorDeDatos
from pregon.origin.sources.lotes import Catalogo, Lote, Reunion
from pregon.prep import deducir
from pregon.prep.acta import Acta, Contabilizada, Marcador, Renglon
from pregon.prep.base_de_datos import Advertencia, BaseDeDatos, leer
from pregon.prep.jornada import Tipo
from pregon.testing.captura import AYUN, DIP, Captura

MINUTO = timedelta(minutes=1)


@pytest.fixture(scope="module")
def captura() -> Captura:
    return Captura(casillas=400)


@pytest.fixture(scope="module")
def base(captura: Captura) -> BaseDeDatos:
    """Late in the night, most actas in."""
    return captura.base(DIP, 120)


@pytest.fixture(scope="module")
def catalogo(captura: Captura) -> Catalogo:
    return captura.catalogos()[DIP]


@pytest.fixture
def reunion(catalogo: Catalogo) -> Reunion:
    return Reunion(catalogo)


@pytest.fixture
def acta(base: BaseDeDatos) -> Acta:
    """Some counted acta."""
    return next(a for a in base.actas if a.contada and not a.rp)


def de(base: BaseDeDatos, *actas: Acta) -> BaseDeDatos:
    return replace(base, actas=actas, filas=tuple(range(len(actas))))


def sello(base: BaseDeDatos) -> datetime:
    assert base.sello
    return base.sello


def verificada(acta: Acta, despues: timedelta, votos: int) -> Acta:
    """Return a later version of an acta."""
    assert acta.verificacion
    return replace(acta, verificacion=acta.verificacion + despues, votos=(votos, *acta.votos[1:]))


def suya(actas: Sequence[Acta], acta: Acta) -> Acta:
    (hallada,) = [a for a in actas if a.casilla.clave == acta.casilla.clave and a.tipo_acta == acta.tipo_acta]
    return hallada


def sin_renglon(actas: Sequence[Acta]) -> Counter[Acta]:
    return Counter(replace(a, renglon=Renglon(0)) for a in actas)


def test_a_whole_export_gives_its_own_rows(reunion: Reunion, base: BaseDeDatos) -> None:
    lote = reunion.agregar(base, sello(base))

    assert lote == Lote(sello=sello(base), entero=True, avisos=())
    assert sin_renglon(reunion.en(sello(base))) == sin_renglon(base.actas)


def test_r86_rows_are_numbered_in_the_stable_order(reunion: Reunion, base: BaseDeDatos) -> None:
    reunion.agregar(de(base, *reversed(base.actas)), sello(base))

    actas = reunion.en(sello(base))

    assert [a.renglon for a in actas] == list(range(1, len(actas) + 1))
    lugares = [(a.casilla.unidad or 0, a.casilla.seccion or 0) for a in actas if a.en_catalogo]
    assert lugares == sorted(lugares)


def test_r85_every_row_of_the_catalogue_is_there_before_any_file(captura: Captura, reunion: Reunion) -> None:
    actas = reunion.en(captura.sello(1))

    assert {a.contabilizada for a in actas} == {Contabilizada.PENDIENTE}
    assert len(actas) == sum(a.en_catalogo for a in captura.actas(DIP, 1))


def test_rows_verified_later_are_pending(captura: Captura, reunion: Reunion, base: BaseDeDatos) -> None:
    reunion.agregar(base, sello(base))
    hasta = captura.sello(60)

    actas = reunion.en(hasta)

    local = captura.jornada.local(hasta).replace(tzinfo=None)
    finales = {(a.casilla, a.tipo_acta): a for a in base.actas if a.en_catalogo}
    for una in (a for a in actas if a.en_catalogo):
        verificacion = finales[una.casilla, una.tipo_acta].verificacion
        assert una.capturada == (verificacion is not None and verificacion <= local)


def test_sin_acta_counts_from_the_first_file_that_shows_it(reunion: Reunion, base: BaseDeDatos) -> None:
    sin_hora = next(a for a in base.actas if a.sin_acta)
    reunion.agregar(de(base, sin_hora), sello(base) + 9 * MINUTO)
    reunion.agregar(de(base, sin_hora), sello(base))

    antes, despues = reunion.en(sello(base) - MINUTO), reunion.en(sello(base))

    assert (suya(antes, sin_hora).sin_acta, suya(despues, sin_hora).sin_acta) == (False, True)


@pytest.mark.parametrize("orden", [(0, 1), (1, 0)], ids=["in order", "late"])
def test_the_newest_verification_rules(
    reunion: Reunion, base: BaseDeDatos, acta: Acta, orden: Sequence[int]
) -> None:
    versiones = acta, verificada(acta, MINUTO, 999)
    for i in orden:
        reunion.agregar(de(base, versiones[i]), sello(base))

    assert suya(reunion.en(sello(base)), acta).votos[0] == 999


def test_a_superseded_version_is_known_at_its_instant(
    captura: Captura, reunion: Reunion, base: BaseDeDatos, acta: Acta
) -> None:
    reunion.agregar(de(base, acta, verificada(acta, timedelta(hours=1), 999)), sello(base))
    assert acta.verificacion
    hasta = acta.verificacion.replace(tzinfo=captura.jornada.instituto.zona) + MINUTO

    assert suya(reunion.en(hasta), acta).votos == acta.votos


@pytest.mark.parametrize("orden", [(0, 1), (1, 0)], ids=["in order", "late"])
def test_r36_at_the_same_second_the_newest_file_rules_from_its_stamp_on(
    reunion: Reunion, base: BaseDeDatos, acta: Acta, orden: Sequence[int]
) -> None:
    corregida = replace(acta, votos=(Marcador.NO_APLICA, *acta.votos[1:]))
    archivos = (acta, sello(base)), (corregida, sello(base) + 10 * MINUTO)
    for i in orden:
        una, cuando = archivos[i]
        reunion.agregar(de(base, una), cuando)

    assert suya(reunion.en(sello(base) + 9 * MINUTO), acta).votos == acta.votos
    assert suya(reunion.en(sello(base) + 10 * MINUTO), acta).votos == corregida.votos


def test_a_pending_row_of_a_newer_file_takes_an_acta_back(
    reunion: Reunion, catalogo: Catalogo, base: BaseDeDatos, acta: Acta
) -> None:
    pendiente = suya(catalogo.actas, acta)
    reunion.agregar(de(base, acta), sello(base))
    reunion.agregar(de(base, pendiente), sello(base) - MINUTO)

    assert suya(reunion.en(sello(base)), acta).contada
    reunion.agregar(de(base, pendiente), sello(base) + MINUTO)
    assert not suya(reunion.en(sello(base) + MINUTO), acta).contada
    reunion.agregar(de(base, acta), sello(base) + 2 * MINUTO)
    assert suya(reunion.en(sello(base) + 2 * MINUTO), acta).contada


def test_c11_casilla_and_lista_nominal_are_the_catalogues(
    reunion: Reunion, base: BaseDeDatos, acta: Acta
) -> None:
    lote = reunion.agregar(de(base, replace(acta, lista_nominal=acta.lista_nominal + 5)), sello(base))

    assert suya(reunion.en(sello(base)), acta).lista_nominal == acta.lista_nominal
    assert "otra lista nominal" in "".join(lote.avisos)


def test_r41_an_acta_of_no_casilla_is_fuera_de_catalogo_and_told(
    reunion: Reunion, base: BaseDeDatos, acta: Acta
) -> None:
    ajena = replace(acta, casilla=replace(acta.casilla, clave="059999B0100"))

    lote = reunion.agregar(de(base, acta, ajena), sello(base))

    fuera = [a for a in reunion.en(sello(base)) if not a.en_catalogo]
    assert [(a.casilla.clave, a.votos) for a in fuera] == [("059999B0100", acta.votos)]
    assert lote.avisos[0] == (
        "actas registradas sin casilla en el catálogo; van fuera de catálogo (R41): "
        "1, como 059999B0100 acta 3"
    )


def test_what_the_reader_survived_is_told(reunion: Reunion, base: BaseDeDatos) -> None:
    rara = Advertencia(
        archivo="x", fila=9, columna="PAN", que="«12a» no es un número", lectura="no suma votos"
    )

    lote = reunion.agregar(replace(base, advertencias=(rara,)), sello(base))

    assert lote.avisos == ("fila 9, PAN: «12a» no es un número; no suma votos",)


def test_actas_of_which_none_is_of_the_catalogue_are_a_cause(
    reunion: Reunion, base: BaseDeDatos, acta: Acta
) -> None:
    ajena = replace(acta, casilla=replace(acta.casilla, clave="059999B0100"))
    fuera = next(a for a in base.actas if not a.en_catalogo)

    reunion.agregar(de(base, ajena, fuera), sello(base))
    con_ajenas = reunion.causas
    reunion.agregar(de(base, acta), sello(base))

    (causa,) = con_ajenas
    assert causa == "DIP_LOC: ninguna acta es del catálogo de la elección (la primera: 059999B0100 acta 3)"
    assert not reunion.causas


def test_fuera_de_catalogo_is_its_image_and_acopio_and_waits_for_it(
    captura: Captura, reunion: Reunion, base: BaseDeDatos
) -> None:
    una = next(a for a in base.actas if not a.en_catalogo)
    assert una.acopio
    otra = replace(una, acopio=una.acopio + 3 * MINUTO)
    reunion.agregar(de(base, una, una, otra), sello(base))
    reunion.agregar(de(base, otra), sello(base) + MINUTO)
    llegada = una.acopio.replace(tzinfo=captura.jornada.instituto.zona)

    cuantas = [sum(not a.en_catalogo for a in reunion.en(llegada + n * MINUTO)) for n in (-1, 0, 3)]

    assert cuantas == [0, 1, 2]


def test_an_acta_identified_later_is_listed_once(reunion: Reunion, base: BaseDeDatos, acta: Acta) -> None:
    fuera = next(a for a in base.actas if not a.en_catalogo)
    identificada = replace(acta, codigo_integridad=fuera.codigo_integridad)
    reunion.agregar(de(base, fuera), sello(base) - MINUTO)
    reunion.agregar(de(base, identificada), sello(base))

    actas = reunion.en(sello(base))

    assert [a.casilla.clave for a in actas if a.codigo_integridad == fuera.codigo_integridad] == [
        acta.casilla.clave
    ]


def repetidas(captura: Captura, actas: Sequence[Acta], base: BaseDeDatos) -> tuple[Reunion, BaseDeDatos]:
    """Return a night whose catalogue is these rows."""
    hecha = de(base, *actas)
    (dip,) = (e for e in captura.jornada.elecciones if e.clave == DIP)
    return Reunion(Catalogo(dip, hecha, captura.jornada.instituto.zona)), hecha


def test_r83_equal_keys_are_told_apart_by_the_catalogue(
    captura: Captura, base: BaseDeDatos, acta: Acta
) -> None:
    otra = replace(
        verificada(acta, MINUTO, 7), lista_nominal=acta.lista_nominal + 1, codigo_integridad="f" * 64
    )
    reunion, hecha = repetidas(captura, [acta, otra], base)
    reunion.agregar(de(hecha, otra), sello(base))

    pendiente, contada = reunion.en(sello(base))

    assert (pendiente.capturada, contada.votos[0]) == (False, 7)


def test_r83_rows_that_nothing_tells_apart_are_dealt_out_by_image(
    captura: Captura, base: BaseDeDatos, acta: Acta
) -> None:
    otra = replace(verificada(acta, MINUTO, 7), codigo_integridad="f" * 64)
    tercera = replace(verificada(acta, 2 * MINUTO, 8), codigo_integridad="e" * 64)
    corregida = replace(otra, votos=(9, *otra.votos[1:]), verificacion=tercera.verificacion)
    reunion, hecha = repetidas(captura, [acta, otra], base)
    for una in (tercera, corregida, otra, acta):
        reunion.agregar(de(hecha, una), sello(base))

    actas = reunion.en(sello(base))

    assert [(a.en_catalogo, a.votos[0]) for a in actas] == [(True, acta.votos[0]), (True, 9), (False, 8)]


def test_r83_two_sin_acta_written_alike_are_two(captura: Captura, base: BaseDeDatos) -> None:
    sin_hora = next(a for a in base.actas if a.sin_acta)
    reunion, hecha = repetidas(captura, [sin_hora, sin_hora], base)
    for _ in range(2):
        reunion.agregar(hecha, sello(base))

    assert [a.sin_acta for a in reunion.en(sello(base))] == [True, True]


def test_vote_columns_are_found_by_what_they_are(reunion: Reunion, base: BaseDeDatos, acta: Acta) -> None:
    orden = [*reversed(range(len(base.columnas)))]
    volteadas = tuple(
        replace(base.columnas[i], clave=f"X{i}", partidos=base.columnas[i].partidos[::-1])
        if len(base.columnas[i].partidos) > 1
        else base.columnas[i]
        for i in orden
    )
    volteada = replace(acta, votos=tuple(acta.votos[i] for i in orden))

    reunion.agregar(replace(de(base, volteada), columnas=volteadas), sello(base))

    assert suya(reunion.en(sello(base)), acta).votos == acta.votos


def test_a_missing_or_foreign_vote_column_is_named(reunion: Reunion, base: BaseDeDatos) -> None:
    with pytest.raises(ErrorDeDatos, match="faltan columnas de votos de la elección: PRI"):
        reunion.agregar(replace(base, columnas=(base.columnas[0], *base.columnas[2:])), sello(base))
    with pytest.raises(ErrorDeDatos, match=r"de la elección: PRI \(está, pero trae algo que no es un voto\)"):
        reunion.agregar(
            replace(base, columnas=(base.columnas[0], *base.columnas[2:]), otras={"PRI": ()}), sello(base)
        )
    ajena = replace(base.columnas[0], clave="XYZ", partidos=("XYZ",))
    with pytest.raises(ErrorDeDatos, match="trae columnas de votos que la elección no tiene: XYZ"):
        reunion.agregar(replace(base, columnas=(*base.columnas, ajena)), sello(base))


def test_rows_of_another_grain_are_refused(captura: Captura, reunion: Reunion) -> None:
    with pytest.raises(ErrorDeDatos, match="por municipio y los de la elección, por distrito"):
        reunion.agregar(captura.base(AYUN, 20), captura.sello(20))


def test_a_catalogue_with_a_unit_that_the_election_lacks_is_refused(
    captura: Captura, base: BaseDeDatos
) -> None:
    (dip,) = (e for e in captura.jornada.elecciones if e.clave == DIP)

    with pytest.raises(ErrorDeDatos, match="la elección no tiene distrito 16"):
        Catalogo(replace(dip, unidades=dip.unidades[:15]), base, captura.jornada.instituto.zona)


def puebla(datos_reales: Path, corte: str) -> BaseDeDatos:
    ruta = datos_reales / "puebla-2024" / "jornada" / corte / "PUE_GUB_2024.csv"
    return leer(ruta.name, ruta.read_bytes())[0]


def test_puebla_2024_the_two_real_exports_give_each_other_back(datos_reales: Path) -> None:
    a_las_18, a_las_20 = puebla(datos_reales, "20240603_1800"), puebla(datos_reales, "20240603_2000")
    noche, _ = deducir.jornada([a_las_20], tipo=Tipo.SIMULACRO, rol="simulacro-puebla")
    reunion = Reunion(Catalogo(noche.elecciones[0], a_las_18, noche.instituto.zona))
    for base in (a_las_20, a_las_18, a_las_20):
        reunion.agregar(base, sello(base))

    assert sin_renglon(reunion.en(sello(a_las_18))) == sin_renglon(a_las_18.actas)
    assert sin_renglon(reunion.en(sello(a_las_20))) == sin_renglon(a_las_20.actas)


def test_puebla_2024_from_the_last_export_alone_only_rows_without_a_time_differ(datos_reales: Path) -> None:
    a_las_18, a_las_20 = puebla(datos_reales, "20240603_1800"), puebla(datos_reales, "20240603_2000")
    noche, _ = deducir.jornada([a_las_20], tipo=Tipo.SIMULACRO, rol="simulacro-puebla")
    reunion = Reunion(Catalogo(noche.elecciones[0], a_las_18, noche.instituto.zona))
    reunion.agregar(a_las_20, sello(a_las_20))

    actas = reunion.en(sello(a_las_18))

    con_hora = [
        a for a in a_las_18.actas if not a.sin_acta and a.contabilizada is not Contabilizada.PENDIENTE
    ]
    assert len(con_hora) == 6767 + 462 + 12
    assert not sin_renglon(con_hora) - sin_renglon(actas)
    assert {a.sin_acta for a in (sin_renglon(actas) - sin_renglon(a_las_18.actas))} == {False}
