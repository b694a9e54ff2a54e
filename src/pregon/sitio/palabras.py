"""The words of the screens that depend on data: units, casillas, markers, observaciones. Good es-MX.

None of them says more than a partial count allows (R115): a contendiente *lleva ventaja*, nothing else.
"""

from collections.abc import Sequence
from functools import lru_cache

from pregon.paquete.difusores import Estado
from pregon.prep.acta import Acta, Casilla, Celda, Clase, Contabilizada, Marcador, TipoCasilla
from pregon.prep.dialecto import PRESETS, Observacion
from pregon.prep.escribir.observaciones import Observaciones
from pregon.prep.jornada import Ambito, Contendiente, Eleccion, Tipo, Unidad

PLURAL = {Ambito.ENTIDAD: "entidad", Ambito.DISTRITO: "distritos", Ambito.MUNICIPIO: "municipios"}

MARCA = {
    Tipo.OFICIAL: ("", ""),
    Tipo.SIMULACRO: ("SIMULACRO", "Datos ficticios de un ejercicio. No son resultados de una elección."),
    Tipo.PROTOTIPO: ("PROTOTIPO", "Muestra navegable del sitio. No es una publicación oficial."),
}

DIFUSOR = {
    Estado.ACTIVO: "",
    Estado.DEMORADO: "Demorado: puede no mostrar el corte más reciente",
    Estado.SUSPENDIDO: "Transmisión interrumpida",
    Estado.RECONEXION: "En reconexión",
    Estado.CERRADO: "Conserva el último corte",
}

_TIPOS = {
    TipoCasilla.BASICA: "Básica",
    TipoCasilla.CONTIGUA: "Contigua",
    TipoCasilla.EXTRAORDINARIA: "Extraordinaria",
    TipoCasilla.ESPECIAL: "Especial",
    TipoCasilla.VOTO_ANTICIPADO: "Voto anticipado",
    TipoCasilla.PRISION_PREVENTIVA: "Prisión preventiva",
    TipoCasilla.EXTRANJERO: "Extranjero",
    TipoCasilla.URNA_ELECTRONICA: "Urna electrónica",
    TipoCasilla.DESCONOCIDA: "Sin identificar",
}

_MARCADORES = {
    Marcador.ILEGIBLE: "ilegible",
    Marcador.SIN_DATO: "sin dato",
    Marcador.SIN_ACTA: "sin acta",
    Marcador.NO_APLICA: "–",
    Marcador.N_A: "no aplica",
    Marcador.VACIO: "vacío",
    Marcador.INCONSISTENTE: "inconsistente",
}

_VOCABULARIO = Observaciones(PRESETS["2024"])
_OBSERVACIONES = {
    Observacion.EXCEDE: "excede la lista nominal",
    Observacion.TODOS: "todos los campos ilegibles o sin dato",
    Observacion.ALGUN_CAMPO: "algún campo ilegible o sin dato",
    Observacion.CASILLA_NO_INSTALADA: "sin acta por casilla no instalada",
    Observacion.PAQUETE_NO_ENTREGADO: "sin acta por paquete no entregado",
    Observacion.PAQUETE_SIN_BOLSA: "sin acta por paquete entregado sin bolsa del PREP",
    Observacion.SIN_ACTA: "sin acta",
    Observacion.IDENTIFICACION: "identificación por el proceso técnico operativo",
    Observacion.FUERA_DE_CATALOGO: "fuera de catálogo",
}
_MENUDAS = {"De", "Del", "La", "Las", "Los", "El", "Y"}


def celda(valor: Celda) -> str:
    """Return what a vote cell shows: its number or its marker in words, never 0 for a marker (R60)."""
    return f"{valor:,}" if isinstance(valor, int) else _MARCADORES[valor]


def casilla(una: Casilla) -> str:
    """Return a casilla in words: ``Básica``, ``Contigua 2``, ``Extraordinaria 1 contigua 1``."""
    nombre = _TIPOS[una.tipo]
    if una.tipo is not TipoCasilla.BASICA and una.numero:
        nombre += f" {una.numero}"
    return f"{nombre} contigua {una.extension}" if una.extension else nombre


@lru_cache(maxsize=4096)
def observaciones(texto: str) -> str:
    """Return OBSERVACIONES in words, empty when there is none; unknown ones stay as printed (R62)."""
    casos = _VOCABULARIO.casos(texto)
    if casos is None:
        limpia = " ".join(texto.replace("_", " ").split())
        return limpia.lower() if limpia.isupper() else limpia
    dichas = ", ".join(_OBSERVACIONES[caso] for caso in casos)
    # What carries the acta was an envelope until 2021: the page says what its file says.
    return dichas.replace("sin bolsa", "sin sobre") if "SOBRE" in texto.upper() else dichas


def clase(una: Clase) -> str:
    """Return a class of actas as the head of a row: ``Sin acta: paquete no entregado``."""
    return una.value[0].upper() + una.value[1:]


def procedencia(acta: Acta) -> str:
    """Return what took the image of an acta (R97); its own word for what is not in the vocabulary."""
    digitalizacion = acta.digitalizacion.upper()
    return _PROCEDENCIA.get(digitalizacion, acta.digitalizacion.capitalize() or "Ver")


_PROCEDENCIA = {
    "ESCANER": "Escáner",
    "ESCÁNER": "Escáner",
    "MOVIL": "Móvil",
    "MÓVIL": "Móvil",
    "URNA ELECTRONICA": "Urna electrónica",
    "URNA ELECTRÓNICA": "Urna electrónica",
}


def estado(acta: Acta) -> str:
    """Return how the PREP treated an acta, with the reason (R59, R63)."""
    razon = observaciones(acta.observaciones)
    if acta.contabilizada is Contabilizada.PENDIENTE:
        return "Pendiente"
    if acta.contabilizada is Contabilizada.FUERA_DE_CATALOGO:
        return "Fuera de catálogo"
    palabra = "Contabilizada" if acta.contada else "No contabilizada"
    return f"{palabra}: {razon}" if razon else palabra


def unidad(eleccion: Eleccion, una: Unidad) -> str:
    """Return a unit's full name: ``Distrito 5, Monclova``; a municipio by its name alone."""
    nombre = _nombre(una.nombre)
    if eleccion.detalle is not Ambito.DISTRITO:
        return nombre or f"{eleccion.detalle.value.capitalize()} {una.numero}"
    corto = f"Distrito {una.numero}"
    return corto if not nombre or nombre.casefold().startswith("distrito") else f"{corto}, {nombre}"


def unidades(n: int, ambito: Ambito) -> str:
    """Return ``1 distrito``, ``16 distritos``."""
    return f"{n} {ambito.value if n == 1 else PLURAL[ambito]}"


def letras(contendiente: Contendiente) -> str:
    """Return the letters of a contendiente, members joined: ``PRI-UDC``; always beside its colour."""
    return siglas(contendiente.siglas or (contendiente.clave,))


def siglas(claves: Sequence[str]) -> str:
    """Return the letters of one or several parties; ``CAND_IND_1`` reads ``CI 1``."""
    return "-".join(f"CI {c[9:]}" if c.startswith("CAND_IND_") else c for c in claves)


def enumerar(cosas: Sequence[str]) -> str:
    """Return ``a, b y c``."""
    return " y ".join(filter(None, [", ".join(cosas[:-1]), *cosas[-1:]]))


def plural(n: int, una: str, varias: str) -> str:
    """Return ``1 acta`` or ``2,000 actas``."""
    return f"{n:,} {una if n == 1 else varias}"


def _nombre(crudo: str) -> str:
    """Old databases print names in capitals (``RAMOS ARIZPE``); people read ``Ramos Arizpe``."""
    if not crudo.isupper():
        return crudo
    partes = crudo.title().split()
    return " ".join(p.lower() if i and p in _MENUDAS else p for i, p in enumerate(partes))
