import type { WarmerConfig } from "../core/config.ts";
import { readLiveColor } from "../core/live-color.ts";
import type { ManifestHeader } from "../core/manifest.ts";
import type { Outcome } from "../core/outcome.ts";
import { ManifestDamaged, StateUnreadable, TargetUnreadable } from "./errors.ts";
import type { LiveColorParameter, ManifestStore } from "./ports.ts";

/** The live color, and the release that it serves. */
export interface ResolvedTarget {
  readonly kind: "target";
  readonly color: string;
  readonly parameterVersion: number;
  /** When this version of the parameter was written, ms since the epoch. */
  readonly modifiedAt: number;
  readonly header: ManifestHeader;
}

/** Which version of the live color SSM answered. */
export interface Answer {
  readonly version: number;
  /** When it was written, ms since the epoch. */
  readonly modifiedAt: number;
}

/** Why the live color stands for nothing at this moment. */
export interface TargetFault {
  readonly kind: "fault";
  readonly outcome: Outcome;
  readonly message: string;
  /** Absent where there is no parameter, or it could not be read. */
  readonly answer?: Answer;
}

/** What the live color stands for at this moment, or which fault it has. */
export type Target = ResolvedTarget | TargetFault;

/** Follows the role, never a name: parameter → color → manifest. No fault falls back to another color. */
export async function resolveTarget(
  ports: { readonly liveColor: LiveColorParameter; readonly manifests: Pick<ManifestStore, "header"> },
  config: Pick<WarmerConfig, "colors" | "liveColorParameter">,
): Promise<Target> {
  let answer: Answer | undefined;
  const fault = (outcome: Outcome, message: string): TargetFault => ({
    ...{ kind: "fault", outcome, message },
    ...(answer !== undefined && { answer }),
  });
  try {
    const parameter = await ports.liveColor.read();
    answer = parameter && { version: parameter.version, modifiedAt: parameter.modifiedAt };
    const live = readLiveColor(parameter?.value, config.colors);
    if (live.kind === "missing" || parameter === undefined) {
      return fault(
        "no_target",
        `${config.liveColorParameter} does not exist; run \`warmer init --color COLOR\``,
      );
    }
    if (live.kind === "empty") {
      return fault(
        "empty_color",
        `${config.liveColorParameter} is empty; expected one of ${config.colors.join(", ")}`,
      );
    }
    if (live.kind === "unknown") return fault("unknown_color", live.message);
    const header = await ports.manifests.header(live.color);
    if (header === undefined) {
      return fault(
        "no_manifest",
        `${live.color} has no manifest; run \`warmer publish --color ${live.color} …\``,
      );
    }
    if (header.prefixes === 0) return fault("empty_target", `the manifest of ${live.color} lists no prefix`);
    return {
      kind: "target",
      color: live.color,
      parameterVersion: parameter.version,
      modifiedAt: parameter.modifiedAt,
      header,
    };
  } catch (error) {
    if (error instanceof TargetUnreadable) return fault("target_unreadable", error.message);
    if (error instanceof ManifestDamaged) return fault("manifest_damaged", error.message);
    if (error instanceof StateUnreadable) return fault("state_unreadable", error.message);
    throw error;
  }
}

/** Whether another color is live now than the one followed. A parameter that cannot be read is the next tick's matter. */
export async function hasTurned(
  liveColor: LiveColorParameter,
  colors: readonly string[],
  followed: string,
): Promise<boolean> {
  try {
    const parameter = await liveColor.read();
    return parameter !== undefined && parameter.value !== followed && colors.includes(parameter.value);
  } catch (error) {
    if (error instanceof TargetUnreadable) return false;
    throw error;
  }
}
