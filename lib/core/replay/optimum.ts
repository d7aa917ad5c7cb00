import { TTL_MS } from "../due.ts";
import { type Tariff, TOUCH_OVERHEAD_TOKENS, USUAL_TARIFF } from "../plan/tariff.ts";

/** The world in which the optimum is computed; defaults are those of the benchmark. */
export interface OptimumOptions {
  /** Of a prefix of so many tokens. @default the usual multiples */
  readonly tariffFor?: (tokens: number) => Tariff;
  /** Lives in seconds. */
  readonly life5m?: number;
  readonly life1h?: number;
  /** Leave the 1h TTL out: what an application that cannot take advice could reach. */
  readonly only5m?: boolean;
  /** Price of a cold request per token, in uncached reads. */
  readonly lambda?: number;
  readonly touchOverhead?: number;
}

const USUAL = () => USUAL_TARIFF;

/**
 * The least that one prefix's requests can cost when the future is known, in base-price tokens.
 * Touches happen exactly at the end of a life; an entry is alive at that very instant.
 *
 * After each request the entry is warm with one of the two TTLs, so two numbers carry the program: the
 * least cost so far that ends in each. A gap is bridged by touches, or the entry dies and is written
 * again with either TTL by the request or (worth it with `lambda` only) by a touch just before it.
 * A live entry's TTL cannot be changed: the provider bills a write only past the longest hit.
 * A request is charged for its own size, read or written. What it adds beyond the cached part is
 * written whatever the warmer does, so both sides of the ratio leave that difference out.
 */
export function optimumOf(
  times: ArrayLike<number>,
  tokens: ArrayLike<number>,
  options: OptimumOptions = {},
): number {
  const tariffFor = options.tariffFor ?? USUAL;
  const life5m = options.life5m ?? TTL_MS["5m"] / 1000;
  const life1h = options.life1h ?? TTL_MS["1h"] / 1000;
  const lambda = options.lambda ?? 0;
  const overhead = options.touchOverhead ?? TOUCH_OVERHEAD_TOKENS;
  if (times.length === 0) return 0;

  let cached = tokens[0] as number;
  let { read, write5m, write1h } = tariffFor(cached);
  let in5m = (write5m + lambda) * cached;
  let in1h = options.only5m === true ? Number.POSITIVE_INFINITY : (write1h + lambda) * cached;
  for (let i = 1; i < times.length; i++) {
    const gap = (times[i] as number) - (times[i - 1] as number);
    const size = tokens[i] as number;
    const touch = read * cached + overhead;
    const ahead = { write5m: write5m * cached + overhead, write1h: write1h * cached + overhead };
    ({ read, write5m, write1h } = tariffFor(size));
    const bridge = (life: number) => Math.max(0, Math.ceil(gap / life) - 1) * touch;
    const died = Math.min(
      gap > life5m ? in5m : Number.POSITIVE_INFINITY,
      gap > life1h ? in1h : Number.POSITIVE_INFINITY,
    );
    const rewritten = (write: number, writeAhead: number) =>
      died + Math.min((write + lambda) * size, writeAhead + read * size);
    in5m = Math.min(in5m + bridge(life5m) + read * size, rewritten(write5m, ahead.write5m));
    in1h =
      options.only5m === true
        ? Number.POSITIVE_INFINITY
        : Math.min(in1h + bridge(life1h) + read * size, rewritten(write1h, ahead.write1h));
    cached = size;
  }
  return Math.min(in5m, in1h);
}
