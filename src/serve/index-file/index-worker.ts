/**
 * The thread that prepares large indexes: a stored index comes in, the identity form goes out at once, the compressed
 * forms follow when no other index waits. Buffers are handed over, not copied, to the thread that answers clients.
 */
import { parentPort } from "node:worker_threads";
import { compressIndex } from "./compress.ts";
import { prepareIndex } from "./prepare.ts";
import type { PreparedIndex, PrepareOptions } from "./prepared.ts";

export interface ToIndexWorker {
	id: number;
	stored: Uint8Array<ArrayBuffer>;
	options: PrepareOptions;
}

/** Everything of a PreparedIndex that can be sent; Buffers arrive as Uint8Array. */
export type SentIndex = Omit<PreparedIndex, "body" | "gzip" | "zstd" | "compressed" | "entriesJson"> & {
	/** `undefined`: the stored bytes. */
	body: Uint8Array | undefined;
	json: Uint8Array;
	slices: PreparedIndex["entriesJson"]["slices"];
};

export type FromIndexWorker =
	| { type: "prepared"; id: number; index: SentIndex }
	| { type: "refused"; id: number; message: string }
	| { type: "compressed"; id: number; gzip: Uint8Array | undefined; zstd: Uint8Array | undefined };

function answer({ id, stored, options }: ToIndexWorker): void {
	const bytes = Buffer.from(stored.buffer);
	let prepared: PreparedIndex;
	try {
		prepared = prepareIndex(bytes, options);
	} catch (error) {
		post({ type: "refused", id, message: error instanceof Error ? error.message : String(error) }, []);
		return;
	}
	const { gzip, zstd, compressed, entriesJson, body, ...rest } = prepared;
	const own = body === bytes ? undefined : copied(body);
	const json = copied(entriesJson.json);
	post(
		{ type: "prepared", id, index: { ...rest, body: own, json, slices: entriesJson.slices } },
		own === undefined ? [json.buffer] : [own.buffer, json.buffer],
	);
	// A later turn: an index that has arrived in the meantime goes first.
	if (prepared.passedOn) post({ type: "compressed", id, gzip: undefined, zstd: undefined }, []);
	else setImmediate(compress, id, body);
}

function compress(id: number, body: Buffer): void {
	const { gzip, zstd } = compressIndex(body);
	const sent = [gzip, zstd].map((form) => (form === undefined ? undefined : copied(form)));
	const transfer = sent.flatMap((form) => (form === undefined ? [] : [form.buffer]));
	post({ type: "compressed", id, gzip: sent[0], zstd: sent[1] }, transfer);
}

/** In memory of its own: a Buffer may be a part of a larger one. */
function copied(buffer: Buffer): Uint8Array<ArrayBuffer> {
	return new Uint8Array(buffer);
}

function post(message: FromIndexWorker, transfer: ArrayBuffer[]): void {
	parentPort?.postMessage(message, transfer);
}

parentPort?.on("message", answer);
