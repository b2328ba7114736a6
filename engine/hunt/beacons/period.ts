const POINTS = 512;
const COS = Float64Array.from({ length: POINTS / 2 }, (_, i) => Math.cos((2 * Math.PI * i) / POINTS));
const SIN = Float64Array.from({ length: POINTS / 2 }, (_, i) => Math.sin((2 * Math.PI * i) / POINTS));
const re = new Float64Array(POINTS);
const im = new Float64Array(POINTS);
/** A frequency must come round this often in the span: slower ones are the day's own shape. */
const MIN_CYCLES = 4;

/**
 * Fisher's g test on the periodogram of calls over their own span (Fisher 1929): does one frequency hold more of the power than chance gives it?
 * @param times seconds, ascending
 * @returns 0 to 1: 1 − p, where p is the chance of so high a peak in noise, scaled so that p = 0.05 gives about 0.5
 */
export function periodicity(times: ArrayLike<number>, span: number): number {
  if (span <= 0) return 0;
  re.fill(0);
  im.fill(0);
  // Whether there was a call, not how many: a burst is one call.
  for (let i = 0; i < times.length; i++)
    re[Math.min(POINTS - 1, Math.floor(((times[i]! - times[0]!) / span) * POINTS))] = 1;
  let mean = 0;
  for (let i = 0; i < POINTS; i++) mean += re[i]!;
  mean /= POINTS;
  for (let i = 0; i < POINTS; i++) re[i]! -= mean;
  transform();
  let sum = 0;
  let peak = 0;
  let frequencies = 0;
  for (let k = MIN_CYCLES; k < POINTS / 2; k++) {
    const power = re[k]! * re[k]! + im[k]! * im[k]!;
    sum += power;
    if (power > peak) peak = power;
    frequencies++;
  }
  if (sum <= 0) return 0;
  // First term of Fisher's sum, as a logarithm: it bounds p from above and is close to it where p is small.
  const logP = Math.min(0, Math.log(frequencies) + (frequencies - 1) * Math.log(1 - peak / sum));
  return Math.min(1, -logP / 6);
}

/** Radix-2 fast Fourier transform of `re` + i·`im`, in place. */
function transform(): void {
  for (let i = 1, j = 0; i < POINTS; i++) {
    let bit = POINTS >> 1;
    for (; j & bit; bit >>= 1) j ^= bit;
    j ^= bit;
    if (i < j) {
      const a = re[i]!;
      re[i] = re[j]!;
      re[j] = a;
    }
  }
  for (let size = 2; size <= POINTS; size <<= 1) {
    const half = size >> 1;
    const step = POINTS / size;
    for (let start = 0; start < POINTS; start += size)
      for (let k = 0; k < half; k++) {
        const cos = COS[k * step]!;
        const sin = -SIN[k * step]!;
        const at = start + k;
        const to = at + half;
        const real = re[to]! * cos - im[to]! * sin;
        const imaginary = re[to]! * sin + im[to]! * cos;
        re[to] = re[at]! - real;
        im[to] = im[at]! - imaginary;
        re[at]! += real;
        im[at]! += imaginary;
      }
  }
}
