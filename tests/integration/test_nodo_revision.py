"""A serving node reads all that it keeps again by itself, every ten minutes."""

from datetime import UTC, datetime
from pathlib import Path

from pregon.cli.nodo.fuente import fuente
from pregon.cli.nodo.servir import _mirar
from pregon.clock import SystemClock
from pregon.node import config, nodo
from pregon.testing.nodo import escribir_nodo
from pregon.testing.origen import ROL, OrigenDePrueba, paginas


class Reloj(SystemClock):
    """Sleeps at once; the page rots a minute after the first look, and the night ends with its repair."""

    def __init__(self, pagina: Path) -> None:
        super().__init__()
        self.pasado = 0.0
        self._pagina = pagina

    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return self.pasado

    def sleep(self, seconds: float) -> bool:
        if self.pasado < 60 <= self.pasado + seconds:
            self._pagina.chmod(0o644)
            self._pagina.write_bytes(b"adulterada")
        self.pasado += seconds
        reparada = self._pagina.exists() and self._pagina.read_bytes() == paginas(1)["index.html"]
        return self.pasado < 1800 and not (self.pasado > 60 and reparada)


def test_b5_rot_at_rest_is_found_and_healed_within_ten_minutes(tmp_path: Path) -> None:
    origen = OrigenDePrueba(tmp_path / "origen")
    ruta = escribir_nodo(tmp_path / "nodo", origen.raiz, rol=ROL)
    texto = ruta.read_text(encoding="utf-8").replace("sondeo = 0.05", "sondeo = 30.0")
    origen.publicar(1)
    with nodo.abrir(config.leer(texto, archivo=ruta)) as propio:
        origen.entregar(propio.config.buzon)
        reloj = Reloj(propio.carpeta / "cortes/1/index.html")

        _mirar(propio, fuente(propio.config), reloj)

    assert 60 < reloj.pasado <= 60 + 600
