"""From a corte to the whole public site: same corte, same bytes (R31, decisions §7, §8, §10–§12).

Three entrances, all pure: `paginas` (one corte), `antes` (paquete 0, no figures) and `pagina_difusores`
(the signed list as a page). They return paths and bytes; origin alone writes. Every figure is in the
HTML, every link is relative, and SIMULACRO or PROTOTIPO is drawn by the type of the night alone (§30).
"""

from pregon.sitio.paginas import antes, pagina_difusores, paginas

__all__ = ["antes", "pagina_difusores", "paginas"]
