import type { LiveColorHistory } from "../../../lib/app/ports.ts";
import type { WarmPorts } from "../../../lib/app/warm-cycle.ts";
import { NEVER } from "../../../lib/core/due.ts";
import type { Bug } from "../bug.ts";
import type { Day } from "../day.ts";
import { saving } from "./tampering.ts";

type Parameter = Awaited<ReturnType<LiveColorHistory["read"]>>;

function answersOf(ports: WarmPorts, read: () => Promise<Parameter>): WarmPorts {
  return { ...ports, liveColor: { read, since: (value) => ports.liveColor.since(value) } };
}

/** What a story's functions remember between runs, though they must not. */
const remembered = new WeakMap<Day, { readonly parameter: Parameter; readonly at: number }>();

const CACHED_FOR_MS = 600_000;

/** Bugs of following the live color, and of who is kept warm beside it. */
export const TARGET_BUGS: readonly Bug[] = [
  {
    name: "the live color is blue, as it was at the first deployment",
    breaks: "I5",
    seam: (ports) =>
      answersOf(ports, async () => {
        const parameter = await ports.liveColor.read();
        return parameter && { ...parameter, value: "blue" };
      }),
  },
  {
    name: "the live color is cached for ten minutes",
    breaks: "I5",
    seam: (ports, _runId, day) =>
      answersOf(ports, async () => {
        const known = remembered.get(day);
        if (known !== undefined && day.now - known.at < CACHED_FOR_MS) return known.parameter;
        const parameter = await ports.liveColor.read();
        remembered.set(day, { parameter, at: day.now });
        return parameter;
      }),
  },
  {
    name: "a live color that cannot be read is the last one",
    breaks: "I5",
    shownBy: 193,
    seam: (ports, _runId, day) =>
      answersOf(ports, async () => {
        try {
          const parameter = await ports.liveColor.read();
          remembered.set(day, { parameter, at: day.now });
          return parameter;
        } catch (error) {
          const last = remembered.get(day)?.parameter;
          if (last === undefined) throw error;
          return last;
        }
      }),
  },
  {
    name: "an unknown color is the first one of the configuration",
    breaks: "I5",
    seam: (ports, _runId, day) =>
      answersOf(ports, async () => {
        const parameter = await ports.liveColor.read();
        const isKnown = parameter !== undefined && day.config.colors.includes(parameter.value);
        return isKnown ? parameter : { value: "blue", version: 1_000, modifiedAt: day.now };
      }),
  },
  {
    name: "the previous color is kept warm for days",
    breaks: "I5",
    config: (config) => ({ ...config, keepPreviousMs: 100 * config.keepPreviousMs }),
  },
  {
    name: "what nobody serves any more is touched on",
    breaks: "I5",
    seam: (ports) =>
      saving(ports, (state) => (state.dueAt === NEVER ? { ...state, dueAt: ports.clock.now() } : state)),
  },
  {
    name: "a color that is retired loses its prompts last of all",
    breaks: "I5",
    seam: (ports) =>
      saving(ports, ({ beside: _beside, ...state }) => ({
        ...state,
        dueAt: Math.min(state.dueAt, ports.clock.now() + 60_000),
      })),
  },
];
