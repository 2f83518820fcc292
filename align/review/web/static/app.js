// @ts-check
// The review page: the bead in focus, what can be done with it, and what the server said.

import { Refused, ask, tell, watchConnection } from "./api.js";
import { COMMANDS, commandOf, keyName } from "./commands.js";
import { middle } from "./cut.js";
import * as dialogs from "./dialogs.js";
import { $, language, make, number } from "./dom.js";
import { Editors } from "./editors.js";
import { ask as askFilter, wanted as filterSays, wireFilter } from "./filter.js";
import { BeadList } from "./list.js";
import { drawRow } from "./row.js";
import { Strip } from "./strip.js";
import { TypeAhead } from "./typeahead.js";
import { Words } from "./words.js";

/** @import { Bead, Counts, Level, Outcome, Place, Run, Status, Unit, View } from "./api.js" */
/** @import { Command } from "./commands.js" */
/** @import { Field } from "./editors.js" */

/** @type {any} What the server tells before anything asks for it. */
const later = null;

const state = {
  /** @type {Run} */
  run: later,
  /** @type {View} */
  view: later, // the level of a pair that is open
  /** @type {Counts} */
  counts: later,
  current: 0, // index of the bead in focus
  /** @type {number | null} */
  score: null, // where the worst-first order stands
  /** @type {{ pair: number, start: number, score: number } | null} */
  doubt: null, // where the queue of doubtful beads stands
  order: localStorage.getItem("align-order") === "text" ? "text" : "worst",
  number: 0, // the last action seen
  /** @type {{ left: number, beads: number } | null} */
  sampled: null, // how far the sample is
  keys: localStorage.getItem("align-keys") !== "off",
  /** @param {boolean} on */
  setKeys(on) {
    state.keys = on;
    localStorage.setItem("align-keys", on ? "on" : "off");
  },
};

const languages = () => ({ source: state.view.source_language, target: state.view.target_language });
const list = new BeadList($("beads"), {
  /** @returns {HTMLElement} */
  draw: (bead) => drawRow(bead, { total: list.total, doubtful: state.run.doubtful, checks: state.run.checks, languages: languages() }),
  changed: () => {
    mark();
    visible();
  },
});
const answers = new Words();
const editors = new Editors(() => list.node(state.current));
/** @type {Strip | null} */
let strip = null;
/** @returns {Place} */
const place = () => ({ pair: state.view.pair, level: state.view.level });
const current = () => list.at(state.current);

// Saying things

let lastSaid = "";
/** @param {string} text */
function say(text) {
  lastSaid = text === lastSaid ? `${text}\u00a0` : text; // said again when it is the same
  $("status").textContent = lastSaid;
}

/**
 * @param {string} text
 * @param {{ label: string, run: () => void } | null} action
 */
function alarm(text, action = null) {
  $("alert-text").textContent = text;
  $("alert").hidden = !text;
  $("alert-action").hidden = !action;
  if (action) {
    $("alert-action").textContent = action.label;
    $("alert-action").onclick = action.run;
  }
}

let trouble = "";
watchConnection((now) => {
  trouble = now;
  if (trouble) typeAhead.drop(); // an answer may be long in coming
  if (now === "stopped") alarm("The server does not answer. Start align review again in the same folder; this page goes on by itself, and what you did last is sent again.");
  else if (now === "key") alarm("The server was started again with a new key. Open the address it printed in another tab of this browser; then this page goes on by itself.");
  else alarm("");
});

// One thing after another: keys that come quickly wait for the answer to the one before.

// While the server is away one thing waits for it, and no more is taken.

/** @type {Promise<unknown>} */
let queue = Promise.resolve();
let waiting = 0;
/** @param {() => unknown} work */
function enqueue(work) {
  if (trouble && waiting) return say("Waiting for the server; nothing more is taken until it answers.");
  waiting += 1;
  queue = queue
    .then(work)
    .catch((error) => {
      if (!(error instanceof Refused)) console.error(error);
      say(error.message);
    })
    .finally(() => {
      waiting -= 1;
    });
  return queue;
}

// Where we are

/**
 * @param {number} pair
 * @param {Level} level
 * @param {number | null} at the bead to begin with; the first one to decide unless it is given
 */
async function openView(pair, level, at = null) {
  editors.close();
  say("Reading the beads …");
  /** @type {View} */
  const view = await ask("view", { pair, level });
  if (state.view?.level !== level) state.doubt = null;
  state.view = view;
  state.score = null;
  state.number = view.number;
  const other = $("beads");
  other.setAttribute("aria-label", `Beads of ${view.source} and ${view.target}, ${view.level}s`);
  document.title = `${view.source} – ${view.target} · Review`;
  $("pair-names").replaceChildren(make("bdi", {}, view.source), " – ", make("bdi", {}, view.target));
  $("pair-hint").textContent = `${language(view.source_language)} – ${language(view.target_language)}${state.run.pairs > 1 ? ` · pair ${view.pair + 1} of ${number(state.run.pairs)}` : ""}`;
  $("source-name").replaceChildren(make("bdi", {}, view.source), make("span", { class: "muted" }, ` ${language(view.source_language)}`));
  $("target-name").replaceChildren(make("bdi", {}, view.target), make("span", { class: "muted" }, ` ${language(view.target_language)}`));
  for (const choice of choices("level")) choose(choice, choice.dataset.level === level);
  const start = at ?? (state.order === "worst" ? view.worst : await nextOpen(-1)) ?? 0;
  state.current = Math.min(Math.max(0, start), Math.max(0, view.counts.total - 1));
  await list.open(place(), state.current);
  showCounts(view.counts);
  await focusOn(state.current);
  say(`${number(view.counts.total)} beads, ${number(view.counts.open)} undecided.`);
  alarm((view.counts.unplaced ? `${number(view.counts.unplaced)} decisions have no place in this alignment.` : ""), view.counts.unplaced ? { label: "Show them", run: () => run("unplaced") } : null);
  if (!view.counts.total) say("This pair has no beads at this level.");
}

/**
 * @param {"level" | "order"} attribute
 * @returns {HTMLElement[]}
 */
const choices = (attribute) => [.../** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll(`[data-${attribute}]`))];

/**
 * @param {HTMLElement} element
 * @param {boolean} on
 */
function choose(element, on) {
  element.setAttribute("aria-checked", String(on));
  element.tabIndex = on ? 0 : -1;
}

/** @param {Counts} counts */
function showCounts(counts) {
  state.counts = counts;
  const sampled = state.sampled;
  const [decided, total] = sampled ? [sampled.beads - sampled.left, sampled.beads] : [counts.accepted + counts.rejected, counts.total];
  const progress = $("progress", HTMLProgressElement);
  progress.max = Math.max(1, total);
  progress.value = decided;
  const parts = [sampled ? `Sample: ${number(decided)} of ${number(total)} judged` : `${number(decided)} of ${number(total)} decided`];
  if (counts.doubtful && !sampled) parts.push(`${number(counts.doubtful)} doubtful`);
  $("progress-text").textContent = parts.join(" · ");
  for (const tool of $("tools").getElementsByClassName("do-unplaced")) {
    /** @type {HTMLElement} */ (tool).hidden = !counts.unplaced && !state.run.lost.length;
  }
  strip?.update(place(), counts.total);
}

function visible() {
  if (!strip || !list.rows.length) return;
  const view = list.element.getBoundingClientRect();
  const inside = list.rows.filter((_, at) => {
    const box = list.nodes[at].getBoundingClientRect();
    return box.bottom > view.top && box.top < view.bottom;
  });
  if (inside.length) strip.show(inside[0].index, inside[inside.length - 1].index + 1);
}

function mark() {
  for (const node of /** @type {NodeListOf<HTMLElement>} */ (list.element.querySelectorAll(".current"))) {
    node.classList.remove("current");
    node.tabIndex = -1;
    node.removeAttribute("aria-selected");
  }
  const node = list.node(state.current);
  if (!node) return;
  node.classList.add("current");
  node.tabIndex = 0;
  node.setAttribute("aria-selected", "true");
}

/** @param {number | null | undefined} index */
async function focusOn(index, { fromQueue = false } = {}) {
  if (index === null || index === undefined || index < 0) return;
  state.current = Math.min(index, Math.max(0, list.total - 1));
  const node = await list.show(state.current);
  mark();
  if (!node) return;
  await list.show(state.current); // the row grew when it was marked
  node.focus({ preventScroll: true });
  visible();
  const bead = current();
  if (bead) showWords(bead, node);
  if (fromQueue && bead) state.score = bead.confidence ?? 0;
  const { pair, level } = place();
  history.replaceState(null, "", `#${new URLSearchParams({ pair: String(pair), level, bead: bead ? bead.id : "" })}`);
}

/** @type {Promise<void>} */
let wordsShown = Promise.resolve();

/**
 * @param {Bead} bead
 * @param {HTMLElement} node
 */
function showWords(bead, node) {
  wordsShown = answers.show(place(), bead, node).catch((error) => {
    answers.turn(false);
    say(error.message);
  });
}

async function toggleWords() {
  answers.turn(!answers.on);
  const [bead, node] = [current(), list.node(state.current)];
  if (answers.on && bead && node) showWords(bead, node);
  say(answers.on ? "Words that answer each other: point at one, or go from one to the next with ]." : "Words are no longer shown.");
}

/** @param {1 | -1} by */
async function stepWords(by) {
  if (!answers.on) return toggleWords();
  await wordsShown; // the first time the words are long in coming
  return say(answers.step(by) || "No words here answer each other.");
}

const queueValues = () => ({ queue: "open", order: state.order, score: state.order === "worst" ? state.score : null });

/**
 * @param {number} start
 * @returns {Promise<number | null>}
 */
async function nextOpen(start, backwards = false) {
  const { index } = await ask("next", { ...place(), ...queueValues(), start, backwards: backwards ? 1 : 0 });
  return index;
}

/** @param {"commented" | "rejected"} kind */
async function go(kind, backwards = false) {
  const { index } = await ask("next", { ...place(), queue: kind, order: "text", start: state.current, backwards: backwards ? 1 : 0 });
  if (index === null) return say(`There is no other ${kind} bead.`);
  return focusOn(index);
}

/** The next doubtful bead of the run: down the text and on to the pair behind it, or the worst of all pairs first. */
async function goDoubtful(backwards = false) {
  const { level, pair } = place();
  const worst = state.order === "worst";
  const from = worst ? (state.doubt ?? { pair: 0, start: -1, score: -1 }) : { pair, start: state.current, score: null };
  /** @type {{ left: number, pairs: number, pair: number, index: number | null, score: number }} */
  const found = await ask("doubt", { level, ...from, order: state.order, backwards: backwards ? 1 : 0 });
  if (found.index === null) return say(state.run.pairs > 1 ? "There is no other doubtful bead in any pair." : "There is no other doubtful bead.");
  const at = { pair: found.pair, start: found.index, score: found.score };
  if (found.pair === pair) await focusOn(found.index);
  else await openView(found.pair, level, found.index);
  state.doubt = at;
  const pairs = state.run.pairs > 1 ? ` in ${number(found.pairs)} ${found.pairs === 1 ? "pair" : "pairs"}` : "";
  say(`${number(found.left)} doubtful left${pairs}.`);
}

/** @param {number} by */
async function step(by) {
  await focusOn(Math.min(list.total - 1, Math.max(0, state.current + by)));
}

/** @param {1 | -1} by */
async function neighbour(by) {
  const index = state.current + by;
  if (index < 0 || index >= list.total) return null;
  if (!list.has(index)) await list.load(Math.max(0, index - 30), 61);
  return list.at(index);
}

// Doing things

/** @param {Bead[]} beads */
const named = (beads) => beads.map(({ id, version }) => ({ id, version }));

/**
 * Does something on the server; `onwards` asks for the next bead as well.
 * @param {"act" | "undo" | "redo"} name
 * @param {Record<string, unknown>} values
 * @returns {Promise<Outcome>}
 */
async function send(name, values = {}, { onwards = false } = {}) {
  const asked = onwards ? Object.fromEntries(Object.entries(queueValues()).filter(([, value]) => value !== null)) : {};
  /** @type {Outcome} */
  const answer = await tell(name, { ...place(), ...values, ...asked });
  state.number = answer.number;
  if (state.sampled && answer.left !== undefined) state.sampled.left = answer.left;
  if (answer.conflict) alarm(answer.conflict);
  // Rows far away are fetched anew when the focus goes there.
  if (typeof answer.next !== "number" || list.has(answer.next)) await list.refresh(list.node(state.current));
  showCounts(answer.counts);
  return answer;
}

/** @typedef {Partial<Pick<Bead, "status" | "mark" | "comment" | "source_edit" | "target_edit">>} Values */

/**
 * What is to be set on a bead: its values as they are and as they shall be.
 * @param {Bead} bead
 * @param {Values} values
 */
const setting = (bead, values) => {
  const names = /** @type {(keyof Values)[]} */ (Object.keys(values));
  return { kind: "set", id: bead.id, values: Object.fromEntries(names.map((name) => [name, [bead[name], values[name]]])) };
};

/**
 * @param {Status} status
 * @param {string} word
 */
async function decide(status, word) {
  const bead = current();
  if (!bead) return;
  if (state.run.judging) return judge(bead, status, word);
  const answer = await send("act", setting(bead, { status }), { onwards: status !== "open" });
  if (answer.conflict) return focusOn(answer.rows[0]?.index ?? state.current);
  if (status !== "open") return advance(answer, word);
  await focusOn(state.current);
  say("Reopened.");
}

/**
 * A verdict on a bead of the sample, and on to the next one.
 * @param {Bead} bead
 * @param {Status} status
 * @param {string} word
 */
async function judge(bead, status, word) {
  const answer = await send("act", setting(bead, { status }));
  if (answer.conflict) return focusOn(answer.rows[0]?.index ?? state.current);
  if (status === "open") return say("Reopened.");
  return goSampled(false, `${word}. `);
}

/** The next bead of the sample that waits for a verdict, in whichever pair. */
async function goSampled(backwards = false, said = "") {
  const { pair, level } = place();
  const found = await ask("sampled", { pair, id: current()?.id ?? "", backwards: backwards ? 1 : 0 });
  state.sampled = found;
  if (found.index === null) {
    showCounts(state.counts);
    await focusOn(state.current);
    const end = state.run.judging?.settle ? "Every disagreement is settled." : "The whole sample is judged. Q tells how good the corpus is.";
    return say(said + (found.left ? "No other bead waits here." : end));
  }
  if (found.pair === pair && level === state.run.judging?.level) await focusOn(found.index);
  else await openView(found.pair, state.run.judging?.level ?? level, found.index);
  showCounts(state.counts);
  return say(`${said}${number(found.left)} left.`);
}

/**
 * On to the next undecided bead; what was done is said once it is in view.
 * @param {Outcome} answer
 * @param {string} word
 */
async function advance(answer, word) {
  if (list.wanted) return goFiltered(false, `${word}. `);
  const more = typeof answer.next === "number";
  await focusOn(more ? answer.next : state.current, { fromQueue: more });
  const other = state.run.pairs > 1 ? " Press D for the doubtful beads of other pairs, P for another pair." : "";
  say(more ? `${word}. ${number(answer.counts.open)} left.` : `${word}. Everything here is decided.${other}`);
}

/**
 * Accepts what was read, from behind the last decided bead above down to this one, once the reviewer has seen how much
 * that is; with a filter what it shows, never what it leaves out.
 */
async function acceptThrough() {
  if (list.wanted) return acceptFiltered();
  /** @type {import("./dialogs.js").Stretch} */
  const stretch = await ask("stretch", { ...place(), index: state.current });
  if (!stretch.beads.length) return say("This bead is decided already.");
  if (stretch.beads.length === 1) return acceptAll(stretch.beads);
  dialogs.stretch(stretch, () => enqueue(() => acceptAll(stretch.beads)));
}

/** @param {string[]} beads */
async function acceptAll(beads) {
  const answer = await send("act", { kind: "accept", beads }, { onwards: true });
  if (answer.conflict) return focusOn(state.current);
  await advance(answer, beads.length === 1 ? "Accepted" : `Accepted ${number(beads.length)} beads`);
}

/**
 * @param {Outcome} answer
 * @param {string} word
 */
async function afterStructure(answer, word) {
  const first = answer.rows.length ? Math.min(...answer.rows.map((bead) => bead.index)) : state.current;
  await focusOn(first);
  if (!answer.conflict) say(answer.note || word);
}

/** @param {1 | -1} by */
async function merge(by) {
  const bead = current();
  const other = await neighbour(by);
  if (!bead || !other) return say("There is no neighbour to merge with.");
  await afterStructure(await send("act", { kind: "merge", beads: named([bead, other]) }), "Merged.");
}

/**
 * @param {Bead[]} beads
 * @param {number} source
 * @param {number} target
 * @param {string} word
 * @param {import("./cut.js").InnerCut[]} cuts inside units
 */
async function cut(beads, source, target, word, cuts) {
  const answer = await send("act", { kind: "cut", beads: named(beads), source, target, cuts });
  await afterStructure(answer, word);
}

/** @type {Record<string, string>} */
const NOUN = { replace: "replacement", accept: "acceptance", reject: "rejection", mark: "mark" };

/** @param {"undo" | "redo"} name */
async function takeBack(name) {
  const answer = await send(name);
  if (answer.conflict) return;
  if (answer.pair !== undefined && answer.pair !== state.view.pair) await openView(answer.pair, state.view.level, answer.rows[0]?.index ?? 0);
  const what = NOUN[answer.note ?? ""] || answer.note;
  if (answer.rows.length) await focusOn(Math.min(...answer.rows.map((bead) => bead.index)));
  say(`${name === "undo" ? "Undone" : "Done again"}: ${what}.`);
}

// Editing

/**
 * @param {Bead[]} beads
 * @returns {[source: Unit[], target: Unit[]]}
 */
const sidesOf = (...beads) => [beads.flatMap((bead) => bead.source), beads.flatMap((bead) => bead.target)];

async function split() {
  const bead = current();
  if (!bead) return;
  const sides = sidesOf(bead);
  if (sides.flat().some((unit) => unit[0].includes(" "))) return say("This bead cannot be split: its text is not that of documents.parquet. Run align run again; decisions are kept.");
  const at = sides.every((side) => side.length < 2) ? [sides[0].length, 0] : middle(...sides);
  const single = sides[0].length + sides[1].length < 2; // one sentence: it can only be cut inside
  cutEditor("Where should this bead be split?", [bead], at, "Split.", single);
}

/** @param {1 | -1} by */
async function boundary(by) {
  const other = await neighbour(by);
  const bead = current();
  if (!bead || !other) return say("There is no neighbour on this side.");
  const beads = by > 0 ? [bead, other] : [other, bead];
  cutEditor("Where should the first bead end and the second begin?", beads, [beads[0].source.length, beads[0].target.length], "Boundary moved.");
}

/**
 * @param {string} title
 * @param {Bead[]} beads
 * @param {number[]} at
 * @param {string} word
 */
function cutEditor(title, beads, at, word, inside = false) {
  editors.cut({
    title,
    sides: sidesOf(...beads),
    at,
    languages: [state.view.source_language, state.view.target_language],
    hidden: beads.filter((bead) => bead.index !== state.current).map((bead) => list.node(bead.index)),
    done: ([source, target], cuts) => enqueue(() => cut(beads, source, target, word, cuts)),
    inside,
  });
}

/**
 * Closes the editor only when the server has what was typed; otherwise it stays, with the text in it.
 * @param {Bead} bead
 * @param {Values} values
 * @param {string} word
 */
async function saveFields(bead, values, word) {
  /** @type {Values} */
  const changed = Object.fromEntries(Object.entries(values).filter(([name, value]) => value !== bead[/** @type {keyof Values} */ (name)]));
  if (!Object.keys(changed).length) return editors.close();
  /** @type {Outcome} */
  const answer = await tell("act", { ...place(), ...setting(bead, changed) });
  showCounts(answer.counts);
  if (answer.conflict) {
    const now = answer.rows.find((row) => row.id === bead.id);
    if (now) Object.assign(bead, now);
    const theirs = now?.comment && "comment" in values ? ` Their comment: “${now.comment}”` : "";
    alarm(`${answer.conflict} What you typed is still here: ${now ? "save again to put it in the place of theirs, or cancel." : "copy it, or cancel."}${theirs}`);
    return editors.focus();
  }
  state.number = answer.number;
  editors.close();
  await list.refresh(list.node(state.current));
  await focusOn(state.current);
  say(word);
}

/** @param {"source_edit" | "target_edit"} first */
function edit(first) {
  const bead = current();
  if (!bead) return;
  const joined = { source_edit: bead.source_joined, target_edit: bead.target_joined };
  /** @type {Record<string, Field>} */
  const fields = {};
  if (bead.source.length) fields.source_edit = ["Source text", bead.source_edit ?? joined.source_edit, languages().source];
  if (bead.target.length) fields.target_edit = ["Target text", bead.target_edit ?? joined.target_edit, languages().target];
  /** @param {{ source_edit?: string, target_edit?: string }} values */
  const save = (values) => {
    /** @type {Values} */
    const wanted = {};
    for (const name of /** @type {("source_edit" | "target_edit")[]} */ (Object.keys(values))) {
      wanted[name] = values[name] === joined[name] ? null : values[name];
    }
    return enqueue(() => saveFields(bead, wanted, "Text saved."));
  };
  editors.write({ title: "Edit the texts", fields, first, save });
}

function comment() {
  const bead = current();
  if (!bead) return;
  /** @type {Record<string, Field>} */
  const fields = { comment: ["Comment", bead.comment, null] };
  /** @param {{ comment?: string }} values */
  const save = (values) => enqueue(() => saveFields(bead, values, "Comment saved."));
  editors.write({ title: "Comment on this bead", fields, first: "comment", save, beside: true });
}

async function toggleReordered() {
  const bead = current();
  if (!bead) return;
  const answer = await send("act", setting(bead, { mark: !bead.reordered }));
  await focusOn(state.current);
  if (!answer.conflict) say(bead.reordered ? "No longer marked as reordered." : "Marked as reordered.");
}

// Finding

async function search(backwards = false) {
  const words = $("search-words", HTMLInputElement).value;
  if (!words.trim()) return;
  const { index } = await ask("search", { ...place(), words, start: state.current, backwards: backwards ? 1 : 0 });
  if (index === null) return say("Not found.");
  state.current = index;
  await list.show(index);
  mark();
  await list.show(index);
  say(`Found in bead ${number(index)}.`);
}

async function replaceWords() {
  const [words, by, side] = [$("search-words", HTMLInputElement).value, $("replace-by", HTMLInputElement).value, $("replace-side", HTMLSelectElement).value];
  if (!words) return say("Say first which words.");
  const found = await ask("replaced", { ...place(), words, by, side });
  dialogs.replacing(found, languages(), (texts) => enqueue(async () => {
    const answer = await send("act", { kind: "replace", texts });
    if (!answer.conflict) say(`Replaced in ${number(texts.length)} ${texts.length === 1 ? "text" : "texts"}.`);
  }));
  return undefined;
}

/** @param {boolean} on */
function showSearch(on) {
  if (on) {
    $("search").hidden = false;
    $("search-words").focus();
    $("search-words", HTMLInputElement).select();
  } else {
    close("search");
    focusOn(state.current);
  }
}

/**
 * Hides a form. The focus leaves it at once: a browser takes it out of what is hidden only when it draws next, and until
 * then the keys of commands would be typed into the form.
 * @param {"search" | "filter"} form
 */
function close(form) {
  if ($(form).contains(document.activeElement)) list.node(state.current)?.focus({ preventScroll: true });
  $(form).hidden = true;
}

/** The next bead that the filter asks for, behind the last one of a pair in the next pair that has one. */
async function goFiltered(backwards = false, said = "", onwards = true) {
  const { pair, level } = place();
  /** @type {{ pair: number, index: number | null, count: number, at: number }} */
  const found = await ask("filtered", { pair, level, ...list.wanted, start: state.current, backwards: backwards ? 1 : 0, onwards: onwards ? 1 : 0 });
  const many = `${number(found.count)} ${found.count === 1 ? "bead fits" : "beads fit"}`;
  if (found.index === null) {
    $("filter-count").textContent = many;
    return say(`${said}No bead fits.`);
  }
  if (found.pair === pair) await focusOn(found.index);
  else await openView(found.pair, level, found.index);
  $("filter-count").textContent = state.run.pairs > 1 ? `${many} in this pair` : many;
  return say(`${said}${number(found.at)} of ${many}${found.pair === pair ? "" : " in the next pair that has any"}.`);
}

/** @param {boolean} on */
function showFilter(on) {
  if (on) {
    $("filter").hidden = false;
    return $("only-types").focus();
  }
  close("filter");
  return enqueue(() => setFilter(null));
}

/** @param {Record<string, string> | null} values */
async function setFilter(values) {
  list.wanted = values;
  $("filter-count").textContent = "";
  await list.refresh(list.node(state.current));
  if (!values) return typing(document.activeElement) ? undefined : focusOn(state.current); // a field was opened meanwhile
  const { count } = await ask("filtered", { ...place(), ...values, start: -1 });
  return goFiltered(false, "", !count);
}

/** @param {Record<string, string>} values */
function showOnly(values) {
  askFilter(values);
  $("filter").hidden = false;
  return setFilter(values);
}

/**
 * The words that are selected in a text, as the filter asks for them; null where none are.
 * @returns {Record<string, string> | null}
 */
function selectedWords() {
  const selection = getSelection();
  const words = String(selection ?? "").trim();
  const node = selection?.anchorNode;
  const side = (node instanceof Element ? node : node?.parentElement)?.closest(".text");
  if (!words || words.length > 200 || !side) return null;
  return side.classList.contains("source") ? { only_source: words } : { only_target: words };
}

/** Accepts all undecided beads that the filter asks for, once the reviewer has seen how many these are. */
async function acceptFiltered() {
  if (!list.wanted) return say("Say first which beads.");
  /** @type {import("./dialogs.js").Stretch} */
  const stretch = await ask("stretch", { ...place(), ...list.wanted, index: state.current });
  if (!stretch.beads.length) return say("No undecided bead fits.");
  dialogs.stretch(stretch, () => enqueue(() => acceptAll(stretch.beads)), "All undecided beads that the filter shows, as far as 2,000.");
}

/** @param {string} id */
async function goToId(id) {
  const row = list.rows.find((bead) => bead.id === id);
  if (row) return focusOn(row.index);
  const position = (id.split("|")[0] || id.split("|")[1] || "").split(" ")[0];
  const { index } = await ask("locate", { ...place(), id });
  if (index === null) return say(`There is no bead at ${position} any more.`);
  return focusOn(index);
}

/** @param {string} words */
async function goToPosition(words) {
  const { index } = await ask("search", { ...place(), words, start: -1 });
  if (index === null) return say(`There is no bead at ${words}.`);
  return focusOn(index);
}

const SIZES = [80, 90, 100, 115, 130, 150, 175, 200]; // percent

/** @param {number} by */
async function setSize(by) {
  const now = Number(localStorage.getItem("align-size")) || 100;
  const size = SIZES[Math.min(SIZES.length - 1, Math.max(0, SIZES.indexOf(now) + by))] ?? 100;
  localStorage.setItem("align-size", String(size));
  showSize();
  await list.show(state.current);
  say(`Texts at ${size} %.`);
}

const showSize = () => list.element.style.setProperty("--size", `${Number(localStorage.getItem("align-size")) || 100}%`);

/** @param {"worst" | "text"} order */
async function setOrder(order) {
  state.order = order;
  state.score = state.doubt = null;
  localStorage.setItem("align-order", order);
  for (const choice of choices("order")) choose(choice, choice.dataset.order === order);
  say(order === "worst" ? "Worst first." : "In order.");
}

/** @param {boolean} backwards */
async function goNext(backwards) {
  if (list.wanted) return goFiltered(backwards);
  if (state.run.judging) return goSampled(backwards);
  const index = await nextOpen(state.current, backwards);
  if (index === null) return say("There is no other undecided bead here.");
  return focusOn(index, { fromQueue: true });
}

const otherLevel = () => (state.view.level === "paragraph" ? "sentence" : "paragraph");

/** @type {Record<string, () => unknown>} */
const RUN = {
  accept: () => decide("accepted", "Accepted"),
  acceptThrough,
  reject: () => decide("rejected", "Rejected"),
  reopen: () => decide("open", "Reopened"),
  split,
  merge: () => merge(1),
  mergeUp: () => merge(-1),
  boundary: () => boundary(1),
  boundaryUp: () => boundary(-1),
  edit: () => edit("source_edit"),
  editTarget: () => edit("target_edit"),
  reordered: toggleReordered,
  comment,
  undo: () => takeBack("undo"),
  redo: () => takeBack("redo"),
  next: () => goNext(false),
  back: () => goNext(true),
  doubtful: () => goDoubtful(),
  doubtfulUp: () => goDoubtful(true),
  nextComment: () => go("commented"),
  nextRejected: () => go("rejected"),
  down: () => step(1),
  up: () => step(-1),
  pageDown: () => step(10),
  pageUp: () => step(-10),
  first: () => focusOn(0),
  last: () => focusOn(list.total - 1),
  goto: () => dialogs.goto(list.total, (index) => enqueue(() => focusOn(index)), (position) => enqueue(() => goToPosition(position))),
  words: toggleWords,
  nextWord: () => stepWords(1),
  wordBefore: () => stepWords(-1),
  larger: () => setSize(1),
  smaller: () => setSize(-1),
  search: () => showSearch(true),
  filter: () => {
    const words = selectedWords();
    return words ? showOnly(words) : showFilter(true);
  },
  order: () => setOrder(state.order === "worst" ? "text" : "worst"),
  level: () => openView(state.view.pair, otherLevel()),
  pairs: () => dialogs.pairs(place(), (pair) => enqueue(() => openView(pair, state.view.level))),
  quality: () => dialogs.quality(),
  terms: async () => {
    say("Counting words …");
    await dialogs.terms(place(), languages(), (values) => enqueue(() => showOnly(values)));
    say("");
  },
  history: () => dialogs.history(place(), (id) => enqueue(() => goToId(id))),
  unplaced: () => dialogs.unplaced(place(), state.run.lost, (key) => enqueue(() => send("act", { kind: "dismiss", keys: [key] }))),
  help: () => dialogs.help(state, run),
};

/**
 * Something that leaves the row in focus: not while there is something unsaved in it.
 * @param {() => unknown} work
 */
function leaving(work) {
  if (editors.unsaved) {
    editors.focus();
    return say("Save or cancel what you are writing first.");
  }
  editors.close();
  return enqueue(work);
}

/** @param {string} id */
const commandOfId = (id) => COMMANDS.find((command) => command.id === id);

/** @param {string} id */
function run(id) {
  if (state.run.judging && commandOfId(id)?.corrects) return enqueue(() => say("In a sample a bead is accepted or rejected as it stands; correct it afterwards, in the review without --sample."));
  const done = id === "help" ? enqueue(RUN[id]) : leaving(RUN[id]);
  return commandOfId(id)?.opens ? typeAhead.until(done) : done;
}

// Wiring

/** @param {EventTarget | null} target */
const typing = (target) => target instanceof Element && target.closest("input, textarea, select, [contenteditable], .cut");
const typeAhead = new TypeAhead(() => dialogs.anyOpen() || typing(document.activeElement || document.body));

/** @param {KeyboardEvent} event */
function onKey(event) {
  if (event.defaultPrevented || event.isComposing || dialogs.anyOpen() || typing(event.target)) return;
  const command = commandOf(event);
  if (!command) return;
  const single = event.key.length === 1 && !event.ctrlKey && !event.metaKey;
  if (single && !state.keys) return;
  const inList = (event.target instanceof Element && event.target.closest("#beads")) || event.target === document.body;
  if (!single && !inList && !event.ctrlKey && !event.metaKey) return; // Enter on a button is the button's
  event.preventDefault();
  run(command.id);
}

/** The buttons of what can be done; in a sample those that would be refused are not there. */
function toolbar() {
  const offered = COMMANDS.filter((command) => !(state.run.judging && command.corrects));
  /** @param {Command} command */
  const action = (command) => {
    const keys = command.keys.slice(0, 1).map((key) => make("kbd", { "aria-hidden": "true" }, keyName(key)));
    return make("button", { type: "button", class: `action do-${command.id}`, title: `${command.about} (${command.keys.map(keyName).join(", ")})`, "aria-keyshortcuts": command.keys.filter((key) => key.length === 1).map((key) => (key === key.toLowerCase() ? key : `Shift+${key}`)).join(" ") || null, on: { click: () => run(command.id) } }, make("span", {}, command.label), keys);
  };
  $("actions").replaceChildren(...offered.filter((command) => command.bar).map(action));
  $("tools").replaceChildren(...offered.filter((command) => command.tool).map(action));
}

/**
 * @template {string} T
 * @param {"level" | "order"} attribute
 * @param {(value: T) => void} pick
 */
function radios(attribute, pick) {
  const all = choices(attribute);
  /** @param {HTMLElement} choice */
  const valueOf = (choice) => /** @type {T} */ (choice.dataset[attribute]);
  all.forEach((choice, at) => {
    choice.addEventListener("click", () => pick(valueOf(choice)));
    choice.addEventListener("keydown", (event) => {
      if (!["ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown"].includes(event.key)) return;
      event.preventDefault();
      event.stopPropagation();
      const other = all[(at + 1) % all.length];
      other.focus();
      pick(valueOf(other));
    });
  });
}

function wire() {
  document.addEventListener("keydown", onKey);
  $("beads").addEventListener("click", (event) => {
    const target = event.target instanceof Element ? event.target : null;
    const row = target?.closest(".bead");
    if (!row || typing(target) || target?.closest("button, form") || editors.open) return;
    if (String(getSelection())) return; // selecting text to copy is not choosing a bead
    enqueue(() => focusOn(Number(row.getAttribute("aria-rowindex")) - 1));
  });
  $("beads").addEventListener("scroll", () => requestAnimationFrame(visible), { passive: true });
  addEventListener("resize", visible);
  addEventListener("beforeunload", (event) => (editors.unsaved || (trouble && waiting)) && event.preventDefault());
  $("pairs-button").addEventListener("click", () => run("pairs"));
  $("alert-close").addEventListener("click", () => alarm(""));
  $("search").addEventListener("submit", (event) => (event.preventDefault(), enqueue(() => search())));
  $("search-previous").addEventListener("click", () => enqueue(() => search(true)));
  $("replace").addEventListener("click", () => leaving(replaceWords));
  $("search-close").addEventListener("click", () => showSearch(false));
  $("search").addEventListener("keydown", (event) => event.key === "Escape" && showSearch(false));
  wireFilter(state.run.checks, (values) => enqueue(() => setFilter(values)));
  $("filter").addEventListener("submit", (event) => (event.preventDefault(), enqueue(() => (list.wanted ? goFiltered() : setFilter(filterSays())))));
  $("filter-previous").addEventListener("click", () => enqueue(() => goFiltered(true)));
  $("filter-accept").addEventListener("click", () => leaving(acceptFiltered));
  $("filter-close").addEventListener("click", () => showFilter(false));
  $("filter").addEventListener("keydown", (event) => event.key === "Escape" && showFilter(false));
  radios("level", (/** @type {Level} */ level) => level !== state.view.level && leaving(() => openView(state.view.pair, level)));
  radios("order", (/** @type {"worst" | "text"} */ order) => enqueue(() => setOrder(order)));
  for (const dialog of document.querySelectorAll("dialog")) {
    dialog.addEventListener("close", () => {
      const at = document.activeElement;
      if (typing(at) && !dialog.contains(at)) return; // the event comes late: a field was opened meanwhile
      list.node(state.current)?.focus({ preventScroll: true });
    });
  }
}

let outdated = false;

/**
 * Says once that the corpus has other pairs than when the review began.
 * @param {number} pairs
 * @param {boolean} anew
 */
function grown(pairs, anew) {
  if (anew && !outdated) alarm("The run was made anew, with other pairs. End the review and begin it again; every decision is kept.");
  outdated = anew;
  if (anew || pairs <= state.run.pairs) return;
  const more = pairs - state.run.pairs;
  state.run.pairs = pairs;
  alarm(`The corpus has grown by ${number(more)} ${more === 1 ? "pair" : "pairs"}.`, { label: "Show all", run: () => (alarm(""), run("pairs")) });
}

/** Takes in what others do on the same run, or this reviewer in another tab. */
async function poll() {
  for (;;) {
    await new Promise((resolve) => setTimeout(resolve, 1000));
    if (document.hidden || trouble || !state.view) continue;
    /** @type {{ number: number, pairs: number, outdated: boolean, changes: { pair: number, level: Level, reviewer: string }[] } | null} */
    const answer = await ask("changes", { since: state.number }).catch(() => null);
    if (!answer) continue;
    grown(answer.pairs, answer.outdated);
    if (answer.number === state.number) continue;
    const here = answer.changes.some((change) => change.pair === state.view.pair && change.level === state.view.level);
    if (!here) {
      state.number = answer.number;
      continue;
    }
    if (editors.open) continue; // when it is closed; a conflict is noticed by the server anyway
    await enqueue(async () => {
      if (answer.number <= state.number) return; // it was this page's own, whose answer came in between
      const id = current()?.id;
      const fresh = await list.refresh(list.node(state.current));
      if (!fresh) return;
      state.number = fresh.number;
      showCounts(fresh.counts);
      const moved = list.rows.find((bead) => bead.id === id);
      if (moved) state.current = moved.index;
      mark();
      const others = [...new Set(answer.changes.map((change) => change.reviewer))].filter((name) => name !== state.run.reviewer);
      say(others.length ? `${others.join(" and ")} changed something here.` : "Changed in another tab.");
    });
  }
}

async function begin() {
  history.replaceState(null, "", location.pathname + location.hash); // the key does not stay in the address
  showSize();
  state.run = await ask("run");
  toolbar();
  wire();
  strip = new Strip($("strip", HTMLCanvasElement), { jump: (index) => leaving(() => focusOn(index)) });
  for (const choice of choices("order")) choose(choice, choice.dataset.order === state.order);
  const wanted = new URLSearchParams(location.hash.slice(1));
  const pair = Math.min(Number.parseInt(wanted.get("pair") ?? "", 10) || 0, state.run.pairs - 1);
  const level = wanted.get("level") === "sentence" ? "sentence" : "paragraph";
  if (state.run.judging) {
    /** @type {{ pair: number, index: number | null, left: number, beads: number }} */
    const first = await ask("sampled", { pair: 0 });
    state.sampled = first;
    await openView(first.pair, state.run.judging.level, first.index);
  } else {
    await openView(pair, level);
    const bead = wanted.get("bead");
    if (bead) await goToId(bead);
  }
  const what = state.run.judging ? (state.run.judging.settle ? "Settling disagreements" : "Judging a sample") : "Reviewing";
  say(`${what} as ${state.run.reviewer}. Press ? for help.`);
  poll();
}

enqueue(begin);
