/** Where a setting comes from, and what is said when it cannot be used. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { resolveSettings } from "../../src/commands/settings.ts";
import { parseSettings } from "../../src/commands/settings-file.ts";
import { ChartcostError } from "../../src/model/errors.ts";

const file = (text: string, name = "chartcost.yaml") => parseSettings(text, name);

function usage(message: RegExp) {
	return (error: unknown) => {
		assert.ok(error instanceof ChartcostError);
		assert.equal(error.exitCode, 2);
		assert.match(`${error.message}\n${error.hint ?? ""}`, message);
		return true;
	};
}

test("flag over environment over project file over user file", async () => {
	const files = [
		await file("region: project\ntop: 3"),
		await file("region: user\nbucket: b\ntop: 4", "/u/c.yaml"),
	];
	assert.equal(resolveSettings({ region: "flag" }, { CHARTCOST_REGION: "env" }, files).region, "flag");
	assert.equal(resolveSettings({}, { CHARTCOST_REGION: "env" }, files).region, "env");
	assert.equal(resolveSettings({}, { CHARTCOST_REGION: "" }, files).region, "project");
	assert.deepEqual(resolveSettings({}, {}, files), { region: "project", bucket: "b", top: 3 });
});

test("every kind of value, from text", async () => {
	const files = [
		await file('own-account: [111122223333, "012345678901"]\nsave: no\ndataset: data\nthreads: "2"'),
	];
	assert.deepEqual(resolveSettings({}, {}, files), {
		"own-account": ["111122223333", "012345678901"],
		save: false,
		dataset: "data",
		threads: 2,
	});
	assert.deepEqual(resolveSettings({ "own-account": ["1,2", "3"] }, {}, [])["own-account"], ["1", "2", "3"]);
	assert.equal(resolveSettings({}, { CHARTCOST_NO_SAVE: "1" }, []).save, false);
	assert.equal(resolveSettings({ save: true }, { CHARTCOST_NO_SAVE: "1" }, []).save, true);
});

test("paths in the user's file start from its folder", async () => {
	const files = [await file("clusters: map.yaml", "/home/me/.config/chartcost/chartcost.yaml")];
	assert.equal(resolveSettings({}, {}, files).clusters, "/home/me/.config/chartcost/map.yaml");
});

test("an empty file sets nothing", async () => {
	for (const text of ["", "# region: x\n", "---\n"]) {
		assert.deepEqual(resolveSettings({}, {}, [await file(text)]), {});
	}
});

test("errors name the place", async () => {
	const resolve = async (text: string) => resolveSettings({}, {}, [await file(text)]);
	await assert.rejects(
		resolve("# mine\nregoin: x"),
		usage(/^chartcost\.yaml:2: unknown setting "regoin"; did you mean region\?/),
	);
	await assert.rejects(
		resolve("bucket: a\ntop: many"),
		usage(/^chartcost\.yaml:2: top: expected a whole number .* "many"/),
	);
	await assert.rejects(resolve("region: [a, b]"), usage(/^chartcost\.yaml:1: region: expected one value/));
	await assert.rejects(file("a: [1"), usage(/^chartcost\.yaml:\d+: not valid YAML/));
	await assert.rejects(file("- a"), usage(/expected settings such as/));
	assert.throws(
		() => resolveSettings({ top: "0" }, {}, []),
		usage(/^--top: expected a whole number of 1 or more/),
	);
	assert.throws(() => resolveSettings({}, { CHARTCOST_TOP: "-1" }, []), usage(/^CHARTCOST_TOP: /));
	assert.throws(
		() => resolveSettings({}, { CHARTCOST_SAVE: "maybe" }, []),
		usage(/^CHARTCOST_SAVE: expected true or false/),
	);
});
