/** What must hold best: money, control, target, prices, proof. The words are those of the design. */
export const GROUPS = {
  ledger: [
    "lib/core/ledger.ts",
    "lib/core/guardrails.ts",
    "lib/core/open-windows.ts",
    "lib/core/window-limits.ts",
    "lib/core/reservation-line.ts",
    "lib/core/throttle.ts",
    "lib/core/control-item.ts",
  ],
  pause: ["lib/core/control-state.ts", "lib/app/pause.ts", "lib/app/resume.ts", "lib/app/throttle.ts"],
  targeting: ["lib/core/live-color.ts", "lib/app/resolve-target.ts", "lib/app/stale-target.ts"],
  pricing: ["lib/core/prices.ts", "lib/core/worst-case.ts", "lib/core/money.ts", "lib/core/usage.ts"],
  warmth: ["lib/core/warmth.ts", "lib/core/prefix-state.ts", "lib/core/due.ts"],
} as const satisfies Readonly<Record<string, readonly string[]>>;

export type Group = keyof typeof GROUPS;

/** What must find the mutants of the groups' files in lib/app: the tests of those use cases, without those around them. */
export const GROUP_TESTS = [
  "test/app/pause.test.ts",
  "test/app/resume.test.ts",
  "test/app/throttle.test.ts",
  "test/app/resolve-target.test.ts",
];

export const GROUP_NAMES = Object.keys(GROUPS) as readonly Group[];

export function groupOf(file: string): Group | undefined {
  return GROUP_NAMES.find((group) => (GROUPS[group] as readonly string[]).includes(file));
}

/** The least share of a group's mutants that tests must find, percent. */
export const GROUP_AIM = 90;

/** The least share of all mutants, percent. */
export const OVERALL_AIM = 80;

/**
 * A ring's mutants are looked for by its own tests only: a rule that only a whole use case would notice is not tested.
 * What takes many seconds for each run is left out: a file, or one test as `file#name`.
 */
export const RINGS = {
  core: {
    folder: "lib/core",
    tests: "test/core",
    without: [
      "test/core/json-bytes.test.ts#reads a string of 20 million characters",
      "test/core/prompt-file.test.ts#counts bytes, not characters, against the provider's limit",
      "test/core/replay/optimum.test.ts#is what trying every action in every second finds",
      "test/core/replay/trace.test.ts#of a million rows is held in columns",
      "test/core/replay/simulate.test.ts#cost less if it is known beforehand",
      "test/core/replay/simulate.test.ts#do not change when the future is cut off",
      "test/core/replay/simulate.test.ts#do not change when prefixes are given in another order",
      "test/core/replay/simulate.test.ts#are the same whatever a column says",
      "test/core/replay/simulate.test.ts#of an application that is granted 5m always",
      "test/core/prefix-pages.test.ts#fills none of the 1,024 pages of 47,000",
      "test/core/plan/stored.test.ts#fits one item, and a policy that is stored after every tick",
    ],
  },
  app: {
    folder: "lib/app",
    tests: "test/app",
    without: [
      "test/app/plan-equivalence.test.ts",
      "test/app/throttle.test.ts#fills a minute keeps that in any sliding minute",
    ],
  },
} as const;

export type Ring = keyof typeof RINGS;

/** Whether a test is left out, by its file and its full name. */
export function isLeftOut(without: readonly string[], file: string, name: string): boolean {
  return without.some((entry) => {
    const [path, part = ""] = entry.split("#");
    return path === file && name.includes(part);
  });
}
