"""The schema of a base de datos: every field with its name, meaning and how an acta fills it (R82, R90).

The columns of votes come from the election's own; nothing about them is typed here (R71). The layout is that
of 2024: protected keys, markers as text, pending rows complete (R85).
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from pregon.prep.acta import Acta, Celda, Contabilizada, Marcador
from pregon.prep.escribir.tabla import clave, libre, sin_acentos
from pregon.prep.jornada import Ambito, ClaseColumna, Columna, Eleccion, Instituto, Jornada, Tipo

_NO_APLICA = "N/A"


@dataclass(frozen=True, slots=True, kw_only=True)
class Campo:
    """A column of the results: heading, what the LEEME says of it, and its text for an acta."""

    nombre: str
    descripcion: str
    valor: Callable[[Acta], str]


ENCABEZADO: Mapping[str, str] = {
    "ACTAS_ESPERADAS": (
        "Número de actas PREP de todas las casillas aprobadas, para esta elección. No cambia durante "
        "la operación."
    ),
    "ACTAS_REGISTRADAS": (
        "Actas registradas al momento del corte, se contabilicen o no. Incluye las fuera de catálogo."
    ),
    "ACTAS_FUERA_CATALOGO": (
        "Actas registradas que no pueden asociarse a una casilla aprobada. No entran en el porcentaje"
        " de inconsistencias."
    ),
    "ACTAS_CAPTURADAS": (
        "Actas registradas que están en el catálogo de actas esperadas, se contabilicen o no."
    ),
    "PORCENTAJE_ACTAS_CAPTURADAS": "ACTAS_CAPTURADAS / ACTAS_ESPERADAS * 100.",
    "ACTAS_CONTABILIZADAS": (
        "Actas capturadas cuyos votos se suman: no exceden la lista nominal más representantes y "
        "tienen al menos un dato legible."
    ),
    "PORCENTAJE_ACTAS_CONTABILIZADAS": "ACTAS_CONTABILIZADAS / ACTAS_ESPERADAS * 100.",
    "PORCENTAJE_ACTAS_INCONSISTENCIAS": (
        "Actas que exceden la lista nominal o tienen algún campo, o todos, ilegible o sin dato, entre"
        " ACTAS_ESPERADAS, por 100. No incluye las que están sin acta ni las fuera de catálogo."
    ),
    "ACTAS_NO_CONTABILIZADAS": (
        "Actas capturadas cuyos votos no se suman: exceden la lista nominal, no tienen dato legible o"
        " están sin acta."
    ),
    "LISTA_NOMINAL_ACTAS_CONTABILIZADAS": "Suma de la lista nominal de las actas contabilizadas.",
    "TOTAL_VOTOS_C_CS": "Suma de los votos de las actas contabilizadas, con casillas especiales.",
    "TOTAL_VOTOS_S_CS": "Suma de los votos de las actas contabilizadas, sin casillas especiales.",
    "PORCENTAJE_PARTICIPACION_CIUDADANA": (
        "Votos de las actas contabilizadas entre su lista nominal, por 100. Sólo en el último corte "
        "incluye las casillas especiales."
    ),
}
"""What the LEEME says of each header figure, in their order (R81)."""


def titulo(jornada: Jornada, eleccion: Eleccion) -> str:
    """Return the first line: the election's title, marked unless the night is oficial (R80, R93)."""
    marca = {Tipo.OFICIAL: "", Tipo.SIMULACRO: "SIMULACRO", Tipo.PROTOTIPO: "PROTOTIPO"}[jornada.tipo]
    propio = eleccion.titulo or eleccion.nombre.upper()
    return propio if marca in propio else f"{propio} - {marca}"


def campos(instituto: Instituto, eleccion: Eleccion) -> tuple[Campo, ...]:
    """Return the columns of the results, in order."""
    return (
        *_identificacion(instituto, eleccion),
        *_boletas(),
        *(_voto(i, columna) for i, columna in enumerate(eleccion.columnas)),
        *_totales(),
        *_tratamiento(),
        *_proceso(),
    )


def campos_unidad(eleccion: Eleccion) -> tuple[str, str] | None:
    """Return the names of the two columns that identify the unit; None when rows name no unit."""
    match eleccion.detalle:
        case Ambito.DISTRITO:
            return "ID_DISTRITO_LOCAL", "DISTRITO_LOCAL"
        case Ambito.MUNICIPIO:
            return "ID_MUNICIPIO", "MUNICIPIO"
        case Ambito.ENTIDAD:
            return None


def _identificacion(instituto: Instituto, eleccion: Eleccion) -> Iterator[Campo]:
    entidad = clave(f"{instituto.id_entidad:02d}")
    yield Campo(
        nombre="CLAVE_CASILLA",
        descripcion=(
            "Clave de la casilla: entidad (2), sección (4), tipo (1), número (2) y extensión contigua"
            " (2). El apóstrofo inicial sólo evita que una hoja de cálculo la altere."
        ),
        valor=lambda a: clave(a.casilla.clave),
    )
    yield Campo(
        nombre="CLAVE_ACTA",
        descripcion="CLAVE_CASILLA seguida de TIPO_ACTA.",
        valor=lambda a: clave(a.casilla.clave and a.casilla.clave + a.tipo_acta),
    )
    yield Campo(
        nombre="ID_ENTIDAD", descripcion="Número de la entidad, a dos dígitos.", valor=lambda _: entidad
    )
    yield Campo(
        nombre="ENTIDAD",
        descripcion="Nombre de la entidad, en mayúsculas y sin acentos.",
        valor=lambda _: libre(instituto.entidad),
    )
    if (unidad := campos_unidad(eleccion)) is not None:
        nombres = {u.numero: libre(sin_acentos(u.nombre)) for u in eleccion.unidades}
        noun = eleccion.detalle.value
        yield Campo(
            nombre=unidad[0],
            descripcion=f"Número del {noun}, a tres dígitos; N/A en las actas que no pertenecen a ninguno.",
            valor=lambda a: _parte(a, a.casilla.unidad, 3),
        )
        yield Campo(
            nombre=unidad[1],
            descripcion=f"Nombre del {noun}, en mayúsculas y sin acentos.",
            valor=lambda a: _nombre_unidad(a, nombres),
        )
    yield Campo(
        nombre="SECCION",
        descripcion="Sección electoral, a cuatro dígitos; N/A en voto anticipado y en prisión preventiva.",
        valor=lambda a: _parte(a, a.casilla.seccion, 4),
    )
    yield Campo(
        nombre="ID_CASILLA",
        descripcion="Número de la casilla, a dos dígitos; N/A donde no hay casilla.",
        valor=lambda a: _parte(a, a.casilla.numero, 2),
    )
    yield Campo(
        nombre="TIPO_CASILLA",
        descripcion=(
            "B básica, C contigua, E extraordinaria, S especial, A voto anticipado, P personas en "
            "prisión preventiva, M voto desde el extranjero, U urna electrónica."
        ),
        valor=lambda a: a.casilla.tipo.value,
    )
    yield Campo(
        nombre="EXT_CONTIGUA",
        descripcion="Número de contigua de una extraordinaria, a dos dígitos.",
        valor=lambda a: clave(f"{a.casilla.extension:02d}") if a.en_catalogo else "",
    )
    yield Campo(
        nombre="UBICACION_CASILLA",
        descripcion="1 urbana, 2 no urbana, 3 fuera de catálogo.",
        valor=lambda a: "" if a.casilla.ubicacion is None else str(a.casilla.ubicacion),
    )
    yield Campo(
        nombre="TIPO_ACTA",
        descripcion=(
            "Tipo impreso en el acta. En casillas especiales, MR es mayoría relativa y RP "
            "representación proporcional; las RP suman sólo en la entidad."
        ),
        valor=lambda a: libre(a.tipo_acta),
    )


def _boletas() -> Iterator[Campo]:
    yield Campo(
        nombre="TOTAL_BOLETAS_SOBRANTES",
        descripcion="Boletas no usadas y canceladas.",
        valor=lambda a: _celda(a.boletas_sobrantes),
    )
    yield Campo(
        nombre="TOTAL_PERSONAS_VOTARON",
        descripcion="Personas que votaron.",
        valor=lambda a: _celda(a.personas_votaron),
    )
    yield Campo(
        nombre="TOTAL_REP_PARTIDO_CI_VOTARON",
        descripcion="Representantes de partidos y candidaturas independientes que votaron en la casilla.",
        valor=lambda a: _celda(a.representantes_votaron),
    )
    yield Campo(
        nombre="TOTAL_VOTOS_SACADOS",
        descripcion="Votos sacados de la urna.",
        valor=lambda a: _celda(a.votos_sacados),
    )


def _voto(i: int, columna: Columna) -> Campo:
    match columna.clase:
        case ClaseColumna.PARTIDO:
            descripcion = f"Votos del partido {columna.clave}."
        case ClaseColumna.COMBINACION:
            descripcion = (
                f"Votos marcados para {', '.join(columna.partidos)} juntos; suman a la candidatura de "
                f"su coalición."
            )
        case ClaseColumna.INDEPENDIENTE:
            descripcion = "Votos de la candidatura independiente de ese número en la unidad de la fila."
        case ClaseColumna.NO_REGISTRADAS:
            descripcion = "Votos para candidaturas no registradas."
        case ClaseColumna.NULOS:
            descripcion = "Votos nulos."
    return Campo(nombre=columna.clave, descripcion=descripcion, valor=lambda a: _celda(a.votos[i]))


def _totales() -> Iterator[Campo]:
    yield Campo(
        nombre="TOTAL_VOTOS_ASENTADO",
        descripcion="Total de votos escrito en el acta; puede diferir del calculado.",
        valor=lambda a: _celda(a.total_asentado),
    )
    yield Campo(
        nombre="TOTAL_VOTOS_CALCULADO",
        descripcion=(
            "Suma de los votos del acta, hecha por el sistema; lo ilegible o sin dato suma cero. SIN "
            "ACTA en ese caso."
        ),
        valor=_calculado,
    )
    yield Campo(
        nombre="LISTA_NOMINAL",
        descripcion="Personas con derecho a votar en la casilla; 0 en las especiales.",
        valor=lambda a: str(a.lista_nominal) if a.en_catalogo else "",
    )
    yield Campo(
        nombre="REPRESENTANTES_PP_CI",
        descripcion=(
            "Máximo de representantes acreditados ante la casilla; en las especiales, máximo de boletas."
        ),
        valor=lambda a: _celda(a.representantes),
    )


def _tratamiento() -> Iterator[Campo]:
    yield Campo(
        nombre="OBSERVACIONES",
        descripcion=(
            "Vacío si no hay. EXCEDE LISTA NOMINAL; ALGUN CAMPO ILEGIBLE O SIN DATO; TODOS ILEGIBLES "
            "O SIN DATO; SIN ACTA POR CASILLA NO INSTALADA, POR PAQUETE NO ENTREGADO o POR PAQUETE "
            "ENTREGADO SIN BOLSA; FUERA DE CATALOGO."
        ),
        valor=lambda a: libre(a.observaciones),
    )
    yield Campo(
        nombre="CONTABILIZADA",
        descripcion=(
            "1 el acta se contabiliza, 0 no se contabiliza (la razón está en OBSERVACIONES), 2 fuera "
            "de catálogo."
        ),
        valor=lambda a: a.contabilizada.value,
    )


def _proceso() -> Iterator[Campo]:
    yield Campo(
        nombre="MECANISMOS_TRASLADO",
        descripcion=(
            "D dispositivo de apoyo, F centro de recepción fijo, I centro itinerante, o sus "
            "combinaciones; vacío si ninguno."
        ),
        valor=lambda a: _texto(a, a.mecanismos_traslado),
    )
    yield Campo(
        nombre="CODIGO_INTEGRIDAD",
        descripcion=(
            "SHA-256 del archivo del acta digitalizada, 64 dígitos hexadecimales; compare sin "
            "distinguir mayúsculas. N/A sin acta."
        ),
        valor=lambda a: _texto(a, a.codigo_integridad),
    )
    yield Campo(
        nombre="FECHA_HORA_ACOPIO",
        descripcion=(
            "Recepción del acta PREP, o su digitalización en la casilla: dd/mm/aaaa hh:mm:ss, hora "
            "oficial de la entidad. N/A sin acta."
        ),
        valor=lambda a: _momento(a, a.acopio),
    )
    yield Campo(
        nombre="FECHA_HORA_CAPTURA",
        descripcion="Captura del acta, con el mismo formato. N/A sin acta.",
        valor=lambda a: _momento(a, a.captura),
    )
    yield Campo(
        nombre="FECHA_HORA_VERIFICACION",
        descripcion=(
            "Verificación del acta, con el mismo formato; desde entonces aparece en los cortes. N/A sin acta."
        ),
        # A time that the replay had to make up is not printed as if the institute had registered it.
        valor=lambda a: _momento(a, None if a.hora_imputada else a.verificacion),
    )
    yield Campo(
        nombre="ORIGEN",
        descripcion="CASILLA o CATD, según dónde se digitalizó. N/A sin acta.",
        valor=lambda a: _texto(a, a.origen),
    )
    yield Campo(
        nombre="DIGITALIZACION",
        descripcion="MOVIL o ESCANER. N/A sin acta.",
        valor=lambda a: _texto(a, a.digitalizacion),
    )
    yield Campo(
        nombre="TIPO_DOCUMENTO",
        descripcion="ACTA PREP, RPP, CC, PPC, ACTA VA o ACTA VPPP. N/A sin acta.",
        valor=lambda a: _texto(a, a.tipo_documento),
    )


def _celda(celda: Celda) -> str:
    return str(celda) if isinstance(celda, int) else celda.value


def _parte(acta: Acta, numero: int | None, cifras: int) -> str:
    """Return a part of the key: protected digits, `N/A` where it does not exist, empty fuera de catálogo."""
    if numero is not None:
        return clave(f"{numero:0{cifras}d}")
    return clave(_NO_APLICA) if acta.en_catalogo else ""


def _nombre_unidad(acta: Acta, nombres: Mapping[int, str]) -> str:
    if acta.casilla.unidad is not None:
        return nombres.get(acta.casilla.unidad, "")
    return _NO_APLICA if acta.en_catalogo else ""


def _calculado(acta: Acta) -> str:
    if acta.sin_acta:
        return Marcador.SIN_ACTA.value
    return str(acta.total_calculado) if acta.en_catalogo else ""


def _texto(acta: Acta, texto: str) -> str:
    return libre(texto) if texto else _ausente(acta)


def _momento(acta: Acta, momento: datetime | None) -> str:
    return f"{momento:%d/%m/%Y %H:%M:%S}" if momento is not None else _ausente(acta)


def _ausente(acta: Acta) -> str:
    """Return what stands where there is nothing: the reason is the state of the acta (R59, R98)."""
    if acta.contabilizada is Contabilizada.PENDIENTE:
        return Marcador.NO_APLICA.value
    return _NO_APLICA if acta.sin_acta else ""
