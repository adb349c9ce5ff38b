// The selector language in one line: domain:example.com older:2h reason:"mailbox full"

export const CRITERIA = ["from", "to", "domain", "destination", "route", "user", "client", "tenant",
  "state", "priority", "older", "newer", "larger", "reason", "id"];

// {criteria} or {wrong}. A word without a name is an id, an address or a domain.
export function readSelector(text) {
  const criteria = {};
  for (const [word] of text.matchAll(/(?:[^\s"]|"[^"]*")+/g)) {
    const colon = word.indexOf(":");
    let name = colon > 0 ? word.slice(0, colon).toLowerCase() : "";
    let value = word.slice(colon > 0 ? colon + 1 : 0);
    if (!name) {
      name = /^[0-9A-Z]{13}$/.test(value) ? "id" : value.includes("@") ? "to" : "domain";
    }
    value = value.replaceAll('"', "");
    if (!CRITERIA.includes(name)) return { wrong: `${name} is none of ${CRITERIA.join(", ")}` };
    if (name in criteria) return { wrong: `${name} is there twice` };
    criteria[name] = value;
  }
  return { criteria };
}

export function writeSelector(criteria) {
  return Object.entries(criteria).map(([name, value]) =>
    `${name}:${/\s/.test(value) ? `"${value}"` : value}`).join(" ");
}
