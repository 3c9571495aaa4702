/**
 * Real chart archives of a wanted size, for servers that look into them (ChartMuseum does): Chart.yaml, and a file that does not
 * compress. In: name, version, size. Out: the bytes of a .tgz.
 */
import { createHash } from "node:crypto";
import { gzipSync } from "node:zlib";

const blockBytes = 512;

/** Exactly `sizeBytes`, if that is at least some 400. */
export function chartArchive(name: string, version: string, sizeBytes: number): Buffer {
	const yaml = `apiVersion: v2\nname: ${name}\nversion: ${version}\ndescription: A chart of the benchmark\n`;
	let filling = Math.max(0, sizeBytes - 700);
	// Nothing in it compresses but the tar heads, so that the next guess is right, or a few bytes off.
	for (let tries = 0; tries < 60; tries++) {
		const archive = packed(name, yaml, filling);
		if (archive.length === sizeBytes || (filling === 0 && archive.length > sizeBytes)) return archive;
		filling = Math.max(0, filling + sizeBytes - archive.length);
	}
	return packed(name, yaml, filling);
}

function packed(name: string, yaml: string, fillingBytes: number): Buffer {
	return gzipSync(
		Buffer.concat([
			tarFile(`${name}/Chart.yaml`, Buffer.from(yaml)),
			tarFile(`${name}/files/data.bin`, noise(name, fillingBytes)),
			Buffer.alloc(2 * blockBytes),
		]),
	);
}

function noise(seed: string, sizeBytes: number): Buffer {
	return createHash("shake256", { outputLength: Math.max(1, sizeBytes) })
		.update(seed)
		.digest();
}

/** One file as POSIX ustar has it. */
function tarFile(path: string, content: Buffer): Buffer {
	const head = Buffer.alloc(blockBytes);
	head.write(path, 0);
	head.write("0000644\0", 100);
	head.write("0000000\0", 108);
	head.write("0000000\0", 116);
	head.write(`${content.length.toString(8).padStart(11, "0")}\0`, 124);
	head.write("00000000000\0", 136);
	head.write("        0", 148);
	head.write("ustar\x0000", 257);
	const sum = head.reduce((total, byte) => total + byte, 0);
	head.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
	const padding = Buffer.alloc((blockBytes - (content.length % blockBytes)) % blockBytes);
	return Buffer.concat([head, content, padding]);
}
