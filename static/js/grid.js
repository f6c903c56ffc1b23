/* The grid of a month: what is chosen, and typing. Tabulator lays the table out and keeps the chosen range; keys, typing
   and the clipboard go through one text box over the active cell, so that Chinese input works from the first key. */
"use strict";
(() => {
  const source = document.getElementById("grid-data");
  const frame = document.getElementById("grid-frame");
  const wide = matchMedia("(min-width: 900px)");
  if (!source || !frame || !wide.matches || !window.Tabulator) return;

  const data = JSON.parse(source.textContent);
  const columns = data.columns.flatMap((group) => group.columns);
  const byId = Object.fromEntries(columns.map((column) => [column.id, column]));
  const rows = data.rows;
  const byCode = Object.fromEntries(rows.map((row) => [row.code, row]));
  const place = Object.fromEntries(rows.map((row, index) => [row.code, index]));
  const sink = document.getElementById("grid-sink");
  const WIDTH = { count: 92, money: 104, area: 106, number: 104, text: 118 };
  const [LINE, HEAD] = [29, 74]; // height of a row, and of heads with the scroll bar
  let editing = null;
  let cursor = null; // {row, col} inside a selection of several cells, once Enter or Tab went on in it
  let leaving = false; // by Tab, behind the last cell
  let table = null;

  const store = new Grid.Store({
    url: data.save_url, prefix: `grid:${data.user}:${data.month}:`, rows: byCode, columns: byId, changed: (code) => paintRow(code),
  });

  const { stateOf, canWrite, whyNot, needsWork, paint, paintName, title } = Grid.drawing(store);

  /* --- The table --- */
  function paintRow(code) {
    if (!table || !byCode[code]) return;
    const line = table.getRow(code);
    for (const cell of line.getCells()) {
      const id = cell.getField();
      const element = cell.getElement();
      element.replaceChildren(id === "name" ? paintName(element, byCode[code]) : paint(element, byCode[code], byId[id]));
    }
    tellMoved();
    tellTotals();
  }
  /* --- The line of totals, always in sight: what may be added up, over the rows that are shown --- */
  let adding = 0;
  function tellTotals() {
    cancelAnimationFrame(adding);
    adding = requestAnimationFrame(() => table?.recalc());
  }
  const total = (column) => (column.summed ? Grid.sums(rows.map((row) => store.text(row.code, column.id))) : null);
  function paintTotal(element, column) {
    const found = total(column);
    if (!found?.count) return "";
    element.title = `${column.label}合计:${found.count}/${rows.length} 家有数`;
    return Grid.shown(found.sum, {});
  }
  function definition(column) {
    return {
      title: column.label, field: column.id, headerSort: false, resizable: false, minWidth: 40,
      width: column.long ? 220 : WIDTH[column.kind], cssClass: column.kind === "text" ? "grid-words" : "grid-num",
      titleFormatter: () => title(column),
      formatter: (cell) => paint(cell.getElement(), byCode[cell.getData().code], column),
      bottomCalc: () => "", bottomCalcFormatter: (cell) => paintTotal(cell.getElement(), column),
    };
  }
  function build() {
    frame.style.height = `${HEAD + (rows.length + 1) * LINE}px`; // few rows need no tall frame; many shrink to the window
    table = new Tabulator("#grid", {
      data: rows.map((row) => ({ id: row.code, code: row.code, name: row.name })),
      index: "code", height: "100%", layout: "fitData", renderVertical: "basic", nestedFieldSeparator: false,
      columnDefaults: { headerSort: false, resizable: false },
      rowHeader: {
        title: `${data.row_name} ${rows.length} 家`, field: "name", frozen: true, width: 190, headerSort: false, resizable: false, cssClass: "grid-carrier",
        formatter: (cell) => paintName(cell.getElement(), byCode[cell.getData().code]),
        bottomCalc: () => "合计", bottomCalcFormatter: (cell) => cell.getValue(),
      },
      columns: data.columns.map((group) => ({ title: group.label, columns: group.columns.map(definition) })),
      selectableRange: 1, selectableRangeRows: true, selectableRangeColumns: true, selectableRangeAutoFocus: false,
      keybindings: false, clipboard: false, history: false,
    });
    table.on("tableBuilt", ready);
    table.on("rangeChanged", tellMoved);
    table.on("cellDblClick", () => begin("edit"));
  }

  /* --- What is chosen: positions in rows and columns, where one types, where it goes to, and its edges --- */
  const ranges = () => table.modules.selectRange;
  function chosen() {
    const range = ranges().activeRange;
    const from = { row: range.start.row ?? 0, col: (range.start.col ?? 1) - 1 };
    const to = { row: range.end.row ?? from.row, col: (range.end.col ?? from.col + 1) - 1 };
    return {
      ...(cursor || from), toRow: to.row, toCol: to.col, isMany: from.row !== to.row || from.col !== to.col,
      top: Math.min(from.row, to.row), bottom: Math.max(from.row, to.row),
      left: Math.max(0, Math.min(from.col, to.col)), right: Math.max(from.col, to.col),
    };
  }
  const active = () => { const at = chosen(); return { row: rows[at.row], column: columns[Math.max(0, at.col)] }; };
  const cellAt = (row, col) => table.getRow(rows[row].code).getCell(columns[col].id);
  function choose(row, col, toRow = row, toCol = col) {
    const limit = (n, most) => Math.max(0, Math.min(most - 1, n));
    [row, toRow] = [limit(row, rows.length), limit(toRow, rows.length)];
    [col, toCol] = [limit(col, columns.length), limit(toCol, columns.length)];
    setCursor(null);
    ranges().selecting = "cell";
    table.getRanges()[0].setBounds(cellAt(row, col), cellAt(toRow, toCol));
    cellAt(toRow, toCol).getElement().scrollIntoView({ block: "nearest", inline: "nearest" });
    tellMoved();
  }
  /* Where typing goes inside a selection of several cells, which stays. */
  function setCursor(at) {
    cursor = at;
    frame.classList.toggle("has-cursor", Boolean(at));
    if (at) cellAt(at.row, at.col).getElement().scrollIntoView({ block: "nearest", inline: "nearest" });
    tellMoved();
  }
  let moving = 0;
  function tellMoved() {
    cancelAnimationFrame(moving);
    moving = requestAnimationFrame(() => {
      if (!table || !rows.length) return;
      if (!editing) placeSink();
      document.dispatchEvent(new CustomEvent("grid:moved"));
    });
  }
  function placeSink() {
    const { row, column } = editing || active();
    const cell = document.getElementById(`cell-${row.code}-${column.id}`);
    if (!cell) return;
    const at = cell.getBoundingClientRect();
    const home = frame.getBoundingClientRect();
    Object.assign(sink.style, {
      left: `${at.left - home.left}px`, top: `${at.top - home.top}px`,
      width: `${at.width + 1}px`, height: `${at.height}px`,
    });
    sink.setAttribute("aria-label", `${row.name},${column.label}${column.unit ? `(${column.unit})` : ""}:${store.text(row.code, column.id) || "空"}`);
    sink.setAttribute("aria-activedescendant", cell.id);
    sink.readOnly = !canWrite(row, column.id);
    sink.classList.toggle("is-words", column.kind === "text");
    row.news?.delete(column.id);
  }
  function focusGrid() {
    sink.focus({ preventScroll: true });
    // The document's selection decides where keys and clipboard go, and a click of Tabulator's leaves it in the row.
    if (!editing) sink.setSelectionRange(sink.value.length, sink.value.length);
  }

  /* --- Typing --- */
  function begin(mode) {
    const { row, column } = active();
    if (editing || !canWrite(row, column.id)) { if (!editing) say(whyNot(row, column.id)); return; }
    editing = { row, column, mode, from: store.text(row.code, column.id), was: row.cells[column.id] };
    if (mode === "edit") sink.value = store.text(row.code, column.id);
    placeSink();
    sink.classList.add("is-editing");
    focusGrid();
    if (mode === "edit") sink.setSelectionRange(sink.value.length, sink.value.length);
    grow();
    if (column.options?.length) options.open(column.options, sink.value);
  }
  /* Long words get more room while they are typed. */
  function grow() {
    if (editing.column.kind !== "text") return;
    sink.style.width = `${Math.max(sink.offsetWidth, 260)}px`;
    sink.style.height = "auto";
    sink.style.height = `${Math.min(160, sink.scrollHeight + 2)}px`;
  }
  function end(keep) {
    if (!editing) return;
    const { row, column, from, was } = editing;
    const text = Grid.normal(sink.value, column);
    editing = null;
    options.close();
    sink.value = "";
    sink.classList.remove("is-editing");
    store.stopTyping(row.code, column.id);
    // Somebody else may have written the cell meanwhile: what was seen when the typing began is what counts.
    if (keep && text !== from) store.apply([{ carrier: row.code, id: column.id, text, was }]);
    placeSink();
    tellMoved();
  }
  function typed() {
    if (!editing) begin("type");
    if (!editing) { sink.value = ""; return; }
    store.keepTyping(editing.row.code, editing.column.id, Grid.normal(sink.value, editing.column));
    grow();
    if (editing.column.options?.length) options.narrow(sink.value);
  }
  const options = new Grid.Options(sink, (word) => { sink.value = word; end(true); focusGrid(); });

  /* --- Words to the person --- */
  function say(text, tone = "") {
    const line = document.getElementById("grid-said");
    line.textContent = text;
    line.title = text;
    line.dataset.tone = tone;
  }

  /* Tabulator's groups of columns have a role that there is not; a grid holds groups of rows and nothing else. */
  function nameRoles(holder) {
    document.getElementById("grid").setAttribute("aria-label", data.label);
    holder.setAttribute("role", "rowgroup");
    holder.tabIndex = 0;
    holder.querySelector(".tabulator-table").setAttribute("role", "none");
    frame.querySelector(".tabulator-header").removeAttribute("tabindex");
    for (const group of frame.querySelectorAll(".tabulator-col-group")) {
      group.setAttribute("role", "none");
      for (const name of ["aria-sort", "aria-title"]) group.removeAttribute(name);
    }
    for (const head of frame.querySelectorAll(".tabulator-col")) for (const name of ["aria-sort", "aria-title"]) head.removeAttribute(name);
  }

  function ready() {
    const holder = frame.querySelector(".tabulator-tableholder");
    nameRoles(holder);
    holder.addEventListener("focus", () => { if (!leaving) focusGrid(); });
    holder.addEventListener("blur", () => { leaving = false; });
    holder.addEventListener("keydown", (event) => { if (event.target === holder && !["Tab", "Shift"].includes(event.key)) focusGrid(); });
    holder.addEventListener("scroll", placeSink, { passive: true });
    sink.addEventListener("input", typed);
    sink.addEventListener("compositionstart", () => { if (!editing) begin("type"); });
    sink.addEventListener("blur", () => end(true));
    sink.addEventListener("focus", () => frame.classList.add("has-focus"));
    sink.addEventListener("blur", () => frame.classList.remove("has-focus"));
    frame.addEventListener("mousedown", (event) => { if (event.target !== sink) setCursor(null); });
    for (const name of ["mouseup", "click"]) frame.addEventListener(name, () => { if (!editing) focusGrid(); });
    new ResizeObserver(() => placeSink()).observe(frame);
    document.documentElement.classList.add("grid-ready");
    if (rows.length) choose(0, 0);
    focusGrid();
    document.dispatchEvent(new CustomEvent("grid:ready"));
  }

  Object.assign(Grid, {
    data, rows, byCode, byId, columns, store, options, active, chosen, choose, setCursor, place, stateOf, canWrite, whyNot, needsWork, focusGrid, say,
    begin, finish: (keep = true) => end(keep), grow, typing: () => editing, isTyping: () => Boolean(editing), leave: () => { leaving = true; },
  });
  document.documentElement.classList.add("grid-wide");
  // Keys, clipboard and what stands beside are scripts of their own: all are there before the table says that it is.
  if (rows.length) document.addEventListener("DOMContentLoaded", build);
})();
