// @ts-check
// Everything a reviewer can do, with its keys: the toolbar, the help and the keyboard all read this table.

// bar: shown in the toolbar, in this order. opens: something that takes keys. Keys are what the keyboard says, whatever
// its layout. corrects: not in a sample, where a bead is accepted or rejected as it stands.
/**
 * @typedef {object} Command
 * @property {string} id
 * @property {string} group
 * @property {string[]} keys
 * @property {string} label
 * @property {string} about
 * @property {boolean} [bar]
 * @property {boolean} [tool]
 * @property {boolean} [opens]
 * @property {boolean} [corrects]
 */

/** @type {Command[]} */
export const COMMANDS = [
  { id: "accept", group: "Decide", keys: ["a", "Enter"], label: "Accept", about: "The bead is right", bar: true },
  { id: "acceptThrough", group: "Decide", keys: ["A"], label: "Accept down to here", about: "All from the last decided bead down to this one are right, with a filter all that it shows; says first how many and which", opens: true, corrects: true },
  { id: "reject", group: "Decide", keys: ["r"], label: "Reject", about: "The bead is wrong: leave it out", bar: true },
  { id: "reopen", group: "Decide", keys: ["o"], label: "Reopen", about: "Take the decision off this bead" },
  { id: "split", group: "Change", keys: ["s"], label: "Split", about: "Make two beads of this one; C there cuts inside a sentence, at the caret", bar: true, opens: true, corrects: true },
  { id: "merge", group: "Change", keys: ["m"], label: "Merge", about: "Merge with the next bead", bar: true, corrects: true },
  { id: "mergeUp", group: "Change", keys: ["M"], label: "Merge up", about: "Merge with the bead before", corrects: true },
  { id: "boundary", group: "Change", keys: ["b"], label: "Boundary", about: "Move the boundary to the next bead", bar: true, opens: true, corrects: true },
  { id: "boundaryUp", group: "Change", keys: ["B"], label: "Boundary up", about: "Move the boundary to the bead before", opens: true, corrects: true },
  { id: "edit", group: "Change", keys: ["e"], label: "Edit", about: "Edit the source text", bar: true, opens: true, corrects: true },
  { id: "editTarget", group: "Change", keys: ["t", "E"], label: "Edit target", about: "Edit the target text", opens: true, corrects: true },
  { id: "reordered", group: "Change", keys: ["v"], label: "Reordered", about: "Mark as reordered (it stands elsewhere in the other text), or unmark", bar: true, corrects: true },
  { id: "comment", group: "Change", keys: ["c"], label: "Comment", about: "Write a comment", bar: true, opens: true },
  { id: "undo", group: "Take back", keys: ["u", "Ctrl+z"], label: "Undo", about: "Undo your last action here", bar: true },
  { id: "redo", group: "Take back", keys: ["U", "Ctrl+y", "Ctrl+Z"], label: "Redo", about: "Do it again", bar: true, corrects: true },
  { id: "next", group: "Go", keys: ["n"], label: "Next", about: "Next undecided bead, in the chosen order", bar: true },
  { id: "back", group: "Go", keys: ["N"], label: "Back", about: "The undecided bead before it" },
  { id: "doubtful", group: "Go", keys: ["d"], label: "Doubtful", about: "Next doubtful bead of all pairs, in the chosen order", bar: true },
  { id: "doubtfulUp", group: "Go", keys: ["D"], label: "Doubtful before", about: "The doubtful bead before it" },
  { id: "down", group: "Go", keys: ["j", "ArrowDown"], label: "Down", about: "The bead below" },
  { id: "up", group: "Go", keys: ["k", "ArrowUp"], label: "Up", about: "The bead above" },
  { id: "pageDown", group: "Go", keys: ["PageDown"], label: "Further down", about: "Ten beads down" },
  { id: "pageUp", group: "Go", keys: ["PageUp"], label: "Further up", about: "Ten beads up" },
  { id: "first", group: "Go", keys: ["Home"], label: "First", about: "The first bead" },
  { id: "last", group: "Go", keys: ["End"], label: "Last", about: "The last bead" },
  { id: "goto", group: "Go", keys: ["g"], label: "Go to", about: "Go to a bead by its number or a position", opens: true },
  { id: "nextComment", group: "Go", keys: ["."], label: "Next comment", about: "Next bead with a comment" },
  { id: "nextRejected", group: "Go", keys: [","], label: "Next rejected", about: "Next rejected bead" },
  { id: "search", group: "View", keys: ["/"], label: "Find", about: "Find words or a position; replace words, with a preview", tool: true, opens: true },
  { id: "filter", group: "View", keys: ["f"], label: "Filter", about: "Show only beads of a type, confidence or decision, with a comment, with words (those that are selected), or that fail a check", tool: true, opens: true },
  { id: "terms", group: "View", keys: ["y"], label: "Terms", about: "The terms of the corpus and their translations; show the beads that hold one", tool: true, opens: true },
  { id: "order", group: "View", keys: ["w"], label: "Order", about: "Worst first, or in order" },
  { id: "quality", group: "View", keys: ["q"], label: "Quality", about: "How good the corpus is, from the sample that align review --sample N draws", tool: true, opens: true },
  { id: "level", group: "View", keys: ["l"], label: "Level", about: "Paragraphs or sentences" },
  { id: "words", group: "View", keys: ["i"], label: "Words", about: "Show which word answers which, in the bead in focus" },
  { id: "nextWord", group: "View", keys: ["]"], label: "Next word", about: "The next word and what answers it" },
  { id: "wordBefore", group: "View", keys: ["["], label: "Word before", about: "The word before it" },
  { id: "larger", group: "View", keys: ["+", "="], label: "Larger", about: "Larger texts" },
  { id: "smaller", group: "View", keys: ["-"], label: "Smaller", about: "Smaller texts" },
  { id: "pairs", group: "View", keys: ["p"], label: "Pairs", about: "Choose another pair; those with the worst beads come first", opens: true },
  { id: "history", group: "View", keys: ["h"], label: "History", about: "Who did what, and when", tool: true, opens: true },
  { id: "unplaced", group: "View", keys: ["x"], label: "Without a place", about: "Decisions that no longer fit", tool: true, opens: true },
  { id: "help", group: "View", keys: ["?"], label: "Help", about: "This overview", tool: true, opens: true },
];

export const GROUPS = ["Decide", "Change", "Take back", "Go", "View"];

/** @type {Record<string, string>} */
const SHOWN = { ArrowDown: "↓", ArrowUp: "↑", PageDown: "Page ↓", PageUp: "Page ↑", "Ctrl+z": "Ctrl Z", "Ctrl+y": "Ctrl Y", "Ctrl+Z": "Ctrl ⇧ Z" };

/**
 * A key as people read it: ⇧ M rather than M, which looks like m.
 * @param {string} key
 */
export function keyName(key) {
  if (SHOWN[key]) return SHOWN[key];
  if (key.length > 1) return key;
  return key !== key.toLowerCase() ? `⇧ ${key}` : key.toUpperCase();
}

/**
 * The command of a keyboard event, if any.
 * @param {KeyboardEvent} event
 */
export function commandOf(event) {
  if (event.altKey) return null;
  const control = event.ctrlKey || event.metaKey;
  // Caps Lock makes no other key of a letter: an M that was meant to be m would merge the wrong way.
  const letter = event.shiftKey ? event.key.toUpperCase() : event.key.toLowerCase();
  const key = control ? `Ctrl+${letter}` : event.key.length === 1 && letter !== event.key && event.getModifierState("CapsLock") ? letter : event.key;
  return COMMANDS.find((command) => command.keys.includes(key)) || null;
}
