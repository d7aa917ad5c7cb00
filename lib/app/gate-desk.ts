import type { Control } from "../core/control.ts";
import { tell } from "../core/news.ts";
import type { Gate } from "../core/release/gate.ts";
import type { GateSettings } from "../core/release/gate-event.ts";
import { removeGates } from "../core/release/serving.ts";
import { ControlSession } from "./control-session.ts";
import type { GateOpening, OpenGatePorts } from "./gate.ts";
import { type GateConfig, type Opened, standing, tryToOpen } from "./gate-standing.ts";

/** A release that is answered without proof, as it is kept and told. */
export interface GivenUp {
  /** Why, and how the release goes on. */
  readonly message: string;
  /** Why alone. */
  readonly reason: string;
  readonly at: number;
  readonly runId: string;
}

/** Where gates are opened, looked at and given up: one state, or those of several partitions as if they were one. */
export interface GateDesk {
  /** @throws Refused as `openGate` does */
  open(opening: GateOpening, settings: GateSettings): Promise<Gate>;
  tryToOpen(opening: GateOpening, settings: GateSettings): Promise<Opened>;
  look(id: string): Promise<Gate | undefined>;
  /** Answers the gate, if there is one, and tells people. */
  giveUp(gate: Gate | undefined, why: GivenUp): Promise<void>;
}

/** The gates of one state. */
export function gateDesk(ports: OpenGatePorts, config: GateConfig): GateDesk {
  return {
    open: (opening, settings) => standing(ports, config, opening, settings),
    tryToOpen: (opening, settings) => tryToOpen(ports, config, opening, settings),
    look: (id) => ports.gates.get(id),
    giveUp: async (gate, { message, reason, at, runId }) => {
      if (gate !== undefined) {
        await ports.gates.put({ ...gate, answer: { result: "inconclusive", reason, at } });
      }
      const held = await ports.control.read();
      if (held === undefined) return;
      const session = new ControlSession(ports.control, runId, held);
      await session.change((control) => announce(control, message, at, gate));
    },
  };
}

function announce(control: Control, message: string, at: number, gate: Gate | undefined): Control {
  const left = gate === undefined ? control : removeGates(control, [gate.id], undefined);
  return tell(left, {
    at,
    subject: "a release was answered without proof",
    message: [`ECS asked for a gate: ${message}.`, "Next: warmer status"].join("\n"),
  });
}
