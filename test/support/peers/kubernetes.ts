/**
 * As much of a Kubernetes API server as `helm install --dry-run` asks for: a version, and the kinds of a chart as
 * `helm create` makes it. Helm 3 wants to see a cluster even for a dry run.
 */
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import http from "node:http";
import type { AddressInfo } from "node:net";

export interface Kubernetes {
	/** A kubeconfig for it. */
	writeConfig(file: string): void;
	stop(): Promise<void>;
}

const resources = (groupVersion: string, kinds: Readonly<Record<string, string>>) => ({
	kind: "APIResourceList",
	groupVersion,
	resources: Object.entries(kinds).map(([kind, name]) => ({
		...{ kind, name, singularName: "", namespaced: true, verbs: ["get", "list"] },
	})),
});

const answers: Readonly<Record<string, unknown>> = {
	"/version": { major: "1", minor: "33", gitVersion: "v1.33.0" },
	"/api": { kind: "APIVersions", versions: ["v1"] },
	"/api/v1": resources("v1", { Pod: "pods", Service: "services", ServiceAccount: "serviceaccounts" }),
	"/apis": {
		...{ kind: "APIGroupList", apiVersion: "v1" },
		groups: [{ name: "apps", versions: [{ groupVersion: "apps/v1", version: "v1" }] }],
	},
	"/apis/apps/v1": resources("apps/v1", { Deployment: "deployments" }),
};

const notFound = { kind: "Status", apiVersion: "v1", status: "Failure", reason: "NotFound", code: 404 };

export async function startKubernetes(): Promise<Kubernetes> {
	const server = http.createServer((request, response) => {
		const answer = answers[request.url?.replace(/\?.*/, "") ?? ""];
		response.writeHead(answer === undefined ? 404 : 200, { "content-type": "application/json" });
		response.end(JSON.stringify(answer ?? notFound));
	});
	server.listen(0, "127.0.0.1");
	await once(server, "listening");
	const { port } = server.address() as AddressInfo;
	const config = {
		...{ apiVersion: "v1", kind: "Config", "current-context": "test" },
		clusters: [{ name: "test", cluster: { server: `http://127.0.0.1:${port}` } }],
		contexts: [{ name: "test", context: { cluster: "test", user: "test" } }],
		users: [{ name: "test", user: {} }],
	};
	return {
		writeConfig: (file) => writeFileSync(file, JSON.stringify(config)),
		async stop() {
			server.closeAllConnections();
			server.close();
			await once(server, "close");
		},
	};
}
