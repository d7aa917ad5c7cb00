/** What is installed and run beside this repository's own code, as far as its files can say. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

const ROOT = join(import.meta.dirname, "..");
const read = (path: string) => readFileSync(join(ROOT, path), "utf8");

interface Locked {
  readonly version?: string;
  readonly resolved?: string;
  readonly integrity?: string;
  readonly inBundle?: boolean;
  readonly link?: boolean;
  readonly hasInstallScript?: boolean;
}
interface Manifest {
  readonly dependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
  /** What npm may run while it installs; none of them is needed. */
  readonly allowScripts: Readonly<Record<string, boolean>>;
}

const manifest = JSON.parse(read("package.json")) as Manifest;
const lock = JSON.parse(read("package-lock.json")) as {
  readonly lockfileVersion: number;
  readonly packages: Readonly<Record<string, Locked & Partial<Manifest>>>;
};
const wanted = { ...manifest.dependencies, ...manifest.devDependencies };
const locked = Object.entries(lock.packages).filter(([path]) => path !== "");

describe("a dependency", () => {
  it.each(Object.entries(wanted))(
    "%s is pinned to one version, which is the one that is locked",
    (name, version) => {
      expect(version).toMatch(/^\d+\.\d+\.\d+$/);
      expect(lock.packages[`node_modules/${name}`]?.version).toBe(version);
    },
  );

  it("is locked with the hash of its archive, or lies in the archive of one that is", () => {
    expect(lock.lockfileVersion).toBe(3);
    expect(locked.length).toBeGreaterThan(100);
    const unhashed = locked.filter(
      ([, { integrity = "" }]) => !/^sha512-[A-Za-z0-9+/]{86}==$/.test(integrity),
    );
    const alone = unhashed.filter(
      ([path, { inBundle }]) => inBundle !== true || bearerOf(path) === undefined,
    );
    expect(alone.map(([path]) => path)).toEqual([]);
  });

  it("comes from npm's registry: the lock file names no other place, no link and no repository", () => {
    const elsewhere = locked.filter(
      ([, { resolved, link }]) =>
        link === true || (resolved !== undefined && !resolved.startsWith("https://registry.npmjs.org/")),
    );
    expect(elsewhere.map(([path]) => path)).toEqual([]);
  });

  it("runs nothing while it is installed: each that would is named in allowScripts, and refused", () => {
    const scripts = locked
      .filter(([, { hasInstallScript }]) => hasInstallScript)
      .map(([path]) => nameOf(path));
    expect(Object.keys(manifest.allowScripts).sort()).toEqual([...new Set(scripts)].sort());
    expect(Object.values(manifest.allowScripts)).not.toContain(true);
  });

  it("is no other one in the lock file than in package.json", () => {
    const { dependencies, devDependencies } = lock.packages[""] ?? {};
    expect({ dependencies, devDependencies }).toEqual({
      dependencies: manifest.dependencies,
      devDependencies: manifest.devDependencies,
    });
  });
});

describe("a workflow that is shown", () => {
  const pages = ["docs", "examples"].flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && /\.(md|ya?ml)$/.test(entry.name))
      .map((entry) => join(entry.parentPath, entry.name)),
  );
  const uses = [join(ROOT, "README.md"), ...pages].flatMap((page) =>
    [...readFileSync(page, "utf8").matchAll(/^\s*(?:- )?uses:\s*(\S+)/gm)].map(([, action = ""]) => action),
  );

  it("names each action by the digest of a commit, which nobody can move", () => {
    expect(uses.length).toBeGreaterThan(0);
    for (const action of uses) expect(action).toMatch(/^[\w.-]+\/[\w./-]+@[0-9a-f]{40}$/);
  });
});

/** The package in whose archive a bundled one lies. */
function bearerOf(path: string): string | undefined {
  const parts = path.split("/node_modules/");
  for (let length = parts.length - 1; length > 0; length--) {
    const bearer = parts.slice(0, length).join("/node_modules/");
    if (lock.packages[bearer]?.integrity !== undefined) return bearer;
  }
  return undefined;
}

function nameOf(path: string): string {
  return path.split("node_modules/").at(-1) ?? path;
}
