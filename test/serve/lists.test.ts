/** The tables of README.md against the files: each test that they name exists, and no id is without a row. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

const read = (name: string) => readFileSync(new URL(name, import.meta.url), "utf8");
const rows = [...read("README.md").matchAll(/^\| ([RS]-\d\d) \| [^|]* \| (.*) \|$/gm)];

test("every test that a table names stands in its file", () => {
	for (const [, id, cell = ""] of rows) {
		for (const [, file = "", name = ""] of cell.matchAll(/`([\w/-]+\.test\.ts)`: (.*?)(?=<br>|$)/g)) {
			const text = read(file);
			let at = 0;
			for (const piece of name.replaceAll("\\|", "|").split("…")) {
				at = text.indexOf(piece, at);
				assert.ok(at >= 0, `${id}: ${file} has no test "${name}"`);
			}
			assert.ok(text.includes(id!), `${id} is no test's name in ${file}`);
		}
	}
});

test("R-01 to R-30 and S-01 to S-50 have a row each, with a test or a reason", () => {
	const listed = rows.filter(([, , cell = ""]) => cell.trim() !== "").map(([, id]) => id);
	for (const [list, count] of [
		["R", 30],
		["S", 50],
	] as const) {
		for (let n = 1; n <= count; n++) {
			const id = `${list}-${String(n).padStart(2, "0")}`;
			assert.ok(listed.includes(id), id);
		}
	}
});
