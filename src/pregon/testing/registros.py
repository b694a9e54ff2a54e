"""The log of a few cortes as the Institute would sign it: for tests of whoever reads one."""

from collections.abc import Sequence

from securesystemslib.signer import CryptoSigner

from pregon.paquete import registro
from pregon.paquete.manifest import Manifest, escribir, huella, raiz


def entradas(cortes: Sequence[Manifest]) -> bytes:
    """Return every line of their log."""
    return b"".join(
        registro.escribir(registro.entrada(corte, huella(escribir(corte)), raiz(corte))) for corte in cortes
    )


def checkpoint(rol: str, lineas: bytes, firmante: CryptoSigner) -> bytes:
    """Return the signed note of a log as it stands."""
    firmado = registro.checkpoint(rol, lineas.splitlines(keepends=True))
    firma = bytes.fromhex(firmante.sign(registro.texto(firmado)).signature)
    return registro.nota(firmado, publica=publica(firmante), firma=firma)


def llave(rol: str, firmante: CryptoSigner) -> str:
    """Return the verifier key that a reader would have on paper."""
    return registro.llave(registro.origen(rol), publica(firmante))


def publica(firmante: CryptoSigner) -> bytes:
    """Return the 32 bytes of its public key."""
    return bytes.fromhex(str(firmante.public_key.keyval["public"]))
