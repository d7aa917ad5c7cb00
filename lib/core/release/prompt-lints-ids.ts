import { isExample, type Suspect } from "./prompt-lints-times.ts";

const UUID = /(?<![0-9A-Za-z])[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}(?![0-9A-Za-z])/gi;

/** The UUIDs that documentation uses as examples: of RFC 9562's predecessors, and of most API references. */
const EXAMPLE_UUIDS = new Set([
  "123e4567-e89b-12d3-a456-426614174000",
  "550e8400-e29b-41d4-a716-446655440000",
]);

/** Letters, digits, and what joins ids, paths and base64. */
const WORD = /[A-Za-z0-9+/_=-]{12,}/g;

/** Longer ones are encoded content, such as an image: fixed, and no id. */
const LONGEST_ID = 128;

const LABELLED_ID =
  /\b(?:request|trace|span|session|correlation|conversation|transaction|invocation|execution|run|build|job|nonce)[ _-]?(?:id|key|token)?["'`]?\s{0,2}[:=#]\s{0,2}["'`]?(?<id>[A-Za-z0-9_-]{8,64})(?![A-Za-z0-9_-])/gi;

const ID_KEY =
  /^(?:.*[_-])?(?:request|trace|span|session|correlation|conversation|transaction|invocation|execution|run|build|job|nonce)(?:[_-]?(?:id|key|token))?$/i;

/** Ends where the place in question begins. */
const ADDRESS_PATH = /\bhttps?:\/\/[^\s"'`<>()\]}?#]*$/;

const LONGEST_PATH = 500;

/** UUIDs, but for those that stand for no particular thing. */
export function uuidsIn(text: string): Suspect[] {
  return [...text.matchAll(UUID)].flatMap(({ 0: id, index }) =>
    EXAMPLE_UUIDS.has(id.toLowerCase()) ||
    distinct(id) <= 4 ||
    isInPath(text, index) ||
    isExample(text, index)
      ? []
      : [{ index, length: id.length, form: "UUID" }],
  );
}

/** @param key of the JSON string that the text is, if it is one */
export function randomIdsIn(whole: string, key?: string): Suspect[] {
  // UUIDs have a lint of their own.
  const text = whole.replace(UUID, (id) => " ".repeat(id.length));
  if (key !== undefined && ID_KEY.test(key) && isRandom(text, "labelled")) {
    return [{ index: 0, length: text.length, form: "id" }];
  }
  const found = new Map<number, Suspect>();
  const add = (index: number, { length }: string) => {
    if (isInPath(text, index) || isExample(text, index)) return;
    found.set(index, { index, length, form: "id" });
  };
  for (const match of text.matchAll(LABELLED_ID)) {
    const id = match.groups?.["id"] ?? "";
    if (isRandom(id, "labelled")) add(match.index + match[0].length - id.length, id);
  }
  for (const { 0: word, index } of text.matchAll(WORD)) {
    if (word.length > LONGEST_ID) continue;
    for (const { 0: id, index: within } of word.matchAll(/[A-Za-z0-9_-]{12,}/g)) {
      if (isRandom(id)) add(index + within, id);
    }
  }
  return [...found.values()];
}

/**
 * Whether a token looks drawn by chance, and not named by a person.
 *
 * Names change between letters, capitals and digits at the ends of their words; random tokens do so at more than half
 * of their places. A label such as "session id:" lowers what is asked for.
 */
export function isRandom(token: string, labelled?: "labelled"): boolean {
  const [hex, mixed, lower] = labelled === undefined ? [24, 20, 20] : [8, 10, 12];
  const tail = /^(?:[a-z]{2,12}_){1,3}(?<tail>[A-Za-z0-9]{12,})$/.exec(token)?.groups?.["tail"];
  return (
    (ULID.test(token) && /\d{2}/.test(token.slice(1))) ||
    isHex(token, hex) ||
    isMixed(token, mixed) ||
    isLower(token, lower) ||
    (labelled !== undefined && token.split(/[_-]/).some((piece) => isHex(piece, hex))) ||
    (tail !== undefined && (isHex(tail, 12) || isMixed(tail, 12) || isLower(tail, 16)))
  );
}

const ULID = /^[0-7][0-9A-HJKMNP-TV-Z]{25}$/;

/** `deadbeef` is a word of its own kind: at least two digits, and a letter. */
function isHex(token: string, atLeast: number): boolean {
  return (
    token.length >= atLeast &&
    /^(?:[0-9a-f]+|[0-9A-F]+)$/.test(token) &&
    /[a-f]/i.test(token) &&
    (token.match(/\d/g)?.length ?? 0) >= 2 &&
    distinct(token) > 4
  );
}

/** Base62 and base64url: three kinds of characters, which take turns as names do not. */
function isMixed(token: string, atLeast: number): boolean {
  return (
    token.length >= atLeast &&
    // Not many short words with joints between.
    /[A-Za-z0-9]{8}/.test(token) &&
    /^[\w-]+$/.test(token) &&
    /[a-z]/.test(token) &&
    /[A-Z]/.test(token) &&
    /\d/.test(token) &&
    turns(token) >= 0.45
  );
}

/** Base36 in small letters, as of cuid. */
function isLower(token: string, atLeast: number): boolean {
  return (
    token.length >= atLeast &&
    /^[a-z0-9]+$/.test(token) &&
    (token.match(/\d+/g)?.length ?? 0) >= 4 &&
    turns(token) >= 0.28
  );
}

/** Share of neighbouring letters and digits that are of different kinds: small letter, capital, digit. */
function turns(token: string): number {
  const kinds = token.replace(/[a-z]/g, "a").replace(/[A-Z]/g, "A").replace(/\d/g, "0");
  let pairs = 0;
  let changes = 0;
  for (let i = 1; i < kinds.length; i++) {
    const [before, after] = [kinds[i - 1], kinds[i]];
    // What joins the words of a name is no turn.
    if (before === "-" || before === "_" || after === "-" || after === "_") continue;
    pairs += 1;
    if (before !== after) changes += 1;
  }
  return pairs === 0 ? 0 : changes / pairs;
}

function distinct(token: string): number {
  return new Set(token.toLowerCase().replace(/-/g, "")).size;
}

/** The path of an address names a thing that stays; its query may name a session. */
function isInPath(text: string, index: number): boolean {
  return ADDRESS_PATH.test(text.slice(Math.max(0, index - LONGEST_PATH), index));
}
