/* The month's form: keys from figure to figure, saving while typing, and no race between saving and submitting. */
"use strict";
(() => {
  const form = document.getElementById("report-form");
  const saver = document.getElementById("autosave");
  if (!form) return;
  const fields = () => [...form.querySelectorAll("input:not([type=hidden]):not([readonly]), textarea, select, button[name=action]")]
    .filter((field) => !field.disabled && field.offsetParent !== null);

  function go(from, by) {
    const all = fields();
    const next = all[all.indexOf(from) + by];
    if (!next) return;
    next.focus();
    if (next.matches("[data-figure]")) next.select();
  }

  // Answers that are no figure, and what was probably meant: put into the field at once. Without scripts the button
  // sends the form and the server puts them there.
  function take(value) {
    const [code, text] = [value.slice(0, value.indexOf("=")), value.slice(value.indexOf("=") + 1)];
    const field = form.elements[code];
    if (!field) return;
    field.value = text;
    field.focus();
    if (text.endsWith(":")) field.setSelectionRange(text.length, text.length);
    else field.dispatchEvent(new Event("change", { bubbles: true }));
  }
  form.addEventListener("click", (event) => {
    const button = event.target.closest("button[name=take]");
    if (!button) return;
    event.preventDefault();
    const menu = button.closest("details");
    if (menu) menu.open = false;
    take(button.value);
  });
  // A small menu beside each figure, opened from its field as a list of choices is.
  form.addEventListener("keydown", (event) => {
    if (event.altKey && event.key === "ArrowDown" && event.target.matches("[data-figure]")) {
      const menu = event.target.parentElement.querySelector("details");
      if (!menu) return;
      event.preventDefault();
      menu.open = true;
      menu.querySelector("button").focus();
      return;
    }
    const here = event.target.closest(".menu-items");
    if (!here) return;
    const buttons = [...here.querySelectorAll("button")];
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (by) {
      event.preventDefault();
      buttons[(buttons.indexOf(event.target) + by + buttons.length) % buttons.length].focus();
    } else if (event.key === "Escape") {
      event.preventDefault();
      event.stopPropagation();
      here.closest("details").open = false;
      here.closest(".with-unit").querySelector("input").focus();
    }
  });

  form.addEventListener("keydown", (event) => {
    if (event.isComposing || event.ctrlKey || event.metaKey || event.altKey || !event.target.matches("input")) return;
    if (event.key === "Enter") { event.preventDefault(); go(event.target, event.shiftKey ? -1 : 1); }
    else if (event.key === "ArrowDown") { event.preventDefault(); go(event.target, 1); }
    else if (event.key === "ArrowUp") { event.preventDefault(); go(event.target, -1); }
  });
  form.addEventListener("focusin", (event) => { if (event.target.matches("[data-figure]")) event.target.select(); });

  if (!saver) return;
  const state = document.getElementById("save-state");
  const PAUSE = 800; // after the last key: a browser that is killed has lost no more than this
  const WAITS = [2000, 5000, 15000, 30000];
  const EXPIRED = "登录已过期,没有保存;请在另一个窗口登录后继续";
  let saving = false;
  let unsaved = false;
  let failures = 0;
  let timer;
  let typing = null; // the field that is being typed into, until it is left
  let waiting = null; // the button to be pressed once saving is over
  let leaving = false;

  function say(text, login) {
    state.innerHTML = '<i class="ti ti-cloud-off" aria-hidden="true"></i><span></span>';
    state.lastChild.textContent = text;
    if (!login) return;
    const link = document.createElement("a");
    Object.assign(link, { href: "/accounts/login/", target: "_blank", textContent: "登录(新窗口)" });
    state.append(link);
  }
  function save() {
    clearTimeout(timer);
    if (!leaving) htmx.trigger(saver, "save");
  }
  function soon(wait) {
    unsaved = true;
    clearTimeout(timer);
    timer = setTimeout(save, wait);
  }
  // What went wrong, by the answer's status: 0 for none at all.
  function failed(status) {
    if (status === 401) say(EXPIRED, true);
    else if (status === 403) say("没有保存:没有权限,或页面已过期;请在另一个窗口登录后继续", true);
    else if (!status) say("没有保存(连不上服务器),恢复后自动保存");
    else say(`没有保存(服务器没有完成,${status}),稍后自动再试`);
    // Who has to sign in first is asked again when they come back to this window.
    if (status !== 401 && status !== 403) soon(WAITS[Math.min(failures, WAITS.length - 1)]);
    failures += 1;
  }

  const isTyped = (event) => event.target.name && !event.target.name.startsWith("pick:");
  form.addEventListener("input", (event) => {
    if (!isTyped(event)) return;
    typing = event.target;
    if (!event.isComposing) soon(PAUSE);
  });
  form.addEventListener("compositionend", () => soon(PAUSE));
  form.addEventListener("change", (event) => {
    typing = null;
    if (isTyped(event)) soon(100);
  });
  window.addEventListener("online", () => { if (unsaved) save(); });
  window.addEventListener("focus", () => { if (unsaved && failures) save(); });
  // The page goes with something unsaved on it: one more try, whose answer nobody waits for.
  window.addEventListener("pagehide", () => {
    if (!unsaved || leaving) return;
    const body = new FormData(form);
    body.set("action", "autosave");
    fetch(saver.getAttribute("hx-post"), { method: "POST", keepalive: true, body });
  });

  saver.addEventListener("htmx:beforeRequest", (event) => {
    if (leaving) { event.preventDefault(); return; }
    saving = true;
    unsaved = false;
  });
  for (const name of ["htmx:sendError", "htmx:responseError", "htmx:timeout"]) {
    saver.addEventListener(name, (event) => {
      event.stopPropagation(); // it is said here, and nothing moves under who types
      unsaved = true;
      failed(event.detail.xhr?.status || 0);
    });
  }
  document.addEventListener("htmx:beforeSwap", (event) => {
    const { xhr, requestConfig } = event.detail;
    // It is closed, or refused: why is shown above.
    if (requestConfig?.elt !== saver || xhr.status !== 409) return;
    event.detail.shouldSwap = true;
    event.detail.isError = false;
    say("没有保存,见页面上方");
  });
  // What is said of a field waits while that field is typed into: nothing moves, and no words are taken away.
  document.addEventListener("htmx:oobBeforeSwap", (event) => {
    const notes = event.detail.target;
    if (!notes.matches?.(".report-notes")) return;
    const own = typing && `notes-${typing.name}` === notes.id;
    if (own || notes.contains(document.activeElement)) event.detail.shouldSwap = false;
  });
  document.addEventListener("htmx:oobAfterSwap", () => {
    for (const notes of form.querySelectorAll(".report-notes")) mark(notes);
  });
  // As the server marks a field with an error: in colour, and read aloud.
  function mark(notes) {
    const field = document.getElementById(notes.id.replace("notes-", "id_"));
    if (!field) return;
    const error = notes.querySelector("[data-own]");
    const others = (field.getAttribute("aria-describedby") || "").split(" ").filter((each) => each && each !== `${field.id}_error`);
    field.closest(".field").classList.toggle("has-error", Boolean(error));
    if (error) field.setAttribute("aria-invalid", "true");
    else field.removeAttribute("aria-invalid");
    field.setAttribute("aria-describedby", [...others, ...(error ? [error.id] : [])].join(" "));
  }
  // What somebody else wrote where this person wrote nothing.
  saver.addEventListener("report:theirs", (event) => {
    for (const [name, text] of Object.entries(event.detail)) {
      const field = form.elements[name];
      if (field && field !== typing && typeof text === "string") field.value = text;
    }
  });

  // Sending the page: after the save that is under way, which would look like a second editor, and only if the page gets
  // through. A page that does not stays as it is.
  let passed = false;
  let asking = false;
  form.addEventListener("submit", (event) => {
    if (passed) { passed = false; leaving = true; clearTimeout(timer); return; }
    event.preventDefault();
    event.stopImmediatePropagation();
    if (asking) return;
    if (saving) waiting = event.submitter;
    else send(event.submitter);
  }, true);
  async function send(button) {
    asking = true;
    let status = 0;
    try {
      // Without its cookie the page would be refused, and another page shown in its place.
      status = !document.cookie.includes("csrftoken=") ? 401 : (await fetch(location.pathname, { method: "HEAD", headers: { "HX-Request": "true" } })).status;
    } catch { /* nobody there */ }
    asking = false;
    if (status === 200) { passed = true; form.requestSubmit(button); return; }
    const what = button?.value === "submit" ? "提交" : "保存";
    unsaved = true;
    failed(status);
    state.querySelector("span").textContent = state.querySelector("span").textContent.replace("没有保存", `没有${what}`);
    state.scrollIntoView({ block: "nearest" });
  }
  saver.addEventListener("htmx:afterRequest", (event) => {
    saving = false;
    if (event.detail.successful) failures = 0;
    // What is contested is not with the server yet.
    if (event.detail.successful && !unsaved && !document.querySelector("#conflict .note-danger")) form.dispatchEvent(new Event("draft:kept"));
    if (!waiting) return;
    const button = waiting;
    waiting = null;
    setTimeout(() => form.requestSubmit(button));
  });
  window.addEventListener("pageshow", () => { leaving = false; });
})();
