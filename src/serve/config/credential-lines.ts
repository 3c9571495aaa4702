/**
 * The text of password and token files to what is compared with. Passwords and tokens are hashed at once with a salt
 * of this process and never kept; wrong lines are named by number, never by content (S-41).
 */
import { createHash, createHmac } from "node:crypto";
import { usageError } from "../../model/errors.ts";

/** Hash of the user's name (hex) → hash of name and password. */
export type BasicTable = ReadonlyMap<string, Buffer>;
/** Hashes (hex) of the tokens. */
export type BearerTable = ReadonlyMap<string, Buffer>;

const maxLines = 10_000;
const tokenPattern = /^[A-Za-z0-9\-._~+/]+=*$/;
/** A token that can be guessed is worse than none: it looks like protection. */
const shortestToken = 16;

export function sha256Hex(text: string | Buffer): string {
	return createHash("sha256").update(text).digest("hex");
}

export function salted(salt: Buffer, text: string): Buffer {
	return createHmac("sha256", salt).update(text).digest();
}

/** Lines `user:password` or `user:{SHA256}hex`. Empty lines and lines with # are skipped. */
export function basicTable(text: string, file: string, salt: Buffer): BasicTable {
	const table = new Map<string, Buffer>();
	for (const { line, at } of linesOf(text, file)) {
		const colon = line.indexOf(":");
		if (colon < 1) throw wrong(at, "expected user:password or user:{SHA256}hex");
		const user = line.slice(0, colon);
		const name = salted(salt, user).toString("hex");
		if (table.has(name)) throw wrong(at, "the user of an earlier line again");
		table.set(name, salted(salt, `${user}\0${passwordHash(line.slice(colon + 1), at)}`));
	}
	if (table.size === 0) throw usageError(`${file}: no users, so that nobody could log in`, lineHint);
	return table;
}

const lineHint =
	"A line is user:password, or user:{SHA256} and what `printf %s PASSWORD | sha256sum` prints.";

function passwordHash(password: string, at: string): string {
	if (password === "") throw wrong(at, "no password");
	const hash = /^\{SHA256\}([0-9a-f]{64})$/i.exec(password)?.[1];
	if (hash !== undefined) return hash.toLowerCase();
	if (/^\{SHA256\}/i.test(password)) throw wrong(at, "{SHA256} must be followed by 64 hex digits");
	const foreign = /^(?:\{(\w+)\}|\$(apr1|2[abxy]?|[156]|argon2\w*)\$)/i.exec(password);
	// Taken for a password, the hash itself would let people in who have read the file.
	if (foreign !== null)
		throw wrong(at, `passwords hashed with ${foreign[1] ?? `$${foreign[2]}$`} cannot be checked`);
	return sha256Hex(password);
}

/** One token a line. */
export function bearerTable(text: string, file: string, salt: Buffer): BearerTable {
	const hashes = tokensOf(text, file).map((token) => salted(salt, token));
	return new Map(hashes.map((hash) => [hash.toString("hex"), hash]));
}

/** sha256 (hex) of the file's only token. */
export function oneToken(text: string, file: string): string {
	const [token = "", ...others] = tokensOf(text, file);
	if (others.length > 0) throw usageError(`${file}: expected one token, found ${others.length + 1}`);
	return sha256Hex(token);
}

function tokensOf(text: string, file: string): string[] {
	const tokens = linesOf(text, file).map(({ line, at }) => {
		if (!tokenPattern.test(line))
			throw wrong(at, "characters that a bearer token cannot have (RFC 6750)", tokenHint);
		if (line.length < shortestToken)
			throw wrong(at, `a token of fewer than ${shortestToken} characters`, tokenHint);
		return line;
	});
	if (tokens.length === 0) throw usageError(`${file}: no tokens, so that nobody could log in`, tokenHint);
	return tokens;
}

const tokenHint = "Make one with: openssl rand -base64 32";

function wrong(at: string, what: string, hint = lineHint): Error {
	return usageError(`${at}: ${what}`, hint);
}

function linesOf(text: string, file: string): { line: string; at: string }[] {
	const lines = text.replace(/^\uFEFF/, "").split(/\r?\n/);
	if (lines.length > maxLines) throw usageError(`${file}: more than ${maxLines} lines`);
	return lines.flatMap((line, i) => {
		if (line.trim() === "" || line.startsWith("#")) return [];
		const at = `${file}:${i + 1}`;
		if (/[\x00-\x1f\x7f\uFFFD]/.test(line))
			throw wrong(at, "a control character, or bytes that are not UTF-8");
		return [{ line, at }];
	});
}
