// An operator before a long queue: node backlog.mjs prints a line of JSON for each task.

import { accessible, carriedOut, check, open, options, ordered, runTasks, shot, visit } from "./browser.mjs";

const pageOf = (selection) => `queue/${encodeURIComponent(selection)}`;

async function rowsAre(page, count) {
  await page.waitForFunction(
    (wanted) => document.querySelectorAll("tbody tr").length === wanted, count);
}

const tasks = {
  async "the overview counts it"(browser) {
    const page = await open(browser);
    await page.getByRole("row", { name: `deferred ${options.messages}` }).waitFor();
    return page;
  },
  async "search by the selector, and all pages"(browser) {
    const page = await open(browser);
    await visit(page, pageOf("domain:d7.dead.test state:deferred"));
    await page.getByText(/^100 deliveries, there are more/).waitFor();
    const more = page.getByRole("button", { name: "More" });
    for (let shown = 100; shown < options.each; shown = Math.min(shown + 500, options.each)) {
      await rowsAre(page, shown);
      await more.click();
    }
    await page.getByText(new RegExp(`^${options.each} deliveries$`)).waitFor();
    await rowsAre(page, options.each);
    check(!await more.isVisible(), "there is more than all");
    return page;
  },
  async "one address is found, and the time line of its message"(browser) {
    const page = await open(browser);
    await visit(page, "queue");
    await page.getByLabel("Which mail").fill(`to:user${options.messages - 1}@*`);
    await page.keyboard.press("Enter");
    await page.getByText("1 delivery").waitFor();
    await shot(page, "backlog-found");
    await page.locator("tbody a").first().click();
    await page.getByRole("heading", { name: "Time line" }).waitFor();
    await page.getByText("if it is not delivered by then").waitFor();
    await shot(page, "backlog-message");
    return page;
  },
  async "what nobody has is not found"(browser) {
    const page = await open(browser);
    await visit(page, pageOf("from:nobody@nowhere.test"));
    await page.getByText("Nothing fits.").waitFor();
    return page;
  },
  async "all of it is counted before an order"(browser) {
    const page = await open(browser);
    await visit(page, "queue");
    const { said } = await ordered(page, "delete");
    check(said.startsWith(`This means ${options.messages} deliveries`), said);
    await shot(page, "backlog-order");
    await page.getByRole("button", { name: "Close" }).click();
    return page;
  },
  async "a domain is held and released"(browser) {
    const page = await open(browser);
    await visit(page, pageOf("domain:d3.dead.test"));
    const held = await carriedOut(page, "hold");
    check(held.done.startsWith(`hold: ${options.each} deliveries`), held.done);
    await visit(page, pageOf("domain:d3.dead.test state:held"));
    const released = await carriedOut(page, "release");
    check(released.done.startsWith(`release: ${options.each} deliveries`), released.done);
    await visit(page, pageOf("domain:d3.dead.test reason:unreachable"));
    await page.getByText("destination unreachable: Connection refused").first().waitFor();
    return page;
  },
};

for (const theme of ["light", "dark"]) {
  tasks[`${theme}: views fit and are accessible`] = async (browser) => {
    const page = await open(browser, { theme });
    for (const view of ["overview", "queue", "destinations"]) {
      await visit(page, view);
      await shot(page, `backlog-${view}-${theme}`);
      const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      check(wide <= 0, `${view} is ${wide} pixels too wide`);
      await accessible(page, view);
    }
    return page;
  };
}

await runTasks(tasks);
