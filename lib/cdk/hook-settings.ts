import type { Duration } from "aws-cdk-lib/core";
import type { GateSettings } from "../core/release/gate-event.ts";

/** What a deployment's hook asks of its gate. */
export interface HookSettings {
  /**
   * The color that wants to take traffic.
   *
   * @default - the color that was published last, beside the live one
   */
  readonly color?: string;

  /**
   * Share of the predicted traffic whose prefixes must be proven warm, above 0 up to 1.
   *
   * @default - `gate.minCoverage` of the warmer's options
   */
  readonly minCoverage?: number;

  /**
   * How long the answer may take.
   *
   * @default - `gate.timeout` of the warmer's options
   */
  readonly timeout?: Duration;

  /**
   * Whether a gate that cannot be answered (paused, a limit, a fault) stops the release.
   *
   * @default - `gate.failDeployment` of the warmer's options
   */
  readonly failDeployment?: boolean;
}

/** The settings as the gate function reads them; what is not said is left out. */
export function hookDetails({ color, minCoverage, timeout, failDeployment }: HookSettings): GateSettings {
  return {
    ...(color !== undefined && { color }),
    ...(minCoverage !== undefined && { minCoverage }),
    ...(timeout !== undefined && { timeoutSeconds: timeout.toSeconds() }),
    ...(failDeployment !== undefined && { failDeployment }),
  };
}
