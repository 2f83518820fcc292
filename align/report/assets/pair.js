// The page of a pair works without this script; it adds order, filters, search, keys, the map and the words.
(() => {
  const narrow = matchMedia("(max-width: 62rem)");

  const levels = new Map();
  const byId = new Map(); // also those that a filter took out of the page
  for (const panel of $$("[data-panel]")) {
    const name = panel.dataset.panel;
    const data = JSON.parse($(`#data-${name}`).textContent);
    const list = $(".list", panel);
    const rows = rowsOf(list);
    rows.forEach((row, i) => { row.index = i; row.level = name; row.tabIndex = -1; byId.set(row.id, row); });
    levels.set(name, { name, panel, rows, data, list, gap: new Set(data.gap), doubtful: new Set(data.doubtful), texts: null, arranged: rows });
  }
  let level = levels.values().next().value;
  const state = { order: "reading", most: 100, types: new Set(), query: "" };
  let current = null;
  let shown = [];

  const textsOf = (it) => it.texts ??= it.rows.map((row) => fold($$("p", row).map((p) => p.textContent).join("\n")));

  function passes(i) {
    const { data } = level;
    if (data.confidence[i] > state.most) return false;
    if (state.types.size && !state.types.has(data.types[data.type[i]])) return false;
    return !state.query || textsOf(level)[i].includes(state.query);
  }

  function apply() {
    const { rows, data } = level;
    const order = rows.map((_, i) => i);
    if (state.order === "worst") order.sort((a, b) => data.confidence[a] - data.confidence[b] || a - b);
    shown = order.filter(passes);
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
    requestAnimationFrame(look);
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

  function rangesOf(p, query) {
    const text = p.textContent.toLocaleLowerCase();
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

  function place(p, offset) {
    const walker = document.createTreeWalker(p, NodeFilter.SHOW_TEXT);
    let node = walker.nextNode();
    while (node && offset > node.length) {
      offset -= node.length;
      node = walker.nextNode();
    }
    return [node, offset];
  }

  // Words: a bead's links become elements when it is first looked at.
  function decorate(row) {
    if (row.decorated || !level.data.words) return;
    const found = level.data.words[row.index];
    row.decorated = true;
    if (!found) return;
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

  function word(side, start, end) {
    if (!side.has(start)) side.set(start, { start, end, partners: [], element: null });
    return side.get(start);
  }

  function wrap(p, words) {
    const text = p.textContent;
    const parts = [];
    let at = 0;
    for (const it of words) {
      const span = document.createElement("span");
      span.className = it.partners.length ? `w w${Math.max(...it.partners.map(([, strength]) => strength)) >= 50 ? 2 : 1}` : "u";
      span.textContent = text.slice(it.start, it.end);
      span.word = it;
      it.element = span;
      parts.push(text.slice(at, it.start), span);
      at = it.end;
    }
    p.replaceChildren(...parts, text.slice(at));
  }

  function describe(it) {
    it.element.title = it.partners.length
      ? it.partners.map(([other, strength]) => `${other.element.textContent} .${String(Math.min(strength, 99)).padStart(2, "0")}`).join(", ")
      : "number without a counterpart";
  }

  let lit = [];
  function light(it) {
    for (const element of lit) element.classList.remove("on");
    lit = it ? [it.element, ...it.partners.map(([other]) => other.element)] : [];
    for (const element of lit) element.classList.add("on");
  }

  function stepWord(direction) {
    if (!current) return;
    decorate(current);
    const words = $$(".w", current);
    if (!words.length) return;
    const at = words.indexOf(lit[0]);
    const next = words[(at + direction + words.length) % words.length] ?? words[0];
    light(next.word);
    say(`${next.textContent}: ${next.title}`);
  }

  const say = (text) => { $("#said").textContent = text; };

  // The current bead, the keys, and the map.
  function go(row, block = "nearest") {
    if (!row) return;
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

  function step(direction, wanted = () => true) {
    const at = current ? shown.indexOf(current.index) : direction > 0 ? -1 : shown.length;
    for (let i = at + direction; i >= 0 && i < shown.length; i += direction) {
      if (wanted(shown[i])) return go(level.rows[shown[i]]);
    }
    say(direction > 0 ? "no further bead" : "no earlier bead");
  }

  const doubtful = (i) => level.gap.has(i) || level.doubtful.has(i);

  function reset() {
    Object.assign(state, { order: "reading", most: 100, query: "" });
    state.types.clear();
    $("#order").value = "reading";
    $("#most").value = 100;
    $("#search").value = "";
    $("#most-value").textContent = "1";
    for (const chip of $$("[data-type]")) chip.setAttribute("aria-pressed", "false");
    apply();
  }

  function show(name, keep = true) {
    for (const it of levels.values()) it.panel.hidden = it.name !== name;
    for (const button of $$("[data-level]")) button.setAttribute("aria-pressed", String(button.dataset.level === name));
    for (const chips of $$("[data-types]")) chips.hidden = chips.dataset.types !== name;
    level = levels.get(name);
    state.types.clear();
    for (const chip of $$("[data-type]")) chip.setAttribute("aria-pressed", "false");
    current = null;
    if (keep) apply();
  }

  function order(value) {
    state.order = value;
    $("#order").value = value;
    apply();
    if (current?.isConnected) go(current, "center");
  }

  function reveal(id) {
    const row = byId.get(id);
    if (!row) return false;
    if (row.level !== level.name) show(row.level);
    if (!row.isConnected || state.order !== "reading") reset();
    go(row, "center");
    return true;
  }

  const ACTIONS = {
    j: () => step(1), k: () => step(-1),
    n: () => step(1, doubtful), N: () => step(-1, doubtful),
    ArrowRight: () => stepWord(1), ArrowLeft: () => stepWord(-1),
    o: () => order(state.order === "worst" ? "reading" : "worst"),
    l: () => { const names = [...levels.keys()]; show(names[(names.indexOf(level.name) + 1) % names.length]); },
    "/": () => { $("#search").focus(); $("#search").select(); },
    "?": () => $("#help").showModal(),
    Escape: reset,
  };

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || $("#help").open) return;
    const typing = event.target.matches("input, select, textarea");
    if (typing && event.key !== "Escape") return;
    const action = ACTIONS[event.key];
    if (!action) return;
    event.preventDefault();
    if (typing) event.target.blur();
    action();
  });

  // The map shows the stretch on the screen; a click goes to the bead under it.
  const map = $("svg.map");
  const first = level;
  const view = $(".view", map);

  function look() {
    if (level !== first || state.order !== "reading" || shown.length < first.rows.length) return view.setAttribute("height", 0);
    const chunks = [...first.list.children];
    if (!chunks.length) return view.setAttribute("height", 0);
    const top = edge([...edge(chunks, (box) => box.bottom > 130).children], (box) => box.bottom > 130);
    const bottom = edge([...edge(chunks, (box) => box.bottom > innerHeight).children], (box) => box.bottom > innerHeight);
    const scale = 300 / Math.max(first.data.units[0], 1);
    const y = first.data.boxes[4 * top.index] * scale;
    const y2 = first.data.boxes[4 * bottom.index + 1] * scale;
    view.setAttribute("y", y);
    view.setAttribute("height", Math.max(y2 - y, 2));
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
  const outside = (x, low, high) => Math.max(low - x, x - high, 0);

  let waiting = false;
  addEventListener("scroll", () => {
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(() => { waiting = false; look(); });
  }, { passive: true });

  $("#search").addEventListener("input", (event) => { state.query = fold(event.target.value.trim()); apply(); });
  $("#order").addEventListener("change", (event) => order(event.target.value));
  $("#most").addEventListener("input", (event) => {
    state.most = Number(event.target.value);
    $("#most-value").textContent = state.most === 100 ? "1" : (state.most / 100).toFixed(2).slice(1);
    apply();
  });
  $("#help-button").addEventListener("click", () => $("#help").showModal());
  $("#help-close").addEventListener("click", () => $("#help").close());
  for (const button of $$("[data-level]")) button.addEventListener("click", () => show(button.dataset.level));
  for (const chip of $$("[data-type]")) {
    chip.addEventListener("click", () => {
      const on = chip.getAttribute("aria-pressed") !== "true";
      chip.setAttribute("aria-pressed", String(on));
      for (const type of chip.dataset.type.split(" ")) state.types[on ? "add" : "delete"](type);
      apply();
    });
  }
  document.addEventListener("pointerover", (event) => {
    const row = event.target.closest?.(".b");
    if (row) decorate(row);
    const span = event.target.closest?.(".w");
    if (span) light(span.word); else if (row) light(null);
  });
  document.addEventListener("click", (event) => {
    const link = event.target.closest?.('a[href^="#"]');
    if (link && reveal(link.getAttribute("href").slice(1))) {
      event.preventDefault();
      history.replaceState(null, "", link.getAttribute("href"));
      return;
    }
    const row = event.target.closest?.(".b");
    if (row && row !== current && getSelection().isCollapsed) go(row);
    const span = event.target.closest?.(".w");
    if (span) light(span.word);
  });

  if (narrow.matches) $(".overview").open = false;
  show(level.name, false);
  if (location.hash === "#worst") order("worst"); else apply();
  if (location.hash.length > 1) reveal(location.hash.slice(1));
  addEventListener("beforeprint", () => { $(".overview").open = true; });
})();
