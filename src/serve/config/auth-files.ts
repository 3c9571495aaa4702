/**
 * Who may read, by password (RFC 7617) or token (RFC 6750): files in, one question out: is this Authorization header
 * good? Files are read again when they change or on demand; one that has become wrong changes nothing and is said.
 */
import { randomBytes, timingSafeEqual } from "node:crypto";
import { readFile, stat } from "node:fs/promises";
import { ChartcostError, ExitCode } from "../../model/errors.ts";
import type { Clock } from "../clock.ts";
import type { AuthConfig } from "./config.ts";
import {
	type BasicTable,
	type BearerTable,
	basicTable,
	bearerTable,
	oneToken,
	salted,
	sha256Hex,
} from "./credential-lines.ts";

export interface AuthFiles {
	/** Header `Authorization` as received. Takes the same time for a wrong user, password or token. */
	authorize(authorization: string | undefined): boolean;
	/** Values of `WWW-Authenticate`, one header each. */
	readonly challenge: readonly string[];
	/** Reads the files now. Rejects, and changes nothing, when one is wrong. */
	reload(): Promise<void>;
	/** Said once each: what is allowed and dangerous. */
	readonly notes: readonly string[];
	/** Looks at the files from time to time until then. */
	close(): void;
}

interface Tables {
	basic: BasicTable | undefined;
	bearer: BearerTable | undefined;
	/** Changes with the files. */
	stamp: string;
	notes: readonly string[];
}

/** So late a withdrawn password still works at most; costs one stat per file. */
const lookEveryMs = 5000;

/** Rejects with what is wrong with a file. `say` tells the operator what came of a change. */
export async function openAuthFiles(
	auth: AuthConfig,
	clock: Clock,
	say: (level: "info" | "error", message: string) => void,
): Promise<AuthFiles> {
	const salt = randomBytes(32);
	let tables = await readTables(auth, salt);
	const stop = new AbortController();
	const reload = async () => {
		tables = await readTables(auth, salt);
	};
	void watch();
	return {
		authorize: (authorization) => isAllowed(authorization, tables, salt),
		challenge: challengeOf(auth),
		get notes() {
			return tables.notes;
		},
		reload,
		close: () => stop.abort(),
	};

	async function watch(): Promise<void> {
		let seen = tables.stamp;
		while (!stop.signal.aborted) {
			try {
				await clock.sleep(lookEveryMs, stop.signal);
				const stamp = await stampOf(auth);
				if (stamp === seen) continue;
				seen = stamp;
				await reload();
				say("info", "passwords and tokens were read again");
			} catch (error) {
				if (!stop.signal.aborted)
					say("error", `${(error as Error).message}; what was read before stays in force`);
			}
		}
	}
}

function challengeOf({ basicFile, bearerFile, realm }: AuthConfig): string[] {
	const basic = basicFile === undefined ? [] : [`Basic realm="${realm}", charset="UTF-8"`];
	return bearerFile === undefined ? basic : [...basic, `Bearer realm="${realm}"`];
}

function isAllowed(authorization: string | undefined, { basic, bearer }: Tables, salt: Buffer): boolean {
	const match = /^(basic|bearer) +(\S+) *$/i.exec(authorization ?? "");
	const [, scheme = "", credentials = ""] = match ?? [];
	if (scheme.toLowerCase() === "basic") return basic !== undefined && isUser(credentials, basic, salt);
	return scheme !== "" && bearer !== undefined && isToken(credentials, bearer, salt);
}

/** Never equal to a hash of anything. */
const nobody = Buffer.alloc(32);

function isUser(credentials: string, basic: BasicTable, salt: Buffer): boolean {
	const pair = Buffer.from(credentials, "base64").toString("utf8");
	const colon = pair.indexOf(":");
	if (colon === -1) return false;
	const user = pair.slice(0, colon);
	const offered = salted(salt, `${user}\0${sha256Hex(pair.slice(colon + 1))}`);
	// Looked up by a salted hash: how long that takes says nothing about the names in the table.
	return timingSafeEqual(offered, basic.get(salted(salt, user).toString("hex")) ?? nobody);
}

function isToken(token: string, bearer: BearerTable, salt: Buffer): boolean {
	const offered = salted(salt, token);
	return timingSafeEqual(offered, bearer.get(offered.toString("hex")) ?? nobody);
}

async function readTables({ basicFile, bearerFile }: AuthConfig, salt: Buffer): Promise<Tables> {
	// Taken before the contents: a change in between is found at the next look.
	const stamp = await stampOf({ basicFile, bearerFile });
	const basic = basicFile === undefined ? undefined : basicTable(await textOf(basicFile), basicFile, salt);
	const bearer =
		bearerFile === undefined ? undefined : bearerTable(await textOf(bearerFile), bearerFile, salt);
	return { basic, bearer, stamp, notes: await openToAll(basicFile, bearerFile) };
}

/** sha256 (hex) of the one token in the file of `admin-token`. */
export async function adminTokenSha256(file: string): Promise<string> {
	return oneToken(await textOf(file), file);
}

async function textOf(file: string): Promise<string> {
	try {
		return await readFile(file, "utf8");
	} catch (error) {
		const { code } = error as NodeJS.ErrnoException;
		throw new ChartcostError(`${file}: cannot be read (${code ?? "unknown error"})`, {
			exitCode: code === "EACCES" ? ExitCode.permission : ExitCode.usage,
			hint: "It holds passwords or tokens (auth-basic, auth-bearer, admin-token).",
			cause: error,
		});
	}
}

/** A replaced file, and a Kubernetes secret behind its link, have another inode. */
async function stampOf(files: Pick<AuthConfig, "basicFile" | "bearerFile">): Promise<string> {
	const stamps = [files.basicFile, files.bearerFile].map(async (file) => {
		if (file === undefined) return "";
		const found = await stat(file).catch(() => undefined);
		return found === undefined ? "gone" : `${found.ino} ${found.size} ${found.mtimeMs} ${found.ctimeMs}`;
	});
	return (await Promise.all(stamps)).join("\n");
}

async function openToAll(...files: (string | undefined)[]): Promise<string[]> {
	const notes: string[] = [];
	for (const file of files) {
		if (file === undefined || process.platform === "win32") continue;
		const found = await stat(file).catch(() => undefined);
		if (found !== undefined && (found.mode & 0o004) !== 0)
			notes.push(`${file} can be read by every user of this machine: chmod o-r ${file}`);
	}
	return notes;
}
