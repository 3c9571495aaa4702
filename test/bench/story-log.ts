/**
 * The story at the size of a real one: four weeks of a bucket of 1,000 packages whose old ChartMuseum downloads them
 * all every hour, an upgrade in one cluster, a forgotten other one, and the people who use it.
 * In: nothing. Out: a log of about 1 GB in .bench/, made once, with its truth.
 */
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, writeFileSync, writeSync } from "node:fs";
import { renderLine } from "../support/log-line.ts";
import { makeBase } from "../support/scenarios/base.ts";
import { together } from "../support/scenarios/expected.ts";
import { rollout } from "../support/scenarios/rollout.ts";
import { World } from "../support/scenarios/world.ts";
import { Truth, type TruthJson } from "../support/truth.ts";
import { benchDir } from "./logs.ts";

/** Lines rendered at a time. */
const batchLines = 10_000;

export function storyLog(): { path: string; truth: TruthJson } {
	mkdirSync(benchDir, { recursive: true });
	const path = `${benchDir}story.log`;
	const truthPath = `${path}.truth.json`;
	if (!existsSync(truthPath)) writeFileSync(truthPath, JSON.stringify(writeStory(path)));
	return { path, truth: JSON.parse(readFileSync(truthPath, "utf8")) as TruthJson };
}

function writeStory(path: string): Truth {
	const world = new World({ seed: 1, days: 28, charts: 1000, pushesPerDay: 3 });
	const base = makeBase(world, { clusters: 0 });
	const { drafts } = together([base, rollout(world, { intervalMinutes: 60 })]);
	const sent = drafts
		.filter(({ timeSeconds }) => timeSeconds >= world.from && timeSeconds < world.to)
		.sort((a, b) => a.timeSeconds - b.timeSeconds);
	const truth = new Truth();
	const file = openSync(path, "w");
	for (let from = 0; from < sent.length; from += batchLines) {
		let text = "";
		for (const draft of sent.slice(from, from + batchLines)) {
			truth.add(draft);
			text += `${renderLine(draft)}\n`;
		}
		const bytes = Buffer.from(text, "latin1");
		truth.bytes += bytes.length;
		writeSync(file, bytes);
	}
	closeSync(file);
	return truth;
}
