// @ts-check
// Where to cut: the units of one bead, or of two neighbours, with a line on either side that can be moved.

import { button, direction, make } from "./dom.js";

/** @import { Unit } from "./api.js" */

/**
 * A good first guess for a split: in the middle of the longer side, at the same share of the other.
 * @param {Unit[]} source
 * @param {Unit[]} target
 * @returns {[source: number, target: number]}
 */
export function middle(source, target) {
  /** @param {Unit[]} units */
  const lengths = (units) => units.map((unit) => unit[1].length);
  const [a, b] = [lengths(source), lengths(target)];
  const driver = a.length >= b.length ? a : b;
  const at = Math.ceil(driver.length / 2);
  /** @param {number[]} values */
  const sum = (values) => values.reduce((total, value) => total + value, 0);
  const share = sum(driver.slice(0, at)) / Math.max(1, sum(driver));
  /** @param {number[]} values */
  const follow = (values) => {
    let best = 0;
    for (let cut = 0; cut <= values.length; cut += 1) {
      /** @param {number} position */
      const off = (position) => Math.abs(sum(values.slice(0, position)) / Math.max(1, sum(values)) - share);
      if (off(cut) < off(best)) best = cut;
    }
    return best;
  };
  return driver === a ? [at, follow(b)] : [follow(a), at];
}

/** A cut inside a unit: its side, its number among the units of that side, and the character before which it is cut. */
/** @typedef {[side: number, unit: number, offset: number]} InnerCut */

export class CutEditor {
  /**
   * `done` gets [source units, target units] of the first bead, and the cuts inside units; `cancel` is called otherwise.
   * @param {{ title: string, sides: Unit[][], at: number[], languages: string[], done: (at: number[], cuts: InnerCut[]) => unknown, cancel: () => void }} given
   */
  constructor({ title, sides, at, languages, done, cancel }) {
    this.sides = sides.map((units) => [...units]);
    this.languages = languages;
    /** @type {InnerCut[]} */
    this.cuts = [];
    this.at = [...at];
    this.done = done;
    this.cancel = cancel;
    this.active = sides[0].length > 1 || !sides[1].length ? 0 : 1;
    this.lists = sides.map((units, side) => this.list(units, side, languages[side]));
    this.primary = button("Apply", () => this.apply(), { class: "primary" });
    this.note = make("span", { class: "cut-note", role: "status" });
    this.element = make(
      "div",
      { class: "cut", role: "group", "aria-label": title, on: { keydown: (/** @type {KeyboardEvent} */ event) => this.key(event) } },
      make("p", { class: "cut-title" }, title),
      (this.caret = make("div", { class: "caret", hidden: true })),
      make("div", { class: "cut-sides" }, this.lists),
      make(
        "p",
        { class: "cut-keys" },
        make("span", { class: "for-touch" }, "Tap where the line should be."),
        make("span", { class: "for-keys" }, make("kbd", {}, "↑"), make("kbd", {}, "↓"), " move the line"),
        make("span", { class: "for-keys" }, make("kbd", {}, "←"), make("kbd", {}, "→"), " other side"),
        make("button", { type: "button", "aria-keyshortcuts": "c", on: { click: () => this.openCaret() } }, "Cut a sentence ", make("kbd", { class: "for-keys", "aria-hidden": "true" }, "C")),
        this.primary,
        button("Cancel", () => this.cancel()),
        this.note,
      ),
    );
    this.update();
  }

  /**
   * @param {Unit[]} units
   * @param {number} side
   * @param {string} lang
   */
  list(units, side, lang) {
    return make("div", {
      class: "cut-side",
      tabIndex: 0,
      role: "slider",
      "aria-orientation": "vertical",
      "aria-valuemin": "0",
      "aria-valuemax": String(units.length),
      "aria-label": side ? "Cut in the target" : "Cut in the source",
      lang: lang || null,
      dir: direction(lang),
      on: { focus: () => this.activate(side) },
    });
  }

  focus() {
    this.lists[this.active].focus();
  }

  /** @param {number} side */
  activate(side) {
    this.active = side;
    this.lists.forEach((list, index) => list.classList.toggle("active", index === side));
  }

  /** The unit that ends at the line of the active side, as a text with a caret: where it stands the unit is cut. */
  openCaret() {
    const side = this.active;
    const units = this.sides[side];
    if (!units.length) return;
    const unit = Math.max(0, Math.min(this.at[side], units.length) - 1);
    const text = units[unit][1];
    const area = make("textarea", { inputMode: "none", value: text, rows: 3, dir: direction(this.languages[side]), lang: this.languages[side] || null, "aria-label": "Put the caret where the sentence should be cut" });
    const leave = () => {
      this.caret.hidden = true;
      this.lists[side].focus();
    };
    const apply = () => this.cutInside(side, unit, area.selectionStart) && leave();
    area.addEventListener("beforeinput", (event) => event.preventDefault()); // it is there for its caret
    area.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" && event.key !== "Escape") return event.stopPropagation();
      event.preventDefault();
      event.stopPropagation();
      if (event.key === "Enter") apply();
      else leave();
    });
    const keys = make("p", { class: "cut-keys" }, make("span", {}, "Put the caret where the second sentence begins."), button("Cut here", apply, { class: "primary" }), button("Back", leave));
    this.caret.replaceChildren(area, keys);
    this.caret.hidden = false;
    area.focus();
    const middle_ = Math.floor(text.length / 2);
    const space = text.indexOf(" ", middle_) + 1;
    area.setSelectionRange(space || middle_, space || middle_);
    area.style.height = `${Math.min(area.scrollHeight + 2, innerHeight * 0.4)}px`;
  }

  /**
   * @param {number} side
   * @param {number} unit
   * @param {number} at in the units that scripts count in
   */
  cutInside(side, unit, at) {
    const [position, text] = this.sides[side][unit];
    const [left, right] = [text.slice(0, at), text.slice(at)];
    if (!left.trim() || !right.trim()) {
      this.note.textContent = "Put the caret inside the text: something must stand on either side of it.";
      return false;
    }
    const between = left.slice(left.trimEnd().length) + right.slice(0, right.length - right.trimStart().length);
    this.cuts.push([side, unit, Array.from(left).length]); // the server counts characters
    this.sides[side].splice(unit, 1, [`${position} …`, left.trimEnd()], [`… ${position}`, right.trimStart(), between]);
    this.lists[side].setAttribute("aria-valuemax", String(this.sides[side].length));
    this.at[side] = unit + 1;
    this.update();
    return true;
  }

  /** @param {number} step */
  move(step) {
    const side = this.active;
    this.at[side] = Math.min(this.sides[side].length, Math.max(0, this.at[side] + step));
    this.update();
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    /** @type {Record<string, () => void>} */
    const actions = {
      ArrowUp: () => this.move(-1),
      ArrowDown: () => this.move(1),
      Home: () => this.move(-this.sides[this.active].length),
      End: () => this.move(this.sides[this.active].length),
      ArrowLeft: () => this.lists[0].focus(),
      ArrowRight: () => this.lists[1].focus(),
      Escape: () => this.cancel(),
      c: () => this.openCaret(),
    };
    if (event.target instanceof Element && event.target.getAttribute("role") === "slider") actions.Enter = () => this.apply();
    const action = actions[event.key];
    event.stopPropagation();
    if (!action) return;
    event.preventDefault();
    action();
  }

  get problem() {
    const [i, j] = this.at;
    const [m, n] = this.sides.map((units) => units.length);
    return (i === 0 && j === 0) || (i === m && j === n) ? "One of the two beads would be empty." : "";
  }

  apply() {
    if (!this.problem) this.done([...this.at], this.cuts);
  }

  update() {
    this.sides.forEach((units, side) => {
      const list = this.lists[side];
      const cut = this.at[side];
      /** @type {HTMLElement[]} */
      const parts = [];
      for (let index = 0; index <= units.length; index += 1) {
        parts.push(
          make("span", {
            class: index === cut ? "gap here" : "gap",
            "aria-hidden": "true",
            on: {
              click: () => {
                this.at[side] = index;
                this.update();
                list.focus();
              },
            },
          }),
        );
        if (index < units.length) {
          const [position, text] = units[index];
          const label = make("span", { class: "position", dir: "ltr" }, position);
          parts.push(make("p", { class: index < cut ? "unit first" : "unit second", dir: direction(this.languages[side]) }, label, text));
        }
      }
      list.replaceChildren(...parts);
      /** @param {Unit | undefined} part */
      const words = (part) => (part ? `${part[1].slice(0, 60)}` : "nothing");
      list.setAttribute("aria-valuenow", String(cut));
      list.setAttribute("aria-valuetext", `${cut} of ${units.length} before the line; the line comes before: ${words(units[cut])}`);
    });
    this.activate(this.active);
    this.note.textContent = this.problem;
    this.primary.disabled = Boolean(this.problem);
  }
}
