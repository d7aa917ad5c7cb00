import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { lastLines, run, runWell, type Where } from "../processes.ts";

/** This machine lacks what a run needs; that is no fault of the project. */
export class Unavailable extends Error {}

export interface Certificate {
  readonly certFile: string;
  readonly keyFile: string;
  /** The key and the certificate in one file. */
  readonly bothFile: string;
}

/** What pip installs, each file by its hash, and the Pythons that it is pinned for. */
export interface Installable {
  readonly pythons: {
    readonly commands: readonly string[];
    /** A condition in Python on `version`, a pair of numbers. */
    readonly fit: string;
    /** The same in words. */
    readonly what: string;
  };
  /** Path of the requirements that PyPI has as wheels, all of them. */
  readonly wheels: string;
  /** Path of those that it has as source only; they are built by what the wheels bring. */
  readonly sources?: string;
}

const INSTALL_MS = 300_000;
const PROBE_MS = 60_000;
const MOST_REASON = 300;

/**
 * Installs an emulator as its requirements pin it, or finds it installed by an earlier run.
 *
 * @param cache directory that outlives the run
 * @returns path of the Python that has it
 * @throws Unavailable without a fit Python, or if PyPI does not answer
 * @throws Error if PyPI answers and the installation fails all the same
 */
export async function installEmulator(wanted: Installable, cache: string): Promise<string> {
  const where = { cwd: cacheDirectory(cache), env: inherited(), timeoutMs: PROBE_MS };
  const system = await fitPython(wanted.pythons, where);
  const files = [wanted.wheels, ...(wanted.sources === undefined ? [] : [wanted.sources])];
  const pins = files.map((file) => readFileSync(file, "utf8"));
  const directory = join(cache, `emulator-${digest([system.version, ...pins].join("\n"))}`);
  const python = join(directory, "bin", "python");
  const complete = join(directory, "complete");
  if (existsSync(complete)) return python;

  rmSync(directory, { recursive: true, force: true });
  await runWell(system.command, ["-m", "venv", directory], where);
  const pip = ["-m", "pip", "--disable-pip-version-check", "--no-input", "--retries", "1", "--timeout", "15"];
  // pip itself is on every index that answers. Whatever fails after this is the project's fault.
  const probe = await run(python, [...pip, "download", "--no-deps", "--dest", directory, "pip"], where);
  if (probe.code !== 0) {
    // The first line tells what broke; the last only that nothing was found.
    throw new Unavailable(`PyPI does not answer (${probe.stderr.split("\n")[0]?.slice(0, MOST_REASON)})`);
  }
  // The requirements name everything: nothing else is looked for, and no file is taken whose hash they do not have.
  const install = [...pip, "install", "--quiet", "--require-hashes", "--no-deps"];
  const whole = { ...where, timeoutMs: INSTALL_MS };
  // Of a wheel, nothing runs while it is installed.
  await runWell(python, [...install, "--only-binary", ":all:", "--requirement", wanted.wheels], whole);
  if (wanted.sources !== undefined) {
    await runWell(python, [...install, "--no-build-isolation", "--requirement", wanted.sources], whole);
  }
  writeFileSync(complete, "");
  return python;
}

/** A certificate for 127.0.0.1, good for a day. @throws Unavailable without openssl */
export async function makeCertificate(directory: string): Promise<Certificate> {
  const fileOf = (ending: string) => join(directory, `server.${ending}`);
  const [certFile, keyFile, bothFile] = [fileOf("crt"), fileOf("key"), fileOf("pem")];
  const made = await run(
    "openssl",
    [
      ...["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=warmer-e2e"],
      ...["-addext", "subjectAltName=IP:127.0.0.1"],
      ...["-keyout", keyFile, "-out", certFile],
    ],
    { cwd: directory, env: inherited(), timeoutMs: PROBE_MS },
  );
  if (made.code !== 0) throw new Unavailable(`openssl made no certificate (${lastLines(made.stderr, 1)})`);
  writeFileSync(bothFile, readFileSync(keyFile, "utf8") + readFileSync(certFile, "utf8"));
  return { certFile, keyFile, bothFile };
}

// --- internal ---

interface Python {
  readonly command: string;
  readonly version: string;
}

async function fitPython(
  { commands, fit, what }: Installable["pythons"],
  where: Where & { readonly timeoutMs: number },
): Promise<Python> {
  const isFit = `import ensurepip, sys, venv; version = sys.version_info[:2]; sys.exit(not ${fit})`;
  for (const command of commands) {
    if ((await run(command, ["-c", isFit], where)).code !== 0) continue;
    return { command, version: await runWell(command, ["--version"], where) };
  }
  throw new Unavailable(`there is no ${what} with venv and pip`);
}

function cacheDirectory(path: string): string {
  mkdirSync(path, { recursive: true });
  return path;
}

/** Everything: pip may need a proxy, an index or certificates that only this machine knows. */
function inherited(): Record<string, string> {
  return Object.fromEntries(
    Object.entries(process.env).flatMap(([k, v]) => (v === undefined ? [] : [[k, v]])),
  );
}

function digest(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 12);
}
