/**
 * What each target of the scenario can show, and who shows what it cannot. The table in README.md is made of this,
 * and a step that needs what its target lacks is printed as left out: a difference is listed, never hidden.
 */

export const CAPABILITIES = {
  cdkCli: "`cdk bootstrap` and `cdk deploy` by the real CDK command line, with assets and change sets",
  policies: "every call of a function is checked against its deployed policies",
  policyConditions: "the condition keys `cloudwatch:namespace` and `dynamodb:LeadingKeys`",
  lambdaActions: "an alarm invokes a function, its direct action",
  alarmEvents: "a rule hears of an alarm's change of state",
  parameterEvents: "a rule hears of a change in the Parameter Store",
  alarmTimers: "alarms look at dimensions, at missing data and at the passing of time",
  breaksAws: "AWS itself is broken: throttling, denial, outage",
  virtualTime: "a wait of minutes costs no minutes",
  deletionPolicies: "deletion protection, retained resources, point-in-time recovery",
  lambdaMachine: "arm64 and the Node of Lambda",
} as const;

export type Capability = keyof typeof CAPABILITIES;

/** What the run does where a capability is missing, and who shows it then. */
export interface Lack {
  readonly instead: string;
  readonly shownBy: string;
}

/** A target has a capability, or says what is done about it; to leave one out is a type error. */
export type Abilities = Readonly<Record<Capability, true | Lack>>;

const TEMPLATE: Lack = { instead: "is not looked at", shownBy: "`test/cdk`, in the template" };
const NOBODY: Lack = { instead: "runs the bundles on this machine's processor and Node", shownBy: "nobody" };
const REAL_ONE = "ministack";
const LOCAL_ONE = "local engine";
const INVOKES_PAUSE: Lack = {
  instead: "invokes `pause` itself with the documented event",
  shownBy: LOCAL_ONE,
};
const TAKES_ONE_AWAY: Lack = { instead: "takes one permission away", shownBy: LOCAL_ONE };
const IN_REAL_TIME: Lack = { instead: "leaves out what takes minutes", shownBy: LOCAL_ONE };

export const TARGETS = {
  "local engine": {
    cdkCli: { instead: "takes template and bundles out of the synthesized assembly", shownBy: REAL_ONE },
    policies: true,
    policyConditions: true,
    lambdaActions: true,
    alarmEvents: true,
    parameterEvents: true,
    alarmTimers: true,
    breaksAws: true,
    virtualTime: true,
    deletionPolicies: TEMPLATE,
    lambdaMachine: NOBODY,
  },
  ministack: {
    cdkCli: true,
    policies: true,
    policyConditions: {
      instead:
        "gives the same roles the `PutMetricData` statement without its condition, which never holds there; that of partition keys always holds",
      shownBy: LOCAL_ONE,
    },
    lambdaActions: {
      instead:
        "checks the action and the function's policy, then invokes `pause` itself with the documented event",
      shownBy: LOCAL_ONE,
    },
    alarmEvents: INVOKES_PAUSE,
    parameterEvents: { instead: "waits for the next scheduled tick after a flip", shownBy: LOCAL_ONE },
    alarmTimers: {
      instead: "fires a spend alarm by one value of its metric, the name and state of which SNS is told",
      shownBy: LOCAL_ONE,
    },
    breaksAws: TAKES_ONE_AWAY,
    virtualTime: IN_REAL_TIME,
    deletionPolicies: TEMPLATE,
    lambdaMachine: NOBODY,
  },
  localemu: {
    cdkCli: true,
    policies: true,
    policyConditions: true,
    lambdaActions: true,
    alarmEvents: INVOKES_PAUSE,
    parameterEvents: true,
    alarmTimers: true,
    breaksAws: TAKES_ONE_AWAY,
    virtualTime: IN_REAL_TIME,
    deletionPolicies: TEMPLATE,
    lambdaMachine: NOBODY,
  },
} as const satisfies Record<string, Abilities>;

export type TargetName = keyof typeof TARGETS;

export function can(target: TargetName, capability: Capability): boolean {
  return TARGETS[target][capability] === true;
}

/** The table of README.md: a line for each capability, a column for each target. */
export function capabilityTable(): string {
  const names = Object.keys(TARGETS) as TargetName[];
  const row = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  const cell = (ability: true | Lack) =>
    ability === true ? "yes" : `no: ${ability.instead}; shown by: ${ability.shownBy}`;
  return [
    row(["capability", ...names]),
    row(["---", ...names.map(() => "---")]),
    ...(Object.entries(CAPABILITIES) as [Capability, string][]).map(([capability, what]) =>
      row([what, ...names.map((name) => cell(TARGETS[name][capability]))]),
    ),
  ].join("\n");
}
