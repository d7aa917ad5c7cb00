/** The parts of a deployment whose change may cost fills. */
export const DEPLOYED_PARTS = ["configuration", "stack-update"] as const;

export type DeployedPart = (typeof DEPLOYED_PARTS)[number];

/** What the functions run on, as short digests. */
export interface DeployedVersion {
  readonly config: string;
  /** Of the functions' code. */
  readonly code: string;
}

/** What they have run on since when, and which part was another one before. */
export interface Deployed extends DeployedVersion {
  /** Ms since the epoch. */
  readonly since: number;
  /** None for the first one that was ever seen. */
  readonly changed: readonly DeployedPart[];
}

/** Keeps what is deployed; the same value if it is what was deployed before. */
export function deployedNow(before: Deployed | undefined, version: DeployedVersion, now: number): Deployed {
  if (before === undefined) return { ...version, since: now, changed: [] };
  const changed: DeployedPart[] = [];
  if (before.config !== version.config) changed.push("configuration");
  if (before.code !== version.code) changed.push("stack-update");
  return changed.length === 0 ? before : { ...version, since: now, changed };
}
