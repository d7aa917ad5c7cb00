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

/** The warm function of the stack. */
export function warmFunction(world: World) {
  return byId(world.engine.template().ofType("AWS::Lambda::Function"), "WarmerWarm");
}

/** Stops the schedule of the warm function. @returns starts it again */
export function stopTicks(world: World): () => void {
  const { logicalId } = byId(world.engine.template().ofType("AWS::Events::Rule"), "WarmerWarmTick");
  world.engine.events.setEnabled(logicalId, false);
  return () => world.engine.events.setEnabled(logicalId, true);
}

/** A tick of the warm function at this very instant, beside those of its schedule. */
export async function tick(world: World): Promise<InvocationEvent> {
  const at = world.engine.now();
  const { name } = warmFunction(world);
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

// --- internal ---

function byId<T extends { readonly logicalId: string }>(resources: readonly T[], start: string): T {
  const found = resources.find(({ logicalId }) => logicalId.startsWith(start));
  if (found === undefined) throw new Error(`the stack has no ${start}`);
  return found;
}
