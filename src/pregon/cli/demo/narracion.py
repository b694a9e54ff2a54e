"""What happens in the demo after the start: the failure, the return, the readers, and what is told of it.

The story is read from what everybody can see: each node's `/estado.json`, the monitor's records and the
acta. Nothing is known in advance but when to kill the failing difusor.
"""

import http.client
import json
import time
from collections import Counter
from collections.abc import Callable
from typing import Any

from pregon.cli.demo.noche import VIGILANCIA, Noche, NodoDeDemo
from pregon.cli.demo.procesos import Procesos, orden

_FALLA_TRAS = 3
"""The failing difusor dies once it shows this corte, so the 4th is the first that it misses."""
_REGRESO = 6
"""Cortes after that one by which it is back: three missed, two met, and the act."""
_LECTORES = (
    ("Mozilla/5.0 (Linux; Android 15) Lector/1", "/"),
    ("Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) Lector/2", "/"),
    ("Mozilla/5.0 (X11; Linux x86_64) Redaccion/3", "/base-de-datos.html"),
)
"""Invented readers, so that the memoria has something to count."""
_AGENTE = "Pregon-Vigilancia (demo)"
"""Whoever follows the night is no reader: the memoria leaves it out."""
_LIMITE = 200_000


class Narracion:
    """Follows the night, acts the failure, and tells each event once."""

    def __init__(self, noche: Noche, procesos: Procesos, *, decir: Callable[[str], None]) -> None:
        """Nothing has happened yet."""
        self._noche, self._procesos, self._decir = noche, procesos, decir
        self._que_falla = len(noche.nodos) - 1
        self._cortes: dict[str, int] = {}
        self._estados: dict[str, str] = {}
        self._suspensiones: Counter[str] = Counter()
        self._caido = False
        self._falla_tras = min(_FALLA_TRAS, noche.plan.cortes - _REGRESO)
        self._fallo_hecho = self._falla_tras < 1
        if self._fallo_hecho:
            decir(f"Con menos de {1 + _REGRESO} cortes ningún difusor falla: no alcanzaría a regresar")
        self._visto_a: float | None = None
        self._dicho = -1
        self._vuelta = 0
        self._documentos = False

    @property
    def terminada(self) -> bool:
        """Say whether all is done: closed, every node on the last corte, the documents on the disk."""
        return self._documentos

    def paso(self) -> None:
        """Look once at everything; a few milliseconds while all is well."""
        self._procesos.cuidar()
        for i, nodo in enumerate(self._noche.nodos):
            self._mirar(i, nodo)
        self._contar_el_corte()
        self._mirar_estados()
        self._leer_como_publico()
        if self._caido and self._noche.acta.exists():
            # The periods of its failure were void (a machine under load): it comes back all the same.
            self._levantar(self._noche.nodos[self._que_falla].id)
        if not self._documentos and self._cerrada():
            self._reunir_documentos()

    def resumen(self, *, segundos: float) -> dict[str, Any]:
        """Return the closing object of `--salir`; every node is verified anew, against the night's root."""
        nodos = [self._verificar(nodo) for nodo in self._noche.nodos]
        return {
            "cortes": max((nodo["corte"] for nodo in nodos), default=0),
            "actas": self._actas(),
            "nodos": nodos,
            "memoria": str(self._noche.memoria),
            "acta": str(self._noche.acta),
            "segundos": round(segundos, 1),
        }

    def _mirar(self, i: int, nodo: NodoDeDemo) -> None:
        estado = _pedir_json(nodo, "/estado.json")
        if estado is None or estado.get("corte") is None:
            return
        corte = int(estado["corte"])
        self._cortes[nodo.id] = corte
        if i == self._que_falla and not self._fallo_hecho and corte >= self._falla_tras:
            self._visto_a = self._visto_a or time.monotonic()
            # Not at once: the monitor should have seen this corte, so that the next one is the first missed.
            if time.monotonic() - self._visto_a >= self._noche.plan.cada * 0.6:
                self._fallo_hecho = self._caido = True
                self._procesos.matar(f"nodo-{i}")
                self._decir(f"✗ {nodo.nombre}: su servidor se cae (kill −9)")

    def _contar_el_corte(self) -> None:
        """Tell a corte once, when every portal that is up shows it."""
        caidos = {self._noche.nodos[self._que_falla].id} if self._caido else set()
        vivos = [nodo.id for nodo in self._noche.nodos if nodo.id not in caidos]
        cortes = {self._cortes.get(id_, -1) for id_ in vivos}
        if len(cortes) != 1 or (corte := cortes.pop()) <= self._dicho:
            return
        self._dicho = corte
        if corte == 0:
            self._decir(f"{len(vivos)} portales muestran «antes de abrir»; ningún dato es alcanzable")
            return
        figuras = _pedir_json(self._noche.nodos[0], "/corte.json") or {}
        capturadas = ", ".join(
            f"{e['encabezado']['PORCENTAJE_ACTAS_CAPTURADAS']} % de actas capturadas"
            for e in figuras.get("elecciones", [])
        )
        final = " · ÚLTIMO CORTE" if figuras.get("ultimo") else ""
        self._decir(
            f"corte {corte} de las {figuras.get('sello', '')}: {capturadas};"
            f" {len(vivos)} portales lo sirven, verificado{final}"
        )

    def _mirar_estados(self) -> None:
        portal = self._noche.nodos[0]
        lista = _pedir_json(portal, "/difusores.json")
        if lista is None:
            return
        for uno in lista.get("difusores", []):
            id_, estado = uno["id"], uno["estado"]
            previo = self._estados.get(id_, "activo")
            self._estados[id_] = estado
            if estado == previo:
                continue
            if estado == "suspendido":
                self._suspensiones[id_] += 1
                self._decir(f"⚠ {uno['nombre']}: SUSPENDIDO; su liga sale de la lista en todos los portales")
                self._levantar(id_)
            elif estado == "reconexion":
                self._decir(f"↻ {uno['nombre']}: en reconexión; su portada muestra el aviso")
            elif previo == "reconexion":
                self._decir(f"✓ {uno['nombre']}: regresa a la lista")

    def _levantar(self, id_: str) -> None:
        if self._caido and id_ == self._noche.nodos[self._que_falla].id:
            self._caido = False
            self._procesos.reiniciar(f"nodo-{self._que_falla}")
            self._decir(f"↑ {self._noche.nodos[self._que_falla].nombre}: vuelve a encender su servidor")

    def _leer_como_publico(self) -> None:
        self._vuelta += 1
        agente, ruta = _LECTORES[self._vuelta % len(_LECTORES)]
        for nodo in self._noche.nodos:
            _pedir(nodo, ruta, agente)

    def _cerrada(self) -> bool:
        return (
            self._noche.acta.exists()
            and len(self._cortes) == len(self._noche.nodos)
            and len(set(self._cortes.values())) == 1
            and not self._caido
            and all(estado in {"activo", "cerrado"} for estado in self._estados.values())
        )

    def _reunir_documentos(self) -> None:
        hecho = orden(
            *("memoria", "elaborar", str(self._noche.nodos[-1].config)),
            *("--transiciones", str(self._noche.transiciones)),
            *("--vigilancia", f"{VIGILANCIA}/32"),
            *("--salida", str(self._noche.memoria)),
        )
        if hecho.returncode:
            self._decir(f"la memoria técnica no se pudo elaborar: {hecho.stderr.strip()}")
            return
        self._documentos = True

    def _verificar(self, nodo: NodoDeDemo) -> dict[str, Any]:
        hecho = orden("verificar", nodo.url, "--raiz", str(self._noche.raiz), "--json")
        try:
            informe = json.loads(hecho.stdout)
        except ValueError:
            informe = {}
        return {
            "url": nodo.url,
            "corte": informe.get("corte", self._cortes.get(nodo.id, 0)),
            "verificado": hecho.returncode == 0,
            "suspensiones": self._suspensiones[nodo.id],
        }

    def _actas(self) -> int:
        corte = _pedir_json(self._noche.nodos[0], "/corte.json") or {}
        elecciones = corte.get("elecciones", [])
        return sum(int(e["encabezado"]["ACTAS_CAPTURADAS"]) for e in elecciones)


def _pedir_json(nodo: NodoDeDemo, ruta: str) -> dict[str, Any] | None:
    datos = _pedir(nodo, ruta, _AGENTE)
    try:
        valor = json.loads(datos) if datos else None
    except ValueError:
        return None
    return valor if isinstance(valor, dict) else None


def _pedir(nodo: NodoDeDemo, ruta: str, agente: str) -> bytes | None:
    """GET as anybody would; None when the node is down, which in this story is to be expected."""
    conexion = http.client.HTTPConnection("127.0.0.1", nodo.puerto, timeout=2)
    try:
        conexion.request("GET", ruta, headers={"User-Agent": agente})
        respuesta = conexion.getresponse()
        datos = respuesta.read(_LIMITE)
        return datos if respuesta.status == http.client.OK else None
    except (OSError, http.client.HTTPException):
        return None
    finally:
        conexion.close()
