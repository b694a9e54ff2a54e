"""The schema of a base de datos: every field with its name, meaning and how actas fill it (R82, R90).

The columns of votes come from the election's own; nothing about them is typed here (R71). Markers are text,
pending rows complete (R85). Names and words are those of 2024, as the night's dialecto writes them.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from pregon.prep.acta import Acta, Celda, Contabilizada, Marcador
from pregon.prep.dialecto import Dialecto, Observacion
from pregon.prep.escribir.campo import Campo, fijo
from pregon.prep.escribir.observaciones import Observaciones
from pregon.prep.escribir.tabla import libre, protectora, sin_acentos
from pregon.prep.jornada import Ambito, ClaseColumna, Columna, Eleccion, Jornada, Tipo

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


def campos(jornada: Jornada, eleccion: Eleccion) -> tuple[Campo[Acta], ...]:
    """Return the columns of the results, in order, as the night's dialecto calls them."""
    escritura = _Escritura(jornada.dialecto)
    propios = (
        *_identificacion(jornada, eleccion, escritura),
        *_boletas(escritura),
        *(_voto(i, columna, escritura) for i, columna in enumerate(eleccion.columnas)),
        *_totales(escritura),
        *_tratamiento(escritura),
        *_proceso(),
    )
    return tuple(replace(c, nombre=jornada.dialecto.campo(c.nombre)) for c in propios)


def campos_unidad(eleccion: Eleccion) -> tuple[str, str] | None:
    """Return the names of the two columns that identify the unit; None when rows name no unit."""
    match eleccion.detalle:
        case Ambito.DISTRITO:
            return "ID_DISTRITO_LOCAL", "DISTRITO_LOCAL"
        case Ambito.MUNICIPIO:
            return "ID_MUNICIPIO", "MUNICIPIO"
        case Ambito.ENTIDAD:
            return None


def descripcion_voto(columna: Columna) -> str:
    """Say what a vote column counts."""
    match columna.clase:
        case ClaseColumna.PARTIDO:
            return f"Votos del partido {columna.clave}."
        case ClaseColumna.COMBINACION:
            return (
                f"Votos marcados para {', '.join(columna.partidos)} juntos; suman a la candidatura de "
                f"su coalición."
            )
        case ClaseColumna.INDEPENDIENTE:
            return "Votos de la candidatura independiente de ese número en la unidad de la fila."
        case ClaseColumna.NO_REGISTRADAS:
            return "Votos para candidaturas no registradas."
        case ClaseColumna.NULOS:
            return "Votos nulos."


class _Escritura:
    """What every cell of one file has in common: the protection of keys and the words of its dialecto."""

    def __init__(self, dialecto: Dialecto) -> None:
        self.dialecto = dialecto
        self.clave = protectora(dialecto.proteccion)
        self.leyenda = {m: dialecto.texto(m.value) for m in Marcador}
        self.contabilizada = {c: c.value for c in Contabilizada} | {
            Contabilizada.FUERA_DE_CATALOGO: dialecto.fuera_de_catalogo
        }

    def celdas(self, celdas: Iterable[Celda]) -> list[str]:
        leyenda = self.leyenda
        return [str(c) if isinstance(c, int) else leyenda[c] for c in celdas]

    def parte(self, cifras: int, de: Callable[[Acta], int | None]) -> Callable[[Sequence[Acta]], list[str]]:
        """Write a part of the key: protected digits, `N/A` where it does not exist; else empty."""
        no_aplica = self.clave(_NO_APLICA)
        vistas: dict[int, str] = {}

        def una(acta: Acta) -> str:
            numero = de(acta)
            if numero is None:
                return no_aplica if acta.en_catalogo else ""
            if numero not in vistas:
                vistas[numero] = self.clave(f"{numero:0{cifras}d}")
            return vistas[numero]

        return lambda actas: [una(a) for a in actas]


def _identificacion(jornada: Jornada, eleccion: Eleccion, escritura: _Escritura) -> Iterator[Campo[Acta]]:
    instituto, clave = jornada.instituto, escritura.clave
    yield Campo(
        nombre="CLAVE_CASILLA",
        descripcion=(
            "Clave de la casilla: entidad (2), sección (4), tipo (1), número (2) y extensión contigua (2)."
        ),
        textos=lambda actas: [clave(a.casilla.clave) for a in actas],
    )
    yield Campo(
        nombre="CLAVE_ACTA",
        descripcion="CLAVE_CASILLA seguida de TIPO_ACTA.",
        textos=lambda actas: [clave(a.casilla.clave and a.casilla.clave + a.tipo_acta) for a in actas],
    )
    yield Campo(
        nombre="ID_ENTIDAD",
        descripcion="Número de la entidad, a dos dígitos.",
        textos=fijo(clave(f"{instituto.id_entidad:02d}")),
    )
    yield Campo(
        nombre="ENTIDAD",
        descripcion="Nombre de la entidad, en mayúsculas y sin acentos.",
        textos=fijo(libre(instituto.entidad)),
    )
    if (unidad := campos_unidad(eleccion)) is not None:
        nombres: dict[int | None, str] = {u.numero: libre(sin_acentos(u.nombre)) for u in eleccion.unidades}
        noun = eleccion.detalle.value
        yield Campo(
            nombre=unidad[0],
            descripcion=f"Número del {noun}, a tres dígitos; N/A en las actas que no pertenecen a ninguno.",
            textos=escritura.parte(3, lambda a: a.casilla.unidad),
        )
        yield Campo(
            nombre=unidad[1],
            descripcion=f"Nombre del {noun}, en mayúsculas y sin acentos.",
            textos=lambda actas: [_nombre_unidad(a, nombres) for a in actas],
        )
    yield Campo(
        nombre="SECCION",
        descripcion="Sección electoral, a cuatro dígitos; N/A en voto anticipado y en prisión preventiva.",
        textos=escritura.parte(4, lambda a: a.casilla.seccion),
    )
    yield Campo(
        nombre="ID_CASILLA",
        descripcion="Número de la casilla, a dos dígitos; N/A donde no hay casilla.",
        textos=escritura.parte(2, lambda a: a.casilla.numero),
    )
    yield Campo(
        nombre="TIPO_CASILLA",
        descripcion=(
            "B básica, C contigua, E extraordinaria, S especial, A voto anticipado, P personas en "
            "prisión preventiva, M voto desde el extranjero, U urna electrónica."
        ),
        textos=lambda actas: [a.casilla.tipo.value for a in actas],
    )
    yield Campo(
        nombre="EXT_CONTIGUA",
        descripcion="Número de contigua de una extraordinaria, a dos dígitos.",
        textos=escritura.parte(2, lambda a: a.casilla.extension if a.en_catalogo else None),
    )
    yield Campo(
        nombre="UBICACION_CASILLA",
        descripcion="1 urbana, 2 no urbana, 3 fuera de catálogo.",
        textos=lambda actas: ["" if a.casilla.ubicacion is None else str(a.casilla.ubicacion) for a in actas],
    )
    yield Campo(
        nombre="TIPO_ACTA",
        descripcion=(
            "Tipo impreso en el acta. En casillas especiales, MR es mayoría relativa y RP "
            "representación proporcional; las RP suman sólo en la entidad."
        ),
        textos=lambda actas: [libre(a.tipo_acta) for a in actas],
    )


def _boletas(escritura: _Escritura) -> Iterator[Campo[Acta]]:
    yield Campo(
        nombre="TOTAL_BOLETAS_SOBRANTES",
        descripcion="Boletas no usadas y canceladas.",
        textos=lambda actas: escritura.celdas(a.boletas_sobrantes for a in actas),
    )
    yield Campo(
        nombre="TOTAL_PERSONAS_VOTARON",
        descripcion="Personas que votaron.",
        textos=lambda actas: escritura.celdas(a.personas_votaron for a in actas),
    )
    yield Campo(
        nombre="TOTAL_REP_PARTIDO_CI_VOTARON",
        descripcion="Representantes de partidos y candidaturas independientes que votaron en la casilla.",
        textos=lambda actas: escritura.celdas(a.representantes_votaron for a in actas),
    )
    yield Campo(
        nombre="TOTAL_VOTOS_SACADOS",
        descripcion="Votos sacados de la urna.",
        textos=lambda actas: escritura.celdas(a.votos_sacados for a in actas),
    )


def _voto(i: int, columna: Columna, escritura: _Escritura) -> Campo[Acta]:
    return Campo(
        nombre=columna.clave,
        descripcion=descripcion_voto(columna),
        textos=lambda actas: escritura.celdas([a.votos[i] for a in actas]),
    )


def _totales(escritura: _Escritura) -> Iterator[Campo[Acta]]:
    sin_acta = escritura.leyenda[Marcador.SIN_ACTA]
    yield Campo(
        nombre="TOTAL_VOTOS_ASENTADO",
        descripcion="Total de votos escrito en el acta; puede diferir del calculado.",
        textos=lambda actas: escritura.celdas(a.total_asentado for a in actas),
    )
    yield Campo(
        nombre="TOTAL_VOTOS_CALCULADO",
        descripcion=(
            "Suma de los votos del acta, hecha por el sistema; lo ilegible o sin dato suma cero. "
            f"{sin_acta} en ese caso."
        ),
        textos=lambda actas: [
            sin_acta if a.sin_acta and not a.contada else str(a.total_calculado) if a.en_catalogo else ""
            for a in actas
        ],
    )
    yield Campo(
        nombre="LISTA_NOMINAL",
        descripcion="Personas con derecho a votar en la casilla; 0 en las especiales.",
        textos=lambda actas: [str(a.lista_nominal) if a.en_catalogo else "" for a in actas],
    )
    yield Campo(
        nombre="REPRESENTANTES_PP_CI",
        descripcion=(
            "Máximo de representantes acreditados ante la casilla; en las especiales, máximo de boletas."
        ),
        textos=lambda actas: escritura.celdas(a.representantes for a in actas),
    )


def _tratamiento(escritura: _Escritura) -> Iterator[Campo[Acta]]:
    dialecto, contabilizada = escritura.dialecto, escritura.contabilizada
    observaciones = Observaciones(dialecto)
    casos = "; ".join(dialecto.texto(o.value) for o in Observacion)
    fuera = contabilizada[Contabilizada.FUERA_DE_CATALOGO]
    yield Campo(
        nombre="OBSERVACIONES",
        descripcion=(
            f"Vacío si no hay; «-» mientras el acta no llega. Uno de estos textos, o varios en este orden, "
            f"unidos por «{dialecto.union}»: {casos}."
        ),
        textos=lambda actas: [observaciones[a.observaciones] for a in actas],
    )
    yield Campo(
        nombre="CONTABILIZADA",
        descripcion=(
            "1 el acta se contabiliza; 0 no se contabiliza, y la razón está en OBSERVACIONES; "
            + (
                f"«-» aún no llega; {fuera} fuera de catálogo."
                if fuera != "-"
                else "«-» aún no llega, o está fuera de catálogo y OBSERVACIONES lo dice."
            )
        ),
        textos=lambda actas: [contabilizada[a.contabilizada] for a in actas],
    )


def _proceso() -> Iterator[Campo[Acta]]:
    yield Campo(
        nombre="MECANISMOS_TRASLADO",
        descripcion=(
            "D dispositivo de apoyo, F centro de recepción fijo, I centro itinerante, o sus "
            "combinaciones; vacío si ninguno."
        ),
        textos=lambda actas: [_texto(a, a.mecanismos_traslado) for a in actas],
    )
    yield Campo(
        nombre="CODIGO_INTEGRIDAD",
        descripcion=(
            "SHA-256 del archivo del acta digitalizada, 64 dígitos hexadecimales; compare sin "
            "distinguir mayúsculas. N/A sin acta."
        ),
        textos=lambda actas: [_texto(a, a.codigo_integridad) for a in actas],
    )
    yield Campo(
        nombre="FECHA_HORA_ACOPIO",
        descripcion=(
            "Recepción del acta PREP, o su digitalización en la casilla: dd/mm/aaaa hh:mm:ss, hora "
            "oficial de la entidad. N/A sin acta."
        ),
        textos=lambda actas: [_momento(a, a.acopio) for a in actas],
    )
    yield Campo(
        nombre="FECHA_HORA_CAPTURA",
        descripcion="Captura del acta, con el mismo formato. N/A sin acta.",
        textos=lambda actas: [_momento(a, a.captura) for a in actas],
    )
    yield Campo(
        nombre="FECHA_HORA_VERIFICACION",
        descripcion=(
            "Verificación del acta, con el mismo formato; desde entonces aparece en los cortes. N/A sin acta."
        ),
        # A time that the replay had to make up is not printed as if the institute had registered it.
        textos=lambda actas: [_momento(a, None if a.hora_imputada else a.verificacion) for a in actas],
    )
    yield Campo(
        nombre="ORIGEN",
        descripcion="CASILLA o CATD, según dónde se digitalizó. N/A sin acta.",
        textos=lambda actas: [_texto(a, a.origen) for a in actas],
    )
    yield Campo(
        nombre="DIGITALIZACION",
        descripcion="MOVIL o ESCANER. N/A sin acta.",
        textos=lambda actas: [_texto(a, a.digitalizacion) for a in actas],
    )
    yield Campo(
        nombre="TIPO_DOCUMENTO",
        descripcion="ACTA PREP, RPP, CC, PPC, ACTA VA o ACTA VPPP. N/A sin acta.",
        textos=lambda actas: [_texto(a, a.tipo_documento) for a in actas],
    )


_NO_APLICA = Marcador.N_A.value


def _nombre_unidad(acta: Acta, nombres: Mapping[int | None, str]) -> str:
    if acta.casilla.unidad is not None:
        return nombres.get(acta.casilla.unidad, "")
    return _NO_APLICA if acta.en_catalogo else ""


def _texto(acta: Acta, texto: str) -> str:
    return libre(texto) if texto else _ausente(acta)


def _momento(acta: Acta, momento: datetime | None) -> str:
    if momento is None:
        return _ausente(acta)
    iso = momento.isoformat(" ", "seconds")  # an eighth of strftime's time, in 13,000 cells of every corte
    return f"{iso[8:10]}/{iso[5:7]}/{iso[:4]}{iso[10:]}"


def _ausente(acta: Acta) -> str:
    """Return what stands where there is nothing: the reason is the state of the acta (R59, R98)."""
    if acta.contabilizada is Contabilizada.PENDIENTE:
        return Marcador.NO_APLICA.value
    return _NO_APLICA if acta.sin_acta else ""
