import {
  DeleteParameterCommand,
  GetParameterCommand,
  PutParameterCommand,
  type PutParameterCommandInput,
  SSMClient,
} from "@aws-sdk/client-ssm";
import { describe, expect, it } from "vitest";
import type { BusEvent } from "../../lib/local/aws/events.ts";
import { createSsm } from "../../lib/local/aws/ssm.ts";
import { createJournal } from "../../lib/local/journal.ts";
import { anEndpoint, nameOf } from "./an-endpoint.ts";

const NAME = "/shop/prod/live-color";
const START = Date.UTC(2026, 10, 21, 3, 44);

async function aParameterStore() {
  let now = START;
  const told: BusEvent[] = [];
  const journal = createJournal();
  const { handlers } = createSsm({ journal, emit: (event) => told.push(event) });
  const { operator } = await anEndpoint({ ssm: handlers }, () => now);
  const client = new SSMClient(operator);
  const put = (Value: string, more: Partial<PutParameterCommandInput> = {}) =>
    client.send(new PutParameterCommand({ Name: NAME, Value, Type: "String", ...more }));
  const get = async (Name = NAME, WithDecryption?: boolean) =>
    (await client.send(new GetParameterCommand({ Name, ...(WithDecryption && { WithDecryption }) })))
      .Parameter;
  const remove = () => client.send(new DeleteParameterCommand({ Name: NAME }));
  const pass = (ms: number) => {
    now += ms;
  };
  return { put, get, remove, pass, told, journal };
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
