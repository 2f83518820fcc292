// @ts-check
"use strict";

/**
 * The first element of a kind; every page that asks for it has one.
 * @param {string} selector
 * @param {ParentNode} within
 */
const $ = (selector, within = document) => {
  const found = within.querySelector(selector);
  if (!found) throw new Error(`nothing on this page is ${selector}`);
  return /** @type {HTMLElement} */ (found);
};

/**
 * @param {string} selector
 * @param {ParentNode} within
 * @returns {HTMLElement[]}
 */
const $$ = (selector, within = document) => [.../** @type {NodeListOf<HTMLElement>} */ (within.querySelectorAll(selector))];

/** @param {string} text */
const fold = (text) => text.normalize("NFKC").toLocaleLowerCase();

/** @param {number} number */
const figure = (number) => number.toLocaleString("en");

/**
 * The element that an event happened to; what happens to the page itself has none.
 * @param {Event} event
 */
const targetOf = (event) => (event.target instanceof Element ? event.target : null);

// Rows lie in chunks, which the browser lays out as they come into view: 20,000 rows scroll like 200.
const CHUNK = 40;

/** @param {HTMLElement} list */
const rowsOf = (list) => $$(".chunk > [role=row]", list);

/**
 * @param {HTMLElement} list
 * @param {HTMLElement[]} rows
 */
function arrange(list, rows) {
  const chunks = [];
  for (let i = 0; i < rows.length; i += CHUNK) {
    const chunk = document.createElement("div"); // a fresh one: an old one would keep its old height
    chunk.className = "chunk";
    chunk.setAttribute("role", "rowgroup");
    chunk.append(...rows.slice(i, i + CHUNK));
    chunks.push(chunk);
  }
  list.replaceChildren(...chunks);
}

/**
 * The first of several boxes, ordered from top to bottom, that `beyond` is true of; the last where there is none.
 * @param {Element[]} elements
 * @param {(box: DOMRect) => boolean} beyond
 */
function edge(elements, beyond) {
  let low = 0, high = elements.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (beyond(elements[middle].getBoundingClientRect())) high = middle; else low = middle + 1;
  }
  return elements[low];
}

document.documentElement.classList.add("js");
