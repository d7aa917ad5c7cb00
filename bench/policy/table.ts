import { geometricMean, type Score } from "../../lib/core/replay/compare.ts";
import type { FlipResult } from "./flip.ts";
import type { ScaleResult } from "./scale.ts";

/** One trace, measured. */
export interface Row {
  readonly name: string;
  readonly requests: number;
  readonly prefixes: number;
  /** Between two requests of one prefix, on average. */
  readonly meanGapHours: number;
  /** Ratio of `adaptive` less that of the best of the three plain settings; with the first hour left out it is less. */
  readonly overBestStatic?: number;
  readonly policies: Readonly<Record<string, Score>>;
}

export interface Measured {
  readonly rows: readonly Row[];
  readonly lambda: number;
  readonly flip?: FlipResult | undefined;
  readonly scale?: readonly ScaleResult[] | undefined;
}

const number = (value: number, digits: number, width: number) => value.toFixed(digits).padStart(width);

/** Over the traces; a trace without optional columns counts with its plain ratio among those with them. */
function over(rows: readonly Row[], summary: (ratios: readonly number[]) => number): Record<string, number> {
  const names = [...new Set(rows.flatMap((row) => Object.keys(row.policies)))];
  return Object.fromEntries(
    names.map((name) => [
      name,
      summary(
        rows.flatMap((row) => (row.policies[name] ?? row.policies[name.replace(/\+.*/, "")])?.ratio ?? []),
      ),
    ]),
  );
}

const worstOf = (ratios: readonly number[]) => Math.max(...ratios);

export function asTable({ rows, lambda, flip, scale }: Measured): string {
  const lines: string[] = [];
  for (const { name, requests, prefixes, meanGapHours, overBestStatic, policies } of rows) {
    const beside =
      overBestStatic === undefined ? "" : `, adaptive ${signed(overBestStatic)} to the best plain setting`;
    lines.push(
      `${name}: ${requests} requests, ${prefixes} prefixes, mean gap ${meanGapHours.toFixed(1)} h${beside}`,
    );
    lines.push("  policy               ratio  at lambda   hits %  touches/request");
    for (const [policy, { ratio, ratioAtLambda, hitRate, touchesPerRequest }] of Object.entries(policies)) {
      lines.push(
        `  ${policy.padEnd(18)} ${number(ratio, 3, 7)} ${number(ratioAtLambda, 3, 10)} ${number(100 * hitRate, 1, 8)} ${number(touchesPerRequest, 3, 16)}`,
      );
    }
  }
  if (rows.length > 0) {
    const [means, worst] = [over(rows, geometricMean), over(rows, worstOf)];
    lines.push(`${rows.length} traces           geometric mean    worst`);
    for (const name of Object.keys(means)) {
      lines.push(`  ${name.padEnd(18)} ${number(means[name] ?? 0, 3, 12)} ${number(worst[name] ?? 0, 3, 9)}`);
    }
    lines.push(
      "Ratio: money paid / optimum with ideal touches (adaptive-5m: / optimum with 5m writes only).",
    );
    lines.push(`At lambda: both sides with ${lambda} uncached reads added for each cold request.`);
  }
  if (flip !== undefined) lines.push(...flipLines(flip));
  if (scale !== undefined) lines.push(...scaleLines(scale));
  return `${lines.join("\n")}\n`;
}

function signed(value: number): string {
  return `${value >= 0 ? "+" : ""}${value.toFixed(3)}`;
}

function flipLines(flip: FlipResult): string[] {
  const { prefixes, requests, target, writes, predicted, hitRate, rules, day } = flip;
  return [
    `flip of ${prefixes} prefixes, ${requests} requests in the first minute`,
    `  plan for ${100 * target} %: ${writes} writes, predicted ${(100 * predicted).toFixed(1)} %, came ${(100 * hitRate).toFixed(1)} %`,
    `  ${day.flips} flips of the day: ${day.writes.toFixed(0)} writes on average, predicted ${(100 * day.predicted).toFixed(1)} %, came ${(100 * day.hitRate).toFixed(1)} %; ${(100 * day.reached).toFixed(0)} % of them reached ${100 * target} %`,
    ...Object.entries(rules).map(
      ([rule, { writes: count, hitRate: hits }]) =>
        `  ${rule.padEnd(28)} ${String(count).padStart(6)} writes ${number(100 * hits, 1, 6)} % hits`,
    ),
  ];
}

function scaleLines(scale: readonly ScaleResult[]): string[] {
  return [
    "prefixes   learn all, ms   plan all, ms   bytes a prefix   fleet bytes   MB of process",
    ...scale.map(
      ({ prefixes, learnAll, planAll, bytesPerPrefix, fleetBytes, megabytes }) =>
        `${String(prefixes).padStart(8)} ${number(learnAll, 0, 15)} ${number(planAll, 0, 14)} ${number(bytesPerPrefix, 0, 16)} ${number(fleetBytes, 0, 13)} ${number(megabytes, 0, 15)}`,
    ),
  ];
}

export function asJson({ rows, lambda, flip, scale }: Measured): string {
  const traces = rows.map(({ policies, ...rest }) => ({
    ...rest,
    policies: Object.fromEntries(
      Object.entries(policies).map(([name, { bill: _, ...numbers }]) => [name, numbers]),
    ),
  }));
  const summary = { traces, geometricMean: over(rows, geometricMean), worst: over(rows, worstOf), lambda };
  return `${JSON.stringify({ ...summary, ...(flip && { flip }), ...(scale && { scale }) }, undefined, 2)}\n`;
}
