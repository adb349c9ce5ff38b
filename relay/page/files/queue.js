// The queue: search, bulk orders, one message.

import { ask, query } from "./api.js";
import { addRows, age, deliveries, el, field, list, size, table, time } from "./dom.js";
import { stepsOf, timeLine, told } from "./history.js";
import { orderDialog } from "./orders.js";
import { readSelector } from "./selector.js";

const FIRST_PAGE = 100;
const LATER_PAGE = 500;
const ACTIONS = ["retry", "hold", "release", "bounce", "delete", "reroute"];

function actionButtons(criteria, failed, after) {
  return el("div", { class: "row", role: "group", "aria-label": "Orders" }, ACTIONS.map((action) =>
    el("button", { type: "button", onclick: () => orderDialog(action, criteria, failed, after) },
      action)));
}

function rows(entries) {
  return entries.map((each) => [
    el("a", { href: `#message/${each.id}` }, each.id),
    age(each.age_s), size(each.size), el("span", { class: each.state }, each.state),
    each.next_attempt_at ? time(each.next_attempt_at) : "",
    each.from === "" ? "<>" : each.from ?? "", (each.to ?? []).join(", "),
    (each.why ?? []).join("; "),
  ]);
}

export async function queue({ place, signal, words, failed }) {
  const text = words[0] ?? "";
  const form = el("form", { class: "line", role: "search", onsubmit: (event) => {
    event.preventDefault();
    location.hash = `#queue/${encodeURIComponent(form.elements.selector.value.trim())}`;
  } },
  field("Which mail", "selector", { value: text, wide: true, spellcheck: "false", type: "search",
    placeholder: "domain:example.com older:2h state:held", "aria-describedby": "criteria" }),
  el("button", { class: "main" }, "Search"));
  const results = el("div", {});
  place.append(form, el("p", { id: "criteria", class: "quiet" },
    "from: to: domain: destination: route: user: client: tenant: state: priority: older: newer: larger: reason: id: — * fits anything; empty: all mail"), results);
  const { criteria, wrong } = readSelector(text);
  if (wrong) {
    results.append(el("p", { class: "wrong", role: "alert" }, wrong));
    return;
  }
  results.append(actionButtons(criteria, failed, () => dispatchEvent(new Event("hashchange"))));
  const state = el("p", { class: "quiet", role: "status" });
  const list_place = el("div", {});
  const more = el("button", { type: "button", onclick: () => load(LATER_PAGE).catch(failed) }, "More");
  results.append(state, list_place, el("div", { class: "row" }, more));
  let found = null;
  let shown = 0;
  let cursor;
  async function load(limit) {
    more.disabled = true;
    state.textContent = "Searching…";
    let entries;
    // The relay looks for a second at a time: what is rare in a long queue comes later.
    do {
      const page = await ask(`queue${query({ ...criteria, limit, cursor })}`, { signal });
      entries = page.entries;
      cursor = page.next;
    } while (entries.length === 0 && cursor !== undefined);
    more.hidden = cursor === undefined;
    more.disabled = false;
    shown += entries.length;
    state.textContent = shown === 0 ? "Nothing fits."
      : `${deliveries(shown)}${cursor === undefined ? "" : ", there are more"}`;
    if (entries.length === 0) return;
    if (found === null) {
      found = table("Deliveries",
        ["Id", "Age", "Size", "State", "Next attempt", "From", "To", "Why"], [], [1, 2]);
      list_place.append(found);
    }
    addRows(found, rows(entries));
  }
  await load(FIRST_PAGE);
}

function recipientTable(recipients) {
  return table("Recipients and the last replies",
    ["Recipient", "State", "Attempts", "Last attempt", "Host", "Reply"],
    recipients.map((each) => [each.address, each.waits ? "waits" : "done", each.attempts ?? 0, time(each.last_attempt_at),
      each.remote ?? "", [each.status, each.reply].filter(Boolean).join(" ")]), [2]);
}

const OBSTACLES = {
  suspended: "the destination can't be reached and is probed from time to time",
  rate: "the destination has had as many messages as its rate allows",
  concurrency: "all connections that the destination may have are busy",
  fair_share: "the destination has its share of the workers",
  workers: "all workers are busy",
};

function obstacle(each) {
  if (each.hold) return `held by ${each.hold.by}: ${each.hold.reason}`;
  if (each.node) return `tried by ${each.node}`;
  if (each.suspension) return `suspended by ${each.suspension.by}: ${each.suspension.because}`;
  if (each.withheld_by !== "backoff") return OBSTACLES[each.withheld_by] ?? "";
  return each.destination ? "the destination puts mail off, so that it is tried one by one, after pauses"
    : "it waits for its next attempt";
}

function waits(each) {
  const why = obstacle(each);
  const until = each.suspension?.until ?? each.until;
  return el("li", {}, el("strong", {}, each.domain), ` is ${each.state}`,
    each.destination ? ` for ${each.destination}` : "", why ? `: ${why}` : "",
    until ? [", until ", time(until)] : "", each.last_trouble ? ` (${each.last_trouble})` : "");
}

// What is known of its attempts without a history.
function attemptsOf(mail) {
  const attempts = mail.recipients.filter((each) => each.last_attempt_at)
    .map((each) => [each.last_attempt_at, "attempt", `${each.attempts} for ${each.address}: ${each.reply}`]);
  return [[mail.received_at, "received", `from ${mail.client || "this relay"}`], ...attempts];
}

function stepsToCome(mail) {
  const next = mail.deliveries.filter((each) => each.until && !each.hold)
    .map((each) => [each.until, "next attempt", `for ${each.domain}`]);
  const held = mail.deliveries.length > 0 && mail.deliveries.every((each) => each.hold);
  return held ? next : [...next, [mail.bounces_at, "bounce", "if it is not delivered by then"]];
}

async function showHeader(id, headerSize, place) {
  const bytes = await ask(`queue/${id}/content/0`, { accept: "bytes" });
  const whole = new TextDecoder().decode(bytes);
  const end = whole.indexOf("\r\n\r\n");
  place.replaceChildren(el("pre", { tabindex: "0", role: "region", "aria-label": "Header fields" },
    end < 0 ? whole.slice(0, Math.max(headerSize, 65536)) : whole.slice(0, end)));
}

// The message, or null if it is not in the queue.
async function waiting(id, signal) {
  try {
    return await ask(`queue/${encodeURIComponent(id)}`, { signal });
  } catch (error) {
    if (error.status === 404) return null;
    throw error;
  }
}

export async function message({ place, signal, words, failed }) {
  const [id] = words;
  const past = await told(id, signal);
  const mail = past?.queued === false ? null : await waiting(id, signal);
  const events = past?.events ?? [];
  const steps = stepsOf(events.map((each) => ({ ...each, queue_id: undefined })));
  if (mail === null) {
    place.append(el("p", {}, events.length === 0 ? "It is not in the queue, and nothing is known of it."
      : "It has left the queue."), timeLine(steps));
    return;
  }
  const header = el("div", {});
  place.append(
    actionButtons({ id }, failed, () => dispatchEvent(new Event("hashchange"))),
    list([["From", mail.from || "<>"], ["Received", time(mail.received_at)], ["Size", size(mail.size)],
      ["Client", mail.client], ["User", mail.user], ["Listener", mail.listener],
      ["Message-ID", mail.message_id]]),
    el("h2", {}, "Why it waits"), el("ul", {}, mail.deliveries.map(waits)),
    el("h2", {}, "Time line"),
    timeLine([...(events.length > 0 ? steps : attemptsOf(mail)), ...stepsToCome(mail)]),
    el("h2", {}, "Recipients"), recipientTable(mail.recipients),
    el("h2", {}, "Header"), header,
    el("div", { class: "row" }, el("button", { type: "button",
      onclick: () => showHeader(id, mail.header_size, header).catch(failed) }, "Show header fields")));
}
