/** Student's t: how likely a difference as large is without a cause. In: t and degrees of freedom. Out: p, two-sided. */

/** P(|T| >= |t|). `dof` need not be whole. */
export function twoSidedP(t: number, dof: number): number {
	if (!Number.isFinite(t)) return Number.isNaN(t) ? 1 : 0;
	return incompleteBeta(dof / (dof + t * t), dof / 2, 0.5);
}

/** Regularised incomplete beta function I_x(a, b), by its continued fraction (Numerical Recipes, 6.4). */
function incompleteBeta(x: number, a: number, b: number): number {
	if (x <= 0) return 0;
	if (x >= 1) return 1;
	const front = Math.exp(logGamma(a + b) - logGamma(a) - logGamma(b) + a * Math.log(x) + b * Math.log1p(-x));
	// The fraction converges fast below the mean of the distribution; above, the symmetry is used.
	return x < (a + 1) / (a + b + 2)
		? (front * betaFraction(x, a, b)) / a
		: 1 - (front * betaFraction(1 - x, b, a)) / b;
}

/** Lentz's method; 300 steps are far more than any argument here needs. */
const maxSteps = 300;
const precision = 1e-14;
const tiny = 1e-300;

function betaFraction(x: number, a: number, b: number): number {
	const away = (value: number) => (Math.abs(value) < tiny ? tiny : value);
	let c = 1;
	let d = 1 / away(1 - ((a + b) * x) / (a + 1));
	let fraction = d;
	for (let m = 1; m <= maxSteps; m++) {
		const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
		d = 1 / away(1 + even * d);
		c = away(1 + even / c);
		fraction *= d * c;
		const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
		d = 1 / away(1 + odd * d);
		c = away(1 + odd / c);
		fraction *= d * c;
		if (Math.abs(d * c - 1) < precision) break;
	}
	return fraction;
}

/** Lanczos, g = 5, n = 6: better than 2e-10 for positive arguments. */
const lanczos = [
	76.18009172947146, -86.50532032941678, 24.01409824083091, -1.231739572450155, 0.001208650973866179,
	-0.000005395239384953,
];

function logGamma(x: number): number {
	const sum = lanczos.reduce((total, factor, i) => total + factor / (x + 1 + i), 1.000000000190015);
	return (x + 0.5) * Math.log(x + 5.5) - (x + 5.5) + Math.log((2.5066282746310007 * sum) / x);
}
