// @ts-check
// Which word answers which in the bead in focus: marked on hover, or one after the other by key.

import { ask } from "./api.js";
import { make } from "./dom.js";

/** @import { Bead, Place } from "./api.js" */
/** @typedef {[unit: number, start: number, end: number]} Span */

export class Words {
  constructor() {
    this.on = localStorage.getItem("align-words") === "on";
    this.at = -1;
    this.count = 0;
    /** @type {HTMLElement | null} */
    this.row = null;
  }

  /** @param {boolean} on */
  turn(on) {
    this.on = on;
    localStorage.setItem("align-words", on ? "on" : "off");
    if (!on) this.clear();
  }

  clear() {
    for (const word of this.row?.querySelectorAll(".word") ?? []) word.replaceWith(...word.childNodes);
    this.row?.normalize();
    this.row = null;
    this.at = -1;
    this.count = 0;
  }

  /**
   * Marks the words of a bead; an edited side stays as it is, with its differences.
   * @param {Place} place
   * @param {Bead} bead
   * @param {HTMLElement} row
   */
  async show(place, bead, row) {
    if (!this.on || this.row === row || bead.source_edit !== null || bead.target_edit !== null) return;
    this.clear();
    this.row = row;
    /** @type {{ links: number[][] }} */
    const { links } = await ask("words", { ...place, id: bead.id });
    if (this.row !== row || !row.isConnected) return;
    this.count = links.length;
    this.mark(row, "source", links.map((link) => /** @type {Span} */ (link.slice(0, 3))));
    this.mark(row, "target", links.map((link) => /** @type {Span} */ (link.slice(3))));
    row.addEventListener("pointerover", (event) => this.point(event.target instanceof Element ? event.target.closest(".word") : null));
    row.addEventListener("pointerleave", () => this.point(null));
  }

  /**
   * @param {HTMLElement} row
   * @param {"source" | "target"} side
   * @param {Span[]} spans by number of the link
   */
  mark(row, side, spans) {
    row.querySelectorAll(`.text.${side} .unit`).forEach((unit, number) => {
      /** @type {Map<string, number[]>} */
      const places = new Map();
      spans.forEach(([of, start, end], link) => {
        if (of !== number) return;
        const key = `${start} ${end}`;
        places.set(key, [...(places.get(key) ?? []), link]);
      });
      const text = unit.lastChild;
      if (!(text instanceof Text)) return;
      const ordered = [...places].map(([key, links]) => ({ links, start: Number(key.split(" ")[0]), end: Number(key.split(" ")[1]) })).sort((a, b) => b.start - a.start);
      for (const { links, start, end } of ordered) {
        const word = text.splitText(start);
        word.splitText(end - start);
        const marked = make("span", { class: "word" });
        marked.dataset.links = ` ${links.join(" ")} `;
        word.replaceWith(marked);
        marked.append(word);
      }
    });
  }

  /** @param {Element | null} word the words that answer this one */
  point(word) {
    const links = word instanceof HTMLElement ? (word.dataset.links ?? "").trim().split(" ") : [];
    this.highlight(links);
  }

  /**
   * The next link, or the one before; returns its words.
   * @param {1 | -1} by
   */
  step(by) {
    if (!this.count) return "";
    if (this.at < 0) this.at = by > 0 ? 0 : this.count - 1;
    else this.at = (this.at + by + this.count) % this.count;
    return this.highlight([String(this.at)]).join(" – ");
  }

  /** @param {string[]} links */
  highlight(links) {
    const said = [];
    for (const word of /** @type {NodeListOf<HTMLElement>} */ (this.row?.querySelectorAll(".word") ?? [])) {
      const on = links.some((link) => link && word.dataset.links?.includes(` ${link} `));
      word.classList.toggle("answer", on);
      if (on) said.push(word.textContent ?? "");
    }
    return said;
  }
}
