import { describe, expect, it } from "vitest";
import { retireColor } from "../../lib/app/retire.ts";
import { makeManifest } from "../../lib/core/manifest.ts";
import { cutPrefix, isPrefix, sha256 } from "../../lib/core/prefix.ts";
import { aPrompt, type TestPrompt } from "../support/prompts.ts";
import { CONFIG, MINUTE, type World } from "../support/world.ts";
import { play } from "./fault.ts";
import { sharedWorld } from "./shared-world.ts";

const world = sharedWorld([aPrompt("support")]);

/** Publishes without the checks of `warmer publish`, as an older release or another tool might. */
async function publishUnchecked(there: World, color: string, prompt: TestPrompt): Promise<void> {
  const body = JSON.parse(prompt.text);
  const prefix = cutPrefix(body);
  if (!isPrefix(prefix)) throw new Error(prefix.message);
  const { fingerprint, markers, model, ttl } = prefix;
  const json = JSON.stringify(prefix.body);
  const bodyDigest = sha256(json);
  const entry = { name: prompt.name, fingerprint, markers, bodyDigest, model, ttl, required: true };
  const manifest = makeManifest(
    color,
    "unchecked",
    [{ ...entry, bytes: Buffer.byteLength(json) }],
    there.engine.now(),
  );
  await there.warmer.operator.manifests.publish(manifest, new Map([[bodyDigest, prefix.body]]));
}

describe("a prompt", () => {
  it.each([
    {
      what: "of a model that has no price is never sent",
      prompt: aPrompt("support", { model: "claude-sonnet-99" }),
      outcome: "unpriced_model",
      says: /^the price table does not know a prefix's model: prompt support, model claude-sonnet-99$/,
      sent: [],
    },
    {
      what: "below the model's minimum is sent once, and then stopped",
      prompt: aPrompt("support", { words: "small support", tokens: 450 }),
      outcome: "not_cached",
      says: /^the provider cached nothing; the prefix is below the model's minimum: prompt support, model claude-sonnet-5-5$/,
      sent: [{ status: 200, usage: expect.objectContaining({ write5mTokens: 0, readTokens: 0 }) }],
    },
    {
      what: "that forces a tool and has a tool which acts is never sent",
      prompt: withServerTool(),
      outcome: "unsafe_to_warm",
      says: /^a prefix cannot be touched without a side effect: prompt support/,
      sent: [],
    },
  ] as const)("$what", async ({ prompt, sent, ...fault }) => {
    const { from, touched } = await play(world(), {
      ...fault,
      breaks: async (there) => {
        await publishUnchecked(there, "green", prompt);
        await there.flip("green");
        return async () => {
          await there.flip("blue");
          await there.pass(MINUTE);
          // Or it would be kept for a rollback.
          await retireColor(there.warmer.operator, CONFIG, "green", "retire");
        };
      },
      alarm: "WarmErrors",
    });
    // What blue serves is still kept for a rollback.
    const before = new Set(
      world()
        .touches()
        .flatMap(({ at, fingerprint }) => (at < from ? [fingerprint] : [])),
    );
    expect(touched.filter(({ fingerprint }) => !before.has(fingerprint))).toMatchObject(sent);
    expect(world().fired("NotWarm", from)).toHaveLength(1);
  });
});

function withServerTool(): TestPrompt {
  const { name, body } = aPrompt("support", { words: "browsing support" });
  const acting = {
    ...body,
    tools: [{ type: "web_search_20250305", name: "web_search" }],
    tool_choice: { type: "any" },
  };
  return { name, text: JSON.stringify(acting), body: acting };
}
