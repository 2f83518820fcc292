// @ts-check
// A window on a list of any length: only the rows around what is looked at are on the page.

import { ask } from "./api.js";

const AROUND = 30; // rows fetched on either side of the one shown
const MORE = 30; // rows fetched when an end comes near
const MOST = 150; // rows kept on the page

/** @import { Bead, Place, Window } from "./api.js" */

export class BeadList {
  /**
   * `draw` makes the element of a bead; `changed` is told that other rows are on the page now.
   * @param {HTMLElement} element
   * @param {{ draw: (bead: Bead) => HTMLElement, changed: () => void }} given
   */
  constructor(element, { draw, changed }) {
    this.element = element;
    this.draw = draw;
    this.changed = changed;
    /** @type {Place | null} */
    this.place = null;
    /** @type {Bead[]} */
    this.rows = [];
    this.total = 0;
    this.busy = false;
    /** @type {Record<string, string> | null} */
    this.wanted = null; // what the filter asks for
    element.addEventListener("scroll", () => this.extend(), { passive: true });
  }

  get start() {
    return this.rows.length ? this.rows[0].index : 0;
  }

  /** The element of each row. */
  get nodes() {
    return /** @type {HTMLCollectionOf<HTMLElement>} */ (this.element.children);
  }

  get end() {
    return this.start + this.rows.length;
  }

  /** @param {number} index */
  has(index) {
    return index >= this.start && index < this.end;
  }

  /** @param {number} index */
  at(index) {
    return this.has(index) ? this.rows[index - this.start] : null;
  }

  /** @param {number} index */
  node(index) {
    return this.has(index) ? this.nodes[index - this.start] : null;
  }

  /**
   * @param {Place} place
   * @param {number} index
   */
  async open(place, index) {
    this.place = place;
    await this.load(Math.max(0, index - AROUND), 2 * AROUND + 1);
  }

  /**
   * @param {number} start
   * @param {number} count
   * @returns {Promise<Window | null>}
   */
  async fetch(start, count) {
    const place = this.place;
    const answer = await ask("beads", { ...place, ...this.wanted, start, count });
    if (place !== this.place) return null; // another pair was opened meanwhile
    this.total = answer.counts.total;
    this.element.setAttribute("aria-rowcount", String(this.total));
    return answer;
  }

  /**
   * @param {number} start
   * @param {number} count
   */
  async load(start, count) {
    const answer = await this.fetch(start, count);
    if (!answer) return null;
    this.rows = answer.rows;
    this.render();
    return answer;
  }

  /**
   * The same window again, as the server has it now; what is in view stays where it is.
   * @param {HTMLElement | null} anchor
   */
  async refresh(anchor) {
    const before = anchor && anchor.isConnected ? anchor.getBoundingClientRect().top : null;
    const id = anchor ? anchor.id : null;
    const answer = await this.load(this.start, Math.max(this.rows.length, 2 * AROUND));
    const after = id && document.getElementById(id);
    if (before !== null && after) this.element.scrollTop += after.getBoundingClientRect().top - before;
    return answer;
  }

  render() {
    /** @type {Map<string, HTMLElement>} */
    const kept = new Map();
    for (const node of this.nodes) if (node.dataset.stamp) kept.set(node.dataset.stamp, node);
    const nodes = this.rows.map((bead) => this.nodeOf(bead, kept));
    const held = this.element.contains(document.activeElement);
    this.element.replaceChildren(...nodes);
    this.changed();
    if (held) this.hold();
  }

  /** A row that is drawn anew, or moved, loses the focus: the keyboard must not be left without a place. */
  hold() {
    const row = /** @type {HTMLElement | null} */ (this.element.querySelector(".current"));
    (row ?? this.element).focus({ preventScroll: true });
  }

  /**
   * @param {Bead} bead
   * @param {Map<string, HTMLElement>} kept
   */
  nodeOf(bead, kept = new Map()) {
    const stamp = `${bead.index} ${bead.id} ${bead.version} ${bead.doubtful} ${bead.time} ${bead.left_out} ${bead.checks} ${bead.status} ${bead.verdicts} ${this.total}`;
    const known = kept.get(stamp);
    if (known) return known;
    const node = this.draw(bead);
    node.dataset.stamp = stamp;
    return node;
  }

  /**
   * Puts a row in view, fetching around it where it is not on the page.
   * @param {number} index
   */
  async show(index) {
    if (!this.has(index)) await this.load(Math.max(0, index - AROUND), 2 * AROUND + 1);
    const node = this.node(index);
    if (!node) return null;
    const view = this.element.getBoundingClientRect();
    const box = node.getBoundingClientRect();
    if (box.top < view.top + 70 || box.bottom > view.bottom - 90) {
      this.element.scrollTop += box.top - view.top - Math.max(16, (view.height - box.height) * 0.35);
    }
    return node;
  }

  async extend() {
    if (this.busy || !this.rows.length) return;
    const { scrollTop, scrollHeight, clientHeight } = this.element;
    const up = scrollTop < 600 && this.start > 0;
    const down = scrollHeight - scrollTop - clientHeight < 600 && this.end < this.total;
    if (!up && !down) return;
    this.busy = true;
    try {
      await (up ? this.prepend() : this.append());
    } finally {
      this.busy = false;
    }
    this.changed();
  }

  async prepend() {
    const start = Math.max(0, this.start - MORE);
    const first = this.rows[0];
    const answer = await this.fetch(start, this.start - start);
    if (!answer || this.rows[0] !== first || answer.rows.length !== this.start - start) return;
    const anchor = this.nodes[0];
    const before = anchor.getBoundingClientRect().top;
    this.element.prepend(...answer.rows.map((bead) => this.nodeOf(bead)));
    this.rows = [...answer.rows, ...this.rows];
    while (this.rows.length > MOST) {
      this.rows.pop();
      this.element.lastElementChild?.remove();
    }
    this.element.scrollTop += anchor.getBoundingClientRect().top - before;
  }

  async append() {
    const last = this.rows.at(-1);
    const answer = await this.fetch(this.end, MORE);
    if (!answer || this.rows.at(-1) !== last) return;
    this.element.append(...answer.rows.map((bead) => this.nodeOf(bead)));
    this.rows = [...this.rows, ...answer.rows];
    const anchor = this.nodes[this.nodes.length - 1];
    const before = anchor.getBoundingClientRect().top;
    while (this.rows.length > MOST) {
      this.rows.shift();
      this.element.firstElementChild?.remove();
    }
    this.element.scrollTop += anchor.getBoundingClientRect().top - before;
  }
}
