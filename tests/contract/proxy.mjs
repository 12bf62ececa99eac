// What do the published descriptions say about each request of a run? Stands between concordat and a
// sandbox: one prism per description validates and passes on, and this tells which prism gets what,
// counts operations and collects violations. Knows nothing of the records.
//
//   node proxy.mjs PRISM SPECS UPGUARD_BASE HIGHLEVEL_BASE PORT     prints "ready", then serves;
//   GET /_report answers what passed so far, GET /_forget forgets it.
import { spawn } from "node:child_process";
import { once } from "node:events";
import fs from "node:fs";
import http from "node:http";
import path from "node:path";

const [prism, specs, upguardBase, highlevelBase, port] = process.argv.slice(2);
const apps = path.join(specs, "highlevel/apps");
const documents = [
  ...fs.readdirSync(apps).map((file) => ["/highlevel", path.join(apps, file), highlevelBase]),
  ...fs.readdirSync(path.join(specs, "upguard")).filter((it) => /^upguard-.*\.json$/.test(it))
    .map((file) => ["/upguard", path.join(specs, "upguard", file), upguardBase]),
];

// Ports count on from the proxy's own.
const prisms = documents.map(([prefix, file, upstream], place) => {
  const own = Number(port) + 1 + place;
  const child = spawn(prism, ["proxy", file, upstream, "--port", `${own}`, "--verboseLevel", "warn"], {
    stdio: ["ignore", "ignore", "inherit"],
  });
  const { paths } = JSON.parse(fs.readFileSync(file, "utf8"));
  const fits = (template) => new RegExp(`^${template.replace(/\{[^}]*\}/g, "[^/]+")}$`);
  const operations = Object.entries(paths).flatMap(([template, methods]) =>
    Object.keys(methods).map((it) => ({ method: it.toUpperCase(), template, fits: fits(template) })));
  return { prefix, own, child, operations };
});
const stop = () => prisms.forEach(({ child }) => child.kill("SIGKILL"));
process.on("SIGTERM", () => { stop(); process.exit(0); });
process.on("exit", stop);

const passed = new Map();
const strays = new Set();

// Fewest placeholders first: `/contacts/search` is no contact.
function found(prefix, method, below) {
  const fitting = prisms.filter((it) => it.prefix === prefix).flatMap((it) =>
    it.operations.filter((op) => op.method === method && op.fits.test(below)).map((op) => ({ ...op, own: it.own })));
  const placeholders = (it) => it.template.split("{").length;
  return fitting.sort((a, b) => placeholders(a) - placeholders(b))[0];
}

function serve(request, response) {
  if (request.url === "/_report") {
    response.end(JSON.stringify({ passed: [...passed.values()], strays: [...strays] }));
    return;
  }
  if (request.url === "/_forget") {
    passed.clear();
    strays.clear();
    response.end();
    return;
  }
  const [, prefix, below, query = ""] = /^(\/[^/]+)([^?]*)(.*)$/.exec(request.url);
  const operation = found(prefix, request.method, below);
  if (!operation) {
    strays.add(`${request.method} ${request.url.split("?")[0]}`);
    response.writeHead(502).end();
    return;
  }
  const name = `${request.method} ${operation.template}`;
  const row = passed.get(prefix + name) ?? { side: prefix.slice(1), name, count: 0, violations: {} };
  passed.set(prefix + name, row);
  row.count += 1;
  const onward = http.request(
    { host: "127.0.0.1", port: operation.own, path: below + query, method: request.method,
      headers: { ...request.headers, host: `127.0.0.1:${operation.own}` } },
    (answer) => {
      // Prism says what it found in a header.
      for (const { location, code } of JSON.parse(answer.headers["sl-violations"] ?? "[]")) {
        const at = location.map((it) => (/^\d+$/.test(it) ? "*" : it)).join("/");
        row.violations[`${at}: ${code}`] = (row.violations[`${at}: ${code}`] ?? 0) + 1;
      }
      const { "sl-violations": _, ...headers } = answer.headers;
      response.writeHead(answer.statusCode, headers);
      answer.pipe(response);
    });
  onward.on("error", () => response.destroy());
  request.pipe(onward);
}

for (const { own } of prisms) {
  for (let tries = 0; tries < 300; tries += 1) {
    const probe = http.get({ host: "127.0.0.1", port: own, path: "/" }, (answer) => answer.resume());
    const up = await Promise.race([once(probe, "response").then(() => true), once(probe, "error").then(() => false)]).catch(() => false);
    if (up) break;
    await new Promise((done) => setTimeout(done, 200));
  }
}
http.createServer(serve).listen(Number(port), "127.0.0.1", () => console.log("ready"));
