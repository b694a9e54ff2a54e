"""The difusor's side: receive → verify → activate → serve → report. It verifies and serves, it never renders.

Folder of a node: `tuf/` (the TUF client's cache), `objetos/`, `cortes/<n>/`, `actual`, `prueba.json`,
`registro.txt`, `checkpoint.txt`, `difusores.json`, `difusores.html`, `estado.json`, `recibo.json`,
`recibo.pem` (the node's own key), `publico/` (what nginx opens), `bitacora.jsonl`, `acceso/`. All of it but
the cache, the key and the logs can be derived again from the signed bytes, and is at every start.
"""
