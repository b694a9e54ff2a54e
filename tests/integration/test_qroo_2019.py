"""Quintana Roo 2019: every number of the official API's JSON files, counted by us from that corte's ZIP.

The walk meets every field of every object: it is reproduced, or it is in `SIN_REPRODUCIR` with its reason.
"""

import json
import math
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from pathlib import Path
from typing import Any

import pytest

from pregon.origin.motor import contar
from pregon.prep.acta import Acta, Casilla, Celda, Contabilizada, Marcador, Renglon, TipoCasilla, votos
from pregon.prep.base_de_datos import leer
from pregon.prep.corte import Corte, ResultadoEleccion, ResultadoSeccion, Totales
from pregon.prep.deducir import jornada
from pregon.prep.identidades import faltas
from pregon.prep.jornada import ClaseColumna, Eleccion, Jornada, Tipo
from pregon.prep.lugares import Contienda, contiendas, entidad
from pregon.prep.porcentaje import porcentaje
from pregon.testing.reparto import reparto, reparto_entidad

Objeto = dict[str, Any]
Esperados = dict[tuple[str, ...], Objeto]
"""What a file must say, by the values of the fields that name an object."""

SIN_REPRODUCIR = {
    "id_casilla": "the API's own key of a casilla; the ZIP has none",
    "digitalizacion": "where the API's server kept the image",
    "propietario": "a name",
    "entidad.json: participacion": "336.673 %: no sum of its fifteen distritos that we know",
}
SIN_CASILLAS = {(1, 171), (1, 971), (1, 973), (8, 180), (9, 213), (12, 236)}
"""Distrito and sección of seccion_con_distrito.json without a row in the ZIP."""

CELDAS_RP = (
    "pan", "pri", "prd", "pvem", "pt", "mc", "morena", "mas", "cqroo", "pesqroo",
    "pan_prd_pesqroo", "pan_prd", "pan_pesqroo", "prd_pesqroo",
    "pvem_pt_morena", "pvem_pt", "pvem_morena", "pt_morena", "cand_ind", "no_registrados", "nulos",
)  # fmt: skip
"""The RP actas have no row in the ZIP: these cells of casillas_rp.json are what is counted."""
COALICIONES = ("pan_prd_pesqroo", "pvem_pt_morena")


@dataclass(frozen=True, slots=True, kw_only=True)
class Noche:
    """The counted election and the folder of the API."""

    api: Path
    jornada: Jornada
    corte: Corte

    @property
    def resultado(self) -> ResultadoEleccion:
        return self.corte.resultados[0]

    def lee(self, archivo: str) -> list[Objeto]:
        objetos: list[Objeto] = json.loads((self.api / f"{archivo}.json").read_text())["json"]
        return objetos


@pytest.fixture(scope="module")
def noche(datos_reales: Path) -> Noche:
    archivo = datos_reales / "qroo-2019" / "20190603_0547_PREP_DIP_QROO.zip"
    if not archivo.is_file():
        pytest.skip("falta Quintana Roo 2019 entre los archivos reales")
    (base,) = leer(archivo.name, archivo.read_bytes())
    assert base.sello is not None
    deducida, actas = jornada((base,), tipo=Tipo.PROTOTIPO, rol="prototipo")
    corte = contar(deducida, numero=1, instante=base.sello, ultimo=True, actas=actas)
    return Noche(api=datos_reales / "qroo-2019" / "json_api", jornada=deducida, corte=corte)


def test_every_number_of_every_file_is_reproduced(noche: Noche) -> None:
    distintos, vistos, cuantos = [], [], Counter[str]()

    for archivo, nombran, esperados in _reproducidos(noche):
        vistos.append(archivo)
        objetos = {tuple(str(o[campo]) for campo in nombran): o for o in noche.lee(archivo)}
        assert objetos.keys() == esperados.keys(), archivo
        for clave, objeto in objetos.items():
            for campo, dicho in objeto.items():
                if {campo, f"{archivo}.json: {campo}"} & SIN_REPRODUCIR.keys():
                    cuantos["sin reproducir"] += 1
                elif archivo == "casillas_rp" and campo in CELDAS_RP:
                    cuantos["celdas de RP"] += 1
                elif _igual(dicho, esperados[clave][campo]):
                    cuantos["textos" if _numero(dicho) is None else "números"] += 1
                else:
                    distintos.append((archivo, clave, campo, dicho, esperados[clave][campo]))

    assert distintos == []
    assert sorted(vistos) == sorted(ruta.stem for ruta in noche.api.glob("*.json"))
    assert cuantos == {"números": 107267, "textos": 12281, "sin reproducir": 4610, "celdas de RP": 231}


def test_the_identities_hold_at_every_level(noche: Noche) -> None:
    assert list(faltas(noche.resultado)) == []


def _reproducidos(noche: Noche) -> Iterator[tuple[str, tuple[str, ...], Esperados]]:
    """Yield every file, the fields that name its objects, and what they must say."""
    yield "entidad", (), {(): _entidad(noche)}
    yield "entidad_pp_ci", ("partido",), _entidad_por_partido(noche.resultado)
    por_candidatura: Esperados = {}
    por_partido: Esperados = {}
    for una in contiendas(noche.resultado):
        unidad, t = una.resultado, una.resultado.totales
        numero = unidad.unidad.numero
        columnas, comunes = _columnas(noche.resultado, t), _distrito(t)
        suma = _sumas(columnas)
        nombres: Objeto = {
            "id_distrito": numero, "id_distrto": numero, "distrito": f"DISTRITO {numero}"
        }  # fmt: skip
        repartidas = _repartidas(noche.resultado, t)
        por_candidatura[(str(numero),)] = nombres | comunes | _por_candidatura(una)
        por_partido[(str(numero),)] = (
            nombres | comunes | repartidas | {"participacion": _participacion_de_pp_ci(t, columnas)}
        )
        yield (
            f"distrito_{numero}_candidato_desgloce",
            ("partido",),
            {
                (clave,): comunes | {"partido": clave, "votos": n, "porcentaje": porcentaje(n, t.votos_c_cs)}
                for clave, n in (columnas | suma).items()
            },
        )
        yield (
            f"distrito_{numero}_pp_ci_desgloce",
            ("partido",),
            {
                (clave,): comunes
                | {
                    "partido": clave,
                    "votos": n,
                    "votos_partido": columnas[clave],
                    "votos_coalicion": n - columnas[clave],
                    "porcentaje": porcentaje(n, t.votos_c_cs),
                }
                for clave, n in repartidas.items()
            },
        )
        yield (
            f"distrito_{numero}_seccion_casilla",
            ("id_seccion",),
            {
                (str(s.seccion),): _seccion(noche.resultado, s) | {"id_seccion": s.seccion}
                for s in unidad.secciones
            },
        )
        yield (
            f"distrito_{numero}_seccion_casilla_acta",
            ("id_seccion", "tipo_casilla"),
            {
                (str(s.seccion), _tipo(a.casilla)): _casilla(noche.resultado, a)
                for s in unidad.secciones
                for a in s.actas
            },
        )
    yield "distrito_votos_candidatura", ("id_distrito",), por_candidatura
    yield "distrito_votos_pp_ci", ("id_distrto",), por_partido
    secciones = {(u.unidad.numero, s.seccion) for u in noche.resultado.unidades for s in u.secciones}
    yield (
        "seccion_con_distrito",
        ("distrito", "seccion"),
        {(str(d), str(s)): {"distrito": d, "seccion": s} for d, s in secciones | SIN_CASILLAS},
    )
    yield from _representacion_proporcional(noche)


def _entidad(noche: Noche) -> Objeto:
    resultado, t = noche.resultado, noche.resultado.totales
    unidades = contiendas(resultado)
    sello = noche.jornada.local(noche.corte.instante)
    votos = _por_clave({u.contendiente.clave: u.votos for u in entidad(resultado, unidades)})
    votos |= {k: v for k, v in _columnas(resultado, t).items() if k in {"no_registrados", "nulos"}}
    lideran: dict[str, list[int]] = {clave: [] for clave in votos}
    for una in unidades:
        assert una.ventaja.lider is not None
        (clave,) = _por_clave({una.ventaja.lider.clave: 0})
        lideran[clave].append(una.resultado.unidad.numero)
    contadas = [a for a in resultado.actas if a.contada]
    return (
        votos
        | {f"porcentaje_{k}": porcentaje(n, t.votos_c_cs) for k, n in votos.items()}
        | {f"distrito_{k}": len(v) for k, v in lideran.items()}
        | {f"ids_d_{k}": v for k, v in lideran.items()}
        | {
            "total": t.votos_c_cs,
            "esperadas": t.esperadas,
            "capturadas": t.capturadas,
            "contabilizadas": t.contabilizadas,
            "porcentaje_contabilizadas": porcentaje(t.contabilizadas, t.esperadas),
            "porcentaje_capturadas": porcentaje(t.capturadas, t.esperadas),
            "listado_nominal": t.lista_nominal_total,
            "listado_nominal_contabilizado": t.lista_nominal,
            "porcentaje_listado_nominal": porcentaje(t.lista_nominal, t.lista_nominal_total),
            "urbanas": sum(a.casilla.ubicacion == 1 for a in contadas),
            "no_urbanas": sum(a.casilla.ubicacion == 2 for a in contadas),
            "casillas_especiales": t.votos_especiales,
            "casillas_no_especiales": t.votos_s_cs,
            "participacion_sesp": t.participacion(ultimo=False),
            "participacion_cesp": t.participacion(ultimo=True),
            "ultimo_corte": 1,
            "dia": sello.day,
            "mes": {6: "Junio"}[sello.month],
            "hora": f"{sello:%H:%M}",
        }
    )


def _entidad_por_partido(resultado: ResultadoEleccion) -> Esperados:
    t = resultado.totales
    votos = _por_clave(reparto_entidad(resultado))
    votos |= {k: v for k, v in _columnas(resultado, t).items() if k in {"no_registrados", "nulos"}}
    filas: Esperados = {
        (k,): {"partido": k, "votos": n, "porcentaje": porcentaje(n, t.votos_c_cs)} for k, n in votos.items()
    }
    filas["total",] = {
        "partido": "total",
        "ultimo_corte": 1,
        "votos": t.votos_c_cs,
        "esperadas": t.esperadas,
        "capturadas": t.capturadas,
        "contabilizadas": t.contabilizadas,
        "porc_capturadas": porcentaje(t.capturadas, t.esperadas),
        "ln_contabilizadas": t.lista_nominal,
        "porc_contabilizadas": porcentaje(t.contabilizadas, t.esperadas),
        "porcentaje_participacion_contabilizada_especiales": t.participacion(ultimo=True),
        "porcentaje_participacion_contabilizada_no_especiales": t.participacion(ultimo=False),
    }
    return filas


def _distrito(t: Totales) -> Objeto:
    return {
        "ultimo_corte": 1,
        "total": t.votos_c_cs,
        "esperadas": t.esperadas,
        "contabilizadas": t.contabilizadas,
        "capturadas": t.capturadas,
        "ln_contabilizadas": t.lista_nominal,
        "listado_nominal": t.lista_nominal_total,
        "participacion_cesp": _redondeada(t.votos_c_cs, t.lista_nominal),
        "participacion_sesp": _redondeada(t.votos_s_cs, t.lista_nominal),
        "porc_contabilizadas": porcentaje(t.contabilizadas, t.esperadas),
        "porc_capturadas": porcentaje(t.capturadas, t.esperadas),
    }


def _por_candidatura(una: Contienda) -> Objeto:
    """In this file an option that does not stand in the distrito holds a 0."""
    partidos = {k.lower(): 0 for k in ("PAN", "PRI", "PRD", "PVEM", "PT", "MC", "MORENA", "MAS", "CQROO")}
    nadie = partidos | dict.fromkeys(("pesqroo", "cand_ind", *COALICIONES), 0)
    *_, no_registrados, nulos = una.resultado.totales.votos
    return (
        nadie
        | _por_clave({u.contendiente.clave: u.votos for u in una.lugares})
        | {"no_registrados": no_registrados, "nulos": nulos}
    )


def _seccion(resultado: ResultadoEleccion, seccion: ResultadoSeccion) -> Objeto:
    t = seccion.totales
    columnas = _columnas(resultado, t)
    return (
        _distrito(t)
        | columnas
        | _sumas_de_seccion(resultado, seccion)
        | {
            # Over the whole lista nominal of the sección, counted or not, against R51.
            "participacion": _redondeada(t.votos_c_cs, t.lista_nominal_total),
            "porcentaje": _con_flotantes(columnas["nulos"], t.votos_c_cs),
        }
    )


def _casilla(resultado: ResultadoEleccion, acta: Acta) -> Objeto:
    """An acta that is not counted keeps its cells and its sum, and adds nothing."""
    columnas = resultado.eleccion.columnas
    celdas = {
        _clave(c.clave): v.value if isinstance(v, Marcador) else v
        for c, v in zip(columnas, acta.votos, strict=True)
        if c.clase is not ClaseColumna.INDEPENDIENTE
    }
    numeros = _por_clave(
        {c.clave: v if isinstance(v, int) else 0 for c, v in zip(columnas, acta.votos, strict=True)}
    )
    total = acta.total_calculado
    dichas = (
        celdas
        | _sumas_sin_pesqroo(numeros)
        | {
            "id_seccion": acta.casilla.seccion,
            "tipo_casilla": _tipo(acta.casilla),
            "cand_ind": _independientes(resultado, acta) or numeros["cand_ind"],
            "total": total,
            "porcentaje": _con_flotantes(numeros["nulos"], total),
            "esperadas": 1,
            "contabilizadas": int(acta.contada),
            "capturadas": int(acta.capturada),
            "listado_nominal": acta.lista_nominal,
            "participacion": _redondeada(total, acta.lista_nominal),
            "porc_contabilizadas": porcentaje(int(acta.contada), 1),
            "porc_capturadas": porcentaje(int(acta.capturada), 1),
            "tipo_digitalizacion": acta.digitalizacion[:1],
            "observaciones": acta.observaciones.replace("ALGUN", "ALGÚN"),
        }
    )
    if acta.sin_acta:  # whose cells are 0 in the ZIP and words in the API
        dichas |= dict.fromkeys((*CELDAS_RP, *(f"total_{c}" for c in COALICIONES), "total"), "SIN ACTA")
    return dichas


def _independientes(resultado: ResultadoEleccion, acta: Acta) -> str:
    """Return the marker of the independents; an acta all illegible has one even where none stands."""
    columnas = zip(resultado.eleccion.columnas, acta.votos, strict=True)
    propias = [v for c, v in columnas if c.clase is ClaseColumna.INDEPENDIENTE]
    if not any(isinstance(v, int) for v in acta.votos):
        propias.append(acta.votos[0])
    dichas = [v.value for v in propias if isinstance(v, Marcador) and v is not Marcador.NO_APLICA]
    return dichas[0] if dichas else ""


def _representacion_proporcional(noche: Noche) -> Iterator[tuple[str, tuple[str, ...], Esperados]]:
    """Count the RP actas from their own cells: they add at the entidad only (R73)."""
    eleccion = noche.resultado.eleccion
    actas = [_acta_rp(eleccion, n, o) for n, o in enumerate(noche.lee("casillas_rp"), start=1)]
    corte = contar(
        replace(noche.jornada, elecciones=(eleccion,)),
        numero=1,
        instante=noche.corte.instante,
        ultimo=True,
        actas={eleccion.clave: actas},
    )
    (resultado,) = corte.resultados
    assert not any(u.totales.esperadas for u in resultado.unidades)
    yield (
        "casillas_rp",
        ("id_seccion",),
        {(str(a.casilla.seccion),): _casilla(resultado, a) for a in resultado.sin_unidad},
    )
    t = resultado.totales
    yield "total_entidad_rp", (), {(): _columnas(resultado, t) | {"total": t.votos_c_cs}}


def _acta_rp(eleccion: Eleccion, renglon: int, objeto: Objeto) -> Acta:
    celdas = {c: objeto[c] for c in CELDAS_RP}
    casilla = Casilla(
        clave="",
        unidad=None,
        seccion=int(str(objeto["id_seccion"])),
        numero=1,
        tipo=TipoCasilla.ESPECIAL,
        extension=0,
        ubicacion=1,
    )
    return Acta(
        renglon=Renglon(renglon),
        casilla=casilla,
        tipo_acta="3ERP",
        contabilizada=Contabilizada(str(objeto["contabilizadas"])),
        observaciones=str(objeto["observaciones"]),
        votos=tuple(_celda(celdas.pop(_clave(c.clave), "-")) for c in eleccion.columnas),
        lista_nominal=0,
        digitalizacion="ESCANER",
    )


def _celda(dicha: object) -> Celda:
    return int(str(dicha)) if _numero(dicha) is not None else Marcador(str(dicha))


def _columnas(resultado: ResultadoEleccion, t: Totales) -> dict[str, int]:
    """Return the votes of every column under the API's letters, the independents as one."""
    return _por_clave({c.clave: n for c, n in zip(resultado.eleccion.columnas, t.votos, strict=True)})


def _repartidas(resultado: ResultadoEleccion, t: Totales) -> dict[str, int]:
    columnas = _columnas(resultado, t)
    return _por_clave(reparto(resultado.eleccion.columnas, t.votos)) | {
        k: columnas[k] for k in ("no_registrados", "nulos")
    }


def _sumas(columnas: Mapping[str, int]) -> dict[str, int]:
    """Return the sum of each coalition's columns, whether it stands there or not."""
    return {
        f"total_{c}": sum(n for k, n in columnas.items() if set(k.split("_")) <= set(c.split("_")))
        for c in COALICIONES
    }


def _sumas_sin_pesqroo(columnas: Mapping[str, int]) -> dict[str, int]:
    """A fault of the files by casilla and by sección: they leave PESQROO's own votes out of its coalition."""
    sumas = _sumas(columnas)
    return sumas | {"total_pan_prd_pesqroo": sumas["total_pan_prd_pesqroo"] - columnas["pesqroo"]}


def _sumas_de_seccion(resultado: ResultadoEleccion, seccion: ResultadoSeccion) -> dict[str, int]:
    """Another fault, by sección only: for an acta with a number in PRD-PESQROO, PAN-PRD is added instead.

    And a PAN-PRD «SIN DATO» is then added as its code, 999.
    """
    claves = [_clave(c.clave) for c in resultado.eleccion.columnas]
    de_mas = 0
    for acta in filter(lambda a: a.contada, seccion.actas):
        celdas = dict(zip(claves, acta.votos, strict=True))
        otra, propia = celdas["pan_prd"], celdas["prd_pesqroo"]
        if isinstance(propia, int):
            de_mas += (999 if otra is Marcador.SIN_DATO else votos(otra)) - propia
    sumas = _sumas_sin_pesqroo(_columnas(resultado, seccion.totales))
    return sumas | {"total_pan_prd_pesqroo": sumas["total_pan_prd_pesqroo"] + de_mas}


def _participacion_de_pp_ci(t: Totales, columnas: Mapping[str, int]) -> str:
    """A fault of this file: it leaves out three of the four combinations of PAN, PRD and PESQROO."""
    sin = columnas["pan_prd_pesqroo"] + columnas["pan_pesqroo"] + columnas["prd_pesqroo"]
    return _redondeada(t.votos_c_cs - sin, t.lista_nominal)


def _por_clave(votos: Mapping[str, int]) -> dict[str, int]:
    suma: dict[str, int] = {}
    for clave, n in votos.items():
        suma[_clave(clave)] = suma.get(_clave(clave), 0) + n
    return suma


def _clave(columna: str) -> str:
    if columna.startswith("CAND_IND_"):
        return "cand_ind"
    return {"NO_REGISTRADAS": "no_registrados"}.get(columna, columna.removeprefix("C_").lower())


def _tipo(casilla: Casilla) -> str:
    nombres = {"B": "BASICA", "C": "CONTIGUA", "E": "EXTRAORDINARIA", "S": "ESPECIAL"}
    contigua = f" CONTIGUA {casilla.extension}" if casilla.extension else ""
    return f"{nombres[casilla.tipo.value]} {casilla.numero}{contigua}"


def _redondeada(n: int, d: int) -> str:
    """QROO rounded the participation of a distrito, and only that (R57)."""
    exacta = Decimal(100 * n) / d if d else Decimal(0)
    return str(exacta.quantize(Decimal("0.0001"), ROUND_HALF_UP))


def _con_flotantes(n: int, d: int) -> str:
    """Truncated like the rest, but in binary floating point: 11/125 comes out as 8.7999 (R56)."""
    return f"{math.floor(n / d * 100 * 10**4) / 10**4:.4f}" if d else "0.0000"


def _igual(dicho: object, esperado: object) -> bool:
    if isinstance(esperado, list):  # ids of distritos: ",2,3"
        return sorted(int(n) for n in str(dicho).split(",") if n) == esperado
    if (numero := _numero(dicho)) is not None:
        return numero == _numero(esperado)
    return dicho == esperado


def _numero(dicho: object) -> Decimal | None:
    try:
        return Decimal(str(dicho).replace(",", ""))
    except InvalidOperation:
        return None
