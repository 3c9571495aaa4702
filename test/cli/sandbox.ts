/**
 * A CLI case from test/cli/*.json: lays out its files in an empty folder, runs the real bin/run.js there, and
 * gives back what happened. The environment is empty but for PATH, a home of its own and what the case sets.
 */
import { spawnSync } from "node:child_process";
import {
	chmodSync,
	chownSync,
	cpSync,
	mkdirSync,
	mkdtempSync,
	readFileSync,
	rmSync,
	writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

const repository = fileURLToPath(new URL("../..", import.meta.url));
const program = path.join(repository, "bin/run.js");
/** The user "nobody" of Debian and most others. */
const nobody = 65534;

/** What stands at a path before the run. A string is the content itself. */
export type Item =
	| string
	| { lines: number }
	| { gzipOfLines: number; cutTo?: number }
	| { base64: string }
	| { fixture: string }
	| { folder: true; mode?: string };

export interface Case {
	name: string;
	args: string[];
	/** Runs of chartcost before the one that is looked at, such as `analyze` before `attribute`. */
	before?: string[][];
	files?: Record<string, Item>;
	stdin?: string;
	env?: Record<string, string>;
	/** A full disk of this size, mounted here or, where that is not allowed, files of at most this size. */
	disk?: { folder: string; sizeKib: number };
	/** Run as a user without rights: root can read everything. */
	unprivileged?: boolean;
	expect: {
		exit: number;
		stdout?: Expectation;
		stderr?: Expectation;
		/** Files that must be there, or must not (`false`), or must contain a text. */
		files?: Record<string, boolean | string>;
	};
}

export interface Expectation {
	equals?: string;
	contains?: string[];
	lacks?: string[];
	/** A subset of the JSON that was printed. */
	json?: unknown;
}

export interface Outcome {
	exit: number | null;
	stdout: string;
	stderr: string;
}

/** One valid line of 2026-10-12, one second after the other. */
export function logLine(index: number): string {
	const time = new Date(Date.UTC(2026, 9, 12, 0, 0, index)).toISOString().slice(11, 19);
	const id = index.toString(16).toUpperCase().padStart(16, "0");
	return (
		"79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be acme-charts " +
		`[12/Oct/2026:${time} +0000] 192.0.2.10 arn:aws:iam::111122223333:user/chartmuseum ${id} REST.GET.OBJECT ` +
		`nginx-1.2.3.tgz "GET /acme-charts/nginx-1.2.3.tgz HTTP/1.1" 200 - 4096 4096 21 20 "-" ` +
		`"aws-sdk-go/1.37.28 (go1.15; linux; amd64)" - hostid SigV4 ECDHE-RSA-AES128-GCM-SHA256 AuthHeader ` +
		"s3.us-east-1.amazonaws.com TLSv1.2 - - us-east-1"
	);
}

const linesOf = (count: number) =>
	Array.from({ length: count }, (_, index) => `${logLine(index)}\n`).join("");

function layOut(folder: string, files: Record<string, Item>): void {
	for (const [name, item] of Object.entries(files)) {
		const file = path.join(folder, name);
		if (typeof item === "object" && "folder" in item) {
			mkdirSync(file, { recursive: true });
			if (item.mode !== undefined) chmodSync(file, Number.parseInt(item.mode, 8));
			continue;
		}
		mkdirSync(path.dirname(file), { recursive: true });
		if (typeof item === "object" && "fixture" in item) {
			cpSync(path.join(repository, "fixtures", item.fixture), file, { recursive: true });
		} else {
			writeFileSync(file, contentOf(item));
		}
	}
}

function contentOf(item: Exclude<Item, { fixture: string } | { folder: true }>): string | Buffer {
	if (typeof item === "string") return item;
	if ("lines" in item) return linesOf(item.lines);
	if ("base64" in item) return Buffer.from(item.base64, "base64");
	const compressed = gzipSync(linesOf(item.gzipOfLines));
	return compressed.subarray(0, item.cutTo ?? compressed.length);
}

/** Why a case cannot run on this machine, or `undefined`. */
export function reasonToSkip({ unprivileged, disk }: Case): string | undefined {
	if (process.platform === "win32" && (unprivileged || disk)) return "needs POSIX";
	if (unprivileged && process.getuid?.() === 0) {
		const { status } = spawnSync(process.execPath, [program, "--version"], { uid: nobody, gid: nobody });
		if (status !== 0) return "root reads everything, and nobody cannot read this repository";
	}
	return undefined;
}

/** Runs the case; `look` sees the folder before it is removed. */
export function runCase(subject: Case, look: (outcome: Outcome, folder: string) => void): void {
	const folder = mkdtempSync(path.join(tmpdir(), "chartcost-cli-"));
	const undo: (() => void)[] = [() => rmSync(folder, { recursive: true, force: true })];
	try {
		const dropsRights = subject.unprivileged === true && process.getuid?.() === 0;
		mkdirSync(path.join(folder, "home"));
		const limited = subject.disk === undefined ? false : !mounted(folder, subject.disk, undo);
		layOut(folder, subject.files ?? {});
		if (dropsRights) for (const file of ["", "home"]) chownSync(path.join(folder, file), nobody, nobody);
		const identity = dropsRights ? { uid: nobody, gid: nobody } : {};
		const run = (args: string[], limitKib?: number) => spawned(args, folder, subject, identity, limitKib);
		for (const args of subject.before ?? []) run(args);
		look(run(subject.args, limited ? subject.disk?.sizeKib : undefined), folder);
	} finally {
		for (const step of undo.reverse()) step();
	}
}

function mounted(
	root: string,
	{ folder, sizeKib }: NonNullable<Case["disk"]>,
	undo: (() => void)[],
): boolean {
	const place = path.join(root, folder);
	mkdirSync(place, { recursive: true });
	const { status } = spawnSync("mount", ["-t", "tmpfs", "-o", `size=${sizeKib}k`, "none", place]);
	if (status === 0) undo.push(() => spawnSync("umount", [place]));
	return status === 0;
}

function spawned(
	args: string[],
	folder: string,
	subject: Case,
	identity: object,
	limitKib?: number,
): Outcome {
	const home = path.join(folder, "home");
	const environment = { PATH: process.env["PATH"], HOME: home, NODE_DISABLE_COMPILE_CACHE: "1" };
	const command = [process.execPath, program, ...args];
	// Without the right to mount, a limit on file sizes is the disk that fills (bash counts KiB).
	const limited = ["bash", "-c", `ulimit -f ${limitKib}; exec "$@"`, "bash", ...command];
	const [file = "", ...rest] = limitKib === undefined ? command : limited;
	const { status, stdout, stderr } = spawnSync(file, rest, {
		cwd: folder,
		input: subject.stdin === undefined ? "" : Buffer.from(subject.stdin, "latin1"),
		encoding: "utf8",
		timeout: 60_000,
		maxBuffer: 64 << 20,
		env: { ...environment, ...subject.env },
		...identity,
	});
	return { exit: status, stdout, stderr };
}

/** The cases of a file next to this one. */
export function readCases(name: string): Case[] {
	return JSON.parse(readFileSync(new URL(name, import.meta.url), "utf8")) as Case[];
}
