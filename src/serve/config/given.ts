/**
 * Values as somebody gave them, each with its place, and the one code that checks them whatever place that was.
 * In: texts, switches and lists from flags, environment and files. Out: values in base units, or a usage error that
 * names the place, what is wrong and what would be right.
 */
import path from "node:path";
import { usageError } from "../../model/errors.ts";
import { didYouMean } from "../../model/nearest.ts";
import { maxDurationMs, maxGlobLength, maxTimeoutMs } from "./defaults.ts";
import { globProblem } from "./globs.ts";
import type { Kind, ValueOf } from "./names.ts";
import { parseDuration, parseSize, printDuration } from "./units.ts";

export interface Given {
	/** As messages call it: `--ttl`, `CHARTCOST_TTL`, `serve.yaml:3: ttl`. */
	where: string;
	/** Folder that relative paths start from; `undefined`: the working directory. */
	folder: string | undefined;
	value: string | boolean | readonly Given[] | ReadonlyMap<string, Given>;
}

export function checked<K extends Kind>(kind: K, given: Given): ValueOf<K> {
	return read(kind, given) as ValueOf<K>;
}

function read(kind: Kind, given: Given): unknown {
	const { where, value } = given;
	if (kind === "texts" || kind === "globs") return listOf(kind, given);
	if (kind === "switch") return typeof value === "boolean" ? value : asSwitch(textOf(given), where);
	const text = textOf(given);
	if (typeof kind !== "string") return oneOf(kind, text, where);
	switch (kind) {
		case "path":
			return given.folder === undefined || text === "none" ? text : path.resolve(given.folder, text);
		case "size":
			return asSize(text, where);
		case "duration":
			return asDuration(text, where, 0, maxDurationMs);
		case "timeout":
			return asDuration(text, where, 1, maxTimeoutMs);
		case "delay":
			return asDuration(text, where, 0, maxTimeoutMs);
		case "count":
			return asCount(text, where, 1);
		case "count-or-none":
			return asCount(text, where, 0);
		case "address":
			return asAddress(text, where);
		case "address-or-none":
			return text === "none" ? text : asAddress(text, where);
		case "text":
			return text;
	}
}

/** The map of an entry or of a whole file, its keys known; `what` is what an unknown one is not. */
export function checkKeys(entries: ReadonlyMap<string, Given>, known: readonly string[], what: string): void {
	for (const [key, { where }] of entries) {
		if (known.includes(key)) continue;
		const place = where.endsWith(`: ${key}`) ? where.slice(0, -key.length - 2) : where;
		throw usageError(
			`${place}: unknown ${what} "${key}"${didYouMean(key, known)}`,
			known.length > maxListed
				? "Settings are called like the flags: see --help."
				: `Known: ${known.join(", ")}.`,
		);
	}
}

/** Longer lists are read by nobody. */
const maxListed = 24;

function textOf({ where, value }: Given): string {
	if (typeof value !== "string" || value.trim() === "") throw usageError(`${where}: expected one value`);
	const control = /[\x00-\x1f\x7f]/.test(value);
	if (control) throw usageError(`${where}: has a control character`, "Write the value on one line.");
	return value.trim();
}

/** A list, or one text with commas. */
function listOf(kind: "texts" | "globs", given: Given): string[] {
	const { value, where } = given;
	if (value === "") return [];
	const items = Array.isArray(value) ? (value as readonly Given[]) : [given];
	const texts = items.flatMap((item) =>
		textOf(item)
			.split(",")
			.map((part) => part.trim())
			.filter((part) => part !== ""),
	);
	if (kind === "texts") return texts;
	for (const glob of texts) {
		const problem = glob.length > maxGlobLength ? `is longer than ${maxGlobLength}` : globProblem(glob);
		if (problem !== undefined)
			throw usageError(`${where}: the glob "${glob}" ${problem}`, "Globs look like *-dev-* or *.tgz.");
	}
	return texts;
}

function asSwitch(text: string, where: string): boolean {
	if (/^(true|yes|on|1)$/i.test(text)) return true;
	if (/^(false|no|off|0)$/i.test(text)) return false;
	throw usageError(`${where}: expected true or false, got "${text}"`);
}

function oneOf(words: readonly string[], text: string, where: string): string {
	const word = words.find((candidate) => candidate === text.toLowerCase());
	if (word !== undefined) return word;
	throw usageError(`${where}: expected ${orList(words)}, got "${text}"${didYouMean(text, words)}`);
}

const orList = (words: readonly string[]) => `${words.slice(0, -1).join(", ")} or ${words.at(-1)}`;

function asSize(text: string, where: string): number {
	const sizeBytes = parseSize(text);
	if (sizeBytes !== undefined) return sizeBytes;
	throw usageError(`${where}: expected a size such as 2GiB or 256MiB, got "${text}"`);
}

function asDuration(text: string, where: string, leastMs: number, mostMs: number): number {
	const durationMs = parseDuration(text);
	if (durationMs === undefined) {
		const meant = /^\d+$/.test(text) ? `; did you mean ${text}s?` : "";
		throw usageError(`${where}: expected a duration such as 30s, 1h30m or 7d, got "${text}"${meant}`);
	}
	if (durationMs < leastMs)
		throw usageError(`${where}: expected more than 0s`, "A wait of no time always fails.");
	if (durationMs > mostMs) throw usageError(`${where}: at most ${printDuration(mostMs)}, got "${text}"`);
	return durationMs;
}

function asCount(text: string, where: string, least: number): number {
	const count = Number(text);
	if (/^\d{1,9}$/.test(text) && count >= least) return count;
	throw usageError(`${where}: expected a whole number of ${least} or more, got "${text}"`);
}

/** `HOST:PORT`, `[IPv6]:PORT`, `:PORT` (all addresses) or `PORT`. */
function asAddress(text: string, where: string): { host: string; port: number } {
	const match = /^(?:(?:\[([0-9a-f:.]+)\]|([^:[\]/\s]*)):)?(\d{1,5})$/i.exec(text);
	const port = Number(match?.[3]);
	if (match === null || port > 65_535) {
		throw usageError(
			`${where}: expected HOST:PORT such as 0.0.0.0:8080 or [::1]:8080, got "${text}"`,
			port > 65_535 ? "Ports end at 65535." : undefined,
		);
	}
	return { host: match[1] ?? (match[2] || "0.0.0.0"), port };
}
