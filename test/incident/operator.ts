/** What an operator of a world types. */
import { type ResumeRequest, resumeByOperator } from "../../lib/app/resume.ts";
import type { WarmerConfig } from "../../lib/core/config.ts";
import { CONFIG, type World } from "../support/world.ts";

/**
 * `warmer resume --reason …`, with the generation that `warmer status` shows.
 *
 * @param guardrails where the world's differ from those of the tests
 * @throws Refused while the cause holds
 */
export async function resume(
  world: World,
  reason: string,
  guardrails: Partial<WarmerConfig["guardrails"]> = {},
  more: Partial<ResumeRequest> = {},
): Promise<void> {
  const { operator } = world.warmer;
  const held = await operator.control.read();
  const request = { reason, by: "operator", generation: held?.control.generation ?? 0, ...more };
  const config = { guardrails: { ...CONFIG.guardrails, ...guardrails } };
  await resumeByOperator(operator, config, request, `resume-${operator.clock.now()}`);
}
