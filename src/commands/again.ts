/** How to ask chartcost the next question about the same logs: the words of a command, ready for a shell. */
import type { Again } from "../report/style.ts";
import { shellWord } from "../report/words.ts";

/** What prices and names an answer. Settings from the environment and from files repeat themselves. */
const answering = ["region", "clusters", "prices", "ip-ranges", "own-account", "dataset"];
/** What was read. A dataset that was just saved holds nothing else. */
const reading = ["from", "to", "bucket"];

export function againOf(typed: {
	sources: readonly string[];
	flags: Readonly<Record<string, unknown>>;
	/** The analysis leaves a dataset behind. */
	saves: boolean;
	/** Started by npx. */
	npx: boolean;
}): Again {
	const fromDataset = typed.sources.length > 0 && typed.saves;
	const names = [...answering, ...(fromDataset ? [] : reading)];
	return {
		program: typed.npx ? "npx chartcost" : "chartcost",
		flags: names.flatMap((name) => wordsOf(name, typed.flags[name])).join(""),
		source: fromDataset ? "" : typed.sources.map((source) => ` ${shellWord(source)}`).join(""),
	};
}

function wordsOf(name: string, value: unknown): string[] {
	const values = value === undefined ? [] : [value].flat();
	return values.map((text) => {
		const word = shellWord(String(text));
		// `--from -3d`: without the sign the value would be taken for a flag.
		return word.startsWith("-") ? ` --${name}=${word}` : ` --${name} ${word}`;
	});
}
