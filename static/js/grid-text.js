/* The grid's words: how a figure is typed and shown, and blocks as spreadsheets copy them. Knows no page. */
"use strict";
window.Grid ??= {};
(() => {
  const NUMBER = /^[+-]?\d+(\.\d+)?$/;
  const GROUPED = /^[+-]?[1-9]\d{0,2}([, ])\d{3}(\1\d{3})*(\.\d+)?$/;
  const LONGEST = 40;

  /* What a person typed or pasted, as the server would write it back: half width, no separators of thousands, no unit.
     What is no number by the rules of core/numerals.py stays as typed, for the server to judge. */
  function normal(text, column) {
    const trimmed = String(text).replace(/\r\n?/g, "\n").trim();
    if (column.kind === "text") return trimmed;
    const plain = trimmed.normalize("NFKC").replace(/\s+/g, " ").trim();
    const unit = (column.unit || "").normalize("NFKC");
    const typed = (unit && plain.endsWith(unit) ? plain.slice(0, -unit.length) : plain).trim();
    const bare = GROUPED.test(typed) ? typed.replace(/[, ]/g, "") : typed;
    if (bare.length > LONGEST) return trimmed;
    if (!NUMBER.test(bare)) return trimmed;
    const sign = bare.startsWith("-") ? "-" : "";
    const [whole, part = ""] = bare.replace(/^[+-]/, "").split(".");
    const decimals = part.replace(/0+$/, "");
    return sign + (whole.replace(/^0+(?=\d)/, "")) + (decimals ? `.${decimals}` : "");
  }

  /* As the cell shows it: 1234567.5 -> 1,234,567.5 */
  function shown(text, column) {
    if (column.kind === "text" || !NUMBER.test(text)) return text;
    const [whole, part] = text.split(".");
    return whole.replace(/\B(?=(\d{3})+$)/g, ",") + (part ? `.${part}` : "");
  }

  /* A copied block: rows by lines, cells by tabs; a cell with tabs, lines or quotes stands in quotes. */
  function parseBlock(text) {
    const rows = [[]];
    const part = /(?:"((?:[^"]|"")*)"|([^\t\n]*))(\t|\n|$)/gy;
    const clean = text.replace(/\r\n?/g, "\n").replace(/\n$/, "");
    while (part.lastIndex <= clean.length) {
      const found = part.exec(clean);
      if (!found) break;
      rows.at(-1).push(found[1] !== undefined ? found[1].replace(/""/g, '"') : found[2]);
      if (found[3] === "\n") rows.push([]);
      if (found[3] === "") break;
    }
    return rows;
  }
  function writeBlock(rows) {
    const quoted = (text) => (/[\t\n"]/.test(text) ? `"${text.replace(/"/g, '""')}"` : text);
    return rows.map((cells) => cells.map(quoted).join("\t")).join("\n");
  }

  /* Where the lines of a block belong. A first column of names or numbers of carriers is followed, and so is a first
     line of column names; otherwise the block goes down and to the right from the cell it is pasted at. */
  function align(block, rows, columns, at) {
    const tidy = (text) => text.normalize("NFKC").replace(/\s/g, "").replace(/\([^)]*\)$/, "");
    const rowOf = new Map(rows.flatMap((row, index) => [[tidy(row.name), index], [tidy(row.code), index]]));
    const columnOf = new Map(columns.map((column, index) => [tidy(column.label), index]));
    let body = block;
    let heads = null;
    const first = body[0].map(tidy);
    const named = first.slice(1).every((text) => columnOf.has(text)) && first.length > 1 && !rowOf.has(first[0]);
    if (named || first.every((text) => columnOf.has(text))) { heads = first.map((text) => columnOf.get(text)); body = body.slice(1); }
    const lined = body.length > 0 && body.every((line) => line.length > 1 && rowOf.has(tidy(line[0])));
    return body.flatMap((line, down) => (lined ? line.slice(1) : line).map((text, right) => ({
      row: lined ? rowOf.get(tidy(line[0])) : at.row + down,
      col: heads ? heads[right + (lined ? 1 : 0)] : at.col + right,
      text,
    })));
  }

  /* One value copied over a larger selection fills it; a block fills it as often as it fits whole. */
  function filled(block, height, width) {
    const high = block.length;
    const wide = block[0].length;
    if (height % high || width % wide || block.some((line) => line.length !== wide)) return block;
    return Array.from({ length: height }, (_, y) => Array.from({ length: width }, (_, x) => block[y % high][x % wide]));
  }

  Object.assign(Grid, { normal, shown, parseBlock, writeBlock, align, filled });
})();
