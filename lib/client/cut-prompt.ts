import { cutPrefix, type Prefix, type PrefixFault, type RequestBody } from "../core/prefix.ts";

const cuts = new WeakMap<object, Prefix | PrefixFault>();

/** The prefix of a prompt. Cutting hashes the whole of it; a prompt object is cut once, however often it is used. */
export function cutPrompt(prompt: object): Prefix | PrefixFault {
  const known = cuts.get(prompt);
  if (known !== undefined) return known;
  const cut = cutPrefix(prompt as RequestBody);
  cuts.set(prompt, cut);
  return cut;
}
