import assert from "node:assert/strict";
import { EXIT } from "../../../bin/exit.ts";
import type { Outcome } from "../../../lib/core/outcome.ts";
import type { RequestFault } from "../../../lib/local/provider/faults.ts";
import type { Capability } from "../capabilities.ts";
import type { Step } from "../steps.ts";
import type { AwsFault } from "../target.ts";
import { SOON_MS, TWO_TICKS_MS, type World } from "../world.ts";

interface ProviderFault {
  readonly what: string;
  readonly fault: RequestFault;
  readonly outcome: Outcome;
  readonly needs?: readonly Capability[];
}

/** In an order in which each leaves the prefix due for the next: what may have been written comes last. */
const PROVIDER_FAULTS: readonly ProviderFault[] = [
  { what: "refuses the key", fault: { kind: "unauthorized" }, outcome: "auth_failed" },
  {
    what: "limits the rate for longer than a run",
    fault: { kind: "rate_limited", retryAfterSeconds: 300 },
    outcome: "transient_failure",
  },
  { what: "is overloaded", fault: { kind: "overloaded" }, outcome: "transient_failure" },
  { what: "drops the connection", fault: { kind: "dropped_connection" }, outcome: "transient_failure" },
  {
    what: "never answers",
    fault: { kind: "timeout" },
    outcome: "transient_failure",
    needs: ["virtualTime"],
  },
  { what: "leaves out the usage", fault: { kind: "missing_usage" }, outcome: "usage_missing" },
];

interface Outage {
  readonly what: string;
  readonly fault: AwsFault;
  readonly outcome: Outcome;
}

const OUTAGES: readonly Outage[] = [
  {
    what: "the state table is away",
    fault: { kind: "unavailable", service: "dynamodb" },
    outcome: "state_unreadable",
  },
  {
    what: "the Parameter Store throttles",
    fault: { kind: "throttled", service: "ssm" },
    outcome: "target_unreadable",
  },
  {
    what: "CloudWatch denies",
    fault: { kind: "denied", service: "cloudwatch" },
    outcome: "nothing_due",
  },
];

/** A fault of each kind that the target can show. The color blue is live, and warm. */
export function faults(world: World): readonly Step[] {
  const { target } = world;
  return [
    {
      name: "a live color that nobody knows",
      run: async () => {
        await world.writeLiveColor("purple");
        assert.equal(await world.nothingSent(() => world.tick()), "unknown_color");
        await world.writeLiveColor("blue");
        await target.eventually("blue is served again", SOON_MS, async () =>
          (await world.tick()) === "nothing_due" ? true : undefined,
        );
        return "unknown_color, nothing sent; blue again: nothing_due";
      },
    },
    ...PROVIDER_FAULTS.map(({ what, fault, outcome, needs }, i): Step => {
      const name = `a provider that ${what}`;
      const run = async () => {
        const mend = target.provider.faults.add(fault);
        // What one fault left due is due for the next.
        if (i === 0) await world.publishChanged("blue", "44");
        const ended = await world.tick();
        mend();
        assert.equal(ended, outcome, "outcome of a tick");
        return ended;
      };
      return { name, run, ...(needs !== undefined && { needs }) };
    }),
    {
      name: "a provider that is well again",
      run: async () => {
        const ends = await target.eventually("a tick that ends well", TWO_TICKS_MS, async () => {
          const outcome = await world.tick();
          return outcome === "warmed" || outcome === "nothing_due" ? outcome : undefined;
        });
        await target.eventually("warmth", TWO_TICKS_MS, async () =>
          (await world.dueUntil(target.now())) === 0 ? true : undefined,
        );
        const { prefixes } = await world.status();
        const own = prefixes.filter(({ beside }) => beside !== true);
        assert.deepEqual([...new Set(own.map(({ proof }) => proof))], ["warm"]);
        return `${ends}; release 44 of blue is proven warm`;
      },
    },
    {
      name: "a spend limit at the provider",
      run: async () => {
        const mend = target.provider.faults.add({ kind: "own_spend_limit" });
        const mark = world.sent;
        await world.publishChanged("blue", "45");
        await target.eventually("a pause", SOON_MS, async () =>
          (await world.tick()) === "paused" ? true : undefined,
        );
        const refused = target.provider.log.slice(mark).filter(({ endpoint }) => endpoint === "messages");
        mend();
        assert.equal(refused.length, 1, "requests until the pause");
        const { paused } = await world.status(EXIT.unhealthy);
        assert.equal(paused?.cause, "provider_spend_limit");
        await world.warmer(["resume", "--reason", "the limit was raised"]);
        await world.tick();
        await world.filled(1, mark, SOON_MS);
        return "paused after one request; resumed, the next tick warms release 45";
      },
    },
    ...OUTAGES.map(
      ({ what, fault, outcome }): Step => ({
        name: what,
        needs: ["breaksAws"],
        run: async () => {
          const mend = target.breakAws(fault);
          const ended = await world.nothingSent(() => world.tick());
          mend();
          assert.equal(ended, outcome, "outcome of a tick");
          return `${ended}, nothing sent`;
        },
      }),
    ),
    {
      name: "an alarm by the clock",
      needs: ["breaksAws", "alarmTimers", "virtualTime"],
      run: async () => {
        const mend = target.breakAws({ kind: "unavailable", service: "dynamodb" });
        await world.stands("StateUnreadable", "ALARM");
        mend();
        await world.stands("StateUnreadable", "OK");
        return "state unreadable for minutes: ALARM; readable again: OK";
      },
    },
  ];
}
