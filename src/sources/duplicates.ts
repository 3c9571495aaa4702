/**
 * Files of the plan that hold the same log twice: S3's own re-deliveries aside, people copy and re-pack.
 *
 * Two rules, each with a proof by content, so that only candidates are opened:
 *   the same log object name in two folders (or with and without `.gz`), and the same beginning;
 *   the same size of more than 1 MiB, and the same bytes from start to end.
 * Equal small files with different names are left to the scanner, which reads them anyway.
 */
import { createHash } from "node:crypto";
import { type FileHandle, open } from "node:fs/promises";
import type { InputProblem } from "../model/analysis.ts";
import type { SourceFile } from "./plan.ts";

/** Decoded bytes that two files of one log object must share. A record is about 500 bytes. */
export const sameHeadBytes = 4096;

/** Files of equal size up to this are compared by the scanner instead. */
export const largeFileBytes = 1 << 20;

const compareChunkBytes = 256 << 10;

/** Candidates looked at at the same time; more gains nothing on a local disk. */
const atOnce = 16;

/** The first decoded bytes of a file, at most `maxBytes`; `undefined` when it cannot be read. */
export type DecodedHead = (file: SourceFile, maxBytes: number) => Promise<DecodedStart | undefined>;

export interface DecodedStart {
	bytes: Uint8Array;
	compressed: boolean;
}

export interface Deduplicated {
	/** The files to read, in the order given. */
	files: SourceFile[];
	/** One `duplicate` with `sameAs` for each file left out. */
	problems: InputProblem[];
}

/** Files that cannot be compared stay in; the scanner reports what is wrong with them. */
export async function leaveOutDuplicates(
	files: SourceFile[],
	decodedHead: DecodedHead,
): Promise<Deduplicated> {
	const sameAs: Copies = new Map();
	const namesakes = groupsOf(files, (file) => file.name?.id);
	await inTurns(namesakes, (group) => findCopiesOfOneLogObject(group, decodedHead, sameAs));
	const rest = files.filter((file) => !sameAs.has(file));
	const sameSize = groupsOf(rest, (file) =>
		(file.sizeBytes ?? 0) > largeFileBytes ? file.sizeBytes : undefined,
	);
	await inTurns(sameSize, (group) => findCopiesByContent(group, sameAs));
	return { files: files.filter((file) => !sameAs.has(file)), problems: problemsOf(files, sameAs) };
}

/** Groups of two or more files with the same key; files without a key are in none. */
function groupsOf(
	files: SourceFile[],
	keyOf: (file: SourceFile) => string | number | undefined,
): SourceFile[][] {
	const groups = new Map<string | number, SourceFile[]>();
	for (const file of files) {
		const key = file.kind === "file" ? keyOf(file) : undefined;
		if (key === undefined) continue;
		const group = groups.get(key);
		if (group === undefined) groups.set(key, [file]);
		else group.push(file);
	}
	return [...groups.values()].filter((group) => group.length > 1);
}

/** Copies found, each with the file that is read instead. */
type Copies = Map<SourceFile, { kept: SourceFile; detail: string }>;

async function inTurns<Item>(items: Item[], work: (item: Item) => Promise<void>): Promise<void> {
	for (let at = 0; at < items.length; at += atOnce) {
		await Promise.all(items.slice(at, at + atOnce).map(work));
	}
}

/** Follows a chain: what was kept first may itself turn out to be a copy of a larger file. */
function problemsOf(files: SourceFile[], sameAs: Copies): InputProblem[] {
	const problems: InputProblem[] = [];
	for (const file of files) {
		const found = sameAs.get(file);
		if (found === undefined) continue;
		let kept = found.kept;
		for (let next = sameAs.get(kept); next !== undefined; next = sameAs.get(kept)) kept = next.kept;
		problems.push({ file: file.path, problem: "duplicate", detail: found.detail, sameAs: kept.path });
	}
	return problems;
}

interface Candidate extends DecodedStart {
	file: SourceFile;
}

async function findCopiesOfOneLogObject(
	group: SourceFile[],
	decodedHead: DecodedHead,
	sameAs: Copies,
): Promise<void> {
	const candidates: Candidate[] = [];
	await inTurns(group, async (file) => {
		const start = await decodedHead(file, sameHeadBytes);
		if (start !== undefined) candidates.push({ file, ...start });
	});
	const kept: Candidate[] = [];
	for (const candidate of candidates.sort(bestFirst)) {
		const original = kept.find((better) => isStartOf(candidate.bytes, better.bytes));
		if (original === undefined) kept.push(candidate);
		else sameAs.set(candidate.file, { kept: original.file, detail: "the same log object" });
	}
}

/** The most content first: a longer beginning, then the plain file unless it is smaller than the compressed. */
function bestFirst(a: Candidate, b: Candidate): number {
	const sizeOf = (candidate: Candidate) => candidate.file.sizeBytes ?? 0;
	if (a.bytes.length !== b.bytes.length) return b.bytes.length - a.bytes.length;
	if (a.compressed !== b.compressed) {
		const [plain, packed] = a.compressed ? [b, a] : [a, b];
		const plainIsWhole = sizeOf(plain) >= sizeOf(packed) || plain.bytes.length < sameHeadBytes;
		return (plain === a) === plainIsWhole ? -1 : 1;
	}
	if (sizeOf(a) !== sizeOf(b)) return sizeOf(b) - sizeOf(a);
	return Buffer.compare(Buffer.from(a.file.path), Buffer.from(b.file.path));
}

/** A file that was cut off begins like the whole one; both are the same log. */
function isStartOf(shorter: Uint8Array, longer: Uint8Array): boolean {
	return Buffer.compare(shorter, longer.subarray(0, shorter.length)) === 0;
}

/** Ends first, once per file: `split` makes thousands of files of one size that are all different. */
async function findCopiesByContent(group: SourceFile[], sameAs: Copies): Promise<void> {
	const ends = new Map<SourceFile, string | undefined>();
	await inTurns(group, async (file) => {
		ends.set(file, await endsOf(file));
	});
	for (const alike of groupsOf(group, (file) => ends.get(file))) {
		const kept: SourceFile[] = [];
		for (const file of alike) {
			const original = await firstWithSameBytes(kept, file);
			if (original === undefined) kept.push(file);
			else sameAs.set(file, { kept: original, detail: "the same content" });
		}
	}
}

/** A hash of the first and last bytes; `undefined` when the file cannot be read. */
async function endsOf(file: SourceFile): Promise<string | undefined> {
	return withFiles([file], async ([handle]) => {
		const tailAt = (file.sizeBytes ?? 0) - sameHeadBytes;
		const hash = createHash("sha256");
		for (const at of [0, tailAt]) hash.update(await readRange(handle!, at, sameHeadBytes));
		return hash.digest("base64");
	});
}

async function firstWithSameBytes(kept: SourceFile[], file: SourceFile): Promise<SourceFile | undefined> {
	for (const other of kept) if (await haveSameBytes(other, file)) return other;
	return undefined;
}

async function haveSameBytes(a: SourceFile, b: SourceFile): Promise<boolean> {
	const sizeBytes = a.sizeBytes ?? 0;
	const same = await withFiles([a, b], async ([first, second]) => {
		for (let at = 0; at < sizeBytes; at += compareChunkBytes) {
			const count = Math.min(compareChunkBytes, sizeBytes - at);
			if (!(await haveSameRange(first!, second!, at, count))) return false;
		}
		return true;
	});
	return same ?? false;
}

/** `undefined` when a file cannot be read: then it cannot be called a copy, and the scanner reports it. */
async function withFiles<Result>(
	files: SourceFile[],
	work: (handles: FileHandle[]) => Promise<Result>,
): Promise<Result | undefined> {
	const handles: FileHandle[] = [];
	try {
		for (const file of files) handles.push(await open(file.absolutePath));
		return await work(handles);
	} catch {
		return undefined;
	} finally {
		for (const handle of handles) await handle.close();
	}
}

async function haveSameRange(a: FileHandle, b: FileHandle, at: number, count: number): Promise<boolean> {
	const [first, second] = await Promise.all([readRange(a, at, count), readRange(b, at, count)]);
	return first.length === count && Buffer.compare(first, second) === 0;
}

async function readRange(file: FileHandle, at: number, count: number): Promise<Uint8Array> {
	const bytes = new Uint8Array(count);
	let filled = 0;
	while (filled < count) {
		const { bytesRead } = await file.read(bytes, filled, count - filled, at + filled);
		if (bytesRead === 0) break;
		filled += bytesRead;
	}
	return bytes.subarray(0, filled);
}
