/** Chart indexes of any size, in the style that helm-s3 and ChartMuseum write (Go's YAML): for speed and memory. */

/** About 1.1 KB an entry, one chart for every hundred versions. The same count gives the same bytes. */
export function largeIndex(entryCount: number, urlBase = "s3://acme-charts/repo/"): Buffer {
	const lines = ["apiVersion: v1", "entries:"];
	for (let i = 0; i < entryCount; i++) {
		const name = `service-${String(Math.floor(i / 100)).padStart(4, "0")}`;
		if (i % 100 === 0) lines.push(`  ${name}:`);
		lines.push(...entry(name, `1.${99 - (i % 100)}.0`, i, urlBase));
	}
	lines.push('generated: "2024-03-01T10:20:30.2Z"', "");
	return Buffer.from(lines.join("\n"));
}

function entry(name: string, version: string, i: number, urlBase: string): string[] {
	const digest = (BigInt(i + 1) * 0x9e3779b97f4a7c15f39cc0605cedc835n)
		.toString(16)
		.padStart(64, "0")
		.slice(-64);
	return [
		"  - annotations:",
		"      category: Infrastructure",
		"      licenses: Apache-2.0",
		"    apiVersion: v2",
		`    appVersion: ${version}`,
		`    created: "2024-03-01T10:20:30.${String(i).padStart(9, "0")}Z"`,
		"    dependencies:",
		"    - condition: redis.enabled",
		"      name: redis",
		"      repository: oci://registry.example.com/charts",
		"      version: 17.x.x",
		"    - name: common",
		"      repository: https://charts.example.com/library",
		"      tags:",
		"      - acme-common",
		"      version: 2.x.x",
		`    description: ${name} keeps the orders of the shop and tells the others about them. It is one`,
		"      of the services that are deployed to each of the clusters of the company.",
		`    digest: ${digest}`,
		`    home: https://acme.example.com/services/${name}`,
		`    icon: https://acme.example.com/icons/${name}-220x234.png`,
		"    keywords:",
		`    - ${name}`,
		"    - http",
		"    - orders",
		"    maintainers:",
		"    - email: platform@acme.example.com",
		"      name: Platform",
		`    name: ${name}`,
		"    sources:",
		`    - https://git.acme.example.com/services/${name}`,
		`    - https://git.acme.example.com/charts/tree/main/${name}`,
		"    type: application",
		"    urls:",
		`    - ${urlBase}${name}-${version}.tgz`,
		`    version: ${version}`,
	];
}
