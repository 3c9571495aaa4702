/**
 * A file system that fails when a test says so: wraps any object of asynchronous file functions (such as `realFiles` of
 * src/serve/cache/disk-files.ts), counts the calls and lets the n-th one fail or write less than it was given.
 *
 *   const disk = new FaultFiles(realFiles);
 *   disk.failAt(3, "ENOSPC");                     the third call from now, once
 *   disk.failAlways("EROFS", ["open", "write"]);  until disk.healthy()
 *   disk.shortWriteAt(1, 10);                     the next write takes 10 bytes
 *   store(disk.files); disk.openFiles;            nothing left open?
 *   await sweep(realFiles, "EIO", (files) => scenario(files));     every call of a scenario fails once, in turn
 */

export type FileErrorCode = "ENOSPC" | "EIO" | "EMFILE" | "EROFS" | "EDQUOT" | "EACCES" | "ENOENT" | "EEXIST";

export interface FileCall {
	/** From 1, since the start or `forget`. */
	number: number;
	name: string;
	/** What the function was called with. */
	given: readonly unknown[];
}

type Verdict = FileErrorCode | { shortBytes: number } | undefined;
type Rule = (call: FileCall) => Verdict;

export class FaultFiles<Files extends object> {
	/** What the code under test gets. */
	readonly files: Files;
	readonly calls: FileCall[] = [];
	/** Descriptors that `open` gave and `close` has not taken back. */
	openFiles = 0;
	/** How many calls failed or fell short. */
	faults = 0;
	#rules: Rule[] = [];

	constructor(real: Files) {
		this.files = new Proxy(real, {
			get: (target, name) => {
				const member = Reflect.get(target, name);
				return typeof member === "function" && typeof name === "string"
					? (...given: unknown[]) => this.#call(name, member.bind(target), given)
					: member;
			},
		});
	}

	/** The n-th call from now (1: the next), of these functions if any are named, fails once. */
	failAt(n: number, code: FileErrorCode, names?: readonly string[]): void {
		this.#once(n, names, code);
	}

	failAlways(code: FileErrorCode, names?: readonly string[]): void {
		this.when((call) => (concerns(names, call) ? code : undefined));
	}

	/** The n-th `write` from now is given `bytes` only. */
	shortWriteAt(n: number, bytes: number): void {
		this.#once(n, ["write"], { shortBytes: bytes });
	}

	when(rule: Rule): void {
		this.#rules.push(rule);
	}

	healthy(): void {
		this.#rules = [];
	}

	forget(): void {
		this.calls.length = 0;
	}

	#once(n: number, names: readonly string[] | undefined, verdict: Verdict): void {
		let left = n;
		this.when((call) => {
			if (!concerns(names, call)) return undefined;
			left--;
			return left === 0 ? verdict : undefined;
		});
	}

	#call(name: string, real: (...given: unknown[]) => unknown, given: unknown[]): unknown {
		const call = { number: this.calls.length + 1, name, given };
		this.calls.push(call);
		// Every rule is asked, so that every one of them counts this call.
		const verdict = this.#rules.map((rule) => rule(call)).find((found) => found !== undefined);
		if (verdict !== undefined) this.faults++;
		if (typeof verdict === "string") {
			// A descriptor is gone after close, also when close reports an error.
			if (name === "close")
				return this.#counted(name, Promise.resolve(real(...given))).then(() => fail(verdict, call));
			return fail(verdict, call);
		}
		if (verdict === undefined) return this.#counted(name, real(...given));
		const shortened = given.map((value) =>
			Buffer.isBuffer(value) ? value.subarray(0, verdict.shortBytes) : value,
		);
		return real(...shortened);
	}

	#counted(name: string, result: unknown): Promise<unknown> {
		const change = name === "open" ? 1 : name === "close" ? -1 : 0;
		return Promise.resolve(result).then((value) => {
			this.openFiles += change;
			return value;
		});
	}
}

function concerns(names: readonly string[] | undefined, { name }: FileCall): boolean {
	return names === undefined || names.includes(name);
}

function fail(code: FileErrorCode, { name, given }: FileCall): Promise<never> {
	const path = typeof given[0] === "string" ? ` '${given[0]}'` : "";
	return Promise.reject(
		Object.assign(new Error(`${code}: made to fail, ${name}${path}`), { code, syscall: name }),
	);
}

/**
 * Runs a scenario once to count its calls, then once for each of them, which fails. `check` says what must hold after
 * each run (`failed`: the call that failed). Returns the number of runs; throws with the call's number and name.
 */
export async function sweep<Files extends object>(
	real: Files,
	code: FileErrorCode,
	scenario: (files: Files) => Promise<void>,
	check: (disk: FaultFiles<Files>, failed: FileCall | undefined) => Promise<void> | void = () => {},
): Promise<number> {
	const healthy = new FaultFiles(real);
	await scenario(healthy.files);
	await check(healthy, undefined);
	const calls = [...healthy.calls];
	for (const call of calls) {
		const disk = new FaultFiles(real);
		disk.failAt(call.number, code);
		try {
			await scenario(disk.files);
			await check(disk, disk.calls[call.number - 1]);
		} catch (error) {
			throw new Error(`${code} at call ${call.number} of ${calls.length} (${call.name}): ${error}`, {
				cause: error,
			});
		}
	}
	return calls.length;
}
