"""How the data files of a corte are called: the official by the dialecto, the tidy always alike (R78)."""

from dataclasses import dataclass

from pregon.prep.corte import Corte
from pregon.prep.jornada import Eleccion
from pregon.prep.sello import sello_archivo


@dataclass(frozen=True, slots=True, kw_only=True)
class Nombres:
    """File names of one election in one corte (R78)."""

    comprimido: str
    resultados: str
    candidaturas: str
    leeme: str
    """Within the ZIP it is ``LEEME.txt``; loose, several elections share a folder."""
    actas: str
    """The tidy actas, whatever the dialecto; then the tidy figures."""
    cifras: str
    cifras_json: str


def nombres(corte: Corte, eleccion: Eleccion) -> Nombres:
    """Return how the files are called; the stamp of the ZIP's name is the stamp of row 2."""
    jornada = corte.jornada
    dialecto = jornada.dialecto
    valores = {
        "sello": sello_archivo(corte.instante, jornada.instituto.zona),
        "eleccion": eleccion.clave,
        "entidad": jornada.instituto.abreviatura,
        "anio": eleccion.anio or jornada.fecha.year,
    }
    base = "{entidad}_{eleccion}_{anio}".format_map(valores)
    return Nombres(
        comprimido=dialecto.comprimido.format_map(valores),
        resultados=dialecto.resultados.format_map(valores),
        candidaturas=dialecto.candidaturas.format_map(valores),
        leeme=dialecto.leeme.format_map(valores),
        actas=f"{base}_actas.csv",
        cifras=f"{base}_cifras.csv",
        cifras_json=f"{base}_cifras.json",
    )
