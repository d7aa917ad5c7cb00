import { describe, expect, it } from "vitest";
import { ALARMS } from "../../lib/core/alarms.ts";
import { DIMENSIONS, METRICS, NAMESPACE } from "../../lib/core/metrics.ts";
import { dashboardFault } from "../../lib/local/dashboard-type.ts";
import { faultOf } from "../docs/commands.ts";
import { warmerCommands } from "../docs/markdown.ts";
import { OPTIONS, synthesize } from "./synthesize.ts";

interface Annotation {
  readonly value: number;
  readonly yAxis?: string;
}

interface Widget {
  readonly type: string;
  readonly y: number;
  readonly properties: {
    readonly title?: string;
    readonly markdown?: string;
    readonly metrics?: readonly (readonly unknown[])[];
    readonly alarms?: readonly string[];
    readonly endpoint?: string;
    readonly annotations?: { readonly horizontal: readonly Annotation[] };
  };
}

function dashboards(options: Parameters<typeof synthesize>[0] = {}) {
  return Object.values(synthesize(options).Resources)
    .filter(({ Type }) => Type === "AWS::CloudWatch::Dashboard")
    .map(({ Properties }) => Properties as { DashboardName: string; DashboardBody: string });
}

const [dashboard = { DashboardName: "", DashboardBody: "" }] = dashboards();
const { widgets } = JSON.parse(dashboard.DashboardBody) as { widgets: Widget[] };
const text = widgets.map(({ properties }) => properties.markdown ?? "").join("\n\n");

/** Names of our metrics in a widget, in order. */
const namesIn = ({ properties }: Widget): string[] =>
  (properties.metrics ?? []).flatMap(([namespace, name]) => (namespace === NAMESPACE ? [String(name)] : []));
const rowOf = (name: string) => widgets.find((widget) => namesIn(widget).includes(name))?.y ?? -1;
const rowOfType = (type: string) => widgets.find((widget) => widget.type === type)?.y ?? -1;
const linesOn = (name: string) =>
  widgets
    .find((widget) => namesIn(widget).includes(name))
    ?.properties.annotations?.horizontal.map(({ value }) => value);

describe("the dashboard", () => {
  it("is one, named after service and environment, with a body that CloudWatch takes", () => {
    expect(dashboards()).toHaveLength(1);
    expect(dashboard.DashboardName).toBe("support-prod-warmer");
    expect(dashboardFault(dashboard.DashboardBody)).toBeUndefined();
  });

  it("is not made when it is not wanted", () => {
    expect(dashboards({ dashboard: false })).toEqual([]);
  });

  it("answers from top to bottom: warm, hit, money, what happened, paused, alive, alarms, what next", () => {
    const rows = [
      rowOf("WarmShare"),
      rowOf("HitRate"),
      rowOf("FillRate"),
      rowOfType("custom"),
      rowOf("Paused"),
      rowOfType("alarm"),
      widgets.findLast(({ type }) => type === "text")?.y ?? -1,
    ];
    expect(rows).toEqual([...rows].sort((a, b) => a - b));
    expect(new Set(rows).size).toBe(rows.length);
    expect(Math.min(...rows)).toBeGreaterThanOrEqual(0);
    expect(rowOf("SecondsSinceCycle")).toBe(rowOf("Paused"));
  });

  it("shows every metric of the table but those that only serve an alarm, each once, as it is sent", () => {
    const shown = widgets.flatMap(namesIn);
    expect(shown.sort()).toEqual(
      Object.keys(METRICS)
        .filter((name) => !["Drill", "OrganicShortfall"].includes(name))
        .sort(),
    );
    const series = widgets.flatMap(({ properties }) => properties.metrics ?? []);
    for (const [, name, ...rest] of series.filter(([namespace]) => namespace === NAMESPACE)) {
      const dimensions = rest.filter((part) => typeof part === "string");
      expect([...dimensions].sort(), String(name)).toEqual([...DIMENSIONS, "prod", "support"].sort());
    }
  });

  it("draws the lines at which alarms and levels begin", () => {
    expect(linesOn("WarmShare")).toEqual([ALARMS.NotWarm.threshold]);
    expect(linesOn("SecondsFlipUnproven")).toEqual([ALARMS.FlipUnproven.threshold]);
    expect(linesOn("SecondsSinceCycle")).toEqual([ALARMS.WarmerSilent.threshold]);
    expect(linesOn("SecondsSinceDrill")).toEqual([35]);
    expect(linesOn("FillRate")).toEqual([OPTIONS.costGuardrails.maxHourlyFillCost, 1.5, 2, 5]);
    expect(linesOn("HourlyLimitUsed")).toEqual([100]);
  });

  it("lists every alarm", () => {
    const listed = widgets.flatMap(({ properties }) => properties.alarms ?? []);
    expect(listed).toHaveLength(Object.keys(ALARMS).length);
    expect(new Set(listed).size).toBe(listed.length);
  });

  it("asks the monitor for flips and known events, whose permissions stay as they are", () => {
    const [widget, ...more] = widgets.filter(({ type }) => type === "custom");
    expect(widget?.properties.endpoint).toMatch(/^<WarmerMonitor\w+\.Arn>$/);
    expect(more).toEqual([]);
    expect(JSON.stringify(synthesize())).not.toContain("cloudwatch:PutDashboard");
  });

  it("names no color, whatever the colors are", () => {
    const [other] = dashboards({ colors: ["aubergine", "mauve"] });
    expect(other?.DashboardBody).toBe(dashboard.DashboardBody);
    expect(dashboard.DashboardBody).not.toMatch(/\b(blue|green)\b/i);
  });

  it("tells commands that parse, and the runbook", () => {
    const commands = warmerCommands(text);
    expect(commands.map((command) => command.split(" ")[1])).toEqual(
      expect.arrayContaining(["status", "diagnose", "mark", "pause", "throttle"]),
    );
    for (const command of commands) expect(faultOf(command), command).toBeUndefined();
    expect(text).toMatch(/\]\(https:\/\/.*\/docs\/runbooks\/fill-cost\.md\)/);
  });
});
