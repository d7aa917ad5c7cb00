/**
 * Whether a JSON text survives parse and stringify: same keys in the same order, same number texts.
 *
 * The application's language may write `1.0` or keys that look like integers; JavaScript would turn them
 * into `1` and move them to the front, and the warmer would warm a prefix that nobody sends. White space
 * and string escapes may differ: they are not part of the value.
 *
 * @returns the path of the first difference (`tools[0].input_schema.minimum`), or `undefined` if there is none
 * @throws SyntaxError if the text is not JSON
 * @throws RangeError if it is nested deeper than MAX_DEPTH
 */
export function lostInStringify(text: string): string | undefined {
  const original = tokensOf(text);
  const rewritten = tokensOf(JSON.stringify(JSON.parse(text)));
  for (let i = 0; i < original.length; i++) {
    const before = original[i];
    const after = rewritten[i];
    if (before === undefined || after === undefined || before.path !== after.path || !isKept(before, after)) {
      return before?.path || "(root)";
    }
  }
  return original.length === rewritten.length ? undefined : "(root)";
}

/** Settings of the sampler: no text of the prompt, so `1.0` and `1` are the same. Python writes the former. */
const SAMPLING = new Set(["temperature", "top_p", "top_k", "max_tokens"]);

function isKept(before: Token, after: Token): boolean {
  return (
    before.text === after.text || (SAMPLING.has(before.path) && Number(before.text) === Number(after.text))
  );
}

interface Token {
  readonly path: string;
  readonly text: string;
}

/** JSON.stringify recurses: some thousand levels deeper it would overflow the stack. No prompt comes near. */
export const MAX_DEPTH = 1_000;

const LEXEME = /-?\d[\d.eE+-]*|true|false|null|[{}[\],:"]/g;

/**
 * Strings are walked by hand: the regular expression for one needs stack for each of its characters, and a
 * document in base64 has millions.
 */
function* lexemesOf(text: string): Generator<string> {
  const lexeme = new RegExp(LEXEME);
  for (let found = lexeme.exec(text); found !== null; found = lexeme.exec(text)) {
    if (found[0] === '"') lexeme.lastIndex = endOfString(text, found.index);
    yield text.slice(found.index, lexeme.lastIndex);
  }
}

/** The index after the string that begins at `start`. */
function endOfString(text: string, start: number): number {
  for (let i = start + 1; i < text.length; i++) {
    const character = text[i];
    if (character === '"') return i + 1;
    if (character === "\\") i += 1;
  }
  return text.length;
}

interface Level {
  readonly kind: "object" | "array";
  /** Path of the object or array itself. */
  readonly path: string;
  key: string;
  index: number;
}

function pathIn(level: Level | undefined): string {
  if (level === undefined) return "";
  if (level.kind === "array") return `${level.path}[${level.index}]`;
  return level.path === "" ? level.key : `${level.path}.${level.key}`;
}

/** Keys and scalars of a JSON text in order, each with its path. Strings are compared by value. */
function tokensOf(text: string): Token[] {
  const tokens: Token[] = [];
  const stack: Level[] = [];
  let expectKey = false;
  for (const lexeme of lexemesOf(text)) {
    const top = stack.at(-1);
    if (lexeme === "{" || lexeme === "[") {
      if (stack.length === MAX_DEPTH)
        throw new RangeError(`JSON must not be nested deeper than ${MAX_DEPTH}`);
      const path = pathIn(top);
      tokens.push({ path, text: lexeme });
      stack.push({ kind: lexeme === "{" ? "object" : "array", path, key: "", index: 0 });
      expectKey = lexeme === "{";
    } else if (lexeme === "}" || lexeme === "]") {
      stack.pop();
      expectKey = false;
    } else if (lexeme === ",") {
      if (top?.kind === "array") top.index += 1;
      expectKey = top?.kind === "object";
    } else if (lexeme === ":") {
      expectKey = false;
    } else if (expectKey && top !== undefined) {
      top.key = JSON.parse(lexeme) as string;
      tokens.push({ path: pathIn(top), text: "key" });
    } else {
      tokens.push({
        path: pathIn(top),
        text: lexeme.startsWith('"') ? JSON.stringify(JSON.parse(lexeme)) : lexeme,
      });
    }
  }
  return tokens;
}
