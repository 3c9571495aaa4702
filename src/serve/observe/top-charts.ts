/**
 * Which charts save most, in bounded memory however many there are (Misra-Gries in batches: when the table is full,
 * all but the best are forgotten, and the best forgotten is remembered as the error of later ones).
 * In: records of object requests. Out: the objects whose answers saved most, index files included.
 */
import type { RequestRecord } from "./record.ts";
import { SavingLedger } from "./savings.ts";

/** Objects kept of one repository. A bucket with 10,000 charts gets most of its requests for a few hundred. */
const slots = 1000;
/** Objects in the table before the weakest are forgotten: ranking is spread over the newcomers in between. */
const maxCharts = 4 * slots;
/**
 * What weighs as much as one GET when it is decided what to forget. A GET costs as much as the transfer of some
 * 10 KB through a NAT gateway (us-east-1: $0.0000004 and $0.045 per GB).
 */
const bytesPerRequest = 10_000;

export interface TopChart {
	key: string;
	ledger: SavingLedger;
	/** Saved before it was (again) in the table, at most, in requests; 0 while nothing was forgotten. */
	unseenRequests: number;
}

export class TopCharts {
	private readonly charts = new Map<string, TopChart>();
	private forgottenWeight = 0;

	/** Errors are left out: their keys are what strangers ask for. */
	add(record: RequestRecord): void {
		if (record.status >= 400 || record.key === "") return;
		this.ledgerOf(record.key).add(record);
	}

	/** What a worker process counted meanwhile. */
	absorb(key: string, ledger: Parameters<SavingLedger["absorb"]>[0]): void {
		this.ledgerOf(key).absorb(ledger);
	}

	/** The best `limit`, most saved first by `worth`, then by requests, then by key. */
	best(limit: number, worth: (ledger: SavingLedger) => number): TopChart[] {
		return [...this.charts.values()]
			.map((chart) => ({ chart, value: worth(chart.ledger) }))
			.sort(
				(a, b) =>
					b.value - a.value ||
					b.chart.ledger.savedRequests - a.chart.ledger.savedRequests ||
					(a.chart.key < b.chart.key ? -1 : 1),
			)
			.slice(0, limit)
			.map(({ chart }) => chart);
	}

	get size(): number {
		return this.charts.size;
	}

	private ledgerOf(key: string): SavingLedger {
		const known = this.charts.get(key);
		if (known !== undefined) return known.ledger;
		const chart = { key, ledger: new SavingLedger(), unseenRequests: Math.ceil(this.forgottenWeight) };
		this.charts.set(key, chart);
		if (this.charts.size > maxCharts) this.forget();
		return chart.ledger;
	}

	private forget(): void {
		const weights = Float64Array.from(this.charts.values(), weightOf).sort();
		const limit = weights[weights.length - slots - 1]!;
		this.forgottenWeight = Math.max(this.forgottenWeight, limit);
		// Of equal weights all are forgotten: who saved nothing would otherwise fill the table.
		for (const chart of this.charts.values()) if (weightOf(chart) <= limit) this.charts.delete(chart.key);
	}
}

function weightOf({ ledger, unseenRequests }: TopChart): number {
	return ledger.savedRequests + ledger.savedBytes / bytesPerRequest + unseenRequests;
}
