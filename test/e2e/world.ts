import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { EXIT, type ExitCode } from "../../bin/exit.ts";
import type { Status } from "../../lib/app/status.ts";
import { readStackOutputs, type StackOutputs } from "../../lib/aws/stack-outputs.ts";
import type { WarmerConfig } from "../../lib/core/config.ts";
import { warmerStackName } from "../../lib/core/stack-outputs.ts";
import type { SimulatedProvider } from "../../lib/local/provider/server.ts";
import type { Clients } from "./clients.ts";
import type { Commands } from "./commands.ts";
import { invoke } from "./functions.ts";
import { eventually } from "./processes.ts";
import { type Touches, touchesIn } from "./touches.ts";

const PROMPTS = fileURLToPath(new URL("../../examples/support-agent/prompts/", import.meta.url));

/** Path of one of the example prompts. */
export function examplePrompt(name: string): string {
  return join(PROMPTS, name);
}

export interface Parts {
  readonly config: WarmerConfig;
  readonly provider: SimulatedProvider;
  readonly clients: Clients;
  readonly commands: Commands;
  /** For files that the run makes. */
  readonly directory: string;
  readonly apiKey: string;
}

/** Everything that the steps look at: the account, the two command lines, the provider. */
export class World {
  readonly parts: Parts;
  readonly stack: string;
  /** The configuration that commands are given; missing: the repository's. */
  configFile: string | undefined;

  constructor(parts: Parts) {
    this.parts = parts;
    this.stack = warmerStackName(parts.config.service, parts.config.environment);
  }

  outputs(): Promise<StackOutputs> {
    return readStackOutputs(this.parts.clients.cloudFormation, this.stack);
  }

  warmer<T>(args: readonly string[], expected: ExitCode = EXIT.ok): Promise<T> {
    const config = this.configFile === undefined ? [] : ["--config", this.configFile];
    return this.parts.commands.warmer<T>([...config, ...args], expected);
  }

  /** @param expected a warmer that is paused is not healthy */
  status(expected: ExitCode = EXIT.ok): Promise<Status> {
    return this.warmer<Status>(["status"], expected);
  }

  publish(color: string, release: string, files: readonly string[]): Promise<unknown> {
    return this.warmer(["publish", "--live", "--color", color, "--release", release, ...files]);
  }

  /** What the schedule sends, sent by hand: the outcome that the run ends with. */
  async tick(): Promise<string> {
    const { warmFunctionName } = await this.outputs();
    return invoke(this.parts.clients, warmFunctionName, {
      id: randomUUID(),
      time: new Date().toISOString(),
      source: "aws.events",
      "detail-type": "Scheduled Event",
    });
  }

  /** How many requests the provider has had. */
  get sent(): number {
    return this.parts.provider.log.length;
  }

  /** Waits until the provider's log has so many fills since `mark`, each read back. */
  filled(fills: number, mark: number, timeoutMs: number): Promise<Touches> {
    return eventually(`${fills} fills in the provider's log, each read back`, timeoutMs, () => {
      const touches = touchesIn(this.parts.provider.log.slice(mark));
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
}
