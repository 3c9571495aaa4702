#!/usr/bin/env node
// Starts chartcost: checks the Node version in words that every Node can read, then hands over to dist/run.js.
import module from "node:module";
import { fileURLToPath } from "node:url";

const [major, minor] = process.versions.node.split(".").map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
	process.stderr.write(`chartcost needs Node.js 20.19 or newer; this is ${process.version}.\n`);
	process.exit(1);
}
// The AWS SDK would print lines about Node 20 between ours; package.json says which versions we support.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= "true";
// Keeps compiled code between runs where Node can (22.8 and newer).
module.enableCompileCache?.();
const { main } = await import("../dist/run.js");
await main(process.argv.slice(2), fileURLToPath(new URL("..", import.meta.url)));
