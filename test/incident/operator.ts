/** What an operator of a world types. */
import { resumeByOperator } from "../../lib/app/resume.ts";
import { CONFIG, type World } from "../support/world.ts";

/** `warmer resume --reason …`, with the generation that `warmer status` shows. @throws Refused while the cause holds */
export async function resume(world: World, reason: string): Promise<void> {
  const { operator } = world.warmer;
  const held = await operator.control.read();
  const request = { reason, by: "operator", generation: held?.control.generation ?? 0 };
  await resumeByOperator(operator, CONFIG, request, "resume");
}
