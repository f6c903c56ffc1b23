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
  let saving = false;
  let waiting = null;
  // Submitting while a save is under way would look like a second editor: wait for its answer first.
  form.addEventListener("submit", (event) => {
    if (!saving) { form.dataset.leaving = "1"; return; }
    event.preventDefault();
    event.stopImmediatePropagation();
    waiting = event.submitter;
  }, true);
  saver.addEventListener("htmx:beforeRequest", (event) => {
    if (form.dataset.leaving) event.preventDefault();
    else saving = true;
  });
  document.addEventListener("htmx:beforeSwap", (event) => {
    // Someone else changed the report: the answer is the difference, and it is shown.
    if (event.detail.requestConfig.elt !== saver || event.detail.xhr.status !== 409) return;
    event.detail.shouldSwap = true;
    event.detail.isError = false;
    document.getElementById("save-state").textContent = "没有保存,见页面上方";
  });
  saver.addEventListener("htmx:afterRequest", () => {
    saving = false;
    if (!waiting) return;
    const button = waiting;
    waiting = null;
    setTimeout(() => form.requestSubmit(button));
  });
  window.addEventListener("pageshow", () => { delete form.dataset.leaving; });
})();
