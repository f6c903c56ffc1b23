/* Blocks of cells as spreadsheets copy them, and where their lines and columns belong in the grid. Knows no page. */
"use strict";
window.Grid ??= {};
(() => {
  const FIRST = 3; // names and numbers of carriers stand in one of the first columns
  const TOP = 6; // and the line of heads is one of the first lines
  const ROW_HEADS = /^(载体|载体名称|名称|孵化器|孵化器名称|单位|单位名称|机构名称|编号|载体编号|代码|企业|企业名称|统一社会信用代码|信用代码|序号|序|区域|归属区域|所属区域|街镇|类型)$/;
  const NO_NAME = /^(缺.*|暂缺.*|不适用|无|n\/?a|\/|[-—–]+|[\d.,+-]+\D{0,3})$/i;
  const REMARK = /^(必填|选填|可不填)$/;
  const ALIKE = { 平方米: "m2", 平米: "m2", 平方: "m2", "m²": "m2" };
  // What a figure in this unit is moved by to become 万元.
  const TO_WAN = { 元: 4, 千元: 1, 万元: 0 };
  const PIECES = /^(人|名|位|个|家|户|场|次|场次|人次|件|项|支)$/;
  const UNIT = /^\(?(千?元|万元|m2|m²|平方米?|平米|人|名|位|个|家|户|场|次|场次|人次|件|项|支)\)?$/;

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

  /* One value copied over a larger selection fills it; a block fills it as often as it fits whole. */
  function filled(block, height, width) {
    const high = block.length;
    const wide = block[0].length;
    if (height % high || width % wide || block.some((line) => line.length !== wide)) return block;
    return Array.from({ length: height }, (_, y) => Array.from({ length: width }, (_, x) => block[y % high][x % wide]));
  }

  const tidy = (text = "") => text.normalize("NFKC").replace(/\s/g, "");
  const isEmpty = (line) => line.every((text) => !tidy(text));
  /* "本月获投融资金额(元)" -> ["本月获投融资金额", "元"] */
  function parted(head) {
    const found = /^(.+?)[([]([^()[\]]*)[)\]]$/.exec(tidy(head));
    return found ? [found[1], found[2].replace(/^单位[::]?/, "")] : [tidy(head), ""];
  }
  /* By how many places a figure in this unit moves left to stand in the column's own; undefined where it cannot. */
  function moved(unit, column) {
    const [given, own] = [unit, column.unit || ""].map((each) => { const plain = tidy(each); return ALIKE[plain] || plain; });
    if (column.kind === "text" || !given || given === own || REMARK.test(given)) return 0;
    if (own === "万元") return TO_WAN[given];
    return column.kind === "count" && PIECES.test(given) ? 0 : undefined;
  }
  /* A figure in another unit as the column takes it: 3200000 in 元 -> 320; what is no figure stays as it is. */
  function converted(text, unit, column) {
    const places = moved(unit, column);
    if (!places) return text;
    const plain = Grid.normal(text, { ...column, unit });
    if (!Grid.NUMBER.test(plain)) return text;
    const sign = plain.startsWith("-") ? "-" : "";
    const [whole, part = ""] = plain.replace(/^-/, "").split(".");
    const digits = whole.padStart(places + 1, "0");
    return Grid.normal(`${sign}${digits.slice(0, -places)}.${digits.slice(-places)}${part}`, column);
  }

  /* By name: an index; -1 where two have the name. */
  function indexed(pairs) {
    const found = new Map();
    for (const [name, index] of pairs) found.set(name, found.has(name) && found.get(name) !== index ? -1 : index);
    return found;
  }

  /* How a block is to be read: which line holds its heads, which columns name the carriers. */
  function read(block, rows, columns, at) {
    const names = indexed(rows.map((row, index) => [tidy(row.name), index]));
    const codes = indexed(rows.map((row, index) => [tidy(row.code), index]));
    const labels = indexed(columns.map((column, index) => [tidy(column.label), index]));
    const labelOf = (head) => [tidy(head), parted(head)[0]].find((name) => labels.has(name));
    const wide = Math.max(...block.map((line) => line.length));
    const first = [...Array(Math.min(FIRST, wide)).keys()];
    const isName = (text) => names.has(tidy(text)) || codes.has(tidy(text));
    const named = wide > 1 ? first.filter((x) => block.some((line) => isName(line[x]))) : [];
    const top = block.slice(0, TOP);
    const known = top.map((line) => line.filter((text) => labelOf(text)).length);
    const isHead = (line, n) => known[n] > 1 || (known[n] === 1 && (named.length > 0 || line.length === 1 || first.some((x) => ROW_HEADS.test(tidy(line[x])))))
      || (named.length > 0 && !line.some(isName) && named.some((x) => ROW_HEADS.test(parted(line[x])[0])));
    const headAt = top.findIndex(isHead);
    const heads = headAt < 0 ? null : block[headAt];
    const body = block.slice(headAt + 1);
    // No carrier of the block is in the grid, as under a filter: words over figures are names all the same.
    const words = (x) => !(heads && labelOf(heads[x])) && body.some((line) => tidy(line[x])) && (heads || columns[at.col + x]?.kind !== "text")
      && body.every((line) => isEmpty(line) || !tidy(line[x]) || (/\p{Script=Han}/u.test(line[x]) && !NO_NAME.test(tidy(line[x]))));
    const ids = named.length ? named : first.filter((x) => wide > 1 && words(x)).slice(0, 1);
    return { names, codes, labels, labelOf, heads, headAt, body, ids, named: named.length > 0 };
  }

  /* The columns that a line of heads names: [{from, col, unit}], heads that are no column's, heads in a unit that cannot
     be converted. A unit may stand in the head, in the line below, or for all money above (单位:元). */
  function byHeads(found, block, columns) {
    const { heads, ids, labels, labelOf, headAt, body } = found;
    const above = /单位[::](千元|万元|元)/.exec(block.slice(0, headAt).flat().map(tidy).join(" "))?.[1] || "";
    const under = body[0] || [];
    const unitOf = (text) => UNIT.exec(tidy(text))?.[1] || "";
    const isUnits = !isEmpty(under) && under.every((text) => !tidy(text) || unitOf(text)) && ids.every((x) => !tidy(under[x]));
    const places = [];
    const [unknown, units] = [[], []];
    for (const [x, head] of heads.entries()) {
      const label = labelOf(head);
      if (ids.includes(x) || (label === undefined && ROW_HEADS.test(parted(head)[0]))) continue;
      if (label === undefined) {
        if (tidy(head)) unknown.push(tidy(head));
        else if (body.some((line) => tidy(line[x]))) unknown.push(`第${x + 1}列`);
        continue;
      }
      const col = labels.get(label);
      if (col < 0) { unknown.push(`${label}(有两列同名)`); continue; }
      const own = label === tidy(head) ? "" : parted(head)[1];
      const unit = own || (isUnits && unitOf(under[x])) || (columns[col].kind === "money" ? above : "");
      if (places.some((each) => each.col === col)) unknown.push(`${tidy(head)}(重复)`);
      else if (moved(unit, columns[col]) === undefined) units.push(tidy(head));
      else places.push({ from: x, col, unit });
    }
    return { places, unknown, units, body: isUnits ? body.slice(1) : body };
  }

  /* The carrier of a line: its row, or why there is none. A number decides before a name. */
  function rowOf(line, { ids, names, codes }) {
    const texts = ids.map((x) => tidy(line[x])).filter(Boolean);
    const code = texts.map((text) => codes.get(text)).find((index) => index !== undefined);
    const name = texts.map((text) => names.get(text)).find((index) => index !== undefined);
    const said = texts.find((text) => !/^[\d.]+$/.test(text) && !codes.has(text)) || texts[0] || "";
    if (code !== undefined && name !== undefined && name >= 0 && name !== code) return { why: "odd", said };
    if (code !== undefined) return { row: code };
    if (name === -1) return { why: "twice", said };
    return name === undefined ? { why: "missing", said } : { row: name };
  }

  /* Where the cells of a block belong. Where it names carriers (in one of its first columns) or columns (in a line of
     heads) the names are followed, and what has no place is left out and named: {cells: [{row, col, text}],
     missing, twice, odd: names of lines; unknown, units: heads}. A block without any goes down and right from ``at``. */
  function align(block, rows, columns, at) {
    const left = { missing: [], twice: [], odd: [], unknown: [], units: [] };
    const found = read(block, rows, columns, at);
    if (!found.heads && !found.ids.length) {
      return { cells: block.flatMap((line, y) => line.map((text, x) => ({ row: at.row + y, col: at.col + x, text }))), isNamed: false, ...left };
    }
    let { body } = found;
    let places = null;
    if (found.heads) {
      const byName = byHeads(found, block, columns);
      [places, body, left.unknown, left.units] = [byName.places, byName.body, byName.unknown, byName.units];
    } else {
      const start = Math.max(...found.ids) + 1;
      const wide = Math.max(...block.map((line) => line.length));
      places = Array.from({ length: wide - start }, (_, n) => ({ from: start + n, col: at.col + n, unit: "" }));
    }
    const cells = [];
    const seen = new Set();
    for (const [y, line] of (found.ids.length ? body.filter((each) => !isEmpty(each)) : body).entries()) {
      const to = found.ids.length ? rowOf(line, found) : { row: at.row + y };
      if (to.why) { left[to.why].push(to.said || `第${block.indexOf(line) + 1}行`); continue; }
      if (seen.has(to.row)) { left.odd.push(`${rows[to.row]?.name}(重复)`); continue; }
      seen.add(to.row);
      for (const { from, col, unit } of places) {
        if (from >= line.length) continue;
        cells.push({ row: to.row, col, text: columns[col] ? converted(line[from], unit, columns[col]) : line[from] });
      }
    }
    return { cells, isNamed: true, ...left };
  }

  /* What was left out of a block, in words; empty where nothing was. */
  const MANY = 6;
  const LEFT = [
    ["missing", "没有找到"], ["twice", "名称有两家,请加编号"], ["odd", "编号与名称不符或重复"], ["unknown", "没有这一列"], ["units", "单位不同,没有粘贴"],
  ];
  function leftOut(aligned) {
    return LEFT.filter(([key]) => aligned[key].length).map(([key, words]) => {
      const names = aligned[key];
      return `${words}:${names.slice(0, MANY).join("、")}${names.length > MANY ? `等 ${names.length} 处` : ""}`;
    }).join(";");
  }

  Object.assign(Grid, { parseBlock, writeBlock, filled, align, leftOut, converted });
})();
