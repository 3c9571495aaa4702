/**
 * The pairs of fixtures/findings: each log through `analyze`. `yes….log` has the finding of its folder, with the
 * severity and evidence of `yes….json`; `no….log` has not, and nothing else of warn or high.
 */
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { rules } from "../../src/findings/registry.ts";
import type { Finding } from "../../src/model/diagnosis.ts";
import { diagnosisOf } from "../support/diagnosis-of.ts";
import { findingFixtures } from "../support/finding-fixtures.ts";
import { renderLine } from "../support/log-line.ts";

const folder = fileURLToPath(new URL("../../fixtures/findings", import.meta.url));
const ids = readdirSync(folder);
const cases = ids.flatMap((id) =>
	readdirSync(path.join(folder, id))
		.filter((name) => name.endsWith(".log"))
		.map((name) => ({ id, name: name.slice(0, -4), stem: path.join(folder, id, name.slice(0, -4)) })),
);

test("every rule has a log that has it and one that has not", () => {
	assert.deepEqual(ids.sort(), rules.map(({ id }) => id).sort());
	for (const id of ids) {
		const own = cases.filter((one) => one.id === id).map(({ name }) => name);
		assert.ok(own.some((name) => name.startsWith("yes")) && own.some((name) => name.startsWith("no")), id);
	}
});

test("the logs are what their generator writes", () => {
	const written = findingFixtures();
	assert.deepEqual(
		written.map(({ name }) => name).sort(),
		cases.map(({ id, name }) => `${id}/${name}`).sort(),
	);
	for (const { name, drafts } of written) {
		const lines = drafts.sort((a, b) => a.timeSeconds - b.timeSeconds).map(renderLine);
		assert.equal(readFileSync(path.join(folder, `${name}.log`), "latin1"), `${lines.join("\n")}\n`, name);
	}
});

for (const { id, name, stem } of cases) {
	test(`findings/${id}/${name}`, async () => {
		const map = `${stem}.clusters.yaml`;
		const { findings } = await diagnosisOf(`${stem}.log`, existsSync(map) ? map : undefined);
		const own = findings.filter((finding) => finding.id === id);
		if (name.startsWith("no")) {
			assert.deepEqual(own, []);
			assert.deepEqual(
				findings.filter(({ severity }) => severity !== "info"),
				[],
			);
			return;
		}
		const expected = JSON.parse(readFileSync(`${stem}.json`, "utf8")) as Pick<
			Finding,
			"severity" | "evidence"
		>;
		assert.equal(own.length, 1, `${own.length} findings`);
		const [{ severity, evidence, title, why, next }] = own as [Finding];
		assert.equal(severity, expected.severity);
		const said = Object.fromEntries(Object.keys(expected.evidence).map((key) => [key, evidence[key]]));
		assert.deepEqual(said, expected.evidence);
		assert.doesNotMatch(title, /[.\n]$/);
		for (const text of [title, why, ...next]) assert.doesNotMatch(text, /undefined|NaN|null|\[object/);
		assert.ok(next.length > 0);
	});
}
