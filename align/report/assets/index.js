// @ts-check
// The first page is complete without this script; it adds search, order and filters to its tables.
(() => {
  for (const tools of $$(".tools[data-for]")) {
    const name = tools.dataset.for;
    const list = $(`#list-${name}`);
    const block = document.getElementById(`data-${name}`);
    const keys = block ? JSON.parse(block.textContent) : {};
    const rows = rowsOf(list);
    const state = { query: "", only: new Set(), order: "" };
    /** @type {string[] | null} */
    let texts = null;

    /** @param {number} i */
    const passes = (i) =>
      (!state.only.size || state.only.has(rows[i].dataset.tag)) &&
      (!state.query || (texts ??= rows.map((row) => fold(row.textContent)))[i].includes(state.query));

    const apply = () => {
      const order = rows.map((_, i) => i).filter(passes);
      const down = state.order.startsWith("-");
      const values = keys[down ? state.order.slice(1) : state.order];
      if (values) order.sort((a, b) => (down ? values[b] - values[a] : values[a] - values[b]) || a - b);
      arrange(list, order.map((i) => rows[i]));
      $(".status", tools).textContent = order.length === rows.length
        ? "" : `${figure(order.length)} of ${figure(rows.length)}`;
    };

    const search = tools.querySelector("input");
    search?.addEventListener("input", () => {
      state.query = fold(search.value.trim());
      apply();
    });
    const choice = tools.querySelector("select");
    choice?.addEventListener("change", () => {
      state.order = choice.value;
      apply();
    });
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
