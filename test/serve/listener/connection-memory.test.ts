/** A connection that is kept for thousands of requests holds nothing of those that were answered. */
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { LoadConnection, requestBytes, type Taken } from "../../bench/serve/load-connection.ts";
import { startTestServe } from "../running.ts";

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

const { serve, close } = await startTestServe({ flags: { "index-ttl": "1h" } });
after(close);

const requests = 4000;
/** It was 310 bytes when each answer left a wait behind. */
const mayStayBytes = 100 * requests;

test("thousands of requests for the index on one connection leave no memory behind", async () => {
	const connection = new LoadConnection(serve.running.data.port);
	await connection.open();
	// With an id of its own it takes the long way, on the same connection.
	const bytes = requestBytes("/index.yaml", { "X-Request-Id": "a" });
	const ask = () => new Promise<Taken>((resolve) => connection.ask(bytes, resolve));
	const heapAfter = async (count: number) => {
		for (let nth = 0; nth < count; nth++) assert.equal((await ask()).status, 200);
		collect();
		return process.memoryUsage().heapUsed;
	};
	const before = await heapAfter(2000);
	const grown = (await heapAfter(requests)) - before;
	connection.close();
	assert.ok(grown < mayStayBytes, `${grown} bytes stay after ${requests} requests`);
});
