"""Custodians who act upon the keys of a test's institute, whose ceremony was held in one place."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path

from securesystemslib.signer import CryptoSigner

from pregon.origin import custodia, llaves, raices
from pregon.origin.raices import EN_LINEA, Cadena, Cambios


def cambiar(
    carpeta: Path,
    *,
    en_linea: Sequence[str] = (),
    roles: Sequence[str] = (),
    custodios: Mapping[str, CryptoSigner | None] | None = None,
    firman: Sequence[str] = ("root-1", "root-2"),
    vence: datetime | None = None,
) -> tuple[Cadena, dict[str, CryptoSigner]]:
    """Return the signed chain of one act and the new online keys; nothing is installed yet."""
    nuevas = {nombre: custodia.nueva() for nombre in (*en_linea, *roles)}
    custodios = custodios or {}
    cambios = Cambios(
        custodios={n: firmante.public_key if firmante else None for n, firmante in custodios.items()},
        roles={rol: nuevas[rol].public_key for rol in roles},
        en_linea={nombre: nuevas[nombre].public_key for nombre in en_linea},
        vence=vence,
    )
    cadena = raices.cambiar(llaves.leer_cadena(carpeta / "repositorio/metadata"), cambios)
    presentes = [custodia.abrir(carpeta / f"llaves/{nombre}.pem", frase=None) for nombre in firman]
    presentes += [firmante for firmante in custodios.values() if firmante is not None]
    return raices.firmar(cadena, presentes), nuevas


def rotar(carpeta: Path, *nombres: str, firman: Sequence[str] = ("root-1", "root-2")) -> None:
    """Replace these online keys (snapshot, timestamp or a role) and install what was signed."""
    en_linea = [nombre for nombre in nombres if nombre in EN_LINEA]
    roles = [nombre for nombre in nombres if nombre not in EN_LINEA]
    cadena, nuevas = cambiar(carpeta, en_linea=en_linea, roles=roles, firman=firman)
    llaves.instalar(carpeta, cadena, nuevas)
