// Does an HTML report work in a browser? Opens each file in headless Chromium as a desktop, as a phone
// and on paper, in both colour schemes and without script, and looks for horizontal overflow, requests,
// console errors and findings of axe-core. Answers 1 if there is any. Run it through check.sh.
import { mkdir } from "node:fs/promises";
import { createRequire } from "node:module";
import { basename, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";

const [modules, profile, shots, ...files] = process.argv.slice(2);
const load = createRequire(join(resolve(modules), "node_modules/"));
const { chromium } = load("playwright-core");
const axe = load.resolve("axe-core/axe.min.js");

const LOOKS = [
  { name: "desktop", width: 1280, height: 900 },
  { name: "desktop-dark", width: 1280, height: 900, colorScheme: "dark" },
  { name: "phone", width: 390, height: 844 },
  { name: "phone-dark", width: 390, height: 844, colorScheme: "dark" },
  { name: "narrow", width: 320, height: 640 },
  { name: "print", width: 780, height: 1100, media: "print" },
  { name: "without-script", width: 1280, height: 900, script: false },
];

await mkdir(shots, { recursive: true });
const context = await chromium.launchPersistentContext(profile, {
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  headless: true,
  args: [
    "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
  ],
});
const browser = context.browser();
let findings = 0;
const complain = (where, what) => {
  findings += 1;
  console.log(`  ${where}: ${what}`);
};

for (const file of files) {
  console.log(file);
  for (const look of LOOKS) {
    const url = pathToFileURL(resolve(file)).href;
    const page = await pageFor(look, url, (what) => complain(look.name, what));
    await page.goto(url);
    await page.emulateMedia({ media: look.media ?? "screen", colorScheme: look.colorScheme ?? "light" });
    const wide = await overflow(page, look);
    if (wide) complain(look.name, `overflows: ${wide}`);
    await page.screenshot({ path: join(shots, `${basename(file, ".html")}-${look.name}.png`), fullPage: true });
    if (look.script !== false) {
      if (look.media !== "print") {
        await filters(page, look);
        await accessible(page, look);
      }
    } else if (await page.locator(".filter").isVisible()) {
      complain(look.name, "the filter shows without script");
    }
    if (look.media === "print") {
      await page.pdf({ path: join(shots, `${basename(file, ".html")}.pdf`), format: "A4", printBackground: true });
    }
    await page.context().close();
  }
}
await context.close();
console.log(findings === 0 ? "nothing found" : `${findings} findings`);
process.exit(findings === 0 ? 0 : 1);

async function pageFor(look, url, complain) {
  const own = await browser.newContext({
    viewport: { width: look.width, height: look.height },
    javaScriptEnabled: look.script !== false,
    deviceScaleFactor: 1,
    offline: true,
  });
  const page = await own.newPage();
  page.on("request", (it) => {
    const asked = it.url();
    if (asked.split("#")[0] !== url && !asked.startsWith("data:")) complain(`asks for ${asked}`);
  });
  page.on("console", (it) => it.type() === "error" && complain(`console: ${it.text()}`));
  page.on("pageerror", (it) => complain(`error: ${it.message}`));
  page.on("dialog", (it) => { complain(`dialog: ${it.message()}`); it.dismiss(); });
  return page;
}

// Widths are asked of the browser, not of the page's own script.
async function overflow(page, look) {
  const client = await page.context().newCDPSession(page);
  const { cssContentSize } = await client.send("Page.getLayoutMetrics");
  return cssContentSize.width > look.width ? `${cssContentSize.width} of ${look.width} pixels` : "";
}

async function filters(page, look) {
  const cards = await page.locator(".card").count();
  if (cards === 0) return;
  if (!(await page.locator(".filter").isVisible())) complain(look.name, "the filter does not show");
  await page.selectOption("#f-kind", { index: 1 });
  const kept = await page.locator(".card:visible").count();
  if (kept === 0 || (kept === cards && (await page.locator("#f-kind option").count()) > 2)) {
    complain(look.name, `a filter keeps ${kept} of ${cards} records`);
  }
  await page.selectOption("#f-kind", "");
  await page.fill("#f-text", "no record has this word");
  await page.waitForFunction(() => !document.querySelector(".card:not([hidden])"), null, { timeout: 3000 })
    .catch(() => complain(look.name, "the search does not search"));
  await page.fill("#f-text", "");
  await page.waitForTimeout(150);
  await page.click("#f-open");
  if (await page.locator("details:not([open])").count()) complain(look.name, "reasons stay closed");
}

async function accessible(page, look) {
  // The policy of the page keeps foreign script out; the debugger is not bound by it.
  const { readFile } = await import("node:fs/promises");
  const client = await page.context().newCDPSession(page);
  await client.send("Runtime.evaluate", { expression: await readFile(axe, "utf8") });
  const { result } = await client.send("Runtime.evaluate", {
    expression: "axe.run(document).then((it) => JSON.stringify(it.violations.map((v) => [v.impact, v.id, v.help, v.nodes.slice(0, 3).map((n) => n.html + ' ' + n.failureSummary)])))",
    awaitPromise: true,
    returnByValue: true,
  });
  if (typeof result.value !== "string") return complain(look.name, "axe-core did not run");
  for (const [impact, id, help, nodes] of JSON.parse(result.value)) {
    const says = `${impact}: ${id}, ${help}\n    ${nodes.join("\n    ")}`;
    if (impact === "serious" || impact === "critical") complain(look.name, says);
    else console.log(`  ${look.name}, not counted: ${says}`);
  }
}
