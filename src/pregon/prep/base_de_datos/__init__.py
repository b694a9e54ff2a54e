"""Reading a published base de datos of any vintage, by meaning and never by position (R77–R91).

Bytes come in, typed values go out: `leer` gives one `BaseDeDatos` per election file, with every oddity told
as an `Advertencia` (row, column, cause) and nothing dropped silently. What changes together stands together:

    archivo        ZIP, ZIP in ZIP, encodings
    nombres        how names, keys and markers vary in writing
    encabezado     title, stamp and the published header figures
    columnas       what each column of the rows means; which ones hold votes
    celdas         one cell: count, marker, time
    filas          one row → `Acta`
    candidaturas   the file of names that travels beside
    limites        every bound on what comes from outside
    lectura        puts them together

Comparing what was published with what the rows add up to is left to `prep.comparar`.
"""

from pregon.prep.base_de_datos.advertencias import Advertencia
from pregon.prep.base_de_datos.cifras import desgarro
from pregon.prep.base_de_datos.lectura import BaseDeDatos, leer
from pregon.prep.base_de_datos.limites import LIMITES, Limites

__all__ = ["LIMITES", "Advertencia", "BaseDeDatos", "Limites", "desgarro", "leer"]
