import type { Ledger, Window } from "../../../lib/core/ledger.ts";
import type { Bug } from "../bug.ts";
import { answering, controlled, reading, unpaused, writing } from "./tampering.ts";

const HOUR_MS = 3_600_000;

/** By so much the clock of every second run is behind. */
const LAG_MS = 90_000;

/** More than one touch of any story costs. */
const ONE_TOUCH = 6_000;

const less = (window: Window, amount: number): Window => ({
  ...window,
  spent: Math.max(0, window.spent - amount),
});

/** How much lower the second ledger is by settlements. */
function settled(before: Ledger, after: Ledger): number {
  const isOver = after.inFlight.length < before.inFlight.length && after.hour.key === before.hour.key;
  return isOver ? Math.max(0, before.hour.spent - after.hour.spent) : 0;
}

/** Bugs of ledger, limits and pause. */
export const MONEY_BUGS: readonly Bug[] = [
  {
    name: "the limits are wider than configured by one touch",
    breaks: "I1",
    config: ({ guardrails, ...config }) => ({
      ...config,
      guardrails: {
        ...guardrails,
        hourly: guardrails.hourly + ONE_TOUCH,
        daily: guardrails.daily + ONE_TOUCH,
        absoluteMax: guardrails.absoluteMax + ONE_TOUCH,
      },
    }),
  },
  {
    name: "the absolute maximum stops nobody",
    breaks: "I1",
    config: ({ guardrails, ...config }) => ({ ...config, guardrails: { ...guardrails, absoluteMax: 1e12 } }),
  },
  {
    name: "a limit only alerts, whatever is configured",
    breaks: "I1",
    config: ({ guardrails, ...config }) => ({
      ...config,
      guardrails: { ...guardrails, actionOnLimit: "alert_only" },
    }),
  },
  {
    name: "a timeout is refunded",
    breaks: "I2",
    seam: (ports) =>
      answering(ports, (reply) =>
        reply.kind === "failed" ? { ...reply, failure: { ...reply.failure, billed: "no" } } : reply,
      ),
  },
  {
    name: "each touch is sent twice at once",
    breaks: "I2",
    seam: (ports) => {
      const { provider } = ports;
      const send = async (...args: Parameters<typeof provider.send>) => {
        const [reply] = await Promise.all([provider.send(...args), provider.send(...args)]);
        return reply;
      };
      return { ...ports, provider: { count: (...args) => provider.count(...args), send } };
    },
  },
  {
    name: "a settlement counts twice",
    breaks: "I2",
    seam: (ports) =>
      writing(ports, (next, { ledger: before }) => {
        const { ledger } = next;
        const twice = settled(before, ledger);
        return {
          ...next,
          ledger: { ...ledger, hour: less(ledger.hour, twice), day: less(ledger.day, twice) },
        };
      }),
  },
  {
    name: "it sends before the reservation is stored",
    breaks: "I2",
    seam: (ports) => {
      const { control } = ports;
      return controlled(ports, {
        read: () => control.read(),
        write: async (next, expected, revision) => {
          const known = (await control.read())?.control.ledger.inFlight.length ?? 0;
          return next.ledger.inFlight.length > known || control.write(next, expected, revision);
        },
      });
    },
  },
  {
    name: "the last writer of the control item wins",
    breaks: "I2",
    shownBy: 103,
    seam: (ports) => {
      const { control } = ports;
      return controlled(ports, {
        read: () => control.read(),
        write: async (next, _expected, revision) =>
          control.write(next, (await control.read())?.revision, revision),
      });
    },
  },
  {
    name: "money in flight is not counted before it is settled",
    breaks: "I2",
    seam: (ports) =>
      writing(ports, (next, { ledger: before }) => {
        const { ledger } = next;
        const isFresh =
          ledger.inFlight.length > before.inFlight.length && ledger.hour.key === before.hour.key;
        return isFresh ? { ...next, ledger: { ...ledger, hour: before.hour, day: before.day } } : next;
      }),
  },
  {
    name: "a clock that lags opens an old hour again",
    breaks: "I2",
    seam: (ports, runId) =>
      writing(ports, (next) => {
        const lagMs = Number(runId.at(-1)) % 2 === 1 ? LAG_MS : 0;
        const key = Math.floor((ports.clock.now() - lagMs) / HOUR_MS);
        const { ledger } = next;
        return key < ledger.hour.key
          ? { ...next, ledger: { ...ledger, hour: { ...ledger.hour, key } } }
          : next;
      }),
  },
  {
    name: "a pause is not looked at between waves",
    breaks: "I3",
    seam: (ports) =>
      writing(reading(ports, unpaused), (next, before) =>
        before.paused === undefined ? next : { ...next, paused: before.paused },
      ),
  },
  {
    name: "a run that ends also ends the pause",
    breaks: "I3",
    seam: (ports) =>
      writing(ports, (next, before) => (next.lastCycle === before.lastCycle ? next : unpaused(next))),
  },
  {
    name: "a new hour ends a pause",
    breaks: "I3",
    shownBy: 41,
    seam: (ports) =>
      writing(ports, (next) =>
        next.paused !== undefined &&
        Math.floor(next.paused.at / HOUR_MS) < Math.floor(ports.clock.now() / HOUR_MS)
          ? unpaused(next)
          : next,
      ),
  },
  {
    name: "a resume needs no generation",
    breaks: "I6",
    resume: (control, saw) => ({ ...control, generation: saw }),
  },
  {
    name: "a pause does not raise the generation",
    breaks: "I6",
    seam: (ports) =>
      writing(ports, (next, before) =>
        (next.paused === undefined) === (before.paused === undefined)
          ? next
          : { ...next, generation: before.generation },
      ),
  },
  {
    name: "a resume puts the generation back to one",
    breaks: "I6",
    seam: (ports) =>
      writing(ports, (next, before) =>
        next.lastResume === before.lastResume ? next : { ...next, generation: 1 },
      ),
  },
];
