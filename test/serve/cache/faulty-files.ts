/** The real file system, with calls that fail, write short, or never happened because the power went. */
import { type DiskFiles, realFiles } from "../../../src/serve/cache/disk-files.ts";

export type Call = keyof DiskFiles;

export interface FaultyFiles extends DiskFiles {
	/** Calls so far. */
	calls: number;
	/** Descriptors that are open now. */
	openFds: number;
	/** What each call does: an errno to fail with, `undefined` to work. Counted from 1. */
	fault: (call: Call, number: number, path: string | undefined) => string | undefined;
	/** Writes at most this many bytes per call. */
	shortWriteBytes: number;
}

export function faultyFiles(base: DiskFiles = realFiles): FaultyFiles {
	const state: Omit<FaultyFiles, Call> = {
		calls: 0,
		openFds: 0,
		fault: () => undefined,
		shortWriteBytes: Number.POSITIVE_INFINITY,
	};
	const guarded =
		(call: Call) =>
		async (...parameters: unknown[]): Promise<unknown> => {
			const [first] = parameters;
			const errno = files.fault(call, ++files.calls, typeof first === "string" ? first : undefined);
			if (call === "close") files.openFds--;
			if (errno !== undefined && call !== "close") {
				throw Object.assign(new Error(`${errno}: made up, ${call}`), { code: errno });
			}
			if (call === "write") {
				parameters[1] = (parameters[1] as Buffer).subarray(0, files.shortWriteBytes);
			}
			const result = await (base[call] as (...all: unknown[]) => Promise<unknown>)(...parameters);
			if (call === "open") files.openFds++;
			return result;
		};
	const names = Object.keys(base) as Call[];
	const wrapped = Object.fromEntries(names.map((name) => [name, guarded(name)])) as unknown as DiskFiles;
	const files: FaultyFiles = Object.assign(state as FaultyFiles, wrapped);
	return files;
}

/** Files with which the walk after a start does not begin before it is let go. */
export function heldWalk(dir: string): { files: FaultyFiles; letGo: () => void } {
	const files = faultyFiles();
	const { list } = files;
	let letGo = () => {};
	const gone = new Promise<void>((resolve) => {
		letGo = resolve;
	});
	let listed = 0;
	files.list = async (folder) => {
		// First the folder is looked at whether it is ours, then it is walked.
		if (folder === dir && ++listed === 2) await gone;
		return await list(folder);
	};
	return { files, letGo };
}
