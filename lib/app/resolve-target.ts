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

/** What the live color stands for at this moment, or which fault it has. */
export type Target =
  | ResolvedTarget
  | { readonly kind: "fault"; readonly outcome: Outcome; readonly message: string };

/** Follows the role, never a name: parameter → color → manifest. No fault falls back to another color. */
export async function resolveTarget(
  ports: { readonly liveColor: LiveColorParameter; readonly manifests: Pick<ManifestStore, "header"> },
  config: Pick<WarmerConfig, "colors" | "liveColorParameter">,
): Promise<Target> {
  try {
    const parameter = await ports.liveColor.read();
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

function fault(outcome: Outcome, message: string): Target {
  return { kind: "fault", outcome, message };
}
