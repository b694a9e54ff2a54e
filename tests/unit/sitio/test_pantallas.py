"""What single screens say about counts that mislead easily: ties, zeros, markers, coalitions, halves."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from pregon import sitio
from pregon.paquete.difusores import DifusorPublico, Estado
from pregon.prep.acta import Contabilizada, Marcador, Renglon, TipoCasilla
from pregon.prep.corte import Corte
from pregon.prep.jornada import Coalicion, Jornada, Tipo

ILEGIBLE, SIN_DATO = Marcador.ILEGIBLE, Marcador.SIN_DATO
Cuenta = Callable[..., Corte]
Arbol = Callable[..., dict[str, bytes]]


def test_without_counted_actas_there_is_no_percentage() -> None:
    catalogo.pon(None).pon(None, unidad=2)
    hecho = arbol(cuenta(catalogo.actas))
    textos = {ruta: lee(datos).texto for ruta, datos in hecho.items() if ruta.endswith(".html")}
    assert not [ruta for ruta, texto in textos.items() if "0.0000" in texto]
    assert "Sin actas contabilizadas" in textos["index.html"]
    assert "Sin actas contabilizadas" in textos["diputaciones/distrito-01.html"]


def test_a_tie_is_awarded_to_nobody() -> None:
    catalogo.pon((40, 10, 50, 0, 0, 0)).pon((10, 0, 90, 0, 0, 0), unidad=2)
    hecho = arbol(cuenta(catalogo.actas))
    inicio = lee(hecho["index.html"]).texto
    assert "Empate entre ALFA-BETA y GAMA" in inicio
    assert "1 distrito en empate, que no se asigna a nadie" in inicio
    assert "lleva ventaja" not in lee(hecho["diputaciones/distrito-01.html"]).texto


def test_the_leader_is_told_in_words_with_votes_and_points() -> None:
    catalogo.pon((40, 10, 70, 0, 0, 5)).pon(None, nominal=600)
    texto = lee(arbol(cuenta(catalogo.actas))["diputaciones/distrito-01.html"]).texto
    assert "GAMA lleva ventaja por 20 votos (16.0000 puntos porcentuales)" in texto
    assert "La lista nominal de las actas pendientes es de 600" in texto


def test_a_coalition_shows_the_sum_behind_it() -> None:
    catalogo.pon((1200, 300, 70, 25, 0, 5))
    texto = lee(arbol(cuenta(catalogo.actas))["diputaciones/distrito-01.html"]).texto
    assert "ALFA 1,200 + BETA 300 + ALFA-BETA 25" in texto
    assert " 1,525 " in texto


def test_the_entidad_is_the_sum_of_its_units_where_a_coalition_is_partial() -> None:
    catalogo.pon((10, 20, 0, 5, 0, 0)).pon((100, 200, 0, 0, 0, 0), unidad=2)
    corte = cuenta(catalogo.actas)
    sola = Coalicion(
        clave="ALFA_BETA",
        nombre="Juntos",
        partidos=("ALFA", "BETA"),
        color="#884400",
        unidades=frozenset({1}),
    )
    parcial = replace(corte.resultados[0].eleccion, coaliciones=(sola,))
    corte = replace(
        corte,
        jornada=replace(jornada, elecciones=(parcial,)),
        resultados=(replace(corte.resultados[0], eleccion=parcial),),
    )
    texto = lee(arbol(corte)["index.html"]).texto
    assert "ALFA Partido Alfa 100 " in texto
    assert "BETA Partido Beta 200 " in texto
    assert "ALFA-BETA Juntos 35 " in texto


def test_a_marker_is_shown_in_words_and_never_as_zero() -> None:
    catalogo.pon((ILEGIBLE, SIN_DATO, 70, 0, 0, 5), observaciones="ALGUN CAMPO ILEGIBLE O SIN DATO")
    texto = lee(arbol(cuenta(catalogo.actas))["diputaciones/distrito-01.html"]).texto
    assert "Básica ilegible sin dato 70" in texto
    assert "Contabilizada: algún campo ilegible o sin dato" in texto


def test_a_row_of_one_marker_becomes_a_sentence() -> None:
    catalogo.pon(
        [Marcador.SIN_ACTA] * 6,
        contabilizada=Contabilizada.NO,
        observaciones="SIN_ACTA_POR_PAQUETE_NO_ENTREGADO",
    )
    texto = lee(arbol(cuenta(catalogo.actas))["diputaciones/distrito-01.html"]).texto
    assert "Todos los campos: sin acta" in texto
    assert "No contabilizada: sin acta por paquete no entregado" in texto


def test_votes_over_the_lista_nominal_are_shown_and_not_added() -> None:
    catalogo.pon((10, 0, 5, 0, 0, 0)).pon(
        (900, 0, 0, 0, 0, 0), contabilizada=Contabilizada.NO, observaciones="EXCEDE LISTA NOMINAL"
    )
    texto = lee(arbol(cuenta(catalogo.actas))["diputaciones/distrito-01.html"]).texto
    assert "No contabilizada: excede la lista nominal" in texto
    assert "2 de 2 actas capturadas, 15 votos contabilizados" in texto


def test_free_text_is_escaped() -> None:
    catalogo.pon((1, 2, 3, 0, 0, 0), observaciones="<script>alert(1)</script>")
    pagina = arbol(cuenta(catalogo.actas))["diputaciones/distrito-01.html"].decode()
    assert "&lt;b&gt;Ana&lt;/b&gt; &amp; Cía" in pagina
    assert "<script>alert" not in pagina
    assert "<b>Ana" not in pagina


@pytest.mark.parametrize(
    ("ultimo", "palabras"),
    [(False, "no incluye casillas especiales"), (True, "incluye casillas especiales")],
)
def test_participation_says_whether_it_includes_especiales(palabras: str, *, ultimo: bool) -> None:
    catalogo.pon((10, 0, 5, 0, 0, 0)).pon((5, 0, 5, 0, 0, 0), tipo=TipoCasilla.ESPECIAL, nominal=0)
    hecho = arbol(cuenta(catalogo.actas, ultimo=ultimo))
    texto = lee(hecho["index.html"]).texto
    assert f"{'5.0000%' if ultimo else '3.0000%'} {palabras}" in texto
    assert ("cierre.html" in hecho) is ultimo


def test_actas_without_seccion_can_be_reached() -> None:
    catalogo.pon((10, 0, 5, 0, 0, 0), seccion=None, tipo=TipoCasilla.VOTO_ANTICIPADO)
    pagina = lee(arbol(cuenta(catalogo.actas))["diputaciones/distrito-01.html"])
    assert {"sin-seccion", "sin-seccion-A1"} <= set(pagina.ids)
    assert "Voto anticipado 1" in pagina.texto


def test_actas_of_no_unit_and_out_of_catalogue_have_their_page() -> None:
    catalogo.pon((10, 0, 5, 0, 0, 0))
    catalogo.pon((7, 0, 0, 0, 0, 0), tipo=TipoCasilla.ESPECIAL, tipo_acta="3ERP")
    catalogo.pon(
        (9, 9, 9, 0, 0, 0), unidad=None, seccion=None, contabilizada=Contabilizada.FUERA_DE_CATALOGO
    )
    hecho = arbol(cuenta(catalogo.actas))
    texto = lee(hecho["diputaciones/otras-actas.html"]).texto
    assert "representación proporcional" in texto
    assert "Fuera de catálogo" in texto
    assert 'href="otras-actas.html"' in hecho["diputaciones/index.html"].decode()


def test_anchors_name_seccion_and_casilla_and_never_repeat() -> None:
    catalogo.pon((1, 0, 0, 0, 0, 0), seccion=375)
    gemela = replace(catalogo.actas[0], renglon=Renglon(7), tipo_acta="4")
    ids = lee(arbol(cuenta([*catalogo.actas, gemela]))["diputaciones/distrito-01.html"]).ids
    assert {"s0375", "s0375-B1", "s0375-B1-r7"} <= set(ids)


def test_a_border_unit_adds_its_local_hour() -> None:
    catalogo.pon((1, 0, 0, 0, 0, 0)).pon((1, 0, 0, 0, 0, 0), unidad=2)
    hecho = arbol(cuenta(catalogo.actas))
    assert "La hora local de este corte es 19:40 h (UTC-5)" in lee(hecho["diputaciones/distrito-01.html"]).texto
    assert "hora local" not in lee(hecho["diputaciones/distrito-02.html"]).texto


def test_inicio_says_what_arrived_since_the_previous_corte() -> None:
    anterior = cuenta(catalogo.pon(None).actas, numero=1)
    ahora = cuenta([replace(catalogo.actas[0], contabilizada=Contabilizada.SI, votos=(1, 0, 0, 0, 0, 0))])
    assert "1 acta más que en el corte anterior" in lee(arbol(ahora, anterior=anterior)["index.html"]).texto


@pytest.mark.parametrize(("tipo", "marca"), [(Tipo.OFICIAL, ""), (Tipo.PROTOTIPO, "PROTOTIPO")])
def test_the_mark_follows_the_type_of_the_night(tipo: Tipo, marca: str) -> None:
    inicio = arbol(cuenta(catalogo.pon(None).actas, tipo=tipo))["index.html"].decode()
    assert f'class="{tipo.value}"' in inicio
    assert ('class="banda"' in inicio) is bool(marca)
    assert inicio.count("PROTOTIPO") == (2 if marca else 0)


def test_the_entry_pages_of_a_late_copy_say_only_since_when() -> None:
    hecho = arbol(cuenta(catalogo.pon((1, 0, 0, 0, 0, 0)).actas))
    for ruta in ("portada-demorada.html", "portada-sin-actualizacion.html"):
        texto = lee(hecho[ruta]).texto
        assert "Esta copia no recibe cortes desde las 18:40 h. Consulte el sitio oficial" in texto
        assert "interrumpida" not in texto


def test_the_notice_stands_alone_and_leads_to_the_permanent_address() -> None:
    hecho = arbol(cuenta(catalogo.pon((1, 0, 0, 0, 0, 0)).actas))
    aviso, neutral = lee(hecho["portada-aviso.html"]), lee(hecho["portada-interrumpida.html"])
    assert "Transmisión interrumpida" in aviso.texto
    assert "interrumpió la transmisión" in aviso.texto
    assert "interrumpió la transmisión" not in neutral.texto
    assert "c/2/index.html" in aviso.enlaces
    assert all(carga.startswith("data:") for carga in aviso.carga)


def test_before_the_opening_there_is_an_hour_and_no_figure() -> None:
    hecho = dict(sitio.antes(jornada, publicado=jornada.apertura - timedelta(hours=1), periodo=600.0))
    assert sorted(r for r in hecho if not r.startswith("recursos/")) == ["index.html", "portada-aviso.html"]
    texto = lee(hecho["index.html"]).texto
    assert "La publicación inicia a las 18:30 h" in texto
    assert "19:30 h (UTC-5)" in texto
    assert "Actas capturadas" not in texto
    assert "%" not in texto


def test_a_suspended_difusor_keeps_its_name_without_link() -> None:
    lista = (
        DifusorPublico(id="a", nombre="Diario A", url="https://a.example", estado=Estado.ACTIVO),
        DifusorPublico(id="b", nombre="Radio <B>", url=None, estado=Estado.SUSPENDIDO),
    )
    pagina = lee(sitio.pagina_difusores(jornada, lista, instante=jornada.apertura))
    assert "https://a.example" in pagina.enlaces
    assert "Radio <B> transmisión interrumpida" in pagina.texto
    assert all(carga.startswith("data:") for carga in pagina.carga)
