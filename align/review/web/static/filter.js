// @ts-check
// Which beads the reviewer wants to see: the form, and what it says as values of a request.

import { $, make } from "./dom.js";

/** @typedef {Record<string, string>} Wanted */

const STATUSES = { "": "any decision", open: "undecided", accepted: "accepted", rejected: "rejected" };
const TYPES = ["1-1", "1-2", "2-1", "1-3", "3-1", "2-2", "gaps"];

/**
 * Fills the form and calls `changed` with what it says, null for nothing.
 * @param {Record<string, string>} checks
 * @param {(wanted: Wanted | null) => void} changed
 */
export function wireFilter(checks, changed) {
  const select = (/** @type {string} */ id, /** @type {Record<string, string>} */ choices) =>
    $(id, HTMLSelectElement).replaceChildren(...Object.entries(choices).map(([value, said]) => make("option", { value }, said)));
  select("only-types", { "": "any type", ...Object.fromEntries(TYPES.map((type) => [type, type])) });
  select("only-statuses", STATUSES);
  select("only-checks", { "": "not asked for", any: "any of them", ...checks });
  $("filter").addEventListener("change", () => changed(wanted()));
  $("filter").addEventListener("reset", () => setTimeout(() => changed(wanted())));
}

/** What the form says; null where it asks for nothing. */
export function wanted() {
  /** @type {Wanted} */
  const values = {};
  for (const [name, value] of new FormData($("filter", HTMLFormElement))) {
    const text = String(value).trim();
    if (!text) continue;
    if (name === "only_low" || name === "only_high") values[name] = String(Math.min(100, Math.max(0, Number(text))) / 100);
    else values[name] = text;
  }
  if (!values.only_target) delete values.only_lacking;
  return Object.keys(values).length ? values : null;
}

/**
 * Puts words into the form in place of whatever it asked for.
 * @param {Wanted} values
 */
export function ask(values) {
  const form = $("filter", HTMLFormElement);
  for (const element of /** @type {Iterable<HTMLInputElement | HTMLSelectElement>} */ (form.querySelectorAll("[name]"))) {
    if (element instanceof HTMLInputElement && element.type === "checkbox") element.checked = false;
    else element.value = values[element.name] ?? "";
  }
}
