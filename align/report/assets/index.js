// @ts-check
// The first page is complete without this script; it adds search, order and filters to its tables.
(() => {
  /**
   * What a cell counts as where rows are put in order: its number where it begins with one, else its text.
   * @param {HTMLElement} row
   * @param {number} column
   */
  const valueOf = (row, column) => {
    const text = (row.children[column]?.textContent ?? "").trim();
    const number = /^(?:> )?-?[\d,]*\.?\d+/.exec(text);
    return number ? Number(number[0].replace(/[> ,]/g, "")) : fold(text);
  };

  /**
   * Numbers before texts, and what is empty last, whichever way the others run.
   * @param {string | number} a
   * @param {string | number} b
   * @param {boolean} down
   */
  const compare = (a, b, down) => {
    const empty = Number(a === "" || a === "–") - Number(b === "" || b === "–");
    if (empty) return empty;
    const [x, y] = down ? [b, a] : [a, b];
    return typeof x === "number" && typeof y === "number" ? x - y
      : typeof x === "number" ? -1 : typeof y === "number" ? 1
        : x.localeCompare(y, undefined, { numeric: true });
  };

  for (const table of $$(".rows.table")) {
    const list = $(".list", table);
    const name = list.id.slice("list-".length);
    const tools = /** @type {HTMLElement | null} */ (document.querySelector(`.tools[data-for="${name}"]`));
    const block = document.getElementById(`data-${name}`);
    const keys = block ? JSON.parse(block.textContent) : {};
    const rows = rowsOf(list);
    /** @type {{ query: string, only: Set<string | undefined>, order: string, column: number, down: boolean }} */
    const state = { query: "", only: new Set(), order: "", column: -1, down: false };
    /** @type {Map<string, string>} */
    const filters = new Map();
    /** @type {string[] | null} */
    let texts = null;

    /** @param {number} i */
    const passes = (i) =>
      (!state.only.size || state.only.has(rows[i].dataset.tag)) &&
      [...filters].every(([key, value]) => rows[i].dataset[key] === value) &&
      (!state.query || (texts ??= rows.map((row) => fold(row.textContent)))[i].includes(state.query));

    const apply = () => {
      const order = rows.map((_, i) => i).filter(passes);
      if (state.column >= 0) {
        const cells = rows.map((row) => valueOf(row, state.column));
        order.sort((a, b) => compare(cells[a], cells[b], state.down) || a - b);
      } else {
        const down = state.order.startsWith("-");
        const values = keys[down ? state.order.slice(1) : state.order];
        if (values) order.sort((a, b) => (down ? values[b] - values[a] : values[a] - values[b]) || a - b);
      }
      arrange(list, order.map((i) => rows[i]));
      if (tools) {
        $(".status", tools).textContent = order.length === rows.length
          ? "" : `${figure(order.length)} of ${figure(rows.length)}`;
      }
    };

    const heads = $$(".head > [role=columnheader]", table);
    /** @param {HTMLElement | null} chosen */
    const mark = (chosen) => {
      for (const head of heads) head.removeAttribute("aria-sort");
      chosen?.setAttribute("aria-sort", state.down ? "descending" : "ascending");
    };
    for (const [column, head] of heads.entries()) {
      if (!head.textContent.trim() || rows.length < 2) continue;
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = head.textContent;
      button.addEventListener("click", () => {
        state.down = state.column === column ? !state.down : head.classList.contains("n");
        state.column = column;
        mark(head);
        apply();
      });
      head.replaceChildren(button);
    }

    if (!tools) continue;
    const search = tools.querySelector("input");
    search?.addEventListener("input", () => {
      state.query = fold(search.value.trim());
      apply();
    });
    const choice = /** @type {HTMLSelectElement | null} */ (tools.querySelector("select:not([data-filter])"));
    choice?.addEventListener("change", () => {
      state.order = choice.value;
      state.column = -1;
      mark(null);
      apply();
    });
    for (const filter of /** @type {HTMLSelectElement[]} */ ($$("select[data-filter]", tools))) {
      filter.addEventListener("change", () => {
        const key = filter.dataset.filter ?? "";
        if (filter.value) filters.set(key, filter.value); else filters.delete(key);
        apply();
      });
    }
    for (const chip of $$("[data-only]", tools)) {
      chip.addEventListener("click", () => {
        const on = chip.getAttribute("aria-pressed") !== "true";
        chip.setAttribute("aria-pressed", String(on));
        state.only[on ? "add" : "delete"](chip.dataset.only);
        apply();
      });
    }
  }

  addEventListener("keydown", (event) => {
    if (event.key !== "/" || targetOf(event)?.matches("input, select") || event.ctrlKey || event.metaKey) return;
    /** @type {HTMLInputElement | null} */
    const search = document.querySelector(".tools input");
    if (!search) return;
    event.preventDefault();
    search.focus();
  });
})();
