/* Beside the grid: what is known of the active cell, and how saving goes. */
"use strict";
(() => {
  if (!window.Grid?.data) return;
  const { store, columns } = Grid;
  const about = document.getElementById("grid-about");
  const facts = document.getElementById("grid-facts");
  const findings = document.getElementById("grid-findings");
  const status = document.getElementById("grid-status");
  const wordsKey = (row, each) => `gridwords:${Grid.data.user}:${Grid.data.month}:${row.code}:${each.key}`;
  const names = Grid.data.link_names;
  let drawn = "";

  /* An element: h("p", {class: "muted"}, "words", child) */
  function h(name, attributes = {}, ...children) {
    const element = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) {
      if (typeof value === "function") element.addEventListener(key, value);
      else if (value !== false && value !== null) element.setAttribute(key, value === true ? "" : value);
    }
    element.append(...children.filter((each) => each !== null && each !== ""));
    return element;
  }
  const icon = (name) => h("i", { class: `ti ti-${name}`, "aria-hidden": "true" });
  const link = (href, text) => (href ? h("a", { href }, text) : null);

  /* --- The field and the carrier --- */
  function hints(column) {
    const words = [column.help, column.limits ? `可填:${column.limits}` : "", column.options?.length ? `可填:${column.options.join("、")}` : ""];
    const said = words.filter(Boolean).join(";");
    return said ? h("p", { class: "field-help" }, said) : "";
  }
  function drawAbout(row, column) {
    const now = !store.entry(row.code, column.id) && store.text(row.code, column.id);
    const shut = !Grid.canWrite(row, column.id) && Grid.whyNot(row, column.id);
    about.replaceChildren(
      h("p", { class: "grid-about-row" }, h("strong", {}, row.name), h("span", { class: "muted" }, `${row.kind} · ${row.area}`)),
      h("p", { class: "grid-about-field" }, h("b", {}, column.label), column.unit ? h("span", { class: "unit" }, column.unit) : "",
        ...row.marks.map((mark) => h("span", { class: "tag" }, mark))),
      hints(column),
      !shut && row.state === "missing" && now ? h("p", { class: "field-help" }, Grid.data.offered_words) : "",
      shut ? h("p", { class: "grid-shut" }, icon("lock"), shut) : "",
      row.standing.length ? h("p", { class: "grid-shut" }, icon("versions"), h("span", {}, link(row.standing[0], row.standing[1]), "仍计入统计,更正通过后替换")) : "",
      row.reason ? h("p", { class: "grid-shut is-warn" }, icon("arrow-back-up"), `退回原因:${row.reason}`) : "",
      h("p", { class: "grid-links" }, ...[
        row.editable || !row.detail ? link(row.edit, names.edit) : null, link(row.sheet, row.sheet_words), link(row.detail, "月报"), link(row.previous, names.previous), link(row.file, names.file),
      ].filter(Boolean)),
    );
  }

  /* --- Last month, the register, twelve months --- */
  function spark(line, now) {
    const all = [...line, now].map((text) => (text === "" || Number.isNaN(Number(text)) ? null : Number(text)));
    const known = all.filter((each) => each !== null);
    if (known.length < 2) return null;
    const [low, high] = [Math.min(...known), Math.max(...known)];
    const at = all.map((value, n) => (value === null ? null : [4 + n * 14, high === low ? 22 : 40 - ((value - low) / (high - low)) * 36]));
    const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    const put = (name, attributes) => {
      const part = document.createElementNS("http://www.w3.org/2000/svg", name);
      for (const [key, value] of Object.entries(attributes)) part.setAttribute(key, value);
      svg.append(part);
    };
    svg.setAttribute("viewBox", "0 0 176 44");
    svg.setAttribute("class", "grid-spark");
    svg.setAttribute("role", "img");
    svg.setAttribute("aria-label", `近十二个月及本月:最低 ${low},最高 ${high}`);
    const pieces = at.reduce((found, point) => { if (point) found.at(-1).push(point.join(",")); else if (found.at(-1).length) found.push([]); return found; }, [[]]);
    for (const piece of pieces.filter((each) => each.length > 1)) put("polyline", { points: piece.join(" ") });
    for (const [n, point] of at.entries()) if (point) put("circle", { cx: point[0], cy: point[1], r: n === at.length - 1 ? 3.5 : 1.5, class: n === at.length - 1 ? "is-now" : "" });
    return [svg, `${low.toLocaleString("en")} – ${high.toLocaleString("en")}`];
  }
  function drawFacts(row, column) {
    const now = store.text(row.code, column.id);
    const before = row.before[column.id];
    const known = row.known[column.id];
    const line = column.kind === "text" ? null : spark(row.series[column.id] || [], now);
    facts.replaceChildren(
      h("div", {}, h("dt", {}, Grid.data.before_name), h("dd", { class: "num" }, before || "—")),
      known ? h("div", {}, h("dt", {}, "登记库"), h("dd", { class: "num" }, link(known[1], known[0]) || known[0])) : "",
      line ? h("div", { class: "grid-trend" }, h("dt", {}, "近12个月"), h("dd", {}, line[0], h("small", { class: "muted num" }, line[1]))) : "",
    );
  }

  /* --- What is wrong, in conflict, to be explained --- */
  function conflict(entry) {
    const theirs = entry.by ? `${entry.by}已改为` : "已被改为";
    return h("div", { class: "grid-item is-conflict", role: "alert" }, icon("arrows-diff"), h("div", {},
      h("p", {}, `${theirs}“${entry.theirs || "空"}”,您填的是“${entry.text || "空"}”`),
      h("p", { class: "grid-buttons" },
        h("button", { type: "button", class: "btn btn-sm", click: () => { store.useMine(entry); Grid.focusGrid(); } }, "用我的"),
        h("button", { type: "button", class: "btn btn-sm", click: () => { store.useTheirs(entry); Grid.focusGrid(); } }, "用对方的"))));
  }
  function refused(entry) {
    return h("div", { class: "grid-item is-hard", role: "alert" }, icon("lock"), h("div", {},
      h("p", {}, `没有存上:${entry.message}`), h("p", {}, `您填的“${entry.text || "空"}”留在本机,表上现为“${entry.theirs || "空"}”`),
      h("p", { class: "grid-buttons" },
        h("button", { type: "button", class: "btn btn-sm", click: () => { store.useMine(entry); Grid.focusGrid(); } }, "再试一次"),
        h("button", { type: "button", class: "btn btn-sm", click: () => { store.useTheirs(entry); Grid.focusGrid(); } }, "不要我填的"))));
  }
  async function explain(row, each, box) {
    const text = box.value.trim();
    if (text === each.text) { Kept.drop(wordsKey(row, each)); return; }
    const kept = Kept.set(wordsKey(row, each), box.value);
    try {
      await store.settled([row.code]);
      const said = await Grid.ask(Grid.data.act_url, { act: "explain", words: text, rows: [{ carrier: row.code, key: each.key, was: each.text }] });
      const strict = row.strict;
      if (said.outcomes[0].done) Kept.drop(wordsKey(row, each));
      if (strict) await Grid.inspect([row.code]);
      else store.merge(said.rows);
      Grid.say(said.outcomes[0].message, said.outcomes[0].done ? "" : "warning");
    } catch (error) { Grid.say(`${error.message},${kept ? "说明留在本机" : "说明没有存上"}`, "warning"); }
  }
  /* A figure that looks like another unit is put right with one click. */
  function fix(row, each) {
    const [text, words] = each.fix;
    const take = () => { store.apply([{ carrier: row.code, id: each.at, text }]); Grid.focusGrid(); };
    return h("p", { class: "grid-buttons" }, h("button", { type: "button", class: "btn btn-sm", click: take }, `改为 ${words}`));
  }
  function finding(row, each) {
    const head = h("div", {}, h("p", {}, each.rule ? h("span", { class: "grid-rule" }, each.rule) : "", each.message), each.fix.length && row.editable ? fix(row, each) : "");
    if (each.hard) return h("div", { class: "grid-item is-hard" }, icon("alert-octagon"), h("div", {}, head));
    if (each.elsewhere) return h("div", { class: "grid-item is-soft" }, icon("alert-triangle"), h("div", {}, head));
    if (!each.asks) return h("div", { class: "grid-item" }, icon("info-circle"), h("div", {}, head));
    if (!row.editable) return h("div", { class: "grid-item is-soft" }, icon("message-2"), h("div", {}, head, h("p", { class: "grid-answer" }, each.text ? `说明:${each.text}` : "没有说明")));
    const box = h("input", { type: "text", maxlength: "500", placeholder: "写明原因,回车保存", "aria-label": `说明:${each.message}` });
    box.value = Kept.get(wordsKey(row, each)) ?? each.text;
    box.addEventListener("input", () => Kept.set(wordsKey(row, each), box.value));
    box.addEventListener("change", () => explain(row, each, box));
    box.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && !event.isComposing) { event.preventDefault(); Grid.focusGrid(); }
    });
    return h("div", { class: "grid-item is-soft" }, icon(each.text ? "message-check" : "alert-triangle"), h("div", {}, head, box));
  }
  function drawFindings(row, column) {
    const now = Grid.stateOf(row, column.id);
    const here = row.findings.filter((each) => each.at === column.id || (each.at && each.fields.includes(column.id)));
    const general = row.findings.filter((each) => !each.at);
    const items = [
      ...(now.entry?.state === "conflict" ? [conflict(now.entry)] : []),
      ...(now.entry?.state === "refused" ? [refused(now.entry)] : []),
      ...(now.wrong ? [h("div", { class: "grid-item is-hard", role: "alert" }, icon("alert-octagon"), h("div", {}, h("p", {}, now.wrong)))] : []),
      ...here.map((each) => finding(row, each)),
      ...(general.length ? [h("h3", {}, `本${Grid.data.row_name}`), ...general.map((each) => finding(row, each))] : []),
    ];
    findings.replaceChildren(...(items.length ? items : [h("p", { class: "muted grid-none" }, row.findings.length ? `这一格没有提示;本行还有 ${row.findings.length} 处,F8 到下一处` : row.strict ? "检查没有发现问题" : "没有提示")]));
  }
  function draw() {
    const { row, column } = Grid.active();
    const now = Grid.stateOf(row, column.id);
    const { state, text, theirs } = now.entry || {};
    const mark = JSON.stringify([row.code, column.id, state === "sending" ? "waiting" : state, text, theirs, row.cells[column.id], row.state, row.why, row.strict, now.wrong, row.findings]);
    if (mark === drawn || (findings.contains(document.activeElement) && drawn.startsWith(JSON.stringify([row.code, column.id]).slice(0, -1)) && document.activeElement.matches("input"))) return;
    drawn = mark;
    drawAbout(row, column);
    drawFacts(row, column);
    drawFindings(row, column);
  }

  /* --- A remark above the grid, until it is closed or another takes its place --- */
  function remark(id, ...content) {
    document.getElementById(id)?.remove();
    if (!content.length) return;
    const bar = h("div", { class: "note note-warning", id, role: "alert" }, icon("alert-triangle"), h("div", { class: "note-text" }, ...content),
      h("button", { type: "button", class: "note-close", "aria-label": "关闭这条提示", click: () => { bar.remove(); Grid.focusGrid(); } }, icon("x")));
    document.getElementById("grid-notes").append(bar);
  }

  /* --- How saving goes --- */
  const clock = (date) => date.toLocaleTimeString("zh-CN", { hour: "2-digit", minute: "2-digit" });
  function drawStatus() {
    const waiting = store.list("waiting", "sending").length;
    const open = store.list("conflict", "refused").length;
    let parts = [icon("cloud"), "填写后自动保存"];
    if (waiting && store.failures) parts = [icon("cloud-off"), `${waiting}格待保存:${store.problem},${store.kept ? "已留在本机" : "请不要关闭本页"},会自动重试`];
    else if (waiting) parts = [icon("cloud-up"), `${waiting}格待保存`];
    else if (store.savedAt) parts = [icon("cloud-check"), `已保存 ${clock(store.savedAt)}`];
    status.classList.toggle("is-bad", Boolean(waiting && store.failures));
    const words = parts[1] + (open ? `;${open}格要您决定` : "");
    if (status.textContent !== words) status.replaceChildren(parts[0], words);
  }

  /* --- What an earlier visit left --- */
  async function offer() {
    const found = await store.leftBehind();
    if (!found.length) return;
    const last = new Date(Math.max(...found.map((each) => each.at)));
    const when = last.toLocaleString("zh-CN", { month: "numeric", day: "numeric", hour: "2-digit", minute: "2-digit" });
    const bar = h("div", { class: "note note-info", role: "status", id: "grid-offer" }, icon("history"));
    const answer = (what) => () => { what(found); bar.remove(); Grid.focusGrid(); };
    bar.append(h("div", { class: "note-text" }, `上次有 ${found.length} 格填写后没有存上(${when})。`,
      h("button", { type: "button", class: "btn btn-sm btn-primary", click: answer((each) => store.resume(each)) }, "恢复并保存"), " ",
      h("button", { type: "button", class: "btn btn-sm", click: answer((each) => store.abandon(each)) }, "不要了")));
    document.getElementById("grid-notes").append(bar);
  }

  document.addEventListener("grid:moved", draw);
  document.addEventListener("grid:ready", () => { offer(); draw(); });
  document.addEventListener("grid:leave", () => {
    const first = findings.querySelector("button, input") || document.querySelector("[data-grid-act]:not(:disabled)");
    first?.focus();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "F6" && !event.defaultPrevented && document.activeElement !== document.getElementById("grid-sink")) { event.preventDefault(); Grid.focusGrid(); }
    if (event.key === "Escape" && findings.contains(document.activeElement)) Grid.focusGrid();
  });
  store.listeners.push(() => { drawStatus(); draw(); });
  drawStatus();
  Object.assign(Grid, { h, icon, remark, count: columns.length });
})();
