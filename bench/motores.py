"""Our two engines over written files: bytes from disk in, figures out."""

from collections.abc import Sequence

from noches import Archivo, Manera, Suma

from pregon.origin import motor
from pregon.prep.acta import Acta
from pregon.prep.corte import CIFRAS, Corte
from pregon.prep.cuentas import ENTIDAD, cuentas, diferencias
from pregon.prep.jornada import Jornada
from pregon.prep.recontar import Recuento, recontar


def todo(jornada: Jornada, archivos: Sequence[Archivo]) -> Suma:
    """Count with both and compare cell by cell: what stands between a capture and a published corte."""
    corte = _contado(jornada, archivos)
    for resultado, recuento in zip(corte.resultados, _recontado(archivos), strict=True):
        if faltas := list(diferencias(cuentas(resultado), recuento.cuentas)):
            raise AssertionError(f"the two engines do not agree: {faltas[:3]}")
    return [resultado.totales.votos for resultado in corte.resultados]


def rapido(jornada: Jornada, archivos: Sequence[Archivo]) -> Suma:
    """Count with the fast engine."""
    return [resultado.totales.votos for resultado in _contado(jornada, archivos).resultados]


def llano(_: Jornada, archivos: Sequence[Archivo]) -> Suma:
    """Count with the plain engine."""
    return [r.cuentas.niveles[ENTIDAD][len(CIFRAS) :] for r in _recontado(archivos)]


MANERAS: dict[str, Manera] = {"todo": todo, "rapido": rapido, "llano": llano}


def _contado(jornada: Jornada, archivos: Sequence[Archivo]) -> Corte:
    actas: dict[str, Sequence[Acta]] = {}
    for archivo in archivos:
        (base,) = motor.leer(archivo.ruta.name, archivo.ruta.read_bytes())
        actas[archivo.clave] = base.actas
    return motor.contar(jornada, numero=1, instante=jornada.cierre, ultimo=True, actas=actas)


def _recontado(archivos: Sequence[Archivo]) -> list[Recuento]:
    return [recontar(archivo.ruta.read_bytes()) for archivo in archivos]
