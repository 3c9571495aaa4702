/** What a Region code looks like. Log fields are hostile: nothing else may become a Region in a report. */

const shape = /^[a-z]{2,5}(?:-[a-z]+){1,3}-\d{1,2}$/;

/** True for `us-east-1`, `us-gov-west-1`, `eusc-de-east-1`; false for `-`, `GLOBAL` and anything made up. */
export function isRegionCode(text: string): boolean {
	return text.length <= 24 && shape.test(text);
}
