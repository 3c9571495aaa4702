/**
 * What observation costs per request: a line of each access log format, the buffered writer, the counters.
 * In: nothing. Out: a table of nanoseconds per call. Paths, keys and user agents are new strings for each request, as
 * the HTTP parser makes them. `node --import tsx test/bench/serve-observe.ts`; the goals are 1.2 µs a line, 0.3 µs to count.
 */
import { combinedLine } from "../../src/serve/observe/log-combined.ts";
import { envoyLine } from "../../src/serve/observe/log-envoy.ts";
import { jsonLine } from "../../src/serve/observe/log-json.ts";
import { createLogWriter } from "../../src/serve/observe/log-writer.ts";
import { Metrics } from "../../src/serve/observe/metrics.ts";
import type { RequestRecord } from "../../src/serve/observe/record.ts";
import { aRecord } from "../serve/observe/records.ts";

const rounds = 7;
const calls = 200_000;
const chartCount = 3000;

const templates = Array.from({ length: chartCount }, (_, chart) => {
	const key = `team-${chart % 40}/service-${chart}-${chart % 17}.${chart % 9}.0+build.${chart}.tgz`;
	return Buffer.from(`/charts/${key} ${key} Helm/3.${chart % 20}.2 10.${chart % 200}.3.4`, "latin1");
});

/** Strings that were not seen before, though their text was: what a parser hands over. */
function records(): RequestRecord[] {
	return Array.from({ length: calls }, (_, call) => {
		const [path = "", key = "", userAgent = "", client = ""] =
			templates[(call * 7) % chartCount]!.toString("latin1").split(" ");
		const fresh = (text: string) => Buffer.from(text, "latin1").toString("latin1");
		return aRecord({
			path: fresh(path),
			key: fresh(key),
			userAgent: fresh(userAgent),
			client: fresh(client),
			atMs: 1_764_000_000_000 + call / 40,
			durationMs: 0.05 + (call % 100) / 1000,
			requestId: fresh(`${call}-4f2e`),
		});
	});
}

let kept = 0;
const writer = createLogWriter({
	sink: {
		write: (bytes, done) => {
			kept += bytes.length;
			setImmediate(done, undefined, bytes.length);
		},
		reopen: async () => {},
		close: () => {},
	},
	said: () => {},
});
const metrics = new Metrics([{ repository: "charts", rules: ["index", "revalidate", "default"] }]);

const measured: Record<string, (record: RequestRecord) => void> = {
	"JSON line": (record) => {
		kept += jsonLine(record).length;
	},
	"Envoy line": (record) => {
		kept += envoyLine(record).length;
	},
	"combined line": (record) => {
		kept += combinedLine(record).length;
	},
	"JSON line, written to a buffered sink": (record) => writer.write(jsonLine(record)),
	"counted (metrics, savings, top charts)": (record) => metrics.answered(record),
};

for (const [name, run] of Object.entries(measured)) {
	let best = Number.POSITIVE_INFINITY;
	for (let round = 0; round < rounds; round++) {
		const batch = records();
		const begin = process.hrtime.bigint();
		for (const [call, record] of batch.entries()) {
			run(record);
			// Writes of the sink end between turns of the event loop, as in a server.
			if (call % 100 === 99) await new Promise(setImmediate);
		}
		best = Math.min(best, Number(process.hrtime.bigint() - begin) / calls);
	}
	console.log(`${name.padEnd(42)} ${best.toFixed(0).padStart(6)} ns`);
}
console.log(`(${kept} characters)`);
