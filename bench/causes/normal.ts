/** What happens on any good day, and costs fills. */
import { pause, resume } from "../../test/support/memory/acts.ts";
import { MINUTE, SECOND } from "../../test/support/memory/world.ts";
import type { Case } from "./cases.ts";
import { type Role, rewritten, type Stage } from "./stage.ts";

/** Names that nobody has served before. */
export function newRoles(stage: Stage, count: number, mark: string): Role[] {
  return Array.from({ length: count }, (_, i) => {
    const like = stage.roles[i % stage.roles.length] ?? stage.roles[0];
    if (like === undefined) throw new RangeError("a release needs a prompt");
    return { ...like, name: `${mark}-${i}`, words: `${mark} ${i}` };
  });
}

/** The configuration is changed with the release: so many prompts are expected now. */
function expect(stage: Stage, prefixes: number): void {
  stage.configure({ expected: { ...stage.world.config.expected, prefixes } });
}

async function onboard(stage: Stage, strength: number): Promise<Role[]> {
  const added = newRoles(stage, Math.ceil(strength * stage.roles.length), "service");
  expect(stage, stage.roles.length + added.length);
  await stage.release([...stage.roles, ...added]);
  return added;
}

/** Releases before, at times that follow no rule. */
async function earlierReleases(stage: Stage): Promise<void> {
  if (stage.roll("released before") < 0.7) return;
  await stage.change([rewritten(stage.roles[0] as Role, "an earlier release")]);
  await stage.minutes(17 + Math.floor(stage.roll("quiet too") * 9));
}

async function refresh(stage: Stage): Promise<void> {
  await stage.change(stage.roles.map((role) => rewritten(role, String(stage.now))));
}

export const NORMAL: readonly Case[] = [
  {
    truth: ["onboarding"],
    variant: "release with a mark",
    options: { ttl: "mixed" },
    strengths: { seen: [1, 2], unseen: [0.8, 3] },
    onset: async (stage, strength) => {
      await onboard(stage, strength);
      await stage.mark("onboarding");
    },
  },
  {
    truth: ["onboarding"],
    variant: "release without a mark",
    options: { traffic: true },
    strengths: { seen: [1, 1.5], unseen: [0.8, 2.5] },
    onset: async (stage, strength) => {
      await onboard(stage, strength);
    },
  },
  {
    truth: ["large_manifest_change"],
    variant: "other bytes in place",
    options: { ttl: "mixed", traffic: true },
    strengths: { seen: [0.7, 1], unseen: [0.6, 0.85] },
    before: earlierReleases,
    onset: (stage, strength) =>
      stage.change(stage.some(strength, 3).map((role) => rewritten(role, "the merge"))),
  },
  {
    truth: ["large_manifest_change"],
    variant: "a flip to a color that nobody warmed",
    strengths: { seen: [0.7, 1], unseen: [0.6, 0.85] },
    before: earlierReleases,
    onset: async (stage, strength) => {
      const roles = stage.some(strength, 3).map((role) => rewritten(role, "the merge"));
      await stage.change(roles, "green");
      await stage.world.flip("green");
    },
  },
  {
    truth: ["scheduled_refresh"],
    variant: "every so many minutes",
    options: { ttl: "1h" },
    strengths: { seen: [18, 24], unseen: [21, 32] },
    before: async (stage, period) => {
      for (let i = 0; i < 3; i++) {
        await refresh(stage);
        await stage.minutes(period);
        await stage.world.pass(Math.floor(stage.roll(`late ${i}`) * 30) * SECOND);
      }
    },
    onset: refresh,
  },
  {
    truth: ["scheduled_refresh"],
    variant: "marked",
    options: { ttl: "mixed" },
    strengths: { seen: [0.7, 1], unseen: [0.6, 0.85] },
    onset: async (stage, strength) => {
      await stage.mark("scheduled-refresh", "weekly");
      await stage.change(stage.some(strength, 3).map((role) => rewritten(role, "the week")));
    },
  },
  {
    truth: ["expired"],
    variant: "resumed after a pause",
    strengths: { seen: [7, 12], unseen: [6, 16] },
    before: async (stage, minutes) => {
      await pause(stage.world);
      await stage.minutes(minutes);
    },
    onset: async (stage) => {
      await resume(stage.world);
    },
  },
  {
    truth: ["expired"],
    variant: "the provider was away",
    strengths: { seen: [8, 11], unseen: [7, 14] },
    before: async (stage, minutes) => {
      const until = stage.now + minutes * MINUTE;
      stage.world.provider.faults.add({
        kind: "overloaded",
        caller: "warmer",
        when: { from: stage.now, until },
      });
      await stage.minutes(minutes);
    },
    onset: () => {},
  },
];
