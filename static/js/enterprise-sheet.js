/* How many of a carrier's enterprises are filled in, while the sheet is. */
"use strict";
(() => {
  const line = document.querySelector("[data-sheet-progress]");
  if (!window.Grid?.data || !line) return;
  function draw() {
    const done = Grid.rows.filter((row) => row.state === "complete").length;
    const words = `已填 ${done}/${Grid.rows.length} 家`;
    if (line.textContent !== words) line.textContent = words;
  }
  Grid.store.listeners.push(draw);
})();
