// A page of Chromium that fails its test for an error of the console or of the content policy.

import { createRequire } from "node:module";
import { mkdirSync } from "node:fs";

const require = createRequire(process.env.PAGE_MODULES + "/");
const { chromium } = require("playwright-core");
const axe = require.resolve("axe-core/axe.min.js");
const out = process.env.PAGE_SHOTS;
mkdirSync(out, { recursive: true });

export const options = JSON.parse(process.env.PAGE_OPTIONS);
export const url = options.url;

export function check(holds, text) {
  if (!holds) throw new Error(text);
}

async function launch() {
  return chromium.launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox"] });
}

export async function open(browser, { theme = "light", width = 1280, token = options.token } = {}) {
  const context = await browser.newContext({
    colorScheme: theme, viewport: { width, height: 800 }, reducedMotion: "reduce", bypassCSP: false,
  });
  const page = await context.newPage();
  page.setDefaultTimeout(15000);
  page.complaints = [];
  page.on("console", (said) => {
    if (said.type() !== "error" || /status of 401/.test(said.text())) return;
    page.complaints.push(said.text());
  });
  page.on("pageerror", (error) => page.complaints.push(String(error)));
  page.on("request", (asked) => {
    if (!asked.url().startsWith(url) && !asked.url().startsWith("data:")) {
      page.complaints.push(`a request to ${asked.url()}`);
    }
  });
  await page.addInitScript(() => {
    window.stalls = [];
    new PerformanceObserver((list) => {
      window.stalls.push(...list.getEntries().map((each) => Math.round(each.duration)));
    }).observe({ type: "longtask", buffered: true });
  });
  await page.goto(url);
  if (token) {
    await page.getByLabel("Token", { exact: true }).fill(token);
    await page.getByRole("button", { name: "Go on" }).click();
    await page.locator("[data-ready]").waitFor();
  }
  return page;
}

export async function visit(page, view) {
  await page.evaluate((name) => {
    document.querySelector("[data-ready]")?.removeAttribute("data-ready");
    location.hash = name;
  }, view);
  await page.locator("[data-ready]").waitFor();
}

export async function shot(page, name) {
  await page.screenshot({ path: `${out}/${name}.png` });
}

// What axe-core finds, by the isolated world of the test: the page's policy stays as it is.
export async function accessible(page, name) {
  const session = await page.context().newCDPSession(page);
  const { frameTree } = await session.send("Page.getFrameTree");
  const { executionContextId } = await session.send("Page.createIsolatedWorld", {
    frameId: frameTree.frame.id,
  });
  const { readFileSync } = await import("node:fs");
  await session.send("Runtime.evaluate", {
    expression: readFileSync(axe, "utf8"), contextId: executionContextId,
  });
  const { result, exceptionDetails } = await session.send("Runtime.evaluate", {
    expression: "axe.run(document).then((all) => JSON.stringify(all.violations.map((each) => " +
      "[each.id, each.nodes.map((node) => node.html.slice(0, 160)).slice(0, 3)])))",
    contextId: executionContextId, awaitPromise: true, returnByValue: true,
  });
  check(!exceptionDetails, `axe: ${JSON.stringify(exceptionDetails)}`);
  check(result.value === "[]", `${name}: ${result.value}`);
}

// Asks for an order, up to its confirmation.
export async function ordered(page, action, fields = {}) {
  await page.getByRole("button", { name: action, exact: true }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByText(/This means|Nothing fits/).waitFor();
  const said = await dialog.getByRole("status").textContent();
  await dialog.getByLabel("Who orders it").fill("ann");
  await dialog.getByLabel("Reason").fill("a test");
  for (const [label, text] of Object.entries(fields)) await dialog.getByLabel(label).fill(text);
  return { dialog, said };
}

export async function carriedOut(page, action, fields) {
  const { dialog, said } = await ordered(page, action, fields);
  await dialog.getByRole("button", { name: action, exact: true }).click();
  await dialog.getByText(/^\w+: \d+ deliver(y|ies)/).waitFor();
  const done = await dialog.getByRole("status").textContent();
  await dialog.getByRole("button", { name: "Close" }).click();
  await dialog.waitFor({ state: "detached" });
  await page.locator("[data-ready]").waitFor();
  return { said, done };
}

// Prints a line of JSON for each task: what went wrong, how long it took, and for how long the page
// could not answer at a time.
export async function runTasks(tasks) {
  const browser = await launch();
  for (const [name, task] of Object.entries(tasks)) {
    const began = Date.now();
    let wrong = null;
    let stall = 0;
    try {
      const page = await task(browser);
      stall = await page.evaluate(() => Math.max(0, ...window.stalls));
      if (page.complaints.length > 0) throw new Error(page.complaints.join("\n"));
    } catch (error) {
      wrong = String(error.stack).slice(0, 3000);
    }
    for (const each of browser.contexts()) await each.close();
    console.log(JSON.stringify({ name, wrong, stall, ms: Date.now() - began }));
  }
  await browser.close();
}
