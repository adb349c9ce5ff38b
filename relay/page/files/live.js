// Live events, and the configuration.

import { ask, events } from "./api.js";
import { el, field, table, time } from "./dom.js";

const SHOWN = 500;
const NAMES = ["all", "received", "delivered", "deferred", "bounced", "rejected", "admin"];
const HIDDEN = ["ts", "level", "event"];
const pause = (duration) => new Promise((resolve) => { setTimeout(resolve, duration); });

function row(name, data) {
  const text = Object.entries(data).filter(([key]) => !HIDDEN.includes(key))
    .map(([key, value]) => `${key}=${value}`).join(" ");
  return el("li", { "data-event": name }, data.ts ? time(data.ts) : "", " ",
    el("strong", { class: name }, name), " ",
    name === "lost" ? `${data.events} events came too fast to be shown` : text);
}

export async function live({ place, signal, failed }) {
  const paused = el("button", { type: "button", "aria-pressed": "false", onclick: () => {
    paused.setAttribute("aria-pressed", String(paused.getAttribute("aria-pressed") !== "true"));
    if (paused.getAttribute("aria-pressed") === "false") draw();
  } }, "Pause");
  const form = el("form", { class: "line", onsubmit: (event) => event.preventDefault() },
    field("Event", "name", { onchange: () => draw() }, NAMES),
    field("Containing", "text", { wide: true, oninput: () => draw(), type: "search" }), paused);
  const state = el("p", { class: "quiet", role: "status" }, "Connecting…");
  const shown = el("ol", { class: "times", "aria-label": "Events, the newest first" });
  place.append(form, state, shown);
  const heard = [];
  const fits = ({ name, data }) => {
    const wanted = form.elements.name.value;
    const text = form.elements.text.value.toLowerCase();
    return name === "lost" || ((wanted === "all" || wanted === name)
      && (text === "" || JSON.stringify(data).toLowerCase().includes(text)));
  };
  let drawing = false;
  function draw() {
    if (paused.getAttribute("aria-pressed") === "true" || drawing) return;
    drawing = true;
    requestAnimationFrame(() => {
      drawing = false;
      shown.replaceChildren(...heard.filter(fits).slice(-SHOWN).reverse()
        .map(({ name, data }) => row(name, data)));
    });
  }
  const listen = async () => {
    let last;
    while (!signal.aborted) {
      try {
        state.textContent = "Listening.";
        for await (const each of events(signal, last)) {
          last = each.id ?? last;
          heard.push(each);
          if (heard.length > SHOWN * 2) heard.splice(0, SHOWN);
          draw();
        }
      } catch (error) {
        if (signal.aborted || error.status === 401) return failed(error);
        state.textContent = `Interrupted: ${error.message}`;
      }
      await pause(2000);
    }
    return undefined;
  };
  listen();
}

export async function settings({ place, signal }) {
  const all = (await ask("config", { signal })).settings;
  const found = el("div", {});
  const draw = () => {
    const text = form.elements.text.value.toUpperCase();
    const set = form.elements.set.checked;
    found.replaceChildren(table("Settings in effect; secrets are masked", ["Setting", "Value", "Source"],
      all.filter((each) => each.name.includes(text) && (!set || each.source !== "default"))
        .map((each) => [each.name, each.value, each.source])));
  };
  const form = el("form", { class: "line", onsubmit: (event) => event.preventDefault() },
    field("Name contains", "text", { wide: true, oninput: draw, type: "search" }),
    el("label", { class: "check" }, el("input", { type: "checkbox", name: "set", onchange: draw }),
      "only those that are set"));
  place.append(form, found);
  draw();
}
