import { Role, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import { Key } from "aws-cdk-lib/aws-kms";
import { Stack } from "aws-cdk-lib/core";
import { describe, expect, it } from "vitest";
import { kindsReadBy, kindsWrittenBy, type Role as StateRole } from "../../lib/core/state-kinds.ts";
import { PromptCacheWarmer } from "../../lib/index.ts";
import {
  listOf,
  newApp,
  newStack,
  OPTIONS,
  propertiesOf,
  type Statement,
  type SynthesizedTemplate,
  synthesize,
  templateOf,
} from "./synthesize.ts";

const template = synthesize();
const TABLE = "<WarmerState508347C4.Arn>";
const parameter = (name: string) =>
  `arn:<AWS::Partition>:ssm:<AWS::Region>:<AWS::AccountId>:parameter/support/prod/${name}`;

/** The statements that a role has, by the start of its logical id. */
function statementsOf(from: SynthesizedTemplate, role: string): Statement[] {
  return Object.values(propertiesOf(from, "AWS::IAM::Policy"))
    .filter(({ Roles }) => Roles.some((id) => id.startsWith(`<${role}`)))
    .flatMap(({ PolicyDocument }) => PolicyDocument.Statement);
}

/** Each allowed action with each of its resources: `ssm:GetParameter arn:…`, conditions in brackets. */
function allowed(statements: readonly Statement[]): string[] {
  return statements
    .filter(({ Effect }) => Effect === "Allow")
    .flatMap(({ Action, Resource, Condition }) =>
      listOf(Action).flatMap((action) =>
        listOf(Resource).map(
          (resource) =>
            `${action} ${resource}${Condition === undefined ? "" : ` [${leaves(Condition).join(" ")}]`}`,
        ),
      ),
    )
    .sort();
}

function leaves(value: unknown): string[] {
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(leaves) : [String(value)];
}

const keys = (kind: string) => `[${kind} ${kind}#*]`;

const READ_CONTROL = `dynamodb:GetItem ${TABLE} ${keys("control")}`;
const WRITE_CONTROL = `dynamodb:PutItem ${TABLE} ${keys("control")}`;
const READ_PREFIXES = `dynamodb:Query ${TABLE} ${keys("prefix")}`;
const READ_DUE = `dynamodb:Query ${TABLE}/index/byDue ${keys("prefix")}`;
const READ_PLAN = `dynamodb:GetItem ${TABLE} ${keys("plan")}`;
const READ_MANIFEST = [
  `dynamodb:GetItem ${TABLE} ${keys("manifest")}`,
  `dynamodb:Query ${TABLE} ${keys("manifest")}`,
];
const READ_INCIDENTS = [
  `dynamodb:GetItem ${TABLE} ${keys("incident")}`,
  `dynamodb:Query ${TABLE} ${keys("incident")}`,
];
const READ_HEADER = `dynamodb:GetItem ${TABLE} ${keys("manifest")}`;
const READ_BODIES = `dynamodb:BatchGetItem ${TABLE} ${keys("body")}`;
const READ_GATES = `dynamodb:GetItem ${TABLE} ${keys("gate")}`;
const WRITE_GATES = `dynamodb:PutItem ${TABLE} ${keys("gate")}`;
const READ_MARKS = `dynamodb:Query ${TABLE} ${keys("mark")}`;
const WRITE_MARKS = `dynamodb:PutItem ${TABLE} ${keys("mark")}`;
const READ_HISTORY = `dynamodb:GetItem ${TABLE} ${keys("history")}`;
const WRITE_HISTORY = `dynamodb:PutItem ${TABLE} ${keys("history")}`;
const READ_USAGE = `dynamodb:Query ${TABLE} ${keys("usage")}`;
const READ_COLOR = `ssm:GetParameter ${parameter("live-color")}`;
const READ_COLOR_HISTORY = `ssm:GetParameterHistory ${parameter("live-color")}`;
const READ_ADVICE = `ssm:GetParameter ${parameter("ttl-advice")}`;
const SEND_METRICS = "cloudwatch:PutMetricData * [PromptCacheWarmer]";
const writeLog = (id: string) => [`logs:CreateLogStream <${id}.Arn>`, `logs:PutLogEvents <${id}.Arn>`];
const logOf = (start: string) =>
  writeLog(
    Object.keys(propertiesOf(template, "AWS::Logs::LogGroup")).find((id) => id.startsWith(start)) ?? "",
  );

const [failureQueue] = Object.keys(propertiesOf(template, "AWS::SQS::Queue"));

describe("the functions' roles", () => {
  it.each([
    [
      "WarmerWarm",
      [
        READ_CONTROL,
        WRITE_CONTROL,
        READ_PREFIXES,
        READ_DUE,
        `dynamodb:BatchGetItem ${TABLE} ${keys("prefix")}`,
        `dynamodb:PutItem ${TABLE} ${keys("prefix")}`,
        `dynamodb:BatchWriteItem ${TABLE} ${keys("prefix")}`,
        READ_PLAN,
        `dynamodb:PutItem ${TABLE} ${keys("plan")}`,
        ...READ_MANIFEST,
        READ_BODIES,
        READ_GATES,
        WRITE_GATES,
        READ_USAGE,
        READ_COLOR,
        READ_COLOR_HISTORY,
        `ssm:GetParameter ${parameter("provider-api-key")}`,
        SEND_METRICS,
      ],
    ],
    [
      "WarmerMonitor",
      [
        READ_CONTROL,
        WRITE_CONTROL,
        READ_PREFIXES,
        READ_DUE,
        READ_HEADER,
        `dynamodb:GetItem ${TABLE} ${keys("incident")}`,
        `dynamodb:PutItem ${TABLE} ${keys("incident")}`,
        READ_HISTORY,
        WRITE_HISTORY,
        READ_MARKS,
        WRITE_MARKS,
        READ_USAGE,
        READ_COLOR,
        READ_PLAN,
        READ_ADVICE,
        `ssm:PutParameter ${parameter("ttl-advice")}`,
        SEND_METRICS,
        `sns:Publish <${Object.keys(propertiesOf(template, "AWS::SNS::Topic"))[0]}>`,
      ],
    ],
    ["WarmerPause", [READ_CONTROL, WRITE_CONTROL, `sqs:SendMessage <${failureQueue}.Arn>`]],
    [
      "WarmerGate",
      [
        READ_CONTROL,
        WRITE_CONTROL,
        ...READ_MANIFEST,
        READ_GATES,
        WRITE_GATES,
        WRITE_MARKS,
        READ_COLOR,
        `lambda:InvokeFunction <${Object.keys(propertiesOf(template, "AWS::Lambda::Function")).find((id) => id.startsWith("WarmerWarm"))}.Arn>`,
      ],
    ],
  ])("let %s do what its code does, and no more", (id, expected) => {
    expect(allowed(statementsOf(template, `${id}Role`))).toEqual([...expected, ...logOf(`${id}Log`)].sort());
  });

  it.each(["WarmerWarm", "WarmerMonitor", "WarmerPause", "WarmerGate"])(
    "forbid %s to flip the color, to silence an alarm and to change a permission",
    (id) => {
      const denied = statementsOf(template, `${id}Role`).filter(({ Effect }) => Effect === "Deny");
      expect(denied).toEqual([
        {
          Effect: "Deny",
          Resource: "*",
          Action: [
            "cloudwatch:DisableAlarmActions",
            "cloudwatch:PutAlarmMuteRule",
            "cloudwatch:SetAlarmState",
            "iam:*",
            "ssm:DeleteParameter",
            "ssm:DeleteParameters",
            ...(id === "WarmerMonitor" ? [] : ["ssm:PutParameter"]),
          ],
        },
        // Whoever publishes the advice can write that, and neither the live color nor the key.
        ...(id === "WarmerMonitor"
          ? [{ Effect: "Deny", NotResource: parameter("ttl-advice"), Action: "ssm:PutParameter" }]
          : []),
      ]);
    },
  );

  it.each([
    ["warm", "WarmerWarm"],
    ["monitor", "WarmerMonitor"],
    ["pause", "WarmerPause"],
    ["gate", "WarmerGate"],
  ] as const)("hold %s to the kinds of items that it reads and writes", (role, id) => {
    expect(kindsIn(statementsOf(template, `${id}Role`))).toEqual(kindsOf(role));
  });
});

/** Kinds that the statements let a role read or write, as `read control`. */
function kindsIn(statements: readonly Statement[]): string[] {
  const found = allowed(statements)
    .filter((line) => line.startsWith("dynamodb:") && line !== "dynamodb:ListTables *")
    .map((line) => {
      const verb = /^dynamodb:(BatchWriteItem|PutItem) /.test(line) ? "write" : "read";
      return `${verb} ${/\[(\w+) /.exec(line)?.[1]}`;
    });
  return [...new Set(found)].sort();
}

function kindsOf(role: StateRole): string[] {
  return [
    ...kindsReadBy(role).map((kind) => `read ${kind}`),
    ...kindsWrittenBy(role).map((kind) => `write ${kind}`),
  ].sort();
}

describe("apiKeyEncryptionKey", () => {
  it("lets warm alone decrypt, through Parameter Store, the API key's parameter", () => {
    const stack = new Stack(newApp(), "support");
    const apiKeyEncryptionKey = Key.fromKeyArn(stack, "Key", "arn:aws:kms:eu-west-1:123456789012:key/k");
    new PromptCacheWarmer(stack, "Warmer", { ...OPTIONS, apiKeyEncryptionKey });
    const withKey = templateOf(stack);
    const decrypt = allowed(statementsOf(withKey, "WarmerWarmRole")).filter((line) =>
      line.startsWith("kms:"),
    );
    expect(decrypt).toEqual([
      `kms:Decrypt arn:aws:kms:eu-west-1:123456789012:key/k [ssm.<AWS::Region>.amazonaws.com ${parameter("provider-api-key")}]`,
    ]);
    for (const id of ["WarmerMonitorRole", "WarmerPauseRole", "WarmerGateRole"]) {
      expect(JSON.stringify(statementsOf(withKey, id))).not.toContain("kms:");
    }
  });
});

describe("a grant", () => {
  const DESCRIBE = "cloudformation:DescribeStacks <AWS::StackId>";

  function granted(give: (warmer: PromptCacheWarmer, role: Role) => void): Statement[] {
    const stack = newStack();
    const role = new Role(stack, "Grantee", {
      assumedBy: new ServicePrincipal("codepipeline.amazonaws.com"),
    });
    give(stack.warmer, role);
    return statementsOf(templateOf(stack), "Grantee");
  }

  const gateFunction = () =>
    Object.keys(propertiesOf(template, "AWS::Lambda::Function")).find((id) => id.startsWith("WarmerGate"));

  it("to flip may overwrite the live color, but neither create nor delete it, nor change the control item", () => {
    const statements = granted((warmer, role) => warmer.grantFlip(role).assertSuccess());
    expect(allowed(statements)).toEqual(
      [
        READ_CONTROL,
        ...READ_MANIFEST,
        WRITE_MARKS,
        `lambda:InvokeFunction <${gateFunction()}.Arn>`,
        READ_COLOR,
        `ssm:PutParameter ${parameter("live-color")} [true]`,
        DESCRIBE,
      ].sort(),
    );
    expect(statements.find(({ Action }) => Action === "ssm:PutParameter")?.Condition).toEqual({
      StringEquals: { "ssm:Overwrite": "true" },
    });
  });

  it("to operate may pause, resume, close incidents and read the status, but not make the warmer spend", () => {
    const [topic] = Object.keys(propertiesOf(template, "AWS::SNS::Topic"));
    const statements = granted((warmer, role) => warmer.grantOperate(role).assertSuccess());
    expect(allowed(statements)).toEqual(
      [
        READ_CONTROL,
        WRITE_CONTROL,
        READ_PREFIXES,
        ...READ_MANIFEST,
        ...READ_INCIDENTS,
        `dynamodb:PutItem ${TABLE} ${keys("incident")}`,
        READ_HISTORY,
        READ_MARKS,
        WRITE_MARKS,
        READ_USAGE,
        READ_COLOR,
        READ_ADVICE,
        "cloudwatch:DescribeAlarms *",
        "dynamodb:ListTables *",
        `sns:GetTopicAttributes <${topic}>`,
        `sns:ListSubscriptionsByTopic <${topic}>`,
        DESCRIBE,
      ].sort(),
    );
    expect(kindsIn(statements)).toEqual(kindsOf("operator"));
  });

  it("to publish may store manifests and bodies beside the live ones, but not change the control item", () => {
    const statements = granted((warmer, role) => warmer.grantPublish(role).assertSuccess());
    expect(allowed(statements)).toEqual(
      [
        ...READ_MANIFEST,
        `dynamodb:BatchWriteItem ${TABLE} ${keys("manifest")}`,
        `dynamodb:PutItem ${TABLE} ${keys("manifest")}`,
        READ_BODIES,
        `dynamodb:BatchWriteItem ${TABLE} ${keys("body")}`,
        WRITE_MARKS,
        READ_COLOR,
        DESCRIBE,
      ].sort(),
    );
    expect(kindsIn(statements)).toEqual(kindsOf("publisher"));
  });

  it("to gate may call the gate function by its name, and find it", () => {
    const gate = Object.keys(propertiesOf(template, "AWS::Lambda::Function")).find((id) =>
      id.startsWith("WarmerGate"),
    );
    const statements = granted((warmer, role) => warmer.grantGate(role).assertSuccess());
    expect(allowed(statements)).toEqual([DESCRIBE, `lambda:InvokeFunction <${gate}.Arn>`]);
  });

  it("to read the advice may read that parameter, and nothing else", () => {
    const statements = granted((warmer, role) => warmer.grantReadAdvice(role).assertSuccess());
    expect(allowed(statements)).toEqual([READ_ADVICE]);
  });

  it("to record may write what the application used, and read nothing", () => {
    const statements = granted((warmer, role) => warmer.grantRecord(role).assertSuccess());
    expect(allowed(statements)).toEqual([`dynamodb:PutItem ${TABLE} ${keys("usage")}`]);
    expect(kindsIn(statements)).toEqual(kindsOf("application"));
  });
});
