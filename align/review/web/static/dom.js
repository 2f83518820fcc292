// @ts-check
// Building the page. Texts only ever become text nodes; there is no way from here to HTML.

/**
 * The element of the page with this id, which is one of this kind.
 * @template {HTMLElement} T
 * @param {string} id
 * @param {new () => T} kind
 * @returns {T}
 */
export function $(id, kind = /** @type {any} */ (HTMLElement)) {
  const element = document.getElementById(id);
  if (!(element instanceof kind)) throw new Error(`nothing on this page is #${id}`);
  return element;
}

/** @typedef {string | Node | null | undefined | false} Child */

/**
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} tag
 * @param {Record<string, any>} properties
 * @param {(Child | Child[])[]} children
 * @returns {HTMLElementTagNameMap[K]}
 */
export function make(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === null || value === undefined || value === false) continue;
    if (name === "class") element.className = value;
    else if (name === "on") for (const [event, run] of Object.entries(value)) element.addEventListener(event, /** @type {EventListener} */ (run));
    else if (name in element && name !== "role" && !name.startsWith("aria")) Object.assign(element, { [name]: value });
    else element.setAttribute(name, value === true ? "" : value);
  }
  for (const child of children.flat()) {
    if (child !== null && child !== undefined && child !== false) element.append(child);
  }
  return element;
}

/**
 * @param {string} text
 * @param {(event: Event) => unknown} run
 * @param {Record<string, any>} properties
 */
export const button = (text, run, properties = {}) =>
  make("button", { type: "button", on: { click: run }, ...properties }, text);

const clockTime = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });

/** @param {string} time */
export const when = (time) => (time ? clockTime.format(new Date(time)) : "");

/** @param {number} value */
export const number = (value) => new Intl.NumberFormat("en").format(value);

// Languages that are written from right to left, whatever a text begins with; one that begins in Latin is laid out so, too.
const FROM_THE_RIGHT = new Set(["ar", "arc", "ckb", "dv", "fa", "he", "iw", "ks", "ku", "nqo", "ps", "sd", "syr", "ug", "ur", "yi"]);
const LATIN = /-(Latn|Cyrl)\b/i;

/**
 * The direction of texts in a language; where it says nothing the text decides.
 * @param {string | null | undefined} tag
 */
export const direction = (tag) => (tag && FROM_THE_RIGHT.has(tag.toLowerCase().split("-")[0]) && !LATIN.test(tag) ? "rtl" : "auto");

const names = new Intl.DisplayNames(["en"], { type: "language", fallback: "code" });

/** @param {string} code */
export function language(code) {
  try {
    return code ? names.of(code) : "Language unknown";
  } catch {
    return code;
  }
}
