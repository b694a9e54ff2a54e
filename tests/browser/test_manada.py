"""Fifty thousand readers who opened the page in the same second (G2)."""

from pathlib import Path

from playwright.sync_api import sync_playwright

GUION = Path(__file__).resolve().parents[2] / "src/pregon/sitio/recursos/corte.js"
LECTORES = 50_000
SIMULA = """([fuente, lectores]) => {
  const correr = new Function("document", "location", "setTimeout", "setInterval", "fetch", fuente);
  const porSegundo = new Array(60).fill(0), vueltas = new Set();
  const datos = { numero: "37", cada: "600", raiz: "", publicado: "2026-06-08T00:30:00Z" };
  for (let i = 0; i < lectores; i++) {
    let fase = 0;
    correr(
      { documentElement: { dataset: datos }, hidden: true, addEventListener() {} },
      { pathname: "/", protocol: "https:" },
      (accion, espera) => { fase = espera; accion(); },
      (accion, espera) => { vueltas.add(espera); },
      () => { throw new Error("oculta no pide nada"); },
    );
    porSegundo[Math.floor(fase / 1000)] += 1;
  }
  return [porSegundo, [...vueltas]];
}"""


def test_g2_readers_who_came_together_do_not_ask_together(chromium: str) -> None:
    fuente = GUION.read_text(encoding="utf-8")
    with sync_playwright() as juego:
        navegador = juego.chromium.launch(executable_path=chromium, args=["--headless", "--no-sandbox"])
        por_segundo, vueltas = navegador.new_page().evaluate(SIMULA, [fuente, LECTORES])
        navegador.close()
    assert vueltas == [60_000]  # the same phase in every minute that follows
    assert sum(por_segundo) == LECTORES
    assert max(por_segundo) / (LECTORES / 60) <= 1.5
