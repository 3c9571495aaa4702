/**
 * An object's own Cache-Control, for rules that respect it. In: the field's value, lines joined by commas. Out: what a shared cache may
 * do. RFC 9111 §5.2: names in any case, arguments as tokens or quoted strings, unknown directives ignored. What cannot be read counts
 * as its strictest reading (undici CVE-2026-13697): every word of it is a directive, and no number of it is good.
 */

export interface CacheControl {
	/** `no-store` or `private`, with or without arguments: fields are not told apart. */
	forbidsKeeping: boolean;
	/** Never sent after its time (RFC 9111 §4.2.4), whatever S3 says or does not say. */
	forbidsStale: boolean;
	/** `undefined`: not stated. */
	freshForS: number | undefined;
}

type Directive = { name: string; argument: string | undefined; isQuoted: boolean };

/** token [ "=" ( token / quoted-string ) ], or an empty element of the list, up to the next comma. */
const element =
	/[ \t]*(?:([!#$%&'*+\-.^_`|~\w]+)(?:=(?:([!#$%&'*+\-.^_`|~\w]+)|("(?:[\t \x21\x23-\x5b\x5d-\x7e\x80-\xff]|\\[\t \x21-\x7e\x80-\xff])*")))?)?[ \t]*(?:,|$)/y;
const word = /[!#$%&'*+\-.^_`|~\w]+/g;

/** RFC 9111 §1.2.2: larger numbers are taken as this one. */
const maxSeconds = 2 ** 31;

/** Buckets have a handful of values; they are read for every request. */
const maxKnown = 64;
const known = new Map<string, CacheControl>();

export function readCacheControl(value: string): CacheControl {
	const there = known.get(value);
	if (there !== undefined) return there;
	const read = meaningOf(directivesOf(value));
	if (known.size >= maxKnown) known.clear();
	known.set(value, read);
	return read;
}

function meaningOf(directives: readonly Directive[]): CacheControl {
	const has = (...names: string[]) => directives.some(({ name }) => names.includes(name));
	const shared = secondsOf(directives, "s-maxage");
	return {
		forbidsKeeping: has("no-store", "private"),
		forbidsStale: has("must-revalidate", "proxy-revalidate", "no-cache", "s-maxage"),
		freshForS: has("no-cache") ? 0 : (shared ?? secondsOf(directives, "max-age")),
	};
}

/** Of several the smallest (RFC 9111 §4.2.1); what is no number is stale. Quoted ones senders must not make (§5.2.2.1). */
function secondsOf(directives: readonly Directive[], name: string): number | undefined {
	const stated = directives.filter((directive) => directive.name === name);
	if (stated.length === 0) return undefined;
	const seconds = stated.map(({ argument, isQuoted }) =>
		argument !== undefined && !isQuoted && /^\d+$/.test(argument)
			? Math.min(Number(argument), maxSeconds)
			: 0,
	);
	return Math.min(...seconds);
}

function directivesOf(value: string): Directive[] {
	const directives: Directive[] = [];
	for (let at = 0; at < value.length; ) {
		element.lastIndex = at;
		const match = element.exec(value);
		if (match === null) {
			// Where the broken one ends nobody knows: all that follows is part of it.
			const words = value.slice(at).match(word) ?? [];
			return [...directives, ...words.map((name) => directive(name, undefined, false))];
		}
		const [whole, name, token, quoted] = match;
		if (name !== undefined) directives.push(directive(name, token ?? quoted, quoted !== undefined));
		at += whole.length;
	}
	return directives;
}

function directive(name: string, argument: string | undefined, isQuoted: boolean): Directive {
	return { name: name.toLowerCase(), argument, isQuoted };
}
