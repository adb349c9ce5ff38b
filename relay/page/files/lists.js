// Destinations with their suspensions, and the suppression list.

import { ask, query } from "./api.js";
import { counted, el, field, table, tell, time, values } from "./dom.js";
import { byField, operator } from "./orders.js";
import { queueLink } from "./overview.js";

const again = () => dispatchEvent(new Event("hashchange"));

// What `path` answers, or null if this relay does not have it.
async function available(path, signal) {
  try {
    return await ask(path, { signal });
  } catch (error) {
    if (error.status === 404) return null;
    throw error;
  }
}

const absent = (name) => el("p", {}, `${name}: not available.`);
const items = (answer, name) => answer.entries ?? answer[name] ?? [];

// Sends `body`, or a query, and shows the list anew.
async function send(path, method, body, done) {
  if (body?.by) operator.set(body.by);
  await ask(path, { method, body });
  tell(done);
  again();
}

function askDialog(title, action, fields, give, failed) {
  const wrong = el("p", { class: "wrong", role: "alert" });
  const form = el("form", { onsubmit: async (event) => {
    event.preventDefault();
    try {
      await give(values(form));
      dialog.close();
    } catch (error) {
      wrong.textContent = error.message;
      if (error.status === 401) failed(error);
    }
  } },
  el("h2", { id: "ask-title" }, title), ...fields, wrong,
  el("div", { class: "row" }, el("button", { class: "main" }, action),
    el("button", { type: "button", onclick: () => dialog.close() }, "Close")));
  const dialog = el("dialog", { "aria-labelledby": "ask-title", onclose: () => dialog.remove() }, form);
  document.body.append(dialog);
  dialog.showModal();
}

function suspend(name, failed) {
  askDialog(`Suspend ${name || "a destination"}`, "Suspend", [
    field("Destination", "destination", { value: name, required: true }),
    field("For", "for", { value: "2h", required: true }),
    field("Reason", "because", { required: true }), byField(),
  ], (given) => send("suspensions", "POST", given, `${given.destination} is suspended`), failed);
}

function remove(path, title, failed) {
  askDialog(title, "Go on", [field("Reason", "because", { required: true }), byField()],
    (given) => {
      operator.set(given.by);
      return send(`${path}${path.includes("?") ? "&" : "?"}${new URLSearchParams(given)}`, "DELETE",
        undefined, "Done");
    }, failed);
}

// What keeps its mail, in a few words.
function obstacle(each) {
  if (each.suspension) return ["suspended by an operator until ", time(each.suspension.until)];
  const idle = each.waiting_for_it === 0 && !each.until;
  const word = each.unreachable ? "can't be reached" : idle ? "" : each.withheld_by ?? "";
  return word && each.until ? [`${word}, until `, time(each.until)] : word;
}

const count = (deliveries) => (typeof deliveries === "object"
  ? Object.values(deliveries).reduce((sum, each) => sum + each, 0) : deliveries);

async function destinationTable(signal, failed, suspendable) {
  const known = await available("destinations?limit=200", signal);
  const sums = known ? null : await ask("queue-sums?by=destination", { signal });
  const rows = known ? items(known, "destinations") : sums.groups.map((each) => ({ ...each, name: each.key }));
  return rows.length === 0 ? el("p", {}, "None has mail or connections now. Mail that waits for its next attempt is in the queue.") :
    table("Destinations with mail", ["Destination", "Deliveries", "Connections", "State", "Last trouble", "Orders"],
      rows.map((each) => [queueLink("destination", each.name), count(each.deliveries),
        each.connections ?? "", obstacle(each), each.last_trouble ?? "",
        suspendable ? el("button", { type: "button", "aria-label": `Suspend ${each.name}`,
          onclick: () => suspend(each.name, failed) }, "Suspend") : ""]), [1, 2]);
}

export async function destinations({ place, signal, failed }) {
  const suspended = await available("suspensions", signal);
  place.append(await destinationTable(signal, failed, suspended !== null), el("h2", {}, "Suspensions"));
  if (suspended === null) {
    place.append(absent("Suspensions"));
    return;
  }
  const all = items(suspended, "suspensions");
  const subject = (each) => ["destination", "route", "from", "domain", "user", "tenant"]
    .filter((name) => each[name] !== undefined).map((name) => `${name} ${each[name]}`).join();
  place.append(
    el("div", { class: "row" }, el("button", { type: "button", onclick: () => suspend("", failed) },
      "Suspend a destination")),
    all.length === 0 ? el("p", {}, "None.") :
      table("Suspensions by operators", ["What", "Until", "By", "Reason", "Orders"], all.map((each) => [
        subject(each), time(each.until), each.by, each.because,
        el("button", { type: "button", "aria-label": `Resume ${subject(each)}`,
          onclick: () => remove(`suspensions/${each.number}`, `Resume ${subject(each)}`, failed) },
        "Resume")])));
}

export async function suppressions({ place, signal, words, failed }) {
  const wanted = words[0] ?? "";
  const answer = await available(`suppressions${query({ address: wanted, limit: 500 })}`, signal);
  if (answer === null) {
    place.append(absent("The suppression list"));
    return;
  }
  const add = () => askDialog("Suppress an address", "Add", [
    field("Address or domain", "address", { required: true, placeholder: "ann@example.com, *@example.com" }),
    field("Tenant (empty: all)", "tenant"), field("For (empty: for ever)", "for"),
    field("Reason", "reason", { required: true }), byField(),
  ], (given) => send("suppressions", "POST", given, `${given.address} is suppressed`), failed);
  const search = el("form", { class: "line", role: "search", onsubmit: (event) => {
    event.preventDefault();
    location.hash = `#suppressions/${encodeURIComponent(search.elements.address.value.trim())}`;
  } }, field("Address", "address", { value: wanted, wide: true, type: "search" }),
  el("button", {}, "Search"), el("button", { type: "button", class: "main", onclick: add }, "Add"));
  place.append(search, answer.entries.length === 0 ? el("p", {}, "No entries.") :
    table(`${counted(answer.entries.length, "entry", "entries")}${answer.next ? ", there are more" : ""}`,
      ["Address", "Tenant", "Reason", "Until", "Orders"], answer.entries.map((each) => [
        each.address, each.tenant ?? "", each.reason ?? "", time(each.expires_at),
        el("button", { type: "button", "aria-label": `Remove ${each.address}`,
          onclick: () => remove(`suppressions/${encodeURIComponent(each.address)}${query({ tenant: each.tenant })}`,
            `Remove ${each.address}`, failed) }, "Remove")])));
}
