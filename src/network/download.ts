/**
 * The one door to the public web: fetches AWS's open price and address files. No credentials, no cookies.
 * In: a URL. Out: its text, gunzipped, or an error that says what to do instead. Everything that could go
 * wrong with a stranger's server has a limit: time, size and unpacked size.
 */
import { gunzipSync } from "node:zlib";
import { Agent, type Dispatcher, EnvHttpProxyAgent, request } from "undici";
import { ChartcostError, ExitCode } from "../model/errors.ts";

/** Fetches a URL as UTF-8 text. Tests and other transports put their own in place. */
export type Download = (url: string) => Promise<string>;

export interface DownloadOptions {
	/** As in `https_proxy`, `http_proxy` and `no_proxy`; passed in because only commands read the environment. */
	httpsProxy?: string | undefined;
	httpProxy?: string | undefined;
	noProxy?: string | undefined;
	/** Longest wait for the server's next sign of life. */
	timeoutMs?: number | undefined;
	/** Largest body, and largest unpacked body. */
	maxBytes?: number | undefined;
}

/** ip-ranges.json has 2 MB, a regional AWSDataTransfer offer 1.5 MB, s3.json a few: all with room to grow. */
const defaultMaxBytes = 64 << 20;
const defaultTimeoutMs = 30_000;

/** A downloader with the given proxies and limits. */
export function createDownload(options: DownloadOptions = {}): Download {
	const maxBytes = options.maxBytes ?? defaultMaxBytes;
	const timeoutMs = options.timeoutMs ?? defaultTimeoutMs;
	return async (url) => {
		const dispatcher = dispatcherFor(options);
		try {
			const { statusCode, body } = await request(url, {
				dispatcher,
				headersTimeout: timeoutMs,
				bodyTimeout: timeoutMs,
				headers: { accept: "application/json", "accept-encoding": "gzip" },
			});
			if (statusCode !== 200) throw new Error(`the server answered ${statusCode}`);
			return unpacked(await collect(body, maxBytes), maxBytes).toString("utf8");
		} catch (error) {
			throw new ChartcostError(`${url}: ${reasonOf(error)}`, {
				exitCode: ExitCode.failed,
				hint: "Check the network and the proxy (https_proxy), or download the file elsewhere and pass it in.",
				cause: error,
			});
		} finally {
			await dispatcher.destroy();
		}
	};
}

function dispatcherFor({ httpProxy, httpsProxy, noProxy }: DownloadOptions): Dispatcher {
	if (!httpProxy && !httpsProxy) return new Agent();
	// Empty strings, because undici falls back to the process environment for what is undefined.
	return new EnvHttpProxyAgent({
		httpProxy: httpProxy ?? "",
		httpsProxy: httpsProxy ?? httpProxy ?? "",
		noProxy: noProxy ?? "",
	});
}

async function collect(body: AsyncIterable<Buffer>, maxBytes: number): Promise<Buffer> {
	const chunks: Buffer[] = [];
	let sizeBytes = 0;
	for await (const chunk of body) {
		sizeBytes += chunk.length;
		if (sizeBytes > maxBytes) throw new Error(`the answer is larger than ${maxBytes} bytes`);
		chunks.push(chunk);
	}
	return Buffer.concat(chunks);
}

/** By magic bytes: the price feed sends gzip without saying so in Content-Encoding. */
function unpacked(body: Buffer, maxBytes: number): Buffer {
	return body[0] === 0x1f && body[1] === 0x8b ? gunzipSync(body, { maxOutputLength: maxBytes }) : body;
}

/** The innermost message: undici wraps DNS and TLS errors, node wraps several attempts into one. */
function reasonOf(error: unknown): string {
	const { message, cause, errors, code } = error as Error & {
		cause?: unknown;
		errors?: unknown[];
		code?: string;
	};
	if (cause !== undefined) return reasonOf(cause);
	if (errors?.[0] !== undefined) return reasonOf(errors[0]);
	return message || code || "no connection";
}
