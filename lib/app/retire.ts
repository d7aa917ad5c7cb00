import type { WarmerConfig } from "../core/config.ts";
import type { Control } from "../core/control.ts";
import { shown } from "../core/received.ts";
import { retire } from "../core/release/serving.ts";
import { Refused } from "./errors.ts";
import { changeAsOperator } from "./operator-act.ts";
import type { ControlStore, LiveColorParameter } from "./ports.ts";

/**
 * Ends the warming of a color beside the live one, before its time is over. The next tick leaves its prefixes alone.
 *
 * @throws Refused for the live color, and for one that is not kept warm
 */
export async function retireColor(
  ports: { readonly liveColor: LiveColorParameter; readonly control: ControlStore },
  { colors }: Pick<WarmerConfig, "colors">,
  color: string,
  runId: string,
): Promise<Control> {
  if (!colors.includes(color))
    throw new Refused(`the color must be one of ${colors.join(", ")}, got ${shown(color)}`);
  if ((await ports.liveColor.read())?.value === color)
    throw new Refused(`${color} is live; flip to another color first`);
  return changeAsOperator(ports, runId, (control) => retire(control, color));
}
