/**
 * Where the peers are that test/peers/install.sh has put into .peers/bin (or that are on the PATH), and the reason to skip
 * a test whose peers are missing.
 *
 *   test("…", withPeers("helm3", "versitygw"), async () => { … peerProgram("helm3") … });
 */
import { accessSync, constants } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

export type Peer =
	| "versitygw"
	| "helm3"
	| "helm4"
	| "chartmuseum"
	| "helm-s3"
	| "gpg"
	| "nginx"
	| "varnishd"
	| "wrk"
	| "h2load";

const installed = fileURLToPath(new URL("../../../.peers/bin", import.meta.url));

function found(name: Peer): string | undefined {
	// Debian has servers in /usr/sbin, which is not on everybody's path.
	const folders = [installed, ...(process.env["PATH"] ?? "").split(path.delimiter), "/usr/sbin"];
	return folders
		.map((folder) => path.join(folder, name))
		.find((file) => {
			try {
				accessSync(file, constants.X_OK);
				return true;
			} catch {
				return false;
			}
		});
}

/** Throws where it is missing: only for tests that have `withPeers`. */
export function peerProgram(name: Peer): string {
	const program = found(name);
	if (program === undefined) throw new Error(`peer not installed: ${name} (test/peers/install.sh)`);
	return program;
}

export function withPeers(...names: Peer[]): { skip: string | false } {
	const missing = names.filter((name) => found(name) === undefined);
	return { skip: missing.length > 0 && `peers not installed: ${missing.join(", ")}` };
}
