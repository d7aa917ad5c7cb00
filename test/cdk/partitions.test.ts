import { describe, expect, it } from "vitest";
import { worstCaseNote } from "../../lib/cdk/worst-case-note.ts";
import { resolveConfig } from "../../lib/core/config.ts";
import { STACK_OUTPUTS } from "../../lib/core/stack-outputs.ts";
import { OPTIONS, only, propertiesOf, synthesize } from "./synthesize.ts";

const partitions = [
  { name: "eu", share: 0.5, apiKeyParameter: "/keys/eu" },
  { name: "us", share: 0.5, apiKeyParameter: "/keys/us" },
];
const template = synthesize({ partitions });
const functions = propertiesOf(template, "AWS::Lambda::Function");
const warms = Object.entries(functions).filter(([id]) => id.startsWith("WarmerWarm"));

/** All that a role's statements say, as one text. */
function policyOf(role: string): string {
  return Object.values(propertiesOf(template, "AWS::IAM::Policy"))
    .filter(({ Roles }) => Roles.some((id) => id.startsWith(`<${role}`)))
    .map(({ PolicyDocument }) => JSON.stringify(PolicyDocument.Statement))
    .join("");
}

describe("a stack with two partitions", () => {
  it("has a warm function for each, that knows which it is, and one each of the others", () => {
    const names = warms.map(([, { Environment }]) => Environment.Variables["PARTITION"]);
    expect(names).toEqual(["eu", "us"]);
    expect(Object.keys(functions)).toHaveLength(5);
    const roles = new Set(warms.map(([, { Role }]) => JSON.stringify(Role)));
    const logs = new Set(warms.map(([, { LoggingConfig }]) => LoggingConfig.LogGroup));
    expect([roles.size, logs.size]).toEqual([2, 2]);
  });

  it.each(["WarmerWarmTick", "WarmerLiveColorChange"])("makes both targets of the one rule %s", (rule) => {
    const { Targets } = only(propertiesOf(template, "AWS::Events::Rule"), rule);
    expect(Targets.map(({ Arn }) => Arn)).toEqual(warms.map(([id]) => `<${id}.Arn>`));
    for (const target of Targets) expect(target).not.toHaveProperty("Input");
  });

  it.each([
    ["eu", "us"],
    ["us", "eu"],
  ])("lets the warm function of %s see neither the key nor the state of %s", (own, other) => {
    const policy = policyOf(`WarmerWarmRole${own}`);
    expect(policy).toContain(`parameter/keys/${own}`);
    expect(policy).toContain(`"control@${own}"`);
    expect(policy).not.toContain(`keys/${other}`);
    expect(policy).not.toContain(`@${other}`);
    expect(policy).not.toMatch(/"(control|prefix|gate)"/);
  });

  it.each(["WarmerMonitorRole", "WarmerPauseRole", "WarmerGateRole"])("lets %s go over both", (role) => {
    expect(policyOf(role)).toContain('"control@eu","control@eu#*","control@us","control@us#*"');
  });

  it("watches the errors of each warm function", () => {
    const alarms = Object.values(propertiesOf(template, "AWS::CloudWatch::Alarm"));
    const errors = alarms.filter(({ AlarmName }) => AlarmName.includes("WarmErrors"));
    expect(errors.map(({ AlarmName }) => AlarmName).sort()).toEqual([
      "support-prod-WarmErrors-eu",
      "support-prod-WarmErrors-us",
    ]);
    const watched = errors.map(({ Dimensions }) => JSON.stringify(Dimensions));
    expect(new Set(watched).size).toBe(2);
  });

  it("tells the CLI each function's name, and a person what each partition costs", () => {
    const [eu, us] = warms.map(([id]) => id);
    expect(template.Outputs[STACK_OUTPUTS.warmFunctionName]?.Value).toBe(`eu=<${eu}>,us=<${us}>`);
    const note = worstCaseNote(resolveConfig({ ...OPTIONS, partitions }));
    expect(note).toMatch(
      /^support\/prod eu: keeping 2 prefixes .* within its share of \$1\.00 per UTC hour;\n/,
    );
    expect(note).toMatch(/\nsupport\/prod us: keeping 2 prefixes /);
    expect(note).toMatch(/\$2\.00 per UTC hour and \$10\.00 per UTC day/);
  });
});

describe("a stack without partitions", () => {
  it("says nothing of them anywhere", () => {
    const plain = JSON.stringify(synthesize());
    expect(plain).not.toMatch(/PARTITION|partitions|@/);
  });
});
