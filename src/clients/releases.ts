/**
 * Releases of chart tools by the AWS SDK they were built with: SDK version to release.
 *
 * These tools do not name themselves; their user agent is the SDK's. Every row was read from go.mod of the
 * release's tag. Another Go program may carry the same version, so a match is likely, never certain, and
 * the Go version in the agent does not narrow it: distributions rebuild old releases with newer compilers.
 */

export interface Release {
	/** Version of github.com/aws/aws-sdk-go. */
	sdkVersion: string;
	software: string;
	/** Repository and tag whose go.mod names the SDK version; the oldest tag of the span. */
	source: string;
}

export const goSdkReleases: readonly Release[] = [
	chartMuseum("1.20.18", "0.9.0-0.11.0", "v0.9.0"),
	chartMuseum("1.29.32", "0.12.0", "v0.12.0"),
	chartMuseum("1.37.3", "0.13.0", "v0.13.0"),
	chartMuseum("1.37.28", "0.13.1", "v0.13.1"),
	chartMuseum("1.42.44", "0.14.0", "v0.14.0"),
	chartMuseum("1.44.27", "0.15.0", "v0.15.0"),
	chartMuseum("1.44.280", "0.16.0", "v0.16.0"),
	chartMuseum("1.44.288", "0.16.1", "v0.16.1"),
	chartMuseum("1.47.11", "0.16.2-0.16.5", "v0.16.2"),
	helmS3("1.19.49", "0.9.0-0.9.1", "v0.9.0"),
	helmS3("1.25.50", "0.9.2", "v0.9.2"),
	helmS3("1.27.0", "0.10.0", "v0.10.0"),
	helmS3("1.37.18", "0.11.0-0.12.0", "v0.11.0"),
	helmS3("1.44.66", "0.13.0-0.14.0", "v0.13.0"),
	helmS3("1.45.10", "0.15.0-0.15.1", "v0.15.0"),
	helmS3("1.48.11", "0.16.0", "v0.16.0"),
	helmS3("1.54.19", "0.16.1", "v0.16.1"),
	helmS3("1.54.20", "0.16.2", "v0.16.2"),
	helmS3("1.55.5", "0.16.3", "v0.16.3"),
	helmS3("1.55.7", "0.17.x", "v0.17.0"),
];

function chartMuseum(sdkVersion: string, release: string, tag: string): Release {
	return { sdkVersion, software: `ChartMuseum ${release}`, source: `helm/chartmuseum@${tag} go.mod` };
}

function helmS3(sdkVersion: string, release: string, tag: string): Release {
	return { sdkVersion, software: `helm-s3 ${release}`, source: `hypnoglow/helm-s3@${tag} go.mod` };
}
