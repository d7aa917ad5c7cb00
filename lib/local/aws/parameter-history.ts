/**
 * One parameter in time: which of its versions there are depends on who looks when. A function's process looks at
 * its own instant, which is ahead of the engine's while it runs; so a change that is planned for the middle of a run
 * is there for the run's later reads and not for its earlier ones.
 */

/** Parameter Store keeps this many versions and drops the oldest. */
export const MAX_VERSIONS = 100;

export interface ParameterVersion {
  readonly value: string;
  /** From 1; counted anew after a deletion. */
  readonly version: number;
  readonly type: string;
  readonly allowedPattern: string | undefined;
  readonly description: string | undefined;
  /** Virtual instant, milliseconds since the epoch. */
  readonly modifiedAt: number;
  readonly modifiedBy: string;
}

export interface ParameterHistory {
  /** What a reader at this instant finds, oldest first, at most 100; nothing when there is no such parameter. */
  at(instant: number): readonly ParameterVersion[];
  /** @throws for an instant before the latest change */
  add(version: ParameterVersion): void;
  /** @throws for an instant before the latest change */
  remove(instant: number): void;
}

/** @param name the parameter's, for errors */
export function parameterHistory(name: string): ParameterHistory {
  const changes: { readonly at: number; readonly version?: ParameterVersion }[] = [];

  const checkOrder = (instant: number) => {
    const latest = changes.at(-1)?.at ?? Number.NEGATIVE_INFINITY;
    if (instant < latest)
      throw new Error(
        `${name}: its latest change is at ${iso(latest)}, a change at ${iso(instant)} would be before it. Change a parameter in the order of the instants.`,
      );
  };

  return {
    at: (instant) => {
      const seen = changes.filter(({ at }) => at <= instant);
      const deleted = seen.findLastIndex(({ version }) => version === undefined);
      return seen
        .slice(deleted + 1)
        .flatMap(({ version }) => version ?? [])
        .slice(-MAX_VERSIONS);
    },
    add: (version) => {
      checkOrder(version.modifiedAt);
      changes.push({ at: version.modifiedAt, version });
    },
    remove: (instant) => {
      checkOrder(instant);
      changes.push({ at: instant });
    },
  };
}

function iso(instant: number): string {
  return new Date(instant).toISOString();
}
