/* Only adds (decisions §25): says that a newer corte is out, or that this copy is late by the server's
   clock, never by the reader's. It reloads nothing and writes no figure. Without it every page is whole. */
(function () {
  "use strict";
  var datos = document.documentElement.dataset;
  var numero = Number(datos.numero);
  var cada = Number(datos.cada) * 1000;
  var fijo = /\/c\/\d+\//.test(location.pathname);
  if (fijo || !/^https?:$/.test(location.protocol) || !(cada > 0)) return;

  function mostrar(id, corte) {
    var aviso = document.getElementById(id);
    if (!aviso || !aviso.hidden) return;
    if (corte) {
      aviso.querySelector("span").textContent = corte;
      aviso.querySelector("a").href = location.pathname;
    }
    aviso.hidden = false;
  }

  function mirar() {
    if (document.hidden) return;
    fetch(datos.raiz + "estado.json", { cache: "no-cache", credentials: "omit" })
      .then(function (respuesta) {
        /* A server whose node is dead answers too, and its clock still tells the age of this copy (A3). */
        var ahora = Date.parse(respuesta.headers.get("Date"));
        return (respuesta.ok ? respuesta.json() : Promise.resolve({})).then(function (estado) {
          var corte = Number(estado.corte);
          if (corte > numero) mostrar("corte-nuevo", corte);
          else if (numero && !("ultimo" in datos) && ahora - Date.parse(datos.publicado) >= 1.5 * cada)
            mostrar("demora");
        });
      })
      .catch(function () { /* without network the page stays as it is */ });
  }

  /* Whoever opened at the instant of a corte must not ask together for ever: a place of one's own (G2). */
  var vuelta = Math.max(5000, Math.min(60000, cada));
  setTimeout(function () {
    mirar();
    setInterval(mirar, vuelta);
  }, Math.random() * vuelta);
  document.addEventListener("visibilitychange", mirar);
  mirar();
})();
