/* How the grid's cells look: what is held, who may write, what is wrong; by form as well as by colour. */
"use strict";
window.Grid ??= {};
/* store: what cells hold, a Grid.Store. */
Grid.drawing = (store) => {
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
      soft: found.filter((each) => each.asks || each.elsewhere),
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
    badge.textContent = row.word;
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

  return { stateOf, canWrite, whyNot, needsWork, paint, paintName, title };
};
