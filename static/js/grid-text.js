/* The grid's figures: how they are typed, shown and summed. Knows no page. */
"use strict";
window.Grid ??= {};
(() => {
  const NUMBER = /^[+-]?\d+(\.\d+)?$/;
  const GROUPED = /^[+-]?[1-9]\d{0,2}([, ])\d{3}(\1\d{3})*(\.\d+)?$/;
  const LONGEST = 40;

  /* What a person typed or pasted, as the server would write it back: half width, no separators of thousands, no unit.
     What is no number by the rules of core/numerals.py stays as typed, for the server to judge. */
  function normal(text, column) {
    const trimmed = String(text).replace(/\r\n?/g, "\n").trim();
    if (column.kind === "text") return trimmed;
    const plain = trimmed.normalize("NFKC").replace(/\s+/g, " ").trim();
    const unit = (column.unit || "").normalize("NFKC");
    const typed = (unit && plain.endsWith(unit) ? plain.slice(0, -unit.length) : plain).trim();
    const bare = GROUPED.test(typed) ? typed.replace(/[, ]/g, "") : typed;
    if (bare.length > LONGEST) return trimmed;
    if (!NUMBER.test(bare)) return trimmed;
    const sign = bare.startsWith("-") ? "-" : "";
    const [whole, part = ""] = bare.replace(/^[+-]/, "").split(".");
    const decimals = part.replace(/0+$/, "");
    const figure = whole.replace(/^0+(?=\d)/, "") + (decimals ? `.${decimals}` : "");
    return figure === "0" ? figure : sign + figure;
  }

  /* As the cell shows it: 1234567.5 -> 1,234,567.5 */
  function shown(text, column) {
    if (column.kind === "text" || !NUMBER.test(text)) return text;
    const [whole, part] = text.split(".");
    return whole.replace(/\B(?=(\d{3})+$)/g, ",") + (part ? `.${part}` : "");
  }

  /* Of the figures among these texts: how many texts are not empty, their sum and their mean (two decimals), exact;
     sum and mean are empty where there is no figure. */
  const PLACES = 6;
  function sums(texts) {
    const full = texts.filter((text) => text !== "");
    const figures = full.filter((text) => NUMBER.test(text));
    if (!figures.length) return { count: full.length, sum: "", mean: "" };
    const scaled = (text) => {
      const [whole, part = ""] = text.replace(/^[+-]/, "").split(".");
      const number = BigInt(whole + part.padEnd(PLACES, "0").slice(0, PLACES));
      return text.startsWith("-") ? -number : number;
    };
    const plain = (number) => {
      const digits = String(number < 0n ? -number : number).padStart(PLACES + 1, "0");
      return normal(`${number < 0n ? "-" : ""}${digits.slice(0, -PLACES)}.${digits.slice(-PLACES)}`, { kind: "number" });
    };
    const sum = figures.reduce((total, text) => total + scaled(text), 0n);
    const [cent, count] = [10n ** BigInt(PLACES - 2), BigInt(figures.length)];
    const half = (sum < 0n ? -1n : 1n) * count * cent;
    return { count: full.length, sum: plain(sum), mean: plain(((2n * sum + half) / (2n * count * cent)) * cent) };
  }

  Object.assign(Grid, { NUMBER, normal, shown, sums });
})();
