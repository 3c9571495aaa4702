/** Decoding: whole samples, every truncation, every flipped byte, any split of the input. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { crc32, deflateRawSync, gzipSync } from "node:zlib";
import fc from "fast-check";
import { DecodeError, decode, type Encoding, sniffEncoding } from "../../src/scan/decode.ts";
import type { ZstdEngine } from "../../src/scan/zstd.ts";

const text =
	"79a59df9 awsexamplebucket1 [06/Feb/2019:00:00:38 +0000] 192.0.2.3 - REST.GET.OBJECT a\n" +
	"79a59df9 awsexamplebucket1 [06/Feb/2019:00:00:39 +0000] 192.0.2.3 - REST.GET.OBJECT b\n" +
	"79a59df9 awsexamplebucket1 [06/Feb/2019:00:00:40 +0000] 192.0.2.3 - REST.GET.OBJECT c\n";

/** Made with zstd 1.5 from the texts beside them. */
const zstd = {
	/** `zstd -19` of `text`. */
	text: base64(
		"KLUv/WQCACUDAIKFFBlgeQNzLavZIdvSY4qvNQRAKE1lcgxyXIEBkHLCPqxMl+koT9PZNI0mxAEPLdtbfuTJ3R1gZHBPProU7GUEwyWO3L2ozl5My+p3N6/yW9UX9Y8FAAGJgIgFUoAsRJGW0wNlk3+e",
	),
	/** `printf 'one\n' | zstd`: a frame with a checksum and no content size. */
	one: base64("KLUv/QRYIQAAb25lCt8WaAk="),
	/** `printf 'two\n' | zstd --no-check`. */
	two: base64("KLUv/QBYIQAAdHdvCg=="),
	/** 400,000 times "x": run-length blocks. */
	run: base64("KLUv/QRoTAAACHgBAPz/ORACAgAQeAIAEHgD1AB45rheCw=="),
	/** 9,000 numbered lines in three blocks that refer to each other. */
	lines: base64(
		"KLUv/aQE+AMAtAQAAkgWFJCrDWjrGl8LYHfrIru7d8LTvw9Ou7u7u7uqqqqqqpmZmZmZiIiIiIh3d3d3d2ZmZmZmVVVVVVX///+/bdu2vZp4VjcC0rEgQoNS4SBCQQFi0oA8CUqJcQRlqCH49r8DwKPSNRL4BIERBH4Y/v7/G7P0TWsZqpIsy75ESDgiIgwREP4QD3YIRw+xeJJFJld5QKsCVQAAAAEAAfgF/LkGAhywnJg=",
	),
	/** `text` with `--ultra --long=31`: asks for a window of 2 GiB. */
	wide: base64(
		"KLUv/QSoPQMAwsUVHFBPdYO24W4h6YGOHYGJtjkxtBlJ02Y5U2a+W2so3oGLOB/BHQYIfc6gT+ES2STTpde1Khn/z6SAtb/9bdVXgl1IgC9SUfoRK7AhkghfemLhXEdjH95ABAABiYCIBVIssiiYAWWTf54=",
	),
};
const numberedLines = Array.from({ length: 9000 }, (_, i) => `line number ${i % 100} of the sample\n`).join(
	"",
);
/** RFC 8878 section 3.1.2: a magic number, a length, and bytes for other programs. */
const skippable = Buffer.concat([Buffer.from([0x5a, 0x2a, 0x4d, 0x18, 3, 0, 0, 0]), Buffer.from("abc")]);
const engines: ZstdEngine[] = ["auto", "fzstd"];

function base64(encoded: string): Buffer {
	return Buffer.from(encoded, "base64");
}

async function* chunksOf(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
	for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

interface Outcome {
	text: string;
	error: DecodeError | undefined;
}

async function outcome(
	bytes: Uint8Array,
	encoding: Encoding,
	options: { engine?: ZstdEngine; chunkBytes?: number } = {},
): Promise<Outcome> {
	const parts: Uint8Array[] = [];
	let error: DecodeError | undefined;
	try {
		const input = chunksOf(bytes, options.chunkBytes ?? 1 << 20);
		for await (const part of decode(input, encoding, options.engine)) {
			assert.ok(part.length > 0, "no empty pieces");
			parts.push(part);
		}
	} catch (thrown) {
		assert.ok(thrown instanceof DecodeError, String(thrown));
		error = thrown;
	}
	const content = Buffer.concat(parts);
	if (error !== undefined) assert.equal(error.decodedBytes, content.length);
	return { text: content.toString("latin1"), error };
}

async function assertDecodes(bytes: Uint8Array, encoding: Encoding, expected: string): Promise<void> {
	for (const engine of encoding === "zstd" ? engines : (["auto"] as const)) {
		for (const chunkBytes of [1, 3, 17, 4096, 1 << 20]) {
			const { text: found, error } = await outcome(bytes, encoding, { engine, chunkBytes });
			assert.equal(error, undefined, `${engine}, chunks of ${chunkBytes}: ${error?.message}`);
			assert.ok(found === expected, `${engine}, chunks of ${chunkBytes}: other content`);
		}
	}
}

test("magic bytes tell the encoding, whatever the name says", () => {
	assert.equal(sniffEncoding(gzipSync("a")), "gzip");
	assert.equal(sniffEncoding(zstd.one), "zstd");
	assert.equal(sniffEncoding(skippable), "zstd");
	for (const plain of [text, "", "(", "\x1f\x8b", "\x1f\x8b\x07", "PAR1", "BZh9", "\x50\x2a\x4d"]) {
		assert.equal(sniffEncoding(Buffer.from(plain, "latin1")), "plain", JSON.stringify(plain));
	}
});

test("plain bytes pass through", async () => {
	await assertDecodes(Buffer.from(text), "plain", text);
	await assertDecodes(Buffer.alloc(0), "plain", "");
});

test("gzip: one member, many members, empty members", async () => {
	await assertDecodes(gzipSync(text), "gzip", text);
	await assertDecodes(gzipSync(""), "gzip", "");
	const members = [gzipSync("one\n"), gzipSync(""), gzipSync("two\n"), gzipSync(text)];
	await assertDecodes(Buffer.concat(members), "gzip", `one\ntwo\n${text}`);
});

test("gzip: every optional header field", async () => {
	const body = gzipSync("abc").subarray(10);
	const header = Buffer.from([0x1f, 0x8b, 8, 2 | 4 | 8 | 16, 0, 0, 0, 0, 0, 3, 2, 0, 0x41, 0x42]);
	const names = Buffer.from("name\0comment\0\x12\x34", "latin1");
	await assertDecodes(Buffer.concat([header, names, body]), "gzip", "abc");
});

test("gzip: what follows the last member is padding, unless it is large", async () => {
	const member = gzipSync(text);
	for (const padding of ["\n", "\0", "\x1f", "\0\0\0garbage", "garbage", "\0".repeat(100_000)]) {
		await assertDecodes(Buffer.concat([member, Buffer.from(padding, "latin1")]), "gzip", text);
	}
	await assertDecodes(Buffer.concat([member, Buffer.alloc(512), gzipSync("more")]), "gzip", `${text}more`);
	const large = await outcome(Buffer.concat([member, Buffer.alloc(100_000, "g")]), "gzip");
	assert.equal(large.error?.problem, "corrupt");
	assert.equal(large.text, text);
});

test("gzip: a damaged second member is reported after the first was yielded", async () => {
	const broken = Buffer.concat([gzipSync(text), Buffer.from([0x1f, 0x8b, 9, 9, 9, 9, 9, 9, 9, 9, 9])]);
	const { text: found, error } = await outcome(broken, "gzip");
	assert.equal(found, text);
	assert.equal(error?.problem, "corrupt");
});

test("gzip: wrong checksum and wrong length come after the content", async () => {
	const body = Buffer.concat([gzipSync("").subarray(0, 10), deflateRawSync(text)]);
	const trailer = (checksum: number, sizeBytes: number) => {
		const bytes = Buffer.alloc(8);
		bytes.writeUInt32LE(checksum, 0);
		bytes.writeUInt32LE(sizeBytes, 4);
		return Buffer.concat([body, bytes]);
	};
	await assertDecodes(trailer(crc32(text), text.length), "gzip", text);
	for (const bad of [trailer(crc32(text) ^ 1 ? 7 : 8, text.length), trailer(crc32(text), text.length + 1)]) {
		const { text: found, error } = await outcome(bad, "gzip");
		assert.equal(found, text);
		assert.equal(error?.problem, "corrupt");
	}
});

test("gzip: cut at every byte, the beginning comes out and the cut is reported", async () => {
	const whole = gzipSync(text);
	for (let end = 0; end < whole.length; end++) {
		const { text: found, error } = await outcome(whole.subarray(0, end), "gzip", { chunkBytes: 50 });
		assert.equal(error?.problem, "truncated", `cut at ${end}`);
		assert.ok(text.startsWith(found), `cut at ${end}`);
		if (end >= whole.length - 8) assert.equal(found, text, "only the trailer is missing");
	}
});

test("gzip: any damaged byte is either harmless or reported, and never hangs", async () => {
	const whole = gzipSync(text);
	for (let at = 0; at < whole.length; at++) {
		const damaged = Buffer.from(whole);
		damaged[at]! ^= 0x55;
		const { text: found, error } = await outcome(damaged, "gzip");
		if (error === undefined) assert.equal(found, text, `byte ${at}`);
	}
});

test("zstd: one frame, many frames, skippable frames, run-length blocks, blocks that refer back", async () => {
	await assertDecodes(zstd.text, "zstd", text);
	await assertDecodes(zstd.run, "zstd", "x".repeat(400_000));
	await assertDecodes(zstd.lines, "zstd", numberedLines);
	const frames = [skippable, zstd.one, zstd.two, skippable, zstd.text, zstd.two, skippable];
	await assertDecodes(Buffer.concat(frames), "zstd", `one\ntwo\n${text}two\n`);
	await assertDecodes(skippable, "zstd", "");
});

test("zstd: cut at every byte, whole frames and blocks come out and the cut is reported", async () => {
	const whole = Buffer.concat([zstd.one, zstd.two, zstd.text]);
	for (const engine of engines) {
		for (let end = 1; end < whole.length; end++) {
			const { text: found, error } = await outcome(whole.subarray(0, end), "zstd", { engine });
			const frameEnd = end === zstd.one.length || end === zstd.one.length + zstd.two.length;
			assert.equal(error?.problem, frameEnd ? undefined : "truncated", `${engine}, cut at ${end}`);
			assert.ok(`one\ntwo\n${text}`.startsWith(found), `${engine}, cut at ${end}`);
			if (end >= zstd.one.length) assert.ok(found.startsWith("one\n"), `${engine}, cut at ${end}`);
		}
		const cutInThirdBlock = await outcome(zstd.run.subarray(0, -6), "zstd", { engine });
		assert.ok(cutInThirdBlock.text.length >= 2 * 131_072, engine);
		assert.equal(cutInThirdBlock.error?.problem, "truncated");
	}
});

test("zstd: damaged bytes never hang and never throw anything but DecodeError", async () => {
	for (const engine of engines) {
		for (const sample of [zstd.text, zstd.lines]) {
			for (let at = 0; at < sample.length; at++) {
				const damaged = Buffer.from(sample);
				damaged[at]! ^= 0x55;
				await outcome(damaged, "zstd", { engine });
			}
		}
	}
});

test("zstd: frames that need a huge window or a dictionary are refused, and the reason is said", async () => {
	for (const engine of engines) {
		const wide = await outcome(zstd.wide, "zstd", { engine });
		assert.match(wide.error?.detail ?? "", /window of more than 128 MiB/);
		const dictionary = Buffer.concat([
			zstd.two.subarray(0, 4),
			Buffer.from([1, 0x58, 7]),
			zstd.two.subarray(6),
		]);
		const needy = await outcome(dictionary, "zstd", { engine });
		assert.match(needy.error?.detail ?? "", /dictionary/);
		const garbage = await outcome(Buffer.concat([zstd.one, Buffer.from("garbage")]), "zstd", { engine });
		assert.equal(garbage.text, "one\n");
		assert.equal(garbage.error?.problem, "corrupt");
	}
});

test("any split of the input decodes alike", async () => {
	const gzip = Buffer.concat([gzipSync(text), gzipSync(numberedLines)]);
	const frames = Buffer.concat([zstd.one, zstd.lines]);
	await fc.assert(
		fc.asyncProperty(fc.integer({ min: 1, max: 700 }), async (chunkBytes) => {
			assert.ok((await outcome(gzip, "gzip", { chunkBytes })).text === text + numberedLines);
			for (const engine of engines) {
				assert.ok((await outcome(frames, "zstd", { chunkBytes, engine })).text === `one\n${numberedLines}`);
			}
		}),
		{ numRuns: 10, seed: 1 },
	);
});

test("an error of the input passes through, after what was decoded", async () => {
	const inputs: [encoding: Encoding, first: Uint8Array, decoded: string][] = [
		["plain", Buffer.from("one\n"), "one\n"],
		["gzip", gzipSync("one\n"), "one\n"],
		["gzip", gzipSync("one\n").subarray(0, -8), "one\n"],
		["zstd", zstd.one, "one\n"],
		["zstd", zstd.one.subarray(0, -4), "one\n"],
		["zstd", zstd.one.subarray(0, 5), ""],
	];
	for (const [encoding, first, decoded] of inputs) {
		async function* failing() {
			yield first;
			throw new Error("disk on fire");
		}
		const parts: Uint8Array[] = [];
		await assert.rejects(async () => {
			for await (const part of decode(failing(), encoding)) parts.push(part);
		}, /disk on fire/);
		assert.equal(Buffer.concat(parts).toString(), decoded, `${encoding}, ${first.length} bytes`);
	}
});

test("a reader that stops early closes the input and decodes no more than it took", async () => {
	let given = 0;
	let closed = false;
	const bomb = gzipSync(Buffer.alloc(64 << 20));
	async function* input() {
		try {
			for await (const chunk of chunksOf(bomb, 4096)) {
				given += chunk.length;
				yield chunk;
			}
		} finally {
			closed = true;
		}
	}
	for await (const part of decode(input(), "gzip")) {
		assert.ok(part.length > 0);
		break;
	}
	assert.ok(closed);
	assert.ok(given <= 8192, `${given} of ${bomb.length} bytes read`);
});
