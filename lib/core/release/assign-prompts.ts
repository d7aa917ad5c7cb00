import type { Partition } from "../partitions.ts";
import { isPrefix, readPromptFile } from "../prompt-file.ts";
import { shown } from "../received.ts";

/** A prompt of a release, as its file has it. */
interface PromptText {
  readonly name: string;
  readonly text: string;
}

/** What belongs where, or all that keeps anybody from telling. */
export type Assignment<P extends PromptText> =
  | { readonly kind: "assigned"; readonly prompts: ReadonlyMap<string, readonly P[]> }
  | { readonly kind: "faults"; readonly faults: readonly string[] };

/**
 * Divides a release among the partitions, by the models that they are configured with. Each of them gets at least one
 * prompt: a color without any would be a cold one there.
 */
export function assignPrompts<P extends PromptText>(
  partitions: readonly Partition[],
  prompts: readonly P[],
): Assignment<P> {
  const faults: string[] = [];
  const assigned = new Map<string, P[]>(partitions.map(({ name }) => [name, []]));
  for (const prompt of prompts) {
    const prefix = readPromptFile(prompt.text);
    if (!isPrefix(prefix)) {
      faults.push(`${prompt.name}: ${prefix.path} ${prefix.message}`);
      continue;
    }
    const { model } = prefix.body;
    const partition = partitions.find(({ models = [] }) => models.some((one) => one === model));
    if (partition === undefined) {
      faults.push(`${prompt.name}: its model must be in the models of a partition, got ${shown(model)}`);
    } else {
      assigned.get(partition.name)?.push(prompt);
    }
  }
  if (faults.length === 0) {
    for (const [name, own] of assigned) {
      if (own.length > 0) continue;
      faults.push(`the partition ${name} must get a prompt of its models, got none`);
    }
  }
  return faults.length > 0 ? { kind: "faults", faults } : { kind: "assigned", prompts: assigned };
}
