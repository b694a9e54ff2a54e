"""A small night of two distritos, and ways to count and render it."""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from html.parser import HTMLParser
from zoneinfo import ZoneInfo

import pytest

from pregon import sitio
from pregon.paquete.manifest import huella
from pregon.prep.acta import Acta, Casilla, Celda, Contabilizada, Marcador, Renglon, TipoCasilla
from pregon.prep.contar import contar
from pregon.prep.contienda import columnas
from pregon.prep.corte import Corte
from pregon.prep.corte_json import corte_json
from pregon.prep.jornada import (
    Ambito,
    Candidatura,
    Coalicion,
    Eleccion,
    Instituto,
    Jornada,
    Partido,
    Tipo,
    Unidad,
)

APERTURA = datetime(2026, 6, 8, 0, 30, tzinfo=UTC)
PUBLICADO = datetime(2026, 6, 8, 0, 40, 5, tzinfo=UTC)
PARTIDOS = (
    Partido(clave="ALFA", nombre="Partido Alfa", color="#aa0000"),
    Partido(clave="BETA", nombre="Partido Beta", color="#00aa00"),
    Partido(clave="GAMA", nombre="Partido <Gama>", color="#0000aa"),
)


@pytest.fixture
def jornada() -> Jornada:
    """Two distritos; ALFA and BETA run together in both; ballot ALFA, BETA, GAMA, C_ALFA_BETA, NR, nulos."""
    coaliciones = (
        Coalicion(clave="ALFA_BETA", nombre="Juntos", partidos=("ALFA", "BETA"), color="#884400"),
    )
    eleccion = Eleccion(
        clave="DIP_LOC",
        nombre="Diputaciones Locales",
        titulo="DIPUTACIONES LOCALES",
        slug="diputaciones",
        ambito=Ambito.DISTRITO,
        detalle=Ambito.DISTRITO,
        unidades=(
            Unidad(numero=1, nombre="Acuña", frontera=True),
            Unidad(numero=2, nombre="Saltillo"),
        ),
        partidos=PARTIDOS,
        coaliciones=coaliciones,
        columnas=columnas(PARTIDOS, coaliciones),
        candidaturas=(
            Candidatura(unidad=1, clave="GAMA", propietaria="<b>Ana</b> & Cía", suplente="Luz Díaz"),
        ),
    )
    return Jornada(
        nombre="Diputaciones 2026",
        tipo=Tipo.OFICIAL,
        rol="oficial",
        instituto=Instituto(
            nombre="Instituto Electoral de Coahuila",
            siglas="IEC",
            url="https://instituto.example",
            telefono="844 000 0000",
            entidad="COAHUILA",
            entidad_nombre="Coahuila",
            id_entidad=5,
            abreviatura="COAH",
            capital="Saltillo",
            zona=ZoneInfo("America/Monterrey"),
            zona_frontera=ZoneInfo("America/Matamoros"),
        ),
        fecha=date(2026, 6, 7),
        apertura=APERTURA,
        periodo=timedelta(minutes=10),
        cierre=APERTURA + timedelta(hours=24),
        retencion=datetime(2026, 6, 15, 5, 59, tzinfo=UTC),
        computos=date(2026, 6, 10),
        elecciones=(eleccion,),
    )


@dataclass
class Catalogo:
    """Rows of the catalogue, added one by one."""

    actas: list[Acta] = field(default_factory=list)

    def pon(
        self,
        votos: Sequence[Celda] | None,
        *,
        unidad: int | None = 1,
        seccion: int | None = 10,
        tipo: TipoCasilla = TipoCasilla.BASICA,
        contabilizada: Contabilizada | None = None,
        observaciones: str = "",
        tipo_acta: str = "3",
        nominal: int = 500,
    ) -> "Catalogo":
        """Add one row; `votos` None: it has not arrived."""
        if contabilizada is None:
            contabilizada = Contabilizada.PENDIENTE if votos is None else Contabilizada.SI
        renglon = len(self.actas) + 1
        casilla = Casilla(
            clave=f"05{seccion or 0:04d}{tipo.value}{renglon:02d}00",
            unidad=unidad,
            seccion=seccion,
            numero=renglon,
            tipo=tipo,
            extension=0,
            ubicacion=1,
        )
        self.actas.append(
            Acta(
                renglon=Renglon(renglon),
                casilla=casilla,
                tipo_acta=tipo_acta,
                contabilizada=contabilizada,
                observaciones="-" if votos is None else observaciones,
                votos=tuple([Marcador.NO_APLICA] * 6 if votos is None else votos),
                lista_nominal=nominal,
            )
        )
        return self


@pytest.fixture
def catalogo() -> Catalogo:
    return Catalogo()


@pytest.fixture
def cuenta(jornada: Jornada) -> Callable[..., Corte]:
    """Count a corte of the small night."""

    def _cuenta(
        actas: Iterable[Acta], *, numero: int = 2, ultimo: bool = False, tipo: Tipo = Tipo.OFICIAL
    ) -> Corte:
        noche = replace(jornada, tipo=tipo)
        instante = noche.apertura + (numero - 1) * noche.periodo
        return contar(noche, numero=numero, instante=instante, ultimo=ultimo, actas={"DIP_LOC": tuple(actas)})

    return _cuenta


@pytest.fixture
def arbol() -> Callable[..., dict[str, bytes]]:
    """Render a whole corte."""

    def _arbol(corte: Corte, **otros: Corte) -> dict[str, bytes]:
        return dict(
            sitio.paginas(
                corte, publicado=PUBLICADO, periodo=600.0, huella=huella(corte_json(corte)), **otros
            )
        )

    return _arbol


class Lector(HTMLParser):
    """What a page holds: text, ids, links, and whatever a browser would fetch by itself."""

    def __init__(self, html: bytes) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.enlaces: list[str] = []
        self.carga: list[str] = []
        self._trozos: list[str] = []
        self._mudo = False
        self.feed(html.decode())
        self.texto = re.sub(r"\s+", " ", " ".join(self._trozos))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        datos = dict(attrs)
        self._mudo = tag in {"style", "script"}
        if datos.get("id"):
            self.ids.append(str(datos["id"]))
        if tag == "a" and datos.get("href"):
            self.enlaces.append(str(datos["href"]))
        self.carga += [str(datos["src"])] if datos.get("src") else []
        self.carga += [str(datos["href"])] if tag == "link" else []
        assert not [nombre for nombre in datos if nombre.startswith("on") or nombre == "style"], (tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        if tag in {"style", "script"}:
            self._mudo = False

    def handle_data(self, data: str) -> None:
        if not self._mudo:
            self._trozos.append(data)


@pytest.fixture
def lee() -> type[Lector]:
    return Lector
