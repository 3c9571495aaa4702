/** The README shows what the program prints: its long example is run and compared, its links are followed. */
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { type Case, runCase } from "./cli/sandbox.ts";

const root = new URL("../", import.meta.url);
const textOf = (name: string) => readFileSync(new URL(name, root), "utf8");

test("the report in the README is the report of fixtures/logs", () => {
	const [, command = "", report = ""] =
		/```\n\$ npx chartcost (.*)\n([\s\S]*?)```/.exec(textOf("README.md")) ?? [];
	const subject: Case = {
		name: "README",
		args: command.split(" "),
		files: {
			"fixtures/logs": { fixture: "logs" },
			"fixtures/clusters.yaml": { fixture: "clusters.yaml" },
		},
		env: { npm_command: "exec" },
		expect: { exit: 0 },
	};
	runCase(subject, ({ exit, stdout, stderr }) => {
		assert.equal(exit, 0, stderr);
		assert.equal(stdout, report);
	});
});

for (const name of ["README.md", "src/README.md", "fixtures/README.md"]) {
	test(`links of ${name} lead somewhere`, () => {
		const links = [...textOf(name).matchAll(/\]\(([^)#:]+)\)/g)].map((match) => match[1] ?? "");
		// `npm run bench` writes the results; a clone may be without.
		const written = links.filter((link) => !/\/(RESULTS|SERVE)\.md$/.test(link));
		const missing = written.filter((link) => !existsSync(fileURLToPath(new URL(link, new URL(name, root)))));
		assert.deepEqual(missing, []);
	});
}
