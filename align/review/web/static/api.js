// @ts-check
// Talking to the server. An action is sent until it is answered, under one name, so that it is done once.

/**
 * What the server answers.
 *
 * @typedef {"paragraph" | "sentence"} Level
 * @typedef {{ pair: number, level: Level }} Place
 * @typedef {[position: string, text: string, space?: string | null]} Unit
 * @typedef {"open" | "accepted" | "rejected"} Status
 * @typedef {{ total: number, open: number, accepted: number, rejected: number, doubtful: number, unplaced: number }} Counts
 *
 * @typedef {object} Bead
 * @property {number} index
 * @property {string} id
 * @property {string} version
 * @property {string} type
 * @property {Unit[]} source
 * @property {Unit[]} target
 * @property {string} source_joined
 * @property {string} target_joined
 * @property {string | null} source_edit
 * @property {string | null} target_edit
 * @property {number | null} confidence
 * @property {boolean} doubtful
 * @property {Status} status
 * @property {boolean} by_hand
 * @property {boolean | null} mark
 * @property {boolean} reordered
 * @property {string} comment
 * @property {string} reviewer
 * @property {string} time
 * @property {string[]} [checks]
 * @property {boolean} [left_out]
 * @property {boolean} [sampled]
 * @property {[reviewer: string, status: Status, comment: string][]} [verdicts]
 *
 * @typedef {{ source: string, target: string, level: Level, accepted: number, rejected: number }} Lost
 * @typedef {{ name: string, reviewer: string, pairs: number, doubtful: number, calibrated: boolean, lost: Lost[], checks: Record<string, string>, judging: { level: Level, settle: boolean } | null }} Run
 *
 * @typedef {object} View
 * @property {number} pair
 * @property {Level} level
 * @property {string} source
 * @property {string} target
 * @property {string} source_language
 * @property {string} target_language
 * @property {Counts} counts
 * @property {number | null} worst
 * @property {number} number
 *
 * @typedef {{ rows: Bead[], counts: Counts, number: number }} Window
 * @typedef {Window & { conflict?: string, next?: number | null, kind?: string, note?: string, pair?: number, left?: number }} Outcome
 */

export class Refused extends Error {}

/** @param {number} milliseconds */
const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** @typedef {"stopped" | "key" | ""} Trouble */

/** @type {(trouble: Trouble) => void} */
let onTrouble = () => {};
/** @type {Trouble} */
let troubled = "";

/**
 * Calls `run` whenever the state of the connection changes.
 * @param {(trouble: Trouble) => void} run
 */
export function watchConnection(run) {
  onTrouble = run;
}

/** @param {Trouble} trouble */
function report(trouble) {
  if (trouble !== troubled) onTrouble((troubled = trouble));
}

/**
 * @param {string} path
 * @param {RequestInit} options
 * @returns {Promise<any>}
 */
async function answered(path, options) {
  for (let wait = 300; ; wait = Math.min(wait * 1.5, 2000)) {
    let response;
    try {
      response = await fetch(path, { credentials: "same-origin", ...options });
    } catch {
      report("stopped");
      await pause(wait);
      continue;
    }
    if (response.status === 403) {
      report("key");
      await pause(1000);
      continue;
    }
    let body;
    try {
      body = await response.json();
    } catch {
      report("stopped"); // cut off in the middle
      await pause(wait);
      continue;
    }
    report("");
    if (response.status === 200 || response.status === 409) return body;
    throw new Refused(body.error || `The server answered ${response.status}.`);
  }
}

/**
 * @param {string} name
 * @param {Record<string, any>} values
 */
export function ask(name, values = {}) {
  const given = Object.entries(values).filter(([, value]) => value !== null && value !== undefined);
  return answered(`api/${name}?${new URLSearchParams(given)}`, {});
}

/**
 * @param {string} name
 * @param {Record<string, any>} values
 */
export function tell(name, values) {
  const nonce = Array.from(crypto.getRandomValues(new Uint32Array(4)), (part) => part.toString(36)).join("-");
  return answered(`api/${name}`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ ...values, nonce }),
  });
}
