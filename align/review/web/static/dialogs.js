// @ts-check
// Dialogs: help, pairs, history, decisions without a place, go to a number.

import { ask } from "./api.js";
import { COMMANDS, GROUPS, keyName } from "./commands.js";
import { difference } from "./difference.js";
import { $, button, language, make, number, when } from "./dom.js";

/** @import { Bead, Level, Lost, Place } from "./api.js" */

/**
 * @param {string} id
 * @param {string} title
 * @param {(string | Node)[]} content
 */
function open(id, title, ...content) {
  const dialog = $(id, HTMLDialogElement);
  const head = make("div", { class: "dialog-head" }, make("h2", { id: `${id}-title` }, title), button("Close", () => dialog.close()));
  dialog.replaceChildren(head, ...content);
  if (!dialog.open) dialog.showModal();
  return dialog;
}

/** @param {import("./api.js").Bead["source"]} units */
const unitsTogether = (units) => units.map((unit, at) => (at ? (unit[2] ?? " ") : "") + unit[1]).join("");

export const anyOpen = () => Boolean(document.querySelector("dialog[open]"));

/**
 * @param {{ keys: boolean, setKeys: (on: boolean) => void }} state
 * @param {(id: string) => void} run
 */
export function help(state, run) {
  const toggle = make("input", { type: "checkbox", id: "keys-on", checked: state.keys, on: { change: () => state.setKeys(toggle.checked) } });
  const groups = GROUPS.map((group) =>
    make(
      "section",
      { class: "keys" },
      make("h3", {}, group),
      make(
        "dl",
        {},
        COMMANDS.filter((command) => command.group === group).flatMap((command) => [
          make("dt", {}, command.keys.map((key) => make("kbd", {}, keyName(key)))),
          make("dd", {}, button(command.about, () => ($("help", HTMLDialogElement).close(), run(command.id)), { class: "link plain" })),
        ]),
      ),
    ),
  );
  open(
    "help",
    "What you can do",
    make("p", {}, "A bead is one block of source text and the text that translates it. Accept it when both sides say the same, from beginning to end; otherwise split it, merge it, move its boundary, or reject it. Every decision is on disk before the page shows it. Each line below can be tapped or clicked, too."),
    make("div", { class: "keys-columns" }, groups),
    make("p", {}, make("label", {}, toggle, " Single keys work as commands (turn off if they clash with your screen reader or voice control)")),
  );
}

/**
 * @typedef {object} PairRow
 * @property {number} pair
 * @property {string} source
 * @property {string} target
 * @property {string} source_language
 * @property {string} target_language
 * @property {number} doubtful
 * @property {number | null} worst
 * @property {Record<Level, { beads: number, accepted: number, rejected: number }>} levels
 */

/**
 * @param {Place} current
 * @param {(pair: number) => void} choose
 */
export async function pairs(current, choose) {
  /** @type {{ pairs: PairRow[] }} */
  const { pairs: rows } = await ask("pairs", current);
  const input = make("input", { type: "search", placeholder: "Filter by name", "aria-label": "Filter pairs by name", dir: "auto", autocomplete: "off" });
  const list = make("ul", { class: "pair-list" });
  const draw = () => {
    const wanted = input.value.toLowerCase();
    const fitting = rows.filter((row) => `${row.source} ${row.target}`.toLowerCase().includes(wanted));
    list.replaceChildren(...fitting.slice(0, 300).map((row) => make("li", {}, pairButton(row, current, choose))));
    if (fitting.length > 300) list.append(make("li", { class: "muted" }, `and ${number(fitting.length - 300)} more: filter by name`));
    if (!fitting.length) list.append(make("li", { class: "muted" }, "No pair has this in its name."));
  };
  input.addEventListener("input", draw);
  draw();
  const doubtful = rows.reduce((sum, row) => sum + row.doubtful, 0);
  const [beads, decided] = rows.reduce(([all, done], { levels: { [current.level]: level } }) => [all + level.beads, done + level.accepted + level.rejected], [0, 0]);
  const progress = make("progress", { max: Math.max(1, beads), value: decided, "aria-labelledby": "pairs-progress" });
  const said = make("p", { id: "pairs-progress", class: "muted" }, `${number(decided)} of ${number(beads)} ${current.level} beads of all pairs are decided.`);
  open("pairs", `${number(rows.length)} ${rows.length === 1 ? "pair" : "pairs"}, ${number(doubtful)} doubtful beads`, said, progress, input, list);
  /** @type {HTMLElement | null} */
  const here = list.querySelector("[aria-current]");
  (here ?? input).focus();
}

/**
 * @param {PairRow} row
 * @param {Place} current
 * @param {(pair: number) => void} choose
 */
function pairButton(row, current, choose) {
  const level = row.levels[current.level];
  const decided = level.accepted + level.rejected;
  return make(
    "button",
    { type: "button", class: "pair-row", "aria-current": row.pair === current.pair ? "true" : null, on: { click: () => ($("pairs", HTMLDialogElement).close(), choose(row.pair)) } },
    make("span", { class: "pair-row-names" }, make("bdi", {}, row.source), " – ", make("bdi", {}, row.target)),
    make("span", { class: "muted" }, `${language(row.source_language)} – ${language(row.target_language)}`),
    make("span", { class: "pair-row-count" }, `${number(decided)} of ${number(level.beads)} decided`),
    make("span", { class: row.doubtful ? "pair-row-doubt" : "muted" }, row.worst === null ? "none doubtful" : `${number(row.doubtful)} doubtful, from ${Math.round(row.worst * 100)} %`),
    make("progress", { max: Math.max(1, level.beads), value: decided, "aria-hidden": "true" }),
  );
}

/** @type {Record<string, string>} */
const DONE = {
  accept: "accepted", reject: "rejected", reopen: "reopened", split: "split", merge: "merged", boundary: "moved the boundary of",
  edit: "edited", replace: "replaced words in", mark: "marked", comment: "commented on", apply: "took over from a file", dismiss: "put away a decision on",
  undo: "undid an action on", redo: "did again an action on", forgo: "could not undo an action on",
};

/** @typedef {{ number: number, time: string, reviewer: string, kind: string, beads: string[] }} Action */

/**
 * @param {Place} place
 * @param {(id: string) => void} go
 */
export async function history(place, go) {
  /** @type {{ actions: Action[] }} */
  const { actions } = await ask("history", place);
  const rows = actions.map((action) =>
    make(
      "li",
      {},
      make("span", { class: "muted" }, `${when(action.time)} `),
      make("bdi", {}, action.reviewer),
      ` ${DONE[action.kind] || action.kind} `,
      action.beads.length
        ? button(action.beads.slice(0, 2).map(sides).join(" and "), () => ($("history", HTMLDialogElement).close(), go(action.beads[0])), { class: "link" })
        : "",
    ),
  );
  open("history", "History", actions.length ? make("ol", { class: "history" }, rows) : make("p", { class: "muted" }, "Nothing has been done here yet."));
}

/**
 * The positions of both sides, long lists cut short.
 * @param {string} id
 */
function sides(id) {
  /** @param {string} side */
  const short = (side) => {
    const positions = side.split(" ");
    return positions.length > 3 ? `${positions[0]} … ${positions.at(-1)}` : side || "–";
  };
  return id.split("|").map(short).join(" ↔ ");
}

/**
 * @param {Place} place
 * @param {Lost[]} lost
 * @param {(key: string) => Promise<unknown> | void} dismiss
 */
export async function unplaced(place, lost, dismiss) {
  /** @type {{ decisions: (Bead & { key: string })[] }} */
  const { decisions } = await ask("unplaced", place);
  const intro = "These decisions were made on beads or texts that the present alignment does not have. They are kept, and apply again when the texts are aligned that way; put one away when you no longer need it.";
  const items = decisions.map((bead) =>
    make(
      "li",
      {},
      make("p", {}, make("strong", {}, bead.status === "open" ? "remarks" : bead.status), ` ${sides(bead.id)} · `, make("bdi", {}, bead.reviewer), ` · ${when(bead.time)}`),
      bead.comment && make("p", { class: "muted", dir: "auto" }, bead.comment),
      make("p", { dir: "auto" }, bead.source_edit ?? unitsTogether(bead.source)),
      make("p", { dir: "auto" }, bead.target_edit ?? unitsTogether(bead.target)),
      button("Put away", async () => ((await dismiss(bead.key)), unplaced(place, lost, dismiss))),
    ),
  );
  const gone = lost.map((entry) =>
    make("li", {}, make("bdi", {}, entry.source), " – ", make("bdi", {}, entry.target), ` (${entry.level}s): ${number(entry.accepted)} accepted, ${number(entry.rejected)} rejected; the run no longer has this pair. align review --export writes them to a file.`),
  );
  const nothing = !items.length && !gone.length;
  open(
    "unplaced",
    "Decisions without a place",
    nothing ? make("p", { class: "muted" }, "Every decision has its place.") : make("p", {}, intro),
    items.length ? make("ul", { class: "unplaced" }, items) : "",
    gone.length ? make("ul", {}, gone) : "",
  );
}

/**
 * @typedef {{ threshold: number, beads: number, judged: number, right: number, share: string, low: string, high: string }} Precision
 * @typedef {{ level: Level, note: string, judged: number, beads: number, lines: Precision[], agreements: string[], disagreements: number | null }} Told
 */

/** How good the corpus is, as far as its samples tell. */
export async function quality() {
  /** @type {{ samples: Told[] }} */
  const { samples } = await ask("quality");
  const none = make("p", {}, "No sample was drawn yet. End the review and begin it with ", make("code", {}, "align review RUN --sample 200"), ": a random sample of beads, each judged as it stands, tells which share of the corpus is right at any confidence.");
  open("quality", "How good is the corpus?", ...(samples.length ? samples.flatMap(told) : [none]));
}

/** @param {Told} found */
function told(found) {
  const head = ["Confidence", "Right", "95 % interval", "Beads", "Judged"];
  const rows = found.lines.map((line) => [line.threshold ? `${line.threshold} and above` : "any", `${line.share} %`, `${line.low}–${line.high} %`, number(line.beads), `${number(line.right)} of ${number(line.judged)} right`]);
  const table = make(
    "table",
    { class: "figures" },
    make("thead", {}, make("tr", {}, head.map((name) => make("th", { scope: "col" }, name)))),
    make("tbody", {}, rows.map(([first, ...cells]) => make("tr", {}, make("th", { scope: "row" }, first), cells.map((text) => make("td", {}, text))))),
  );
  return [
    make("h3", {}, found.level === "sentence" ? "Sentences" : "Paragraphs"),
    found.lines.length ? table : make("p", {}, `${number(found.judged)} of ${number(found.beads)} sampled beads are judged; figures are given from ten on.`),
    ...found.agreements.map((line) => make("p", {}, line)),
    found.disagreements ? make("p", {}, `${number(found.disagreements)} ${found.disagreements === 1 ? "disagreement is" : "disagreements are"} open: a third person goes through them with align review RUN --settle.`) : "",
    make("p", { class: "muted" }, found.note),
  ];
}

/** @typedef {[source: string, beads: number, translations: [target: string, beads: number][]]} Concept */

const MOST_TERMS = 300; // rows that are drawn

/**
 * The terms of the corpus; one that is chosen shows the beads that hold it.
 * @param {Place} place
 * @param {{ source: string, target: string }} languages
 * @param {(wanted: Record<string, string>) => void} choose
 */
export async function terms(place, languages, choose, anew = false) {
  /** @type {{ terms: Concept[], count: number }} */
  const { terms: found, count } = await ask("terms", { ...place, anew: anew ? 1 : 0 });
  const input = make("input", { type: "search", placeholder: "Find a term", "aria-label": "Find a term", dir: "auto", autocomplete: "off" });
  const list = make("ul", { class: "terms" });
  /** @param {Record<string, string>} wanted */
  const pick = (wanted) => ($("terms", HTMLDialogElement).close(), choose(wanted));
  const texts = found.map(([source, , translations]) => [source, ...translations.map(([target]) => target)].join(" ").toLowerCase());
  const draw = () => {
    const wanted = input.value.trim().toLowerCase();
    const fitting = found.filter((_, at) => texts[at].includes(wanted));
    list.replaceChildren(...fitting.slice(0, MOST_TERMS).map((concept) => termRow(concept, languages, pick)));
    if (fitting.length > MOST_TERMS) list.append(make("li", { class: "muted" }, `and ${number(fitting.length - MOST_TERMS)} more`));
    if (!fitting.length && found.length) list.append(make("li", { class: "muted" }, "No term has this in it."));
  };
  input.addEventListener("input", draw);
  draw();
  const note = found.length
    ? ["Words that answer each other in several beads, with how many. One that is chosen shows the beads that hold it, in this pair and then in the others. ", make("code", {}, "align terms"), " writes all of them to a file."]
    : ["No terms were found: too few beads of these languages are sure enough."];
  const again = button("Count again", () => terms(place, languages, choose, true), { title: "With what was decided since" });
  open("terms", `${number(count)} ${count === 1 ? "term" : "terms"}`, make("p", { class: "muted" }, ...note), make("div", { class: "terms-tools" }, input, again), list);
  input.focus();
}

/** @param {string} words as they stand by themselves */
const whole = (words) => `"${words.replaceAll(/["|]/g, " ")}"`;

/**
 * @param {Concept} concept
 * @param {{ source: string, target: string }} languages
 * @param {(wanted: Record<string, string>) => void} pick
 */
function termRow([source, beads, translations], languages, pick) {
  const otherwise = beads - translations.reduce((sum, [, some]) => sum + some, 0);
  const every = translations.map(([target]) => whole(target)).join(" | ");
  return make(
    "li",
    {},
    make("span", { class: "term" }, button(source, () => pick({ only_source: whole(source) }), { class: "link", lang: languages.source || null, dir: "auto" }), make("small", {}, ` ${number(beads)}`)),
    make(
      "span",
      {},
      ...translations.map(([target, some]) => make("span", { class: "translation" }, button(target, () => pick({ only_source: whole(source), only_target: whole(target) }), { class: "link", lang: languages.target || null, dir: "auto" }), make("small", {}, ` ${number(some)}`))),
      otherwise > 0 ? make("span", { class: "translation" }, button("otherwise", () => pick({ only_source: whole(source), only_target: every, only_lacking: "1" }), { class: "link other" }), make("small", {}, ` ${number(otherwise)}`)) : "",
    ),
  );
}

/** @typedef {{ beads: string[], first: number, doubtful: number[] }} Stretch */

/** @typedef {[id: string, field: "source_edit" | "target_edit", before: string, after: string]} Replaced */

/**
 * What replacing words would change, text by text, each to be left out.
 * @param {{ texts: Replaced[], more: boolean }} found
 * @param {{ source: string, target: string }} languages
 * @param {(texts: Replaced[]) => void} replace
 */
export function replacing({ texts, more }, languages, replace) {
  if (!texts.length) return open("replacing", "Replace", make("p", {}, "No text holds these words, letter by letter."));
  const rows = texts.map((text) => {
    const [id, field, before, after] = text;
    const lang = field === "source_edit" ? languages.source : languages.target;
    const box = make("input", { type: "checkbox", checked: true });
    return { text, box, node: make("li", {}, make("label", {}, box, make("span", { class: "muted" }, ` ${sides(id)} `), make("span", { lang: lang || null, dir: "auto", class: "shown" }, difference(before, after)))) };
  });
  const go = button("", () => ($("replacing", HTMLDialogElement).close(), replace(rows.filter(({ box }) => box.checked).map(({ text }) => text))), { class: "primary" });
  const count = () => {
    const chosen = rows.filter(({ box }) => box.checked).length;
    go.textContent = `Replace in ${number(chosen)} ${chosen === 1 ? "text" : "texts"}`;
    go.disabled = !chosen;
  };
  rows.forEach(({ box }) => box.addEventListener("change", count));
  count();
  const note = `${more ? "These are the first; do it again for the rest. " : ""}One undo takes all of them back.`;
  const dialog = open("replacing", "Replace", make("p", { class: "muted" }, note), make("ul", { class: "history" }, rows.map(({ node }) => node)), go);
  go.focus();
  return dialog;
}

const MOST_NAMED = 12; // doubtful beads that are named before many are accepted

/**
 * Says how many beads would be accepted, and which, before it is done.
 * @param {Stretch} found
 * @param {() => void} accept
 * @param {string} which said in place of where they stand
 */
export function stretch({ beads, first, doubtful }, accept, which = "") {
  const many = number(beads.length);
  const named = doubtful.slice(0, MOST_NAMED).map(number).join(", ");
  const more = doubtful.length > MOST_NAMED ? ` and ${number(doubtful.length - MOST_NAMED)} more` : "";
  const dialog = $("stretch", HTMLDialogElement);
  const yes = button(`Accept ${many} beads`, () => (dialog.close(), accept()), { class: "primary" });
  open(
    "stretch",
    `Accept ${many} beads?`,
    make("p", {}, which || `Beads ${number(first)} to ${number(first + beads.length - 1)}: all from the last decided one down to here.`),
    make("p", doubtful.length ? {} : { class: "muted" }, doubtful.length ? `${number(doubtful.length)} of them are doubtful: ${named}${more}.` : "None of them is doubtful."),
    make("p", { class: "muted" }, "One undo takes all of them back."),
    yes,
  );
  yes.focus();
}

/**
 * @param {number} total
 * @param {(index: number) => void} go
 * @param {(position: string) => void} find
 */
export function goto(total, go, find) {
  const input = make("input", { type: "text", id: "goto-number", autocomplete: "off", autocapitalize: "none" });
  const form = make(
    "form",
    {
      on: {
        submit: (/** @type {SubmitEvent} */ event) => {
          event.preventDefault();
          const said = input.value.trim();
          $("goto", HTMLDialogElement).close();
          if (/^[0-9]+$/.test(said)) go(Math.min(Number(said), total - 1));
          else if (said) find(said);
        },
      },
    },
    make("label", { htmlFor: "goto-number" }, `Number of a bead, 0 to ${number(total - 1)}, or a position such as p7s2`),
    input,
    make("button", { type: "submit", class: "primary" }, "Go"),
  );
  open("goto", "Go to a bead", form);
  input.focus();
}
