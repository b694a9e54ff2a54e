"""The folder of a demo night: every configuration that the real commands read, and nothing else.

<carpeta>/eleccion.toml · difusores.toml
          origen/      origen.toml, keys, repository, bitácora, acta circunstanciada
          vigilancia/  vigilancia.toml, records of the monitor
          nodo-0/ …    nodo.toml, raiz.json, inbox, cortes, access logs
          procesos/    what each process said
"""

import json
import shutil
import socket
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from pregon.errors import ErrorDeConfiguracion
from pregon.origin.sources import ejemplos
from pregon.prep import eleccion
from pregon.storage import atomic

PERIODICOS = (
    ("portal", "Portal del Instituto (nodo 0)"),
    ("diario-del-desierto", "Diario del Desierto"),
    ("radio-sierra", "Radio Sierra de Zapalinamé"),
    ("universidad-del-noreste", "Universidad del Noreste"),
    ("la-voz-de-la-laguna", "La Voz de la Laguna"),
    ("canal-once-monclova", "Canal Once Monclova"),
    ("el-bravo", "El Bravo de Piedras Negras"),
)
"""Invented. The first is the institute's own portal, node 0 (decisions §19)."""


VIGILANCIA = "127.0.0.2"
"""Where the monitor calls from, so that a memoria can tell it from readers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What somebody asked the demo for."""

    carpeta: Path
    eleccion: str
    desde: tuple[Path, ...]
    cortes: int
    cada: float
    """Wall seconds between cortes."""
    nodos: int
    """Difusores; node 0 comes on top."""
    puerto: int
    apertura_real: datetime
    semilla: int = 2026


@dataclass(frozen=True, slots=True, kw_only=True)
class NodoDeDemo:
    """One node of the night."""

    id: str
    nombre: str
    carpeta: Path
    puerto: int

    @property
    def url(self) -> str:
        """Return its public address."""
        return f"http://127.0.0.1:{self.puerto}"

    @property
    def config(self) -> Path:
        """Return its nodo.toml."""
        return self.carpeta / "nodo.toml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Noche:
    """The prepared folder."""

    plan: Plan
    rol: str
    nodos: tuple[NodoDeDemo, ...]

    @property
    def origen(self) -> Path:
        """Return origen.toml."""
        return self.plan.carpeta / "origen" / "origen.toml"

    @property
    def vigilancia(self) -> Path:
        """Return vigilancia.toml."""
        return self.plan.carpeta / "vigilancia" / "vigilancia.toml"

    @property
    def raiz(self) -> Path:
        """Return the trusted root of this night."""
        return self.plan.carpeta / "origen" / "raiz.json"

    @property
    def acta(self) -> Path:
        """Return the proyecto of the acta circunstanciada."""
        return self.plan.carpeta / "origen" / "acta-circunstanciada.md"

    @property
    def memoria(self) -> Path:
        """Return the memoria técnica of the difusor that fails, which has most to tell."""
        return self.plan.carpeta / f"memoria-{self.nodos[-1].id}.md"

    @property
    def transiciones(self) -> Path:
        """Return the monitor's record of states."""
        return self.plan.carpeta / "vigilancia" / "transiciones.jsonl"


def preparar(plan: Plan) -> Noche:
    """Write every configuration of the night. Keys are made by `pregon origen preparar`, per run (§30)."""
    rol = "simulacro-reproduccion" if plan.desde else _rol_de(plan.eleccion)
    nodos = tuple(
        NodoDeDemo(
            id=_identidad(i)[0],
            nombre=_identidad(i)[1],
            carpeta=plan.carpeta / f"nodo-{i}",
            puerto=plan.puerto + i,
        )
        for i in range(plan.nodos + 1)
    )
    noche = Noche(plan=plan, rol=rol, nodos=nodos)
    _escribir(plan.carpeta / "difusores.toml", _difusores(nodos))
    _escribir(noche.origen, _origen(noche))
    _escribir(noche.vigilancia, _vigilancia(noche))
    if not plan.desde:
        _escribir(plan.carpeta / "eleccion.toml", ejemplos.texto(plan.eleccion))
    for nodo in nodos:
        _escribir(nodo.config, _nodo(nodo, noche))
    return noche


def repartir_raiz(noche: Noche) -> None:
    """Give every node the root that the ceremony made: by hand, as on the day of the installation."""
    for nodo in noche.nodos:
        shutil.copyfile(noche.raiz, nodo.carpeta / "raiz.json")


def puertos_libres(inicio: int, cuantos: int, *, exactos: bool) -> int:
    """Return the first of `cuantos` free consecutive ports, from `inicio` on; only there if `exactos`."""
    for base in [inicio] if exactos else range(inicio, min(inicio + 2000, 65_000), cuantos):
        if all(_libre(puerto) for puerto in range(base, base + cuantos)):
            return base
    raise ErrorDeConfiguracion(
        f"el puerto {inicio} o alguno de los {cuantos - 1} siguientes está ocupado: elija otro con --puerto"
    )


def _libre(puerto: int) -> bool:
    with socket.socket() as s:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            s.bind(("127.0.0.1", puerto))
        except OSError:
            return False
    return True


def _identidad(i: int) -> tuple[str, str]:
    return PERIODICOS[i] if i < len(PERIODICOS) else (f"difusor-{i:02d}", f"Difusor {i}")


def _rol_de(nombre: str) -> str:
    return eleccion.leer(ejemplos.texto(nombre), archivo=nombre).rol


def _difusores(nodos: tuple[NodoDeDemo, ...]) -> str:
    partes = ["# Los difusores de esta noche y cómo se les entrega.\n"]
    for i, nodo in enumerate(nodos):
        partes.append(
            f"""
[[difusor]]
id = {_cita(nodo.id)}
nombre = {_cita(nodo.nombre)}
url = {_cita(nodo.url)}
transporte = "local"
destino = {_cita(str(nodo.carpeta / "buzon"))}
portal = {"true" if i == 0 else "false"}
contacto = "Guardia técnica (ficticia)"
telefono = "844 000 00{i:02d}"
"""
        )
    return "".join(partes)


def _origen(noche: Noche) -> str:
    plan = noche.plan
    if plan.desde:
        archivos = ", ".join(_cita(str(ruta.resolve())) for ruta in plan.desde)
        fuente = f'tipo = "reproduccion"\narchivos = [{archivos}]\nrol = {_cita(noche.rol)}\n'
    else:
        fuente = f'tipo = "sintetica"\neleccion = "../eleccion.toml"\nsemilla = {plan.semilla}\n'
    return f"""# El Instituto en esta noche de demostración.
[origen]
carpeta = "."
difusores = "../difusores.toml"
transiciones = "../vigilancia/transiciones.jsonl"

[fuente]
{fuente}
# Reloj a escala: un periodo dura {plan.cada:g} segundos; los sellos avanzan como en la noche real.
[reloj]
apertura_real = {plan.apertura_real:%Y-%m-%dT%H:%M:%SZ}
periodo_real = {plan.cada:g}
cortes = {plan.cortes}
"""


def _vigilancia(noche: Noche) -> str:
    return f"""# La vigilancia: mira a cada difusor como lo ve el público.
raiz = "../origen/raiz.json"
repositorio = "../origen/repositorio"
difusores = "../difusores.toml"
carpeta = "."
rol = {_cita(noche.rol)}
ronda = {max(0.5, noche.plan.cada / 4):g}
direcciones = "locales"
desde = "{VIGILANCIA}"
"""


def _nodo(nodo: NodoDeDemo, noche: Noche) -> str:
    return f"""# El nodo de {nodo.nombre}.
id = {_cita(nodo.id)}
nombre = {_cita(nodo.nombre)}
rol = {_cita(noche.rol)}
raiz = "raiz.json"
carpeta = "."
escucha = "127.0.0.1:{nodo.puerto}"
buzon = "buzon"
sondeo = 0.2
"""


def _escribir(ruta: Path, texto: str) -> None:
    ruta.parent.mkdir(parents=True, exist_ok=True)
    atomic.write(ruta, texto.encode())


def _cita(texto: str) -> str:
    # TOML's basic strings escape what JSON's do.
    return json.dumps(texto, ensure_ascii=False)
