import { APIError } from "@anthropic-ai/sdk";
import { StateUnreadable, TargetUnreadable } from "../../lib/app/errors.ts";
import type { ProviderReply } from "../../lib/app/ports.ts";
import type { WarmPorts } from "../../lib/app/warm-cycle.ts";
import type { RequestBody } from "../../lib/core/prefix.ts";
import { failureOf } from "../../lib/provider/anthropic-failure.ts";
import { WARMER_KEY } from "../support/memory/provider.ts";
import type { Worker } from "../support/memory/scheduler.ts";
import type { SimulatedWorld } from "./simulated-world.ts";
import type { Weather } from "./weather.ts";

/** Part of every prompt: it must be found nowhere but in what is sent. */
export const PROMPT_TEXT = "politely and in full sentences";

/** The ports of a run or an operator under what is wrong at the moment of each call. */
export function faultyPorts(
  ports: WarmPorts,
  runId: string,
  world: SimulatedWorld,
  weather: Weather,
  worker: Worker,
): WarmPorts {
  const tableFault = () =>
    weather.get("noTable") || weather.get("noRegion")
      ? new StateUnreadable("the table: TimeoutError")
      : undefined;
  const { liveColor, provider, metrics } = ports;
  const colorFault = () =>
    weather.get("noColor") || weather.get("noRegion")
      ? new TargetUnreadable("live-color: TimeoutError")
      : undefined;
  return {
    ...ports,
    manifests: failing(ports.manifests, tableFault),
    gates: failing(ports.gates, tableFault),
    usage: failing(ports.usage, tableFault),
    plan: failing(ports.plan, tableFault),
    liveColor: {
      read: async () => {
        const fault = colorFault();
        const newest = await liveColor.read();
        if (fault !== undefined) throw fault;
        return weather.get("staleColor") ? (world.liveColor.versions.at(-2) ?? newest) : newest;
      },
      since: (value) => failing(liveColor, colorFault).since(value),
    },
    provider: {
      count: (request, timeoutMs) => provider.count(request, timeoutMs),
      send: async (request, timeoutMs) => {
        const quotes = weather.get("quotes");
        if (quotes !== undefined) return refusalThatQuotes(request, quotes);
        const reply = await provider.send(request, timeoutMs);
        if (weather.get("diesWaiting")) {
          worker.kill();
          await worker.turn();
        }
        return withOddUsage(reply, weather.get("oddUsage"));
      },
    },
    metrics: {
      publish: async (points) => {
        const isLost = weather.get("noMetrics") || weather.get("noRegion");
        // The adapter of `warm` swallows a failure, since the money is in the ledger; the monitor's does not.
        if (isLost && runId === "operator") throw new Error("CloudWatch: ServiceUnavailable");
        if (isLost || (weather.get("noTouchMetrics") && runId !== "operator")) return;
        await metrics.publish(points);
      },
    },
  };
}

/** The same port, whose calls fail while something is wrong. */
export function failing<Port extends object>(port: Port, fault: () => Error | undefined): Port {
  return new Proxy(port, {
    get: (target, name) => {
      const member: unknown = Reflect.get(target, name, target);
      if (typeof member !== "function") return member;
      return async (...args: unknown[]) => {
        const wrong = fault();
        if (wrong !== undefined) throw wrong;
        return Reflect.apply(member, target, args);
      };
    },
  });
}

/** What the SDK makes of an error whose message quotes what was sent; the failure is by the adapter's own table. */
function refusalThatQuotes(
  request: RequestBody,
  quotes: "as any request" | "as a spend limit",
): ProviderReply {
  const secret = `${WARMER_KEY.key} ${JSON.stringify(request)}`;
  const message =
    quotes === "as any request" ? secret : `You have reached your specified API usage limits. ${secret}`;
  const body = { type: "error", error: { type: "invalid_request_error", message } };
  return { kind: "failed", failure: failureOf(APIError.generate(400, body, undefined, new Headers())) };
}

function withOddUsage(
  reply: ProviderReply,
  odd: { readonly tokens: unknown } | "missing" | undefined,
): ProviderReply {
  if (odd === undefined || reply.kind === "failed") return reply;
  if (odd === "missing") return { kind: "reply", usage: undefined };
  return { kind: "reply", usage: { ...(reply.usage as object), input_tokens: odd.tokens } };
}
