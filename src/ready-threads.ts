/** For the program's first moments: scanner threads before the command is known in full. */
export { prestart } from "./scan/threads.ts";
