import { SSMClient } from "@aws-sdk/client-ssm";
import { describe, expect, it } from "vitest";
import { TargetUnreadable } from "../../lib/app/errors.ts";
import type { LiveColorHistory } from "../../lib/app/ports.ts";
import { SsmLiveColor } from "../../lib/aws/ssm-live-color.ts";
import { createSsm } from "../../lib/local/aws/ssm.ts";
import { createJournal } from "../../lib/local/journal.ts";
import { anEndpoint } from "../local/an-endpoint.ts";
import { MemoryLiveColor } from "../support/memory/live-color.ts";

const NAME = "/support/test/live-color";
const START = Date.UTC(2026, 10, 21, 3, 44);
const SECOND = 1000;

/** The port, and what a release pipeline, an operator and AWS itself do behind it. */
interface Held {
  readonly port: LiveColorHistory;
  write(color: string): void;
  fail(): void;
}

async function onParameterStore(now: () => number): Promise<Held> {
  const store = createSsm({ journal: createJournal(), emit: () => {}, now, at: () => {} });
  const { operator, faults } = await anEndpoint({ ssm: store.handlers }, now);
  return {
    port: new SsmLiveColor(new SSMClient(operator), NAME),
    write: (Value) => void store.put({ Name: NAME, Value, Type: "String", Overwrite: true }, { at: now() }),
    fail: () => void faults.inject({ kind: "denied", service: "ssm" }),
  };
}

async function inMemory(now: () => number): Promise<Held> {
  const port = new MemoryLiveColor(now);
  return {
    port,
    write: (color) => {
      port.value = color;
    },
    fail: () => {
      port.unavailable = true;
    },
  };
}

describe.each([
  ["in Parameter Store", onParameterStore],
  ["in memory", inMemory],
])("the live color %s", (_where, held) => {
  /** One version each second, named by their first letters. */
  async function written(colors: string): Promise<Held> {
    let now = START;
    const there = await held(() => now);
    for (const letter of colors) {
      now += SECOND;
      there.write(letter);
    }
    return there;
  }

  it.each([
    ["b", "b", 1],
    ["bg", "g", 2],
    ["bg", "b", undefined],
    ["bgg", "g", 2],
    ["ggbgg", "g", 4],
    ["ggb", "g", undefined],
    ["", "g", undefined],
    // On either side of a page of 50.
    [`${"b".repeat(49)}g`, "g", 50],
    [`${"b".repeat(50)}g`, "g", 51],
    [`b${"g".repeat(60)}`, "g", 2],
  ])("after %s is %s since version %s", async (colors, color, version) => {
    const { port } = await written(colors);
    const expected = version === undefined ? undefined : { version, modifiedAt: START + version * SECOND };
    expect(await port.since(color)).toEqual(expected);
  });

  it("has a zero at or before the version that a read answers", async () => {
    const { port } = await written("bbgg");
    expect(await port.read()).toEqual({ value: "g", version: 4, modifiedAt: START + 4 * SECOND });
    expect(await port.since("g")).toEqual({ version: 3, modifiedAt: START + 3 * SECOND });
  });

  it("is unreadable while Parameter Store does not answer", async () => {
    const there = await written("b");
    there.fail();
    await expect(there.port.since("b")).rejects.toThrow(TargetUnreadable);
    await expect(there.port.read()).rejects.toThrow(TargetUnreadable);
  });
});

describe("a row of the same color longer than Parameter Store keeps", () => {
  it("begins with the oldest version that is kept", async () => {
    const there = await onParameterStore(() => START);
    for (let i = 0; i < 120; i += 1) there.write("b");
    expect(await there.port.since("b")).toEqual({ version: 21, modifiedAt: START });
  });
});
