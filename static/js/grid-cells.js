/* Many cells of the grid at once: emptied, filled, copied, pasted, undone; and the way to what is to be done. */
"use strict";
(() => {
  if (!window.Grid?.data) return;
  const { rows, columns, byId, place, store, chosen, choose, canWrite, whyNot, needsWork, say } = Grid;
  const sink = document.getElementById("grid-sink");

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
    say(parts.join(","), shut.length || outside || left ? "warning" : "");
    Grid.remark("grid-left-out", ...(left ? [left] : []));
  }
  function empty() {
    writeCells(within(chosen()).flat().filter(({ row, column }) => store.text(row.code, column.id)).map((each) => ({ ...each, text: "" })), "清空");
  }
  const textAt = (row, col) => store.text(rows[row].code, columns[col].id);
  /* Ctrl+D: the first line of the selection goes down; one line alone takes what stands above it. */
  function fillDown() {
    const at = chosen();
    const from = at.top === at.bottom ? at.top - 1 : at.top;
    if (from < 0) { say("上面没有可填充的"); return; }
    writeCells(within({ ...at, top: from + 1 }).flat().map((each) => ({ ...each, text: store.text(rows[from].code, each.column.id) })), "填充");
  }
  /* Ctrl+R: the first column goes right; one column alone takes what stands left of it. */
  function fillRight() {
    const at = chosen();
    const from = at.left === at.right ? at.left - 1 : at.left;
    if (from < 0) { say("左面没有可填充的"); return; }
    writeCells(within({ ...at, left: from + 1 }).flat().map((each) => ({ ...each, text: textAt(place[each.row.code], from) })), "填充");
  }
  /* What is being typed goes into every cell of the selection. */
  function fillAll() {
    const text = sink.value;
    const at = chosen();
    Grid.finish(!at.isMany);
    if (at.isMany) writeCells(within(at).flat().map((each) => ({ ...each, text })), "填充");
  }

  /* --- Clipboard --- */
  /* Whole rows take names and heads along, so that what comes back is placed by them; a number where a name is two carriers'. */
  function withNames(at, block) {
    const isTwice = new Set(rows.map((row) => row.name)).size < rows.length;
    const lead = (row) => (isTwice ? [row.code, row.name] : [row.name]);
    const heads = [...(isTwice ? [Grid.data.code_name, Grid.data.row_name] : [Grid.data.row_name]), ...columns.map((column) => column.label + (column.unit ? `(${column.unit})` : ""))];
    return [heads, ...block.map((line, n) => [...lead(rows[at.top + n]), ...line])];
  }
  function copy(event, cut) {
    if (Grid.isTyping()) return;
    event.preventDefault();
    const at = chosen();
    const block = within(at).map((line) => line.map(({ row, column }) => store.text(row.code, column.id)));
    const isWhole = at.left === 0 && at.right === columns.length - 1 && columns.length > 1;
    event.clipboardData.setData("text/plain", Grid.writeBlock(isWhole ? withNames(at, block) : block));
    if (cut) empty();
    else say(`已复制 ${block.length} 行 × ${block[0].length} 列${isWhole ? ",连同载体和列名" : ""}`);
  }
  function paste(event) {
    const text = event.clipboardData.getData("text/plain");
    if (!text) return;
    const block = Grid.parseBlock(text);
    const typing = Grid.typing();
    const isBlock = block.length > 1 || block[0].length > 1;
    // A figure's cell holds one figure: a block goes into the cells from there, also while one types.
    if (typing && !(isBlock && typing.column.kind !== "text")) return;
    event.preventDefault();
    Grid.finish(false);
    const at = chosen();
    const corner = at.isMany ? { row: at.top, col: at.left } : { row: at.row, col: at.col };
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

  sink.addEventListener("copy", (event) => copy(event, false));
  sink.addEventListener("cut", (event) => copy(event, true));
  sink.addEventListener("paste", paste);
  Object.assign(Grid, { empty, fillDown, fillRight, fillAll, turn, nextProblem });
})();
