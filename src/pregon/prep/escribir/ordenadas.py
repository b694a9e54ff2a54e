"""The tidy actas of one election: a row per acta, plain types, for who programs or sorts a table.

Numbers are numbers and keys are bare; a cell that holds no number is empty, and `motivo` says why. Times are
ISO 8601 with their offset. Same rows, same order as the results CSV (R86).
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from pregon.prep.acta import Acta, Celda, Clase, Contabilizada, Marcador
from pregon.prep.corte import Corte
from pregon.prep.dialecto import Dialecto
from pregon.prep.escribir.campo import Campo, F, fijo
from pregon.prep.escribir.esquema import descripcion_voto
from pregon.prep.escribir.observaciones import Observaciones
from pregon.prep.escribir.tabla import libre
from pregon.prep.jornada import Ambito, Eleccion, Unidad


def campos(corte: Corte, eleccion: Eleccion) -> tuple[Campo[Acta], ...]:
    """Return the columns of `<base>_actas.csv`, in order; `renglon` tells the rows apart (R83)."""
    return (
        *de_corte(corte, eleccion),
        *_casilla(eleccion),
        *_estado(corte.jornada.dialecto, eleccion),
        *_conteos(),
        *(_voto(i, eleccion) for i in range(len(eleccion.columnas))),
        *_totales(),
        *_proceso(corte.jornada.instituto.zona),
    )


def de_corte(corte: Corte, eleccion: Eleccion) -> Iterator[Campo[F]]:
    """Yield what every row of every tidy file begins with: of which corte it is (R15, R31, R93)."""
    yield Campo(
        nombre="corte",
        tipo="integer",
        descripcion="Número del corte.",
        textos=fijo(str(corte.numero)),
    )
    yield Campo(
        nombre="instante",
        tipo="datetime",
        descripcion="Fecha y hora del corte.",
        valores="ISO 8601 con la diferencia respecto de UTC",
        textos=fijo(corte.jornada.local(corte.instante).isoformat(timespec="seconds")),
    )
    yield Campo(
        nombre="caracter",
        descripcion="Qué clase de noche es; sólo «oficial» son resultados.",
        valores="oficial, simulacro, prototipo",
        textos=fijo(corte.jornada.tipo.value),
    )
    yield Campo(
        nombre="eleccion",
        descripcion="Clave de la elección, como en los nombres de los archivos.",
        textos=fijo(eleccion.clave),
    )


def de_unidad(eleccion: Eleccion) -> tuple[str, ...]:
    """Return the columns that name places above the sección: ``distrito`` and ``municipio``, or less."""
    match eleccion.detalle:
        case Ambito.DISTRITO:
            return ("distrito", "municipio")
        case Ambito.MUNICIPIO:
            return ("municipio",)
        case Ambito.ENTIDAD:
            return ()


def _casilla(eleccion: Eleccion) -> Iterator[Campo[Acta]]:
    yield _entero(
        "renglon",
        "Renglón del acta en la base de datos: la única clave sin repetir.",
        "",
        lambda a: a.renglon,
    )
    yield _texto("clave_casilla", "Clave de la casilla, sin protección.", lambda a: a.casilla.clave)
    yield _texto(
        "clave_acta",
        "Clave de la casilla seguida del tipo de acta.",
        lambda a: a.casilla.clave and a.casilla.clave + a.tipo_acta,
    )
    for lugar in de_unidad(eleccion):
        if lugar == eleccion.detalle.value:
            yield from _lugar(lugar, lambda a: a.casilla.unidad, eleccion.unidades)
        else:
            yield from _lugar(lugar, lambda a: a.casilla.municipio, eleccion.municipios)
    yield _entero("seccion", "Sección electoral; vacío donde no la hay.", "", lambda a: a.casilla.seccion)
    yield _texto("casilla", "Nombre corto dentro de su sección, como B1 o E1C2.", lambda a: a.casilla.nombre)
    yield _texto(
        "tipo_casilla",
        "Tipo de casilla o de voto.",
        lambda a: a.casilla.tipo.value,
        valores="B básica, C contigua, E extraordinaria, S especial, A voto anticipado, "
        "P prisión preventiva, M voto desde el extranjero, U urna electrónica",
    )
    yield _entero("numero", "Número de la casilla; vacío donde no la hay.", "", lambda a: a.casilla.numero)
    yield _entero(
        "extension",
        "Número de contigua de una extraordinaria.",
        "",
        lambda a: a.casilla.extension if a.en_catalogo else None,
    )
    yield _entero(
        "ubicacion",
        "Ubicación de la casilla.",
        "",
        lambda a: a.casilla.ubicacion,
        valores="1 urbana, 2 no urbana, 3 fuera de catálogo",
    )
    yield _texto("tipo_acta", "Tipo impreso en el acta; RP suma sólo en la entidad.", lambda a: a.tipo_acta)


def _lugar(lugar: str, de: Callable[[Acta], int | None], unidades: Sequence[Unidad]) -> Iterator[Campo[Acta]]:
    nombres: dict[int | None, str] = {u.numero: u.nombre for u in unidades}
    yield _entero(lugar, f"Número del {lugar}; vacío si no pertenece a ninguno o no se sabe.", "", de)
    yield _texto(f"{lugar}_nombre", f"Nombre del {lugar}.", lambda a: nombres.get(de(a), ""))


def _estado(dialecto: Dialecto, eleccion: Eleccion) -> Iterator[Campo[Acta]]:
    observaciones = Observaciones(dialecto)
    yield _texto(
        "situacion",
        "Dónde está el acta: uno y sólo uno de estos casos.",
        lambda a: a.clase.value,
        valores="; ".join(c.value for c in Clase),
    )
    yield _si_o_no("capturada", "El acta llegó y está en el catálogo.", lambda a: a.capturada)
    yield Campo(
        nombre="contabilizada",
        tipo="boolean",
        descripcion="Sus votos entran en los totales; vacío si no ha llegado o está fuera de catálogo.",
        valores="1 sí, 0 no",
        textos=lambda actas: [a.contabilizada.value if a.capturada else "" for a in actas],
    )
    yield _si_o_no(
        "inconsistente",
        "Cuenta en el porcentaje de inconsistencias.",
        lambda a: a.inconsistente,
        regla="Excede la lista nominal, o algún campo ilegible o sin dato; nunca «sin acta»",
    )
    yield _texto(
        "observaciones",
        "Lo que dice OBSERVACIONES; vacío si no hay o si el acta no ha llegado.",
        lambda a: "" if a.contabilizada is Contabilizada.PENDIENTE else observaciones[a.observaciones],
    )
    yield Campo(
        nombre="motivo",
        descripcion=(
            "Por qué están vacías las celdas de votos y de conteos, y cuáles. La columna de votos vacía que "
            "no se nombra aquí es de una opción que no participa en esa unidad."
        ),
        valores="por capturar; sin acta; fuera de catálogo; o listas: «ilegible: PAN PRI; sin dato: NULOS»",
        textos=_motivos(eleccion),
    )


def _conteos() -> Iterator[Campo[Acta]]:
    yield _celda(
        "boletas_sobrantes", "Boletas no usadas y canceladas.", "boletas", lambda a: a.boletas_sobrantes
    )
    yield _celda("personas_votaron", "Personas que votaron.", "personas", lambda a: a.personas_votaron)
    yield _celda(
        "representantes_votaron",
        "Representantes que votaron.",
        "personas",
        lambda a: a.representantes_votaron,
    )
    yield _celda("votos_sacados", "Votos sacados de la urna.", "votos", lambda a: a.votos_sacados)


def _voto(i: int, eleccion: Eleccion) -> Campo[Acta]:
    columna = eleccion.columnas[i]
    return Campo(
        nombre=columna.clave,
        tipo="integer",
        unidad="votos",
        descripcion=descripcion_voto(columna),
        textos=lambda actas: _numeros([a.votos[i] for a in actas]),
    )


def _totales() -> Iterator[Campo[Acta]]:
    yield _celda("total_asentado", "Total escrito en el acta.", "votos", lambda a: a.total_asentado)
    yield _entero(
        "total_calculado",
        "Suma de los votos del acta; vacío si el acta no ha llegado o no la hay.",
        "votos",
        lambda a: a.total_calculado if a.capturada and not a.sin_acta else None,
        regla="Suma de las columnas de votos; una celda vacía suma cero",
    )
    yield _entero(
        "lista_nominal",
        "Personas con derecho a votar en la casilla.",
        "personas",
        lambda a: a.lista_nominal if a.en_catalogo else None,
    )
    yield _celda(
        "representantes",
        "Máximo de representantes acreditados; en las especiales, de boletas.",
        "personas",
        lambda a: a.representantes,
    )


def _proceso(zona: ZoneInfo) -> Iterator[Campo[Acta]]:
    yield _texto(
        "mecanismos_traslado",
        "Cómo se trasladó el paquete.",
        lambda a: a.mecanismos_traslado,
        valores="D, F, I o sus combinaciones",
    )
    yield _texto("codigo_integridad", "SHA-256 de la imagen del acta.", lambda a: a.codigo_integridad)
    yield _momento("acopio", "Recepción o digitalización del acta.", zona, lambda a: a.acopio)
    yield _momento("captura", "Captura del acta.", zona, lambda a: a.captura)
    yield _momento(
        "verificacion",
        "Verificación del acta: desde entonces aparece en los cortes.",
        zona,
        lambda a: None if a.hora_imputada else a.verificacion,
    )
    yield _texto("origen", "Dónde se digitalizó.", lambda a: a.origen, valores="CASILLA, CATD")
    yield _texto(
        "digitalizacion", "Con qué se digitalizó.", lambda a: a.digitalizacion, valores="MOVIL, ESCANER"
    )
    yield _texto("tipo_documento", "Qué documento es.", lambda a: a.tipo_documento)


# --- kinds of column


def _texto(nombre: str, descripcion: str, de: Callable[[Acta], str], *, valores: str = "") -> Campo[Acta]:
    return Campo(
        nombre=nombre,
        descripcion=descripcion,
        valores=valores,
        textos=lambda actas: [libre(de(a)) for a in actas],
    )


def _entero(
    nombre: str,
    descripcion: str,
    unidad: str,
    de: Callable[[Acta], int | None],
    *,
    valores: str = "",
    regla: str = "",
) -> Campo[Acta]:
    return Campo(
        nombre=nombre,
        tipo="integer",
        descripcion=descripcion,
        unidad=unidad,
        valores=valores,
        regla=regla,
        textos=lambda actas: ["" if (n := de(a)) is None else str(n) for a in actas],
    )


def _celda(nombre: str, descripcion: str, unidad: str, de: Callable[[Acta], Celda]) -> Campo[Acta]:
    return Campo(
        nombre=nombre,
        tipo="integer",
        descripcion=descripcion,
        unidad=unidad,
        textos=lambda actas: _numeros([de(a) for a in actas]),
    )


def _numeros(celdas: Sequence[Celda]) -> list[str]:
    return [str(c) if isinstance(c, int) else "" for c in celdas]


def _si_o_no(nombre: str, descripcion: str, de: Callable[[Acta], bool], *, regla: str = "") -> Campo[Acta]:
    return Campo(
        nombre=nombre,
        tipo="boolean",
        descripcion=descripcion,
        valores="1 sí, 0 no",
        regla=regla,
        textos=lambda actas: ["1" if de(a) else "0" for a in actas],
    )


def _momento(
    nombre: str, descripcion: str, zona: ZoneInfo, de: Callable[[Acta], datetime | None]
) -> Campo[Acta]:
    desfases: dict[str, str] = {}

    def iso(momento: datetime | None) -> str:
        if momento is None:
            return ""
        texto = momento.isoformat(timespec="seconds")
        hora = texto[:13]
        if hora not in desfases:  # offsets change with the hour, never within one
            desfases[hora] = momento.replace(tzinfo=zona).isoformat(timespec="seconds")[19:]
        return texto + desfases[hora]

    return Campo(
        nombre=nombre,
        tipo="datetime",
        descripcion=f"{descripcion} Vacío si no se registró.",
        valores="ISO 8601 con la diferencia respecto de UTC",
        textos=lambda actas: [iso(de(a)) for a in actas],
    )


def _motivos(eleccion: Eleccion) -> Callable[[Sequence[Acta]], Iterator[str]]:
    nombres = (
        *(columna.clave for columna in eleccion.columnas),
        "boletas_sobrantes",
        "personas_votaron",
        "representantes_votaron",
        "votos_sacados",
        "total_asentado",
        "representantes",
    )

    def motivo(acta: Acta) -> str:
        if acta.contabilizada is Contabilizada.PENDIENTE:
            return "por capturar"
        if not acta.en_catalogo:
            return "fuera de catálogo"
        if acta.sin_acta:
            return "sin acta"
        celdas = (
            *acta.votos,
            acta.boletas_sobrantes,
            acta.personas_votaron,
            acta.representantes_votaron,
            acta.votos_sacados,
            acta.total_asentado,
            acta.representantes,
        )
        vacias: dict[str, list[str]] = {}
        for nombre, marca in [(n, c) for n, c in zip(nombres, celdas, strict=True) if not isinstance(c, int)]:
            if marca in _PALABRAS:
                vacias.setdefault(_PALABRAS[marca], []).append(nombre)
        return "; ".join(f"{palabra}: {' '.join(cuales)}" for palabra, cuales in sorted(vacias.items()))

    return lambda actas: map(motivo, actas)


_PALABRAS = {
    Marcador.ILEGIBLE: "ilegible",
    Marcador.SIN_DATO: "sin dato",
    Marcador.SIN_ACTA: "sin acta",
    Marcador.N_A: "no aplica",
    Marcador.VACIO: "vacío",
    Marcador.INCONSISTENTE: "inconsistente",
}
