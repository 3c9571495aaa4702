/** Certificate and key before the port is opened: what cannot work is refused in words, what will end is noted. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import { checkTlsFiles } from "../../../src/serve/config/tls-files.ts";
import { newCertificate, selfSigned } from "../../support/s3/certificate.ts";

const folder = mkdtempSync(path.join(tmpdir(), "chartcost-tls-"));
after(() => rmSync(folder, { recursive: true, force: true }));

function file(name: string, content: string): string {
	const place = path.join(folder, name);
	writeFileSync(place, content);
	return place;
}

const pair = selfSigned();
const certFile = file("cert.pem", pair.certificatePem);
const keyFile = file("key.pem", pair.keyPem);
const day = 86_400_000;

test("a pair that fits; its end is told a week before", async () => {
	// The certificates of tests are valid for two days.
	const now = Date.now();
	assert.match(
		(await checkTlsFiles({ certFile, keyFile }, now)).join(),
		/^the certificate in .* ends on \d{4}-/,
	);
	assert.match(
		(await checkTlsFiles({ certFile, keyFile }, now + 3 * day)).join(),
		/ended on .*: clients will refuse it/,
	);
	assert.match((await checkTlsFiles({ certFile, keyFile }, now - 3 * day)).join(), /is not valid yet/);
});

test("what cannot work", async () => {
	const other = file("other.pem", newCertificate().keyPem);
	const garbage = file("garbage.pem", "-----BEGIN NOTHING-----\n");
	const encrypted = path.join(folder, "encrypted.pem");
	execFileSync("openssl", ["pkey", "-in", keyFile, "-aes256", "-passout", "pass:x", "-out", encrypted]);
	const missing = path.join(folder, "missing.pem");
	const refused = async (files: { certFile: string; keyFile: string }, message: string) =>
		assert.rejects(checkTlsFiles(files, Date.now()), { message, exitCode: 2 });
	await refused({ certFile, keyFile: other }, `${other}: is not the key of the certificate in ${certFile}`);
	await refused({ certFile: garbage, keyFile }, `${garbage}: holds no certificate`);
	await refused({ certFile: keyFile, keyFile: certFile }, `${keyFile}: holds no certificate`);
	await refused({ certFile, keyFile: certFile }, `${certFile}: holds no private key`);
	await refused({ certFile, keyFile: encrypted }, `${encrypted}: the key is protected by a passphrase`);
	await refused({ certFile: missing, keyFile }, `${missing}: cannot be read (ENOENT)`);
});
