import { describe, expect, it } from "vitest";
import { dashboardFault } from "../../lib/local/dashboard-type.ts";
import { resolveTemplate } from "../../lib/local/template.ts";

const series = ["PromptCacheWarmer", "HitRate", "Service", "support", "Environment", "prod"];
const bodyOf = (metric: readonly unknown[], change: object = {}) =>
  JSON.stringify({
    widgets: [
      { type: "metric", x: 0, y: 0, width: 8, height: 6, properties: { metrics: [metric] }, ...change },
    ],
  });

describe("a dashboard's body", () => {
  it.each([
    ["a metric as it is sent", bodyOf([...series, { label: "hits" }])],
    [
      "dimensions in another order",
      bodyOf([...series.slice(0, 2), "Environment", "prod", "Service", "support"]),
    ],
    ["an expression", bodyOf([{ expression: "100 * used", label: "%" }])],
    ["a metric of AWS", bodyOf(["AWS/Lambda", "Errors", "FunctionName", "f"])],
    ["no widgets", '{"widgets":[]}'],
  ])("with %s is taken", (_what, body) => {
    expect(dashboardFault(body)).toBeUndefined();
  });

  it.each([
    ["no JSON", "{", /the body's JSON/],
    ["no widgets", "{}", /the body's widgets/],
    ["an unknown widget", bodyOf(series, { type: "gauge" }), /the body's widgets\.0\.type/],
    [
      "a row that is too wide",
      bodyOf(series, { x: 17 }),
      /a metric widget is 8 wide at 17; a row has 24 columns/,
    ],
    ["no metrics", bodyOf(series, { properties: {} }), /no list of metrics/],
    [
      "a metric that nobody sends",
      bodyOf(["PromptCacheWarmer", "HitRatio"]),
      /nobody sends the metric HitRatio/,
    ],
    ["a metric by color", bodyOf([...series, "Color", "blue"]), /not with Service and Environment and Color/],
    ["a metric without its dimensions", bodyOf(series.slice(0, 4)), /sent with Service and Environment/],
  ])("with %s is refused", (_what, body, message) => {
    expect(dashboardFault(body)).toMatch(message);
  });

  it("is checked in a template, with its place", () => {
    const properties = { DashboardName: "d", DashboardBody: "{}" };
    const template = { Resources: { Board: { Type: "AWS::CloudWatch::Dashboard", Properties: properties } } };
    expect(() => resolveTemplate(template, { stack: "S" })).toThrow(
      /Board.*DashboardBody.*the body's widgets/,
    );
  });
});
