/* The grid's cells: what the server holds, what was typed since, and how the one becomes the other.
   What is typed is kept on this machine until the server has confirmed it. */
"use strict";
window.Grid ??= {};
(() => {
  const WAITS = [2000, 5000, 15000, 30000];
  const MOST = 500;
  const DAYS = 30;

  /* One request to the portal. Throws an Error with words for a person. */
  async function ask(url, body) {
    const token = document.cookie.match(/(?:^|; )csrftoken=([^;]+)/)?.[1] || "";
    let answer;
    try {
      answer = await fetch(url, {
        method: "POST",
        headers: { "Content-Type": "application/json", "X-CSRFToken": token, Accept: "application/json" },
        body: JSON.stringify(body),
      });
    } catch { throw new Error("连不上服务器"); }
    const isJson = (answer.headers.get("Content-Type") || "").includes("json");
    if (answer.redirected || (answer.status === 403 && !isJson)) throw new Error("登录已过期,请在另一个窗口登录");
    if (!isJson) throw new Error(`服务器没有完成这个请求(${answer.status})`);
    const said = await answer.json();
    if (!answer.ok) throw new Error(said.problem || said.detail || `服务器没有接受(${answer.status})`);
    return said;
  }

  class Store {
    /* rows: by carrier; columns: by id; changed(carrier) is called when a row is to be drawn anew. */
    constructor({ url, prefix, rows, columns, changed }) {
      Object.assign(this, { url, prefix, rows, columns, changed });
      this.local = new Map(); // "carrier:id" -> {carrier, id, text, was, at, state, message, theirs, by}
      this.listeners = [];
      this.past = [];
      this.future = [];
      this.failures = 0;
      this.problem = "";
      this.savedAt = null;
      window.addEventListener("online", () => this.flush());
      window.addEventListener("pagehide", () => this.lastTry());
    }

    key(carrier, id) { return `${carrier}:${id}`; }
    entry(carrier, id) { return this.local.get(this.key(carrier, id)); }
    text(carrier, id) { return this.entry(carrier, id)?.text ?? this.rows[carrier].cells[id] ?? ""; }
    list(...states) { return [...this.local.values()].filter((each) => states.includes(each.state)); }
    tell() { for (const each of this.listeners) each(this); }

    /* --- Kept on this machine --- */
    name(carrier, id) { return `${this.prefix}${this.key(carrier, id)}:${Grid.keep.tab}`; }
    keep(carrier, id, text, was) { Grid.keep.set(this.name(carrier, id), { carrier, id, text, was }); }
    forget(carrier, id) { Grid.keep.drop(this.name(carrier, id)); }
    get kept() { return Grid.keep.works; }
    /* While typing, before the cell is left. Nothing is sent. */
    keepTyping(carrier, id, text) { this.keep(carrier, id, text, this.entry(carrier, id)?.was ?? this.rows[carrier].cells[id] ?? ""); }
    stopTyping(carrier, id) {
      const entry = this.entry(carrier, id);
      if (entry) this.keep(carrier, id, entry.text, entry.was);
      else this.forget(carrier, id);
    }
    /* What earlier visits left behind and the server does not hold; what another open tab is at is that tab's. */
    async leftBehind() {
      await Grid.keep.ready;
      const open = Grid.keep.names(this.prefix).length ? await Grid.keep.tabs() : new Set();
      const found = new Map();
      for (const name of Grid.keep.names(this.prefix)) {
        const kept = Grid.keep.held.get(name);
        if (open.has(kept.tab)) continue;
        const cell = this.key(kept.carrier, kept.id);
        const other = found.get(cell);
        if (Date.now() - kept.at > DAYS * 86400000 || this.rows[kept.carrier]?.cells[kept.id] === kept.text || other?.at > kept.at) Grid.keep.drop(name);
        else if (this.rows[kept.carrier] && this.columns[kept.id]) {
          if (other) Grid.keep.drop(other.name);
          found.set(cell, { ...kept, name });
        }
      }
      return [...found.values()];
    }
    resume(found) {
      for (const { name, carrier, id, text, was } of found) {
        Grid.keep.drop(name);
        this.keep(carrier, id, text, was);
        this.local.set(this.key(carrier, id), { carrier, id, text, was, at: Date.now(), state: "waiting" });
      }
      for (const carrier of new Set(found.map((each) => each.carrier))) this.changed(carrier);
      this.soon();
    }
    abandon(found) { for (const each of found) Grid.keep.drop(each.name); }

    /* --- Typing --- */
    /* A batch is undone at once. Each: {carrier, id, text}, and ``was``, what the cell held when its author saw it, where
       that is not what it holds now. */
    apply(batch) {
      const done = batch.map((each) => ({ ...each, from: this.text(each.carrier, each.id) })).filter((each) => each.from !== each.text);
      if (!done.length) return;
      this.past.push(done);
      this.future = [];
      this.write(done);
    }
    write(cells) {
      for (const { carrier, id, text, was } of cells) this.put(carrier, id, text, was);
      for (const carrier of new Set(cells.map((each) => each.carrier))) this.changed(carrier);
      this.soon();
    }
    put(carrier, id, text, seen) {
      const held = this.rows[carrier].cells[id] ?? "";
      const entry = this.entry(carrier, id);
      if (entry?.state === "sending") { entry.text = text; this.keep(carrier, id, text, entry.was); return; }
      // A conflict that is not decided yet stays one, whatever is typed on.
      const was = entry && entry.state !== "refused" ? entry.was : (seen ?? held);
      if (text === held && was === held) { this.local.delete(this.key(carrier, id)); this.forget(carrier, id); return; }
      this.local.set(this.key(carrier, id), { carrier, id, text, was, at: Date.now(), state: "waiting" });
      this.keep(carrier, id, text, was);
    }
    /* Returns how many cells were left because they hold something else by now. */
    undo() { return this.turn(this.past, this.future, "text", "from"); }
    redo() { return this.turn(this.future, this.past, "from", "text"); }
    turn(source, target, now, then) {
      const batch = source.pop();
      if (!batch) return null;
      const fits = batch.filter((each) => this.text(each.carrier, each.id) === each[now]);
      if (fits.length) target.push(fits);
      this.write(fits.map((each) => ({ carrier: each.carrier, id: each.id, text: each[then] })));
      return { cells: fits, left: batch.length - fits.length };
    }
    /* The server writes a value its own way: undo has to know it by that name. */
    renamed(carrier, id, old, text) {
      if (old === text) return;
      for (const each of [...this.past, ...this.future].flat()) {
        if (each.carrier !== carrier || each.id !== id) continue;
        if (each.text === old) each.text = text;
        if (each.from === old) each.from = text;
      }
    }

    /* --- A conflict is decided --- */
    useMine(entry) {
      Object.assign(entry, { was: entry.theirs, state: "waiting" });
      this.keep(entry.carrier, entry.id, entry.text, entry.was);
      this.changed(entry.carrier);
      this.soon();
    }
    useTheirs(entry) {
      this.local.delete(this.key(entry.carrier, entry.id));
      this.forget(entry.carrier, entry.id);
      this.changed(entry.carrier);
      this.tell();
    }

    /* --- Saving --- */
    soon(wait = 250) {
      this.tell();
      clearTimeout(this.timer);
      this.timer = setTimeout(() => this.flush(), wait);
    }
    body(batch) {
      return {
        edits: batch.map((each) => ({ carrier: each.carrier, code: this.columns[each.id].code, text: each.text, was: each.was })),
        strict: Object.values(this.rows).filter((row) => row.strict).map((row) => row.code),
      };
    }
    async flush() {
      clearTimeout(this.timer);
      if (this.busy) return this.busy;
      const batch = this.list("waiting").slice(0, MOST);
      if (!batch.length) return null;
      const body = this.body(batch);
      for (const each of batch) Object.assign(each, { state: "sending", sent: each.text });
      this.busy = this.send(batch, body);
      this.tell();
      await this.busy;
      return null;
    }
    async send(batch, body) {
      try {
        const said = await ask(this.url, body);
        Object.assign(this, { failures: 0, problem: "", savedAt: new Date() });
        batch.forEach((each, n) => this.settle(each, said.outcomes[n]));
        this.merge(said.rows);
      } catch (error) {
        for (const each of batch) each.state = "waiting";
        this.problem = error.message;
        this.failures += 1;
      }
      this.busy = null;
      if (this.list("waiting").length) this.soon(this.failures ? WAITS[Math.min(this.failures, WAITS.length) - 1] : 50);
      this.tell();
    }
    settle(entry, outcome) {
      const { carrier, id } = entry;
      const again = entry.text !== entry.sent;
      if (outcome.state === "saved" || outcome.state === "wrong") {
        this.renamed(carrier, id, entry.sent, outcome.text);
        this.rows[carrier].cells[id] = outcome.text;
        if (again) { Object.assign(entry, { state: "waiting", was: outcome.text }); this.keep(carrier, id, entry.text, entry.was); }
        else { this.local.delete(this.key(carrier, id)); this.forget(carrier, id); }
      } else {
        Object.assign(entry, { state: outcome.state, message: outcome.message, theirs: outcome.text, by: outcome.by });
      }
    }
    /* Rows as they stand on the server now; what somebody else wrote there is marked until it was looked at. */
    merge(rows) {
      for (const [code, fresh] of Object.entries(rows)) {
        const row = this.rows[code];
        if (!row) continue;
        row.news ??= new Set();
        for (const [id, text] of Object.entries(fresh.cells)) {
          if (row.cells[id] !== text && !this.entry(code, id)) row.news.add(id);
        }
        Object.assign(row, fresh);
        this.changed(code);
      }
      this.tell();
    }
    /* Everything that can be saved is saved; the entries of these carriers that are not. */
    async settled(carriers) {
      for (let n = 0; n < 40 && this.list("waiting", "sending").length; n += 1) {
        await (this.busy || this.flush());
        if (this.failures) break;
      }
      return [...this.local.values()].filter((each) => carriers.includes(each.carrier));
    }
    /* The page goes: one more try; what is kept on this machine stays until it was confirmed. */
    lastTry() {
      const batch = this.list("waiting");
      const body = JSON.stringify(this.body(batch));
      if (!batch.length || body.length > 60000) return;
      const token = document.cookie.match(/(?:^|; )csrftoken=([^;]+)/)?.[1] || "";
      fetch(this.url, { method: "POST", keepalive: true, headers: { "Content-Type": "application/json", "X-CSRFToken": token }, body });
    }
  }

  Object.assign(Grid, { ask, Store });
})();
