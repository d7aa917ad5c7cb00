import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { PutMetricDataCommand } from "@aws-sdk/client-cloudwatch";
import { GetParameterCommand, PutParameterCommand } from "@aws-sdk/client-ssm";
import { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import { EXIT, type ExitCode } from "../../bin/exit.ts";
import type { Status } from "../../lib/app/status.ts";
import { DynamoPrefixes } from "../../lib/aws/dynamo-prefixes.ts";
import { readStackOutputs, type StackOutputs } from "../../lib/aws/stack-outputs.ts";
import { type AlarmName, alarmName } from "../../lib/core/alarms.ts";
import { type MetricName, NAMESPACE } from "../../lib/core/metrics.ts";
import { warmerStackName } from "../../lib/core/stack-outputs.ts";
import { readAlarm } from "./alarms.ts";
import { can } from "./capabilities.ts";
import { outcomeOf } from "./functions.ts";
import { examplePrompt } from "./repository.ts";
import type { Target } from "./target.ts";
import { type Touches, touchesIn } from "./touches.ts";

/** Two periods of the schedule and some: an emulator may look at its rules every ten seconds only. */
export const TWO_TICKS_MS = 140_000;

export const SOON_MS = 30_000;

/** An alarm of five minutes that starts without data, and the verdict on the last of them. */
const SLOW_ALARM_MS = 600_000;

/** How often a tick by hand may meet one of the schedule before that is a fault. */
const MOST_MEETINGS = 20;

/** What the steps do and look at, the same on every target. */
export class World {
  readonly target: Target;
  readonly stack: string;

  constructor(target: Target) {
    this.target = target;
    this.stack = warmerStackName(target.config.service, target.config.environment);
  }

  can(capability: Parameters<typeof can>[1]): boolean {
    return can(this.target.name, capability);
  }

  outputs(): Promise<StackOutputs> {
    return readStackOutputs(this.target.clients.cloudFormation, this.stack);
  }

  warmer<T>(args: readonly string[], expected: ExitCode = EXIT.ok): Promise<T> {
    return this.target.warmer<T>(args, expected);
  }

  /** @param expected a warmer that is paused is not healthy */
  status(expected: ExitCode = EXIT.ok): Promise<Status> {
    return this.warmer<Status>(["status"], expected);
  }

  publish(color: string, release: string, files: readonly string[]): Promise<unknown> {
    return this.warmer(["publish", "--live", "--color", color, "--release", release, ...files]);
  }

  /** Publishes a color's example prompts, with other words in one of them: something is to be filled. */
  async publishChanged(color: string, release: string): Promise<void> {
    const file = join(this.target.directory, "support.json");
    const body = JSON.parse(readFileSync(examplePrompt(`support.${color}.json`), "utf8")) as {
      readonly system: [{ text: string }];
    };
    body.system[0].text += `\n\nRelease ${release}.`;
    writeFileSync(file, JSON.stringify(body));
    await this.publish(color, release, [file, examplePrompt(`triage.${color}.json`)]);
  }

  /** What the schedule sends, sent by hand: the outcome that the run ends with. */
  async tick(): Promise<string> {
    const { warmFunctionName } = await this.outputs();
    let outcome = "";
    for (let i = 0; i < MOST_MEETINGS; i += 1) {
      const answer = await this.target.invoke(warmFunctionName, {
        id: randomUUID(),
        time: new Date(this.target.now()).toISOString(),
        source: "aws.events",
        "detail-type": "Scheduled Event",
      });
      outcome = outcomeOf(answer);
      // The schedule ticks as well: whoever comes second waits.
      if (outcome !== "lease_held") break;
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
    return outcome;
  }

  /** How many requests the provider has had. */
  get sent(): number {
    return this.target.provider.log.length;
  }

  /** Waits until the provider's log has so many fills since `mark`, each read back. */
  filled(fills: number, mark: number, timeoutMs: number): Promise<Touches> {
    return this.target.eventually(`${fills} fills in the provider's log, each read back`, timeoutMs, () => {
      const touches = touchesIn(this.target.provider.log.slice(mark));
      const confirmed = touches.confirmedBy.filter((read) => read !== undefined).length;
      return confirmed >= fills ? touches : undefined;
    });
  }

  /** Does something that must not make anybody call the provider. */
  async nothingSent<T>(action: () => Promise<T>): Promise<T> {
    const before = this.sent;
    const result = await action();
    assert.equal(this.sent, before, "requests that the provider has had");
    return result;
  }

  /** The switch, as anybody reads it. */
  async liveColor(): Promise<{ readonly value: string; readonly version: number }> {
    const { clients, config } = this.target;
    const { Parameter: found } = await clients.ssm.send(
      new GetParameterCommand({ Name: config.liveColorParameter }),
    );
    return { value: found?.Value ?? "", version: found?.Version ?? 0 };
  }

  /** Writes the switch past `warmer flip`. */
  async writeLiveColor(value: string): Promise<void> {
    const { clients, config } = this.target;
    const input = { Name: config.liveColorParameter, Value: value, Type: "String", Overwrite: true } as const;
    await clients.ssm.send(new PutParameterCommand(input));
  }

  /** How many prefixes are due up to an instant, by the table's index. */
  async dueUntil(until: number): Promise<number> {
    const { tableName } = await this.outputs();
    const client = DynamoDBDocumentClient.from(this.target.clients.dynamo);
    return (await new DynamoPrefixes({ client, name: tableName }).due(until)).length;
  }

  /** Publishes a value of one of the warmer's metrics, as the monitor would. */
  async putMetric(metric: MetricName, value: number): Promise<void> {
    const { clients, config } = this.target;
    const dimensions = [
      { Name: "Service", Value: config.service },
      { Name: "Environment", Value: config.environment },
    ];
    const data = { MetricName: metric, Value: value, Dimensions: dimensions };
    await clients.cloudWatch.send(new PutMetricDataCommand({ Namespace: NAMESPACE, MetricData: [data] }));
  }

  /** Waits until an alarm is in a state: without timers a target judges at once, or never. */
  async stands(alarm: AlarmName, state: "OK" | "ALARM"): Promise<void> {
    const { clients, config } = this.target;
    const name = alarmName(config.service, config.environment, alarm);
    const timeoutMs = this.can("alarmTimers") ? SLOW_ALARM_MS : 2 * TWO_TICKS_MS;
    await this.target.eventually(`${name} in state ${state}`, timeoutMs, async () =>
      (await readAlarm(clients.cloudWatch, name)).StateValue === state ? true : undefined,
    );
  }
}
