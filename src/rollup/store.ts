/**
 * The cells of a running scan: those that did not fit the scanners' memory stand in files, the last ones in memory.
 * With a dataset the files are part of the segment that is being written; without one they are temporary.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Block } from "../model/flow.ts";
import { manyKeys } from "../model/limits.ts";
import { type Manifest, SegmentWriter } from "./dataset.ts";
import { reclaim } from "./reclaim.ts";

/** Rows kept in memory before they go to disk, 44 bytes each at most: 110 MB, or 13 MB when keys need the room. */
const maxHeldRows = 2_500_000;
const maxHeldRowsWithManyKeys = 300_000;

export class CellStore {
	private readonly dataset: string | undefined;
	private readonly previous: Manifest | undefined;
	private readonly keyCount: () => number;
	private temporary: string | undefined;
	private segment: SegmentWriter | undefined;
	/** Blocks in memory: the first ones, and what was still in the scanners when they finished. */
	last: Block[] = [];
	private heldRows = 0;

	/**
	 * `dataset` undefined: nothing will be saved. `previous`: the manifest that is continued, if any.
	 * `keyCount`: how many keys the dictionary holds by now.
	 */
	constructor(dataset: string | undefined, previous: Manifest | undefined, keyCount: () => number) {
		this.dataset = dataset;
		this.keyCount = keyCount;
		this.previous = previous;
	}

	/** The segment being written; made when it is first needed. */
	writer(): SegmentWriter {
		if (this.segment === undefined) {
			let folder = this.dataset;
			if (folder === undefined) {
				this.temporary = mkdtempSync(join(tmpdir(), "chartcost-"));
				folder = this.temporary;
			}
			this.segment = new SegmentWriter(folder, this.previous);
		}
		return this.segment;
	}

	/** Takes cells that became full: into memory while there is room, else to disk. */
	spill(blocks: readonly Block[]): void {
		const room = this.keyCount() > manyKeys ? maxHeldRowsWithManyKeys : maxHeldRows;
		for (const block of blocks) {
			if (block.rows === 0) continue;
			this.last.push(block);
			this.heldRows += block.rows;
		}
		if (this.heldRows <= room) return;
		const writer = this.writer();
		for (const block of this.last) writer.addBlock(block);
		this.last = [];
		this.heldRows = 0;
		reclaim();
	}

	async *blocks(grain: Block["grain"]): AsyncGenerator<Block> {
		if (this.segment !== undefined) {
			for await (const block of this.segment.blocks(grain)) {
				yield block;
				reclaim();
			}
		}
		for (const block of this.last) if (block.grain === grain) yield block;
	}

	/** Removes whatever has not been committed. */
	dispose(): void {
		this.segment?.abandon();
		this.segment = undefined;
		if (this.temporary !== undefined) rmSync(this.temporary, { recursive: true, force: true });
	}

	/** After a commit the files belong to the dataset. */
	committed(): void {
		this.segment = undefined;
	}
}
