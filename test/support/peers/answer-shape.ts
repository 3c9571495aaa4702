/**
 * An answer of a chart server without what differs from run to run (times, digests, which host): so that the answers of
 * two servers, or of one server today and long ago, can be compared. Request line and server in, a plain value out.
 */
import { createHash } from "node:crypto";
import http from "node:http";
import { load } from "js-yaml";

export interface AnswerShape {
	status: number;
	/** Content-Type, or "" */
	type: string;
	/** What it holds: parsed JSON or YAML, `file NAME`, or text. */
	body: unknown;
}

/** `line`: method and target, as `GET /index.yaml`; the target is sent untouched. */
export async function answerShape(
	port: number,
	line: string,
	files: ReadonlyMap<string, Buffer>,
): Promise<AnswerShape> {
	const [method = "", target = ""] = line.split(" ");
	const { status, type, body } = await ask(port, method, target);
	const names = new Map([...files].map(([name, content]) => [digest(content), name]));
	const file = names.get(digest(body));
	if (file !== undefined) return { status, type, body: `file ${file}` };
	const isUnpacked = status === 200 && /\/(values|templates)$/.test(target);
	return { status, type, body: isUnpacked ? "(files of the package)" : content(type, body, names) };
}

const digest = (body: Buffer) => createHash("sha256").update(body).digest("hex");

function content(type: string, body: Buffer, names: ReadonlyMap<string, string>): unknown {
	const text = body.toString();
	if (text === "") return "";
	if (type.startsWith("application/json")) return stable(JSON.parse(text), names);
	if (type.startsWith("application/x-yaml")) return stable(load(text), names);
	return type === "text/html" ? "(a page)" : text;
}

/** Digests by the file they are of, URLs by their last segment; no times, nor what one server alone says about itself. */
function stable(value: unknown, names: ReadonlyMap<string, string>): unknown {
	if (typeof value === "string") return names.get(value) ?? value.replace(/^charts\//, "");
	if (Array.isArray(value)) return value.map((item) => stable(item, names));
	if (typeof value !== "object" || value === null) return value;
	const own = ["created", "generated", "serverInfo", "version"];
	return Object.fromEntries(
		Object.entries(value)
			.filter(([name]) => !own.includes(name) || (name === "version" && "name" in value))
			.map(([name, item]) => [name, stable(item, names)]),
	);
}

function ask(port: number, method: string, path: string) {
	return new Promise<{ status: number; type: string; body: Buffer }>((resolve, reject) => {
		const request = http.request({ host: "127.0.0.1", port, method, path, agent: false, timeout: 20_000 });
		request.on("error", reject);
		request.on("response", (response) => {
			const chunks: Buffer[] = [];
			response.on("error", reject);
			response.on("data", (chunk: Buffer) => chunks.push(chunk));
			response.on("end", () =>
				resolve({
					status: response.statusCode ?? 0,
					type: response.headers["content-type"] ?? "",
					body: Buffer.concat(chunks),
				}),
			);
		});
		request.end();
	});
}
