/**
 * The row kernel: what is done to every row of every block, in WebAssembly (kernel/assembly). A million rows are not
 * worth the time that JavaScript needs to become fast, and there are several loops of them in every run.
 *
 * The kernel has a heap of its own. Tables are copied into it with `put`, rows a chunk at a time with `eachChunk`;
 * what is made there is read through views, which are good until the next call that may allocate.
 */
import type { Cells } from "../model/flow.ts";
import { wasmBase64 } from "./kernel/wasm.ts";

/** Address of something in the kernel's memory; 0: nothing. */
type Address = number;

interface Exports {
	memory: WebAssembly.Memory;
	alloc(bytes: number): Address;
	free(address: Address): void;
	chunkAddress(): Address;
	newGroup(
		flowPart: Address,
		isError: Address,
		offsets: Address,
		charges: Address,
		linePrice: Address,
		lines: number,
		hourFlags: Address,
		firstHour: number,
		hourCount: number,
		hoursPerPart: number,
		keyKind: Address,
		keys: number,
	): Address;
	freeGroup(group: Address): void;
	addGroup(group: Address, start: number, rows: number, grain: number, from: number, to: number): number;
	setKeyPart(group: Address, kind: number, key: number, partPlus2: number): void;
	rankOnly(group: Address, prices: Address): void;
	ranksOf(group: Address, start: number): Address;
	sumChosen(group: Address, places: Address): void;
	groupSize(group: Address): number;
	groupParts(group: Address, number: number): Address;
	groupSumsSize(group: Address): number;
	groupSums(group: Address, place: number): Address;
	newPairs(ownerOf: Address, from: number, hours: number): Address;
	keepHour(pairs: Address, owner: number, hour: number): void;
	freePairs(pairs: Address): void;
	addPairs(pairs: Address, rows: number): void;
	pairsSize(pairs: Address): number;
	pairsParts(pairs: Address, number: number): Address;
	pairsSums(pairs: Address, number: number): Address;
	detailCount(pairs: Address): number;
	pairsDetails(pairs: Address, number: number): Address;
	newRows(): Address;
	freeRows(rows: Address): void;
	foldRows(rows: Address, count: number, from: number, to: number): void;
	pickRows(rows: Address, count: number, mask: Address, from: number, to: number): void;
	rowsSize(rows: Address): number;
	rowColumns(rows: Address): Address;
}

type Table = Uint8Array | Int32Array | Float64Array;

/** As in kernel/assembly/rows.ts. */
const chunkRows = 8192;
/** As in kernel/assembly/memory.ts: what is numbered there is read so many at a time. */
const pieceRecords = 1024;
/** Numbers of the grains in kernel/assembly/group.ts. */
export const grainNumber = { minute: 0, hour: 1, total: 2 } as const;

export class RowKernel {
	readonly exports: Exports;

	constructor() {
		const module = new WebAssembly.Module(Buffer.from(wasmBase64, "base64"));
		this.exports = new WebAssembly.Instance(module).exports as unknown as Exports;
	}

	/** Copies a table into the kernel's memory, for the kernel to free or for `exports.free`. */
	put(table: Table): Address {
		const address = this.exports.alloc(Math.max(1, table.byteLength));
		const bytes = new Uint8Array(table.buffer, table.byteOffset, table.byteLength);
		new Uint8Array(this.exports.memory.buffer, address, table.byteLength).set(bytes);
		return address;
	}

	ints(address: Address, length: number): Int32Array {
		return new Int32Array(this.exports.memory.buffer, address, length);
	}

	doubles(address: Address, length: number): Float64Array {
		return new Float64Array(this.exports.memory.buffer, address, length);
	}

	/** Goes through numbered records, so many at a time as stand together; `start` is the first of a piece. */
	eachPiece(size: number, work: (start: number, length: number) => void): void {
		for (let start = 0; start < size; start += pieceRecords)
			work(start, Math.min(pieceRecords, size - start));
	}

	/** Copies the rows of a block into the kernel's chunk, piece by piece; `start` is the row a piece begins at. */
	eachChunk(cells: Cells, work: (rows: number, start: number) => void): void {
		for (let start = 0; start < cells.rows; start += chunkRows) {
			const rows = Math.min(chunkRows, cells.rows - start);
			this.load(cells, start, start + rows);
			work(rows, start);
		}
	}

	private load(cells: Cells, start: number, end: number): void {
		const { buffer } = this.exports.memory;
		let at = this.exports.chunkAddress();
		const place = (column: Int32Array | Float64Array, bytesPerRow: 4 | 8): void => {
			const copy =
				column instanceof Int32Array
					? new Int32Array(buffer, at, chunkRows)
					: new Float64Array(buffer, at, chunkRows);
			copy.set(column.subarray(start, end));
			at += chunkRows * bytesPerRow;
		};
		place(cells.flow, 4);
		place(cells.time, 4);
		place(cells.key, 4);
		place(cells.bytesSent, 8);
		place(cells.objectBytes, 8);
		place(cells.requests, 8);
		place(cells.first, 8);
		place(cells.last, 8);
	}
}

let kernel: RowKernel | undefined;

/** One kernel for all that a run asks. Its memory never shrinks: `dropKernel` when nothing more is asked. */
export function rowKernel(): RowKernel {
	kernel ??= new RowKernel();
	return kernel;
}

export function dropKernel(): void {
	kernel = undefined;
}

/** Seconds as a bound of rows whose unit has so many: whatever lies beyond all times is the greatest or least word. */
export function timeBound(seconds: number, unitSeconds: number): number {
	return Math.max(-(2 ** 31), Math.min(2 ** 31 - 1, Math.ceil(seconds / unitSeconds)));
}
