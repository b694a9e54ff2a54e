"""A node that receives is killed, cut off and denied its disk at every step; the judge is the node itself.

Kills are real (F1), so are refusals of the kernel (F3, F4); power cuts are enumerated from a true trace (F2).
The default run takes a sample of each, `make test-full` the whole.
"""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest

from pregon.storage.bitacora import Bitacora
from pregon.storage.objetos import Objetos
from pregon.storage.releases import Releases
from pregon.testing import origen, rastro, supervivencia
from pregon.testing.caidas import Archivo, Caida, Carpeta, Diario, Disco, Enlace, Inodo
from pregon.testing.supervivencia import Escena

Paso = tuple[str, int]
pytestmark = pytest.mark.usefixtures("strace")


def primera(carpeta: Path) -> tuple[Escena, Iterator[Diario]]:
    """A node that had nothing."""
    return _normal(supervivencia.preparar(carpeta, antes=0))


def siguiente(carpeta: Path) -> tuple[Escena, Iterator[Diario]]:
    """The usual one."""
    return _normal(supervivencia.preparar(carpeta, antes=1))


def que_poda(carpeta: Path) -> tuple[Escena, Iterator[Diario]]:
    """One that drops the oldest corte kept."""
    return _normal(supervivencia.preparar(carpeta, antes=12))


def tras_una_muerte(carpeta: Path, *, cuantas: int = 1000) -> tuple[Escena, Iterator[Diario]]:
    """A process killed before an fsync; the disk saw nothing of it yet when the next process was cut off."""
    escena = supervivencia.preparar(carpeta, antes=1)
    with supervivencia.copia(escena.carpeta) as prueba:
        corrida = rastro.seguir(supervivencia.recibidor(prueba))
        syncs = [paso for paso in rastro.pasos(corrida, prueba) if paso[0] == "fsync"]
    return escena, (_seguir(escena, antes=paso) for paso in rastro.repartidos(syncs, cuantas))


def tras_pocas_muertes(carpeta: Path) -> tuple[Escena, Iterator[Diario]]:
    """Some of those."""
    return tras_una_muerte(carpeta, cuantas=4)


def _normal(escena: Escena) -> tuple[Escena, Iterator[Diario]]:
    return escena, iter([_seguir(escena)])


def _seguir(escena: Escena, *, antes: tuple[str, int] | None = None) -> Diario:
    """Trace a reception, after one that was killed at a step if given; the replay must be the true folder."""
    with supervivencia.copia(escena.carpeta) as carpeta:
        diario = Diario.de(carpeta)
        if antes is not None:
            nombre, vez = antes
            muerta = rastro.seguir(
                supervivencia.recibidor(carpeta), f"--inject={nombre}:signal=SIGKILL:when={vez}"
            )
            assert muerta.codigo == -9
            diario.anotar(carpeta, muerta.llamadas)
        entera = rastro.seguir(supervivencia.recibidor(carpeta))
        assert entera.codigo == 0
        diario.anotar(carpeta, entera.llamadas)
        assert _contenido(diario.final()) == _contenido(Diario.de(carpeta).inicio)
    return diario


def _contenido(disco: Disco) -> dict[str, Inodo | None]:
    """Return everything but the modes of folders, which the umask cuts."""
    return {ruta: None if isinstance(inodo, Carpeta) else inodo for ruta, (_, inodo) in disco.arbol().items()}


@pytest.mark.parametrize(
    ("escenario", "cada", "minimo"),
    [
        (primera, 1000, 10),
        (siguiente, 1000, 10),
        (tras_pocas_muertes, 10_000, 10),
        *(
            pytest.param(*caso, marks=[pytest.mark.full, pytest.mark.timeout(3600)])
            for caso in (
                (primera, 6, 2000),
                (siguiente, 4, 2000),
                (que_poda, 20, 500),
                (tras_una_muerte, 400, 2000),
            )
        ),
    ],
)
def test_f2_after_a_power_cut_the_old_corte_or_the_new_one(
    tmp_path: Path,
    escenario: Callable[[Path], tuple[Escena, Iterator[Diario]]],
    cada: int,
    minimo: int,
) -> None:
    escena, diarios = escenario(tmp_path)
    caidas = 0
    for diario in diarios:
        for caida in diario.caidas(corte_visto, cada=cada):
            assert juzgar(escena, caida) is None
            caidas += 1
    assert caidas >= minimo


def corte_visto(disco: Disco) -> int | None:
    actual = disco.arbol().get("actual")
    return int(Path(actual[1].destino).name) if actual and isinstance(actual[1], Enlace) else None


def juzgar(escena: Escena, caida: Caida[int | None]) -> str | None:
    with supervivencia.vacia() as carpeta:
        caida.disco.escribir(carpeta)
        mal = escena.juzgar(carpeta, visto=caida.visto)
    return mal and f"paso {caida.paso}, {caida.que}: {mal}"


@pytest.mark.parametrize(
    ("paginas", "puntos"),
    [(0, 15), pytest.param(60, 100_000, marks=[pytest.mark.full, pytest.mark.timeout(3600)])],
)
def test_f1_killed_before_any_call_that_changes_the_disk(tmp_path: Path, paginas: int, puntos: int) -> None:
    escena = supervivencia.preparar(tmp_path, antes=1, archivos=partial(sitio, paginas=paginas))
    todos = pasos(escena)
    probados = rastro.repartidos(todos, puntos)
    assert len(probados) >= (1000 if paginas else 15)
    assert [mal for paso in probados if (mal := matar(escena, paso))] == []


def matar(escena: Escena, paso: Paso) -> str | None:
    with supervivencia.copia(escena.carpeta) as carpeta:
        codigo = rastro.inyectar(supervivencia.recibidor(carpeta), paso, "signal=SIGKILL")
        if codigo != -9:
            return f"{paso}: terminó con {codigo}"
        mal = escena.juzgar(carpeta, visto=supervivencia.visible(carpeta))
    return mal and f"{paso}: {mal}"


FALTAS = {
    "openat": ("ENOSPC", "EDQUOT", "EIO", "EMFILE"),
    "write": ("ENOSPC", "EDQUOT", "EIO"),
    "pwrite64": ("ENOSPC", "EDQUOT", "EIO"),
    "fsync": ("EIO", "ENOSPC", "EDQUOT"),
    "rename": ("EIO", "ENOSPC", "EDQUOT"),
    "link": ("EIO", "ENOSPC", "EDQUOT"),
    "symlink": ("EIO", "ENOSPC", "EDQUOT"),
    "mkdir": ("EIO", "ENOSPC", "EDQUOT"),
    "read": ("EIO",),
    "pread64": ("EIO",),
    "fchmod": ("EIO",),
    "chmod": ("EIO",),
    "ftruncate": ("EIO",),
    "unlink": ("EIO",),
    "unlinkat": ("EIO",),
    "rmdir": ("EIO",),
    "utimensat": ("EIO",),
}
"""What the kernel may answer to each call that receives."""


@pytest.mark.parametrize(
    "cuantas", [15, pytest.param(100_000, marks=[pytest.mark.full, pytest.mark.timeout(3600)])]
)
def test_f3_f4_a_disk_that_refuses_any_call_leaves_the_old_corte(tmp_path: Path, cuantas: int) -> None:
    escena = supervivencia.preparar(tmp_path, antes=1)
    todos = pasos(escena) + pasos(escena, "--trace=read,pread64")
    assert {nombre for nombre, _ in todos} <= set(FALTAS)
    faltas = [(paso, error) for paso in todos for error in FALTAS[paso[0]]]
    probadas = rastro.repartidos(faltas, cuantas)
    assert [mal for paso, error in probadas if (mal := negar(escena, paso, error))] == []


def negar(escena: Escena, paso: Paso, error: str) -> str | None:
    """Refuse one call, and let the same process go on; then judge as after any accident."""
    with supervivencia.copia(escena.carpeta) as carpeta:
        codigo = rastro.inyectar(supervivencia.terco(carpeta), paso, f"error={error}")
        if codigo:
            return f"{paso} {error}: terminó con {codigo}"
        mal = escena.juzgar(carpeta, visto=escena.despues)
    return mal and f"{paso} {error}: {mal}"


def pasos(escena: Escena, *opciones: str) -> list[Paso]:
    """Return every call of a whole reception that touches the disk of the node."""
    with supervivencia.copia(escena.carpeta) as carpeta:
        corrida = rastro.seguir(supervivencia.recibidor(carpeta), *opciones)
        assert corrida.codigo == 0
        return rastro.pasos(corrida, carpeta)


def sitio(numero: int, *, paginas: int) -> dict[str, bytes]:
    """Return a corte with so many pages more, all of which change."""
    return origen.paginas(numero) | {
        f"casillas/{i}.html": b"<!doctype html><title>Casilla</title>%d de %d " % (i, numero) * 20
        for i in range(paginas)
    }


def test_f2_a_corte_that_is_dropped_is_whole_or_gone(tmp_path: Path) -> None:
    base = tmp_path / "nodo"
    base.mkdir()
    releases, objetos = Releases(base), Objetos(tmp_path / "objetos")
    releases.materialise(1, {f"{i}.html": objetos.path(objetos.put(b"%d" % i)) for i in range(3)})
    diario = Diario.de(base)
    # Killed among its files, and then what the next start does about it.
    diario.anotar(
        base, rastro.seguir(_codigo(releases.discard, 1), "--inject=unlink:signal=SIGKILL:when=2").llamadas
    )
    diario.anotar(base, rastro.seguir(_codigo(releases.recover)).llamadas)
    for caida in diario.caidas(lambda _: None):
        quedan = [ruta for ruta in caida.disco.arbol() if ruta.startswith("cortes/1/")]
        assert len(quedan) in {0, 3}, caida.que


def test_f2_an_asiento_that_was_appended_survives_whoever_died_before(tmp_path: Path) -> None:
    libro = Bitacora(tmp_path / "libro/b.jsonl", "nodo d1")
    libro.path.parent.mkdir()

    diario = Diario.de(libro.path.parent)
    apuntar = _codigo(libro.append, datetime(2026, 6, 8, tzinfo=UTC), "uno", "")
    # The first dies when the book exists and its folder does not know it for certain.
    for opciones in (["--inject=fsync:signal=SIGKILL:when=1"], []):
        diario.anotar(libro.path.parent, rastro.seguir(apuntar, *opciones).llamadas)
    vistos = [caida for caida in diario.caidas(_asientos) if caida.visto]
    assert vistos
    for caida in vistos:
        assert "b.jsonl" in caida.disco.arbol(), caida.que


def _asientos(libro: Disco) -> int:
    hallado = libro.arbol().get("b.jsonl")
    return hallado[1].datos.count(b"\n") if hallado and isinstance(hallado[1], Archivo) else 0


def _codigo(accion: Callable[..., object], *argumentos: object) -> Callable[[], int]:
    """Return an action that ends with exit code 0 once `accion` has been done."""

    def hacer() -> int:
        accion(*argumentos)
        return 0

    return hacer
