// A bulk order: counted first, with a reason, confirmed, and followed until it is over.

import { ask } from "./api.js";
import { counted, deliveries, el, field, tell, values } from "./dom.js";
import { writeSelector } from "./selector.js";

const LOOK = 300;
const pause = (time) => new Promise((resolve) => { setTimeout(resolve, time); });

async function followed(order, tellState) {
  let state = order;
  while (!state.over) {
    await pause(LOOK);
    state = await ask(`orders/${order.order}`);
    tellState(state);
  }
  return state;
}

// Whoever has given the last order in this tab.
export const operator = {
  get: () => sessionStorage.getItem("kurir-operator") ?? "",
  set: (name) => sessionStorage.setItem("kurir-operator", name),
};

export function byField() {
  return field("Who orders it", "by", { value: operator.get(), required: true, maxlength: "255" });
}

export function orderDialog(action, criteria, failed, after) {
  const selection = writeSelector(criteria) || "all mail";
  const count = el("p", { role: "status", "aria-live": "polite" }, "Counting…");
  const bar = el("progress", { "aria-label": "Progress", hidden: true });
  const confirm = el("button", { class: "main", disabled: true }, action);
  const stop = el("button", { type: "button", hidden: true }, "Stop");
  const close = el("button", { type: "button", onclick: () => dialog.close() }, "Close");
  let matched = 0;
  const form = el("form", { onsubmit: (event) => { event.preventDefault(); give().catch(wrong); } },
    el("h2", { id: "order-title" }, `${action}: ${selection}`), count,
    byField(), field("Reason", "reason", { required: true, maxlength: "512" }),
    action === "bounce" ? field("Text for the sender", "text", { maxlength: "512" }) : null,
    action === "reroute" ? field("Route", "route", { required: true }) : null,
    bar, el("div", { class: "row" }, confirm, stop, close));
  const dialog = el("dialog", { "aria-labelledby": "order-title", onclose: () => dialog.remove() }, form);
  document.body.append(dialog);
  dialog.showModal();
  form.elements.reason.focus();

  const wrong = (error) => {
    count.textContent = error.message;
    count.className = "wrong";
    if (error.status === 401) failed(error);
  };
  const body = (fields) => ({ action, selector: criteria, ...fields });

  async function preview() {
    const order = await ask("orders", { method: "POST",
      body: body({ by: operator.get() || "page", dry_run: true, reason: "count" }) });
    const state = await followed(order, () => {});
    matched = state.matched;
    count.textContent = matched === 0 ? "Nothing fits."
      : `This means ${deliveries(matched)} with ${counted(state.recipients, "recipient", "recipients")}.`;
    confirm.disabled = matched === 0;
  }

  async function give() {
    const fields = values(form);
    operator.set(fields.by);
    confirm.disabled = true;
    const order = await ask("orders", { method: "POST", body: body(fields) });
    bar.hidden = stop.hidden = false;
    bar.max = Math.max(matched, 1);
    bar.value = 0;
    stop.onclick = () => ask(`orders/${order.order}`, { method: "DELETE" }).catch(wrong);
    const state = await followed(order, (now) => {
      bar.value = now.done;
      count.textContent = `${now.done} of ${matched} done`;
    });
    bar.value = state.done;
    stop.hidden = true;
    const end = `${action}: ${deliveries(state.done)}${state.stopped ? ", stopped" : ""}${state.busy ? `, ${state.busy} were being tried` : ""}${state.busy_elsewhere ? `, ${state.busy_elsewhere} of them by other relays` : ""}`;
    count.textContent = end;
    tell(end);
    close.onclick = after;
    close.focus();
  }

  preview().catch(wrong);
  return dialog;
}

