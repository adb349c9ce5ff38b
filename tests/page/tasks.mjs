// The tasks of an operator, each in a browser: node tasks.mjs prints a line of JSON for each.

import { accessible, carriedOut, check, open, options, ordered, runTasks, shot, visit } from "./browser.mjs";

const VIEWS = ["overview", "queue", `message/${options.hostile}`, "destinations", "suppressions",
  "history", "events", "config"];

const tasks = {
  async "without a token nothing is read"(browser) {
    const page = await open(browser, { token: "" });
    await page.getByLabel("Token", { exact: true }).waitFor();
    const answers = [];
    page.on("response", (each) => answers.push([each.url(), each.status()]));
    await page.getByLabel("Token", { exact: true }).fill("w".repeat(40));
    await page.getByRole("button", { name: "Go on" }).click();
    await page.getByRole("alert").getByText("nobody has this token").waitFor();
    const api = answers.filter(([asked]) => asked.includes("/api/"));
    check(api.length > 0 && api.every(([, status]) => status === 401), JSON.stringify(api));
    check(await page.evaluate(() => sessionStorage.length + localStorage.length) === 0, "kept");
    await accessible(page, "token");
    await shot(page, "token");
    return page;
  },
  async "overview has rates, sums, troubles and failures"(browser) {
    const page = await open(browser);
    await page.getByRole("heading", { name: "Destinations in trouble" }).waitFor();
    check(await page.getByRole("img", { name: /accepted a second/ }).count() === 1, "no sparkline");
    await page.getByText("Connection refused").first().waitFor();
    return page;
  },
  async "hostile texts stay texts"(browser) {
    const page = await open(browser);
    await visit(page, `message/${options.hostile}`);
    await page.getByText("<img src=x onerror=").first().waitFor();
    await page.getByRole("button", { name: "Show header fields" }).click();
    await page.getByText("Subject: <script>").waitFor();
    await page.getByText("if it is not delivered by then").waitFor();
    check(await page.locator("main img, main script").count() === 0, "a text became an element");
    return page;
  },
  async "search by the selector, and more pages"(browser) {
    const page = await open(browser);
    await visit(page, "queue");
    await page.getByLabel("Which mail").fill("domain:d3.test state:deferred");
    await page.keyboard.press("Enter");
    await page.getByText(/^100 deliveries, there are more/).waitFor();
    // The view before has as many rows, of all domains.
    await page.waitForFunction(() => {
      const rows = [...document.querySelectorAll("tbody tr")];
      return rows.length === 100 && rows.every((row) => row.textContent.includes("d3.test"));
    });
    await page.getByRole("button", { name: "More" }).click();
    await page.waitForFunction((count) => document.querySelectorAll("tbody tr").length === count, options.each);
    await page.getByLabel("Which mail").fill("domain:d3.test colour:red");
    await page.keyboard.press("Enter");
    await page.getByText("colour is none of").waitFor();
    return page;
  },
  async "hold and release are counted first and carried out"(browser) {
    const page = await open(browser);
    await visit(page, `queue/${encodeURIComponent("domain:d1.test")}`);
    const held = await carriedOut(page, "hold");
    check(held.said.includes(`means ${options.each} deliveries`), held.said);
    check(held.done.startsWith(`hold: ${options.each} deliveries`), held.done);
    await visit(page, `queue/${encodeURIComponent("domain:d1.test state:held")}`);
    await page.getByText("held by ann: a test").first().waitFor();
    const released = await carriedOut(page, "release");
    check(released.done.startsWith(`release: ${options.each} deliveries`), released.done);
    return page;
  },
  async "closing a dialog orders nothing"(browser) {
    const page = await open(browser);
    await visit(page, `queue/${encodeURIComponent("domain:d2.test")}`);
    const { dialog } = await ordered(page, "delete");
    await accessible(page, "order");
    await shot(page, "order");
    await page.keyboard.press("Escape");
    await dialog.waitFor({ state: "detached" });
    await visit(page, `queue/${encodeURIComponent("domain:d2.test state:deferred")}`);
    await page.getByText(/there are more|^\d+ deliveries/).first().waitFor();
    return page;
  },
  async "retry, delete, bounce"(browser) {
    const page = await open(browser);
    await visit(page, `queue/${encodeURIComponent("domain:d4.test")}`);
    const tried = await carriedOut(page, "retry");
    check(tried.said.includes("deliveries"), tried.said);
    await visit(page, `queue/${encodeURIComponent("domain:d5.test")}`);
    await carriedOut(page, "delete");
    await page.getByText("Nothing fits.").waitFor();
    await visit(page, `queue/${encodeURIComponent("domain:d6.test")}`);
    await carriedOut(page, "bounce", { "Text for the sender": "given up" });
    await page.getByText("Nothing fits.").waitFor();
    return page;
  },
  async "a destination is suspended and resumed"(browser) {
    const page = await open(browser);
    await visit(page, "destinations");
    await page.getByRole("button", { name: /^Suspend 127/ }).first().click();
    await page.getByLabel("Reason").fill("they are moving");
    await page.getByLabel("Who orders it").fill("ann");
    await page.getByRole("dialog").getByRole("button", { name: "Suspend" }).click();
    await page.getByText("they are moving").first().waitFor();
    await page.getByText("suspended by an operator").first().waitFor();
    await shot(page, "suspended");
    await page.getByRole("button", { name: /^Resume destination/ }).click();
    await page.getByLabel("Reason").fill("they have moved");
    await page.getByLabel("Who orders it").fill("ann");
    await page.getByRole("dialog").getByRole("button", { name: "Go on" }).click();
    await page.getByText("they are moving").first().waitFor({ state: "detached" });
    return page;
  },
  async "an address is suppressed and released"(browser) {
    const page = await open(browser);
    await visit(page, "suppressions");
    await page.getByRole("button", { name: "Add" }).click();
    await page.getByLabel("Address or domain").fill("gone@one.test");
    await page.getByLabel("Reason").fill("has left");
    await page.getByLabel("Who orders it").fill("ann");
    await page.getByRole("dialog").getByRole("button", { name: "Add" }).click();
    await page.getByRole("cell", { name: "gone@one.test" }).waitFor();
    await accessible(page, "suppressed");
    await page.getByRole("button", { name: "Remove gone@one.test" }).click();
    await page.getByLabel("Reason").fill("is back");
    await page.getByLabel("Who orders it").fill("ann");
    await page.getByRole("dialog").getByRole("button", { name: "Go on" }).click();
    await page.getByText("No entries.").waitFor();
    return page;
  },
  async "live events are shown, filtered, and paused"(browser) {
    const page = await open(browser);
    const other = await open(browser);
    await visit(page, "events");
    await page.getByText("Listening.").waitFor();
    await visit(other, `queue/${encodeURIComponent("domain:d7.test")}`);
    await carriedOut(other, "hold");
    await page.locator("li[data-event=admin]").getByText("because=a test").first().waitFor();
    await page.getByRole("combobox").selectOption("bounced");
    await page.locator("li[data-event=admin]").first().waitFor({ state: "detached" });
    await page.getByRole("button", { name: "Pause" }).click();
    await page.getByRole("combobox").selectOption("admin");
    check(await page.locator("li[data-event=admin]").count() === 0, "it is not paused");
    await page.getByRole("button", { name: "Pause" }).click();
    await page.locator("li[data-event=admin]").first().waitFor();
    await shot(page, "events-heard");
    return page;
  },
  async "the configuration has sources and no secrets"(browser) {
    const page = await open(browser);
    await visit(page, "config");
    await page.getByLabel("only those that are set").check();
    await page.getByText("KURIR_ADMIN_TOKEN_FILE").first().waitFor();
    check(!(await page.content()).includes(options.token), "a secret is shown");
    return page;
  },
  async "what became of mail is found by an address"(browser) {
    const page = await open(browser);
    await visit(page, "history");
    await page.getByLabel("Mail address, id").fill("to@d5.test");
    await page.keyboard.press("Enter");
    await page.getByText(/^\d+ events/).waitFor();
    await page.locator("li strong.removed, li strong.deferred").first().waitFor();
    await shot(page, "history-found");
    await accessible(page, "history-found");
    await visit(page, `queue/${encodeURIComponent("domain:leaving.test")}`);
    await carriedOut(page, "delete");
    await visit(page, `message/${options.leaving}`);
    await page.getByText("It has left the queue.").waitFor();
    await page.locator("li strong.removed").waitFor();
    await shot(page, "message-left");
    await visit(page, `history/${encodeURIComponent("nobody@nowhere.test")}`);
    await page.getByText("Nothing is known of nobody@nowhere.test.").waitFor();
    return page;
  },
  async "the keyboard is enough"(browser) {
    const page = await open(browser);
    await page.reload();
    await page.locator("[data-ready]").waitFor();
    await page.keyboard.press("Tab");
    check(await page.evaluate(() => document.activeElement.textContent) === "Skip to the content", "skip");
    for (let step = 0; step < 3; ++step) await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    await page.waitForFunction(() => location.hash === "#destinations");
    return page;
  },
};

for (const theme of ["light", "dark"]) {
  for (const width of [1280, 360]) {
    tasks[`${theme}, ${width} pixels: every view fits and is accessible`] = async (browser) => {
      const page = await open(browser, { theme, width });
      for (const view of VIEWS) {
        await visit(page, view);
        const name = `${view.split("/")[0]}-${theme}-${width}`;
        await shot(page, name);
        const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
        check(wide <= 0, `${name} is ${wide} pixels too wide`);
        await accessible(page, name);
      }
      return page;
    };
  }
}

await runTasks(tasks);
