"""The night's TOML: what it becomes, and every fault with its line and key."""

from datetime import UTC, date, datetime, timedelta

import pytest

from pregon.errors import ErrorDeConfiguracion
from pregon.origin.sources import ejemplos
from pregon.prep.contienda import contendientes
from pregon.prep.eleccion import leer, validar
from pregon.prep.jornada import NOMBRE_EN_BLANCO, Ambito, Jornada, Tipo

TOML = """\
[instituto]
nombre = "Instituto"
siglas = "IE"
url = "https://www.example.mx"
telefono = "1"
entidad = "COAHUILA"
entidad_nombre = "Coahuila"
id_entidad = 5
abreviatura = "COAH"
capital = "Saltillo"
zona = "America/Monterrey"

[jornada]
nombre = "Diputaciones 2026"
tipo = "oficial"
fecha = 2026-06-07
apertura = 2026-06-08T00:30:00Z
apertura_local = 2026-06-07T18:30:00
periodo_minutos = 10
cierre = 2026-06-09T00:30:00Z
retencion = 2026-06-15T05:59:00Z

[[elecciones]]
clave = "DIP_LOC"
nombre = "Diputaciones"
titulo = "DIPUTACIONES LOCALES"
slug = "diputaciones"
ambito = "distrito"
unidades = [
  { numero = 1, nombre = "Acuña" },
  { numero = 2, nombre = "Saltillo" },
]

[[elecciones.partidos]]
clave = "PAN"
nombre = "Acción Nacional"
color = "#0B5EA8"

[[elecciones.partidos]]
clave = "PRI"
nombre = "Revolucionario Institucional"
color = "#00843d"

[[elecciones.candidaturas]]
unidad = 1
clave = "PAN"
propietaria = "Alguien Real"
"""
COALICION = """
[[elecciones.coaliciones]]
clave = "COA"
nombre = "Coalición"
partidos = ["PAN", "PRI"]
color = "#00843d"
"""


def linea_de(fragmento: str, texto: str) -> int:
    return texto[: texto.index(fragmento)].count("\n") + 1


@pytest.fixture
def diputaciones() -> Jornada:
    return leer(ejemplos.texto("diputaciones"), archivo="e.toml")


@pytest.fixture
def ayuntamientos() -> Jornada:
    return leer(ejemplos.texto("ayuntamientos"), archivo="e.toml")


def test_diputaciones_is_the_night_of_the_convocatoria(diputaciones: Jornada) -> None:
    assert diputaciones.fecha == date(2026, 6, 7)
    assert diputaciones.apertura == datetime(2026, 6, 8, 0, 30, tzinfo=UTC)
    assert diputaciones.cierre - diputaciones.apertura == timedelta(hours=24)
    assert diputaciones.tipo is Tipo.SIMULACRO
    (eleccion,) = diputaciones.elecciones
    assert (len(eleccion.unidades), len(eleccion.municipios)) == (16, 38)
    assert sum(m.frontera for m in eleccion.municipios) == 11
    assert [c.clave for c in eleccion.columnas][-4:] == [
        "C_PRI_UDC",
        "C_PT_MORENA",
        "NO_REGISTRADAS",
        "NULOS",
    ]


def test_ayuntamientos_differ_from_one_municipio_to_another(ayuntamientos: Jornada) -> None:
    (eleccion,) = ayuntamientos.elecciones

    assert eleccion.ambito is Ambito.MUNICIPIO
    assert len(eleccion.unidades) == 38
    assert {c.unidades is None for c in eleccion.coaliciones} == {False}
    assert [p.clave for p in eleccion.partidos if p.independiente] == ["CAND_IND_1", "CAND_IND_2"]


def test_the_role_follows_from_the_type_and_the_day() -> None:
    assert leer(TOML, archivo="e.toml").rol == "oficial"
    assert leer(TOML.replace('"oficial"', '"simulacro"'), archivo="e.toml").rol == "simulacro-2026-06-07"


def test_a_simulacro_blanks_the_names_of_real_candidacies() -> None:
    jornada = leer(TOML.replace('"oficial"', '"simulacro"'), archivo="e.toml")

    assert [c.propietaria for c in jornada.elecciones[0].candidaturas] == [NOMBRE_EN_BLANCO]


def test_r93_a_simulacro_shows_names_only_when_its_toml_says_so() -> None:
    simulacro = TOML.replace('"oficial"', '"simulacro"\ncandidaturas_en_simulacro = "visibles"')

    jornada = leer(simulacro, archivo="e.toml")

    assert NOMBRE_EN_BLANCO not in [c.propietaria for c in jornada.elecciones[0].candidaturas]


FALTAS = [
    ("tipo", '"oficial"', '"ensayo"', "no es ninguna de: oficial, simulacro"),
    ("fecha =", "fecha =", 'candidaturas_en_simulacro = "a veces"\nfecha =', "ocultas, visibles"),
    ("tipo", '"oficial"', '"prototipo"', "no es ninguna de: oficial, simulacro"),
    ("zona", '"America/Monterrey"', '"America/Saltillo"', "no es una zona IANA"),
    ("entidad =", '"COAHUILA"', '"Coahuila"', "mayúsculas"),
    ("url", "https://www", "ftp://www", "dirección http"),
    ("apertura_local", "18:30:00\n", "19:30:00\n", "y la apertura en America/Monterrey es 07/06/2026 18:30"),
    ("periodo_minutos", "= 10", "= 30", "30"),
    ("cierre", "06-09T00:30", "06-09T00:40", "24 h"),
    ("cierre", "06-09T00:30", "06-08T23:33", "número entero de periodos"),
    ("cierre", "06-09T00:30", "06-07T00:30", "anterior a la apertura"),
    ("retencion", "06-15T05:59", "06-08T05:59", "retención"),
    ("retencion", "05:59:00Z", "05:59:00", "desfase"),
    ("slug", '"diputaciones"', '"Diputaciones 2026"', "minúsculas"),
    ("ambito", '"distrito"', '"region"', "no es ninguna de: entidad, distrito, municipio"),
    ("{ numero = 2", "numero = 2", "numero = 1", "ya apareció"),
    ('clave = "PRI"', '"PRI"', '"PRI_A"', "guion bajo"),
    ('clave = "PRI"', '"PRI"', '"NULOS"', "campo de la base"),
    ('color = "#00843d"', "#00843d", "verde", "#1a5fb4"),
    ('clave = "PRI"', '"PRI"', '"LN"', "campo de la base"),
    ("unidad = 1", "= 1", "= 7", "la unidad 7 no existe"),
    ('clave = "PAN"\npropietaria', '"PAN"', '"PANN"', "¿quiso escribir «PAN»?"),
    ("capital", "capital", "capitel", "capitel"),
    ("fecha =", "fecha =", "computos = 2026-06-01\nfecha =", "antes de la jornada"),
    ("retencion", "05:59:00", "05:59:30", "minutos enteros"),
    ("ambito", "ambito =", 'detalle = "municipio"\nambito =', "el detalle es el mismo"),
    ("ambito", "ambito =", 'independientes = ["x"]\nambito =', "tablas"),
]


def test_r89_who_stands_for_the_whole_entidad_is_of_unidad_0() -> None:
    por_distritos = TOML.replace('ambito = "distrito"', 'ambito = "entidad"\ndetalle = "distrito"')

    (falta,) = validar(por_distritos, "e.toml")
    (eleccion,) = leer(por_distritos.replace("unidad = 1", "unidad = 0"), archivo="e.toml").elecciones

    assert "la unidad 1 no existe en esta elección; se contiende por toda la entidad: es la 0" in str(falta)
    assert [c.candidatura and c.candidatura.propietaria for c in contendientes(eleccion, None)] == [
        "Alguien Real",
        None,
    ]


def test_rows_that_name_no_unidad_are_of_the_only_one() -> None:
    sola = TOML.replace('ambito = "distrito"', 'ambito = "entidad"').replace("unidad = 1", "unidad = 0")
    con_la_0 = sola.replace('  { numero = 1, nombre = "Acuña" },\n', "").replace("numero = 2", "numero = 0")

    (falta,) = validar(sola, "e.toml")

    assert "hay una sola unidad, la 0" in str(falta)
    assert [u.numero for u in leer(con_la_0, archivo="e.toml").elecciones[0].unidades] == [0]


@pytest.mark.parametrize(("lugar", "antes", "despues", "causa"), FALTAS, ids=[f[3][:30] for f in FALTAS])
def test_a_fault_is_explained_on_its_line(lugar: str, antes: str, despues: str, causa: str) -> None:
    en = TOML.index(lugar)
    texto = TOML[:en] + TOML[en:].replace(antes, despues, 1)

    faltas = validar(texto, "e.toml")

    assert any(causa in str(f) for f in faltas), faltas
    assert linea_de(lugar, TOML) in {f.linea for f in faltas}


def test_all_faults_are_found_at_once_in_the_order_of_their_lines() -> None:
    texto = (
        TOML.replace("= 10", "= 99").replace("#0B5EA8", "azul").replace("id_entidad = 5", "id_entidad = 50")
    )

    faltas = validar(texto, "e.toml")

    assert [f.clave for f in faltas] == [
        "instituto.id_entidad",
        "jornada.periodo_minutos",
        "elecciones[1].partidos[1].color",
    ]


def test_leer_raises_the_first_fault_with_its_place() -> None:
    with pytest.raises(ErrorDeConfiguracion, match=r"e\.toml, línea 8, instituto\.id_entidad: ") as falta:
        leer(TOML.replace("id_entidad = 5", "id_entidad = 50"), archivo="e.toml")

    assert falta.value.linea == 8


def test_more_than_a_day_needs_the_number_of_an_acuerdo() -> None:
    largo = TOML.replace("06-09T00:30", "06-09T01:30")

    assert [f.clave for f in validar(largo, "e.toml")] == ["jornada.cierre"]
    assert not validar(
        largo.replace("[[elecciones]]", 'acuerdo_cierre = "IEC/CG/1/2026"\n\n[[elecciones]]'), "e.toml"
    )


@pytest.mark.parametrize("hora", ["2026-06-07T23:30:00Z", "2026-06-08T02:10:00Z"])
def test_the_opening_lies_between_six_and_eight(hora: str) -> None:
    local = datetime.fromisoformat(hora).astimezone(leer(TOML, archivo="e").instituto.zona)
    texto = TOML.replace("2026-06-08T00:30:00Z", hora).replace(
        "2026-06-07T18:30:00", f"{local:%Y-%m-%dT%H:%M:%S}"
    )

    assert "(R2)" in " ".join(map(str, validar(texto, "e.toml")))


@pytest.mark.parametrize(
    ("tipo", "rol", "bien"),
    [
        ("oficial", "simulacro-1", False),
        ("simulacro", "oficial", False),
        ("simulacro", "simulacro-A", False),
        ("simulacro", "simulacro-demo-1", True),
    ],
)
def test_type_and_role_must_agree(tipo: str, rol: str, bien: bool) -> None:  # noqa: FBT001 - a case of the table
    texto = TOML.replace('tipo = "oficial"', f'tipo = "{tipo}"\nrol = "{rol}"')

    assert (validar(texto, "e.toml") == []) is bien


def test_an_oficial_night_invents_nobody() -> None:
    texto = TOML[: TOML.index("[[elecciones.candidaturas]]")].replace(
        'ambito = "distrito"', 'ambito = "distrito"\ncandidaturas = "sinteticas"'
    )

    assert "(R93)" in str(validar(texto, "e.toml"))


@pytest.mark.parametrize(
    ("antes", "despues", "causa"),
    [
        ('["PAN", "PRI"]', '["PAN"]', "de 2 a 7"),
        ('["PAN", "PRI"]', '["PAN", "PRD"]', "«PRD» no es un partido"),
        ('"COA"', '"PAN"', "ya es la clave de un partido"),
        ('color = "#00843d"', 'color = "#00843d"\nunidades = [3]', "3 no es una unidad"),
        ('color = "#00843d"', 'color = "#00843d"\nunidades = []', "está vacía"),
    ],
)
def test_a_coalition_is_of_parties_that_stand(antes: str, despues: str, causa: str) -> None:
    faltas = validar(TOML + COALICION.replace(antes, despues), "e.toml")

    assert [causa in str(f) for f in faltas] == [True]


def test_a_coalition_stays_where_its_parties_stand() -> None:
    parcial = TOML.replace('color = "#0B5EA8"', 'color = "#0B5EA8"\nunidades = [1]')

    assert "no contiende en todas" in str(validar(parcial + COALICION, "e.toml"))
    assert not validar(parcial + COALICION + "unidades = [1]\n", "e.toml")


@pytest.mark.parametrize(
    ("antes", "despues", "causa"),
    [
        ('origen = "sintetico"', 'origen = "archivo"', "sintetico"),
        ("casillas = 3690", "casillas = 0", "0 está fuera"),
        ('candidaturas = "sinteticas"', 'candidaturas = "inventadas"', "«sinteticas»"),
        ("unidades = [", "unidades = []\nmunicipios = [", "se admiten de 1 a 700"),
    ],
)
def test_the_synthetic_parts_are_checked_too(antes: str, despues: str, causa: str) -> None:
    texto = ejemplos.texto("ayuntamientos").replace(antes, despues, 1)

    assert causa in str(validar(texto, "e.toml"))


@pytest.mark.parametrize(
    ("antes", "despues", "clave", "causa"),
    [
        ("prisiones = 90", "prisiones = 301", "prisiones", "301 está fuera de 0–300"),
        ("prisiones = 90", "urnas_electronicas = 20001", "urnas_electronicas", "20001 está fuera"),
        ("prisiones = 90", "voto_anticipado = 1", "voto_anticipado", "true o false"),
        ("prisiones = 90", 'especiales_electronicas = "no"', "especiales_electronicas", "true o false"),
        ("prisiones = 90", "repetidas = true", "repetidas", "clave desconocida"),
        ("3, 9, 2,", "3, 9, 3,", "entidades", "suman 301, y la elección tiene 300 unidades"),
        ("3, 9, 2,", "3, 9, -2,", "entidades[3]", "-2 no está entre 0 y 300"),
        ("3, 9, 2,", "3, 9, 1, 1,", "entidades", "son 33, y las entidades son 32"),
    ],
)
def test_the_keys_of_a_synthetic_catalogue_are_checked(
    antes: str, despues: str, clave: str, causa: str
) -> None:
    texto = ejemplos.texto("nacional").replace(antes, despues, 1)

    (falta,) = validar(texto, "e.toml")

    assert causa in str(falta)
    assert falta.clave == f"elecciones[1].catalogo.{clave}"
    assert falta.linea is not None
    assert clave.partition("[")[0] in "".join(texto.splitlines()[falta.linea - 3 : falta.linea])


def test_r83_an_oficial_night_repeats_no_keys() -> None:
    catalogo = """
[elecciones.catalogo]
origen = "sintetico"
casillas = 10
semilla = 1
claves_repetidas = true
"""
    (falta,) = validar(TOML + catalogo, "e.toml")

    assert (falta.clave, falta.linea) == (
        "elecciones[1].catalogo.claves_repetidas",
        linea_de("claves_repetidas", TOML + catalogo),
    )
    assert not validar((TOML + catalogo).replace('"oficial"', '"simulacro"'), "e.toml")


def test_a_party_stands_in_one_coalition_per_unit() -> None:
    otra = COALICION.replace('"COA"', '"COB"')

    assert "(R70)" in str(validar(TOML + COALICION + otra, "e.toml"))
    assert not validar(TOML + COALICION + "unidades = [1]\n" + otra + "unidades = [2]\n", "e.toml")


@pytest.mark.parametrize(
    ("texto", "linea"),
    [("a = ", 1), ("x = 1\nx = 2\n", 2), ('a = 1\nb = "sin cerrar', 2), ("\x00", 1), ("", 1)],
)
def test_what_is_no_election_is_explained(texto: str, linea: int) -> None:
    assert validar(texto, "e.toml")[0].linea == linea
