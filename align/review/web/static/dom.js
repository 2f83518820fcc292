// Building the page. Texts only ever become text nodes; there is no way from here to HTML.

export const $ = (id) => document.getElementById(id);

export function make(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === null || value === undefined || value === false) continue;
    if (name === "class") element.className = value;
    else if (name === "on") for (const [event, run] of Object.entries(value)) element.addEventListener(event, run);
    else if (name in element && name !== "role" && !name.startsWith("aria")) element[name] = value;
    else element.setAttribute(name, value === true ? "" : value);
  }
  for (const child of children.flat()) {
    if (child !== null && child !== undefined && child !== false) element.append(child);
  }
  return element;
}

export const button = (text, run, properties = {}) =>
  make("button", { type: "button", on: { click: run }, ...properties }, text);

const clockTime = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });

export const when = (time) => (time ? clockTime.format(new Date(time)) : "");

export const number = (value) => new Intl.NumberFormat("en").format(value);

const names = new Intl.DisplayNames(["en"], { type: "language", fallback: "code" });

export function language(code) {
  try {
    return code ? names.of(code) : "Language unknown";
  } catch {
    return code;
  }
}
