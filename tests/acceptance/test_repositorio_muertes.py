"""A publishing process killed at random moments: the repository is always whole, and goes on (F1)."""

import random
import signal
import subprocess
import sys
import time
from pathlib import Path

from pregon.origin import llaves
from pregon.origin.repositorio import Repositorio
from pregon.paquete import prueba as pruebas
from pregon.paquete import registro
from pregon.paquete.manifest import huella
from pregon.testing.paquetes import ROL, ahora, noche, publicar, registro_publicado

_MUERTES = 20
_PROGRAMA = """
import sys
from pathlib import Path
from pregon.origin import llaves
from pregon.origin.repositorio import Repositorio
from pregon.testing.paquetes import ROL, publicar

base = Path(sys.argv[1])
repositorio = Repositorio(base / "repositorio", llaves.abrir(base, rol=ROL), ROL)
print("listo", flush=True)
while True:
    marca = repositorio.marca()
    publicar(repositorio, marca.numero + 1 if marca else 1)
"""


def _matar_al_azar(base: Path, espera: float) -> None:
    with subprocess.Popen([sys.executable, "-c", _PROGRAMA, str(base)], stdout=subprocess.PIPE) as proceso:
        assert proceso.stdout
        assert proceso.stdout.readline() == b"listo\n"
        time.sleep(espera)
        proceso.send_signal(signal.SIGKILL)


def test_f1_a_publisher_killed_at_random_moments_goes_on(tmp_path: Path) -> None:
    repositorio = noche(tmp_path)
    raiz = (tmp_path / "raiz.json").read_bytes()
    inicio = time.monotonic()
    publicar(repositorio, 2)
    una = time.monotonic() - inicio
    anterior = 2
    for _ in range(_MUERTES):
        _matar_al_azar(tmp_path, random.uniform(0, 4 * una))
        # As found, before anybody repairs: the proof that a reader fetches is whole, of this or that moment.
        prueba = pruebas.leer((repositorio.carpeta / "prueba.json").read_bytes())
        verificada = pruebas.verificar(prueba, raiz=raiz, rol=ROL, ahora=ahora())
        numero = verificada.manifest.numero
        assert numero >= anterior
        if numero == anterior:
            una *= 1.2  # a busy machine: let the next one live long enough to publish
        anterior = numero
        historia = registro_publicado(repositorio, verificada)
        assert [e.numero for e in registro.leer_entradas(historia.lineas)] == list(range(1, numero + 1))

        repositorio = Repositorio(repositorio.carpeta, llaves.abrir(tmp_path, rol=ROL), ROL)
        for pieza in repositorio.piezas():
            if pieza.ruta.startswith("objetos/"):
                assert huella(pieza.origen.read_bytes()) == pieza.origen.name
        marca = repositorio.marca()
        assert marca
        assert marca.numero >= numero
    publicar(repositorio, anterior + 100)
    assert anterior > _MUERTES // 2
    restos = [p for p in repositorio.carpeta.iterdir() if p.name.endswith(".parcial")]
    assert restos == []
