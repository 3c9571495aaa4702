/** Writes fixtures/findings anew. Expectations (`*.json`) are written by hand and stay. */
import { mkdirSync, writeFileSync } from "node:fs";
import { findingFixtures } from "./finding-fixtures.ts";
import { renderLine } from "./log-line.ts";

const folder = new URL("../../fixtures/findings/", import.meta.url);

for (const { name, drafts, clusters } of findingFixtures()) {
	const file = new URL(`${name}.log`, folder);
	mkdirSync(new URL(".", file), { recursive: true });
	const lines = drafts.sort((a, b) => a.timeSeconds - b.timeSeconds).map(renderLine);
	writeFileSync(file, Buffer.from(`${lines.join("\n")}\n`, "latin1"));
	if (clusters !== undefined) writeFileSync(new URL(`${name}.clusters.yaml`, folder), clusters);
}
