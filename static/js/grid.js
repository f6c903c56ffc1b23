/* The grid of a month: cells drawn, chosen, typed into, copied and pasted. Tabulator lays the table out and keeps the
   chosen range; the keys of a spreadsheet, typing and the clipboard go through one text box over the active cell, so
   that Chinese input works from the first key. */
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
  let editing = null;
  let leaving = false; // by Tab, behind the last cell
  let table = null;

  const store = new Grid.Store({
    url: data.save_url, prefix: `grid:${data.user}:${data.month}:`, rows: byCode, columns: byId, changed: (code) => paintRow(code),
  });

  /* --- What a cell is --- */
  function stateOf(row, id) {
    const entry = store.entry(row.code, id);
    const found = row.findings.filter((each) => each.at === id);
    return {
      text: store.text(row.code, id),
      entry,
      absent: !(id in row.cells) || row.none.includes(id),
      closed: !row.editable,
      wrong: !entry && row.wrong[id],
      hard: found.filter((each) => each.hard),
      soft: found.filter((each) => each.asks),
      news: row.news?.has(id),
    };
  }
  const canWrite = (row, id) => row.editable && id in row.cells && !row.none.includes(id);
  function whyNot(row, id) {
    if (!(id in row.cells)) return "该载体所在区域不填这一项";
    if (row.none.includes(id)) return `${row.kind}不填这一项`;
    return row.why;
  }
  /* Whether somebody has to do something here. */
  function needsWork(row, id) {
    const now = stateOf(row, id);
    return ["conflict", "refused"].includes(now.entry?.state) || Boolean(now.wrong)
      || (row.editable && (now.hard.length > 0 || now.soft.some((each) => !each.text)));
  }

  /* --- Drawing --- */
  function paint(element, row, column) {
    const now = stateOf(row, column.id);
    const marks = {
      "is-absent": now.absent,
      "is-closed": now.closed && !now.absent,
      "is-waiting": ["waiting", "sending"].includes(now.entry?.state),
      "is-conflict": now.entry?.state === "conflict",
      "is-refused": now.entry?.state === "refused",
      "is-wrong": Boolean(now.wrong),
      "has-hard": now.hard.length > 0,
      "has-soft": now.soft.length > 0 && now.hard.length === 0,
      "has-words": now.soft.length > 0 && now.soft.every((each) => each.text),
      "is-offered": row.state === "missing" && row.editable && now.text !== "" && !now.entry,
      "is-news": Boolean(now.news),
      "is-gap": column.kind !== "text" && /^(缺|不适用)/.test(now.text),
    };
    for (const [name, there] of Object.entries(marks)) element.classList.toggle(name, Boolean(there));
    element.id = `cell-${row.code}-${column.id}`;
    element.setAttribute("aria-readonly", String(!canWrite(row, column.id)));
    element.toggleAttribute("aria-invalid", marks["is-wrong"] || marks["has-hard"]);
    if (element.hasAttribute("aria-invalid")) element.setAttribute("aria-invalid", "true");
    const text = document.createElement("span");
    text.className = "grid-text";
    text.textContent = now.absent && !now.text ? "" : Grid.shown(now.text, column);
    return text;
  }
  function paintName(element, row) {
    element.setAttribute("role", "rowheader");
    const general = row.findings.filter((each) => !each.at);
    const name = document.createElement("span");
    name.className = "grid-name";
    name.title = `${row.name} · ${row.code} · ${row.area}`;
    name.textContent = row.name;
    const badge = document.createElement("span");
    badge.className = `badge-state badge-${row.tone}`;
    badge.innerHTML = `<i class="ti ti-${row.icon}" aria-hidden="true"></i>`;
    badge.append(row.word);
    const mark = document.createElement("i");
    const hard = general.some((each) => each.hard);
    const left = hard || general.some((each) => each.asks && !each.text);
    if (row.editable && general.length && left) {
      mark.className = `grid-mark ti ti-${hard ? "alert-octagon is-hard" : "alert-triangle"}`;
      mark.title = general.map((each) => each.message).join("\n");
      mark.setAttribute("aria-label", hard ? "本载体有须改正的问题" : "本载体有待说明的问题");
      mark.setAttribute("role", "img");
    }
    const box = document.createElement("span");
    box.className = "grid-head-cell";
    box.append(name, ...(mark.className ? [mark] : []), badge);
    return box;
  }
  function paintRow(code) {
    if (!table || !byCode[code]) return;
    const line = table.getRow(code);
    for (const cell of line.getCells()) {
      const id = cell.getField();
      const element = cell.getElement();
      element.replaceChildren(id === "name" ? paintName(element, byCode[code]) : paint(element, byCode[code], byId[id]));
    }
    tellMoved();
  }
  function title(column) {
    const box = document.createElement("span");
    box.className = "grid-title";
    box.textContent = column.label;
    if (column.unit) {
      const unit = document.createElement("small");
      unit.textContent = column.unit;
      box.append(unit);
    }
    return box;
  }
  function definition(column) {
    return {
      title: column.label, field: column.id, headerSort: false, resizable: false, minWidth: 40,
      width: column.long ? 220 : WIDTH[column.kind], cssClass: column.kind === "text" ? "grid-words" : "grid-num",
      titleFormatter: () => title(column),
      formatter: (cell) => paint(cell.getElement(), byCode[cell.getData().code], column),
    };
  }
  function build() {
    frame.style.maxHeight = `${92 + rows.length * 33}px`; // few rows need no tall frame
    table = new Tabulator("#grid", {
      data: rows.map((row) => ({ id: row.code, code: row.code, name: row.name })),
      index: "code", height: "100%", layout: "fitData", renderVertical: "basic", nestedFieldSeparator: false,
      columnDefaults: { headerSort: false, resizable: false },
      rowHeader: {
        title: `载体 ${rows.length} 家`, field: "name", frozen: true, width: 258, headerSort: false, resizable: false, cssClass: "grid-carrier",
        formatter: (cell) => paintName(cell.getElement(), byCode[cell.getData().code]),
      },
      columns: data.columns.map((group) => ({ title: group.label, columns: group.columns.map(definition) })),
      selectableRange: 1, selectableRangeRows: true, selectableRangeColumns: true, selectableRangeAutoFocus: false,
      keybindings: false, clipboard: false, history: false,
    });
    table.on("tableBuilt", ready);
    table.on("rangeChanged", tellMoved);
    table.on("cellDblClick", () => begin("edit"));
  }

  /* --- What is chosen: positions in rows and columns, from where it began to where it goes --- */
  const ranges = () => table.modules.selectRange;
  function chosen() {
    const range = ranges().activeRange;
    const from = { row: range.start.row ?? 0, col: (range.start.col ?? 1) - 1 };
    const to = { row: range.end.row ?? from.row, col: (range.end.col ?? from.col + 1) - 1 };
    return {
      ...from, toRow: to.row, toCol: to.col,
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
    ranges().selecting = "cell";
    table.getRanges()[0].setBounds(cellAt(row, col), cellAt(toRow, toCol));
    cellAt(toRow, toCol).getElement().scrollIntoView({ block: "nearest", inline: "nearest" });
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
  const focusGrid = () => sink.focus({ preventScroll: true });

  /* --- Typing --- */
  function begin(mode) {
    const { row, column } = active();
    if (editing || !canWrite(row, column.id)) { if (!editing) say(whyNot(row, column.id)); return; }
    editing = { row, column, mode };
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
    const { row, column } = editing;
    const text = Grid.normal(sink.value, column);
    editing = null;
    options.close();
    sink.value = "";
    sink.classList.remove("is-editing");
    store.stopTyping(row.code, column.id);
    if (keep) store.apply([{ carrier: row.code, id: column.id, text }]);
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

  /* --- Keys --- */
  function step(down, right) { const at = chosen(); choose(at.row + down, at.col + right); }
  /* Tab goes on at the next line, and out of the grid behind its last cell. */
  function tab(event) {
    const at = chosen();
    const next = at.row * columns.length + at.col + (event.shiftKey ? -1 : 1);
    if (next < 0 || next >= rows.length * columns.length) return false;
    choose(Math.floor(next / columns.length), next % columns.length);
    return true;
  }
  /* To the edge of what is filled, as Ctrl and an arrow do in a spreadsheet. */
  function edge(row, col, down, right) {
    const inside = (y, x) => y >= 0 && x >= 0 && y < rows.length && x < columns.length;
    const full = (y, x) => inside(y, x) && store.text(rows[y].code, columns[x].id) !== "";
    let [y, x] = [row, col];
    const within = full(y, x) && full(y + down, x + right);
    do { if (!inside(y + down, x + right)) break; y += down; x += right; } while (within ? full(y + down, x + right) : !full(y, x));
    return [y, x];
  }
  const ARROWS = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };
  function arrow(event) {
    const at = chosen();
    const [down, right] = ARROWS[event.key];
    const [y, x] = event.shiftKey ? [at.toRow, at.toCol] : [at.row, at.col];
    const [toRow, toCol] = event.ctrlKey || event.metaKey ? edge(y, x, down, right) : [y + down, x + right];
    if (event.shiftKey) choose(at.row, at.col, toRow, toCol);
    else choose(toRow, toCol);
  }
  function page(direction, event) {
    const at = chosen();
    if (event.shiftKey) choose(at.row, at.col, at.toRow + 10 * direction, at.toCol);
    else choose(at.row + 10 * direction, at.col);
  }
  const KEYS = {
    Enter: (event) => step(event.shiftKey ? -1 : 1, 0),
    Home: (event) => choose(event.ctrlKey ? 0 : chosen().row, 0),
    End: (event) => choose(event.ctrlKey ? rows.length - 1 : chosen().row, columns.length - 1),
    PageDown: (event) => page(1, event),
    PageUp: (event) => page(-1, event),
    Delete: () => empty(),
    Backspace: () => empty(),
    F2: () => begin("edit"),
    F6: () => document.dispatchEvent(new CustomEvent("grid:leave")),
    F8: (event) => nextProblem(event.shiftKey ? -1 : 1),
    F9: () => act("inspect"),
  };
  const CONTROL = {
    a: () => choose(0, 0, rows.length - 1, columns.length - 1),
    d: () => fillDown(),
    z: (event) => turn(event.shiftKey ? "redo" : "undo"),
    y: () => turn("redo"),
    Enter: () => act("submit"),
    " ": () => { const at = chosen(); choose(0, at.left, rows.length - 1, at.right); },
  };
  const act = (name) => document.querySelector(`[data-grid-act="${name}"]`)?.click();
  function keyWhileTyping(event) {
    const done = (keep, move) => { event.preventDefault(); end(keep); move?.(); };
    if (options.isOpen && ["ArrowUp", "ArrowDown"].includes(event.key)) { event.preventDefault(); options.step(event.key === "ArrowUp" ? -1 : 1); return; }
    if (options.marked !== undefined && ["Enter", "Tab"].includes(event.key)) sink.value = options.marked;
    if (event.key === "Escape") done(false);
    else if (event.key === "Enter" && event.altKey) { event.preventDefault(); sink.setRangeText("\n", sink.selectionStart, sink.selectionEnd, "end"); grow(); }
    else if (event.key === "Enter") done(true, () => step(event.shiftKey ? -1 : 1, 0));
    else if (event.key === "Tab") { end(true); if (tab(event)) event.preventDefault(); }
    else if (event.key === "F2") { event.preventDefault(); editing.mode = "edit"; }
    else if (editing.mode === "type" && ARROWS[event.key] && !event.shiftKey) done(true, () => arrow(event));
  }
  function key(event) {
    if (event.isComposing || event.keyCode === 229) return;
    if (editing) { keyWhileTyping(event); return; }
    const control = event.ctrlKey || event.metaKey;
    if (event.altKey && event.key === "ArrowDown") { event.preventDefault(); begin("edit"); return; }
    const handler = control && !ARROWS[event.key] ? CONTROL[event.key.length === 1 ? event.key.toLowerCase() : event.key] : null;
    if (handler) { event.preventDefault(); handler(event); return; }
    if (event.key === "Tab") { if (tab(event)) event.preventDefault(); else leaving = true; return; }
    if (event.key === " " && event.shiftKey) { event.preventDefault(); const at = chosen(); choose(at.row, 0, at.toRow, columns.length - 1); return; }
    if (ARROWS[event.key]) { event.preventDefault(); arrow(event); return; }
    if (KEYS[event.key]) { event.preventDefault(); KEYS[event.key](event); return; }
    if (!control && event.key.length === 1 && sink.readOnly) { const { row, column } = active(); say(whyNot(row, column.id)); }
  }

  /* --- Many cells at once --- */
  function within(at) {
    return rows.slice(at.top, at.bottom + 1).map((row) => columns.slice(at.left, at.right + 1).map((column) => ({ row, column })));
  }
  /* Writes what may be written and says what was left out. */
  function writeCells(cells, done, left = "") {
    const fits = cells.filter(({ row, column }) => row && column && canWrite(row, column.id));
    const emptied = fits.filter(({ row, column, text }) => !text.trim() && store.text(row.code, column.id)).length;
    store.apply(fits.map(({ row, column, text }) => ({ carrier: row.code, id: column.id, text: Grid.normal(text, column) })));
    const shut = cells.filter(({ row, column, text }) => row && column && text !== "" && !canWrite(row, column.id));
    const outside = cells.filter(({ row, column, text }) => (!row || !column) && text !== "").length;
    const parts = [`${done} ${fits.length} 格`];
    if (emptied && done !== "清空") parts.push(`其中清空 ${emptied} 格`);
    if (shut.length) parts.push(`${shut.length} 格不能填(${whyNot(shut[0].row, shut[0].column.id)})`);
    if (outside) parts.push(`${outside} 格在表格之外`);
    say([parts.join(","), left].filter(Boolean).join(";"), shut.length || outside || left ? "warning" : "");
  }
  function empty() {
    writeCells(within(chosen()).flat().filter(({ row, column }) => store.text(row.code, column.id)).map((each) => ({ ...each, text: "" })), "清空");
  }
  function fillDown() {
    const lines = within(chosen());
    writeCells(lines.slice(1).flatMap((line) => line.map((each, x) => ({ ...each, text: store.text(lines[0][x].row.code, lines[0][x].column.id) }))), "填充");
  }
  function copy(event, cut) {
    if (editing) return;
    event.preventDefault();
    const block = within(chosen()).map((line) => line.map(({ row, column }) => store.text(row.code, column.id)));
    event.clipboardData.setData("text/plain", Grid.writeBlock(block));
    if (cut) empty();
    else say(`已复制 ${block.length} 行 × ${block[0].length} 列`);
  }
  function paste(event) {
    const text = event.clipboardData.getData("text/plain");
    if (editing || !text) return;
    event.preventDefault();
    const at = chosen();
    const corner = { row: at.top, col: at.left };
    const block = Grid.parseBlock(text);
    let placed = Grid.align(block, rows, columns, corner);
    if (!placed.isNamed) placed = Grid.align(Grid.filled(block, at.bottom - at.top + 1, at.right - at.left + 1), rows, columns, corner);
    const { cells } = placed;
    writeCells(cells.map((each) => ({ row: rows[each.row], column: columns[each.col], text: each.text })), "粘贴", Grid.leftOut(placed));
    const [down, right] = [cells.map((each) => each.row), cells.map((each) => each.col)];
    if (cells.length) choose(Math.min(...down), Math.min(...right), Math.max(...down), Math.max(...right));
  }
  function turn(way) {
    const done = store[way]();
    if (!done) { say(way === "undo" ? "没有可以撤销的" : "没有可以重做的"); return; }
    const left = done.left ? `,${done.left} 格后来被改过,没有动` : "";
    say(`已${way === "undo" ? "撤销" : "重做"} ${done.cells.length} 格${left}`, done.left ? "warning" : "");
    if (done.cells.length) choose(place[done.cells[0].carrier], columns.indexOf(byId[done.cells[0].id]));
  }
  /* F8: to the next cell where something is to be done. */
  function nextProblem(direction = 1) {
    const count = rows.length * columns.length;
    const at = chosen();
    const from = at.row * columns.length + at.col;
    for (let n = 1; n <= count; n += 1) {
      const spot = (from + direction * n + count * 2) % count;
      const [y, x] = [Math.floor(spot / columns.length), spot % columns.length];
      if (needsWork(rows[y], columns[x].id)) { choose(y, x); return true; }
    }
    say("没有要处理的格子");
    return false;
  }

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
    sink.addEventListener("keydown", key);
    sink.addEventListener("input", typed);
    sink.addEventListener("compositionstart", () => { if (!editing) begin("type"); });
    sink.addEventListener("copy", (event) => copy(event, false));
    sink.addEventListener("cut", (event) => copy(event, true));
    sink.addEventListener("paste", paste);
    sink.addEventListener("blur", () => end(true));
    sink.addEventListener("focus", () => frame.classList.add("has-focus"));
    sink.addEventListener("blur", () => frame.classList.remove("has-focus"));
    frame.addEventListener("mouseup", () => { if (!editing) focusGrid(); });
    // Tabulator's own click moves the document's selection into the row; keys and clipboard follow the selection.
    frame.addEventListener("click", () => { if (!editing) { focusGrid(); sink.setSelectionRange(sink.value.length, sink.value.length); } });
    new ResizeObserver(() => placeSink()).observe(frame);
    document.documentElement.classList.add("grid-ready");
    if (rows.length) choose(0, 0);
    focusGrid();
    document.dispatchEvent(new CustomEvent("grid:ready"));
  }

  Object.assign(Grid, {
    data, rows, byCode, byId, columns, store, active, chosen, choose, place, stateOf, canWrite, whyNot, needsWork,
    nextProblem, focusGrid, say, finish: () => end(true), isTyping: () => Boolean(editing),
  });
  document.documentElement.classList.add("grid-wide");
  if (rows.length) build();
})();
