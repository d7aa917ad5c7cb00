import type { WarmPorts, WarmReport } from "../../../lib/app/warm-cycle.ts";
import type { MetricPoint } from "../../../lib/core/metrics.ts";
import type { Outcome } from "../../../lib/core/outcome.ts";
import type { Bug } from "../bug.ts";
import { answering, saving } from "./tampering.ts";

const ALL_IS_WELL: readonly MetricPoint[] = [
  { name: "SecondsSinceCycle", value: 0 },
  { name: "SecondsOverdue", value: 0 },
  { name: "SecondsFlipUnproven", value: 0 },
  { name: "WarmShare", value: 1 },
  { name: "TargetUnresolved", value: 0 },
  { name: "StateUnreadable", value: 0 },
];

/** The points of the monitor become others. */
function gauging(
  ports: WarmPorts,
  runId: string,
  change: (points: readonly MetricPoint[]) => readonly MetricPoint[],
): WarmPorts {
  if (runId !== "operator") return ports;
  return { ...ports, metrics: { publish: (points) => ports.metrics.publish(change(points)) } };
}

/** A report that says something else where it ended in one of these ways. */
function saying(outcomes: readonly Outcome[], instead: Outcome) {
  return (report: WarmReport): WarmReport =>
    outcomes.includes(report.outcome) ? { ...report, outcome: instead, healthy: true } : report;
}

let strayed = 0;

/** Bugs of outcomes, gauges and alarms; and what would make a story another one each time. */
export const TELLING_BUGS: readonly Bug[] = [
  {
    name: "a color without prompts is nothing to do",
    breaks: "I4",
    report: saying(["no_manifest", "empty_target"], "nothing_due"),
  },
  {
    name: "a live color that is no color is nothing to do",
    breaks: "I4",
    report: saying(["unknown_color", "empty_color", "no_target"], "nothing_due"),
  },
  {
    name: "state that cannot be read is nothing to do",
    breaks: "I4",
    report: saying(["state_unreadable"], "nothing_due"),
  },
  {
    name: "a failed request is called healthy",
    breaks: "I4",
    shownBy: 37,
    report: (report) => (report.outcome === "transient_failure" ? { ...report, healthy: true } : report),
  },
  {
    name: "a run fails for its metrics",
    breaks: "I4",
    seam: (ports, runId, day) => ({
      ...ports,
      metrics: {
        publish: async (points) => {
          if (runId !== "operator" && day.weather.get("noMetrics")) throw new TypeError("no metrics");
          await ports.metrics.publish(points);
        },
      },
    }),
  },
  {
    name: "no alarm ever fires",
    breaks: "I7",
    shownBy: 100,
    plant: ({ alarms }) => {
      alarms.state = () => "OK";
    },
  },
  {
    name: "the monitor says that all is well, and so do the runs, while state cannot be read",
    breaks: "I7",
    shownBy: 329,
    report: saying(["state_unreadable"], "lease_held"),
    measured: (report) => ({ ...report, outcome: "measured", healthy: true }),
    seam: (ports, runId) =>
      gauging(ports, runId, (points) =>
        points.some(({ name, value }) => name === "StateUnreadable" && value > 0) ? ALL_IS_WELL : points,
      ),
  },
  {
    name: "the monitor does not look at the warm cycle",
    breaks: "I7",
    shownBy: 219,
    seam: (ports, runId) =>
      gauging(ports, runId, (points) => [
        ...points.filter(({ name }) => !ALL_IS_WELL.some((well) => well.name === name)),
        ...ALL_IS_WELL,
      ]),
  },
  {
    name: "what is granted for five minutes is taken for an hour's",
    breaks: "I7",
    shownBy: 62,
    seam: (ports) => saving(ports, (state) => ({ ...state, dueAt: state.dueAt + 3_300_000 })),
  },
  {
    name: "chance that no seed knows of moves a wait",
    breaks: "I8",
    seam: (ports) => {
      const { clock } = ports;
      strayed += 1;
      return { ...ports, clock: { now: () => clock.now(), sleep: (ms) => clock.sleep(ms + (strayed % 7)) } };
    },
  },
  {
    name: "a failure is told in the provider's own words",
    breaks: "secrets",
    seam: (ports) =>
      answering(ports, (reply, request) =>
        reply.kind === "failed"
          ? { ...reply, failure: { ...reply.failure, message: JSON.stringify(request) } }
          : reply,
      ),
  },
];
