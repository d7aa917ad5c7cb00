import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { latencyBySize } from "../../../lib/local/provider/latency.ts";
import { Provider } from "../../../lib/local/provider/provider.ts";
import { block, MINUTE, NOON, preWarm, SECOND } from "./harness.ts";

const WORKSPACES = ["red", "white", "grey"] as const;
type Workspace = (typeof WORKSPACES)[number];

/** Two keys in each of three workspaces. */
const KEYS = WORKSPACES.flatMap((workspace) =>
  ["app", "warmer"].map((caller) => ({ key: `${workspace}-${caller}`, workspace, caller })),
);

interface Sent {
  readonly workspace: Workspace;
  readonly caller: "app" | "warmer";
  readonly at: number;
  /** Which of a few prompts; they share their first block. */
  readonly variant: string;
  readonly ttl: "5m" | "1h";
}

function aProvider(): Provider {
  return new Provider({ keys: KEYS, now: () => NOON, latency: latencyBySize });
}

/** What the request consumed. */
function send(provider: Provider, { workspace, caller, at, variant, ttl }: Sent) {
  const body = Buffer.from(JSON.stringify(preWarm([block(600, ttl), block(600, ttl, variant)])));
  const headers = {
    "x-api-key": `${workspace}-${caller}`,
    "anthropic-version": "2023-06-01",
    "x-virtual-time": String(at),
  };
  provider.answer({ method: "POST", path: "/v1/messages", headers, body });
  const last = provider.log.at(-1);
  if (last?.status !== 200) throw new Error(`answered ${last?.status} ${last?.errorType}`);
  return last.usage;
}

const readOf = (provider: Provider, workspace: Workspace, at: number) =>
  send(provider, { workspace, caller: "app", at, variant: "a", ttl: "5m" })?.readTokens;

describe("workspaces of one provider", () => {
  it("each see what they would see alone, whatever the others send between", () => {
    const sent = fc.array(
      fc.record({
        workspace: fc.constantFrom(...WORKSPACES),
        caller: fc.constantFrom("app" as const, "warmer" as const),
        after: fc.integer({ min: 0, max: 400 }),
        variant: fc.constantFrom("a", "b"),
        ttl: fc.constantFrom("5m" as const, "1h" as const),
      }),
      { minLength: 1, maxLength: 25 },
    );
    fc.assert(
      fc.property(sent, (steps) => {
        let at = NOON;
        const requests = steps.map(({ after, ...request }): Sent => {
          at += after * SECOND;
          return { ...request, at };
        });
        const shared = aProvider();
        const together = requests.map((request) => ({ request, usage: send(shared, request) }));
        for (const workspace of WORKSPACES) {
          const alone = aProvider();
          for (const { request, usage } of together.filter((one) => one.request.workspace === workspace)) {
            expect(usage).toEqual(send(alone, request));
          }
          expect(shared.cache.entriesAt(at).filter((entry) => entry.workspace === workspace)).toEqual(
            alone.cache.entriesAt(at),
          );
          const { cost } = shared.bill.total({ workspace });
          expect(cost).toBe(alone.bill.total().cost);
        }
      }),
      { numRuns: 50 },
    );
  });

  it("are not kept warm by a read in another one", () => {
    const provider = aProvider();
    for (const workspace of ["red", "white"] as const) readOf(provider, workspace, NOON);
    expect(readOf(provider, "red", NOON + 4 * MINUTE)).toBe(1_200);
    expect(readOf(provider, "white", NOON + 5 * MINUTE)).toBe(0);
    expect(readOf(provider, "red", NOON + 5 * MINUTE)).toBe(1_200);
  });

  it("lose their entries together, or one alone, as an eviction says", () => {
    const provider = aProvider();
    for (const workspace of WORKSPACES) readOf(provider, workspace, NOON);
    provider.faults.add({ kind: "evict", at: NOON + MINUTE, workspace: "white" });
    const reads = (at: number) => WORKSPACES.map((workspace) => readOf(provider, workspace, at));
    expect(reads(NOON + MINUTE)).toEqual([1_200, 0, 1_200]);
    provider.faults.add({ kind: "evict", at: NOON + 2 * MINUTE });
    expect(reads(NOON + 2 * MINUTE)).toEqual([0, 0, 0]);
  });

  it("are told apart by the key, so one key for two of them is refused, and not printed", () => {
    const keys = [...KEYS, { key: "red-app", workspace: "white", caller: "app" }];
    const make = () => new Provider({ keys, now: () => NOON });
    expect(make).toThrow("keys[6] is the key of app again; a key belongs to one workspace");
  });
});
