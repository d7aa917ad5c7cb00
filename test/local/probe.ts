/** The function of the engine's tests. It does what its event, or the parameter that it is told of, asks for. */
import { CloudWatchClient, PutMetricDataCommand } from "@aws-sdk/client-cloudwatch";
import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { GetParameterCommand, PutParameterCommand, SSMClient } from "@aws-sdk/client-ssm";

const ssm = new SSMClient({});
const cloudwatch = new CloudWatchClient({});
const lambda = new LambdaClient({});

/** The values that a parameter has now and, four times, ten seconds later. */
async function watch(name: string): Promise<(string | undefined)[]> {
  const seen: (string | undefined)[] = [];
  for (let reads = 0; reads < 5; reads += 1) {
    if (reads > 0) await new Promise((resolve) => setTimeout(resolve, 10_000));
    seen.push((await ssm.send(new GetParameterCommand({ Name: name }))).Parameter?.Value);
  }
  return seen;
}

export async function handler(event: Record<string, unknown>): Promise<unknown> {
  const startedAt = Date.now();
  if (event["watch"] !== undefined) return watch(String(event["watch"]));
  if (event["measure"] !== undefined) {
    const asked = await ssm.send(new GetParameterCommand({ Name: String(event["measure"]) }));
    const text = asked.Parameter?.Value ?? "";
    if (text === "fail") throw new RangeError("asked to fail");
    if (text === "misbehave") await lambda.send(new InvokeCommand({ FunctionName: "x", Qualifier: "1" }));
    if (text !== "silent") {
      const MetricData = [
        { MetricName: "Level", Dimensions: [{ Name: "S", Value: "t" }], Value: Number(text) },
      ];
      await cloudwatch.send(new PutMetricDataCommand({ Namespace: "Test", MetricData }));
    }
  }
  if (event["waitMs"] !== undefined)
    await new Promise((resolve) => setTimeout(resolve, Number(event["waitMs"])));
  if (event["call"] !== undefined) {
    const Payload = JSON.stringify({ waitMs: 1500 });
    await lambda.send(new InvokeCommand({ FunctionName: String(event["call"]), Payload }));
  }
  if (event["put"] !== undefined)
    await ssm.send(new PutParameterCommand({ Name: String(event["put"]), Value: "x", Type: "String" }));
  return {
    tookMs: Date.now() - startedAt,
    event,
    region: process.env["AWS_REGION"],
    own: process.env["OWN"],
  };
}
