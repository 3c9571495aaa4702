/**
 * Errors of the operating system at start, as sentences: a port that is in use, a certificate that cannot be read.
 * In: what failed and the error. Out: a ChartcostError with the exit code of the contract.
 */
import { ChartcostError, ExitCode } from "../model/errors.ts";
import type { Address } from "./config/config.ts";

export function listenError(error: unknown, which: string, { host, port }: Address): unknown {
	const { code } = error as NodeJS.ErrnoException;
	const address = `${host.includes(":") ? `[${host}]` : host}:${port}`;
	switch (code) {
		case "EADDRINUSE":
			return new ChartcostError(`${which} ${address}: the port is in use`, {
				exitCode: ExitCode.failed,
				hint: "Stop the program that listens there, or choose another port.",
				cause: error,
			});
		case "EACCES":
			return new ChartcostError(`${which} ${address}: no permission to listen there`, {
				exitCode: ExitCode.permission,
				hint: "Ports below 1024 need a privilege; choose a higher one.",
				cause: error,
			});
		case "EADDRNOTAVAIL":
		case "ENOTFOUND":
			return new ChartcostError(`${which} ${address}: this machine has no such address`, {
				exitCode: ExitCode.usage,
				hint: "Use 0.0.0.0, [::] or 127.0.0.1, or an address of this machine.",
				cause: error,
			});
		default:
			return error;
	}
}

/** Of the files of TLS; their content is never repeated. */
export function certificateError(
	error: unknown,
	{ certFile, keyFile }: { certFile: string; keyFile: string },
): unknown {
	const { code, message } = error as NodeJS.ErrnoException;
	const file = (error as NodeJS.ErrnoException).path;
	if (file !== undefined) {
		return new ChartcostError(`${file}: cannot be read (${code})`, {
			exitCode: code === "EACCES" ? ExitCode.permission : ExitCode.usage,
			hint: "--tls-cert and --tls-key name PEM files.",
		});
	}
	if (!/PEM|SSL|key|cert/i.test(`${code} ${message}`)) return error;
	return new ChartcostError(`${certFile} and ${keyFile} are no certificate and key that belong together`, {
		exitCode: ExitCode.usage,
		hint: "Both are PEM; the certificate file has the chain, too.",
	});
}
