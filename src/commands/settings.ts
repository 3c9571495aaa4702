/**
 * Every setting of the analysis commands, from wherever it was given:
 * flag > CHARTCOST_* environment > ./chartcost.yaml > chartcost.yaml in the user's config folder > default.
 * All places use the flag's name and spelling, and all are checked by the same code.
 */
import path from "node:path";
import { usageError } from "../model/errors.ts";
import { didYouMean } from "../model/nearest.ts";
import { serveSettingNames } from "../serve-setting-names.ts";
import type { SettingsFile } from "./settings-file.ts";

type Kind = "text" | "path" | "list" | "count" | "switch";

/** Name of the setting (= flag, = key in chartcost.yaml) and what it holds. */
const kinds = {
	from: "text",
	to: "text",
	bucket: "text",
	region: "text",
	clusters: "path",
	prices: "path",
	"ip-ranges": "path",
	"own-account": "list",
	dataset: "path",
	save: "switch",
	top: "count",
	threads: "count",
	format: "text",
	quiet: "switch",
} as const satisfies Record<string, Kind>;

type Name = keyof typeof kinds;
type ValueOf<K extends Kind> = K extends "list"
	? string[]
	: K extends "count"
		? number
		: K extends "switch"
			? boolean
			: string;

/** What was set anywhere; a missing key was set nowhere. */
export type Settings = { [N in Name]?: ValueOf<(typeof kinds)[N]> };

export const settingNames = Object.keys(kinds) as Name[];

/** One place that settings come from. */
interface Layer {
	values: Readonly<Record<string, unknown>>;
	/** How this place calls the setting, for error messages: `--top`, `CHARTCOST_TOP`, `chartcost.yaml:3: top`. */
	label(name: Name): string;
	/** Folder that relative paths start from; `undefined`: the working directory. */
	folder: string | undefined;
}

/**
 * `files` in order of precedence. Throws a usage error that names the place of a value it cannot use.
 * Unknown environment variables are left alone, an unknown key in a file is an error.
 */
export function resolveSettings(
	flags: Readonly<Record<string, unknown>>,
	environment: Readonly<Record<string, string | undefined>>,
	files: readonly SettingsFile[],
): Settings {
	const layers: Layer[] = [
		{ values: flags, label: (name) => `--${name}`, folder: undefined },
		{ values: fromEnvironment(environment), label: variableOf, folder: undefined },
		...files.map(fromFile),
	];
	const settings: Record<string, unknown> = {};
	for (const name of settingNames) {
		for (const layer of layers) {
			const value = layer.values[name];
			if (value === undefined) continue;
			settings[name] = checked(kinds[name], value, layer.label(name), layer.folder);
			break;
		}
	}
	return settings as Settings;
}

function variableOf(name: Name): string {
	return `CHARTCOST_${name.toUpperCase().replaceAll("-", "_")}`;
}

function fromEnvironment(environment: Readonly<Record<string, string | undefined>>): Record<string, unknown> {
	const values: Record<string, unknown> = {};
	for (const name of settingNames) {
		const value = environment[variableOf(name)];
		// An empty variable is one that a script cleared.
		if (value !== undefined && value !== "") values[name] = value;
	}
	const noSave = environment["CHARTCOST_NO_SAVE"];
	if (values["save"] === undefined && noSave !== undefined && noSave !== "") {
		values["save"] = String(!asSwitch(noSave, "CHARTCOST_NO_SAVE"));
	}
	return values;
}

function fromFile({ file, values, lineOf }: SettingsFile): Layer {
	const label = (name: string) => `${file}:${lineOf(name)}: ${name}`;
	for (const key of Object.keys(values)) {
		// The file is shared: those of serve are its own business.
		if (Object.hasOwn(kinds, key) || serveSettingNames.includes(key)) continue;
		throw usageError(
			`${file}:${lineOf(key)}: unknown setting "${key}"${didYouMean(key, settingNames)}`,
			`Known settings: ${settingNames.join(", ")}.`,
		);
	}
	return { values, label, folder: path.dirname(file) };
}

function checked(kind: Kind, value: unknown, label: string, folder: string | undefined): unknown {
	if (kind === "list") return asList(value, label);
	if (typeof value === "boolean" && kind === "switch") return value;
	if (typeof value !== "string" || value === "") throw usageError(`${label}: expected one value`);
	if (kind === "count") return asCount(value, label);
	if (kind === "switch") return asSwitch(value, label);
	if (kind === "path" && folder !== undefined && folder !== ".") return path.resolve(folder, value);
	return value;
}

function asList(value: unknown, label: string): string[] {
	const items = Array.isArray(value) ? value : [value];
	return items.flatMap((item) => {
		if (typeof item !== "string") throw usageError(`${label}: expected a list of values`);
		return item
			.split(",")
			.map((part) => part.trim())
			.filter((part) => part !== "");
	});
}

function asCount(value: string, label: string): number {
	const count = Number(value);
	if (!/^\d+$/.test(value) || count < 1 || !Number.isSafeInteger(count)) {
		throw usageError(`${label}: expected a whole number of 1 or more, got "${value}"`);
	}
	return count;
}

function asSwitch(value: string, label: string): boolean {
	if (/^(true|yes|on|1)$/i.test(value)) return true;
	if (/^(false|no|off|0)$/i.test(value)) return false;
	throw usageError(`${label}: expected true or false, got "${value}"`);
}
