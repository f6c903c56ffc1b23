/* The list under a cell that takes one of some words: opened by Alt and the down arrow, by a double click or by typing,
   which narrows it. */
"use strict";
window.Grid ??= {};
(() => {
  const FEW = 20;

  class Options {
    /* box: the text box over the cell; pick(word) is called when one is clicked. */
    constructor(box, pick) {
      this.box = box;
      this.list = document.createElement("ul");
      this.list.id = "grid-options";
      this.list.className = "grid-options";
      this.list.setAttribute("role", "listbox");
      this.list.setAttribute("aria-label", "可填的选项");
      this.list.hidden = true;
      box.after(this.list);
      // A press must not take the focus from the box, which would end the typing.
      this.list.addEventListener("mousedown", (event) => {
        event.preventDefault();
        const word = event.target.closest("li")?.textContent;
        if (word !== undefined) pick(word);
      });
    }

    get isOpen() { return !this.list.hidden; }
    /* The word that Enter takes; undefined where none is marked. */
    get marked() { return this.isOpen ? this.shown[this.at] : undefined; }

    open(words, typed = "") {
      this.words = words;
      this.narrow(typed);
      Object.assign(this.list.style, {
        left: this.box.style.left, minWidth: `${this.box.offsetWidth}px`, top: `${this.box.offsetTop + this.box.offsetHeight}px`,
      });
      const over = this.list.getBoundingClientRect().bottom - this.list.parentElement.getBoundingClientRect().bottom;
      if (over > 0) this.list.style.top = `${Math.max(0, this.box.offsetTop - this.list.offsetHeight)}px`;
    }
    /* What was typed stands in the word; with nothing typed all are there and none is marked. */
    narrow(typed) {
      const plain = typed.trim();
      const exact = this.words.includes(plain);
      this.shown = this.words.filter((word) => exact || word.includes(plain)).slice(0, FEW);
      this.at = plain ? Math.max(exact ? this.shown.indexOf(plain) : 0, 0) : -1;
      this.list.hidden = this.shown.length === 0;
      this.draw();
    }
    step(down) {
      this.at = (this.at + down + this.shown.length) % this.shown.length;
      this.draw();
    }
    close() {
      this.list.hidden = true;
      this.box.setAttribute("aria-controls", "grid");
    }
    draw() {
      this.list.replaceChildren(...this.shown.map((word, n) => {
        const item = document.createElement("li");
        item.id = `grid-option-${n}`;
        item.setAttribute("role", "option");
        item.setAttribute("aria-selected", String(n === this.at));
        item.textContent = word;
        return item;
      }));
      this.list.children[this.at]?.scrollIntoView({ block: "nearest" });
      this.box.setAttribute("aria-controls", "grid-options");
      if (this.at >= 0) this.box.setAttribute("aria-activedescendant", `grid-option-${this.at}`);
    }
  }

  Object.assign(Grid, { Options });
})();
