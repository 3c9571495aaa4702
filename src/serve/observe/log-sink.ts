/**
 * Where the access log goes: bytes to a descriptor (stdout) or to a file that is appended to and can be opened again
 * after a rotation. Nothing here blocks the event loop: files are written by the thread pool, pipes and sockets without
 * waiting. A write that fails says how much was written, so that the rest can follow later.
 */
import { close, fchmod, fstat, open, write } from "node:fs";
import { Socket } from "node:net";

export interface LogSink {
	/** Writes all of `bytes`. One at a time. `written`: how many bytes are out, also when it failed. */
	write(bytes: Buffer, done: (error: Error | undefined, written: number) => void): void;
	/** Opens the file again under its name; a descriptor stays as it is. Rejects with the file system's error. */
	reopen(): Promise<void>;
	/** Gives up what is not written. */
	close(): void;
}

/** Readable by the owner's group: log shippers run as another user. */
const logFileMode = 0o640;

/** Appends to `file`, created when missing. Rejects with the file system's error. */
export async function openFileSink(file: string): Promise<LogSink> {
	let fd = await opened(file);
	return {
		write: (bytes, done) => writeAll(fd, bytes, 0, done),
		reopen: async () => {
			const next = await opened(file);
			// A write still under way keeps the old number until it is done: the writer reopens between writes.
			close(fd, () => {});
			fd = next;
		},
		close: () => close(fd, () => {}),
	};
}

/** Writes to a descriptor that is open already, such as 1. It is never closed. */
export async function openDescriptorSink(fd: number): Promise<LogSink> {
	const isPipe = await new Promise<boolean>((resolve, reject) =>
		fstat(fd, (error, stats) => (error ? reject(error) : resolve(stats.isFIFO() || stats.isSocket()))),
	);
	if (isPipe) return pipeSink(fd);
	return { write: (bytes, done) => writeAll(fd, bytes, 0, done), reopen: async () => {}, close: () => {} };
}

/**
 * A pipe whose reader stands still would hold a thread of the pool for ever, and process.stdout would stop the server:
 * a socket of its own does neither.
 */
function pipeSink(fd: number): LogSink {
	const socket = new Socket({ fd, readable: false, writable: true });
	// Each write gets the error too; without a listener it would end the process.
	socket.on("error", () => {});
	socket.unref();
	return {
		write: (bytes, done) => {
			// After an error the reader is gone: how much it read before is of no use to anybody.
			socket.write(bytes, (error) => done(error ?? undefined, error ? 0 : bytes.length));
		},
		reopen: async () => {},
		close: () => socket.unref(),
	};
}

function opened(file: string): Promise<number> {
	return new Promise((resolve, reject) =>
		open(file, "a", logFileMode, (error, fd) => {
			if (error) return reject(error);
			// A device or somebody else's file keeps its mode; a new file shall have ours whatever the umask.
			fstat(fd, (_, stats) =>
				stats?.isFile() && stats.size === 0 ? fchmod(fd, logFileMode, () => resolve(fd)) : resolve(fd),
			);
		}),
	);
}

function writeAll(
	fd: number,
	bytes: Buffer,
	written: number,
	done: (error: Error | undefined, written: number) => void,
): void {
	write(fd, bytes, written, bytes.length - written, null, (error, count) => {
		if (error) return done(error, written);
		if (count === 0) return done(new Error("nothing could be written"), written);
		const sum = written + count;
		return sum === bytes.length ? done(undefined, sum) : writeAll(fd, bytes, sum, done);
	});
}
