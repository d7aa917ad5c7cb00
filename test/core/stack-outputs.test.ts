import { describe, expect, it } from "vitest";
import {
  STACK_OUTPUTS,
  warmerStackName,
  warmFunctionName,
  warmFunctionsText,
} from "../../lib/core/stack-outputs.ts";

describe("the stack of a warmer", () => {
  it("is found by service and environment alone", () => {
    expect(warmerStackName("support", "prod")).toBe("support-prod-warmer");
  });

  it("has outputs whose keys CloudFormation takes, each its own", () => {
    const keys = Object.values(STACK_OUTPUTS);
    for (const key of keys) expect(key).toMatch(/^[A-Za-z0-9]+$/);
    expect(new Set(keys).size).toBe(keys.length);
  });

  it("has the outputs that people's scripts know", () => {
    expect(STACK_OUTPUTS).toEqual({
      tableName: "TableName",
      warmFunctionName: "WarmFunctionName",
      gateFunctionName: "GateFunctionName",
      topicArn: "TopicArn",
      liveColorParameter: "LiveColorParameter",
      configDigest: "ConfigDigest",
    });
  });
});

describe("the text of the warm functions", () => {
  it("is a name alone without partitions, and else one pair for each", () => {
    expect(warmFunctionsText([{ name: "Warm" }])).toBe("Warm");
    const both = [
      { partition: "eu", name: "WarmEu" },
      { partition: "us", name: "WarmUs" },
    ];
    expect(warmFunctionsText(both)).toBe("eu=WarmEu,us=WarmUs");
  });

  it("gives back each partition's function, and no other", () => {
    expect(warmFunctionName("eu=WarmEu,us=WarmUs", "eu")).toBe("WarmEu");
    expect(warmFunctionName("eu=WarmEu,us=WarmUs", "us")).toBe("WarmUs");
    expect(warmFunctionName("Warm", undefined)).toBe("Warm");
  });

  it.each([
    ["eu=WarmEu", undefined, "a warmer without partitions"],
    ["eu=WarmEu", "us", "the partition us"],
    ["Warm", "Warm", "the partition Warm"],
  ])("%j with %j asked for says that something else is deployed", (text, partition, asked) => {
    expect(() => warmFunctionName(text, partition)).toThrow(
      new RangeError(`${asked} is not what is deployed; deploy this configuration first`),
    );
  });
});
