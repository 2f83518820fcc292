// @ts-check
// Keys that come faster than the field they are meant for. What opens a field waits for the answer to what was done
// before it; until it is open nothing that is typed may be taken for a command.

const EDITING = ["Enter", "Escape", "Backspace", "Home", "End", "ArrowUp", "ArrowDown", "ArrowLeft", "ArrowRight"];

export class TypeAhead {
  /**
   * `isOpen` tells whether there is something that takes keys.
   * @param {() => unknown} isOpen
   */
  constructor(isOpen) {
    this.isOpen = isOpen;
    this.opening = false;
    /** @type {KeyboardEvent[]} */
    this.held = [];
    document.addEventListener("keydown", (event) => this.onKey(event), { capture: true });
  }

  /**
   * Holds back what is typed until `opened` has come to its end, then hands it to what is open.
   * @param {Promise<unknown> | void} opened
   */
  async until(opened) {
    this.opening = true;
    await opened;
    this.opening = false;
    if (!this.isOpen()) this.drop(); // it was meant for what did not open
    while (!this.opening) {
      const key = this.held.shift();
      if (!key) break;
      replay(key);
    }
  }

  drop() {
    this.held = [];
    this.opening = false;
  }

  /** @param {KeyboardEvent} event */
  onKey(event) {
    if (!this.opening || !event.isTrusted || event.isComposing) return;
    const shortcut = (event.ctrlKey || event.metaKey) && event.key !== "Enter"; // the browser's
    if (shortcut || (event.key.length > 1 && !EDITING.includes(event.key))) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    this.held.push(event);
  }
}

/**
 * Gives a key to what has the focus; a browser does nothing by itself for keys that a script made.
 * @param {KeyboardEvent} key
 */
function replay({ key, code, ctrlKey, shiftKey, altKey, metaKey }) {
  const target = document.activeElement || document.body;
  const event = new KeyboardEvent("keydown", { key, code, ctrlKey, shiftKey, altKey, metaKey, bubbles: true, cancelable: true });
  if (!target.dispatchEvent(event)) return; // a script took it
  /** @type {HTMLDialogElement | null} */
  const dialog = target.closest("dialog[open]");
  if (key === "Escape") dialog?.close();
  else if (key === "Enter" && target instanceof HTMLButtonElement) target.click();
  else if (!(target instanceof HTMLInputElement || target instanceof HTMLTextAreaElement)) return;
  else if (key === "Backspace") document.execCommand("delete");
  else if (key.length === 1) document.execCommand("insertText", false, key);
  else if (key === "Enter" && target instanceof HTMLTextAreaElement) document.execCommand("insertText", false, "\n");
  else if (key === "Enter") target.form?.requestSubmit();
}
