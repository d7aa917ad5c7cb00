import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type AlarmRule,
  type AlarmStateValue,
  evaluateAlarm,
  evaluationRangeMs,
  INITIAL_STATE,
  judgeAlarm,
} from "../../lib/local/alarm-evaluation.ts";
import { createMetricStore, type MetricMinute } from "../../lib/local/metric-store.ts";

const NOON = Date.UTC(2026, 10, 21, 12);
const MINUTE = 60_000;

const RULE: AlarmRule = {
  Namespace: "PromptCacheWarmer",
  MetricName: "SecondsSinceCycle",
  Dimensions: [
    { Name: "Service", Value: "chat" },
    { Name: "Environment", Value: "demo" },
  ],
  Statistic: "Maximum",
  Period: 60,
  EvaluationPeriods: 3,
  Threshold: 180,
  ComparisonOperator: "GreaterThanThreshold",
  TreatMissingData: "missing",
};

/** One minute with a single sample. */
function minute(at: number, value: number): MetricMinute {
  return { at, sampleCount: 1, sum: value, minimum: value, maximum: value };
}

/** Minutes that end at noon, from a picture with the newest on the right: 0 good, X breaching, - missing. */
function picture(text: string): MetricMinute[] {
  const cells = text.split(" ");
  return cells.flatMap((cell, i) =>
    cell === "-" ? [] : [minute(NOON - (cells.length - i) * MINUTE, cell === "X" ? 200 : 10)],
  );
}

function state(rule: Partial<AlarmRule>, minutes: readonly MetricMinute[], current: AlarmStateValue = "OK") {
  return evaluateAlarm({ ...RULE, ...rule }, minutes, NOON, current).value;
}

/** Retain current state, in the documentation's tables. */
const KEEP = "KEEP";
const [OK, ALARM, NONE] = ["OK", "ALARM", "INSUFFICIENT_DATA"] as const;
type Cell = AlarmStateValue | typeof KEEP;
type Row = [points: string, missing: Cell, ignore: Cell, breaching: Cell, notBreaching: Cell];

// https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html, read 2026-11; rows
// marked * are in the page's former version only (awsdocs/amazon-cloudwatch-user-guide at 05fd32f).
const THREE_OF_THREE: Row[] = [
  ["0 - X - X", OK, OK, OK, OK],
  ["0 - - - -", OK, OK, OK, OK],
  ["- - - - -", NONE, KEEP, ALARM, OK],
  ["0 X X - X", ALARM, ALARM, ALARM, ALARM],
  ["- - X - -", ALARM, KEEP, ALARM, OK],
  ["- - - - X", NONE, KEEP, ALARM, OK], // *
  ["X - - - -", ALARM, KEEP, ALARM, OK], // *
];
const TWO_OF_THREE: Row[] = [
  ["0 - X - X", ALARM, ALARM, ALARM, ALARM],
  ["0 0 X 0 X", ALARM, ALARM, ALARM, ALARM],
  ["0 - X - -", OK, OK, ALARM, OK],
  ["- - - - 0", OK, OK, ALARM, OK],
  ["- - - X -", ALARM, KEEP, ALARM, OK],
  ["- - - - X", NONE, KEEP, ALARM, OK], // *
];

describe.each([
  [3, THREE_OF_THREE],
  [2, TWO_OF_THREE],
])("the documented examples of %i out of 3", (DatapointsToAlarm, rows) => {
  it.each(rows)("judge %s", (points, ...cells) => {
    const treatments = ["missing", "ignore", "breaching", "notBreaching"] as const;
    for (const current of [OK, ALARM, NONE])
      expect(
        treatments.map((TreatMissingData) =>
          state({ DatapointsToAlarm, TreatMissingData }, picture(points), current),
        ),
        `from ${current}`,
      ).toEqual(cells.map((cell) => (cell === KEEP ? current : cell)));
  });
});

describe("the documented prose", () => {
  it("does not alarm on - - - X - of 3 out of 3, since the next datapoint may be good", () => {
    expect(state({}, picture("- - - X -"))).not.toBe("ALARM");
    expect(state({}, picture("- - X - 0"))).toBe("OK");
  });

  it("goes to ALARM once the last good datapoint has left the range, if missing data is breaching", () => {
    const [good] = picture("0 - - - -");
    const rule = { ...RULE, TreatMissingData: "breaching" } as const;
    const at = (later: number) => evaluateAlarm(rule, good ? [good] : [], NOON + later, "OK").value;
    expect([at(0), at(MINUTE - 1), at(MINUTE)]).toEqual(["OK", "OK", "ALARM"]);
  });

  it("judges a 5-minute period every minute, on windows that overlap", () => {
    const rule = { ...RULE, Period: 300, EvaluationPeriods: 1, Statistic: "Sum", Threshold: 3 } as const;
    const minutes = [1, 2, 3, 4, 5, 6].map((n) => minute(NOON + (n - 1) * MINUTE, n === 6 ? 0 : 1));
    const minuteNumber = (n: number) => evaluateAlarm(rule, minutes, NOON + n * MINUTE, "OK");
    expect([3, 4, 5, 6].map((n) => minuteNumber(n).value)).toEqual(["OK", "ALARM", "ALARM", "ALARM"]);
    expect(JSON.parse(minuteNumber(6).reasonData)).toMatchObject({
      recentDatapoints: [4],
      startDate: "2026-11-21T12:01:00.000+0000",
    });
  });

  it("begins at INSUFFICIENT_DATA, and stays there while ignored data is missing", () => {
    expect(INITIAL_STATE).toBe("INSUFFICIENT_DATA");
    expect(state({ TreatMissingData: "ignore" }, [], INITIAL_STATE)).toBe("INSUFFICIENT_DATA");
  });
});

describe("a threshold", () => {
  it.each([
    ["GreaterThanOrEqualToThreshold", [OK, ALARM, ALARM]],
    ["GreaterThanThreshold", [OK, OK, ALARM]],
    ["LessThanThreshold", [ALARM, OK, OK]],
    ["LessThanOrEqualToThreshold", [ALARM, ALARM, OK]],
  ] as const)("by %s is met one below, exactly at, one above: %j", (ComparisonOperator, expected) => {
    const rule = { ComparisonOperator, Threshold: 5, EvaluationPeriods: 1 };
    expect([4, 5, 6].map((value) => state(rule, [minute(NOON - MINUTE, value)]))).toEqual(expected);
  });
});

describe("M out of N", () => {
  it.each([
    [1, 1, ["0", "X"]],
    [4, 5, ["X X 0 0 X", "X X 0 X X"]],
    [5, 5, ["X X X 0 X", "X X X X X"]],
    [2, 10, ["0 0 0 0 X 0 0 0 0 0", "X 0 0 0 0 0 0 0 0 X"]],
    [1, 3, ["0 0 0", "0 X 0"]],
  ])(
    "of %i out of %i counts breaching datapoints wherever they lie",
    (DatapointsToAlarm, EvaluationPeriods, rows) => {
      const rule = { DatapointsToAlarm, EvaluationPeriods };
      expect(rows.map((points) => state(rule, picture(points)))).toEqual(["OK", "ALARM"]);
    },
  );

  it("does not count what is older than N datapoints", () => {
    expect(state({ DatapointsToAlarm: 2 }, picture("X X 0 0 X"))).toBe("OK");
  });

  it("is N out of N unless it says otherwise", () => {
    expect(state({ DatapointsToAlarm: undefined }, picture("X X 0"))).toBe("OK");
  });
});

describe("a statistic", () => {
  const minutes: MetricMinute[] = [
    { at: NOON - 2 * MINUTE, sampleCount: 3, sum: 12, minimum: 1, maximum: 8 },
    { at: NOON - MINUTE, sampleCount: 1, sum: 2, minimum: 2, maximum: 2 },
  ];
  it.each([
    ["SampleCount", 4],
    ["Sum", 14],
    ["Average", 3.5],
    ["Minimum", 1],
    ["Maximum", 8],
  ] as const)("%s of several samples over several minutes is %d", (Statistic, value) => {
    const rule = { ...RULE, Statistic, Period: 120, EvaluationPeriods: 1 };
    const { reasonData } = evaluateAlarm(rule, minutes, NOON, "OK");
    expect(JSON.parse(reasonData)).toMatchObject({
      recentDatapoints: [value],
      evaluatedDatapoints: [{ sampleCount: 4 }],
    });
  });
});

describe("the instant of a verdict", () => {
  it("is the last full minute: the one under way does not count yet", () => {
    const rule = { ...RULE, EvaluationPeriods: 1, TreatMissingData: "notBreaching" } as const;
    const breach = [minute(NOON, 200)];
    expect(
      [NOON, NOON + MINUTE - 1, NOON + MINUTE].map((at) => evaluateAlarm(rule, breach, at, "OK").value),
    ).toEqual(["OK", "OK", "ALARM"]);
  });

  it("never changes a verdict within its minute, nor with data outside the range", () => {
    const cell = fc.constantFrom("0", "X", "-");
    const treatment = fc.constantFrom("missing", "ignore", "breaching", "notBreaching" as const);
    fc.assert(
      fc.property(
        fc.array(cell, { minLength: 5, maxLength: 5 }),
        treatment,
        fc.nat(MINUTE - 1),
        fc.integer({ min: 1, max: 3 }),
        (cells, treat, later, DatapointsToAlarm) => {
          const rule = {
            ...RULE,
            DatapointsToAlarm,
            TreatMissingData: treat as AlarmRule["TreatMissingData"],
          };
          const minutes = picture(cells.join(" "));
          const outside = [minute(NOON - evaluationRangeMs(rule) - MINUTE, 200), minute(NOON, 200)];
          const verdict = evaluateAlarm(rule, minutes, NOON, "OK");
          expect(evaluateAlarm(rule, minutes, NOON + later, "OK").value).toBe(verdict.value);
          expect(evaluateAlarm(rule, [...minutes, ...outside], NOON, "OK")).toEqual(verdict);
        },
      ),
    );
  });
});

describe("an alarm on stored data", () => {
  const put = (dimensions: Record<string, string>) => {
    const store = createMetricStore();
    for (const n of [1, 2, 3])
      store.put([
        { namespace: RULE.Namespace, metric: RULE.MetricName, dimensions, at: NOON - n * MINUTE, value: 200 },
      ]);
    return judgeAlarm(RULE, store, NOON, INITIAL_STATE).value;
  };

  it("sees its own series, and no other set of dimensions", () => {
    expect(put({ Environment: "demo", Service: "chat" })).toBe("ALARM");
    expect(put({ Environment: "prod", Service: "chat" })).toBe("INSUFFICIENT_DATA");
    expect(put({ Environment: "demo", Service: "chat", Color: "blue" })).toBe("INSUFFICIENT_DATA");
    expect(put({ Service: "chat" })).toBe("INSUFFICIENT_DATA");
  });
});

describe("what is said of a verdict", () => {
  const reason = (rule: Partial<AlarmRule>, points: string) =>
    evaluateAlarm({ ...RULE, ...rule }, picture(points), NOON, "OK").reason;

  it("names the datapoints that crossed the threshold", () => {
    expect(reason({ EvaluationPeriods: 1 }, "X")).toBe(
      "Threshold Crossed: 1 out of the last 1 datapoint [200.0 (21/11/26 11:59:00)] was greater than the threshold " +
        "(180.0) (minimum 1 datapoint for OK -> ALARM transition).",
    );
    expect(reason({ DatapointsToAlarm: 2 }, "0 X 0")).toBe(
      "Threshold Crossed: 2 out of the last 3 datapoints [10.0 (21/11/26 11:59:00), 200.0 (21/11/26 11:58:00), " +
        "10.0 (21/11/26 11:57:00)] were not greater than the threshold (180.0) " +
        "(minimum 2 datapoints for ALARM -> OK transition).",
    );
  });

  it("says how missing datapoints were treated", () => {
    expect(reason({ TreatMissingData: "breaching" }, "-")).toBe(
      "Threshold Crossed: no datapoints were received for 3 periods and 3 missing datapoints were treated as [Breaching].",
    );
    expect(reason({ TreatMissingData: "notBreaching" }, "X -")).toMatch(
      /^Threshold Crossed: 0 out of the last 1 datapoint .* and 2 missing datapoints were treated as \[NonBreaching\]\.$/,
    );
    expect(reason({}, "-")).toBe("Insufficient Data: 3 datapoints were unknown.");
  });
});

describe("an alarm that is judged by other rules", () => {
  it.each<[string, Partial<AlarmRule>]>([
    ["Period must be a multiple of 60 seconds, got: 30", { Period: 30 }],
    ["Period must be a multiple of 60 seconds, got: 90", { Period: 90 }],
    ["EvaluationPeriods must be a whole number above 0, got: 0", { EvaluationPeriods: 0 }],
    [
      "Period x EvaluationPeriods must be at most 86400 seconds, got: 90000",
      { Period: 3600, EvaluationPeriods: 25 },
    ],
    ["DatapointsToAlarm must be 1 to EvaluationPeriods (3), got: 4", { DatapointsToAlarm: 4 }],
    ["DatapointsToAlarm must be 1 to EvaluationPeriods (3), got: 0", { DatapointsToAlarm: 0 }],
  ])("is refused: %s", (message, rule) => {
    expect(() => state(rule, [])).toThrow(message);
  });

  it("is not one whose range is exactly a day", () => {
    expect(state({ Period: 86_400, EvaluationPeriods: 1 }, [])).toBe("INSUFFICIENT_DATA");
  });
});
