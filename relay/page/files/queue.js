// The queue: search, bulk orders, one message.

import { ask, query } from "./api.js";
import { age, el, field, list, size, table, time } from "./dom.js";
import { orderDialog } from "./orders.js";
import { readSelector } from "./selector.js";

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
    [...(each.hold ? [`held by ${each.hold.by}: ${each.hold.reason}`] : []), ...(each.why ?? [])].join("; "),
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
  const results = el("div", { "aria-live": "polite" });
  place.append(form, el("p", { id: "criteria", class: "quiet" },
    "from: to: domain: destination: route: user: client: tenant: state: priority: older: newer: larger: reason: id: — * fits anything; empty: all mail"), results);
  const { criteria, wrong } = readSelector(text);
  if (wrong) {
    results.append(el("p", { class: "wrong", role: "alert" }, wrong));
    return;
  }
  results.append(actionButtons(criteria, failed, () => dispatchEvent(new Event("hashchange"))));
  let shown = [];
  let cursor;
  const found = el("div", {});
  const more = el("button", { type: "button", onclick: () => load().catch(failed) }, "More");
  results.append(found, el("div", { class: "row" }, more));
  async function load() {
    more.disabled = true;
    const before = shown.length;
    // The relay looks for a second at a time: what is rare in a long queue comes later.
    do {
      const page = await ask(`queue${query({ ...criteria, limit: 100, cursor })}`, { signal });
      shown = [...shown, ...page.entries];
      cursor = page.next;
    } while (shown.length === before && cursor !== undefined);
    more.hidden = cursor === undefined;
    more.disabled = false;
    found.replaceChildren(shown.length === 0
      ? el("p", {}, "Nothing fits.")
      : table(`${shown.length} deliveries${cursor === undefined ? "" : ", there are more"}`,
        ["Id", "Age", "Size", "State", "Next attempt", "From", "To", "Why"], rows(shown), [1, 2]));
  }
  await load();
}

function recipientTable(recipients) {
  return table("Recipients and the last replies", ["Recipient", "Attempts", "Last attempt", "Host", "Reply"],
    recipients.map((each) => [each.address, each.attempts ?? 0, time(each.last_attempt_at),
      each.remote ?? "", [each.status, each.reply].filter(Boolean).join(" ")]), [1]);
}

function waits(each) {
  const why = each.hold ? `held by ${each.hold.by}: ${each.hold.reason}`
    : each.withheld_by ? `withheld by ${each.withheld_by}` : each.last_trouble ?? "";
  return el("li", {}, el("strong", {}, each.domain), ` is ${each.state}`,
    each.destination ? ` for ${each.destination}` : "", why ? `: ${why}` : "",
    each.until ? [", until ", time(each.until)] : "");
}

function timeLine(mail) {
  const attempts = mail.recipients.filter((each) => each.last_attempt_at)
    .map((each) => [each.last_attempt_at, `attempt ${each.attempts} for ${each.address}: ${each.reply}`]);
  const next = mail.deliveries.filter((each) => each.until && !each.hold)
    .map((each) => [each.until, `next attempt for ${each.domain}`]);
  const steps = [[mail.received_at, `received from ${mail.client || "this relay"}`], ...attempts,
    ...next, [mail.bounces_at, "goes back to its sender if it is not delivered by then"]];
  steps.sort(([first], [second]) => (first < second ? -1 : 1));
  return el("ol", { class: "times" }, steps.map(([when, what]) =>
    el("li", {}, time(when), " – ", what)));
}

async function showHeader(id, headerSize, place) {
  const bytes = await ask(`queue/${id}/content/0`, { accept: "bytes" });
  const whole = new TextDecoder().decode(bytes);
  const end = whole.indexOf("\r\n\r\n");
  place.replaceChildren(el("pre", { tabindex: "0", role: "region", "aria-label": "Header fields" },
    end < 0 ? whole.slice(0, Math.max(headerSize, 65536)) : whole.slice(0, end)));
}

export async function message({ place, signal, words, failed }) {
  const [id] = words;
  const mail = await ask(`queue/${encodeURIComponent(id)}`, { signal });
  const header = el("div", {});
  place.append(
    actionButtons({ id }, failed, () => dispatchEvent(new Event("hashchange"))),
    list([["From", mail.from || "<>"], ["Received", time(mail.received_at)], ["Size", size(mail.size)],
      ["Client", mail.client], ["User", mail.user], ["Listener", mail.listener],
      ["Message-ID", mail.message_id], ["Bounces", time(mail.bounces_at)]]),
    el("h2", {}, "Why it waits"), el("ul", {}, mail.deliveries.map(waits)),
    el("h2", {}, "Time line"), timeLine(mail),
    el("h2", {}, "Recipients"), recipientTable(mail.recipients),
    el("h2", {}, "Header"), header,
    el("div", { class: "row" }, el("button", { type: "button",
      onclick: () => showHeader(id, mail.header_size, header).catch(failed) }, "Show header fields")));
}

