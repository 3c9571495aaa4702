/**
 * Reads the Prometheus text format strictly, as promtool's linter would look at it: throws where something is wrong.
 * In: an exposition. Out: families with their series. Written from the format's description, not from our writer.
 */
import assert from "node:assert/strict";

export interface Family {
	name: string;
	type: string;
	/** Name with labels, as written → value. */
	series: Map<string, number>;
}

const metricName = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;
const sampleLine =
	/^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{((?:[a-zA-Z_]\w*="(?:[^"\\\n]|\\[\\"n])*",?)+)\})? (\S+)$/;

export function parseExposition(text: string): Family[] {
	assert.ok(text.endsWith("\n"), "ends with a line end");
	const families: Family[] = [];
	const lines = text.slice(0, -1).split("\n");
	for (let at = 0; at < lines.length; at++) {
		const help = /^# HELP (\S+) (\S.*)$/.exec(lines[at]!);
		if (help !== null) {
			const type = /^# TYPE (\S+) (counter|gauge|histogram)$/.exec(lines[++at] ?? "");
			assert.equal(type?.[1], help[1], "TYPE follows HELP");
			families.push({ name: help[1]!, type: type![2]!, series: new Map() });
			continue;
		}
		addSample(families.at(-1), lines[at]!);
	}
	for (const family of families) checkFamily(family);
	const names = families.map(({ name }) => name);
	assert.equal(new Set(names).size, names.length, "a family is there once");
	return families;
}

function addSample(family: Family | undefined, line: string): void {
	const [, name = "", labels, value] = sampleLine.exec(line) ?? [];
	assert.ok(family !== undefined && name !== "", `no sample: ${line}`);
	const allowed =
		family.type === "histogram"
			? ["_bucket", "_sum", "_count"].map((end) => family.name + end)
			: [family.name];
	assert.ok(allowed.includes(name), `${name} is not of ${family.name}`);
	const id = labels === undefined ? name : `${name}{${labels}}`;
	assert.ok(!family.series.has(id), `twice: ${id}`);
	const number = value === "+Inf" ? Number.POSITIVE_INFINITY : Number(value);
	assert.ok(!Number.isNaN(number), `no number: ${line}`);
	family.series.set(id, number);
	if (labels !== undefined) {
		const names = [...labels.matchAll(/(\w+)="(?:[^"\\]|\\.)*"/g)].map((match) => match[1]);
		assert.equal(new Set(names).size, names.length, "a label is there once");
	}
}

function checkFamily({ name, type, series }: Family): void {
	assert.match(name, metricName);
	assert.equal(type === "counter", name.endsWith("_total"), `${name} is a ${type}`);
	if (type === "counter")
		for (const value of series.values()) assert.ok(value >= 0 && Number.isFinite(value), name);
	if (type !== "histogram") return;
	const groups = new Map<string, { le: number; count: number }[]>();
	for (const [id, count] of series) {
		const bucket = /^\w+_bucket\{(.*),le="([^"]+)"\}$/.exec(id);
		if (bucket === null) continue;
		const le = bucket[2] === "+Inf" ? Number.POSITIVE_INFINITY : Number(bucket[2]);
		groups.set(bucket[1]!, [...(groups.get(bucket[1]!) ?? []), { le, count }]);
	}
	assert.ok(groups.size > 0);
	for (const [labels, buckets] of groups) {
		for (const [index, { le, count }] of buckets.entries()) {
			const before = buckets[index - 1];
			assert.ok(before === undefined || (before.le < le && before.count <= count), `${name} ${labels} ${le}`);
		}
		assert.equal(buckets.at(-1)?.le, Number.POSITIVE_INFINITY);
		assert.equal(series.get(`${name}_count{${labels}}`), buckets.at(-1)?.count);
		assert.ok((series.get(`${name}_sum{${labels}}`) ?? -1) >= 0);
	}
}

export function seriesOf(families: readonly Family[]): Map<string, number> {
	return new Map(families.flatMap(({ series }) => [...series]));
}
