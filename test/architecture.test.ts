import { readdirSync, readFileSync } from "node:fs";
import { extname, join, posix, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const SOURCES = new Set([".ts", ".mts", ".cts", ".js", ".mjs", ".cjs"]);

interface Import {
  /** A package, or a path from the repository's root. */
  readonly target: string;
  readonly isTypeOnly: boolean;
}

interface SourceFile {
  readonly path: string;
  readonly text: string;
  readonly imports: readonly Import[];
}

/** Statements begin a line; a line of a comment begins with something else. */
const STATIC = /^[ \t]*(?:import|export)\b(?<clause>[^"'`;]*?)\bfrom\s*["'](?<from>[^"']+)["']/gm;
const SIDE_EFFECT = /^[ \t]*import\s*["'](?<from>[^"']+)["']/gm;
const CALL = /\b(?:import|require)\s*\(\s*["'`](?<from>[^"'`]+)["'`]\s*\)/g;

function importsOf(path: string, text: string): Import[] {
  return [STATIC, SIDE_EFFECT, CALL].flatMap((form) =>
    [...text.matchAll(form)].map(({ groups }) => {
      const from = groups?.["from"] ?? "";
      return {
        target: from.startsWith(".") ? posix.join(posix.dirname(path), from) : from,
        isTypeOnly: /^\s+type\b/.test(groups?.["clause"] ?? ""),
      };
    }),
  );
}

function filesIn(folder: string): SourceFile[] {
  return readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && SOURCES.has(extname(entry.name)))
    .map((entry) => {
      const path = relative(ROOT, join(entry.parentPath, entry.name)).split(sep).join("/");
      const text = readFileSync(join(ROOT, path), "utf8");
      return { path, text, imports: importsOf(path, text) };
    });
}

/** What each ring may import: folders of the repository, and packages. Everything else is forbidden. */
const RINGS: Readonly<Record<string, { readonly folders: readonly string[]; readonly packages: RegExp }>> = {
  core: { folders: ["core"], packages: /^(zod\/mini|simple-statistics|node:crypto)$/ },
  app: { folders: ["core", "app"], packages: /^(p-map|zod\/mini|node:crypto)$/ },
  aws: {
    folders: ["core", "app", "aws"],
    packages: /^(@aws-sdk\/|@aws-lambda-powertools\/|p-map$|zod\/mini$|node:)/,
  },
  provider: { folders: ["core", "app", "provider"], packages: /^(@anthropic-ai\/|node:)/ },
  client: { folders: ["core", "client"], packages: /^(@anthropic-ai\/|@aws-sdk\/client-(dynamodb|ssm)$)/ },
  cdk: { folders: ["core", "cdk"], packages: /^(aws-cdk-lib(\/|$)|constructs$|node:)/ },
  local: {
    folders: ["core", "app", "aws", "provider", "client", "local"],
    packages: /^(?!aws-cdk-lib|constructs$)/,
  },
};

const rings = Object.entries(RINGS).map(([ring, rule]) => [ring, rule, filesIn(`lib/${ring}`)] as const);

describe("the reader of imports", () => {
  it("finds every way to import, and nothing in comments and texts", () => {
    const text = `
import a from "./a.ts";
import type { B } from "../b.ts";
import {
  c,
  type C,
} from "c";
import "./side-effect.ts";
export { d } from "./d.ts";
export * from 'e';
  const f = await import("./f.ts");
const g = require("node:g");
// import h from "./h.ts";
/**
 * import i from "./i.ts";
 */
const text = \`from "./j.ts"\`;
export const list = Array.from("k");`;
    expect(importsOf("lib/core/x.ts", text)).toEqual([
      { target: "lib/core/a.ts", isTypeOnly: false },
      { target: "lib/b.ts", isTypeOnly: true },
      { target: "c", isTypeOnly: false },
      { target: "lib/core/d.ts", isTypeOnly: false },
      { target: "e", isTypeOnly: false },
      { target: "lib/core/side-effect.ts", isTypeOnly: false },
      { target: "lib/core/f.ts", isTypeOnly: false },
      { target: "node:g", isTypeOnly: false },
    ]);
  });
});

describe("imports point inward", () => {
  it.each(rings)("from lib/%s", (_ring, { folders, packages }, files) => {
    const isAllowed = ({ target }: Import) =>
      /^(lib|lambda|bin|test|examples|bench)\//.test(target)
        ? folders.some((folder) => target.startsWith(`lib/${folder}/`))
        : packages.test(target);
    const imports = files.flatMap((file) => file.imports.map((one) => ({ from: file.path, ...one })));
    expect(files.length).toBeGreaterThan(0);
    expect(imports.length).toBeGreaterThan(0);
    expect(imports.filter((one) => !isAllowed(one))).toEqual([]);
  });

  it("from every folder of lib: none is without a rule", () => {
    const folders = readdirSync(join(ROOT, "lib"), { withFileTypes: true }).filter((entry) =>
      entry.isDirectory(),
    );
    expect(folders.map(({ name }) => name).sort()).toEqual(Object.keys(RINGS).sort());
  });

  it("so that nothing in lib needs an entry point, a test or an example", () => {
    const files = filesIn("lib");
    const outward = files.flatMap(({ path, imports }) =>
      imports.flatMap(({ target }) =>
        /^(lambda|bin|test|examples|bench)\//.test(target) ? [`${path}: ${target}`] : [],
      ),
    );
    expect(files.length).toBeGreaterThan(50);
    expect(outward).toEqual([]);
  });

  it("and entry points reach every ring, so the rules are not kept by an empty tree", () => {
    const reached = new Set(
      ["lambda", "bin"]
        .flatMap(filesIn)
        .flatMap(({ imports }) => imports.map(({ target }) => target.split("/")[1])),
    );
    for (const ring of ["core", "app", "aws", "provider", "cdk"]) expect(reached).toContain(ring);
  });

  it("and core takes createHash from node:crypto, no randomness", () => {
    const clauses = filesIn("lib/core").flatMap(({ text }) => [
      ...text.matchAll(/import (.*) from "node:crypto"/g),
    ]);
    expect(clauses.length).toBeGreaterThan(0);
    for (const [, clause] of clauses) expect(clause).toBe("{ createHash }");
  });

  it("and an application that imports the client loads no SDK for it, AWS's only with the first record or advice", () => {
    const loaded = filesIn("lib/client").flatMap(({ path, text, imports }) =>
      imports
        .filter(({ target, isTypeOnly }) => !isTypeOnly && !target.startsWith("lib/"))
        .map(
          ({ target }) => `${path}: ${text.includes(`await import("${target}")`) ? "later " : ""}${target}`,
        ),
    );
    expect(loaded.sort()).toEqual([
      "lib/client/dynamo-usage-writer.ts: later @aws-sdk/client-dynamodb",
      "lib/client/ssm-advice-reader.ts: later @aws-sdk/client-ssm",
    ]);
  });
});

describe("pure rules", () => {
  const IMPURE =
    /\bDate\.now\s*\(|\bnew Date\(\s*\)|\bMath\.random\s*\(|\bprocess\.|\bperformance\.|\brandomUUID\b|\bset(Timeout|Interval|Immediate)\s*\(|\bfetch\s*\(/g;

  it.each([
    "Date.now()",
    "new Date()",
    "Math.random()",
    'process.env["X"]',
    "setTimeout(f, 1)",
    "fetch(url)",
  ])("would be broken by %s", (text) => expect(text.match(IMPURE)).not.toBeNull());

  it.each(["lib/core", "lib/app"])(
    "have no clock, chance, environment or I/O of their own in %s",
    (folder) => {
      const files = filesIn(folder);
      const found = files.flatMap(({ path, text }) =>
        (text.match(IMPURE) ?? []).map((word) => `${path}: ${word}`),
      );
      expect(files.length).toBeGreaterThan(10);
      expect(found).toEqual([]);
    },
  );
});

describe("a file", () => {
  it("of lib, lambda or bin has at most 250 lines", () => {
    const files = ["lib", "lambda", "bin"].flatMap(filesIn);
    const long = files
      .map(({ path, text }) => ({ path, lines: text.split("\n").length - 1 }))
      .filter(({ lines }) => lines > 250);
    expect(files.length).toBeGreaterThan(60);
    expect(long).toEqual([]);
  });
});
