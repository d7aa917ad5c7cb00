/** What the tests of flips and gates do to a world, and look at in it. */
import { type FlipReport, type FlipRequest, flip } from "../../lib/app/flip.ts";
import type { Control } from "../../lib/core/control.ts";
import type { PrefixState } from "../../lib/core/prefix-state.ts";
import { writtenTokens } from "../../lib/core/usage.ts";
import type { InvocationEvent } from "../../lib/local/journal.ts";
import { CONFIG, type World } from "../support/world.ts";

/** `warmer flip`. Virtual time passes while it waits. */
export function flipByOperator(world: World, request: FlipRequest): Promise<FlipReport> {
  return flip(world.warmer.operator, CONFIG, request);
}

/** Writes the live color past `warmer flip`, at an instant that may be still to come. */
export function writeColor(world: World, value: string, at = world.engine.now()): void {
  const input = { Name: CONFIG.liveColorParameter, Value: value, Type: "String", Overwrite: true } as const;
  world.engine.ssm.put(input, { at });
}

/** A resource of the stack by the beginning of its logical id. */
export function resourceOf(world: World, type: "AWS::Lambda::Function" | "AWS::Events::Rule", start: string) {
  const found = world.engine
    .template()
    .ofType(type)
    .find(({ logicalId }) => logicalId.startsWith(start));
  if (found === undefined) throw new Error(`the stack has no ${start}`);
  return found;
}

/** Stops the schedule of the warm function. @returns starts it again */
export function stopTicks(world: World): () => void {
  const { logicalId } = resourceOf(world, "AWS::Events::Rule", "WarmerWarmTick");
  world.engine.events.setEnabled(logicalId, false);
  return () => world.engine.events.setEnabled(logicalId, true);
}

/** A tick of the warm function at this very instant, beside those of its schedule. */
export async function tick(world: World): Promise<InvocationEvent> {
  const at = world.engine.now();
  const { name } = resourceOf(world, "AWS::Lambda::Function", "WarmerWarm");
  const payload = {
    id: `tick-${at}`,
    time: new Date(at).toISOString(),
    source: "aws.events",
    "detail-type": "Scheduled Event",
  };
  const run = await world.engine.lambda.invoke(name, { at, trigger: "test", payload });
  if (run === undefined) throw new Error("the tick was throttled");
  return run;
}

/** The control item and the prefix items, as they stand. */
export async function stateOf(world: World): Promise<{ control: Control; prefixes: PrefixState[] }> {
  const { control, prefixes } = world.warmer.operator;
  const held = await control.read();
  if (held === undefined) throw new Error("there is no control item");
  return { control: held.control, prefixes: await prefixes.all() };
}

/** Touches since an instant that wrote. */
export function fills(world: World, since: number) {
  return world.touches(since).filter(({ usage }) => usage !== undefined && writtenTokens(usage) > 0);
}

/** Subjects of the mails since an instant. */
export function mails(world: World, since: number): string[] {
  return world.engine.journal.events.flatMap((event) =>
    event.kind === "notified" && event.at >= since ? [event.subject] : [],
  );
}
