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

export async function launch() {
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
