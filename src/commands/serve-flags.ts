/**
 * The flags of `serve`, as `--help` shows them. All values are read as text: the settings of flags, environment and
 * files are checked by the same code (serve/config). Finer limits are settings without a flag.
 */
import * as Flags from "@oclif/core/flags";

const text = (helpGroup: string, helpValue: string, description: string) =>
	Flags.string({ helpGroup, helpValue, description });
const list = (helpGroup: string, helpValue: string, description: string) =>
	Flags.string({ helpGroup, helpValue, description, multiple: true, multipleNonGreedy: true });
const onOff = (helpGroup: string, description: string) =>
	Flags.boolean({ helpGroup, description, allowNo: true });

export const serveFlags = {
	config: Flags.string({
		helpValue: "FILE",
		description: "Settings as YAML or JSON, with several repositories if need be. Read again on SIGHUP.",
	}),
	check: Flags.boolean({
		description: "Check all settings and the files they name, print what is effective, and exit.",
		exclusive: ["explain"],
	}),
	explain: Flags.string({
		helpValue: "PATH",
		description: "Say what would happen with a request for PATH (or a URL): key, rule, times, S3 request.",
	}),

	bucket: text("S3", "NAME", "The bucket with index.yaml and packages, or the ARN of an access point."),
	prefix: text(
		"S3",
		"FOLDER",
		"Folder of the bucket that is the repository. Nothing outside of it is served.",
	),
	region: text(
		"S3",
		"REGION",
		"Region of the bucket. [default: AWS_REGION, else found out from S3's answers]",
	),
	profile: text("S3", "NAME", "Profile of the AWS configuration to take credentials from."),
	"endpoint-url": text("S3", "URL", "Another S3, such as https://minio.example:9000. [default: AWS]"),
	"ca-bundle": text(
		"S3",
		"FILE",
		"Certificates (PEM) to trust for S3. [default: AWS_CA_BUNDLE, else the system's]",
	),
	"path-style": onOff(
		"S3",
		"Bucket in the path, not in the host. Custom endpoints and dotted names have it anyway.",
	),
	"dual-stack": onOff("S3", "AWS's dual-stack hosts: IPv6 too."),
	fips: onOff("S3", "AWS's FIPS hosts."),
	"ip-family": text("S3", "auto|4|6", "Addresses to connect to. [default: auto]"),
	"connect-timeout": text("S3", "TIME", "Until S3 must have taken a connection. [default: 5s]"),
	"missing-403-as": text(
		"S3",
		"404|403",
		"What S3's AccessDenied for a key becomes; without s3:ListBucket it means missing. [default: 404]",
	),

	listen: text("PORTS", "HOST:PORT", "Where clients come. [default: 0.0.0.0:8080]"),
	admin: text("PORTS", "HOST:PORT|none", "Health, metrics, statistics, purge. [default: 127.0.0.1:8081]"),
	"admin-token": text("PORTS", "FILE", "A token that all but health, readiness and metrics then need."),
	"tls-cert": text(
		"PORTS",
		"FILE",
		"Certificate (PEM, with its chain) for HTTPS and HTTP/2; read again on SIGHUP.",
	),
	"tls-key": text("PORTS", "FILE", "Its key (PEM)."),
	"auth-basic": text("PORTS", "FILE", "Lines user:password or user:{SHA256}hex: clients must log in."),
	"auth-bearer": text(
		"PORTS",
		"FILE",
		"One token a line: clients must send one. With --auth-basic either will do.",
	),
	workers: text("PORTS", "N", "Processes that answer. [default: 1]"),

	"cache-dir": text(
		"CACHE",
		"DIR|none",
		"Folder of the disk tier, of this process alone. [default: serve in your cache folder, ~/.cache/chartcost]",
	),
	"cache-size": text("CACHE", "SIZE", "What the disk tier may hold; 0 for none. [default: 2GiB]"),
	"cache-optional": onOff(
		"CACHE",
		"Serve from memory alone when the folder cannot be used, rather than fail.",
	),
	memory: text("CACHE", "SIZE", "What the memory tier may hold; 0 for none. [default: 256MiB]"),
	"max-object": text(
		"CACHE",
		"SIZE",
		"Larger objects are passed on, not kept. [default: 1GiB, or the cache's size]",
	),
	"max-memory-object": text(
		"CACHE",
		"SIZE",
		"Larger objects stay out of memory. [default: an eighth of --memory]",
	),
	fsync: text("CACHE", "off|data|full", "Wait for the disk before an object counts. [default: off]"),

	ttl: text("FRESHNESS", "TIME", "Packages are fresh for so long. [default: 1d]"),
	"index-ttl": text(
		"FRESHNESS",
		"TIME",
		"index.yaml is; 0s asks S3 every time whether it changed. [default: 0s]",
	),
	revalidate: list(
		"FRESHNESS",
		"GLOB",
		"Always ask S3 for these, as for the index. Repeatable. [default: *-dev-*]",
	),
	immutable: list("FRESHNESS", "GLOB", "Never ask S3 again for these, such as *.tgz. Repeatable."),
	"not-found-ttl": text("FRESHNESS", "TIME", "A 404 is remembered for so long. [default: 30s]"),
	"stale-if-error": text(
		"FRESHNESS",
		"TIME",
		"How long what is no longer fresh is sent when S3 fails; 0s for never. The index has 24h of it at most, what \
--revalidate names 1h. [default: 7d]",
	),
	"stale-while-revalidate": text(
		"FRESHNESS",
		"TIME",
		"How long what is no longer fresh is sent while S3 is asked in the background. [default: 0s]",
	),
	"client-cache-control": onOff(
		"FRESHNESS",
		"Obey Cache-Control: no-cache of clients, which then cause S3 requests.",
	),

	"own-host": list(
		"CONTENT",
		"HOST",
		"URLs of this host in the index become ours, as the old server's. Repeatable.",
	),
	"rewrite-all-urls": onOff("CONTENT", "All absolute URLs in the index become ours."),
	query: text("CONTENT", "drop|reject", "Queries are ignored, or answered with 400. [default: drop]"),
	api: onOff("CONTENT", "ChartMuseum's read-only /api routes. [default: yes]"),

	"access-log": text("LOG", "json|envoy|combined|none", "Form of the access log. [default: json]"),
	"access-log-file": text("LOG", "FILE", "Append it to FILE, opened again on SIGHUP. [default: stdout]"),
	prices: text("LOG", "FILE", "Your own prices over the bundled ones, for the money saved: yaml or json."),
	"saved-transfer": text(
		"LOG",
		"KIND",
		"How clients would reach S3 without us, for the money saved: same-region, nat, internet or none. [default: \
same-region, whose bytes are free]",
	),
	"drain-delay": text(
		"LIFE",
		"TIME",
		"After SIGTERM, still take connections while /readyz says no. [default: 5s]",
	),
	"drain-timeout": text("LIFE", "TIME", "Then wait so long for answers under way. [default: 20s]"),
};
