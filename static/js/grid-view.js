/* How much of the window the grid takes, what is chosen in figures, and what others changed meanwhile. */
"use strict";
(() => {
  if (!window.Grid?.data) return;
  const { store, rows, columns } = Grid;
  const root = document.documentElement;
  const KEPT = "grid-view";
  const EVERY = 60_000; // milliseconds
  const sink = document.getElementById("grid-sink");
  const full = document.querySelector("[data-grid-full]");
  const fold = document.querySelector("[data-grid-fold]");

  /* --- The whole window; the strip on one line. Remembered on this machine --- */
  const view = { full: false, folded: false, ...Kept.json(KEPT) };
  function show() {
    root.classList.toggle("grid-full", view.full);
    root.classList.toggle("grid-folded", view.folded);
    full.setAttribute("aria-pressed", String(view.full));
    full.querySelector("span").textContent = view.full ? "退出全屏" : "全屏";
    fold.setAttribute("aria-expanded", String(!view.folded));
    fold.setAttribute("aria-label", view.folded ? "展开当前格的说明" : "收起当前格的说明");
    fold.title = fold.getAttribute("aria-label");
    fold.querySelector("i").className = `ti ti-chevron-${view.folded ? "up" : "down"}`;
  }
  function turn(changes) {
    Object.assign(view, changes);
    Kept.set(KEPT, JSON.stringify(view));
    show();
    Grid.focusGrid();
    const cell = sink.getAttribute("aria-activedescendant");
    requestAnimationFrame(() => document.getElementById(cell)?.scrollIntoView({ block: "nearest", inline: "nearest" }));
  }
  const turnFull = () => turn({ full: !view.full, folded: !view.full });
  full.addEventListener("click", turnFull);
  fold.addEventListener("click", () => turn({ folded: !view.folded }));
  document.addEventListener("grid:full", turnFull);
  document.addEventListener("keydown", (event) => {
    if (event.key === "F1" && event.ctrlKey && !event.defaultPrevented) { event.preventDefault(); turnFull(); }
  });
  show();

  /* --- Count, sum and mean of what is chosen --- */
  const line = document.getElementById("grid-sum");
  function drawSum() {
    const at = Grid.chosen();
    if (!at.isMany) { line.textContent = ""; return; }
    const asked = columns.slice(at.left, at.right + 1);
    const units = new Set(asked.filter((column) => column.kind !== "text").map((column) => column.unit));
    const texts = rows.slice(at.top, at.bottom + 1).flatMap((row) => asked.map((column) => store.text(row.code, column.id)));
    const { count, sum, mean } = Grid.sums(texts);
    const [unit] = units.size === 1 ? units : [""];
    const words = [`计数 ${count}`];
    // Figures of several units have no sum.
    if (sum && units.size === 1) words.push(`合计 ${Grid.shown(sum, {})} ${unit}`.trim(), `平均 ${Grid.shown(mean, {})}`);
    line.textContent = words.join(" · ");
  }
  document.addEventListener("grid:moved", drawSum);
  store.listeners.push(() => { if (root.classList.contains("grid-ready")) drawSum(); });

  /* --- What others wrote: asked for when the window is looked at again, and now and then while it is --- */
  let looking = false;
  async function look() {
    if (looking || document.hidden || Grid.isTyping() || store.list("waiting", "sending").length) return;
    looking = true;
    try {
      const said = await Grid.ask(Grid.data.act_url, {
        act: "look", words: "", strict: rows.filter((row) => row.strict).map((row) => row.code), rows: rows.map((row) => ({ carrier: row.code, mark: row.mark })),
      });
      store.merge(said.rows);
    } catch { /* the next look, or the next cell that is saved, says what is the matter */ }
    looking = false;
  }
  window.addEventListener("focus", look);
  setInterval(look, EVERY);
})();
