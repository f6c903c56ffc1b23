/* The keys of a spreadsheet, in the grid. */
"use strict";
(() => {
  if (!window.Grid?.data) return;
  const { rows, columns, store, options, chosen, choose, say } = Grid;
  const sink = document.getElementById("grid-sink");
  const frame = document.getElementById("grid-frame");
  const PAGE = 10;
  const ARROWS = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };
  let run = null; // the column where a run of Tab began: Enter goes back to it

  /* --- Going on: inside a selection of several cells round and round, else to the next line or cell --- */
  function around(at, by, across) {
    const [high, wide] = [at.bottom - at.top + 1, at.right - at.left + 1];
    const [down, right] = [at.row - at.top, at.col - at.left];
    const next = ((across ? down * wide + right : right * high + down) + by + high * wide) % (high * wide);
    Grid.setCursor({
      row: at.top + (across ? Math.floor(next / wide) : next % high),
      col: at.left + (across ? next % wide : Math.floor(next / high)),
    });
  }
  function enter(event) {
    const at = chosen();
    const by = event.shiftKey ? -1 : 1;
    if (at.isMany) around(at, by, false);
    else choose(at.row + by, run ?? at.col);
    run = null;
  }
  /* Tab goes on at the next line, and out of the grid behind its last cell. */
  function tab(event) {
    const at = chosen();
    const by = event.shiftKey ? -1 : 1;
    if (at.isMany) { around(at, by, true); return true; }
    const next = at.row * columns.length + at.col + by;
    if (next < 0 || next >= rows.length * columns.length) return false;
    run ??= at.col;
    choose(Math.floor(next / columns.length), next % columns.length);
    return true;
  }

  /* --- Far --- */
  /* To the edge of what is filled, as Ctrl and an arrow do in a spreadsheet. */
  function edge(row, col, down, right) {
    const inside = (y, x) => y >= 0 && x >= 0 && y < rows.length && x < columns.length;
    const full = (y, x) => inside(y, x) && store.text(rows[y].code, columns[x].id) !== "";
    let [y, x] = [row, col];
    const within = full(y, x) && full(y + down, x + right);
    do { if (!inside(y + down, x + right)) break; y += down; x += right; } while (within ? full(y + down, x + right) : !full(y, x));
    return [y, x];
  }
  /* With Shift the selection goes there, without it the active cell does. to(row, col) -> [row, col] */
  function go(event, to) {
    const at = chosen();
    const [row, col] = event.shiftKey ? to(at.toRow, at.toCol) : to(at.row, at.col);
    if (event.shiftKey) choose(at.row, at.col, row, col);
    else choose(row, col);
  }
  function arrow(event) {
    const [down, right] = ARROWS[event.key];
    go(event, (row, col) => (event.ctrlKey || event.metaKey ? edge(row, col, down, right) : [row + down, col + right]));
  }

  const act = (name) => document.querySelector(`[data-grid-act="${name}"]`)?.click();
  const KEYS = {
    Enter: enter,
    Home: (event) => go(event, (row) => [event.ctrlKey ? 0 : row, 0]),
    End: (event) => go(event, (row) => [event.ctrlKey ? rows.length - 1 : row, columns.length - 1]),
    PageDown: (event) => go(event, (row, col) => [row + PAGE, col]),
    PageUp: (event) => go(event, (row, col) => [row - PAGE, col]),
    Delete: () => Grid.empty(),
    Backspace: () => Grid.empty(),
    F2: () => Grid.begin("edit"),
    F6: () => document.dispatchEvent(new CustomEvent("grid:leave")),
    F8: (event) => Grid.nextProblem(event.shiftKey ? -1 : 1),
    F9: () => act("inspect"),
  };
  const CONTROL = {
    a: () => choose(0, 0, rows.length - 1, columns.length - 1),
    d: () => Grid.fillDown(),
    r: () => Grid.fillRight(),
    z: (event) => Grid.turn(event.shiftKey ? "redo" : "undo"),
    y: () => Grid.turn("redo"),
    // Without Shift it writes what is being typed into the whole selection, and so nothing where nothing is.
    Enter: (event) => { if (event.shiftKey) act("submit"); },
    " ": () => { const at = chosen(); choose(0, at.left, rows.length - 1, at.right); },
    F1: () => document.dispatchEvent(new CustomEvent("grid:full")),
  };
  const KEEP_RUN = new Set(["Tab", "Enter", "F2", "Delete", "Backspace", "Shift", "Control"]);

  function keyWhileTyping(event) {
    const done = (keep, move) => { event.preventDefault(); Grid.finish(keep); move?.(event); };
    const control = event.ctrlKey || event.metaKey;
    if (options.isOpen && ["ArrowUp", "ArrowDown"].includes(event.key)) { event.preventDefault(); options.step(event.key === "ArrowUp" ? -1 : 1); return; }
    if (options.marked !== undefined && ["Enter", "Tab"].includes(event.key)) sink.value = options.marked;
    if (event.key === "Escape") done(false);
    else if (event.key === "Enter" && event.altKey) { event.preventDefault(); sink.setRangeText("\n", sink.selectionStart, sink.selectionEnd, "end"); Grid.grow(); }
    else if (event.key === "Enter" && control) { event.preventDefault(); Grid.fillAll(); }
    else if (event.key === "Enter") done(true, enter);
    else if (event.key === "Tab") { Grid.finish(); if (tab(event)) event.preventDefault(); }
    else if (event.key === "F2") { event.preventDefault(); Grid.typing().mode = "edit"; }
    else if (control && ["d", "r"].includes(event.key.toLowerCase())) event.preventDefault(); // no bookmark, no new load
    else if (Grid.typing().mode === "type" && ARROWS[event.key] && !event.shiftKey) { run = null; done(true, arrow); }
  }
  function key(event) {
    if (event.isComposing || event.keyCode === 229) return;
    if (Grid.isTyping()) { keyWhileTyping(event); return; }
    const control = event.ctrlKey || event.metaKey;
    if (!KEEP_RUN.has(event.key) && (control || event.key.length > 1)) run = null;
    if (event.altKey && event.key === "ArrowDown") { event.preventDefault(); Grid.begin("edit"); return; }
    const named = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    const handler = control && !(named === "r" && event.shiftKey) ? CONTROL[named] : null;
    if (handler) { event.preventDefault(); handler(event); return; }
    if (event.key === "Tab") { if (tab(event)) event.preventDefault(); else Grid.leave(); return; }
    if (event.key === " " && event.shiftKey) { event.preventDefault(); const at = chosen(); choose(at.top, 0, at.bottom, columns.length - 1); return; }
    if (ARROWS[event.key]) { event.preventDefault(); arrow(event); return; }
    if (KEYS[event.key]) { event.preventDefault(); KEYS[event.key](event); return; }
    if (!control && event.key.length === 1 && sink.readOnly) { const { row, column } = Grid.active(); say(Grid.whyNot(row, column.id)); }
  }

  sink.addEventListener("keydown", key);
  frame.addEventListener("mousedown", () => { run = null; });
})();
