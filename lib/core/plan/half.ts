/**
 * Unsigned 16-bit numbers with 5 bits of exponent and 11 of mantissa: 0, then 2^-20 to 4094, with a relative
 * error of at most 2^-12. Counters that are discounted by 1 % at each update keep decaying at every size,
 * which fixed-point numbers of this width would not.
 */
const BIAS = 20;
const float = new Float32Array(1);
const bits = new Uint32Array(float.buffer);

const decoded = new Float64Array(65_536);
for (let code = 1; code < 65_536; code++) {
  decoded[code] = 2 ** ((code >>> 11) - BIAS) * (1 + (code & 0x7ff) / 2048);
}

export function fromHalf(code: number): number {
  return decoded[code] as number;
}

/** Rounds to the nearest; what is too small becomes 0, what is too large the largest. */
export function toHalf(value: number): number {
  float[0] = value;
  // A float32 has 23 bits of mantissa; adding half of the last kept bit rounds, and carries on its own.
  const rounded = (bits[0] as number) + 0x800;
  const code = (rounded >>> 12) - ((127 - BIAS) << 11);
  if (!(value > 0) || code < 1) return 0;
  return code > 65_535 ? 65_535 : code;
}
