import assert from "node:assert/strict";
import { QueryCommand } from "@aws-sdk/client-dynamodb";
import { PutParameterCommand } from "@aws-sdk/client-ssm";
import { alarmName } from "../../lib/core/alarms.ts";
import { DUE_INDEX } from "../../lib/core/state-kinds.ts";
import { readAlarm } from "./alarms.ts";
import { readFunction } from "./functions.ts";
import { grantWithoutUnknownKey, withoutPermission } from "./permissions.ts";
import { eventually } from "./processes.ts";
import type { Step } from "./steps.ts";
import { describeTouches } from "./touches.ts";
import { examplePrompt, type World } from "./world.ts";

/** Two periods of the schedule and some: the emulator looks at its rules every ten seconds. */
export const TWO_TICKS_MS = 140_000;

const SOON_MS = 15_000;
const HOUR_MS = 3_600_000;

/** Deploy, init, publish, in this order; then the schedule does the rest. */
export function installation(world: World): readonly Step[] {
  const { clients, commands, config, apiKey } = world.parts;
  return [
    {
      name: "cdk bootstrap",
      run: async () => {
        await commands.bootstrap();
        return "the account is ready";
      },
    },
    {
      name: "cdk deploy",
      run: async () => {
        await commands.deploy();
        await grantWithoutUnknownKey(clients.cloudFormation, world.stack);
        // The stack only has its name: whoever owns the key puts it there.
        const parameter = { Name: config.apiKeyParameter, Value: apiKey, Type: "SecureString" } as const;
        await clients.ssm.send(new PutParameterCommand(parameter));
        return `${world.stack} stands, with state in ${(await world.outputs()).tableName}`;
      },
    },
    {
      name: "a tick before init",
      run: async () => {
        assert.equal(await world.nothingSent(() => world.tick()), "not_initialised");
        return "not_initialised, nothing sent";
      },
    },
    {
      name: "warmer init",
      run: async () => {
        await world.warmer(["init", "--color", "blue"]);
        const again = await world.warmer(["init", "--color", "green"]);
        assert.deepEqual(again, { liveColor: "kept", control: "kept" });
        return "live color and control item are there; a second init overwrites neither";
      },
    },
    {
      name: "warmer publish",
      run: async () => {
        const files = (color: string) =>
          ["support", "triage"].map((name) => examplePrompt(`${name}.${color}.json`));
        await world.publish("blue", "41", files("blue"));
        await world.publish("green", "42", files("green"));
        return "release 41 of blue, release 42 of green";
      },
    },
    {
      name: "a scheduled tick",
      run: async () => {
        const touches = await world.filled(2, 0, TWO_TICKS_MS);
        const { lastCycle, prefixes } = await world.status();
        assert.equal(lastCycle?.outcome, "warmed");
        assert.deepEqual(
          prefixes.map(({ proof }) => proof),
          ["warm", "warm"],
        );
        return `warms blue: ${describeTouches(touches)}`;
      },
    },
    {
      name: "the scheduled monitor",
      run: async () => {
        const name = alarmName(config.service, config.environment, "WarmerSilent");
        await eventually(`${name} in state OK`, SOON_MS, async () =>
          (await readAlarm(clients, name)).StateValue === "OK" ? true : undefined,
        );
        return `its gauges arrive: ${name} is OK`;
      },
    },
    {
      name: "the index of due times",
      run: async () => {
        const { tableName } = await world.outputs();
        const dueUntil = async (until: number) => {
          const { Count: count } = await clients.dynamo.send(
            new QueryCommand({
              TableName: tableName,
              IndexName: DUE_INDEX,
              ConsistentRead: true,
              KeyConditionExpression: "pk = :pk AND dueAt <= :until",
              ExpressionAttributeValues: { ":pk": { S: "prefix" }, ":until": { N: String(until) } },
            }),
          );
          return count;
        };
        const now = Date.now();
        assert.deepEqual([await dueUntil(now), await dueUntil(now + HOUR_MS)], [0, 2]);
        assert.equal(await world.nothingSent(() => world.tick()), "nothing_due");
        return "lists 0 prefixes now and 2 within the hour; a tick ends with nothing_due";
      },
    },
    {
      name: "permissions are enforced",
      run: async () => {
        const { role } = await readFunction(clients, (await world.outputs()).warmFunctionName);
        const tick = () => world.nothingSent(() => world.tick());
        const denied = await withoutPermission(clients.cloudFormation, role, "ssm:GetParameter", tick);
        assert.deepEqual([denied, await tick()], ["target_unreadable", "nothing_due"]);
        return "denied ssm:GetParameter, a tick ends with target_unreadable; allowed again, with nothing_due";
      },
    },
  ];
}
