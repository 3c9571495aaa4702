/** pandas opens the Parquet export and finds the same totals. Needs python3 with pandas and pyarrow. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const repository = fileURLToPath(new URL("../..", import.meta.url));
const python = (script: string, cwd: string) =>
	spawnSync("python3", ["-c", script], { cwd, encoding: "utf8", timeout: 60_000 });
const missing = python("import pandas, pyarrow", ".").status !== 0;

const script = `
import json, pandas
tables = {name: pandas.read_parquet(name) for name in ("requests", "requests_by_key", "files")}
print(json.dumps({
	name: {
		"requests": int(table["requests"].sum()),
		"cost": float(table["cost_usd"].sum()),
		"first": table["first_seen"].min().isoformat(),
		"time": str(table["time"].dtype),
	}
	for name, table in tables.items() if name != "files"
} | {"records": int(tables["files"]["records"].sum())}))
`;

test("pandas", { skip: missing ? "no python3 with pandas and pyarrow" : false }, () => {
	const folder = mkdtempSync(join(tmpdir(), "chartcost-pandas-"));
	try {
		const run = (...args: string[]) =>
			spawnSync(process.execPath, [join(repository, "bin/run.js"), ...args], {
				cwd: folder,
				encoding: "utf8",
			});
		const analysis = JSON.parse(run("analyze", join(repository, "fixtures/logs"), "--json").stdout);
		assert.equal(run("export", "parquet", "out").status, 0);
		const { status, stdout, stderr } = python(script, join(folder, "out"));
		assert.equal(status, 0, stderr);
		const { records, requests, requests_by_key: byKey } = JSON.parse(stdout);
		assert.equal(records, analysis.input.records);
		for (const table of [requests, byKey]) {
			assert.equal(table.requests, analysis.total.requests);
			assert.ok(Math.abs(table.cost - analysis.total.costUsd) < 1e-9);
			assert.match(table.first, /^2026-10-12T.*\+00:00$/);
			assert.match(table.time, /UTC/);
		}
	} finally {
		rmSync(folder, { recursive: true, force: true });
	}
});
