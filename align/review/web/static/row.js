// @ts-check
// One bead as a row of the list.

import { difference } from "./difference.js";
import { direction, make, number, when } from "./dom.js";

/** @import { Bead, Unit } from "./api.js" */

const GLYPH = { accepted: "✓", rejected: "✕", open: "" };
const WORD = { accepted: "Accepted", rejected: "Rejected", open: "" };

/** @param {number} confidence */
const percent = (confidence) => `${Math.round(confidence * 100)} %`;

/**
 * 0 low, 1 middling, 2 high: for colour, next to the figure itself.
 * @param {Bead} bead
 * @param {number} doubtful
 */
const grade = (bead, doubtful) => (bead.confidence === null ? 1 : bead.confidence < doubtful / 2 ? 0 : bead.doubtful || bead.confidence < doubtful ? 1 : 2);

/**
 * @param {Bead} bead
 * @param {number} total
 */
export function spoken(bead, total) {
  const parts = [`Bead ${number(bead.index)} of ${number(total)}`, bead.type.replace("-", " to ")];
  parts.push(bead.confidence === null ? "put together by hand" : `confidence ${percent(bead.confidence)}`);
  parts.push(bead.status === "open" ? (bead.doubtful && !bead.by_hand ? "doubtful" : "not decided") : bead.status);
  if (bead.reordered) parts.push("reordered");
  if (bead.source_edit !== null || bead.target_edit !== null) parts.push("edited");
  if (bead.checks?.length) parts.push(`fails ${bead.checks.join(", ")}`);
  return parts.join(", ");
}

/**
 * @param {Bead} bead
 * @param {Record<string, string>} checks what each of them says
 */
function tags(bead, checks) {
  const words = [];
  if (bead.by_hand) words.push("by hand");
  if (bead.source_edit !== null || bead.target_edit !== null) words.push("edited");
  if (bead.reordered) words.push("reordered");
  if (bead.sampled) words.push("in the sample");
  return [
    ...words.map((word) => make("span", { class: "tag" }, word)),
    ...(bead.checks ?? []).map((check) => make("span", { class: "tag check", title: checks[check] }, check)),
  ];
}

/**
 * @param {Bead} bead
 * @param {"source" | "target"} name
 * @param {string} lang
 */
function side(bead, name, lang) {
  const units = bead[name];
  const edit = bead[`${name}_edit`];
  const cell = make("div", { role: "gridcell", class: `text ${name}`, lang: lang || null, dir: direction(lang) });
  if (!units.length) {
    cell.classList.add("empty");
    cell.lang = "en";
    cell.dir = "ltr";
    cell.append(make("p", { class: "none" }, "no counterpart"));
  } else if (edit !== null) {
    cell.append(make("p", { class: "unit edited", dir: direction(lang) }, difference(bead[`${name}_joined`], edit)));
  } else {
    for (const [position, text] of units) {
      cell.append(make("p", { class: "unit", dir: direction(lang) }, make("span", { class: "position", dir: "ltr", "aria-hidden": "true" }, position), text));
    }
  }
  return cell;
}

/**
 * @param {Bead} bead
 * @param {{ total: number, doubtful: number, checks: Record<string, string>, languages: { source: string, target: string } }} given
 */
export function drawRow(bead, { total, doubtful, checks, languages }) {
  const row = make("div", {
    role: "row",
    class: `bead ${bead.status}${bead.sampled ? " sampled" : ""}${bead.left_out ? " left-out" : ""}${bead.doubtful ? " doubtful" : ""}`,
    id: `bead-${bead.id}`,
    tabIndex: -1,
    "aria-rowindex": String(bead.index + 1),
  });
  row.dataset.grade = String(grade(bead, doubtful));
  const confidence = bead.confidence === null ? null : make("span", { class: "confidence" }, percent(bead.confidence));
  const gutter = make(
    "div",
    { role: "gridcell", class: "gutter" },
    make("span", { class: "sr" }, spoken(bead, total)),
    make("span", { class: "number", "aria-hidden": "true" }, number(bead.index)),
    confidence && make("span", { class: "meter", "aria-hidden": "true" }, confidence),
  );
  const state = make(
    "div",
    { role: "gridcell", class: "state" },
    bead.status !== "open" && make("span", { class: "verdict" }, make("span", { "aria-hidden": "true" }, `${GLYPH[bead.status]} `), WORD[bead.status]),
    bead.doubtful && make("span", { class: "verdict doubt" }, bead.by_hand ? "Undecided" : "Doubtful"),
    ...tags(bead, checks),
  );
  row.append(gutter, side(bead, "source", languages.source), side(bead, "target", languages.target), state);
  const who = bead.time ? `${bead.reviewer}, ${when(bead.time)}` : "";
  if (bead.comment) {
    row.append(make("div", { role: "gridcell", class: "remark" }, make("span", { class: "sr" }, "Comment: "), make("span", { dir: "auto" }, bead.comment)));
  }
  if (bead.verdicts?.length) {
    const said = bead.verdicts.map(([name, status, comment]) => make("p", {}, make("bdi", {}, name), `: ${status}`, comment && ": ", comment && make("bdi", {}, comment)));
    row.append(make("div", { role: "gridcell", class: "remark" }, said));
  }
  row.append(make("div", { role: "gridcell", class: "details" }, [`${bead.type}`, who].filter(Boolean).join(" · ")));
  return row;
}
