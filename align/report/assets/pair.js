// @ts-check
// The page of a pair works without this script; it adds order, filters, search, keys, the map and the words.

/**
 * A row of a list of beads, and its place in it.
 * @typedef {HTMLElement & { index: number, level: string, decorated?: boolean }} Row
 *
 * What the page says of the beads of a level, by their place: confidence in percent, number of the type, first and
 * last+1 unit of both sides, and the words: start and end in source and target and a strength, then what has no answer.
 * @typedef {object} Data
 * @property {number[]} confidence
 * @property {string[]} types
 * @property {number[]} type
 * @property {number[]} gap
 * @property {number[]} doubtful
 * @property {number[]} boxes
 * @property {[source: number, target: number]} units
 * @property {(0 | [links: number[], source: number[], target: number[]])[] | null} words
 *
 * @typedef {object} Level
 * @property {string} name
 * @property {HTMLElement} panel
 * @property {HTMLElement} list
 * @property {Row[]} rows
 * @property {Data} data
 * @property {Set<number>} gap
 * @property {Set<number>} doubtful
 * @property {string[] | null} texts
 * @property {Row[]} arranged
 *
 * A stretch of a text, and what answers it.
 * @typedef {{ start: number, end: number, partners: [other: Word, strength: number][], element: HTMLElement }} Word
 */
(() => {
  const narrow = matchMedia("(max-width: 62rem)");

  /** @type {Map<string, Level>} */
  const levels = new Map();
  /** @type {Map<string, Row>} */
  const byId = new Map(); // also those that a filter took out of the page
  for (const panel of $$("[data-panel]")) {
    const name = panel.dataset.panel ?? "";
    const data = JSON.parse($(`#data-${name}`).textContent);
    const list = $(".list", panel);
    const rows = rowsOf(list).map((row, index) => Object.assign(row, { index, level: name, tabIndex: -1 }));
    for (const row of rows) byId.set(row.id, row);
    levels.set(name, { name, panel, rows, data, list, gap: new Set(data.gap), doubtful: new Set(data.doubtful), texts: null, arranged: rows });
  }
  const [first] = levels.values(); // there is one, or there is no page
  let level = first;
  const state = { order: "reading", most: 100, types: new Set(), query: "" };
  const search = /** @type {HTMLInputElement} */ ($("#search"));
  const orders = /** @type {HTMLSelectElement} */ ($("#order"));
  const most = /** @type {HTMLInputElement} */ ($("#most"));
  const help = /** @type {HTMLDialogElement} */ ($("#help"));
  const overview = /** @type {HTMLDetailsElement} */ ($(".overview"));
  /** @type {Row | null} */
  let current = null;
  /** @type {number[]} */
  let shown = [];

  /** @param {Level} it */
  const textsOf = (it) => it.texts ??= it.rows.map((row) => fold($$("p", row).map((p) => p.textContent).join("\n")));

  /** @param {number} i */
  function passes(i) {
    const { data } = level;
    if (data.confidence[i] > state.most) return false;
    if (state.types.size && !state.types.has(data.types[data.type[i]])) return false;
    return !state.query || textsOf(level)[i].includes(state.query);
  }

  function apply() {
    const { rows, data } = level;
    const places = rows.map((_, i) => i);
    if (state.order === "worst") places.sort((a, b) => data.confidence[a] - data.confidence[b] || a - b);
    shown = places.filter(passes);
    const wanted = shown.map((i) => rows[i]);
    if (wanted.length !== level.arranged.length || wanted.some((row, i) => row !== level.arranged[i])) {
      arrange(level.list, wanted);
      level.arranged = wanted;
    }
    const all = rows.length;
    $("#status").textContent = shown.length === all
      ? `${figure(all)} bead${all === 1 ? "" : "s"}${state.order === "worst" ? ", worst first" : ""}`
      : `${figure(shown.length)} of ${figure(all)} beads`;
    highlight();
    requestAnimationFrame(markStretch);
  }

  // Matches are painted by the browser's highlights: the text itself stays untouched.
  function highlight() {
    if (!CSS.highlights) return;
    CSS.highlights.delete("found");
    if (!state.query) return;
    const found = new Highlight();
    for (const i of shown.slice(0, 400)) {
      for (const p of $$("p", level.rows[i])) rangesOf(p, state.query).forEach((range) => found.add(range));
    }
    CSS.highlights.set("found", found);
  }

  /**
   * @param {HTMLElement} p
   * @param {string} query
   */
  function rangesOf(p, query) {
    const text = p.textContent.toLocaleLowerCase();
    /** @type {Range[]} */
    const ranges = [];
    if (text.length !== p.textContent.length) return ranges;
    for (let at = text.indexOf(query); at >= 0; at = text.indexOf(query, at + query.length)) {
      const range = document.createRange();
      range.setStart(...place(p, at));
      range.setEnd(...place(p, at + query.length));
      ranges.push(range);
    }
    return ranges;
  }

  /**
   * The text node at an offset of the text of an element, and the offset in it.
   * @param {HTMLElement} p
   * @param {number} offset
   * @returns {[Node, number]}
   */
  function place(p, offset) {
    const walker = document.createTreeWalker(p, NodeFilter.SHOW_TEXT);
    let node = /** @type {Text} */ (walker.nextNode()); // there are as many characters as that
    while (offset > node.length) {
      offset -= node.length;
      node = /** @type {Text} */ (walker.nextNode());
    }
    return [node, offset];
  }

  // Words: a bead's links become elements when it is first looked at.
  /** @param {Row} row */
  function decorate(row) {
    if (row.decorated || !level.data.words) return;
    const found = level.data.words[row.index];
    row.decorated = true;
    if (!found) return;
    /** @type {Map<number, Word>[]} */
    const sides = [new Map(), new Map()];
    for (let n = 0; n < found[0].length; n += 5) {
      const [s0, s1, t0, t1, strength] = found[0].slice(n, n + 5);
      const source = word(sides[0], s0, s1), target = word(sides[1], t0, t1);
      source.partners.push([target, strength]);
      target.partners.push([source, strength]);
    }
    [found[1], found[2]].forEach((spans, side) => {
      for (let n = 0; n < spans.length; n += 2) word(sides[side], spans[n], spans[n + 1]);
    });
    $$("[role=cell] p", row).forEach((p, side) => wrap(p, [...sides[side].values()].sort((a, b) => a.start - b.start)));
    for (const side of sides) for (const it of side.values()) describe(it);
    if (state.query) highlight();
  }

  /**
   * @param {Map<number, Word>} side
   * @param {number} start
   * @param {number} end
   */
  function word(side, start, end) {
    const known = side.get(start);
    if (known) return known;
    /** @type {Word} */
    const fresh = { start, end, partners: [], element: document.createElement("span") };
    side.set(start, fresh);
    return fresh;
  }

  /** @type {WeakMap<Element, Word>} */
  const wordOf = new WeakMap();

  /**
   * @param {HTMLElement} p
   * @param {Word[]} words
   */
  function wrap(p, words) {
    const text = p.textContent;
    /** @type {(string | HTMLElement)[]} */
    const parts = [];
    let at = 0;
    for (const it of words) {
      const span = it.element;
      span.className = it.partners.length ? `w w${Math.max(...it.partners.map(([, strength]) => strength)) >= 50 ? 2 : 1}` : "u";
      span.textContent = text.slice(it.start, it.end);
      wordOf.set(span, it);
      parts.push(text.slice(at, it.start), span);
      at = it.end;
    }
    p.replaceChildren(...parts, text.slice(at));
  }

  /** @param {Word} it */
  function describe(it) {
    it.element.title = it.partners.length
      ? it.partners.map(([other, strength]) => `${other.element.textContent} .${String(Math.min(strength, 99)).padStart(2, "0")}`).join(", ")
      : "number without a counterpart";
  }

  /** @type {HTMLElement[]} */
  let lit = [];

  /** @param {Word | null | undefined} it */
  function light(it) {
    for (const element of lit) element.classList.remove("on");
    lit = it ? [it.element, ...it.partners.map(([other]) => other.element)] : [];
    for (const element of lit) element.classList.add("on");
  }

  /** @param {1 | -1} direction */
  function stepWord(direction) {
    if (!current) return;
    decorate(current);
    const words = $$(".w", current);
    if (!words.length) return;
    const at = words.indexOf(lit[0]);
    const next = words[(at + direction + words.length) % words.length] ?? words[0];
    light(wordOf.get(next));
    say(`${next.textContent}: ${next.title}`);
  }

  /** @param {string} text */
  const say = (text) => { $("#said").textContent = text; };

  // The current bead, the keys, and the map.
  /**
   * @param {Row} row
   * @param {ScrollLogicalPosition} block
   */
  function go(row, block = "nearest") {
    current?.classList.remove("current");
    if (current) current.tabIndex = -1;
    current = row;
    row.classList.add("current");
    row.tabIndex = 0;
    light(null);
    decorate(row);
    row.scrollIntoView({ block });
    requestAnimationFrame(() => row.scrollIntoView({ block })); // heights were estimates until now
    row.focus({ preventScroll: true });
  }

  /**
   * @param {1 | -1} direction
   * @param {(i: number) => boolean} wanted
   */
  function step(direction, wanted = () => true) {
    const at = current ? shown.indexOf(current.index) : direction > 0 ? -1 : shown.length;
    for (let i = at + direction; i >= 0 && i < shown.length; i += direction) {
      if (wanted(shown[i])) return go(level.rows[shown[i]]);
    }
    say(direction > 0 ? "no further bead" : "no earlier bead");
  }

  /** @param {number} i */
  const doubtful = (i) => level.gap.has(i) || level.doubtful.has(i);

  function reset() {
    Object.assign(state, { order: "reading", most: 100, query: "" });
    state.types.clear();
    orders.value = "reading";
    most.value = "100";
    search.value = "";
    $("#most-value").textContent = "1";
    for (const chip of $$("[data-type]")) chip.setAttribute("aria-pressed", "false");
    apply();
  }

  /** @param {string} name */
  function show(name, keep = true) {
    for (const it of levels.values()) it.panel.hidden = it.name !== name;
    for (const button of $$("[data-level]")) button.setAttribute("aria-pressed", String(button.dataset.level === name));
    for (const chips of $$("[data-types]")) chips.hidden = chips.dataset.types !== name;
    level = levels.get(name) ?? first;
    state.types.clear();
    for (const chip of $$("[data-type]")) chip.setAttribute("aria-pressed", "false");
    current = null;
    if (keep) apply();
  }

  /** @param {string} value */
  function order(value) {
    state.order = value;
    orders.value = value;
    apply();
    if (current?.isConnected) go(current, "center");
  }

  /** @param {string} id */
  function reveal(id) {
    const row = byId.get(id);
    if (!row) return false;
    if (row.level !== level.name) show(row.level);
    if (!row.isConnected || state.order !== "reading") reset();
    go(row, "center");
    return true;
  }

  /** @type {Record<string, () => void>} */
  const ACTIONS = {
    j: () => step(1), k: () => step(-1),
    n: () => step(1, doubtful), N: () => step(-1, doubtful),
    ArrowRight: () => stepWord(1), ArrowLeft: () => stepWord(-1),
    o: () => order(state.order === "worst" ? "reading" : "worst"),
    l: () => { const names = [...levels.keys()]; show(names[(names.indexOf(level.name) + 1) % names.length]); },
    "/": () => { search.focus(); search.select(); },
    "?": () => help.showModal(),
    Escape: reset,
  };

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || help.open) return;
    const typing = targetOf(event)?.closest("input, select, textarea");
    if (typing && event.key !== "Escape") return;
    const action = ACTIONS[event.key];
    if (!action) return;
    event.preventDefault();
    if (typing instanceof HTMLElement) typing.blur();
    action();
  });

  // The map shows the stretch on the screen; a click goes to the bead under it.
  const map = /** @type {SVGSVGElement} */ (document.querySelector("svg.map"));
  const view = $(".view", map);

  function markStretch() {
    if (level !== first || state.order !== "reading" || shown.length < first.rows.length) return view.setAttribute("height", "0");
    const chunks = [...first.list.children];
    if (!chunks.length) return view.setAttribute("height", "0");
    /** @param {(box: DOMRect) => boolean} beyond */
    const at = (beyond) => /** @type {Row} */ (edge([...edge(chunks, beyond).children], beyond)).index;
    const top = at((box) => box.bottom > 130), bottom = at((box) => box.bottom > innerHeight);
    const scale = 300 / Math.max(first.data.units[0], 1);
    const y = first.data.boxes[4 * top] * scale;
    const y2 = first.data.boxes[4 * bottom + 1] * scale;
    view.setAttribute("y", String(y));
    view.setAttribute("height", String(Math.max(y2 - y, 2)));
  }

  map.addEventListener("click", (event) => {
    const frame = map.getBoundingClientRect();
    const s = (event.clientY - frame.top) / frame.height * first.data.units[0];
    const t = (event.clientX - frame.left) / frame.width * first.data.units[1];
    const { boxes } = first.data;
    let best = 0, least = Infinity;
    first.rows.forEach((_, i) => {
      const away = Math.hypot(outside(s, boxes[4 * i], boxes[4 * i + 1]), .3 * outside(t, boxes[4 * i + 2], boxes[4 * i + 3]));
      if (away < least) [best, least] = [i, away];
    });
    if (first.rows[best]) reveal(first.rows[best].id);
  });
  /**
   * @param {number} x
   * @param {number} low
   * @param {number} high
   */
  const outside = (x, low, high) => Math.max(low - x, x - high, 0);

  let waiting = false;
  addEventListener("scroll", () => {
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(() => { waiting = false; markStretch(); });
  }, { passive: true });

  search.addEventListener("input", () => { state.query = fold(search.value.trim()); apply(); });
  orders.addEventListener("change", () => order(orders.value));
  most.addEventListener("input", () => {
    state.most = Number(most.value);
    $("#most-value").textContent = state.most === 100 ? "1" : (state.most / 100).toFixed(2).slice(1);
    apply();
  });
  $("#help-button").addEventListener("click", () => help.showModal());
  $("#help-close").addEventListener("click", () => help.close());
  for (const button of $$("[data-level]")) button.addEventListener("click", () => show(button.dataset.level ?? ""));
  for (const chip of $$("[data-type]")) {
    chip.addEventListener("click", () => {
      const on = chip.getAttribute("aria-pressed") !== "true";
      chip.setAttribute("aria-pressed", String(on));
      for (const type of (chip.dataset.type ?? "").split(" ")) state.types[on ? "add" : "delete"](type);
      apply();
    });
  }
  /**
   * @param {Event} event
   * @returns {Row | null | undefined}
   */
  const rowAt = (event) => targetOf(event)?.closest(".b");
  document.addEventListener("pointerover", (event) => {
    const row = rowAt(event), span = targetOf(event)?.closest(".w");
    if (row) decorate(row);
    if (span) light(wordOf.get(span)); else if (row) light(null);
  });
  document.addEventListener("click", (event) => {
    const link = targetOf(event)?.closest('a[href^="#"]')?.getAttribute("href");
    if (link && reveal(link.slice(1))) {
      event.preventDefault();
      history.replaceState(null, "", link);
      return;
    }
    const row = rowAt(event), span = targetOf(event)?.closest(".w");
    if (row && row !== current && getSelection()?.isCollapsed) go(row);
    if (span) light(wordOf.get(span));
  });

  if (narrow.matches) overview.open = false;
  show(level.name, false);
  if (location.hash === "#worst") order("worst"); else apply();
  if (location.hash.length > 1) reveal(location.hash.slice(1));
  addEventListener("beforeprint", () => { overview.open = true; });
})();
