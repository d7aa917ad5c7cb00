import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { lastLines, run, runWell, type Where } from "../processes.ts";

/** This machine lacks what a run needs; that is no fault of the project. */
export class Unavailable extends Error {}

export interface Certificate {
  readonly certFile: string;
  readonly keyFile: string;
}

const REQUIREMENTS = fileURLToPath(new URL("requirements.txt", import.meta.url));
const PYTHONS = ["python3", "python3.13", "python3.12", "python3.11", "python3.10"];
const IS_FIT = "import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 10))";
const INSTALL_MS = 180_000;
const PROBE_MS = 60_000;
const MOST_REASON = 300;

/**
 * Installs the emulator as requirements.txt pins it, or finds it installed by an earlier run.
 *
 * @param cache directory that outlives the run
 * @returns path of the Python that has it
 * @throws Unavailable without a fit Python, or if PyPI does not answer
 * @throws Error if PyPI answers and the installation fails all the same
 */
export async function installEmulator(cache: string): Promise<string> {
  const where = { cwd: cacheDirectory(cache), env: inherited(), timeoutMs: PROBE_MS };
  const system = await fitPython(where);
  const directory = join(
    cache,
    `emulator-${digest(`${system.version}\n${readFileSync(REQUIREMENTS, "utf8")}`)}`,
  );
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
  // Wheels only: nothing that is installed gets to run code while it is installed.
  const options = ["--quiet", "--require-hashes", "--only-binary", ":all:", "--requirement", REQUIREMENTS];
  await runWell(python, [...pip, "install", ...options], { ...where, timeoutMs: INSTALL_MS });
  writeFileSync(complete, "");
  return python;
}

/** A certificate for 127.0.0.1, good for a day. @throws Unavailable without openssl */
export async function makeCertificate(directory: string): Promise<Certificate> {
  const certificate = { certFile: join(directory, "server.crt"), keyFile: join(directory, "server.key") };
  const made = await run(
    "openssl",
    [
      ...["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=warmer-e2e"],
      ...["-addext", "subjectAltName=IP:127.0.0.1"],
      ...["-keyout", certificate.keyFile, "-out", certificate.certFile],
    ],
    { cwd: directory, env: inherited(), timeoutMs: PROBE_MS },
  );
  if (made.code !== 0) throw new Unavailable(`openssl made no certificate (${lastLines(made.stderr, 1)})`);
  return certificate;
}

// --- internal ---

interface Python {
  readonly command: string;
  readonly version: string;
}

async function fitPython(where: Where & { readonly timeoutMs: number }): Promise<Python> {
  for (const command of PYTHONS) {
    if ((await run(command, ["-c", IS_FIT], where)).code !== 0) continue;
    return { command, version: await runWell(command, ["--version"], where) };
  }
  throw new Unavailable("there is no Python 3.10 or newer with venv and pip");
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
