// Was every catalogued operation seen, and every violation of a request foreseen by a row of the table?
//
//   node verdict.mjs REPORT CATALOGUE DEVIATIONS_RS      exit 1 if not
import fs from "node:fs";

const [report, catalogue, table] = process.argv.slice(2).map((it) => fs.readFileSync(it, "utf8"));
const { passed, strays } = JSON.parse(report);
const rows = [...table.matchAll(/deviation\(\s*"([^"]+)",\s*"([^"]+)",\s*"([^"]+)",?\s*\)/g)]
  .map(([, operation, what]) => ({ operation, at: what.split(":")[0] }));
const blank = (name) => name.replace(/\{[^}]*\}/g, "{}");
const foreseen = (name, at) => rows.some((row) => blank(row.operation) === blank(name) && at.startsWith(row.at));

const names = JSON.parse(catalogue).operations.map((it) => `${it.method} ${it.path}`);
const wanted = new Set(names);
const wrong = wanted.size === 0 ? ["no operation is catalogued"] : [];
for (const { name, count, violations } of passed) {
  const requests = Object.entries(violations).filter(([at]) => at.startsWith("request/"));
  console.log(`${String(count).padStart(5)}  ${name}`);
  for (const [at, times] of requests) {
    const known = foreseen(name, at.slice("request/".length));
    console.log(`       ${times} × ${at}${known ? " (in the table)" : ""}`);
    if (!known) wrong.push(`${name}: ${at}`);
  }
}
const seen = new Set(passed.map((it) => blank(it.name)));
for (const name of wanted) if (!seen.has(blank(name))) wrong.push(`${name}: never seen`);
for (const stray of strays) wrong.push(`${stray}: in no description`);
console.log(`${passed.length} operations seen of ${wanted.size}`);
for (const it of wrong) console.log(`✗ ${it}`);
process.exitCode = wrong.length ? 1 : 0;
