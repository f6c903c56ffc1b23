/* What is done with whole rows of the grid: check, submit, return, accept. Each row answers for itself. */
"use strict";
(() => {
  if (!window.Grid?.data) return;
  const { store, h } = Grid;
  const CHUNK = 10;
  const dialog = document.getElementById("grid-dialog");
  const buttons = [...document.querySelectorAll("[data-grid-act]")];
  const WORDS = {
    submit: { ask: "提交", note: "提交后不能再改,审核不通过会退回。", done: "已提交" },
    return: { ask: "退回", note: "退回原因会发给填报人。", done: "已退回", reason: true },
    check: { ask: "镇审通过", note: "只通过现在表中所见的内容。", done: "镇审通过" },
    accept: { ask: "通过", note: "只通过现在表中所见的内容,通过后计入统计。", done: "已通过" },
  };
  let busy = false;

  function selected() {
    const at = Grid.chosen();
    return Grid.rows.slice(at.top, at.bottom + 1);
  }
  const ready = (name, rows) => rows.filter((row) => row.may[name] === "");

  /* The buttons say how many rows they would act on. */
  function label() {
    const rows = selected();
    for (const button of buttons) {
      const name = button.dataset.gridAct;
      const n = name === "inspect" ? rows.length : ready(name, rows).length;
      const count = button.querySelector("b");
      count.textContent = name === "inspect" ? (n > 1 ? `${n}家` : "全部") : n > 1 || (n === 1 && rows.length > 1) ? `${n}家` : "";
      button.setAttribute("aria-disabled", String(busy || n === 0));
      button.title = n ? "" : rows[0]?.may[name] || "所选载体都不能执行";
    }
    const words = rows.length > 1 ? `已选 ${rows.length} 家` : rows[0]?.name || "";
    document.getElementById("grid-selected").textContent = words;
  }

  function part(row) { return { carrier: row.code, seen: row.seen, hash: row.hash }; }
  async function send(name, rows, words, progress) {
    const outcomes = [];
    for (let n = 0; n < rows.length; n += CHUNK) {
      progress?.(n);
      const said = await Grid.ask(Grid.data.act_url, { act: name, words, rows: rows.slice(n, n + CHUNK).map(part) });
      outcomes.push(...said.outcomes);
      store.merge(said.rows);
    }
    return outcomes;
  }

  /* --- Check --- */
  async function inspect(codes) {
    const rows = codes.map((code) => Grid.byCode[code]);
    for (const row of rows) row.strict = true;
    return send("inspect", rows, "");
  }
  async function check() {
    const chosen = selected();
    const rows = chosen.length > 1 ? chosen : Grid.rows;
    await store.settled([]);
    Grid.say("正在检查…");
    await inspect(rows.map((row) => row.code));
    const open = rows.filter((row) => row.editable);
    const found = open.flatMap((row) => [...row.findings, ...Object.keys(row.wrong).map(() => ({ hard: true }))]);
    const hard = found.filter((each) => each.hard).length;
    const soft = found.filter((each) => each.asks && !each.text).length;
    // Of incubatees words are asked for in the report, not here.
    const elsewhere = found.filter((each) => each.elsewhere).length;
    const questions = elsewhere ? `${elsewhere} 处请核对` : `${soft} 处须说明`;
    if (hard + soft + elsewhere) Grid.say(`检查了 ${rows.length} 家:${hard} 处须改正,${questions};F8 到下一处`, "warning");
    else Grid.say(`检查了 ${rows.length} 家,没有发现问题`, "good");
  }

  /* --- Submit and review --- */
  function problem(there) {
    const box = dialog.querySelector("textarea");
    document.getElementById("grid-reason-problem").hidden = !there;
    box.setAttribute("aria-invalid", String(there));
    if (there) box.focus();
  }
  dialog?.querySelector("form").addEventListener("submit", (event) => {
    const isAsked = !dialog.querySelector("[data-grid-reason]").hidden;
    if (isAsked && !dialog.querySelector("textarea").value.trim()) { event.preventDefault(); problem(true); }
  });
  dialog?.querySelector("textarea").addEventListener("input", () => problem(false));
  /* Which rows have a question that nobody answered: who accepts them should know. */
  function unanswered(rows) {
    const open = rows.filter((row) => row.findings.some((each) => each.asks && !each.text));
    return open.length ? ` ${open.map((row) => row.name).join("、")}有疑问没有说明。` : "";
  }
  function confirm(name, rows, left) {
    const { ask, note, reason } = WORDS[name];
    const box = dialog.querySelector("textarea");
    dialog.querySelector("h2").textContent = rows.length > 1 ? `${ask} ${rows.length} 家的月报?` : `${ask}${rows[0].name}的月报?`;
    dialog.querySelector("[data-grid-names]").textContent = rows.length > 1 ? rows.map((row) => row.name).join("、") : "";
    dialog.querySelector("[data-grid-note]").textContent = note + (left.length ? ` 另有 ${left.length} 家不能${ask}:${left[0].may[name] || "无权审核"}。` : "") + (["accept", "check"].includes(name) ? unanswered(rows) : "");
    dialog.querySelector("[data-grid-yes]").textContent = ask;
    dialog.querySelector("[data-grid-reason]").hidden = !reason;
    problem(false);
    dialog.returnValue = "";
    dialog.showModal();
    (reason ? box : dialog.querySelector("[data-grid-yes]")).focus();
    return new Promise((resolve) => {
      dialog.addEventListener("close", () => {
        const yes = dialog.returnValue === "yes";
        resolve(yes ? { words: reason ? box.value.trim() : "" } : null);
      }, { once: true });
    });
  }
  /* Cells of these rows that the server does not hold yet stand in the way: it would be handed in without them. */
  async function unsaved(rows) {
    const open = await store.settled(rows.map((row) => row.code));
    if (!open.length) return false;
    const first = open[0];
    Grid.choose(Grid.place[first.carrier], Grid.columns.findIndex((column) => column.id === first.id));
    Grid.say(`${open.length} 格还没有存上,先处理再提交`, "warning");
    return true;
  }
  async function move(name) {
    const chosen = selected();
    const rows = ready(name, chosen);
    if (!rows.length) { Grid.say(chosen[0]?.may[name] || "所选载体都不能执行", "warning"); return; }
    if (await unsaved(rows)) return;
    const answer = await confirm(name, rows, chosen.filter((row) => !rows.includes(row)));
    if (!answer) return;
    const outcomes = await send(name, rows, answer.words, (n) => Grid.say(`正在${WORDS[name].ask}:${n} / ${rows.length}`));
    if (name === "return") dialog.querySelector("textarea").value = "";
    for (const each of outcomes) {
      const row = Grid.byCode[each.carrier];
      if (each.done) row.strict = false;
      if (each.done && name === "return") row.reason = answer.words;
      else if (each.done) row.reason = "";
      if (!each.done && name === "submit") row.strict = true;
    }
    report(name, outcomes);
  }
  function report(name, outcomes) {
    const failed = outcomes.filter((each) => !each.done);
    const done = outcomes.length - failed.length;
    Grid.remark("grid-outcome");
    const words = done || !failed.length ? [`${WORDS[name].done} ${done} 家`] : [];
    if (failed.length) words.push(`没有${WORDS[name].ask}成功 ${failed.length} 家`);
    Grid.say(words.join(","), failed.length ? "warning" : "good");
    if (!failed.length) return;
    const go = (code) => () => { Grid.choose(Grid.place[code], 0); const row = Grid.byCode[code]; const first = Grid.columns.findIndex((column) => Grid.needsWork(row, column.id)); if (first > 0) Grid.choose(Grid.place[code], first); Grid.focusGrid(); };
    const items = failed.map((each) => h("li", {}, h("button", { type: "button", class: "grid-go", click: go(each.carrier) }, Grid.byCode[each.carrier].name), `:${each.message}`));
    Grid.remark("grid-outcome", h("strong", {}, `没有${WORDS[name].ask}成功 ${failed.length} 家`), h("ul", {}, ...items));
  }

  async function run(name) {
    if (busy || dialog?.open) return;
    Grid.finish();
    busy = true;
    label();
    try { await (name === "inspect" ? check() : move(name)); }
    catch (error) { Grid.say(`${error.message},没有执行`, "warning"); }
    busy = false;
    label();
    Grid.focusGrid();
  }
  for (const button of buttons) button.addEventListener("click", () => run(button.dataset.gridAct));
  dialog?.querySelector("[data-grid-no]").addEventListener("click", () => dialog.close("no"));
  document.addEventListener("grid:moved", label);
  store.listeners.push(label);
  Object.assign(Grid, { inspect });
})();
