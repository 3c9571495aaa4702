/**
 * A settings file (YAML or JSON) as a tree of texts that know their line. Knows nothing of the settings themselves.
 * All scalars are texts as written: `012` stays `012`. Broken files are usage errors with file and line.
 */
import { readFile } from "node:fs/promises";
import path from "node:path";
import type { EventType, State } from "js-yaml";
import { ChartcostError, ExitCode, usageError } from "../../model/errors.ts";
import { maxFileBytes } from "./defaults.ts";
import type { Given } from "./given.ts";

/** Deeper is no settings file: `repositories:` → entry → `rules:` → entry → `match:` → glob. */
const maxDepth = 8;
/** A thousand repositories have some ten thousand. Aliases of aliases make billions out of a few lines. */
const maxValues = 50_000;

export type GivenFile = ReadonlyMap<string, Given>;

/** `undefined`: there is no such file. */
export async function readGivenFile(file: string): Promise<GivenFile | undefined> {
	let text: string;
	try {
		text = await readFile(file, "utf8");
	} catch (error) {
		const { code } = error as NodeJS.ErrnoException;
		if (code === "ENOENT" || code === "ENOTDIR") return undefined;
		throw new ChartcostError(`${file}: cannot be read (${code ?? "unknown error"})`, {
			exitCode: code === "EACCES" ? ExitCode.permission : ExitCode.usage,
			hint: "Settings are read from this file whenever it exists. Mend it or move it away.",
			cause: error,
		});
	}
	return parseGiven(text, file);
}

export async function parseGiven(text: string, file: string): Promise<GivenFile> {
	if (text.length > maxFileBytes) throw usageError(`${file}: is larger than a settings file can be (1MiB)`);
	const { FAILSAFE_SCHEMA, load, YAMLException } = await import("js-yaml");
	const lines = new LineFinder();
	let parsed: unknown;
	try {
		parsed = load(text, { schema: FAILSAFE_SCHEMA, listener: (event, state) => lines.note(event, state) });
	} catch (error) {
		if (!(error instanceof YAMLException)) throw error;
		throw usageError(`${file}:${(error.mark?.line ?? 0) + 1}: not valid YAML: ${error.reason}`);
	}
	const place: Place = { file, folder: path.dirname(file), lines, values: 0 };
	const root = given(place, parsed ?? new Map(), { line: 1, key: "", depth: 0 });
	if (root.value === "") return new Map();
	if (root.value instanceof Map) return root.value;
	throw usageError(`${file}:1: expected settings such as "bucket: acme-charts", one per line`);
}

interface Place {
	file: string;
	folder: string;
	lines: LineFinder;
	/** How many have been seen. */
	values: number;
}

interface At {
	line: number;
	key: string;
	depth: number;
}

function given(place: Place, value: unknown, at: At): Given {
	const where = at.key === "" ? `${place.file}:${at.line}` : `${place.file}:${at.line}: ${at.key}`;
	if (++place.values > maxValues) throw usageError(`${place.file}: has more than ${maxValues} values`);
	if (at.depth > maxDepth) throw usageError(`${where}: is nested too deeply for a settings file`);
	const inside = (child: unknown, line: number | undefined, key: string) =>
		given(place, child, { line: line ?? at.line, key, depth: at.depth + 1 });
	const found = place.lines.of(value);
	if (Array.isArray(value)) {
		const items = value.map((item, i) => inside(item, found?.items[i], at.key));
		return { where, folder: place.folder, value: items };
	}
	if (typeof value === "object" && value !== null && !(value instanceof Map)) {
		const entries = Object.entries(value).map(
			([key, child]) => [key, inside(child, found?.keys.get(key), key)] as const,
		);
		return { where, folder: place.folder, value: new Map(entries) };
	}
	if (value instanceof Map) return { where, folder: place.folder, value };
	return { where, folder: place.folder, value: typeof value === "string" ? value : "" };
}

interface Lines {
	keys: ReadonlyMap<string, number>;
	/** The line of each child, in order. */
	items: readonly number[];
}

/** Learns the lines of keys and items while js-yaml reads: it says when a node begins and when it is complete. */
class LineFinder {
	readonly #open: { line: number; children: { line: number; value: unknown }[] }[] = [];
	readonly #found = new Map<unknown, Lines>();

	note(event: EventType, state: State): void {
		if (event === "open") {
			this.#open.push({ line: state.line + 1, children: [] });
			return;
		}
		const node = this.#open.pop();
		if (node === undefined) return;
		const value: unknown = state.result;
		this.#open.at(-1)?.children.push({ line: node.line, value });
		if (typeof value === "object" && value !== null && !this.#found.has(value))
			this.#found.set(value, linesOf(value, node.children));
	}

	of(value: unknown): Lines | undefined {
		return typeof value === "object" ? this.#found.get(value) : undefined;
	}
}

/** Children of a mapping are its keys and values in turn; an empty value may be missing. */
function linesOf(value: object, children: readonly { line: number; value: unknown }[]): Lines {
	const keys = new Map<string, number>();
	const items = children.map(({ line }) => line);
	if (Array.isArray(value)) return { keys, items };
	for (let i = 0; i < children.length; i++) {
		const { value: key, line } = children[i]!;
		if (typeof key !== "string" || keys.has(key) || !Object.hasOwn(value, key)) continue;
		keys.set(key, line);
		const content: unknown = (value as Record<string, unknown>)[key];
		if (children[i + 1]?.value === content) i++;
	}
	return { keys, items };
}
