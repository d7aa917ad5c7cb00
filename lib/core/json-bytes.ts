/**
 * Whether a JSON text survives parse and stringify: same keys in the same order, same number texts.
 *
 * The application's language may write `1.0` or keys that look like integers; JavaScript would turn them
 * into `1` and move them to the front, and the warmer would warm a prefix that nobody sends. White space
 * and string escapes may differ: they are not part of the value.
 *
 * @returns the path of the first difference (`tools[0].input_schema.minimum`), or `undefined` if there is none
 * @throws SyntaxError if the text is not JSON
 */
export function lostInStringify(text: string): string | undefined {
  const original = tokensOf(text);
  const rewritten = tokensOf(JSON.stringify(JSON.parse(text)));
  for (let i = 0; i < original.length; i++) {
    const before = original[i];
    const after = rewritten[i];
    if (
      before === undefined ||
      after === undefined ||
      before.text !== after.text ||
      before.path !== after.path
    ) {
      return before?.path ?? "(root)";
    }
  }
  return original.length === rewritten.length ? undefined : "(root)";
}

interface Token {
  readonly path: string;
  readonly text: string;
}

const LEXEME = /"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*|true|false|null|[{}[\],:]/g;

/** Keys and scalars of a JSON text in order, each with its path. Strings are compared by value. */
function tokensOf(text: string): Token[] {
  const tokens: Token[] = [];
  const stack: { kind: "object" | "array"; key: string; index: number }[] = [];
  let expectKey = false;
  const pathNow = () =>
    stack
      .map((level) => (level.kind === "array" ? `[${level.index}]` : `.${level.key}`))
      .join("")
      .replace(/^\./, "");
  for (const [lexeme] of text.matchAll(LEXEME)) {
    const top = stack.at(-1);
    if (lexeme === "{" || lexeme === "[") {
      tokens.push({ path: pathNow(), text: lexeme });
      stack.push({ kind: lexeme === "{" ? "object" : "array", key: "", index: 0 });
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
      tokens.push({ path: pathNow(), text: "key" });
    } else {
      tokens.push({
        path: pathNow(),
        text: lexeme.startsWith('"') ? JSON.stringify(JSON.parse(lexeme)) : lexeme,
      });
    }
  }
  return tokens;
}
