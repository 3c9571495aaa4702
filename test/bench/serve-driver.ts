/**
 * A process that makes load for test/bench/serve.ts, on a core of its own: `serve-driver.ts NAME PLAN`, the plan as JSON.
 * In: see pace.ts and crowd.ts. Out: the result as a line of JSON on stdout, `held` before it from slow readers.
 */
import { type CrowdPlan, herd, slowReaders } from "./serve/crowd.ts";
import { type PacePlan, pace } from "./serve/pace.ts";

const [, , name, json = ""] = process.argv;
const plan: unknown = JSON.parse(json);

const drivers: Record<string, () => Promise<unknown>> = {
	pace: () => pace(plan as PacePlan),
	herd: () => herd(plan as CrowdPlan),
	slow: () => slowReaders(plan as CrowdPlan & { holdMs: number }, () => console.log("held")),
};
const driver = drivers[name ?? ""];
if (driver === undefined) throw new Error(`no driver is called ${name}`);
console.log(JSON.stringify(await driver()));
process.exit();
