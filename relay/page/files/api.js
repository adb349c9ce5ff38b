// The relay's API. The token is kept for this tab only, and forgotten with it.

const KEPT = "kurir-token";

export const token = {
  get: () => sessionStorage.getItem(KEPT) ?? "",
  set: (text) => sessionStorage.setItem(KEPT, text),
  forget: () => sessionStorage.removeItem(KEPT),
};

export class Refusal extends Error {
  constructor(status, text) {
    super(text);
    this.status = status;
  }
}

async function refusalOf(reply) {
  let text = reply.statusText;
  try {
    text = (await reply.json()).detail ?? text;
  } catch { /* no problem in JSON: its status says enough */ }
  return new Refusal(reply.status, text || `status ${reply.status}`);
}

export async function ask(path, { method = "GET", body, signal, accept = "json", lastEvent } = {}) {
  const headers = {};
  if (token.get()) headers.Authorization = `Bearer ${token.get()}`;
  if (lastEvent) headers["Last-Event-ID"] = lastEvent;
  const reply = await fetch(`/api/v1/${path}`, {
    method, headers, signal, cache: "no-store", credentials: "omit",
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  if (!reply.ok) throw await refusalOf(reply);
  if (accept === "stream") return reply.body;
  return accept === "bytes" ? new Uint8Array(await reply.arrayBuffer()) : reply.json();
}

export function query(fields) {
  const given = Object.entries(fields).filter(([, value]) => value !== undefined && value !== "");
  return given.length ? `?${new URLSearchParams(given)}` : "";
}

// The events of a stream (server-sent events), until `signal` or the end of the connection.
export async function* events(signal, lastEvent) {
  const reader = (await ask("events", { accept: "stream", signal, lastEvent })).getReader();
  const decoder = new TextDecoder();
  let rest = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    const blocks = (rest + decoder.decode(value, { stream: true })).split("\n\n");
    rest = blocks.pop();
    for (const block of blocks) {
      const fields = {};
      for (const line of block.split("\n")) {
        const colon = line.indexOf(": ");
        if (colon > 0) fields[line.slice(0, colon)] = line.slice(colon + 2);
      }
      if (fields.data) yield { id: fields.id, name: fields.event, data: JSON.parse(fields.data) };
    }
  }
}
