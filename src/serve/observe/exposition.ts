/**
 * Writes the Prometheus text format 0.0.4: HELP and TYPE once per family, then its samples. Families are closed sets of
 * our own; label values are escaped all the same. Source: Prometheus documentation, "Exposition formats".
 */
import type { Histogram } from "./histogram.ts";

export const expositionType = "text/plain; version=0.0.4; charset=utf-8";

export type Labels = Readonly<Record<string, string>>;

export class Exposition {
	private text = "";
	private family = "";

	counter(name: string, help: string): this {
		return this.begin(name, "counter", help);
	}

	gauge(name: string, help: string): this {
		return this.begin(name, "gauge", help);
	}

	/** A sample of the family begun last. */
	sample(value: number, labels: Labels = {}): this {
		this.text += `${this.family}${labelText(labels)} ${numberText(value)}\n`;
		return this;
	}

	/** A gauge or counter with one sample; nothing at all when the value is not known. */
	single(type: "counter" | "gauge", name: string, help: string, value: number | undefined): this {
		return value === undefined ? this : this.begin(name, type, help).sample(value);
	}

	/** One family; each histogram with labels of its own. Seconds. */
	histograms(name: string, help: string, histograms: Iterable<[Labels, Histogram]>): this {
		this.begin(name, "histogram", help);
		for (const [labels, { boundsMs, counts, sumMs }] of histograms) {
			let cumulative = 0;
			for (const [index, count] of counts.entries()) {
				cumulative += count;
				const le = index < boundsMs.length ? String(boundsMs[index]! / 1000) : "+Inf";
				this.text += `${name}_bucket${labelText({ ...labels, le })} ${cumulative}\n`;
			}
			this.text += `${name}_sum${labelText(labels)} ${numberText(sumMs / 1000)}\n`;
			this.text += `${name}_count${labelText(labels)} ${cumulative}\n`;
		}
		return this;
	}

	toString(): string {
		return this.text;
	}

	private begin(name: string, type: string, help: string): this {
		this.family = name;
		this.text += `# HELP ${name} ${help.replace(/[\\\n]/g, escapeOf)}\n# TYPE ${name} ${type}\n`;
		return this;
	}
}

function labelText(labels: Labels): string {
	const pairs = Object.entries(labels).map(
		([name, value]) => `${name}="${value.replace(/[\\"\n]/g, escapeOf)}"`,
	);
	return pairs.length === 0 ? "" : `{${pairs.join(",")}}`;
}

function escapeOf(character: string): string {
	return character === "\n" ? "\\n" : `\\${character}`;
}

function numberText(value: number): string {
	if (Number.isNaN(value)) return "NaN";
	if (!Number.isFinite(value)) return value > 0 ? "+Inf" : "-Inf";
	return String(value);
}
