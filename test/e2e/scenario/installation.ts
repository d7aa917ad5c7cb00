import assert from "node:assert/strict";
import { EXIT } from "../../../bin/exit.ts";
import { examplePrompt } from "../repository.ts";
import type { Step } from "../steps.ts";
import { describeTouches } from "../touches.ts";
import { SOON_MS, TWO_TICKS_MS, type World } from "../world.ts";

const HOUR_MS = 3_600_000;

/** Deploy, init, publish, in this order; then the schedule does the rest. */
export function installation(world: World): readonly Step[] {
  const { target } = world;
  const idleTick = () => world.nothingSent(() => world.tick());
  return [
    {
      name: "cdk bootstrap",
      needs: ["cdkCli"],
      run: async () => {
        await target.prepare();
        return "the account is ready";
      },
    },
    {
      name: "cdk deploy",
      run: async () => {
        await target.deploy();
        return `${world.stack} stands, with state in ${(await world.outputs()).tableName}`;
      },
    },
    {
      name: "a tick before init",
      run: async () => {
        assert.equal(await idleTick(), "not_initialised");
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
        // The run remembers after it has read back.
        await target.eventually("both proofs", SOON_MS, async () =>
          (await world.dueUntil(target.now())) === 0 ? true : undefined,
        );
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
        await world.stands("WarmerSilent", "OK");
        return "its gauges arrive: WarmerSilent is OK";
      },
    },
    {
      name: "the index of due times",
      run: async () => {
        const now = target.now();
        assert.deepEqual([await world.dueUntil(now), await world.dueUntil(now + HOUR_MS)], [0, 2]);
        assert.equal(await idleTick(), "nothing_due");
        return "lists 0 prefixes now and 2 within the hour; a tick ends with nothing_due";
      },
    },
    {
      name: "permissions are enforced",
      needs: ["policies"],
      run: async () => {
        const { warmFunctionName } = await world.outputs();
        const action = "ssm:GetParameter";
        const denied = await target.withoutPermission(warmFunctionName, { action }, idleTick);
        assert.deepEqual([denied, await idleTick()], ["target_unreadable", "nothing_due"]);
        return "denied ssm:GetParameter, a tick ends with target_unreadable; allowed again, with nothing_due";
      },
    },
    {
      name: "permissions on kinds of items are enforced",
      needs: ["policies", "policyConditions"],
      run: async () => {
        const { warmFunctionName } = await world.outputs();
        const without = (partitionKey: string) => {
          const denied = { action: "dynamodb:GetItem", partitionKeys: [partitionKey] };
          return target.withoutPermission(warmFunctionName, denied, idleTick);
        };
        assert.deepEqual(
          [await without("control"), await without("usage")],
          ["state_unreadable", "nothing_due"],
        );
        return "denied the control item, a tick ends with state_unreadable; denied items that it does not get, with nothing_due";
      },
    },
    {
      name: "an operator who is not there",
      run: async () => {
        const unknown = ["flip", "purple"];
        await world.nothingSent(() => world.warmer(unknown, EXIT.refused));
        return "warmer flip purple is refused: no such color";
      },
    },
  ];
}
