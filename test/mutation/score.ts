import { GROUPS, type Group, groupOf } from "./groups.ts";
import { NOT_SAMPLED } from "./sample.ts";

/** What is read of Stryker's report: the mutation-testing report schema, version 1 and 2. */
export interface Report {
  readonly files: Readonly<
    Record<string, { readonly source: string; readonly mutants: readonly Reported[] }>
  >;
}

export interface Reported {
  readonly mutatorName: string;
  readonly replacement?: string;
  readonly status: string;
  readonly statusReason?: string;
  readonly location: { readonly start: { readonly line: number } };
}

export interface Count {
  /** Found by a failing test, or by never coming to an end. */
  readonly killed: number;
  /** Survived, those that no test reaches among them. */
  readonly survived: number;
  /** Not run, since a sample was asked for. */
  readonly left: number;
}

export interface Survivor {
  readonly file: string;
  readonly line: number;
  /** The line's text, without white space around it. */
  readonly text: string;
  readonly mutator: string;
  readonly replacement: string;
}

export const NOTHING: Count = { killed: 0, survived: 0, left: 0 };

const KILLED = new Set(["Killed", "Timeout"]);
const SURVIVED = new Set(["Survived", "NoCoverage"]);

/** Counts by file. A mutant that cannot run, as Stryker says of one that does not parse, counts nowhere. */
export function countsOf(report: Report): ReadonlyMap<string, Count> {
  return new Map(
    Object.entries(report.files).map(([file, { mutants }]) => [
      file,
      {
        killed: mutants.filter(({ status }) => KILLED.has(status)).length,
        survived: mutants.filter(({ status }) => SURVIVED.has(status)).length,
        left: mutants.filter(({ statusReason }) => statusReason === NOT_SAMPLED).length,
      },
    ]),
  );
}

export function survivorsOf(report: Report): Survivor[] {
  return Object.entries(report.files).flatMap(([file, { source, mutants }]) => {
    const lines = source.split("\n");
    return mutants
      .filter(({ status }) => SURVIVED.has(status))
      .map(({ location, mutatorName, replacement }) => ({
        file,
        line: location.start.line,
        text: (lines[location.start.line - 1] ?? "").trim(),
        mutator: mutatorName,
        replacement: replacement ?? "",
      }));
  });
}

export function sum(counts: Iterable<Count>): Count {
  let { killed, survived, left } = NOTHING;
  for (const count of counts) {
    killed += count.killed;
    survived += count.survived;
    left += count.left;
  }
  return { killed, survived, left };
}

/** The share of the mutants that were run which tests found, percent; undefined where none was run. */
export function scoreOf({ killed, survived }: Count): number | undefined {
  return killed + survived === 0 ? undefined : (100 * killed) / (killed + survived);
}

/** The group's count, or undefined where a file of it is missing: a part is no score of the whole. */
export function groupCount(counts: ReadonlyMap<string, Count>, group: Group): Count | undefined {
  const found = GROUPS[group].flatMap((file) => counts.get(file) ?? []);
  return found.length === GROUPS[group].length ? sum(found) : undefined;
}

export interface Estimate {
  /** Percent. */
  readonly score: number;
  /** The range that holds the score of all mutants in 95 of 100 samples; both are the score where all were run. */
  readonly low: number;
  readonly high: number;
}

/**
 * The score of all mutants, from those that were run. Files in a group were run whole, of the others it may be a
 * sample: only what was not run is estimated (Wilson's interval of the sample, for the part that it stands for).
 */
export function overallOf(counts: ReadonlyMap<string, Count>): Estimate | undefined {
  const { killed, survived, left } = sum(counts.values());
  const sampled = sum([...counts].filter(([file]) => groupOf(file) === undefined).map(([, count]) => count));
  const run = sampled.killed + sampled.survived;
  if (killed + survived === 0 || (left > 0 && run === 0)) return undefined;
  const [low, high] = left === 0 ? [0, 0] : wilson(sampled.killed, run);
  const share = left === 0 ? 0 : sampled.killed / run;
  const percent = (leftShare: number) => (100 * (killed + left * leftShare)) / (killed + survived + left);
  return { score: percent(share), low: percent(low), high: percent(high) };
}

const Z_95 = 1.96;

function wilson(hits: number, n: number): [low: number, high: number] {
  const p = hits / n;
  const z2 = Z_95 ** 2;
  const middle = p + z2 / (2 * n);
  const reach = Z_95 * Math.sqrt((p * (1 - p)) / n + z2 / (4 * n * n));
  return [(middle - reach) / (1 + z2 / n), (middle + reach) / (1 + z2 / n)];
}
