/**
 * YAML text to values, as Helm reads it, and where in the text the URLs stand. Scalars stay text (version 1.10 is not
 * 1.1, dates are not dates) but for `null`, `true` and `false`. Positions come from the parser itself, so that every
 * style of scalar and list is found.
 */
import { FAILSAFE_SCHEMA, loadAll, type State, Type, YAMLException } from "js-yaml";
import { IndexError } from "./prepared.ts";
import { printable } from "./printable.ts";

/** Places in the text: [start, end) of each item of a list. */
export type Spans = readonly number[];

export interface YamlDocument {
	root: unknown;
	/** More `---` documents follow; Helm reads the first one only. */
	furtherDocuments: number;
	/** Lists that the filter wanted, with the places of their items: start, end, start, end, … */
	lists: ReadonlyMap<readonly unknown[], Spans>;
	/** Anchors and aliases: a value may stand for several places. */
	hasAliases: boolean;
}

const schema = FAILSAFE_SCHEMA.extend({
	implicit: [
		new Type("tag:yaml.org,2002:null", {
			kind: "scalar",
			resolve: (text: string | null) => text === null || /^(?:~|null|Null|NULL|)$/.test(text),
			construct: () => null,
		}),
		new Type("tag:yaml.org,2002:bool", {
			kind: "scalar",
			resolve: (text: string | null) => text !== null && /^(?:[Tt]rue|TRUE|[Ff]alse|FALSE)$/.test(text),
			construct: (text: string) => text[0] === "t" || text[0] === "T",
		}),
		new Type("tag:yaml.org,2002:merge", { kind: "scalar", resolve: (text: string | null) => text === "<<" }),
	],
	explicit: ["int", "float", "timestamp", "binary"].map(
		(name) => new Type(`tag:yaml.org,2002:${name}`, { kind: "scalar" }),
	),
});

/** Throws IndexError with the line. Duplicate keys are such an error, see prepare.ts. */
export function parseYaml(text: string, wanted: (list: readonly unknown[]) => boolean): YamlDocument {
	const places = new ListPlaces(text.startsWith("\ufeff") ? 1 : 0, wanted);
	const documents = load(text, (event, state) => places.hear(event, state));
	return {
		root: documents[0],
		furtherDocuments: Math.max(0, documents.length - 1),
		lists: places.lists,
		hasAliases: places.hasAliases,
	};
}

/** The line (from 1) where a value that `find` picks from the parsed document begins. Parses anew: for errors only. */
export function lineOfYaml(text: string, find: (root: unknown) => unknown): number | undefined {
	const lines = new Map<unknown, number>();
	const open: number[] = [];
	const documents = load(text, (event, state) => {
		if (event === "open") open.push(state.line + 1);
		else {
			const line = open.pop();
			if (typeof state.result === "object" && state.result !== null && line !== undefined)
				lines.set(state.result, line);
		}
	});
	return lines.get(find(documents[0]));
}

/** A scalar as it stands in the text, read on its own. `undefined` when it does not stand on its own. */
export function readScalar(token: string): unknown {
	try {
		return loadAll(token, null, { schema })[0];
	} catch {
		return undefined;
	}
}

function load(text: string, listener: (event: "open" | "close", state: State) => void): unknown[] {
	try {
		return loadAll(text, null, {
			schema,
			listener(this: State, event, state) {
				// The types say that `this` is the state too; js-yaml calls it as a method of the state.
				listener(event, state);
			},
		});
	} catch (error) {
		if (error instanceof YAMLException && error.mark !== undefined)
			throw new IndexError(`line ${error.mark.line + 1}: ${printable(error.reason)}`);
		throw new IndexError(`the index cannot be read: ${printable(String(error))}`);
	}
}

/**
 * Listens to the parser and keeps where the items of wanted lists stand. Nodes open and close like brackets; the
 * parser opens some twice (to find out whether a scalar is a key), which leaves the outermost items in place.
 */
class ListPlaces {
	readonly lists = new Map<readonly unknown[], Spans>();
	hasAliases = false;
	private readonly offset: number;
	private readonly wanted: (list: readonly unknown[]) => boolean;
	/** Per open node, from `depth` down: where it begins, and how many places were known before it. */
	private readonly starts: number[] = [];
	private readonly bases: number[] = [];
	private depth = 0;
	/** Places of closed nodes whose parents are still open: start, end, …; valid below `top`. */
	private readonly places: number[] = [];
	private top = 0;

	constructor(offset: number, wanted: (list: readonly unknown[]) => boolean) {
		this.offset = offset;
		this.wanted = wanted;
	}

	hear(event: "open" | "close", state: State): void {
		if (event === "open") {
			this.starts[this.depth] = state.position + this.offset;
			this.bases[this.depth++] = this.top;
			const first = state.input.charCodeAt(state.position);
			if (first === 0x2a || first === 0x26) this.hasAliases = true;
			return;
		}
		const base = this.bases[--this.depth]!;
		if (state.kind === "sequence" && Array.isArray(state.result)) this.keep(state.result, base);
		this.places[base] = this.starts[this.depth]!;
		this.places[base + 1] = state.position + this.offset;
		this.top = base + 2;
	}

	private keep(list: readonly unknown[], base: number): void {
		const items = (this.top - base) / 2;
		if (items === list.length && !this.lists.has(list) && this.wanted(list))
			this.lists.set(list, this.places.slice(base, this.top));
	}
}
