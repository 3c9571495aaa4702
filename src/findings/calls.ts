/**
 * What a flow is a call for, seen with the eyes of somebody who knows chart tools: listings of two kinds, whole
 * and partial downloads, look-ups, uploads. In: a flow. Out: a number that sums are kept by.
 * Which tool makes which call: ChartMuseum, storage/amazon.go; helm-s3, internal/awss3/storage.go.
 */
import { type Flow, Listing } from "../model/flow.ts";

export const Call = {
	/** ListObjects without delimiter, first page: what ChartMuseum does. */
	list: 0,
	/** Its following pages. */
	listPage: 1,
	/** ListObjectsV2, listings of folders, versions and uploads: everybody else. */
	otherList: 2,
	/** A whole object, status 200. */
	get: 3,
	/** A part of one, status 206: helm-s3 and download managers. */
	getPart: 4,
	notModified: 5,
	head: 6,
	put: 7,
	delete: 8,
	headBucket: 9,
	/** A download or listing that was refused or found nothing. */
	failed: 10,
	other: 11,
} as const;
export type Call = (typeof Call)[keyof typeof Call];
export const callKinds = 12;

const otherLists = new Set(["REST.GET.BUCKETVERSIONS", "REST.GET.UPLOADS"]);
const uploads = new Set([
	"REST.PUT.OBJECT",
	"REST.PUT.PART",
	"REST.POST.UPLOADS",
	"REST.POST.UPLOAD",
	"REST.POST.OBJECT",
	"REST.COPY.OBJECT",
]);
const byStatus: Record<string, Call> = { "200": Call.get, "206": Call.getPart, "304": Call.notModified };

export function callOf({ operation, status, listing }: Flow): Call {
	if (operation === "REST.GET.OBJECT" || operation === "WEBSITE.GET.OBJECT")
		return byStatus[status] ?? Call.failed;
	if (operation === "REST.GET.BUCKET") return status === "200" ? listingOf(listing) : Call.failed;
	if (operation === "REST.HEAD.OBJECT" || operation === "WEBSITE.HEAD.OBJECT") return Call.head;
	if (operation === "REST.HEAD.BUCKET") return Call.headBucket;
	if (uploads.has(operation)) return status.startsWith("2") ? Call.put : Call.failed;
	if (operation.includes("DELETE")) return Call.delete;
	return otherLists.has(operation) ? Call.otherList : Call.other;
}

function listingOf(listing: number): Call {
	if ((listing & (Listing.v2 | Listing.delimiter)) !== 0) return Call.otherList;
	return (listing & Listing.nextPage) === 0 ? Call.list : Call.listPage;
}
