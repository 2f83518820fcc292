"use strict";
const $ = (selector, within = document) => within.querySelector(selector);
const $$ = (selector, within = document) => [...within.querySelectorAll(selector)];
const fold = (text) => text.normalize("NFKC").toLocaleLowerCase();
const figure = (number) => number.toLocaleString("en");

// Rows lie in chunks, which the browser lays out as they come into view: 20,000 rows scroll like 200.
const CHUNK = 40;

const rowsOf = (list) => $$(".chunk > [role=row]", list);

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

// The first of several boxes, ordered from top to bottom, that `beyond` is true of; the last where there is none.
function edge(elements, beyond) {
  let low = 0, high = elements.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (beyond(elements[middle].getBoundingClientRect())) high = middle; else low = middle + 1;
  }
  return elements[low];
}

document.documentElement.classList.add("js");
