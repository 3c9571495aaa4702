// In the source tree alone, where tests run: the process's TypeScript by way of tsx. In dist/ the built serve-worker.ts has this name.
import { register } from "tsx/esm/api";

register();
await import("./serve-worker.ts");
