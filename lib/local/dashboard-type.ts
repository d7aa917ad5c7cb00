/** A CloudWatch dashboard as a template may describe it: its body is text, and CloudWatch accepts metrics that nobody sends. */
import * as z from "zod/mini";
import { DIMENSIONS, METRICS, NAMESPACE } from "../core/metrics.ts";

const GRID = 24;

const metricProperties = z.looseObject({ metrics: z.array(z.array(z.unknown())) });

const body = z.looseObject({
  widgets: z.array(
    z.looseObject({
      type: z.enum(["metric", "text", "alarm", "custom"]),
      x: z.optional(z.int()),
      width: z.int(),
      properties: z.looseObject({}),
    }),
  ),
});

/** What is wrong with a dashboard's body, or nothing. */
export function dashboardFault(json: string): string | undefined {
  const parsed = z.safeParse(body, jsonOf(json));
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    return `the body's ${issue?.path.join(".") || "JSON"} ${issue?.message ?? "is invalid"}`;
  }
  for (const { type, x = 0, width, properties } of parsed.data.widgets) {
    if (x + width > GRID) return `a ${type} widget is ${width} wide at ${x}; a row has ${GRID} columns`;
    const fault = type === "metric" ? metricsFault(properties) : undefined;
    if (fault !== undefined) return fault;
  }
  return undefined;
}

export const dashboardBody = z.string().check(
  z.superRefine((text, context) => {
    const message = dashboardFault(text);
    if (message !== undefined) context.addIssue({ code: "custom", message, input: text });
  }),
);

function metricsFault(properties: unknown): string | undefined {
  const parsed = z.safeParse(metricProperties, properties);
  if (!parsed.success) return "a metric widget has no list of metrics";
  // What stands in a list: namespace, name, dimension, value, …, options. An expression has options only.
  for (const [namespace, name, ...rest] of parsed.data.metrics) {
    if (namespace !== NAMESPACE) continue;
    if (!Object.hasOwn(METRICS, String(name))) return `nobody sends the metric ${String(name)}`;
    const dimensions = rest.filter((part, i) => typeof part === "string" && i % 2 === 0);
    if ([...dimensions].sort().join() !== [...DIMENSIONS].sort().join())
      return `${String(name)} is sent with ${DIMENSIONS.join(" and ")}, not with ${dimensions.join(" and ")}`;
  }
  return undefined;
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
