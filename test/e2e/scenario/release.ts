import assert from "node:assert/strict";
import type { FlipReport } from "../../../lib/app/flip.ts";
import type { Gate } from "../../../lib/core/release/gate.ts";
import type { Step } from "../steps.ts";
import { describeTouches, touchesIn } from "../touches.ts";
import { SOON_MS, TWO_TICKS_MS, type World } from "../world.ts";

/** A new color is warmed and proven beside the live one, and made live. */
export function flip(world: World): readonly Step[] {
  return [
    {
      name: "a gate",
      run: async () => {
        const mark = world.sent;
        const gate = await world.warmer<Gate & { passes: boolean }>(["gate", "green"]);
        assert.equal(gate.answer?.result, "warm", gate.answer?.reason);
        const touches = await world.filled(1, mark, SOON_MS);
        assert.equal(touches.fills.length, 1, "fills; what both colors share was warm");
        assert.equal((await world.liveColor()).value, "blue");
        return `green is warm while blue is live: ${describeTouches(touches)}`;
      },
    },
    {
      name: "a flip",
      run: async () => {
        const mark = world.sent;
        const report = await world.warmer<FlipReport>(["flip", "green", "--wait"]);
        assert.ok(report.secondsToWarm !== undefined, "seconds until green was proven warm");
        const { live, prefixes } = await world.status();
        assert.equal(live.kind === "target" ? `${live.color} ${live.release}` : live.message, "green 42");
        assert.deepEqual(
          prefixes.filter(({ beside }) => beside !== true).map(({ proof }) => proof),
          ["warm", "warm"],
        );
        assert.equal(
          touchesIn(world.target.provider.log.slice(mark)).fills.length,
          0,
          "fills after the gate",
        );
        const event = world.can("parameterEvents") ? "the change event" : "the next scheduled tick";
        return `green is live and proven ${report.secondsToWarm.toFixed(1)} s later, by ${event}; no fill`;
      },
    },
  ];
}

/** Back to what was live before, which was kept warm. */
export function rollback(world: World): readonly Step[] {
  return [
    {
      name: "a rollback flip",
      run: async () => {
        const mark = world.sent;
        const report = await world.warmer<FlipReport>(["flip", "blue", "--wait"]);
        assert.equal(report.gate, "rollback");
        await world.target.eventually("blue is served", TWO_TICKS_MS, async () => {
          const { live, lastCycle } = await world.status();
          return live.kind === "target" && live.color === "blue" && lastCycle !== undefined
            ? true
            : undefined;
        });
        assert.equal(touchesIn(world.target.provider.log.slice(mark)).fills.length, 0, "fills");
        return "no gate is asked, and nothing has to be filled: blue was kept warm";
      },
    },
  ];
}
