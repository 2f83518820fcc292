// @ts-check
// What opens inside the row in focus: a cut, or texts to write. One at a time; what was typed is not dropped unasked.

import { CutEditor } from "./cut.js";
import { button, direction, make } from "./dom.js";

/** @import { Unit } from "./api.js" */

/**
 * What is open: the element, the row it is in, rows that are hidden meanwhile, and fields to write in.
 * @typedef {{ element: HTMLElement, node: HTMLElement, hidden: (HTMLElement | null)[], areas: HTMLTextAreaElement[] }} Open
 */

export class Editors {
  /**
   * `row` gives the row in focus.
   * @param {() => HTMLElement | null} row
   */
  constructor(row) {
    this.row = row;
    /** @type {Open | null} */
    this.open = null;
  }

  /** Something has been written that is not saved yet. */
  get unsaved() {
    return Boolean(this.open?.areas.some((area) => area.value !== area.defaultValue));
  }

  focus() {
    /** @type {HTMLElement | null | undefined} */
    const field = this.open?.element.querySelector("textarea, [role=slider]");
    field?.focus();
  }

  /**
   * @param {HTMLElement} element
   * @param {() => void} focus
   * `beside`: the texts of the row stay in view.
   * @param {{ hidden?: Open["hidden"], areas?: Open["areas"], beside?: boolean }} more
   */
  show(element, focus, { hidden = [], areas = [], beside = false } = {}) {
    this.close();
    const node = this.row();
    if (!node) return;
    const inset = make("div", { role: "gridcell", class: "inset" }, element);
    this.open = { element: inset, node, hidden, areas };
    node.classList.add(beside ? "remarking" : "editing");
    for (const row of hidden) if (row) row.hidden = true;
    node.append(inset);
    focus();
    inset.scrollIntoView({ block: "nearest" });
  }

  close() {
    if (!this.open) return;
    const { element, node, hidden } = this.open;
    this.open = null;
    element.remove();
    node.classList.remove("editing", "remarking");
    for (const row of hidden) if (row) row.hidden = false;
    if (node.isConnected) node.focus({ preventScroll: true });
  }

  /**
   * Where to cut; `done` gets the numbers of units before the line, source and target.
   * @param {{ title: string, sides: Unit[][], at: number[], languages: string[], hidden: Open["hidden"], done: (at: number[], cuts: import("./cut.js").InnerCut[]) => unknown, inside?: boolean }} given
   */
  cut({ title, sides, at, languages, hidden, done, inside = false }) {
    const cancel = () => this.close();
    /**
     * @param {number[]} cut
     * @param {import("./cut.js").InnerCut[]} cuts
     */
    const apply = (cut, cuts) => (this.close(), done(cut, cuts));
    const editor = new CutEditor({ title, sides, at, languages, done: apply, cancel });
    this.show(editor.element, () => (inside ? editor.openCaret() : editor.focus()), { hidden });
  }

  /**
   * A form; `save` gets the texts by name. Enter saves, Shift+Enter begins a line, Escape asks before it drops anything.
   * @param {{ title: string, fields: Record<string, Field>, first: string, save: (values: Record<string, string>) => unknown, beside?: boolean }} given
   */
  write({ title, fields, first, save, beside = false }) {
    const areas = Object.entries(fields).map(([name, field]) => textArea(name, field));
    const submit = () => save(Object.fromEntries(areas.map((area) => [area.name, area.value])));
    const note = make("span", { class: "cut-note", role: "status" });
    const leave = () => {
      if (!this.unsaved || note.textContent) return this.close();
      note.textContent = "Not saved. Enter saves it; Esc again drops what you typed.";
    };
    /** @param {KeyboardEvent} event */
    const keys = (event) => {
      event.stopPropagation();
      if (event.isComposing) return;
      const saves = event.key === "Enter" && !event.shiftKey && (event.target instanceof HTMLTextAreaElement || event.ctrlKey || event.metaKey);
      if (!saves && event.key !== "Escape") return;
      event.preventDefault();
      if (saves) submit();
      else leave();
    };
    const labels = areas.map((area) => make("label", {}, make("span", {}, area.getAttribute("aria-label")), area));
    const form = make(
      "form",
      { class: "editor", "aria-label": title, on: { submit: (/** @type {SubmitEvent} */ event) => (event.preventDefault(), submit()), keydown: keys } },
      make("div", { class: `editor-fields of-${areas.length}` }, labels),
      make(
        "p",
        { class: "cut-keys" },
        button("Save", submit, { class: "primary" }),
        button("Cancel", () => this.close()),
        make("span", { class: "for-keys" }, make("kbd", {}, "Enter"), " saves, ", make("kbd", {}, "⇧"), make("kbd", {}, "Enter"), " begins a line, ", make("kbd", {}, "Esc"), " cancels"),
        note,
      ),
    );
    form.addEventListener("input", () => (note.textContent = ""));
    const focused = areas.find((area) => area.name === first) || areas[0];
    const focus = () => {
      areas.forEach(fitHeight);
      focused.focus();
      focused.setSelectionRange(focused.value.length, focused.value.length);
    };
    this.show(form, focus, { areas, beside });
  }
}

/** @typedef {[label: string, text: string, language: string | null]} Field */

/**
 * @param {string} name
 * @param {Field} field
 */
function textArea(name, [label, text, lang]) {
  const area = make("textarea", { name, defaultValue: text, dir: direction(lang), lang: lang || null, rows: 3, "aria-label": label, spellcheck: true });
  area.addEventListener("input", () => fitHeight(area));
  return area;
}

/** @param {HTMLTextAreaElement} area */
function fitHeight(area) {
  area.style.height = "auto";
  area.style.height = `${Math.min(area.scrollHeight + 2, innerHeight * 0.5)}px`;
}
