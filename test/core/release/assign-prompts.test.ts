import { describe, expect, it } from "vitest";
import type { Partition } from "../../../lib/core/partitions.ts";
import { assignPrompts } from "../../../lib/core/release/assign-prompts.ts";
import { aRequest } from "../samples.ts";

const partition = (name: string, ...models: readonly string[]): Partition => ({
  name,
  share: 0.5,
  apiKeyParameter: `/keys/${name}`,
  expected: { prefixes: 1, tokensPerPrefix: 1_000, model: "claude-opus-5-5", ttl: "5m" },
  ...(models.length > 0 && { models }),
});

const EU = partition("eu", "claude-opus-5-5", "claude-sonnet-5-5");
const US = partition("us", "claude-haiku-5-5");

const prompt = (name: string, model: string) => ({ name, text: JSON.stringify(aRequest({ model })) });
const opus = prompt("support", "claude-opus-5-5");
const sonnet = prompt("billing", "claude-sonnet-5-5");
const haiku = prompt("triage", "claude-haiku-5-5");

describe("a release of several partitions", () => {
  it("is divided by the models that they are configured with, each in its order", () => {
    const assignment = assignPrompts([EU, US], [sonnet, haiku, opus]);
    expect(assignment).toEqual({
      kind: "assigned",
      prompts: new Map([
        ["eu", [sonnet, opus]],
        ["us", [haiku]],
      ]),
    });
  });

  it("names every prompt whose model none of them has", () => {
    const others = [prompt("a", "claude-opus-4-8"), opus, prompt("b", "claude-opus-4-7")];
    expect(assignPrompts([EU, US], others)).toEqual({
      kind: "faults",
      faults: [
        'a: its model must be in the models of a partition, got "claude-opus-4-8"',
        'b: its model must be in the models of a partition, got "claude-opus-4-7"',
      ],
    });
  });

  it("names a prompt that is no request, beside the others", () => {
    const assignment = assignPrompts(
      [EU, US],
      [{ name: "broken", text: "{" }, prompt("a", "claude-opus-4-8")],
    );
    expect(assignment).toEqual({
      kind: "faults",
      faults: [expect.stringMatching(/^broken: \S+ \S/), expect.stringMatching(/^a: its model /)],
    });
  });

  it("leaves no partition without a prompt: a color without any would be cold there", () => {
    expect(assignPrompts([EU, US], [opus])).toEqual({
      kind: "faults",
      faults: ["the partition us must get a prompt of its models, got none"],
    });
    expect(assignPrompts([EU, partition("us")], [opus])).toMatchObject({ kind: "faults" });
  });
});
