/**
 * `npm run bench:serve`: chartcost serve, nginx proxy_cache, Varnish and ChartMuseum over the same S3, in one run (chart-proxy 5.4).
 * `npm run bench:serve -- [--rounds 5] [--seconds 3] [--only hits,latency,disturbed,crowds,mix,museum,tls,workers] [--dry]`
 * In: flags; nginx, varnishd, wrk, h2load and taskset on the PATH; a build (`npm run build`). Out: tables on stdout and, without
 * --dry and --only, in test/bench/SERVE.md.
 */
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { firstLine } from "./measure.ts";
import { barsTable } from "./serve/bars.ts";
import { benchBucket } from "./serve/bucket.ts";
import { chartMuseumVersion } from "./serve/chartmuseum.ts";
import { loadAverage, loadCore } from "./serve/machine.ts";
import { type Plan, Run } from "./serve/run.ts";
import * as tables from "./serve/tables.ts";
import { machineList } from "./table.ts";

const { values } = parseArgs({
	options: {
		rounds: { type: "string", default: "5" },
		seconds: { type: "string", default: "3" },
		only: { type: "string", default: "" },
		dry: { type: "boolean", default: false },
	},
});
const plan: Plan = { rounds: Number(values.rounds), seconds: Number(values.seconds) };
const wanted = (section: string) => values.only === "" || values.only.split(",").includes(section);

// S3 and the drivers share the load's core: what they do is none of the server's CPU time.
execFileSync("taskset", ["-a", "-cp", loadCore, String(process.pid)], { stdio: "ignore" });
const bucket = await benchBucket();
const run = new Run(bucket, plan, (text) => console.error(text));
const loadBefore = loadAverage();
try {
	if (wanted("hits") || wanted("latency")) await run.hits(wanted("latency"));
	if (wanted("disturbed")) await run.disturbed();
	if (wanted("crowds")) await run.crowds();
	if (wanted("mix")) await run.mixes();
	if (wanted("museum")) await run.museums();
	if (wanted("tls")) await run.tls();
	if (wanted("workers")) await run.workers();
} finally {
	await bucket.s3.close();
}

const report = `# Benchmark: chartcost serve

Written by \`npm run bench:serve\`; run it to get your own numbers. ${new Date().toISOString().slice(0, 10)}.

${machineList()}
- Load average before and after: ${loadBefore}; ${loadAverage()}. Above 2 others were working, too: then only ratios mean something.
${await versions()}

Servers on core 0, wrk (\`-t1 -c64 -d${plan.seconds}s\`), drivers and S3 on core 1, loopback. ${plan.rounds} rounds taken in turns, medians. All write an access
log: chartcost JSON, nginx "combined" (64 KB buffer), Varnish with varnishncsa, all to a file. CPU time is that of all processes and
threads of a server (nginx: master, worker, cache manager; Varnish: both processes and varnishncsa), from /proc. "× nginx" is requests
per CPU second against nginx with sendfile of the same round. RSS is the sum over processes.

## The bars

${barsTable({ ...run, hits: run.hitRows })}

What stands in the way of a bar, as far as it was looked at (not measured again by this script):

- 1 KB and 304: a profile of 1 KB hits had 51 % in the kernel (a read, a write, waking the client), 29 % in Node and V8, 12 % in compiled
  JavaScript, Node's own streams included, 7 % in libc. Larger young generations changed nothing beyond the noise. A 304 saves the copying
  of the body only, which for 1 KB is little.
- 64 KB and 1 MB: nginx hands pages of its cache file to the socket (sendfile); Node copies every byte. The rows "sendfile off" show how
  much of the distance that is.
- The last of 1,000 waiters: 1,000 clients took 120 to 270 ms of the server's CPU time, connecting and closing included, and the driver needs
  time of its own. The last of them would have to come within 5 ms. nginx was not measured here.
- Hits beside fills: while a large object is fetched, checksum, digest and copies of its bytes share the one thread with the hits. 4 MB cost
  37 to 46 ms of CPU time, nginx 4 to 5 ms, before and after the checksum was made faster.

## Hits

${tables.hitsTable(run.hitRows)}

Node cannot sendfile: what chartcost copies into the socket, nginx hands over as pages. "sendfile off" shows nginx doing the same work.

## Latency at a constant rate

Half of what the slower of chartcost and nginx did above; counted from when a request was due, so that stalls are not hidden. The
driver is the same for all, and part of the numbers.

${tables.latencyTable([...run.latency, ...run.disturbances])}

## Crowds

${tables.herdTable(run.herds)}

One index, read slowly:

${run.slow === undefined ? "Not measured." : tables.slowTable(run.slow)}

## What a repository sees

70 % index.yaml with If-None-Match, 25 % of 40 hot charts, 5 % never asked for before; S3 answers after 30 ms; constant rate.
chartcost asks S3 at each use of the index unless told otherwise: its first rows do, the others keep the index for 5 s as nginx and
Varnish do.

${tables.mixTable(run.mix)}

## ChartMuseum

${run.museum.some(({ proxy }) => proxy.startsWith("ChartMuseum")) ? "" : "ChartMuseum is not installed. "}The same bucket of 43 charts. S3 requests are counted over 1,000 requests (70 % index, 30 % packages) at 100 a second, after
the start: at its start ChartMuseum also reads every package of the bucket. chartcost asks S3 whether the index changed at each use
(requests that come at the same time share one question); ChartMuseum answers from memory and looks every five minutes.

${tables.museumTable(run.museum)}

## TLS

h2load: HTTP/1.1 with 64 connections, HTTP/2 with 16 connections of 16 streams. All of it goes through Node's own HTTP there.

${tables.tlsTable(run.tlsRows)}

## Workers

Both cores for the server, one of them shared with wrk.

${tables.workersTable(run.workerRows)}

## Commands

${run.commands.map((command) => `- \`${command}\``).join("\n")}
`;
process.stdout.write(report);
if (!values.dry && values.only === "") writeFileSync(new URL("SERVE.md", import.meta.url), report);

async function versions(): Promise<string> {
	const lines = {
		nginx: execFileSync("sh", ["-c", "nginx -v 2>&1"], { encoding: "utf8" }).trim(),
		Varnish: execFileSync("sh", ["-c", "varnishd -V 2>&1"], { encoding: "utf8" }).split("\n")[0],
		ChartMuseum: await chartMuseumVersion(),
		wrk: execFileSync("sh", ["-c", "wrk -v 2>&1 || true"], { encoding: "utf8" }).split(" Copyright")[0],
		h2load: await firstLine(["h2load", "--version"]),
	};
	return Object.entries(lines)
		.map(([name, version]) => `- ${version ?? `${name}: not installed`}`)
		.join("\n");
}
