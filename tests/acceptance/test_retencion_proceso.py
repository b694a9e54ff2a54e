"""A real origin over a folder: a torn file holds the last corte, kill −9 loses nothing, two people end it."""

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from pregon.cli.demo.procesos import Procesos, orden
from pregon.origin import motor, retenidos
from pregon.origin.sources import ejemplos
from pregon.origin.sources.sintetica import Sintetica
from pregon.prep import eleccion
from pregon.prep.escribir import base_de_datos
from pregon.storage.bitacora import Bitacora

pytestmark = pytest.mark.timeout(180)
_PERIODO = 4.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Noche:
    """Two cortes over a folder of bases de datos; the second one is the last."""

    carpeta: Path
    config: Path
    procesos: Procesos
    finales: bytes
    """The base de datos of the end of the night."""

    def estado(self) -> dict[str, Any]:
        hecho = orden("origen", "estado", str(self.config), "--json")
        assert hecho.returncode == 0, hecho.stderr
        informe: dict[str, Any] = json.loads(hecho.stdout)
        return informe

    def retenido(self) -> int | None:
        """Return what any other process sees, at once."""
        vigente = retenidos.vigente(retenidos.leer(self.carpeta / "retenciones"))
        return vigente.numero if vigente else None

    def entregar(self, datos: bytes) -> None:
        """Leave a file as a careless capture system does: in place, not renamed."""
        (self.carpeta / "captura" / "AYUN.csv").write_bytes(datos)

    def liberar(self, persona: str, motivo: str) -> str:
        llave = self.carpeta / "llaves" / f"{persona}.pem"
        leida = retenidos.leer(self.carpeta / "retenciones")[2].contenido
        assert leida is not None
        hecho = orden(
            "origen", "liberar", str(self.config), "--corte", "2", "--huella", leida,
            "--motivo", motivo, "--persona", persona, "--llave", str(llave),
        )  # fmt: skip
        assert hecho.returncode == 0, hecho.stderr
        return hecho.stdout

    def libro(self, acto: str) -> list[dict[str, Any]]:
        libro = Bitacora(self.carpeta / "bitacora.jsonl", "prueba")
        return [dict(a.datos) for a in libro.leer() if a.acto == acto]


@pytest.fixture
def noche(tmp_path: Path) -> Iterator[Noche]:
    texto = ejemplos.texto("municipio")  # few files: what is waited for is the night, not the machine
    (tmp_path / "eleccion.toml").write_text(texto, encoding="utf-8")
    jornada = eleccion.leer(texto, archivo="eleccion.toml")
    fuente = Sintetica(jornada, 7)
    (tmp_path / "captura").mkdir()
    (tmp_path / "catalogo.csv").write_bytes(_csv(fuente, jornada.apertura))
    (tmp_path / "difusores.toml").write_text(
        '[[difusor]]\nid = "d1"\nnombre = "Uno"\nurl = "https://uno.mx"\ntransporte = "local"\n'
        'destino = "buzon"\ncontacto = "x"\ntelefono = "x"\n',
        encoding="utf-8",
    )
    personas = ""
    for una in ("ana", "luis"):
        assert orden("origen", "persona", una, "--carpeta", str(tmp_path / "llaves")).returncode == 0
        personas += (
            f'[[persona]]\nid = "{una}"\nnombre = "{una.title()}"\nllave = "llaves/{una}.publica.json"\n'
        )
    apertura = datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=6)
    config = tmp_path / "origen.toml"
    config.write_text(
        f'[origen]\n[fuente]\ntipo = "carpeta"\ncatalogos = ["catalogo.csv"]\ncarpeta = "captura"\n'
        f"reposo = 0.1\n[reloj]\napertura_real = {apertura.isoformat()}\nperiodo_real = {_PERIODO}\n"
        f"cortes = 2\n{personas}",
        encoding="utf-8",
    )
    assert orden("origen", "preparar", str(config)).returncode == 0
    procesos = Procesos(tmp_path / "procesos", avisar=print)
    try:
        yield Noche(carpeta=tmp_path, config=config, procesos=procesos, finales=_csv(fuente, jornada.cierre))
    finally:
        procesos.terminar()


def _csv(fuente: Sintetica, instante: datetime) -> bytes:
    corte = motor.contar(
        fuente.jornada, numero=1, instante=instante, ultimo=False, actas=fuente.leer(instante).actas
    )
    archivos = base_de_datos(corte, corte.resultados[0])
    return next(datos for nombre, datos in archivos if nombre.endswith(".csv"))


def test_c2_two_persons_release_the_last_corte_in_spite_of_a_torn_file_and_two_kills(noche: Noche) -> None:
    noche.entregar(noche.finales[: len(noche.finales) // 2])
    noche.procesos.iniciar("origen", "origen", "jornada", str(noche.config))
    _hasta(lambda: noche.retenido() == 2, 60)
    retenido = noche.estado()["retenido"]
    assert retenido["motivos"] == ["entrada incompleta"]
    assert retenido["plazo"] is None
    assert "AYUN.csv" in retenido["causas"][0]

    noche.procesos.matar("origen")
    assert noche.estado()["retenido"]["desde"] == retenido["desde"]
    assert "Falta la firma de otra persona: luis" in noche.liberar("ana", "cotejado con las actas")
    noche.procesos.reiniciar("origen")
    time.sleep(2)
    noche.procesos.matar("origen")
    assert [f["persona"] for f in noche.estado()["retenido"]["firmas"]] == ["ana"]
    noche.procesos.reiniciar("origen")
    assert "Liberado por Ana y Luis" in noche.liberar("luis", "de acuerdo")

    _hasta(lambda: any(d["ultimo"] for d in noche.libro("publicación")), 30)
    assert noche.estado()["fase"] == "cerrada"
    assert noche.estado()["retenido"] is None
    assert len([d for d in noche.libro("corte retenido") if d["numero"] == 2]) == 1
    (liberado,) = noche.libro("corte liberado")
    assert [(f["nombre"], f["motivo"]) for f in liberado["firmas"]] == [
        ("Ana", "cotejado con las actas"),
        ("Luis", "de acuerdo"),
    ]


def test_c2_a_file_that_becomes_whole_needs_nobody(noche: Noche) -> None:
    noche.entregar(noche.finales[:-200])
    noche.procesos.iniciar("origen", "origen", "jornada", str(noche.config))
    _hasta(lambda: noche.retenido() is not None, 60)

    noche.entregar(noche.finales)

    _hasta(lambda: any(d["ultimo"] for d in noche.libro("publicación")), 60)
    assert noche.libro("corte liberado") == []


def _hasta(condicion: Callable[[], bool], segundos: float) -> None:
    limite = time.monotonic() + segundos
    while not condicion():
        assert time.monotonic() < limite, "no ocurrió a tiempo"
        time.sleep(0.3)
