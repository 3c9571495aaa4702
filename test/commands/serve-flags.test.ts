/** The flags of `serve` and the settings are one list of names. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { serveFlags } from "../../src/commands/serve-flags.ts";
import { settingNames } from "../../src/commands/settings.ts";
import { serverKinds } from "../../src/serve/config/names.ts";
import { serveSettingNames } from "../../src/serve-setting-names.ts";

/** What is only asked of the command line. */
const actions = ["config", "check", "explain"];
/** Finer limits: in files and the environment alone, so that --help stays one that is read. */
const withoutFlag = new Set([
	...["origin", "auth-realm", "max-header-size", "max-header-count", "headers-timeout", "request-timeout"],
	...["keep-alive-timeout", "write-idle-timeout", "max-connections", "max-pending", "max-index"],
	...["max-requests-per-connection", "first-byte-timeout", "idle-timeout", "s3-connections"],
	...["s3-connection-age", "retries", "range-fill-max"],
]);

test("every flag is a setting, every setting a flag or said to have none", () => {
	const settings = Object.keys(serverKinds);
	const flags = Object.keys(serveFlags).filter((name) => !actions.includes(name));
	assert.deepEqual(
		flags.filter((name) => !settings.includes(name)),
		[],
	);
	assert.deepEqual(
		settings.filter((name) => !flags.includes(name) && !withoutFlag.has(name)),
		[],
	);
	assert.deepEqual(
		[...withoutFlag].filter((name) => flags.includes(name) || !settings.includes(name)),
		[],
	);
});

test("switches are switches, lists are lists, all else is text", () => {
	for (const [name, flag] of Object.entries(serveFlags)) {
		if (actions.includes(name)) continue;
		const kind = serverKinds[name as keyof typeof serverKinds];
		assert.equal(flag.type, kind === "switch" ? "boolean" : "option", name);
		const isList = kind === "texts" || kind === "globs";
		assert.equal("multiple" in flag && flag.multiple === true, isList, name);
	}
});

test("names that two commands share are known to both", () => {
	const shared = settingNames.filter((name) => serveSettingNames.includes(name));
	assert.deepEqual(shared.sort(), ["bucket", "prices", "region"]);
});
