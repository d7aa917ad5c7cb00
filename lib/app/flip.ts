import type { WarmerConfig } from "../core/config.ts";
import { eventId, type KnownEvent, MAX_NOTE } from "../core/known-event.ts";
import type { ManifestHeader } from "../core/manifest.ts";
import { shown } from "../core/received.ts";
import { type Gate, letsPass } from "../core/release/gate.ts";
import { askGate, type GateQuestion } from "./ask-gate.ts";
import { Refused } from "./errors.ts";
import type {
  Clock,
  ControlStore,
  KnownEventStore,
  LiveColorParameter,
  LiveColorSwitch,
  ManifestStore,
  RemoteFunction,
} from "./ports.ts";

export interface FlipPorts {
  readonly clock: Clock;
  readonly liveColor: LiveColorParameter & LiveColorSwitch;
  readonly control: Pick<ControlStore, "read">;
  readonly manifests: Pick<ManifestStore, "header" | "entries">;
  readonly gate: RemoteFunction;
  readonly events: Pick<KnownEventStore, "put">;
  /** The state of further partitions: what is asked of one is asked of each. @default - there are none */
  readonly others?: readonly FlippedState[];
}

/** What a flip looks at in one state. */
export type FlippedState = Pick<FlipPorts, "control" | "manifests" | "events">;

export interface FlipRequest extends Omit<GateQuestion, "color"> {
  readonly to: string;
  /** Flip without asking whether the color is warm: who wants that, and why. It is kept as a known event. */
  readonly force?: { readonly by: string; readonly reason: string };
  /** How long to wait for proof after the flip, in ms; 0 does not wait. */
  readonly waitMs?: number;
}

export interface FlipReport {
  readonly from: string;
  readonly to: string;
  readonly version: number;
  /** Why no gate was asked, or what it answered. */
  readonly gate: "rollback" | "forced" | Gate;
  /** From the parameter's write until every required prefix had valid proof; absent if that was not seen. */
  readonly secondsToWarm?: number;
}

const POLL_MS = 1_000;

/** A cold start's fills are over by then, whatever its size. */
const FORCED_FLIP_LASTS_MS = 3_600_000;

/**
 * Asks the gate, writes the switch, and waits for proof. The color that was live before the last flip is a rollback:
 * it is written first, and warms at once if it is not warm still. SSM has no compare-and-set, so a flip that somebody
 * else made in between is refused when it is seen in time, and told when it is not.
 *
 * @param progress hears how far the gate is
 * @throws Refused with what to do instead. The switch is then as it was, but for the last refusal: there it was written,
 *   and somebody else wrote it as well.
 * @throws ManifestDamaged if the color's manifest does not match its digest
 */
export async function flip(
  ports: FlipPorts,
  config: Pick<WarmerConfig, "colors" | "liveColorParameter">,
  { to, force, waitMs = 0, ...question }: FlipRequest,
  progress: (gate: Gate) => void = () => {},
): Promise<FlipReport> {
  const { liveColor, clock } = ports;
  if (!config.colors.includes(to)) {
    throw new Refused(`the color must be one of ${config.colors.join(", ")}, got ${shown(to)}`);
  }
  const before = await liveColor.read();
  if (before === undefined)
    throw new Refused(`${config.liveColorParameter} does not exist; run \`warmer init --color ${to}\``);
  if (before.value === to) throw new Refused(`${to} is live already (version ${before.version})`);
  const states: readonly FlippedState[] = [ports, ...(ports.others ?? [])];
  const headers = await Promise.all(states.map((state) => publishedHeader(state, to)));
  const now = clock.now();
  const gate =
    force !== undefined
      ? ("forced" as const)
      : (await everyOne(states, (state, i) => isRollback(state, headers[i], now)))
        ? ("rollback" as const)
        : await askGate(ports, { color: to, ...question }, progress);
  if (typeof gate === "object" && !letsPass(gate)) {
    const { result, reason } = gate.answer ?? { result: "cold", reason: "no answer" };
    throw new Refused(`${to} is ${result}: ${reason}; the live color is still ${before.value}`);
  }
  const again = await liveColor.read();
  if (again?.version !== before.version) {
    throw new Refused(
      `somebody else wrote ${config.liveColorParameter} while the gate was open (version ${again?.version ?? "none"}, it was ${before.version}); look with \`warmer status\``,
    );
  }
  const version = await liveColor.write(to);
  if (version !== before.version + 1) {
    throw new Refused(
      `somebody else wrote ${config.liveColorParameter} meanwhile (version ${version}, expected ${before.version + 1}); look with \`warmer status\``,
    );
  }
  if (force !== undefined) {
    const mark = forcedFlip(clock.now(), to, version, force);
    for (const { events } of states) await events.put(mark);
  }
  const proven = await waitForProof(clock, states, { to, version, waitMs });
  return {
    from: before.value,
    to,
    version,
    gate,
    ...(proven !== undefined && { secondsToWarm: proven / 1000 }),
  };
}

function forcedFlip(
  at: number,
  color: string,
  version: number,
  { by, reason }: { readonly by: string; readonly reason: string },
): KnownEvent {
  return {
    id: eventId(at, "flip", color, String(version)),
    kind: "flip",
    from: at,
    to: at + FORCED_FLIP_LASTS_MS,
    color,
    by,
    note: `forced: ${reason}`.slice(0, MAX_NOTE),
  };
}

/** @throws ManifestDamaged: whoever forces a flip wants it cold, not dead */
async function publishedHeader({ manifests }: FlippedState, color: string): Promise<ManifestHeader> {
  const header = await manifests.header(color);
  if (header === undefined) {
    throw new Refused(
      `${color} has no manifest; run \`warmer publish --color ${color} --release ID prompts/…\` first`,
    );
  }
  await manifests.entries(header);
  return header;
}

async function everyOne<T>(
  all: readonly T[],
  holds: (one: T, index: number) => Promise<boolean>,
): Promise<boolean> {
  return (await Promise.all(all.map(holds))).every((held) => held);
}

/** Back to what was live before the last flip: it has served, and every minute counts. Another release has not. */
async function isRollback(
  { control }: FlippedState,
  header: ManifestHeader | undefined,
  now: number,
): Promise<boolean> {
  const previous = (await control.read())?.control.previous;
  return (
    previous !== undefined &&
    previous.color === header?.color &&
    header.digest.startsWith(previous.digest) &&
    now < previous.until
  );
}

/** @returns how long after the flip the last of the states was proven warm, in ms */
async function waitForProof(
  clock: Clock,
  states: readonly FlippedState[],
  { to, version, waitMs }: { readonly to: string; readonly version: number; readonly waitMs: number },
): Promise<number | undefined> {
  const until = clock.now() + waitMs;
  while (clock.now() < until) {
    const seen = await Promise.all(states.map(async ({ control }) => (await control.read())?.control.flip));
    const took = seen.flatMap((flipped) =>
      flipped?.to === to && flipped.version >= version && flipped.provenAt !== undefined
        ? [flipped.provenAt - flipped.at]
        : [],
    );
    if (took.length === states.length) return Math.max(...took);
    await clock.sleep(POLL_MS);
  }
  return undefined;
}
