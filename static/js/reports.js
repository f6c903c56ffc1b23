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
