import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { PutMetricDataCommand } from "@aws-sdk/client-cloudwatch";
import { GetParameterCommand } from "@aws-sdk/client-ssm";
import { EXIT } from "../../bin/exit.ts";
import { alarmName } from "../../lib/core/alarms.ts";
import { NAMESPACE } from "../../lib/core/metrics.ts";
import { toMicroUsd } from "../../lib/local/provider/bill.ts";
import { deliverLambdaAction, subscribe, toldOf } from "./alarms.ts";
import { readFunction } from "./functions.ts";
import { TWO_TICKS_MS } from "./installation.ts";
import type { Step } from "./steps.ts";
import { startSubscriber } from "./subscriber.ts";
import { describeTouches } from "./touches.ts";
import { examplePrompt, type World } from "./world.ts";

const SOON_MS = 15_000;

/** What happens to an installed warmer: a flip, a spend alarm, a deployment while it is paused, a resume. */
export function operation(world: World): readonly Step[] {
  const { clients, commands, config, directory, provider } = world.parts;
  const { service, environment, liveColorParameter } = config;
  const liveColor = async () => {
    const { Parameter: found } = await clients.ssm.send(
      new GetParameterCommand({ Name: liveColorParameter }),
    );
    return `${found?.Value}, version ${found?.Version}`;
  };
  return [
    {
      name: "a flip",
      run: async () => {
        const mark = world.sent;
        // The emulator sends no change event: the proof after the flip waits for the next scheduled tick.
        await world.warmer(["flip", "green", "--wait"]);
        const touches = await world.filled(1, mark, TWO_TICKS_MS);
        const { live, prefixes } = await world.status();
        assert.equal(live.kind === "target" ? `${live.color} ${live.release}` : live.message, "green 42");
        assert.deepEqual(
          prefixes.filter(({ beside }) => beside !== true).map(({ proof }) => proof),
          ["warm", "warm"],
        );
        assert.equal(touches.fills.length, 1, "fills; what both colors share was warm");
        return `the gate warms green before it is live: ${describeTouches(touches)}`;
      },
    },
    {
      name: "a spend alarm",
      run: async () => {
        const { topicArn } = await world.outputs();
        const name = alarmName(service, environment, "HourlySpend");
        const subscriber = await startSubscriber();
        try {
          await subscribe(clients, topicArn, subscriber);
          const dimensions = [
            { Name: "Service", Value: service },
            { Name: "Environment", Value: environment },
          ];
          const limitMet = { MetricName: "HourlyLimitUsed", Value: 1, Dimensions: dimensions };
          await clients.cloudWatch.send(
            new PutMetricDataCommand({ Namespace: NAMESPACE, MetricData: [limitMet] }),
          );
          await toldOf(name, subscriber);
        } finally {
          await subscriber.close();
        }
        const { state } = await world.status();
        // Fails with an emulator that has learnt it: then nobody has to act in its place.
        assert.equal(state, "running", "state while the emulator runs no Lambda action");
        assert.equal(await deliverLambdaAction(clients, name), "paused");
        const { paused } = await world.status(EXIT.unhealthy);
        assert.match(paused?.by ?? "", /HourlySpend/);
        return "a breaching value, ALARM, SNS, a subscriber; and by the alarm's Lambda action: paused";
      },
    },
    {
      name: "a tick while paused",
      run: async () => {
        // A new release, so that there is something to send.
        const file = join(directory, "support.json");
        const body = JSON.parse(readFileSync(examplePrompt("support.green.json"), "utf8")) as {
          readonly system: [{ text: string }];
        };
        body.system[0].text += "\n\nRelease 43.";
        writeFileSync(file, JSON.stringify(body));
        await world.publish("green", "43", [file, examplePrompt("triage.green.json")]);
        assert.equal(await world.nothingSent(() => world.tick()), "paused");
        return "paused; release 43 of green waits, nothing sent";
      },
    },
    {
      name: "cdk deploy while paused",
      run: async () => {
        const runbooks = "https://runbooks.example.com/warmer";
        const [before, colorBefore] = [await world.status(EXIT.unhealthy), await liveColor()];
        const changed = commands.changedApp({ runbooks });
        await world.nothingSent(() => commands.deploy(changed.app));
        world.configFile = changed.config;
        const { variables } = await readFunction(clients, (await world.outputs()).warmFunctionName);
        assert.ok(variables["WARMER_CONFIG"]?.includes(runbooks), "the function has the new configuration");
        assert.equal(await world.nothingSent(() => world.tick()), "paused");
        const after = await world.status(EXIT.unhealthy);
        assert.deepEqual([after.paused, after.generation], [before.paused, before.generation]);
        assert.equal(await liveColor(), colorBefore);
        return `functions updated; paused as before, generation ${after.generation}; live color ${colorBefore}`;
      },
    },
    {
      name: "warmer resume",
      run: async () => {
        const mark = world.sent;
        const { generation = 0 } = await world.status(EXIT.unhealthy);
        const reason = ["--reason", "end-to-end run"];
        const resume = (seen: number) => ["resume", ...reason, "--generation", String(seen)];
        await world.nothingSent(() => world.warmer(resume(generation - 1), EXIT.refused));
        await world.warmer(resume(generation));
        await world.tick();
        const touches = await world.filled(1, mark, SOON_MS);
        assert.equal((await world.status()).lastCycle?.outcome, "warmed");
        return `refused for generation ${generation - 1}; then the next tick warms release 43: ${describeTouches(touches)}`;
      },
    },
    {
      name: "the bill",
      run: async () => {
        const { spend, now } = await world.status();
        const { cost, requests } = provider.bill.total({ from: new Date(now).setUTCHours(0, 0, 0, 0) });
        const billed = toMicroUsd(cost);
        assert.ok(spend !== undefined && spend.day >= billed, "the ledger holds what was billed");
        return `${requests} requests of today, billed ${billed} micro-USD; the ledger holds ${spend.day}`;
      },
    },
  ];
}
