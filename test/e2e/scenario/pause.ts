import assert from "node:assert/strict";
import { EXIT } from "../../../bin/exit.ts";
import type { Finding } from "../../../lib/core/findings.ts";
import type { Step } from "../steps.ts";
import { describeTouches } from "../touches.ts";
import { SOON_MS, TWO_TICKS_MS, type World } from "../world.ts";

/** A spend alarm pauses, a drill proves that it would, a deployment changes nothing, an operator resumes. */
export function pause(world: World): readonly Step[] {
  const { target } = world;
  return [
    {
      name: "a spend alarm",
      run: async () => {
        const pager = await target.listen();
        try {
          await world.putMetric("HourlyLimitUsed", 1);
          await target.eventually("somebody is told of HourlySpend", TWO_TICKS_MS, () =>
            pager.toldOf("HourlySpend") > 0 ? true : undefined,
          );
        } finally {
          await pager.close();
        }
        const pauses = () =>
          target.eventually("a pause", SOON_MS, async () =>
            (await world.tick()) === "paused" ? true : undefined,
          );
        if (world.can("lambdaActions")) {
          await pauses();
        } else {
          const { state } = await world.status();
          // Fails with a target that has learnt it: then nobody has to act in its place.
          assert.equal(state, "running", "state while the target runs no Lambda action");
        }
        await target.deliver("HourlySpend");
        await pauses();
        const { paused, generation } = await world.status(EXIT.unhealthy);
        assert.match(paused?.by ?? "", /HourlySpend/);
        assert.equal(paused?.incident, generation, "the incident: one pause, though two paths told of it");
        return "a breaching value, ALARM, SNS, somebody is told; paused once by action and rule together";
      },
    },
    {
      name: "a drill",
      run: async () => {
        const { generation } = await world.status(EXIT.unhealthy);
        await world.nothingSent(async () => {
          await world.warmer(["drill"]);
          await world.stands("Drill", "ALARM");
          await target.deliver("Drill");
          // It ends by itself two minutes later, which are not worth a wait in real time.
          if (world.can("virtualTime")) await world.stands("Drill", "OK");
        });
        const findings = await world.warmer<Finding[]>(["doctor"]);
        assert.equal(findings.find(({ check }) => check === "drill")?.verdict, "ok");
        assert.equal((await world.status(EXIT.unhealthy)).generation, generation, "generation after a drill");
        return `both paths heard it, nothing was paused; warmer doctor: ${findings.length} findings, no problem`;
      },
    },
    {
      name: "a tick while paused",
      run: async () => {
        await world.publishChanged("green", "43");
        assert.equal(await world.nothingSent(() => world.tick()), "paused");
        return "paused; release 43 of green waits, nothing sent";
      },
    },
    {
      name: "cdk deploy while paused",
      run: async () => {
        const runbooks = "https://runbooks.example.com/warmer";
        const [before, colorBefore] = [await world.status(EXIT.unhealthy), await world.liveColor()];
        await world.nothingSent(() => target.deploy({ runbooks }));
        const { warmFunctionName } = await world.outputs();
        const variables = await target.variables(warmFunctionName);
        assert.ok(variables["WARMER_CONFIG"]?.includes(runbooks), "the function has the new configuration");
        assert.equal(await world.nothingSent(() => world.tick()), "paused");
        const after = await world.status(EXIT.unhealthy);
        assert.deepEqual([after.paused, after.generation], [before.paused, before.generation]);
        assert.deepEqual(await world.liveColor(), colorBefore);
        return `functions updated; paused as before, generation ${after.generation}; live color ${colorBefore.value}, version ${colorBefore.version}`;
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
  ];
}
