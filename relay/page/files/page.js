// The page: which view is shown, and the token that it asks for.

import { ask, token, Refusal } from "./api.js";
import { el, field, tell, values } from "./dom.js";
import { overview } from "./overview.js";
import { queue, message } from "./queue.js";
import { destinations, suppressions } from "./lists.js";
import { live, settings } from "./live.js";

const VIEWS = {
  overview: ["Overview", overview],
  queue: ["Queue", queue],
  destinations: ["Destinations", destinations],
  suppressions: ["Suppressions", suppressions],
  events: ["Live events", live],
  config: ["Configuration", settings],
};
const main = document.getElementById("main");
const leave = document.getElementById("leave");
let shown = new AbortController();

document.getElementById("views").append(...Object.entries(VIEWS).map(([name, [title]]) =>
  el("li", {}, el("a", { href: `#${name}` }, title))));

function askForToken(why) {
  const form = el("form", { class: "box", onsubmit: async (event) => {
    event.preventDefault();
    token.set(values(form).token);
    await show();
  } },
  el("h1", {}, "Token"),
  why ? el("p", { class: "wrong", role: "alert" }, why) : null,
  el("p", {}, "This page reads nothing without a token of KURIR_ADMIN_TOKEN_FILE. It is kept until this tab is closed."),
  field("Token", "token", { type: "password", required: true }),
  el("div", { class: "row" }, el("button", { class: "main" }, "Go on")));
  main.replaceChildren(form);
  form.querySelector("input").focus();
}

function failed(error, signal) {
  if (signal.aborted) return;
  if (error instanceof Refusal && error.status === 401) {
    const had = token.get() !== "";
    token.forget();
    leave.hidden = true;
    shown.abort();
    askForToken(had ? error.message : "");
    return;
  }
  tell(error instanceof Refusal ? error.message : `The relay does not answer: ${error.message}`);
}

async function show() {
  shown.abort();
  shown = new AbortController();
  const { signal } = shown;
  const [name, ...words] = (location.hash.slice(1) || "overview").split("/");
  for (const link of document.querySelectorAll("nav a")) {
    const here = link.getAttribute("href") === `#${name === "message" ? "queue" : name}`;
    if (here) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  const [title, view] = name === "message" ? [`Message ${words[0]}`, message]
    : VIEWS[name] ?? VIEWS.overview;
  document.title = `${title} – Kurir`;
  const place = el("div", { "data-view": name }, el("h1", {}, title));
  leave.hidden = token.get() === "";
  try {
    await ask("orders", { signal });
    if (signal.aborted) return;
    main.replaceChildren(place);
    await view({ place, signal, words: words.map(decodeURIComponent), failed: (error) => failed(error, signal) });
    place.setAttribute("data-ready", "");
  } catch (error) {
    failed(error, signal);
  }
}

leave.addEventListener("click", () => { token.forget(); show(); });
addEventListener("hashchange", async () => {
  if (location.hash === "#main") return;
  await show();
  if (document.querySelector("dialog") === null) main.focus({ preventScroll: true });
  scrollTo(0, 0);
});
show();
