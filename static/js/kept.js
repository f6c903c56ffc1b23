/* What this machine keeps for the portal, as text by name. Storage may be full, forbidden or gone at any moment: then
   nothing is kept, nothing is found, and work goes on. */
"use strict";
window.Kept = (() => {
  function tried(what, otherwise) {
    try { return what(localStorage); } catch { return otherwise; }
  }
  const get = (name) => tried((storage) => storage.getItem(name), null);
  /* Whether it is kept now. */
  const set = (name, text) => tried((storage) => { storage.setItem(name, text); return true; }, false);
  const drop = (name) => tried((storage) => storage.removeItem(name), undefined);
  const names = (prefix) => tried((storage) => Object.keys(storage).filter((each) => each.startsWith(prefix)), []);
  /* The value that was written as JSON; null where there is none. */
  const json = (name) => tried((storage) => JSON.parse(storage.getItem(name)), null);
  return { get, set, drop, names, json };
})();
