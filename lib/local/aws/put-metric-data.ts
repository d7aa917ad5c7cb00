/**
 * What CloudWatch refuses in PutMetricData. One bad datum fails the whole request and nothing of it is kept.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricData.html and API_MetricDatum.html,
 * read 2026-11
 */
import type { MetricDatum, PutMetricDataInput } from "@aws-sdk/client-cloudwatch";
import type { MetricSample, MetricSeries } from "../metric-store.ts";
import { AwsError } from "./aws-error.ts";

const MAX_METRICS = 1000;
const MAX_VALUES = 150;
const MAX_DIMENSIONS = 30;
const MAX_MAGNITUDE = 2 ** 360;
const MAX_PAST_MS = 14 * 24 * 3600_000;
const MAX_FUTURE_MS = 2 * 3600_000;

/** One datum as it was sent, and what it adds to which series. */
export interface ReadDatum {
  readonly datum: MetricDatum;
  readonly series: MetricSeries;
  readonly samples: readonly MetricSample[];
}

/** @param at the request's instant. @throws AwsError naming the member, the rule and the value received. */
export function readPutMetricData(input: PutMetricDataInput, at: number): readonly ReadDatum[] {
  if (input.EntityMetricData !== undefined)
    throw invalid("EntityMetricData", "is not modelled by the local engine");
  const { Namespace: namespace = "", MetricData: data = [] } = input;
  if (!/^[^:].*/.test(namespace) || namespace.length > 255)
    throw invalid("Namespace", "must have 1 to 255 characters and not begin with a colon", namespace);
  if (namespace.startsWith("AWS/")) throw invalid("Namespace", "must not begin with AWS/", namespace);
  if (data.length === 0) throw missing("MetricData");
  if (data.length > MAX_METRICS)
    throw invalid("MetricData", `must have at most ${MAX_METRICS} elements`, data.length);
  for (const [i, datum] of data.entries()) checkDatum(datum, `MetricData.member.${i + 1}`, at);
  return data.map((datum) => readDatum(namespace, datum, at));
}

function readDatum(namespace: string, datum: MetricDatum, requestedAt: number): ReadDatum {
  const { MetricName: metric = "", Dimensions = [], Values = [], Counts = [], StatisticValues: s } = datum;
  const pairs = Dimensions.map(({ Name = "", Value = "" }) => [Name, Value] as const);
  const dimensions = Object.fromEntries(pairs.sort(([a], [b]) => (a < b ? -1 : 1)));
  const series = { namespace, metric, dimensions };
  const at = datum.Timestamp?.getTime() ?? requestedAt;
  const samples: MetricSample[] = Values.map((value, i) => ({ ...series, at, value, count: Counts[i] ?? 1 }));
  if (datum.Value !== undefined) samples.push({ ...series, at, value: datum.Value });
  if (s !== undefined) {
    const { SampleCount: sampleCount = 0, Sum: sum = 0, Minimum: minimum = 0, Maximum: maximum = 0 } = s;
    samples.push({ ...series, at, statistics: { sampleCount, sum, minimum, maximum } });
  }
  return { datum, series, samples };
}

function checkDatum(datum: MetricDatum, place: string, at: number): void {
  const { MetricName: name = "", Timestamp: time, StorageResolution: resolution } = datum;
  if (name === "") throw missing(`${place}.MetricName`);
  if (name.length > 255) throw invalid(`${place}.MetricName`, "must have at most 255 characters", name);
  checkDimensions(datum, place);
  checkValues(datum, place);
  if (time !== undefined && (at - time.getTime() > MAX_PAST_MS || time.getTime() - at > MAX_FUTURE_MS))
    throw invalid(
      `${place}.Timestamp`,
      "must lie between two weeks ago and two hours ahead",
      time.toISOString(),
    );
  if (resolution !== undefined && resolution !== 1 && resolution !== 60)
    throw invalid(`${place}.StorageResolution`, "must be 1 or 60", resolution);
}

function checkDimensions({ Dimensions: dimensions = [] }: MetricDatum, place: string): void {
  if (dimensions.length > MAX_DIMENSIONS)
    throw invalid(`${place}.Dimensions`, `must have at most ${MAX_DIMENSIONS} elements`, dimensions.length);
  for (const { Name: name = "", Value: value = "" } of dimensions) {
    if (name === "" || name.length > 255 || name.startsWith(":"))
      throw invalid(`${place}.Dimensions`, "names have 1 to 255 characters and no leading colon", name);
    if (value.trim() === "" || value.length > 1024)
      throw invalid(`${place}.Dimensions.${name}`, "values have 1 to 1024 characters, not all blank", value);
  }
}

function checkValues(datum: MetricDatum, place: string): void {
  const { Value: value, Values: values, Counts: counts, StatisticValues: statistics } = datum;
  const given = [value, values, statistics].filter((form) => form !== undefined).length;
  if (given === 0) throw missing(`${place}.Value`);
  if (given > 1)
    throw new AwsError(
      "InvalidParameterCombinationException",
      `The parameters ${place}.Value, ${place}.Values and ${place}.StatisticValues are mutually exclusive.`,
    );
  if (values !== undefined && values.length > MAX_VALUES)
    throw invalid(`${place}.Values`, `must have at most ${MAX_VALUES} elements`, values.length);
  if (counts !== undefined && counts.length !== values?.length)
    throw invalid(`${place}.Counts`, "must have as many elements as Values", counts.length);
  for (const count of [...(counts ?? []), ...(statistics === undefined ? [] : [statistics.SampleCount ?? 0])])
    if (!(count > 0)) throw invalid(`${place}.Counts`, "must be above 0", count);
  const { Sum, Minimum, Maximum, SampleCount } = statistics ?? {};
  for (const number of [value, Sum, Minimum, Maximum, SampleCount, ...(values ?? []), ...(counts ?? [])])
    if (number !== undefined && !(Math.abs(number) <= MAX_MAGNITUDE))
      throw invalid(
        `${place}.Value`,
        "must be a number between -2^360 and 2^360, not NaN or infinite",
        number,
      );
}

function invalid(member: string, rule: string, received?: string | number): AwsError {
  const got = received === undefined ? "" : `, got: ${JSON.stringify(String(received).slice(0, 40))}`;
  return new AwsError("InvalidParameterValueException", `The parameter ${member} ${rule}${got}.`);
}

function missing(member: string): AwsError {
  return new AwsError("MissingRequiredParameterException", `The parameter ${member} is required.`);
}
