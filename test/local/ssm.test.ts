import {
  DeleteParameterCommand,
  GetParameterCommand,
  GetParameterHistoryCommand,
  type GetParameterHistoryCommandInput,
  PutParameterCommand,
  type PutParameterCommandInput,
  SSMClient,
} from "@aws-sdk/client-ssm";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { BusEvent } from "../../lib/local/aws/events.ts";
import { parameterHistory } from "../../lib/local/aws/parameter-history.ts";
import { createSsm } from "../../lib/local/aws/ssm.ts";
import { createJournal } from "../../lib/local/journal.ts";
import { anEndpoint, nameOf } from "./an-endpoint.ts";

const NAME = "/shop/prod/live-color";
const START = Date.UTC(2026, 10, 21, 3, 44);

async function aParameterStore() {
  let now = START;
  const told: BusEvent[] = [];
  const planned: { instant: number; action: () => void }[] = [];
  const journal = createJournal();
  const { handlers, ...store } = createSsm({
    journal,
    emit: (event) => told.push(event),
    now: () => now,
    at: (instant, action) => planned.push({ instant, action }),
  });
  const { operator, defects } = await anEndpoint({ ssm: handlers }, () => now);
  const client = new SSMClient(operator);
  const put = (Value: string, more: Partial<PutParameterCommandInput> = {}) =>
    client.send(new PutParameterCommand({ Name: NAME, Value, Type: "String", ...more }));
  const get = async (Name = NAME, WithDecryption?: boolean) =>
    (await client.send(new GetParameterCommand({ Name, ...(WithDecryption && { WithDecryption }) })))
      .Parameter;
  const history = (more: Partial<GetParameterHistoryCommandInput> = {}) =>
    client.send(new GetParameterHistoryCommand({ Name: NAME, ...more }));
  const remove = () => client.send(new DeleteParameterCommand({ Name: NAME }));
  /** Changes the color `after` milliseconds from now. */
  const plan = (Value: string, after: number) =>
    store.put({ Name: NAME, Value, Type: "String", Overwrite: true }, { at: now + after });
  const pass = (ms: number) => {
    now += ms;
    for (const { instant, action } of planned.splice(0))
      if (instant <= now) action();
      else planned.push({ instant, action });
  };
  return { put, get, history, remove, plan, pass, told, journal, store, defects };
}

describe("Parameter Store", () => {
  it("answers the latest value with its version and the instant of its change", async () => {
    const { put, get, pass } = await aParameterStore();
    await put("blue");
    pass(90_000);
    expect(await put("green", { Overwrite: true })).toMatchObject({ Version: 2 });
    expect(await get()).toMatchObject({
      Name: NAME,
      Value: "green",
      Version: 2,
      LastModifiedDate: new Date(START + 90_000),
      ARN: "arn:aws:ssm:us-east-1:123456789012:parameter/shop/prod/live-color",
    });
  });

  it("answers an older version by its number, and by ARN", async () => {
    const { put, get } = await aParameterStore();
    await put("blue");
    await put("green", { Overwrite: true });
    expect(await get(`${NAME}:1`)).toMatchObject({ Value: "blue", Version: 1 });
    expect(await get(`arn:aws:ssm:us-east-1:123456789012:parameter${NAME}`)).toMatchObject({
      Value: "green",
    });
    expect(await nameOf(get(`${NAME}:3`))).toBe("ParameterVersionNotFound");
  });

  it("keeps the last hundred versions", async () => {
    const { put, get } = await aParameterStore();
    for (let i = 1; i <= 101; i += 1) await put(`v${i}`, { Overwrite: true });
    expect(await nameOf(get(`${NAME}:1`))).toBe("ParameterVersionNotFound");
    expect((await get(`${NAME}:2`))?.Value).toBe("v2");
  });

  it.each<[string, string, Partial<PutParameterCommandInput>, string]>([
    ["a second creation", "green", {}, "ParameterAlreadyExists"],
    ["an empty value", "", { Overwrite: true }, "ValidationException"],
    ["4096 characters", "x".repeat(4096), { Overwrite: true }, "answered"],
    ["4097 characters", "x".repeat(4097), { Overwrite: true }, "ValidationException"],
    ["a new name without a type", "x", { Name: "/other", Type: undefined }, "ValidationException"],
    ["an overwrite without a type", "x", { Overwrite: true, Type: undefined }, "answered"],
    ["the standard tier", "x", { Overwrite: true, Tier: "Standard" }, "answered"],
    [
      "a value outside the pattern",
      "red",
      { Overwrite: true, AllowedPattern: "^(blue|green)$" },
      "ParameterPatternMismatchException",
    ],
  ])("answers %s as AWS does", async (_name, value, more, expected) => {
    const { put } = await aParameterStore();
    await put("blue");
    expect(await nameOf(put(value, more))).toBe(expected);
  });

  it("keeps a value after a refused overwrite", async () => {
    const { put, get } = await aParameterStore();
    await put("blue");
    await nameOf(put("green"));
    expect(await get()).toMatchObject({ Value: "blue", Version: 1 });
  });

  it("gives a SecureString in clear only when asked to decrypt", async () => {
    const { put, get } = await aParameterStore();
    await put("secret", { Type: "SecureString" });
    expect((await get(NAME, true))?.Value).toBe("secret");
    expect((await get())?.Value).not.toContain("secret");
  });

  it("does not know a deleted parameter and counts its versions anew", async () => {
    const { put, get, remove } = await aParameterStore();
    await put("blue");
    await put("green", { Overwrite: true });
    await remove();
    expect(await nameOf(get())).toBe("ParameterNotFound");
    expect(await nameOf(remove())).toBe("ParameterNotFound");
    expect(await put("blue")).toMatchObject({ Version: 1 });
  });

  it("tells the event bus and the journal of every change, and of nothing else", async () => {
    const { put, get, remove, told, journal } = await aParameterStore();
    await put("blue");
    await put("green", { Overwrite: true });
    await get();
    await nameOf(put("blue"));
    await remove();
    expect(told.map(({ detail }) => detail)).toEqual(
      ["Create", "Update", "Delete"].map((operation) => ({ operation, name: NAME, type: "String" })),
    );
    expect(told[0]).toMatchObject({
      at: START,
      source: "aws.ssm",
      detailType: "Parameter Store Change",
      resources: ["arn:aws:ssm:us-east-1:123456789012:parameter/shop/prod/live-color"],
    });
    expect(journal.events).toMatchObject([
      { kind: "parameter", operation: "Create", by: "operator" },
      { kind: "parameter", operation: "Update" },
      { kind: "parameter", operation: "Delete" },
    ]);
  });
});

describe("a planned change of a parameter", () => {
  it.each([
    ["one before", 19_999, "blue", 1],
    ["exactly at", 20_000, "green", 2],
    ["one after", 20_001, "green", 2],
  ])("is there for a reader %s its instant: %i ms on, %s", async (_when, after, Value, Version) => {
    const { put, get, plan, pass, store } = await aParameterStore();
    await put("blue");
    plan("green", 20_000);
    pass(after);
    expect(await get()).toMatchObject({ Value, Version });
    expect(store.value(NAME)).toBe(Value);
  });

  it("is told to event bus and journal at its instant, by the operator unless another is named", async () => {
    const { put, plan, pass, told, journal } = await aParameterStore();
    await put("blue");
    plan("green", 20_000);
    pass(19_999);
    expect([told.length, journal.events.length]).toEqual([1, 1]);
    pass(1);
    expect(told.at(-1)).toMatchObject({ at: START + 20_000, detail: { operation: "Update", name: NAME } });
    expect(journal.events.at(-1)).toMatchObject({ at: START + 20_000, kind: "parameter", by: "operator" });
  });

  it("of a name that is free creates the parameter, and a deletion takes it away, each at its instant", async () => {
    const { get, plan, pass, store, told } = await aParameterStore();
    plan("blue", 1000);
    store.delete(NAME, { at: START + 2000 });
    plan("green", 3000);
    expect(await nameOf(get())).toBe("ParameterNotFound");
    pass(1000);
    expect(await get()).toMatchObject({ Value: "blue", Version: 1 });
    pass(1000);
    expect(await nameOf(get())).toBe("ParameterNotFound");
    pass(1000);
    expect(await get()).toMatchObject({ Value: "green", Version: 1 });
    expect(told.map(({ detail }) => (detail as { operation: string }).operation)).toEqual([
      "Create",
      "Delete",
      "Create",
    ]);
  });

  it("counts on from the one planned before it", async () => {
    const { put, plan } = await aParameterStore();
    await put("blue");
    expect(
      [plan("green", 1000), plan("blue", 1000), plan("green", 2000)].map(({ Version }) => Version),
    ).toEqual([2, 3, 4]);
  });

  it("is an error of the run when a later one exists, also over the wire, and changes nothing", async () => {
    const { put, get, plan, pass, defects } = await aParameterStore();
    await put("blue");
    plan("green", 1000);
    expect(() => plan("red", 999)).toThrow(
      /live-color: its latest change is at 2026-11-21T03:44:01\.000Z, a change at 2026-11-21T03:44:00\.999Z/,
    );
    expect(await nameOf(put("red", { Overwrite: true }))).toBe("InternalServerError");
    expect(defects).toHaveLength(1);
    pass(1000);
    expect(await get()).toMatchObject({ Value: "green", Version: 2 });
  });
});

describe("a parameter in time", () => {
  it("shows each reader the latest change up to its instant, and at most a hundred versions", () => {
    const steps = fc.array(fc.record({ wait: fc.nat({ max: 3 }), deletes: fc.boolean() }), {
      maxLength: 150,
    });
    fc.assert(
      fc.property(steps, fc.nat({ max: 450 }), (changes, instant) => {
        const history = parameterHistory("/p");
        let [at, next, expected] = [0, 1, [] as number[]];
        for (const { wait, deletes } of changes) {
          at += wait;
          if (deletes && wait === 3) {
            history.remove(at);
            next = 1;
            if (at <= instant) expected = [];
            continue;
          }
          const rest = { type: "String", allowedPattern: undefined, description: undefined, modifiedBy: "o" };
          history.add({ value: "v", version: next, modifiedAt: at, ...rest });
          if (at <= instant) expected.push(next);
          next += 1;
        }
        expect(history.at(instant).map(({ version }) => version)).toEqual(expected.slice(-100));
      }),
    );
  });
});

describe("the history of a parameter", () => {
  it("tells each version with its value, instant and author, oldest first", async () => {
    const { put, plan, pass, history } = await aParameterStore();
    await put("blue", { Description: "the switch" });
    pass(90_000);
    await put("green", { Overwrite: true });
    plan("blue", 1);
    expect(await history()).toMatchObject({
      Parameters: [
        {
          Name: NAME,
          Type: "String",
          Value: "blue",
          Version: 1,
          LastModifiedDate: new Date(START),
          LastModifiedUser: "arn:aws:iam::123456789012:user/operator",
          Description: "the switch",
        },
        { Value: "green", Version: 2, LastModifiedDate: new Date(START + 90_000) },
      ],
    });
  });

  it.each([
    [undefined, [50, 50]],
    [50, [50, 50]],
    [49, [49, 49, 2]],
    [34, [34, 34, 32]],
  ])("comes in pages of MaxResults %s, of the latest hundred versions", async (MaxResults, sizes) => {
    const { plan, history } = await aParameterStore();
    for (let i = 1; i <= 101; i += 1) plan(`v${i}`, 0);
    const pages: (number | undefined)[][] = [];
    let NextToken: string | undefined;
    do {
      const page = await history({ MaxResults, NextToken });
      pages.push((page.Parameters ?? []).map(({ Version }) => Version));
      NextToken = page.NextToken;
    } while (NextToken !== undefined);
    expect(pages.map(({ length }) => length)).toEqual(sizes);
    expect(pages.flat()).toEqual(Array.from({ length: 100 }, (_, i) => i + 2));
  });

  it("goes on after the last version that it told when others have come and gone between two pages", async () => {
    const { plan, history } = await aParameterStore();
    for (let i = 1; i <= 100; i += 1) plan(`v${i}`, 0);
    const { NextToken } = await history();
    plan("v101", 0);
    const { Parameters = [] } = await history({ NextToken });
    expect([Parameters[0]?.Version, Parameters.at(-1)?.Version]).toEqual([51, 100]);
  });

  it("gives SecureStrings in clear only when asked to decrypt", async () => {
    const { put, history } = await aParameterStore();
    await put("secret", { Type: "SecureString" });
    expect((await history({ WithDecryption: true })).Parameters?.[0]?.Value).toBe("secret");
    expect(JSON.stringify(await history())).not.toContain("secret");
  });

  it.each<[string, Partial<GetParameterHistoryCommandInput>, string]>([
    ["a page of 0", { MaxResults: 0 }, "ValidationException"],
    ["a page of 51", { MaxResults: 51 }, "ValidationException"],
    ["a token of its own making", { NextToken: "bm9uZQ==" }, "InvalidNextToken"],
    ["an unknown name", { Name: "/other" }, "ParameterNotFound"],
    ["an ARN", { Name: `arn:aws:ssm:us-east-1:123456789012:parameter${NAME}` }, "answered"],
  ])("answers %s as AWS does", async (_name, more, expected) => {
    const { put, history } = await aParameterStore();
    await put("blue");
    expect(await nameOf(history(more))).toBe(expected);
  });

  it("refuses the token of another parameter", async () => {
    const { put, history } = await aParameterStore();
    await put("blue");
    await put("green", { Overwrite: true });
    await put("x", { Name: "/other" });
    const { NextToken } = await history({ MaxResults: 1 });
    expect(await nameOf(history({ Name: "/other", NextToken }))).toBe("InvalidNextToken");
  });
});
