// @ts-check
// What an edit changes in a text, as elements.

import { make } from "./dom.js";

const MOST_COMPARED = 1_000_000; // places of a table of words by words; longer texts are compared as wholes

/**
 * What an edit took out and put in, word by word: the longest row of words that both texts share stays.
 * @param {string} before
 * @param {string} after
 */
export function difference(before, after) {
  /** @param {string} text */
  const words = (text) => text.match(/[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Thai}\p{sc=Khmer}\p{sc=Lao}\p{sc=Myanmar}]|[\p{L}\p{M}\p{N}]+|\s+|./gsu) ?? [];
  const [old, now] = [words(before), words(after)];
  if (old.length * now.length > MOST_COMPARED) return wholeDifference(before, after);
  /** @type {Uint16Array[]} */
  const shared = Array.from({ length: old.length + 1 }, () => new Uint16Array(now.length + 1));
  for (let i = old.length - 1; i >= 0; i -= 1) {
    for (let j = now.length - 1; j >= 0; j -= 1) {
      shared[i][j] = old[i] === now[j] ? shared[i + 1][j + 1] + 1 : Math.max(shared[i + 1][j], shared[i][j + 1]);
    }
  }
  /** @type {[kind: "" | "del" | "ins", text: string][]} */
  const parts = [];
  /**
   * @param {"" | "del" | "ins"} kind
   * @param {string} text
   */
  const add = (kind, text) => {
    if (parts.at(-1)?.[0] === kind) parts[parts.length - 1][1] += text;
    else parts.push([kind, text]);
  };
  let [i, j] = [0, 0];
  while (i < old.length || j < now.length) {
    const [out, in_] = [i < old.length, j < now.length];
    if (out && in_ && old[i] === now[j]) {
      add("", now[j]);
      i += 1;
      j += 1;
    } else if (out && (!in_ || shared[i + 1][j] >= shared[i][j + 1])) {
      add("del", old[i]);
      i += 1;
    } else {
      add("ins", now[j]);
      j += 1;
    }
  }
  return parts.map(([kind, text]) => (kind ? make(kind, {}, text) : text));
}

/**
 * What stands between what both texts begin and end with.
 * @param {string} before
 * @param {string} after
 */
function wholeDifference(before, after) {
  const [old, now] = [Array.from(before), Array.from(after)];
  const shorter = Math.min(old.length, now.length);
  let start = 0;
  while (start < shorter && old[start] === now[start]) start += 1;
  let end = 0;
  while (end < shorter - start && old.at(-1 - end) === now.at(-1 - end)) end += 1;
  /**
   * @param {string[]} units
   * @param {number} from
   * @param {number} [to]
   */
  const part = (units, from, to) => units.slice(from, to).join("");
  const [out, in_] = [part(old, start, old.length - end), part(now, start, now.length - end)];
  return [part(now, 0, start), out && make("del", {}, out), in_ && make("ins", {}, in_), part(now, now.length - end)];
}
