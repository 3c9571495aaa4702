/**
 * A self-signed certificate for localhost, 127.0.0.1, ::1 and the AWS hosts that tests stand in for, made once per
 * process by openssl. Tests that need TLS fail with openssl's own words where it is missing.
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

export interface Certificate {
	certificatePem: string;
	keyPem: string;
}

const names = [
	...["DNS:localhost", "DNS:*.localhost", "IP:127.0.0.1", "IP:::1"],
	...["DNS:*.s3.eu-west-1.amazonaws.com", "DNS:s3.eu-west-1.amazonaws.com"],
];

let made: Certificate | undefined;

export function selfSigned(): Certificate {
	made ??= newCertificate();
	return made;
}

/** Another one than `selfSigned`, valid for two days: for reloading. */
export function newCertificate(commonName = "chartcost tests"): Certificate {
	const folder = mkdtempSync(path.join(tmpdir(), "chartcost-certificate-"));
	try {
		const [key, certificate] = [path.join(folder, "key.pem"), path.join(folder, "certificate.pem")];
		const options = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"];
		const subject = ["-subj", `/CN=${commonName}`, "-addext", `subjectAltName=${names.join(",")}`];
		execFileSync("openssl", ["req", "-x509", ...options, ...subject, "-keyout", key, "-out", certificate], {
			stdio: ["ignore", "ignore", "pipe"],
		});
		return { certificatePem: readFileSync(certificate, "utf8"), keyPem: readFileSync(key, "utf8") };
	} finally {
		rmSync(folder, { recursive: true, force: true });
	}
}
