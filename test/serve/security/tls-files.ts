/** Certificate and key as files in a folder of their own, for servers that are started with --tls-cert and --tls-key. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { type Certificate, selfSigned } from "../../support/s3/certificate.ts";

export interface TlsFiles {
	folder: string;
	certificate: Certificate;
	/** For `startTestServe`. */
	flags: { "tls-cert": string; "tls-key": string };
	remove(): void;
}

export function tlsFiles(certificate: Certificate = selfSigned()): TlsFiles {
	const folder = mkdtempSync(path.join(tmpdir(), "chartcost-tls-"));
	const flags = { "tls-cert": path.join(folder, "cert.pem"), "tls-key": path.join(folder, "key.pem") };
	writeFileSync(flags["tls-cert"], certificate.certificatePem);
	writeFileSync(flags["tls-key"], certificate.keyPem, { mode: 0o600 });
	return { folder, certificate, flags, remove: () => rmSync(folder, { recursive: true, force: true }) };
}
