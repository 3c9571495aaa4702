/** Writes fixtures/logs and fixtures/clusters.yaml anew: `node --import tsx test/support/story-write.ts`. */
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { clustersYaml, storyFiles } from "./story.ts";

const fixtures = new URL("../../fixtures/", import.meta.url);

rmSync(new URL("logs", fixtures), { recursive: true, force: true });
for (const { path, bytes } of storyFiles()) {
	const file = new URL(`logs/${path}`, fixtures);
	mkdirSync(new URL(".", file), { recursive: true });
	writeFileSync(file, bytes);
}
writeFileSync(new URL("clusters.yaml", fixtures), clustersYaml);
