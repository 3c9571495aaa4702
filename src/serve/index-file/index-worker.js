// In the source tree alone, where tests run: the thread's TypeScript by way of tsx, which does not reach into threads
// by itself. In dist/ the built index-worker.ts has this name.
import { register } from "tsx/esm/api";

register();
await import("./index-worker.ts");
