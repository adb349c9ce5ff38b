// Overview: rates, the queue by state and age, destinations in trouble, the last failures.

import { ask } from "./api.js";
import { age, el, table, time } from "./dom.js";

const EVENTS = { received: "accepted", delivered: "delivered", deferred: "deferred", bounced: "bounced" };
const AGES = ["< 5 min", "10", "20", "40", "80", "160", "320", "older"];
const SVG = "http://www.w3.org/2000/svg";

function sparkline(label, counts) {
  const most = Math.max(1, ...counts);
  const svg = document.createElementNS(SVG, "svg");
  const line = document.createElementNS(SVG, "polyline");
  svg.setAttribute("class", "spark");
  svg.setAttribute("viewBox", "0 0 59 100");
  svg.setAttribute("preserveAspectRatio", "none");
  svg.setAttribute("role", "img");
  svg.setAttribute("aria-label", label);
  line.setAttribute("points", counts.map((each, at) => `${at},${97 - 94 * each / most}`).join(" "));
  svg.append(line);
  return svg;
}

function tile(title, seconds, minutes) {
  const rate = seconds.slice(-10).reduce((sum, each) => sum + each, 0) / 10;
  const hour = minutes.reduce((sum, each) => sum + each, 0);
  return el("section", { class: "tile" },
    el("h3", {}, title), el("p", {}, `${rate.toFixed(1)} /s`),
    sparkline(`${title} a second, of the last minute`, seconds),
    el("small", {}, `${hour} in the last 60 minutes, at most ${Math.max(...minutes)} a minute`),
    sparkline(`${title} a minute, of the last hour`, minutes));
}

export function queueLink(name, value) {
  const shown = value === "" ? "(not known yet)" : value;
  if (value === "") return shown;
  return el("a", { href: `#queue/${encodeURIComponent(`${name}:${value}`)}` }, shown);
}

function draw(place, all) {
  const numbers = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10];
  place.replaceChildren(
    el("h2", {}, "Rates"),
    el("div", { class: "tiles" }, Object.entries(EVENTS).map(([name, title]) =>
      tile(title, all.seconds[name], all.minutes[name]))),
    el("h2", {}, "Queue"),
    all.states.length === 0 ? el("p", {}, "The queue is empty.") :
      table("Deliveries by state, and by age in minutes", ["State", "Deliveries", "Recipients", ...AGES],
        all.states.map((each) => [queueLink("state", each.key), each.deliveries, each.recipients,
          ...each.by_age]), numbers),
    el("h2", {}, "Destinations in trouble"),
    all.troubles.length === 0 ? el("p", {}, "None.") :
      table("The biggest destinations with deferred mail", ["Destination", "Deliveries", "Oldest", "Why"],
        all.troubles.map((each) => [queueLink("destination", each.key), each.deliveries,
          each.oldest_at ? age((Date.now() - new Date(each.oldest_at)) / 1000) : "",
          each.why.join("; ")]), [1]),
    el("h2", {}, "Last failures"),
    all.failures.length === 0 ? el("p", {}, "None since the relay was started.") :
      table("The last deferred and bounced recipients", ["Recipient", "Time", "Outcome", "Host", "Reply"],
        all.failures.map((each) => [each.to ?? "", time(each.ts),
          el("span", { class: each.event }, each.event), each.mx_host ?? "", each.response ?? ""])));
}

export async function overview({ place, signal, failed }) {
  const content = el("div", {});
  place.append(content);
  draw(content, await ask("overview", { signal }));
  const timer = setInterval(async () => {
    if (document.hidden || content.contains(document.activeElement)) return;
    try {
      draw(content, await ask("overview", { signal }));
    } catch (error) { failed(error); }
  }, 3000);
  signal.addEventListener("abort", () => clearInterval(timer));
}
