/**
 * Certificate and key as the data port will use them, checked before it listens: readable, fitting, still valid.
 * The listener reads them itself; this says in words what OpenSSL says in codes.
 */
import { createPrivateKey, X509Certificate } from "node:crypto";
import { readFile } from "node:fs/promises";
import { ChartcostError, ExitCode, usageError } from "../../model/errors.ts";

/** Sentences about what works but will not for long. Throws a usage error for what cannot work. */
export async function checkTlsFiles(
	{ certFile, keyFile }: { certFile: string; keyFile: string },
	nowMs: number,
): Promise<string[]> {
	const certificate = parsed(await contentOf(certFile), certFile);
	const key = await contentOf(keyFile);
	if (!fits(certificate, key, keyFile))
		throw usageError(
			`${keyFile}: is not the key of the certificate in ${certFile}`,
			"Give the pair that belongs together.",
		);
	const fromMs = Date.parse(certificate.validFrom);
	const toMs = Date.parse(certificate.validTo);
	const until = new Date(toMs).toISOString().slice(0, 10);
	if (nowMs > toMs) return [`the certificate in ${certFile} ended on ${until}: clients will refuse it`];
	if (nowMs < fromMs) return [`the certificate in ${certFile} is not valid yet: clients will refuse it`];
	if (toMs - nowMs < soonMs) return [`the certificate in ${certFile} ends on ${until}`];
	return [];
}

const soonMs = 7 * 86_400_000;

function parsed(pem: Buffer, file: string): X509Certificate {
	try {
		return new X509Certificate(pem);
	} catch {
		throw usageError(
			`${file}: holds no certificate`,
			"Expected PEM, beginning with -----BEGIN CERTIFICATE-----.",
		);
	}
}

function fits(certificate: X509Certificate, pem: Buffer, file: string): boolean {
	if (/ENCRYPTED/.test(pem.toString("latin1")))
		throw usageError(
			`${file}: the key is protected by a passphrase`,
			"Take it off: openssl pkey -in KEY -out PLAIN_KEY",
		);
	try {
		return certificate.checkPrivateKey(createPrivateKey(pem));
	} catch {
		throw usageError(
			`${file}: holds no private key`,
			"Expected PEM, beginning with -----BEGIN PRIVATE KEY-----.",
		);
	}
}

async function contentOf(file: string): Promise<Buffer> {
	try {
		return await readFile(file);
	} catch (error) {
		const { code } = error as NodeJS.ErrnoException;
		throw new ChartcostError(`${file}: cannot be read (${code ?? "unknown error"})`, {
			exitCode: code === "EACCES" ? ExitCode.permission : ExitCode.usage,
			hint: "TLS needs the certificate (tls-cert) and its key (tls-key).",
			cause: error,
		});
	}
}
