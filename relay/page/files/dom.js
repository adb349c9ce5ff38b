// Elements from values. Texts of mail become text nodes only: nothing here reads HTML.

export function el(name, fields = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(fields)) {
    if (value === undefined || value === null || value === false) continue;
    if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
    else made.setAttribute(key, value === true ? "" : value);
  }
  made.append(...children.flat().filter((each) => each !== undefined && each !== null));
  return made;
}

// Rows of cells; a cell is a text, an element or a list of both. `numbers`: columns of numbers.
export function table(caption, heads, rows, numbers = []) {
  const cell = (value, at) => {
    const fields = { "data-label": heads[at], class: numbers.includes(at) ? "number" : null };
    if (at === 0) fields.scope = "row";
    return el(at === 0 ? "th" : "td", fields, value ?? "");
  };
  const head = heads.map((each, at) =>
    el("th", { scope: "col", class: numbers.includes(at) ? "number" : null }, each));
  return el("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": caption },
    el("table", { class: "cards", role: "table" },
      el("caption", {}, caption),
      el("thead", { role: "rowgroup" }, el("tr", { role: "row" }, head)),
      el("tbody", { role: "rowgroup" },
        rows.map((cells) => el("tr", { role: "row" }, cells.map(cell))))));
}

export function list(pairs) {
  return el("dl", {}, pairs.filter(([, value]) => value !== undefined && value !== "")
    .map(([name, value]) => [el("dt", {}, name), el("dd", {}, value)]).flat());
}

// A labelled field of a form.
export function field(label, name, fields = {}, choices = null) {
  const { wide, ...others } = fields;
  const input = choices
    ? el("select", { name, ...others }, choices.map((each) => el("option", { value: each }, each)))
    : el("input", { name, autocomplete: "off", ...others });
  return el("label", { class: wide ? "wide" : null }, label, input);
}

export function values(form) {
  return Object.fromEntries([...new FormData(form)].map(([name, text]) => [name, text.trim()]));
}

export function tell(text) {
  const line = el("p", {}, text);
  document.getElementById("news").replaceChildren(line);
  setTimeout(() => line.remove(), 8000);
}

export function age(seconds) {
  if (seconds < 60) return `${Math.floor(seconds)} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min`;
  if (seconds < 172800) return `${Math.floor(seconds / 3600)} h`;
  return `${Math.floor(seconds / 86400)} d`;
}

export function time(text) {
  if (!text) return "";
  return el("time", { datetime: text }, new Date(text).toLocaleString());
}

export function size(bytes) {
  if (bytes < 1024) return `${bytes} B`;
  if (bytes < 1048576) return `${(bytes / 1024).toFixed(0)} KiB`;
  return `${(bytes / 1048576).toFixed(1)} MiB`;
}
