import type { Strengths } from "./cases.ts";
import { isFalseAlarm, isNormal, type Played, play } from "./play.ts";

/** What was played, and how often each cause was named first. */
export type Matrix = Record<string, Record<string, number>>;

/** Plays so many spikes, one after the other. */
export async function playAll(seed: number, count: number, strengths: Strengths): Promise<Played[]> {
  const played: Played[] = [];
  for (let i = 0; i < count; i++) played.push(await play(seed * 100_000 + i, strengths));
  return played;
}

export function matrixOf(played: readonly Played[]): Matrix {
  const matrix: Matrix = {};
  for (const { case: one, diagnosis } of played) {
    const truth = one.truth.join("+");
    const named = diagnosis?.candidates[0]?.cause ?? "not heard";
    const row = matrix[truth] ?? {};
    matrix[truth] = { ...row, [named]: (row[named] ?? 0) + 1 };
  }
  return matrix;
}

export function accuracyOf(played: readonly Played[]): number {
  return rounded(played.filter(({ right }) => right).length / played.length);
}

export function falseAlarmsOf(played: readonly Played[]): number {
  const normal = played.filter(isNormal);
  return rounded(normal.filter(isFalseAlarm).length / normal.length);
}

export function rounded(share: number): number {
  return Number(share.toFixed(4));
}
