/** Colour, width, character set and progress, from surroundings that are passed in. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { failureOf } from "../../src/commands/failure.ts";
import { progressLine, progressText } from "../../src/commands/progress.ts";
import { showsProgress, styleOf } from "../../src/commands/terminal-style.ts";
import { ChartcostError } from "../../src/model/errors.ts";
import type { Progress } from "../../src/model/options.ts";

const at = (environment: Record<string, string>, isTerminal = true, columns = 100) =>
	styleOf({ isTerminal, columns, environment }, undefined);

test("colour: NO_COLOR over FORCE_COLOR over the terminal", () => {
	assert.equal(at({}).color, true);
	assert.equal(at({}, false).color, false);
	assert.equal(at({ FORCE_COLOR: "1" }, false).color, true);
	assert.equal(at({ FORCE_COLOR: "0" }).color, false);
	assert.equal(at({ NO_COLOR: "1", FORCE_COLOR: "1" }).color, false);
	assert.equal(at({ NO_COLOR: "" }).color, true);
	assert.equal(at({ TERM: "dumb" }).color, false);
});

test("width: the terminal's within reason, 80 when piped", () => {
	assert.equal(at({}).width, 100);
	assert.equal(at({}, false).width, 80);
	assert.equal(at({}, true, 20).width, 60);
	assert.equal(at({}, true, 400).width, 160);
});

test("character set: the first locale variable that is set decides", () => {
	assert.equal(at({}).unicode, true);
	assert.equal(at({ LANG: "de_DE.UTF-8" }).unicode, true);
	assert.equal(at({ LANG: "C.utf8" }).unicode, true);
	assert.equal(at({ LANG: "C" }).unicode, false);
	assert.equal(at({ LC_ALL: "POSIX", LANG: "en_US.UTF-8" }).unicode, false);
});

test("progress only where somebody watches", () => {
	const shows = (environment: Record<string, string>, isTerminal = true) =>
		showsProgress({ isTerminal, columns: 80, environment });
	assert.equal(shows({}), true);
	assert.equal(shows({}, false), false);
	assert.equal(shows({ CI: "true" }), false);
	assert.equal(shows({ CI: "false" }), true);
	assert.equal(shows({ TERM: "dumb" }), false);
});

const progress: Progress = {
	phase: "reading",
	files: 3,
	totalFiles: 12,
	bytes: 2 ** 30,
	totalBytes: 4 * 2 ** 30,
	lines: 2_000_000,
	elapsedMs: 4000,
};

test("the progress line says how far, how fast and how long", () => {
	assert.equal(
		progressText(progress),
		"reading 3 of 12 files  1.00 GiB of 4.00 GiB (25.0%)  500,000 lines/s  ETA 12 s",
	);
	assert.equal(
		progressText({ ...progress, files: 0, totalFiles: 0, totalBytes: 0, elapsedMs: 0 }),
		"reading  1.00 GiB  0 lines/s",
	);
});

test("it is redrawn ten times a second at most, fits the line, and is wiped", () => {
	const written: string[] = [];
	const line = progressLine(
		(text) => written.push(text),
		() => 20,
	);
	for (let elapsedMs = 0; elapsedMs < 1000; elapsedMs += 10) line.update({ ...progress, elapsedMs });
	assert.equal(written.length, 10);
	assert.equal(written[0], "\rreading 3 of 12 fil\x1b[K");
	line.clear();
	line.clear();
	assert.deepEqual(written.slice(10), ["\r\x1b[K"]);
});

const calm = { debug: false, interrupted: false, commandNames: ["analyze", "attribute"] };

test("failures: message, hint, exit code; names of files made safe", () => {
	const error = new ChartcostError("no file \u001b[31m", { exitCode: 2, hint: "Look again." });
	assert.deepEqual(failureOf(error, calm), {
		text: "chartcost: no file \\x1b[31m\n  Look again.\n",
		exitCode: 2,
	});
});

test("failures: system errors", () => {
	const errno = (code: string) => Object.assign(new Error(`${code}: it failed`), { code });
	assert.deepEqual(failureOf(errno("EPIPE"), calm), { text: "", exitCode: 0 });
	assert.equal(failureOf(errno("EACCES"), calm).exitCode, 5);
	assert.match(failureOf(errno("ENOSPC"), calm).text, /no space left/);
	assert.equal(failureOf(errno("ENOSPC"), calm).exitCode, 1);
	assert.equal(failureOf(new Error("aborted"), { ...calm, interrupted: true }).exitCode, 130);
});

test("failures: a stack only when it was asked for", () => {
	const bug = new TypeError("x is not a function");
	assert.equal(
		failureOf(bug, calm).text,
		"chartcost: x is not a function\n  Set CHARTCOST_DEBUG=1 to see where.\n",
	);
	assert.match(failureOf(bug, { ...calm, debug: true }).text, /\n {4}at /);
});
