/**
 * Globs as tests on decoded keys, compiled once. `*` any run without a slash, `**` any run, `?` one character but no
 * slash. A glob without a slash looks at the last segment alone, one that begins with a slash at the key from its
 * beginning. The usual shapes become one string comparison; all others step through the glob's positions together,
 * so that no key takes more than (its length × the glob's), whoever chose it.
 */

/** `key` is decoded, `name` is its last segment: cut off once per key, not once per glob. */
export type Matcher = (key: string, name: string) => boolean;

export function lastSegment(key: string): string {
	return key.slice(key.lastIndexOf("/") + 1);
}

/** What is wrong with a glob, or `undefined`. Sets and alternatives would otherwise match nothing, in silence. */
export function globProblem(glob: string): string | undefined {
	if (glob === "" || glob === "/") return "is empty";
	const bracket = /[[\]{}]/.exec(glob)?.[0];
	if (bracket !== undefined) return `has "${bracket}": only *, ** and ? are understood`;
	if (glob.startsWith("!")) return 'begins with "!": rules are tried in order instead, the first match wins';
	return undefined;
}

export function compileGlob(glob: string): Matcher {
	const anchored = glob.includes("/");
	const pattern = glob.startsWith("/") ? glob.slice(1) : glob;
	// In a last segment there is no slash, so that one star and two are the same.
	const matches = simple(anchored ? pattern : pattern.replace(/\*+/g, "**")) ?? stepping(pattern);
	return anchored ? matches : (_, name) => matches(name);
}

/** `x`, `**`, `**x`, `x**` and `**x**`. */
function simple(pattern: string): ((subject: string) => boolean) | undefined {
	const open = pattern.startsWith("**");
	const rest = open ? pattern.slice(2) : pattern;
	const ends = rest.endsWith("**");
	const text = ends ? rest.slice(0, -2) : rest;
	if (/[*?]/.test(text)) return undefined;
	if (open && ends) return (subject) => subject.includes(text);
	if (open) return (subject) => subject.endsWith(text);
	if (ends) return (subject) => subject.startsWith(text);
	return (subject) => subject === text;
}

/** Characters, or what stands for others: `*`, `**` (as one token) and `?`. */
type Token = { kind: "one" | "run" | "segment-run" } | { kind: "text"; text: string };

function stepping(pattern: string): (subject: string) => boolean {
	const tokens: Token[] = [...pattern.matchAll(/\*+|./gsu)].map(([text]) => {
		if (text === "*") return { kind: "segment-run" };
		if (text.startsWith("*")) return { kind: "run" };
		return text === "?" ? { kind: "one" } : { kind: "text", text };
	});
	return (subject) => {
		let at = withRunsSkipped(tokens, new Uint8Array(tokens.length + 1), 0);
		for (const character of subject) {
			const next = new Uint8Array(tokens.length + 1);
			for (let i = 0; i < tokens.length; i++) {
				if (at[i] === 1) step(tokens, i, character, next);
			}
			at = next;
		}
		return at[tokens.length] === 1;
	};
}

function step(tokens: readonly Token[], i: number, character: string, next: Uint8Array): void {
	const token = tokens[i]!;
	if (token.kind === "text") {
		if (token.text === character) withRunsSkipped(tokens, next, i + 1);
	} else if (token.kind === "run" || character !== "/") {
		withRunsSkipped(tokens, next, token.kind === "one" ? i + 1 : i);
	}
}

/** Marks position `i`, and those behind runs there, which may be empty. */
function withRunsSkipped(tokens: readonly Token[], at: Uint8Array, i: number): Uint8Array {
	let position = i;
	while (at[position] === 0) {
		at[position] = 1;
		const kind = tokens[position]?.kind;
		if (kind !== "run" && kind !== "segment-run") break;
		position++;
	}
	return at;
}
