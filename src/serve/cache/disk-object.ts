/**
 * A sealed object that somebody reads: an open descriptor, positional reads, no streams. And the check that a file
 * from before the start must pass before its first byte goes out: header, name, size, sha256 of the body.
 */
import { createHash } from "node:crypto";
import type { DiskObject } from "./disk.ts";
import { type Descriptor, readFully } from "./disk-descriptor.ts";
import type { DiskFiles } from "./disk-files.ts";
import { bodyOffset, decodeSlots, fileName, type StoredHead } from "./disk-format.ts";
import type { ObjectHead } from "./object-head.ts";

/** Large enough that hashing, not calling, takes the time. */
const hashChunkBytes = 256 << 10;

/** The head of the file called `name`; `undefined` when file, size or name are not what the head says. */
export async function readStoredHead(
	files: DiskFiles,
	fd: number,
	name: string,
): Promise<StoredHead | undefined> {
	const { kind, sizeBytes } = await files.state(fd);
	if (kind !== "file" || sizeBytes < bodyOffset) return undefined;
	const header = Buffer.alloc(bodyOffset);
	if ((await readFully(files, fd, header, 0)) < bodyOffset) return undefined;
	const stored = decodeSlots(header);
	if (stored === undefined || sizeBytes !== bodyOffset + stored.head.sizeBytes) return undefined;
	return fileName(stored.head) === name ? stored : undefined;
}

/** Whether the body is what the head says. Takes about a second for a gigabyte; memory stays at one chunk. */
export async function bodyMatches(files: DiskFiles, fd: number, head: ObjectHead): Promise<boolean> {
	const hash = createHash("sha256");
	const chunk = Buffer.allocUnsafe(Math.min(hashChunkBytes, Math.max(1, head.sizeBytes)));
	for (let position = 0; position < head.sizeBytes; ) {
		const wanted = chunk.subarray(0, Math.min(chunk.length, head.sizeBytes - position));
		const bytes = await files.read(fd, wanted, position + bodyOffset);
		if (bytes === 0) return false;
		hash.update(chunk.subarray(0, bytes));
		position += bytes;
	}
	return hash.digest("hex") === head.sha256;
}

export interface OpenedObject {
	head: ObjectHead;
	file: Descriptor;
	files: DiskFiles;
	/** The file does not hold what its head says. Resolves when nobody is served from it any more. */
	damaged(): Promise<void>;
}

export function diskObject({ head, file, files, damaged }: OpenedObject): DiskObject {
	return {
		head,
		async read(target, position) {
			const bytes = Math.min(target.length, head.sizeBytes - position);
			if (bytes <= 0) return 0;
			const wanted = target.subarray(0, bytes);
			const filled = await file.use((fd) => readFully(files, fd, wanted, position + bodyOffset));
			if (filled === bytes) return bytes;
			// Somebody cut the file short behind our back. A clean end would be a lie.
			await damaged();
			const message = "a file of the disk cache ends before its object does";
			throw Object.assign(new Error(message), { code: "EIO" });
		},
		async readVerified() {
			const body = Buffer.allocUnsafe(head.sizeBytes);
			const filled = await file.use((fd) => readFully(files, fd, body, bodyOffset));
			const sha256 = createHash("sha256").update(body).digest("hex");
			if (filled === body.length && sha256 === head.sha256) return body;
			await damaged();
			return undefined;
		},
		close: () => file.close(),
	};
}
