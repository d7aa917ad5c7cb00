import { Adaptive } from "./adaptive.ts";
import { businessHours, cron, fixedHorizon } from "./fixed.ts";
import { ENDLESS, type Policy, type PolicySettings } from "./policy.ts";
import { mostKeepAlives, USUAL_TARIFF } from "./tariff.ts";

/** The names that `policyNamed` takes, `cron` and `keepalive` with their usual argument. */
export const POLICY_NAMES = [
  "adaptive",
  "adaptive-5m",
  "always",
  "cron(4m)",
  "business-hours",
  "keepalive(2)",
  "ski-rental",
  "off",
  "off-1h",
] as const;

/**
 * A policy by its name. `always` keeps 1h entries warm for ever; `cron(Nm)` touches every N minutes, used or
 * not; `keepalive(K)` sends at most K five-minute keep-alives after a use; `ski-rental` keeps a 1h entry until
 * that has cost what a 5m write would (the deterministic rule); `off` leaves caching to the application, with
 * 5m writes or (`off-1h`) 1h writes.
 *
 * @throws RangeError for any other name.
 */
export function policyNamed(name: string, settings: PolicySettings = {}): Policy {
  const [, kind = name, argument] = /^([a-z0-9-]+)\((\d+)m?\)$/.exec(name) ?? [];
  const count = Number(argument);
  switch (kind) {
    case "adaptive":
      return new Adaptive(settings);
    case "adaptive-5m":
      return new Adaptive({ ...settings, only5m: true });
    case "always":
      return fixedHorizon(name, "1h", ENDLESS);
    case "business-hours":
      return businessHours();
    case "ski-rental":
      return fixedHorizon(name, "1h", mostKeepAlives(USUAL_TARIFF, "5m"));
    case "off":
      return fixedHorizon(name, "5m", 0);
    case "off-1h":
      return fixedHorizon(name, "1h", 0);
    case "cron":
      if (count >= 1 && count <= 1440) return cron(count);
      break;
    case "keepalive":
      if (count <= 254) return fixedHorizon(name, "5m", count);
      break;
  }
  const received = JSON.stringify(name.slice(0, 40));
  throw new RangeError(
    `policy must be one of ${POLICY_NAMES.join(", ")} (cron of 1 to 1440 minutes, keepalive of 0 to 254 touches), got: ${received}.`,
  );
}
