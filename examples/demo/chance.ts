import { createHash } from "node:crypto";

/** A number in [0, 1) that depends on its names alone: no shared sequence, so one more request changes no other. */
export function chance(...names: readonly (string | number)[]): number {
  return createHash("sha256").update(names.join("\n")).digest().readUInt32BE(0) / 2 ** 32;
}

/** A waiting time of independent arrivals with this mean, in ms. */
export function exponential(meanMs: number, ...names: readonly (string | number)[]): number {
  return Math.round(-meanMs * Math.log(1 - chance(...names)));
}
