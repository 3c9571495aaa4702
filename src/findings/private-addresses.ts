/** What addresses inside a VPC cannot tell. Every VPC may use the same ranges, and the log does not name the VPC. */
import type { Program } from "./programs.ts";

const sentence =
	"Private addresses may repeat in other VPCs: clusters with overlapping ranges cannot be told apart by address.";

/** `null` when the addresses of all programs are their own. */
export function privateAddressLimits(programs: readonly Pick<Program, "networkPath">[]): string | null {
	return programs.some(({ networkPath }) => networkPath === "vpc-endpoint") ? sentence : null;
}
