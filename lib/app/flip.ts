import type { WarmerConfig } from "../core/config.ts";
import { shown } from "../core/received.ts";
import { Refused } from "./errors.ts";
import type { LiveColorParameter, LiveColorSwitch, ManifestStore } from "./ports.ts";

export interface FlipReport {
  readonly from: string;
  readonly to: string;
  readonly version: number;
}

/**
 * Writes the switch. Refuses a color that the warmer could not follow: one that is not configured, or has no
 * manifest. SSM has no compare-and-set, so a flip that somebody else made in between is detected, not prevented.
 *
 * @throws Refused with what to do instead. The switch is then as it was, but for the last refusal: there it was written,
 *   and somebody else wrote it as well.
 */
export async function flip(
  ports: {
    readonly liveColor: LiveColorParameter & LiveColorSwitch;
    readonly manifests: Pick<ManifestStore, "header">;
  },
  config: Pick<WarmerConfig, "colors" | "liveColorParameter">,
  to: string,
): Promise<FlipReport> {
  if (!config.colors.includes(to)) {
    throw new Refused(`the color must be one of ${config.colors.join(", ")}, got ${shown(to)}`);
  }
  const before = await ports.liveColor.read();
  if (before === undefined)
    throw new Refused(`${config.liveColorParameter} does not exist; run \`warmer init --color ${to}\``);
  if (before.value === to) throw new Refused(`${to} is live already (version ${before.version})`);
  if ((await ports.manifests.header(to)) === undefined) {
    throw new Refused(
      `${to} has no manifest; run \`warmer publish --color ${to} --release ID prompts/…\` first`,
    );
  }
  const version = await ports.liveColor.write(to);
  if (version !== before.version + 1) {
    throw new Refused(
      `somebody else wrote ${config.liveColorParameter} meanwhile (version ${version}, expected ${before.version + 1}); look with \`warmer status\``,
    );
  }
  return { from: before.value, to, version };
}
