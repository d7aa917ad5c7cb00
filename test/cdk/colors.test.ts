import { describe, expect, it } from "vitest";
import { STACK_OUTPUTS } from "../../lib/core/stack-outputs.ts";
import { type SynthesizedTemplate, synthesize } from "./synthesize.ts";

/** Where two templates differ, as paths. */
function differences(a: unknown, b: unknown, path = ""): string[] {
  if (Object.is(a, b)) return [];
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return [path];
  return [...new Set([...Object.keys(a), ...Object.keys(b)])].flatMap((key) =>
    differences(Reflect.get(a, key), Reflect.get(b, key), path === "" ? key : `${path}.${key}`),
  );
}

/** The template without what is configuration. */
function withoutConfiguration(template: SynthesizedTemplate): string {
  const text = JSON.stringify(template, (key, value) => (key === "WARMER_CONFIG" ? undefined : value));
  const { Outputs: outputs, ...rest } = JSON.parse(text) as SynthesizedTemplate;
  return JSON.stringify(rest);
}

describe("other colors", () => {
  const blueGreen = synthesize();

  it.each([[["v1", "v2", "canary"]], [["green", "blue"]], [["only"]]])(
    "change configuration values and nothing else: %j",
    (colors) => {
      const changed = differences(blueGreen, synthesize({ colors }));
      const functions = Object.entries(blueGreen.Resources)
        .filter(([, { Type }]) => Type === "AWS::Lambda::Function")
        .map(([id]) => `Resources.${id}.Properties.Environment.Variables.WARMER_CONFIG`);
      expect(changed.sort()).toEqual([...functions, `Outputs.${STACK_OUTPUTS.configDigest}.Value`].sort());
    },
  );

  it("occur in no rule, alarm, function or log-group name", () => {
    const text = withoutConfiguration(synthesize({ colors: ["zebra-slot", "quokka-slot"] }));
    expect(text).toContain("/support/prod/live-color");
    expect(text).not.toMatch(/zebra|quokka/i);
  });

  it("leave the template as it is when the live color flips: it is not in there", () => {
    expect(differences(blueGreen, synthesize())).toEqual([]);
    expect(withoutConfiguration(blueGreen)).not.toMatch(/"(blue|green)"/);
  });
});
