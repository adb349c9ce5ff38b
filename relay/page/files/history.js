// What became of mail, also after it has left: the relay's history, and the time line of a message.

import { ask, query } from "./api.js";
import { counted, el, field, time } from "./dom.js";

const USUAL = 100;

// The events about an address, an id, a user or a client, the oldest first; null: none are kept.
export async function told(subject, signal, limit = USUAL) {
  try {
    return await ask(`trace${query({ subject, limit })}`, { signal });
  } catch (error) {
    if (error.status === 503) return null;
    throw error;
  }
}

const ALSO = [["user", "user"], ["client_ip", "from"], ["mx_host", "at"], ["destination", "for"],
  ["by", "by"], ["because", "because"], ["admit_by", "to admit it:"]];

// An event in a line, without its time.
export function sentence(event) {
  const parts = [];
  if (event.from !== undefined) parts.push(event.from === "" ? "<>" : event.from);
  if (event.to) parts.push("to", event.to);
  for (const name of ["what", "selection", "reason"]) if (event[name]) parts.push(event[name]);
  for (const [name, label] of ALSO) if (event[name]) parts.push(label, event[name]);
  const reply = [event.enhanced, event.response].filter(Boolean).join(" ");
  return parts.join(" ") + (reply ? `: ${reply}` : "");
}

// Steps are [time, kind of event, text]; they are shown in the order of their times.
export function timeLine(steps) {
  const sorted = [...steps].sort(([first], [second]) => (first < second ? -1 : Number(first > second)));
  return el("ol", { class: "times" }, sorted.map(([when, kind, text]) =>
    el("li", {}, time(when), " – ", el("strong", { class: kind }, kind), " ", text)));
}

export const stepsOf = (events) => events.map((each) => [each.ts, each.event, [
  each.queue_id ? el("a", { href: `#message/${each.queue_id}` }, each.queue_id) : null, " ", sentence(each)]]);

export async function history({ place, signal, words }) {
  const subject = words[0] ?? "";
  const form = el("form", { class: "line", role: "search", onsubmit: (event) => {
    event.preventDefault();
    location.hash = `#history/${encodeURIComponent(form.elements.subject.value.trim())}`;
  } }, field("Mail address, id of a message, user, or IP address of a client", "subject",
    { value: subject, wide: true, spellcheck: "false", type: "search", required: true }),
  el("button", { class: "main" }, "Search"));
  place.append(form);
  if (subject === "") {
    place.append(el("p", { class: "quiet" },
      "It tells what became of mail, also after it has left, and why a client was refused."));
    return;
  }
  const found = await told(subject, signal);
  if (found === null) {
    place.append(el("p", {}, "KURIR_HISTORY=0: nothing is kept of what happened."));
  } else if (found.events.length === 0) {
    place.append(el("p", {}, `Nothing is known of ${subject}.`));
  } else {
    place.append(el("p", { class: "quiet" },
      `${counted(found.events.length, "event", "events")}${found.more ? ", and there are older ones" : ""}`),
    timeLine(stepsOf(found.events)));
  }
}
