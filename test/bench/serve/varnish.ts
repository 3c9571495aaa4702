/** Varnish in front of the same S3, bodies in memory, with varnishncsa writing its log: both count. */
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { bucketName } from "./bucket.ts";
import { endOf, ownFolder, type Server, type ServerNeeds } from "./contestants.ts";
import { freePort, listening, serverCore, startOn } from "./machine.ts";

export async function startVarnish({ s3, flags = [], core = serverCore }: ServerNeeds): Promise<Server> {
	const folder = ownFolder("varnish");
	const port = await freePort();
	const work = path.join(folder, "work");
	mkdirSync(work);
	writeFileSync(path.join(folder, "charts.vcl"), configuration(s3.port, flags));
	const words = [
		...["-F", "-j", "none", "-n", work, "-a", `127.0.0.1:${port}`, "-f", path.join(folder, "charts.vcl")],
		...["-s", "malloc,512m"],
	];
	const varnishd = startOn(core, ["varnishd", ...words]);
	await listening(port, varnishd);
	const log = startOn(core, ["varnishncsa", "-n", work, "-w", path.join(folder, "access.log")]);
	return {
		name: "Varnish",
		port,
		pids: [varnishd.child.pid!, log.child.pid!],
		command: "varnishd -j none -s malloc,512m -f charts.vcl; varnishncsa -w access.log",
		said: () => varnishd.said() + log.said(),
		stop: endOf([log, varnishd], folder),
	};
}

function configuration(s3Port: number, flags: readonly string[]): string {
	const indexTtl = flags.find((flag) => flag.startsWith("ttl-of-index="))?.split("=")[1] ?? "1d";
	return `vcl 4.1;
backend s3 { .host = "127.0.0.1"; .port = "${s3Port}"; }
sub vcl_backend_fetch {
  set bereq.url = "/${bucketName}" + bereq.url;
  set bereq.http.host = "127.0.0.1:${s3Port}";
}
sub vcl_backend_response {
  set beresp.ttl = 1d;
  if (bereq.url ~ "index.yaml$") { set beresp.ttl = ${indexTtl}; set beresp.grace = 1m; }
  set beresp.do_gzip = false;
}
`;
}
