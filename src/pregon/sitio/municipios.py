"""The table *por municipio* of an election by distritos: it closes with the entidad, row by row (R72).

Candidaturas stand by distrito, so a municipio shows the votes of each column, not of each candidatura.
"""

from dataclasses import dataclass

from pregon.prep.corte import ResultadoEleccion, Totales
from pregon.prep.jornada import ClaseColumna
from pregon.prep.sello import miles
from pregon.sitio import casillas


@dataclass(frozen=True, slots=True, kw_only=True)
class FilaMunicipio:
    """One municipio, what belongs to none, or the entidad."""

    nombre: str
    capturadas: str
    votos: tuple[str, ...]
    """In the order of `TablaMunicipios.titulos`; empty where nothing is counted, which is not zero votes."""
    total: str
    participacion: str
    """With casillas especiales only in the last corte (R53); empty without lista nominal."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TablaMunicipios:
    """Vote columns with votes, and a row per municipio; `resto` is None when nothing is left over."""

    titulos: tuple[str, ...]
    filas: tuple[FilaMunicipio, ...]
    resto: FilaMunicipio | None
    entidad: FilaMunicipio


def tabla(resultado: ResultadoEleccion, *, ultimo: bool) -> TablaMunicipios:
    """Return the table of an election whose result has municipios."""
    columnas = resultado.eleccion.columnas
    todos = resultado.totales
    combinaciones = [i for i, c in enumerate(columnas) if c.clase is ClaseColumna.COMBINACION]
    con_votos = [i for i in combinaciones if todos.votos[i]]
    juntas = combinaciones if len(con_votos) > casillas.COMBINACIONES_EN_COLUMNAS else []
    solas = [i for i in range(len(columnas)) if i not in combinaciones or (not juntas and i in con_votos)]
    titulos = [casillas.letras(columnas[i]) for i in solas]

    def fila(nombre: str, t: Totales) -> FilaMunicipio:
        votos = [miles(t.votos[i]) for i in solas]
        if juntas:
            votos.append(miles(sum(t.votos[i] for i in juntas)))
        return FilaMunicipio(
            nombre=nombre,
            capturadas=f"{miles(t.capturadas)} de {miles(t.esperadas)}",
            votos=tuple(votos) if t.contabilizadas else (),
            total=miles(t.votos_c_cs),
            participacion=f"{t.participacion(ultimo=ultimo)}%" if t.lista_nominal else "",
        )

    # What is of no municipio: rows without sección, and those of no unit.
    resto = resultado.totales.menos(m.totales for m in resultado.municipios)
    return TablaMunicipios(
        titulos=tuple([*titulos, "Combinaciones"] if juntas else titulos),
        filas=tuple(fila(m.unidad.nombre, m.totales) for m in resultado.municipios),
        resto=fila("Sin municipio", resto) if resto.esperadas else None,
        entidad=fila("Entidad", todos),
    )
