"use strict";
// The first page is complete without this script; it adds search, order and filters to its tables.
(() => {
  document.documentElement.classList.add("js");
  const fold = (text) => text.normalize("NFKC").toLocaleLowerCase();

  for (const tools of document.querySelectorAll(".tools[data-for]")) {
    const name = tools.dataset.for;
    const list = document.getElementById(`list-${name}`);
    const block = document.getElementById(`data-${name}`);
    const keys = block ? JSON.parse(block.textContent) : {};
    const rows = [...list.children];
    const state = { query: "", only: new Set(), order: "" };
    let texts = null;

    const passes = (row, i) =>
      (!state.only.size || state.only.has(row.dataset.tag)) &&
      (!state.query || (texts ??= rows.map((it) => fold(it.textContent)))[i].includes(state.query));

    const apply = () => {
      let count = 0;
      rows.forEach((row, i) => {
        row.hidden = !passes(row, i);
        count += !row.hidden;
      });
      tools.querySelector(".status").textContent = count === rows.length
        ? "" : `${count.toLocaleString("en")} of ${rows.length.toLocaleString("en")}`;
    };

    const sort = () => {
      const order = rows.map((_, i) => i);
      const down = state.order.startsWith("-");
      const values = keys[down ? state.order.slice(1) : state.order];
      if (values) order.sort((a, b) => (down ? values[b] - values[a] : values[a] - values[b]) || a - b);
      const fragment = document.createDocumentFragment();
      for (const i of order) fragment.append(rows[i]);
      list.append(fragment);
    };

    tools.querySelector("input").addEventListener("input", (event) => {
      state.query = fold(event.target.value.trim());
      apply();
    });
    tools.querySelector("select")?.addEventListener("change", (event) => {
      state.order = event.target.value;
      sort();
    });
    for (const chip of tools.querySelectorAll("[data-only]")) {
      chip.addEventListener("click", () => {
        const on = chip.getAttribute("aria-pressed") !== "true";
        chip.setAttribute("aria-pressed", String(on));
        state.only[on ? "add" : "delete"](chip.dataset.only);
        apply();
      });
    }
  }

  addEventListener("keydown", (event) => {
    if (event.key !== "/" || event.target.matches("input, select") || event.ctrlKey || event.metaKey) return;
    const search = document.querySelector(".tools input");
    if (!search) return;
    event.preventDefault();
    search.focus();
  });
})();
