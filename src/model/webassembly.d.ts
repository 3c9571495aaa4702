/** The part of WebAssembly's interface that the kernels use: Node has it, its type package does not declare it. */
declare namespace WebAssembly {
	class Module {
		constructor(bytes: Uint8Array);
	}
	class Instance {
		constructor(module: Module, imports?: Record<string, Record<string, unknown>>);
		readonly exports: Record<string, unknown>;
	}
	class Memory {
		constructor(descriptor: { initial: number; maximum: number; shared: boolean });
		readonly buffer: SharedArrayBuffer;
	}
}
