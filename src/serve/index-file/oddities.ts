/** What is odd in an index but stops nobody: counted while it is read, told in a few sentences for the log. */
import { printable, quoted } from "./printable.ts";

/** More kinds than this say nothing to a reader. */
const maxExamples = 3;

export class Oddities {
	private readonly kinds = new Map<string, { count: number; examples: Set<string> }>();
	private readonly sentences: string[] = [];

	/** Counts one more of a kind. `kind` is our text, `example` may be hostile. */
	count(kind: string, example: string): void {
		let seen = this.kinds.get(kind);
		if (seen === undefined) {
			seen = { count: 0, examples: new Set() };
			this.kinds.set(kind, seen);
		}
		seen.count++;
		if (seen.examples.size < maxExamples) seen.examples.add(example);
	}

	say(sentence: string): void {
		this.sentences.push(printable(sentence));
	}

	notes(): string[] {
		const counted = [...this.kinds].map(([kind, { count, examples }]) => {
			const known = [...examples].map(quoted).join(", ");
			return `${count} × ${kind} (${known}${count > examples.size ? ", …" : ""})`;
		});
		return [...this.sentences, ...counted];
	}
}
