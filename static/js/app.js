/* What every page needs: navigation drawer, dialogs, messages, drafts, one submission at a time, keys.
   Everything works without it except drafts, confirmation and keys. */
"use strict";
(() => {
  const $ = (selector, root = document) => root.querySelector(selector);
  const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];

  /* The page one is on stays in view in a menu taller than the window */
  {
    const menu = $(".sidebar-nav");
    const here = menu && $("[aria-current]", menu);
    if (here) menu.scrollTop = here.offsetTop - menu.offsetTop - (menu.clientHeight - here.offsetHeight) / 2;
  }

  /* Navigation drawer (below 992 px) */
  function drawer(open) {
    const sidebar = $("#sidebar");
    const opener = $("[data-drawer-open]");
    if (!sidebar || sidebar.classList.contains("open") === open) return;
    sidebar.classList.toggle("open", open);
    opener.setAttribute("aria-expanded", String(open));
    if (open) ($(".sidebar-nav a", sidebar) || sidebar).focus();
    else opener.focus();
  }

  /* Dialogs: resolves true when the person says yes */
  function confirmed(text, yes) {
    const dialog = $("#confirm-dialog");
    if (!dialog) return Promise.resolve(window.confirm(text));
    $("[data-confirm-text]", dialog).textContent = text;
    $("[data-confirm-yes]", dialog).textContent = yes || "确定";
    dialog.returnValue = "no";
    dialog.showModal();
    return new Promise((resolve) => {
      dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes"), { once: true });
    });
  }

  /* Messages: the server sends HX-Trigger {"toast": {"text": "...", "tone": "success"}} */
  const ICONS = { success: "circle-check", warning: "alert-triangle", danger: "alert-octagon", info: "info-circle" };
  function toast({ text, tone = "info" }) {
    const place = $("#messages");
    // Said once is enough: a part of a page that asks every few seconds fails every few seconds.
    if (!place || !text || $$(".note-text", place).some((each) => each.textContent === text)) return;
    const note = document.createElement("div");
    note.className = `note note-${tone}`;
    note.dataset.note = "";
    const icon = document.createElement("i");
    icon.className = `ti ti-${ICONS[tone] || ICONS.info}`;
    icon.setAttribute("aria-hidden", "true");
    const words = document.createElement("div");
    words.className = "note-text";
    words.textContent = text;
    const close = document.createElement("button");
    close.type = "button";
    close.className = "note-close";
    close.dataset.noteClose = "";
    close.setAttribute("aria-label", "关闭这条提示");
    close.innerHTML = '<i class="ti ti-x" aria-hidden="true"></i>';
    note.append(icon, words, close);
    place.append(note);
    note.scrollIntoView({ block: "nearest" });
  }

  document.addEventListener("click", (event) => {
    const target = event.target.closest("button, a, [data-drawer-close], summary");
    for (const menu of $$("details[data-menu][open]")) if (!menu.contains(event.target)) menu.open = false;
    if (!target) return;
    if (target.matches("[data-drawer-open]")) { event.preventDefault(); drawer(true); }
    else if (target.matches("[data-drawer-close]")) { event.preventDefault(); drawer(false); }
    else if (target.matches("[data-note-close]")) target.closest("[data-note]").remove();
    else if (target.dataset.dialog) document.getElementById(target.dataset.dialog)?.showModal();
    else if (target.matches("[data-print]")) window.print();
    else if (target.matches("[data-back]")) { event.preventDefault(); history.back(); }
  });

  /* Forms: ask first where data-confirm says so, then let each be sent once */
  document.addEventListener("submit", (event) => {
    const form = event.target;
    const button = event.submitter;
    if (form.method !== "post" || event.defaultPrevented) return;
    const question = button?.dataset.confirm || form.dataset.confirm;
    if (question && !form.dataset.confirmed) {
      event.preventDefault();
      confirmed(question, button?.dataset.confirmYes || form.dataset.confirmYes).then((yes) => {
        if (!yes) return;
        form.dataset.confirmed = "1";
        form.requestSubmit(button);
      });
      return;
    }
    delete form.dataset.confirmed;
    if (form.dataset.sent) { event.preventDefault(); return; }
    if ("allowRepeat" in form.dataset || form.matches("[hx-post], [hx-put], [hx-patch], [hx-delete]")) return;
    form.dataset.sent = "1";
    // After the browser has gathered the fields: a disabled button's value would be left out.
    setTimeout(() => {
      for (const each of $$("button:not([type=button])", form)) each.disabled = true;
      button?.setAttribute("data-busy", "");
    });
  });
  window.addEventListener("pageshow", (event) => {
    if (!event.persisted) return;
    for (const form of $$("form[data-sent]")) {
      delete form.dataset.sent;
      for (const each of $$("button", form)) { each.disabled = false; each.removeAttribute("data-busy"); }
    }
  });

  /* Drafts: what is typed into a form marked data-draft="name" survives a closed page or a lost session */
  const DRAFT_DAYS = 14;
  const draftPrefix = `draft:${document.body.dataset.user || ""}:`;
  const keepable = (field) => field.name && !["hidden", "password", "file", "submit", "button"].includes(field.type);
  function valuesOf(form) {
    const values = {};
    for (const field of form.elements) {
      if (!keepable(field)) continue;
      const value = ["checkbox", "radio"].includes(field.type) ? (field.checked ? [field.value] : [])
        : field.multiple ? [...field.selectedOptions].map((option) => option.value) : [field.value];
      values[field.name] = (values[field.name] || []).concat(value);
    }
    return values;
  }
  function fill(form, values) {
    const taken = {};
    for (const field of form.elements) {
      if (!keepable(field) || !(field.name in values)) continue;
      const kept = values[field.name];
      if (["checkbox", "radio"].includes(field.type)) field.checked = kept.includes(field.value);
      else if (field.multiple) for (const option of field.options) option.selected = kept.includes(option.value);
      else { taken[field.name] = (taken[field.name] ?? -1) + 1; field.value = kept[taken[field.name]] ?? ""; }
      field.dispatchEvent(new Event("change", { bubbles: true }));
    }
  }
  /* The sign-in page in answer to a form means that the form was not taken. */
  function unsend() {
    for (const key of Kept.names("draft:")) {
      const draft = Kept.json(key);
      if (draft?.sent) Kept.set(key, JSON.stringify({ ...draft, sent: false }));
    }
  }
  /* A form that comes back to its own page by a redirect, and not by way of the sign-in page, was taken. */
  function wasTaken(draft) {
    const [arrival] = performance.getEntriesByType("navigation");
    const cameFromHere = document.referrer && new URL(document.referrer).pathname === location.pathname;
    return draft.sent && cameFromHere && arrival?.redirectCount > 0 && !$(".note-danger, .has-error");
  }
  function tidyDrafts() {
    if (!document.body.dataset.user) unsend();
    const now = Date.now();
    for (const key of Kept.names(draftPrefix)) {
      const draft = Kept.json(key);
      const elsewhere = draft?.sent && draft.path !== location.pathname && document.body.dataset.user;
      if (!draft || elsewhere || now - draft.at > DRAFT_DAYS * 86400000) Kept.drop(key);
    }
  }
  function offerDraft(form, key, draft) {
    const bar = document.createElement("div");
    bar.className = "note note-info draft-bar";
    bar.setAttribute("role", "status");
    const when = new Date(draft.at).toLocaleString("zh-CN", { month: "numeric", day: "numeric", hour: "2-digit", minute: "2-digit" });
    bar.innerHTML = '<i class="ti ti-history" aria-hidden="true"></i><div class="note-text"></div>';
    const words = $(".note-text", bar);
    words.textContent = `这里有 ${when} 填写但没有提交的内容。`;
    for (const [label, action] of [["恢复", () => fill(form, draft.values)], ["不要了", () => Kept.drop(key)]]) {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "btn btn-sm";
      button.textContent = label;
      button.addEventListener("click", () => { action(); bar.remove(); });
      words.append(button);
    }
    form.prepend(bar);
  }
  function keepDrafts(root) {
    for (const form of $$("form[data-draft]", root)) {
      if (form.dataset.draftReady) continue;
      form.dataset.draftReady = "1";
      const key = draftPrefix + (form.dataset.draft || location.pathname);
      const shown = JSON.stringify(valuesOf(form));
      const draft = Kept.json(key);
      const answered = draft?.sent && "posted" in document.body.dataset; // with what was sent, and why it was not taken
      if (draft && !answered && (JSON.stringify(draft.values) === shown || wasTaken(draft))) Kept.drop(key);
      else if (draft && !answered) offerDraft(form, key, draft);
      let timer;
      const save = (sent) => Kept.set(key, JSON.stringify({ at: Date.now(), path: location.pathname, sent, values: valuesOf(form) }));
      form.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(save, 600, false); });
      form.addEventListener("submit", () => { clearTimeout(timer); save(true); });
      form.addEventListener("draft:kept", () => { clearTimeout(timer); Kept.drop(key); }); // by the server
    }
  }

  /* A box at the head of a column chooses every row of the page; it stands for them all */
  document.addEventListener("change", (event) => {
    const form = event.target.form;
    const all = form && $("[data-check-all]", form);
    if (!all) return;
    const rows = $$(`input[type=checkbox][name="${all.dataset.checkAll}"]`, form);
    if (event.target === all) for (const row of rows) row.checked = all.checked;
    const chosen = rows.filter((row) => row.checked).length;
    all.checked = chosen > 0 && chosen === rows.length;
    all.indeterminate = chosen > 0 && chosen < rows.length;
  });

  /* File fields: dropping onto the box chooses the file */
  for (const type of ["dragover", "dragleave", "drop"]) {
    document.addEventListener(type, (event) => {
      const box = event.target.closest?.("[data-upload]");
      if (!box) return;
      event.preventDefault();
      box.classList.toggle("dragging", type === "dragover");
      const input = $("input[type=file]", box);
      if (type === "drop" && event.dataTransfer.files.length) {
        input.files = event.dataTransfer.files;
        input.dispatchEvent(new Event("change", { bubbles: true }));
      }
    });
  }

  /* Keys: never while typing; data-shortcut="n" on a link or button gives it a key */
  let waiting = "";
  /* What Ctrl+Enter presses: the button marked as harmless (saving, where another one hands in), else the main one. */
  function mainButton(form) {
    const buttons = [...form.elements].filter((each) => each.matches("button:not([type=button])") && !each.disabled);
    return buttons.find((each) => "ctrlEnter" in each.dataset) || buttons.find((each) => each.matches(".btn-primary")) || buttons[0];
  }
  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest?.("input, select, textarea, [contenteditable]");
    if (event.key === "Escape") {
      drawer(false);
      for (const menu of $$("details[data-menu][open]")) { menu.open = false; $("summary", menu).focus(); }
    }
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && typing?.form) { event.preventDefault(); typing.form.requestSubmit(mainButton(typing.form)); return; }
    if (typing || event.ctrlKey || event.metaKey || event.altKey || $("dialog[open]")) return;
    if (waiting === "g" && event.key === "h") location.assign("/");
    else if (event.key === "?") $("#shortcuts-dialog")?.showModal();
    else if (event.key === "/") {
      const first = $(".filter-bar :is(input:not([type=hidden]), select), input[type=search]");
      if (first) { event.preventDefault(); first.focus(); }
    } else {
      const named = $$("[data-shortcut]").find((each) => each.dataset.shortcut === event.key);
      if (named) { event.preventDefault(); named.click(); }
    }
    waiting = event.key;
  });
  function listShortcuts() {
    const list = $("#shortcuts-dialog .keys");
    for (const each of list ? $$("[data-shortcut]") : []) {
      const row = document.createElement("div");
      row.innerHTML = "<dt><kbd></kbd></dt><dd></dd>";
      $("kbd", row).textContent = each.dataset.shortcut;
      $("dd", row).textContent = each.dataset.shortcutLabel || each.textContent.trim();
      list.append(row);
    }
  }

  /* htmx: the same question box, the same messages, and no silent failure */
  document.addEventListener("htmx:confirm", (event) => {
    if (!event.detail.question) return;
    event.preventDefault();
    confirmed(event.detail.question).then((yes) => yes && event.detail.issueRequest(true));
  });
  document.addEventListener("toast", (event) => toast(event.detail));
  /* Who signs in again in another window has another token; what is sent from here has to carry it. */
  const token = () => document.cookie.match(/(?:^|; )csrftoken=([^;]+)/)?.[1];
  document.addEventListener("htmx:configRequest", (event) => { if (token()) event.detail.headers["X-CSRFToken"] = token(); });
  document.addEventListener("formdata", (event) => {
    if (token() && event.formData.has("csrfmiddlewaretoken")) event.formData.set("csrfmiddlewaretoken", token());
  });
  document.addEventListener("htmx:responseError", (event) => {
    const status = event.detail.xhr.status;
    const text = status === 401 ? "登录已过期,没有改动任何数据;请在另一个窗口登录后再试。" : status === 403 ? "没有权限,或登录已过期,请刷新页面后再试。" : `服务器没有完成这个请求(${status}),没有改动任何数据,请稍后再试。`;
    toast({ text, tone: "danger" });
  });
  document.addEventListener("htmx:sendError", () => toast({ text: "连接不上服务器,请检查网络后再试。填写的内容还在。", tone: "danger" }));
  document.addEventListener("htmx:afterSwap", (event) => keepDrafts(event.target));

  /* Printing opens the tables marked for it */
  window.addEventListener("beforeprint", () => {
    for (const each of $$("details[data-print-open]:not([open])")) { each.open = true; each.dataset.printed = ""; }
  });
  window.addEventListener("afterprint", () => {
    for (const each of $$("details[data-printed]")) { each.open = false; delete each.dataset.printed; }
  });

  tidyDrafts();
  keepDrafts(document);
  listShortcuts();
  $("[data-focus]")?.focus();
})();
