/** How much memory this process may use: of its container where one is set, else of the machine. */
import { totalmem } from "node:os";

export function memoryLimitBytes(): number {
	const machineBytes = totalmem();
	// 0, or more than there is: no limit is set.
	const containerBytes = process.constrainedMemory() ?? 0;
	return containerBytes > 0 && containerBytes < machineBytes ? containerBytes : machineBytes;
}
