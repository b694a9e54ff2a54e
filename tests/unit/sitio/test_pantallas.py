"""What single screens say about counts that mislead easily: ties, zeros, markers, coalitions, halves."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from pregon import sitio
from pregon.paquete.difusores import DifusorPublico, Estado
from pregon.paquete.manifest import huella
from pregon.prep.acta import Contabilizada, Marcador, Renglon, TipoCasilla
from pregon.prep.cambios import con_cambios
from pregon.prep.contienda import columnas
from pregon.prep.corte import Corte, ResultadoMunicipio
from pregon.prep.corte_json import corte_json
from pregon.prep.jornada import Partido, Tipo, Unidad
from pregon.testing.noche import ELECCION, JUNTOS, NOCHE, Noche, cuenta
from pregon.testing.paginas import Pagina

ILEGIBLE, SIN_DATO = Marcador.ILEGIBLE, Marcador.SIN_DATO


def test_without_counted_actas_there_is_no_percentage() -> None:
    noche = Noche().pon(None).pon(None, unidad=2)
    hecho = arbol(cuenta(noche.actas))
    textos = {ruta: Pagina(datos).texto for ruta, datos in hecho.items() if ruta.endswith(".html")}
    assert not [ruta for ruta, texto in textos.items() if "0.0000" in texto]
    assert "Sin actas contabilizadas" in textos["index.html"]
    assert "Sin actas contabilizadas en este corte" in textos["diputaciones/distrito-01.html"]


def test_a_tie_is_awarded_to_nobody() -> None:
    noche = Noche().pon((40, 10, 50, 0, 0, 0)).pon((10, 0, 90, 0, 0, 0), unidad=2)
    hecho = arbol(cuenta(noche.actas))
    inicio = Pagina(hecho["index.html"]).texto
    assert "Empate entre ALFA-BETA y GAMA" in inicio
    assert "1 distrito en empate, que no se asigna a nadie" in inicio
    distrito = Pagina(hecho["diputaciones/distrito-01.html"]).texto
    assert "hay Empate entre" not in distrito
    assert "hay empate entre ALFA-BETA y GAMA ; la ventaja no se asigna a nadie" in distrito
    assert "lleva ventaja" not in distrito


def test_the_leader_is_told_in_words_with_votes_and_points() -> None:
    noche = Noche().pon((40, 10, 70, 0, 0, 5)).pon(None, nominal=600)
    texto = Pagina(arbol(cuenta(noche.actas))["diputaciones/distrito-01.html"]).texto
    assert (
        "Con 1 de 2 actas contabilizadas, GAMA lleva ventaja por 20 votos (16.0000 puntos porcentuales)"
        in texto
    )
    assert "La lista nominal de las actas pendientes es de 600" in texto


def test_a_coalition_shows_the_sum_behind_it() -> None:
    noche = Noche().pon((1200, 300, 70, 25, 0, 5))
    texto = Pagina(arbol(cuenta(noche.actas))["diputaciones/distrito-01.html"]).texto
    assert "ALFA 1,200 + BETA 300 + ALFA-BETA 25" in texto
    assert " 1,525 " in texto


def test_the_entidad_is_the_sum_of_its_units_where_a_coalition_is_partial() -> None:
    parcial = replace(ELECCION, coaliciones=(replace(JUNTOS, unidades=frozenset({1})),))
    actas = Noche().pon((10, 20, 0, 5, 0, 0)).pon((100, 200, 0, 0, 0, 0), unidad=2).actas
    texto = Pagina(arbol(cuenta(actas, noche=replace(NOCHE, elecciones=(parcial,))))["index.html"]).texto
    assert "ALFA Partido Alfa 100 " in texto
    assert "BETA Partido Beta 200 " in texto
    assert "ALFA-BETA Juntos 35 " in texto


def test_corte_json_and_pages_agree_where_a_coalition_is_partial() -> None:
    """The entidad is the sum of its units in both, never a second reading of the columns."""
    parcial = replace(ELECCION, coaliciones=(replace(JUNTOS, unidades=frozenset({1})),))
    actas = Noche().pon((10, 20, 0, 5, 0, 0)).pon((100, 200, 0, 0, 0, 0), unidad=2).actas
    hecho = arbol(cuenta(actas, noche=replace(NOCHE, elecciones=(parcial,))))
    (eleccion,) = json.loads(hecho["corte.json"])["elecciones"]
    votos = {c["clave"]: (c["votos"], c["porcentaje"]) for c in eleccion["contendientes"]}
    assert votos == {
        "ALFA": (100, "29.8507"),
        "BETA": (200, "59.7014"),
        "GAMA": (0, "0.0000"),
        "ALFA_BETA": (35, "10.4477"),
    }
    texto = Pagina(hecho["diputaciones/index.html"]).texto
    assert "ALFA Partido Alfa 100 29.8507%" in texto
    assert "BETA Partido Beta 200 59.7014%" in texto
    assert "ALFA-BETA Juntos 35 10.4477%" in texto


def test_a_marker_is_shown_in_words_and_never_as_zero() -> None:
    noche = Noche().pon((ILEGIBLE, SIN_DATO, 70, 0, 0, 5), observaciones="ALGUN CAMPO ILEGIBLE O SIN DATO")
    texto = Pagina(arbol(cuenta(noche.actas))["diputaciones/distrito-01.html"]).texto
    assert "Básica ilegible sin dato 70" in texto
    assert "Contabilizada: algún campo ilegible o sin dato" in texto


def test_a_row_of_one_marker_becomes_a_sentence() -> None:
    noche = Noche().pon(
        [Marcador.SIN_ACTA] * 6,
        contabilizada=Contabilizada.NO,
        observaciones="SIN_ACTA_POR_PAQUETE_NO_ENTREGADO",
    )
    texto = Pagina(arbol(cuenta(noche.actas))["diputaciones/distrito-01.html"]).texto
    assert "Todos los campos: sin acta" in texto
    assert "No contabilizada: sin acta por paquete no entregado" in texto


def test_votes_over_the_lista_nominal_are_shown_and_not_added() -> None:
    noche = (
        Noche()
        .pon((10, 0, 5, 0, 0, 0))
        .pon((900, 0, 0, 0, 0, 0), contabilizada=Contabilizada.NO, observaciones="EXCEDE LISTA NOMINAL")
    )
    texto = Pagina(arbol(cuenta(noche.actas))["diputaciones/distrito-01.html"]).texto
    assert "No contabilizada: excede la lista nominal" in texto
    assert "actas capturadas: 2 de 2; votos contabilizados: 15" in texto


def test_free_text_is_escaped() -> None:
    noche = Noche().pon((1, 2, 3, 0, 0, 0), observaciones="<script>alert(1)</script>")
    corte = cuenta(noche.actas, noche=replace(NOCHE, tipo=Tipo.PROTOTIPO))
    pagina = arbol(corte)["diputaciones/distrito-01.html"].decode()
    assert "&lt;b&gt;Ana&lt;/b&gt; &amp; Cía" in pagina
    assert "<script>alert" not in pagina
    assert "<b>Ana" not in pagina


@pytest.mark.parametrize(
    ("ultimo", "palabras"),
    [(False, "no incluye casillas especiales"), (True, "incluye casillas especiales")],
)
def test_participation_says_whether_it_includes_especiales(palabras: str, *, ultimo: bool) -> None:
    noche = Noche().pon((10, 0, 5, 0, 0, 0)).pon((5, 0, 5, 0, 0, 0), tipo=TipoCasilla.ESPECIAL, nominal=0)
    hecho = arbol(cuenta(noche.actas, ultimo=ultimo))
    texto = Pagina(hecho["index.html"]).texto
    assert f"{'5.0000%' if ultimo else '3.0000%'} {palabras}" in texto
    assert ("cierre.html" in hecho) is ultimo


def test_actas_without_seccion_can_be_reached() -> None:
    noche = Noche().pon((10, 0, 5, 0, 0, 0), seccion=None, tipo=TipoCasilla.VOTO_ANTICIPADO)
    pagina = Pagina(arbol(cuenta(noche.actas))["diputaciones/distrito-01.html"])
    assert {"sin-seccion", "sin-seccion-A1"} <= set(pagina.ids)
    assert "Voto anticipado 1" in pagina.texto


def test_actas_of_no_unit_and_out_of_catalogue_have_their_page() -> None:
    noche = Noche().pon((10, 0, 5, 0, 0, 0))
    noche.pon((7, 0, 0, 0, 0, 0), tipo=TipoCasilla.ESPECIAL, tipo_acta="3ERP")
    noche.pon((9, 9, 9, 0, 0, 0), unidad=None, seccion=None, contabilizada=Contabilizada.FUERA_DE_CATALOGO)
    hecho = arbol(cuenta(noche.actas))
    texto = Pagina(hecho["diputaciones/otras-actas.html"]).texto
    assert "representación proporcional" in texto
    assert "Fuera de catálogo" in texto
    assert 'href="otras-actas.html"' in hecho["diputaciones/index.html"].decode()


def test_anchors_name_seccion_and_casilla_and_never_repeat() -> None:
    noche = Noche().pon((1, 0, 0, 0, 0, 0), seccion=375)
    gemela = replace(noche.actas[0], renglon=Renglon(7), tipo_acta="4")
    ids = Pagina(arbol(cuenta([*noche.actas, gemela]))["diputaciones/distrito-01.html"]).ids
    assert {"s0375", "s0375-B1", "s0375-B1-r7"} <= set(ids)


def test_a_distrito_says_its_municipios_and_a_municipio_its_distritos() -> None:
    noche = Noche().pon((1, 0, 0, 0, 0, 0)).pon((1, 0, 0, 0, 0, 0)).pon((1, 0, 0, 0, 0, 0), unidad=2)
    actas = [
        replace(a, casilla=replace(a.casilla, municipio=m))
        for a, m in zip(noche.actas, (2, 7, 7), strict=True)
    ]
    conocidos = (Unidad(numero=2, nombre="Acuña"), Unidad(numero=7, nombre="Zaragoza"))
    eleccion = replace(ELECCION, municipios=conocidos)
    hecho = arbol(cuenta(actas, noche=replace(NOCHE, elecciones=(eleccion,))))
    assert "Municipios: Acuña y Zaragoza." in Pagina(hecho["diputaciones/distrito-01.html"]).texto
    assert "Zaragoza Distrito 1 Distrito 2 " in Pagina(hecho["diputaciones/secciones.html"]).texto


def test_a_border_unit_adds_its_local_hour() -> None:
    noche = Noche().pon((1, 0, 0, 0, 0, 0)).pon((1, 0, 0, 0, 0, 0), unidad=2)
    hecho = arbol(cuenta(noche.actas))
    assert (
        "La hora local de este corte es 19:40 h (UTC-5)"
        in Pagina(hecho["diputaciones/distrito-01.html"]).texto
    )
    assert "hora local" not in Pagina(hecho["diputaciones/distrito-02.html"]).texto


def test_inicio_says_what_arrived_since_the_previous_corte() -> None:
    noche = Noche().pon(None)
    anterior = cuenta(noche.actas, numero=1)
    ahora = cuenta([replace(noche.actas[0], contabilizada=Contabilizada.SI, votos=(1, 0, 0, 0, 0, 0))])
    inicio = Pagina(arbol(con_cambios(ahora, anterior))["index.html"]).texto
    assert "1 acta más que en el corte anterior" in inicio
    assert "Correcciones en este corte" not in inicio


def test_r36_a_correction_is_shown_with_before_and_after() -> None:
    antes = Noche().pon((40, 10, 1070, 3, 0, 5)).pon((1, 2, 3, 0, 0, 0), unidad=2).actas
    antes[0] = replace(antes[0], codigo_integridad="a" * 64)
    corregida = replace(antes[0], votos=(40, SIN_DATO, 1060, 3, 0, 5), codigo_integridad="b" * 64)
    ahora = [replace(corregida, observaciones="ALGUN CAMPO ILEGIBLE O SIN DATO"), antes[1]]
    hecho = arbol(con_cambios(cuenta(ahora, numero=3), cuenta(antes)))
    pagina = Pagina(hecho["correcciones.html"])
    assert "Se compara con el corte 2" in pagina.texto
    assert "Distrito 1, Acuña, sección 10, básica" in pagina.texto
    assert "diputaciones/distrito-01.html#s0010" in pagina.enlaces
    assert "BETA 10 pasó a sin dato" in pagina.texto
    assert "GAMA 1,070 pasó a 1,060" in pagina.texto
    assert "Observaciones ninguna pasó a algún campo ilegible o sin dato" in pagina.texto
    assert "Imagen del acta aaaaaaaaaaaa… pasó a bbbbbbbbbbbb…" in pagina.texto
    assert "Votos de GAMA Total 1,073 1,063 bajó 10" in pagina.texto
    assert "Total de votos Distrito 1, Acuña 1,128 1,108 bajó 20" in pagina.texto
    for ruta in ("index.html", "diputaciones/index.html"):
        portada = Pagina(hecho[ruta])
        assert "1 acta ya publicada cambió y 10 cifras bajaron" in portada.texto
        assert f"{'../' * ruta.count('/')}correcciones.html#diputaciones" in portada.enlaces


def test_actas_back_to_pending_and_gone_are_shown() -> None:
    antes = Noche().pon((40, 10, 0, 0, 0, 0)).pon((1, 2, 3, 0, 0, 0), unidad=2).actas
    de_vuelta = replace(antes[0], contabilizada=Contabilizada.PENDIENTE, votos=(Marcador.NO_APLICA,) * 6)
    texto = Pagina(
        arbol(con_cambios(cuenta([de_vuelta], numero=3), cuenta(antes)))["correcciones.html"]
    ).texto
    assert (
        "Actas que volvieron a estar pendientes Distrito 1, Acuña, sección 10, básica"
        " Estado contabilizada pasó a pendiente Total 50 pasó a 0 ALFA 40 pasó a – BETA 10 pasó a –"
    ) in texto
    assert "Actas que ya no están en la base de datos Distrito 2, Saltillo, sección 10, básica" in texto


def test_a_corrected_acta_has_a_link_only_where_this_corte_shows_it() -> None:
    noche = Noche().pon((4, 0, 0, 0, 0, 0)).pon((1, 2, 3, 0, 0, 0), seccion=11)
    antes = noche.pon((7, 0, 0, 0, 0, 0), tipo=TipoCasilla.ESPECIAL, tipo_acta="3ERP").actas
    ahora = [replace(antes[0], votos=(3, 0, 0, 0, 0, 0)), replace(antes[2], votos=(6, 0, 0, 0, 0, 0))]
    pagina = Pagina(arbol(con_cambios(cuenta(ahora, numero=3), cuenta(antes)))["correcciones.html"])
    assert [e for e in pagina.enlaces if "#s" in e] == ["diputaciones/distrito-01.html#s0010"]
    assert "sección 10, especial 3, representación proporcional" in pagina.texto


def test_without_corrections_the_page_says_so() -> None:
    corte = cuenta(Noche().pon((1, 0, 0, 0, 0, 0)).actas, numero=1)
    assert "Éste es el primer corte" in Pagina(arbol(corte)["correcciones.html"]).texto
    igual = con_cambios(replace(corte, numero=2), corte)
    assert "no cambió ningún dato ya publicado" in Pagina(arbol(igual)["correcciones.html"]).texto


def test_an_acta_with_many_changed_fields_tells_its_state_and_how_many_are_left_out() -> None:
    partidos = tuple(Partido(clave=f"P{n:02d}", nombre="Partido", color="#000000") for n in range(12))
    ancha = replace(ELECCION, partidos=partidos, coaliciones=(), columnas=columnas(partidos, ()))
    noche = replace(NOCHE, elecciones=(replace(ancha, candidaturas=()),))
    antes = Noche().pon([5] * 12 + [0, 0]).actas
    excede = "EXCEDE LISTA NOMINAL"
    ahora = [
        replace(antes[0], votos=(6,) * 12 + (0, 0), contabilizada=Contabilizada.NO, observaciones=excede)
    ]
    corte = con_cambios(cuenta(ahora, noche=noche, numero=3), cuenta(antes, noche=noche))
    texto = Pagina(arbol(corte)["correcciones.html"]).texto
    assert "básica Estado contabilizada pasó a no contabilizada Observaciones ninguna pasó a excede" in texto
    assert "P08 5 pasó a 6 Y 3 campos más, en corte.json" in texto


def test_a_page_of_corrections_stays_small_and_says_what_it_omits() -> None:
    noche = Noche()
    for _ in range(400):
        noche.pon((40, 10, 70, 3, 0, 5))
    corregidas = [replace(a, votos=(40, 10, 60, 3, 0, 5)) for a in noche.actas]
    hecho = arbol(con_cambios(cuenta(corregidas, numero=3), cuenta(noche.actas)))
    assert "Se muestran 100 de 400; todas están en corte.json" in Pagina(hecho["correcciones.html"]).texto
    assert len(hecho["correcciones.html"]) < 60_000
    (eleccion,) = json.loads(hecho["corte.json"])["elecciones"]
    assert len(eleccion["cambios"]["corregidas"]) == 400


def test_c12_what_is_pending_and_why_adds_up_on_every_level() -> None:
    noche = Noche().pon((40, 10, 70, 3, 0, 5)).pon(None, nominal=600).pon(None, unidad=2, nominal=700)
    noche.pon((900, 0, 0, 0, 0, 0), contabilizada=Contabilizada.NO, observaciones="EXCEDE LISTA NOMINAL")
    falta = "SIN ACTA POR PAQUETE NO ENTREGADO"
    noche.pon([Marcador.SIN_ACTA] * 6, contabilizada=Contabilizada.NO, observaciones=falta)
    hecho = arbol(cuenta(noche.actas))
    assert (
        "Por capturar 1 600 Sin observaciones 1 500 Excede la lista nominal 1 500"
        " Sin acta: paquete no entregado 1 500 Actas esperadas 4 2,100"
    ) in Pagina(hecho["diputaciones/distrito-01.html"]).texto
    assert "Por capturar 2 1,300" in Pagina(hecho["diputaciones/index.html"]).texto
    (eleccion,) = json.loads(hecho["corte.json"])["elecciones"]
    for nivel in (eleccion, *eleccion["unidades"]):
        clases = nivel["por_clase"].values()
        assert sum(c["actas"] for c in clases) == nivel["totales"]["esperadas"]
        assert sum(c["lista_nominal"] for c in clases) == nivel["totales"]["lista_nominal_total"]


def test_the_table_of_municipios_closes_with_the_entidad() -> None:
    noche = Noche().pon((40, 10, 70, 3, 0, 5), seccion=10).pon((1, 2, 3, 0, 0, 0), unidad=2, seccion=20)
    noche.pon((7, 0, 0, 0, 0, 0), seccion=None, tipo=TipoCasilla.VOTO_ANTICIPADO)
    corte = cuenta(noche.actas)
    (resultado,) = corte.resultados
    municipios = tuple(
        ResultadoMunicipio(
            unidad=Unidad(numero=n, nombre=nombre), totales=u.secciones[0].totales, secciones=(n * 10,)
        )
        for n, nombre, u in zip((1, 2), ("Acuña", "Zaragoza"), resultado.unidades, strict=True)
    )
    hecho = arbol(replace(corte, resultados=(replace(resultado, municipios=municipios),)))
    pagina = Pagina(hecho["diputaciones/municipios.html"])
    assert (
        "Acuña 1 de 1 40 10 70 3 0 5 128 25.6000% Zaragoza 1 de 1 1 2 3 0 0 0 6 1.2000%"
        " Sin municipio 1 de 1 7 0 0 0 0 0 7 1.4000% Entidad 3 de 3 48 12 73 3 0 5 141 9.4000%"
    ) in pagina.texto
    assert "municipios.html" in Pagina(hecho["diputaciones/index.html"]).enlaces
    (eleccion,) = json.loads(hecho["corte.json"])["elecciones"]
    assert [(m["nombre"], m["secciones"], m["votos"]) for m in eleccion["municipios"]] == [
        ("Acuña", [10], [40, 10, 70, 3, 0, 5]),
        ("Zaragoza", [20], [1, 2, 3, 0, 0, 0]),
    ]


@pytest.mark.parametrize(("tipo", "marca"), [(Tipo.OFICIAL, ""), (Tipo.PROTOTIPO, "PROTOTIPO")])
def test_the_mark_follows_the_type_of_the_night(tipo: Tipo, marca: str) -> None:
    inicio = arbol(cuenta(Noche().pon(None).actas, noche=replace(NOCHE, tipo=tipo)))["index.html"].decode()
    assert f'class="{tipo.value}"' in inicio
    assert ('class="banda"' in inicio) is bool(marca)
    assert inicio.count("PROTOTIPO") == (3 if marca else 0)  # title, band and printed foot


def test_every_printed_sheet_carries_the_stamp() -> None:
    """By a margin box, whose text must not end its string or its <style>."""
    raro = replace(NOCHE.instituto, capital='A"</style>\\')
    hecho = arbol(cuenta(Noche().pon(None).actas, noche=replace(NOCHE, instituto=raro)))
    esperado = (
        'content: "Corte 2 · 7 de junio de 2026, 18:40 h'
        ' (UTC-6, hora de A\\000022\\00003c\\00002fstyle\\00003e\\00005c) · Preliminar";'
    )
    assert esperado in hecho["diputaciones/distrito-01.html"].decode()


def test_the_entry_pages_of_a_late_copy_say_only_since_when() -> None:
    hecho = arbol(cuenta(Noche().pon((1, 0, 0, 0, 0, 0)).actas))
    assert "Próximo corte: 18:50 h" in Pagina(hecho["index.html"]).texto
    for ruta in ("portada-demorada.html", "portada-sin-actualizacion.html"):
        texto = Pagina(hecho[ruta]).texto
        assert "Esta copia no recibe cortes desde las 18:40 h. Consulte el sitio oficial" in texto
        assert "interrumpida" not in texto
        assert "Próximo corte" not in texto


def test_the_notice_stands_alone_and_leads_to_the_permanent_address() -> None:
    hecho = arbol(cuenta(Noche().pon((1, 0, 0, 0, 0, 0)).actas))
    aviso, neutral = Pagina(hecho["portada-aviso.html"]), Pagina(hecho["portada-interrumpida.html"])
    assert "Transmisión interrumpida" in aviso.texto
    assert "interrumpió la transmisión" in aviso.texto
    assert "interrumpió la transmisión" not in neutral.texto
    assert "/c/2/" in aviso.enlaces
    assert all(carga.startswith("data:") for carga in aviso.carga)


def test_before_the_opening_there_is_an_hour_and_no_figure() -> None:
    hecho = dict(sitio.antes(NOCHE, publicado=NOCHE.apertura - timedelta(hours=1), periodo=600.0))
    assert sorted(r for r in hecho if not r.startswith("recursos/")) == ["index.html", "portada-aviso.html"]
    texto = Pagina(hecho["index.html"]).texto
    assert "La publicación inicia a las 18:30 h" in texto
    assert "19:30 h (UTC-5)" in texto
    assert "Actas capturadas" not in texto
    assert "%" not in texto


def test_a_suspended_difusor_keeps_its_name_without_link() -> None:
    lista = (
        DifusorPublico(id="a", nombre="Diario A", url="https://a.example", estado=Estado.ACTIVO),
        DifusorPublico(id="b", nombre="Radio <B>", url=None, estado=Estado.SUSPENDIDO),
        DifusorPublico(id="0", nombre="PREP", url="https://i.example", estado=Estado.ACTIVO, portal=True),
    )
    pagina = Pagina(sitio.pagina_difusores(NOCHE, lista, instante=NOCHE.apertura))
    assert "https://a.example" in pagina.enlaces
    assert "Radio <B> Transmisión interrumpida" in pagina.texto
    assert "PREP Portal del Instituto" in pagina.texto
    assert all(carga.startswith("data:") for carga in pagina.carga)


def arbol(corte: Corte) -> dict[str, bytes]:
    return dict(
        sitio.paginas(
            corte,
            publicado=corte.instante,
            periodo=600.0,
            huella=huella(corte_json(corte)),
        )
    )
