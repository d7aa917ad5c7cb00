import type { Step } from "../steps.ts";
import type { Target } from "../target.ts";
import { World } from "../world.ts";
import { bill } from "./bill.ts";
import { faults } from "./faults.ts";
import { installation } from "./installation.ts";
import { pause } from "./pause.ts";
import { flip, rollback } from "./release.ts";

/** The one scenario, from an empty account to a bill. It is the same on every target. */
export function scenario(target: Target): readonly Step[] {
  const world = new World(target);
  return [
    ...installation(world),
    ...flip(world),
    ...pause(world),
    ...rollback(world),
    ...faults(world),
    ...bill(world),
  ];
}
