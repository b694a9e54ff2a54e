#!/usr/bin/env python3
"""Comprueba, sin conexión, una página guardada del PREP: la página, su prueba y la llave del Instituto.

    python3 pregon_verificar.py PÁGINA PRUEBA [LLAVE]

LLAVE es la que el Instituto publicó en papel (pregon/oficial+…), o un archivo que la contiene. Sin ella sólo
se sabe si los bytes y la prueba concuerdan, no quién los firmó. Este programa se obtiene del Instituto: uno
que sirva el mismo portal que se comprueba no prueba nada.

Está hecho para leerse de arriba abajo. Sólo usa la biblioteca de Python (3.9 o más nuevo, en cualquier
sistema) y la firma Ed25519 como la define el RFC 8032, que va al final. Lo que hace:

  1. el SHA-256 de la página es el que dice la prueba;
  2. la prueba sube, de hash en hash, de la página a la raíz de los archivos de su corte;
  3. esa raíz está en un renglón del registro público de cortes, con el número y la hora del corte;
  4. la prueba sube de ese renglón a la raíz de todo el registro;
  5. esa raíz la firmó la llave del Instituto.

Códigos de salida: 0 auténtico · 2 no se pudo leer un archivo · 4 orden mal escrita · 5 alterado, prueba no
válida o firmada con otra llave · 9 íntegro, pero sin llave con que comprobar la autoría.
"""

import base64
import hashlib
import re
import sys
from datetime import datetime
from pathlib import Path

AUTENTICO, ILEGIBLE, MAL_ESCRITA, ALTERADO, SIN_AUTORIA = 0, 2, 4, 5, 9
REESCRITA = re.compile(
    rb"<!-- saved from url=|Page saved with SingleFile|(?:src|href)=[\"'][^\"'>]{1,400}_(?:files|archivos)/"
    rb"|\A(?:From: <Saved by|MIME-Version:|bplist00)",
    re.IGNORECASE,
)
HORA = "[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z"
OTRA_VEZ = "guárdela como «sólo HTML», sin abrirla en otro programa"


class NoEsValida(Exception):
    """La prueba no tiene su forma, o no lleva a donde dice."""


def main(argumentos):
    """Hace la comprobación, la cuenta en pantalla y devuelve el código de salida."""
    if len(argumentos) not in (2, 3) or argumentos[0].startswith("-"):
        print(__doc__)
        return MAL_ESCRITA
    try:
        llave = leer_llave(argumentos[2]) if len(argumentos) == 3 else None
        pagina, prueba = leer_archivo(argumentos[0], 100_000_000), leer_archivo(argumentos[1], 8192)
        probado = seguir(prueba)
    except NoEsValida as error:
        print(f"NO SE PUDO COMPROBAR: la prueba no es válida\n  ✗ {error}")
        return ALTERADO
    except OSError as error:
        print(f"{error.filename}: no se puede leer: {error.strerror}", file=sys.stderr)
        return ILEGIBLE
    except ValueError as error:
        print(error, file=sys.stderr)
        return MAL_ESCRITA
    return dictaminar(probado, pagina, llave)


def dictaminar(probado, pagina, llave):
    """Compara la página con lo probado, y la firma con la llave."""
    causa = diferencia(pagina, probado)
    autoria, codigo = "no comprobada; la causa, abajo", ALTERADO
    if causa is not None:
        veredicto = "ALTERADO: no es lo que se firmó"
    elif llave is None:
        veredicto, codigo = "ÍNTEGRO, AUTORÍA NO COMPROBADA", SIN_AUTORIA
        autoria = "no comprobada (indique la llave que publicó el Instituto)"
    elif not lo_firma(probado, llave):
        veredicto, causa = "NO FIRMADO CON LA LLAVE INDICADA", "el registro no lo firma esa llave"
    else:
        veredicto, codigo = "ÍNTEGRO Y AUTÉNTICO", AUTENTICO
        autoria = f"firmado por «{probado['origen']}» con la llave indicada"
    print(f"{veredicto}\n  Archivo:   {probado['ruta']}, {probado['tamano']} bytes")
    print(f"  Corte:     {probado['numero']}, {probado['instante']}\n  Publicado: {probado['publicado']}")
    print(f"  Manifest:  {probado['manifest']}")
    print(f"  Autoría:   {autoria}")
    print(f"  Registro:  entrada {probado['indice'] + 1} de {probado['entradas']}")
    print("  Vigencia:  sin conexión no se comprueba: puede haber un corte más reciente")
    if causa is not None:
        print(f"  ✗ {causa}")
    return codigo


def diferencia(pagina, probado):
    """1. Dice en qué difiere la página de la que se firmó; None si es la misma, byte por byte."""
    if len(pagina) > probado["tamano"]:
        motivo = f"mide más de los {probado['tamano']} bytes firmados"
    elif len(pagina) < probado["tamano"]:
        motivo = f"mide {len(pagina)} bytes y se firmaron {probado['tamano']}"
    elif hashlib.sha256(pagina).hexdigest() != probado["sha256"]:
        motivo = "su contenido no es el firmado"
    else:
        return None
    sin_editor = re.sub(rb"\A\xef\xbb\xbf|\r(?=\n)", b"", pagina)
    if hashlib.sha256(sin_editor).hexdigest() == probado["sha256"]:
        return f"{motivo}; sólo cambiaron los fines de línea, como hace un editor o un correo: {OTRA_VEZ}"
    if REESCRITA.search(pagina):
        return f"{motivo}; un navegador la reescribió al guardarla («página completa»): {OTRA_VEZ}"
    return motivo


def seguir(datos):
    """2, 3 y 4. Sigue una prueba desde su archivo hasta el registro firmado; devuelve lo que prueba."""
    try:
        antes, _, nota = datos.decode().partition("\n\n")
        formato, linea, *resto = antes.split("\n")
        mitad = resto.index("c2sp.org/tlog-proof@v1")
        *pasos, entrada = resto[:mitad]
        indice, *camino = resto[mitad + 1 :]
    except ValueError:
        raise NoEsValida("no es la prueba de un archivo") from None
    if len(datos) > 8192 or formato != "pregon/prueba-de-archivo@v1" or max(len(pasos), len(camino)) > 40:
        raise NoEsValida("no es la prueba de un archivo")

    sha256, tamano, ruta = partes(r"([0-9a-f]{64}) (0|[1-9][0-9]{0,9}) (.+)", linea)
    if not ruta.isprintable() or re.search(r'[\\:*?"<>|%]|(^|/)\.{0,2}(/|$)', ruta):
        raise NoEsValida("el nombre del archivo es imposible")
    digesto = hoja(f"{linea}\n")
    for paso in pasos:
        lado, hermano = partes(r"(izq|der) (.+)", paso)
        digesto = nodo(de_base64(hermano), digesto) if lado == "izq" else nodo(digesto, de_base64(hermano))

    numero, instante, publicado, manifest, raiz_del_corte = partes(
        rf"(0|[1-9][0-9]{{0,5}}) (-|{HORA}) ({HORA}) ([0-9a-f]{{64}}) ([0-9a-f]{{64}})", entrada
    )
    if digesto.hex() != raiz_del_corte:
        raise NoEsValida(f"no lleva de «{ruta}» al corte {numero}")

    firmado = leer_checkpoint(nota)
    (indice,) = partes(r"index (0|[1-9][0-9]{0,5})", indice)
    if subir_al_registro(entrada, int(indice), firmado["entradas"], camino) != firmado["raiz"]:
        raise NoEsValida(f"no lleva del corte {numero} al registro firmado")
    instante = "antes de abrir" if instante == "-" else hora(instante, "%d/%m/%Y %H:%M UTC")
    probado = {"ruta": ruta, "tamano": int(tamano), "sha256": sha256, "numero": numero, "manifest": manifest}
    horas = {"instante": instante, "publicado": hora(publicado, "%d/%m/%Y %H:%M:%S UTC")}
    return {**firmado, **probado, **horas, "indice": int(indice)}


def subir_al_registro(entrada, indice, total, camino):
    """Devuelve la raíz a la que llevan los pasos de un renglón del registro (RFC 9162, 2.1.3.2)."""
    if not indice < total:
        raise NoEsValida(f"no hay entrada {indice} entre {total}")
    digesto, ultimo, hermanos = hoja(f"{entrada}\n"), total - 1, [de_base64(uno) for uno in camino]
    while ultimo:
        if indice % 2 or indice < ultimo:
            if not hermanos:
                raise NoEsValida("al camino le faltan hashes")
            hermano = hermanos.pop(0)
            digesto = nodo(hermano, digesto) if indice % 2 else nodo(digesto, hermano)
        indice, ultimo = indice // 2, ultimo // 2
    if hermanos:
        raise NoEsValida("al camino le sobran hashes")
    return digesto


def hoja(linea):
    """El hash de un renglón; el byte 0 impide tomar un nodo por un renglón."""
    return hashlib.sha256(b"\x00" + linea.encode()).digest()


def nodo(izquierda, derecha):
    """El hash de dos hashes."""
    return hashlib.sha256(b"\x01" + izquierda + derecha).digest()


def leer_checkpoint(nota):
    """Lee lo que se firmó: cuántas entradas tiene el registro y su raíz (c2sp.org/tlog-checkpoint)."""
    texto, _, firmas = nota.rpartition("\n\n")
    origen, entradas, raiz = partes(r"(pregon/.*)\n(0|[1-9][0-9]{0,8})\n(.+)", texto)
    if len(nota.encode()) > 4096 or firmas[-1:] != "\n" or not origen.isprintable():
        raise NoEsValida("el checkpoint no tiene su forma")
    leidas = [partes(r"— ([^\s+]+) ([A-Za-z0-9+/]+={0,2})", firma) for firma in firmas[:-1].split("\n")]
    firmas = [(nombre, de_base64(firma, None)) for nombre, firma in leidas]
    leido = {"origen": origen, "entradas": int(entradas), "raiz": de_base64(raiz)}
    return {**leido, "texto": f"{texto}\n".encode(), "firmas": firmas}


def leer_llave(argumento):
    """Devuelve nombre, identificador y 32 bytes de una llave de verificación (c2sp.org/signed-note)."""
    texto = argumento
    if not re.fullmatch(r"[^\s+/\\]+/[^\s+]+\+[0-9a-f]{8}\+\S+", argumento):
        texto = leer_archivo(argumento, 4096).decode("utf-8-sig").strip()
    try:
        nombre, identificador, publica = texto.split("+", 2)
        datos = base64.b64decode(publica, validate=True)
    except ValueError:
        nombre, identificador, datos = "", "", b""
    propio = hashlib.sha256(f"{nombre}\n".encode() + datos).digest()[:4]
    if len(datos) != 33 or datos[0] != 1 or propio.hex() != identificador:
        raise ValueError("no es una llave de verificación: cópiela entera, como la publicó el Instituto")
    return nombre, propio, datos[1:]


def lo_firma(probado, llave):
    """5. Dice si lo firma esta llave: hay firma suya, y ninguna con su nombre es falsa."""
    nombre, identificador, publica = llave
    firmas = probado["firmas"] if nombre == probado["origen"] else []
    suyas = [firma[4:] for quien, firma in firmas if (quien, firma[:4]) == (nombre, identificador)]
    return bool(suyas) and all(ed25519_verifica(publica, probado["texto"], firma) for firma in suyas)


# Ed25519 como en el RFC 8032, sección 5.1, con sus nombres. Un punto es (x, y) en la curva
# -x² + y² = 1 + d·x²·y², módulo p; aquí lleva además z y t = x·y/z, para sumar sin dividir.
p = 2**255 - 19
d = -121665 * pow(121666, -1, p) % p
L = 2**252 + 27742317777372353535851937790883648493


def ed25519_verifica(publica, mensaje, firma):
    """RFC 8032, 5.1.7: la firma (R, S) es buena si S·B = R + k·A, y S no se escribió de otra manera."""
    A, R, S = punto(publica), punto(firma[:32]), int.from_bytes(firma[32:], "little")
    if len(publica) != 32 or len(firma) != 64 or A is None or R is None or S >= L:
        return False
    k = int.from_bytes(hashlib.sha512(firma[:32] + publica + mensaje).digest(), "little") % L
    P, Q = por(S, B), suma(R, por(k, A))
    return (P[0] * Q[2] - Q[0] * P[2]) % p == 0 and (P[1] * Q[2] - Q[1] * P[2]) % p == 0


def punto(datos):
    """RFC 8032, 5.1.3: el punto que escriben 32 bytes; None si no es ninguno, o si no es su única forma."""
    y = int.from_bytes(datos, "little")
    signo, y = y >> 255, y & (2**255 - 1)
    if y >= p:
        return None
    x2 = (y * y - 1) * pow(d * y * y + 1, -1, p) % p
    x = pow(x2, (p + 3) // 8, p)
    if (x * x - x2) % p:
        x = x * pow(2, (p - 1) // 4, p) % p
    if (x * x - x2) % p or (x == 0 and signo):
        return None
    if x % 2 != signo:
        x = p - x
    return x, y, 1, x * y % p


def suma(P, Q):
    """RFC 8032, 5.1.4."""
    A, B = (P[1] - P[0]) * (Q[1] - Q[0]) % p, (P[1] + P[0]) * (Q[1] + Q[0]) % p
    C, D = 2 * P[3] * Q[3] * d % p, 2 * P[2] * Q[2] % p
    E, F, G, H = B - A, D - C, D + C, B + A
    return E * F % p, G * H % p, F * G % p, E * H % p


def por(s, P):
    """El punto P sumado s veces."""
    Q = (0, 1, 1, 0)
    while s:
        if s & 1:
            Q = suma(Q, P)
        P, s = suma(P, P), s >> 1
    return Q


B = punto((4 * pow(5, -1, p) % p).to_bytes(32, "little"))


def partes(patron, linea):
    """Las partes de un renglón que tiene una forma y sólo ésa."""
    hallada = re.fullmatch(patron, linea)
    if hallada is None:
        raise NoEsValida(f"{linea!a:.40} no tiene su forma")
    return hallada.groups()


def de_base64(texto, largo=32):
    """Los bytes de un texto en base64, escrito de la única manera que se acepta."""
    try:
        datos = base64.b64decode(texto, validate=True)
    except ValueError:
        raise NoEsValida(f"{texto!a:.40} no es base64") from None
    if base64.b64encode(datos).decode() != texto or (largo is not None and len(datos) != largo):
        raise NoEsValida(f"{texto!a:.40} no está en su forma")
    return datos


def hora(texto, como):
    """La hora universal de un renglón, escrita para leerse."""
    try:
        return datetime.strptime(texto, "%Y-%m-%dT%H:%M:%SZ").strftime(como)
    except ValueError:
        raise NoEsValida(f"«{texto}» no es una hora") from None


def leer_archivo(nombre, limite):
    """Los bytes de un archivo, y nunca más de uno sobre el límite."""
    with Path(nombre).open("rb") as abierto:
        return abierto.read(limite + 1)


if __name__ == "__main__":
    for salida in (sys.stdout, sys.stderr):
        salida.reconfigure(errors="replace")  # una consola sin acentos no es motivo para callar
    sys.exit(main(sys.argv[1:]))
