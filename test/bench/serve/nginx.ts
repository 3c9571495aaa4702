/**
 * nginx as a caching proxy in front of the same S3: one worker, proxy_cache on disk, the combined log buffered.
 * Flags: `sendfile=off`, `ttl-of-index=5s`, `max-size=64m`, `tls`.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { selfSigned } from "../../support/s3/certificate.ts";
import { bucketName } from "./bucket.ts";
import { endOf, ownFolder, type Server, type ServerNeeds } from "./contestants.ts";
import { freePort, listening, serverCore, startOn } from "./machine.ts";

export async function startNginx({ s3, flags = [], core = serverCore }: ServerNeeds): Promise<Server> {
	const folder = ownFolder("nginx");
	const port = await freePort();
	mkdirSync(path.join(folder, "cache"));
	const { certificatePem, keyPem } = selfSigned();
	writeFileSync(path.join(folder, "certificate.pem"), certificatePem);
	writeFileSync(path.join(folder, "key.pem"), keyPem);
	writeFileSync(path.join(folder, "nginx.conf"), configuration(folder, port, s3.url, flags));
	const started = startOn(core, ["nginx", "-p", folder, "-c", path.join(folder, "nginx.conf")]);
	await listening(port, started);
	return {
		name: flags.includes("sendfile=off") ? "nginx, sendfile off" : "nginx",
		port,
		pids: [started.child.pid!],
		command: `nginx -c nginx.conf (worker_processes 1, proxy_cache, ${flags.join(", ") || "sendfile on"})`,
		said: started.said,
		stop: endOf([started], folder),
	};
}

function configuration(folder: string, port: number, origin: string, flags: readonly string[]): string {
	const value = (name: string, otherwise: string) =>
		flags.find((flag) => flag.startsWith(`${name}=`))?.slice(name.length + 1) ?? otherwise;
	const tls = flags.includes("tls");
	// keepalive_requests as serve has it; nginx's own default would make clients connect ten times as often.
	return `user root; daemon off; worker_processes 1; pid ${folder}/pid; error_log ${folder}/error.log;
events { worker_connections 8192; }
http {
  access_log ${folder}/access.log combined buffer=64k flush=1s;
  sendfile ${value("sendfile", "on")}; tcp_nodelay on; keepalive_timeout 65; keepalive_requests 10000;
  client_body_temp_path ${folder}/body; proxy_temp_path ${folder}/proxy;
  proxy_cache_path ${folder}/cache levels=1:2 keys_zone=charts:10m max_size=${value("max-size", "2g")} inactive=1d use_temp_path=off;
  upstream s3 { server ${new URL(origin).host}; keepalive 64; }
  server {
    listen 127.0.0.1:${port} backlog=1024 ${tls ? "ssl http2" : ""};
    ssl_certificate ${folder}/certificate.pem; ssl_certificate_key ${folder}/key.pem;
    proxy_http_version 1.1; proxy_set_header Connection "";
    proxy_cache charts; proxy_cache_lock on; proxy_cache_revalidate on; proxy_cache_use_stale updating error timeout;
    location = /index.yaml {
      proxy_cache_valid 200 ${value("ttl-of-index", "1d")};
      proxy_pass http://s3/${bucketName}/index.yaml;
    }
    location / { proxy_cache_valid 200 1d; proxy_pass http://s3/${bucketName}/; }
  }
}
`;
}
