/** A block of grain "minute" that grows by half: what minute cells are folded or picked into. */
import type { Block } from "../model/flow.ts";

export class GrowingBlock {
	rows = 0;
	flow: Int32Array = new Int32Array(0);
	time: Int32Array = new Int32Array(0);
	requests: Int32Array = new Int32Array(0);
	bytesSent: Float64Array = new Float64Array(0);
	objectBytes: Float64Array = new Float64Array(0);
	first: Int32Array = new Int32Array(0);
	last: Int32Array = new Int32Array(0);

	/** Makes room for so many more rows. The columns may be other arrays afterwards. */
	reserve(more: number): void {
		if (this.rows + more <= this.flow.length) return;
		const capacity = Math.ceil((this.rows + more) * 1.5);
		const ints = (column: Int32Array) => grown(column, new Int32Array(capacity), this.rows);
		const doubles = (column: Float64Array) => grown(column, new Float64Array(capacity), this.rows);
		this.flow = ints(this.flow);
		this.time = ints(this.time);
		this.requests = ints(this.requests);
		this.bytesSent = doubles(this.bytesSent);
		this.objectBytes = doubles(this.objectBytes);
		this.first = ints(this.first);
		this.last = ints(this.last);
	}

	block(): Block {
		const { rows } = this;
		return {
			grain: "minute",
			rows,
			flow: this.flow.subarray(0, rows),
			time: this.time.subarray(0, rows),
			key: new Int32Array(0),
			requests: this.requests.subarray(0, rows),
			bytesSent: this.bytesSent.subarray(0, rows),
			objectBytes: this.objectBytes.subarray(0, rows),
			first: this.first.subarray(0, rows),
			last: this.last.subarray(0, rows),
		};
	}
}

function grown<Column extends Int32Array | Float64Array>(from: Column, to: Column, rows: number): Column {
	to.set(from.subarray(0, rows));
	return to;
}
