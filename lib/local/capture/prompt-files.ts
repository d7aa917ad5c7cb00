import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Ttl } from "../../core/due.ts";
import type { Prefix, PrefixFault } from "../../core/prefix.ts";
import { isPrefix, readPromptFile } from "../../core/prompt-file.ts";
import { type CapturedRequest, readCaptured } from "./captured-request.ts";
import { codeOf } from "./code-of.ts";

export interface PromptFilesOptions {
  /** Made when the first file is written. */
  readonly directory: string;
  /** What every file's name begins with. */
  readonly name: string;
  /** Most files of one run: prefixes that differ with each user are nothing to warm, and would fill the disk. */
  readonly limit: number;
}

/** What became of one captured request. */
export type Recording =
  | {
      readonly kind: "recorded";
      readonly file: string;
      readonly fingerprint: string;
      readonly model: string;
      readonly ttl: Ttl;
    }
  /** The file was there already, from this run or an earlier one. */
  | { readonly kind: "duplicate"; readonly file: string; readonly fingerprint: string }
  | ({ readonly kind: "refused" } & PrefixFault);

/** Writes captured requests as prompt files, one for each fingerprint: the prefix, and nothing after its last breakpoint. */
export class PromptFiles {
  readonly #options: PromptFilesOptions;
  /** File by fingerprint. */
  readonly #written = new Map<string, string>();

  constructor(options: PromptFilesOptions) {
    this.#options = options;
  }

  /** Never throws: whatever is wrong with the request or the disk is a refusal. */
  record(request: CapturedRequest): Recording {
    try {
      const prefix = readCaptured(request);
      return isPrefix(prefix) ? this.#keep(prefix) : { kind: "refused", ...prefix };
    } catch (error) {
      return { kind: "refused", path: "(file)", message: `cannot be written (${codeOf(error)})` };
    }
  }

  #keep(prefix: Prefix): Recording {
    const { fingerprint, model, ttl } = prefix;
    const { directory, name, limit } = this.#options;
    const written = this.#written.get(fingerprint);
    if (written !== undefined) return { kind: "duplicate", file: written, fingerprint };
    const file = join(directory, `${name}-${fingerprint.slice(0, 12)}.json`);
    if (existsSync(file)) {
      if (cutOf(file)?.fingerprint !== fingerprint) {
        return { kind: "refused", path: "(file)", message: "exists and holds something else; move it away" };
      }
      this.#written.set(fingerprint, file);
      return { kind: "duplicate", file, fingerprint };
    }
    if (this.#written.size >= limit) {
      return { kind: "refused", path: "(file)", message: `would be more than ${limit} different prefixes` };
    }
    mkdirSync(directory, { recursive: true });
    const fault = writeProven(file, prefix);
    if (fault !== undefined) return { kind: "refused", ...fault };
    this.#written.set(fingerprint, file);
    return { kind: "recorded", file, fingerprint, model, ttl };
  }
}

/** The file comes into being whole, and only after it was read again and cut to the same prefix. */
function writeProven(file: string, prefix: Prefix): PrefixFault | undefined {
  const temporary = `${file}.${process.pid}.tmp`;
  try {
    writeFileSync(temporary, `${JSON.stringify(prefix.body, null, 2)}\n`);
    const kept = cutOf(temporary);
    if (kept?.fingerprint !== prefix.fingerprint || kept.markers !== prefix.markers) {
      return {
        path: "(root)",
        message: "cuts to another prefix when it is read again, so it cannot be kept",
      };
    }
    renameSync(temporary, file);
    return undefined;
  } finally {
    rmSync(temporary, { force: true });
  }
}

function cutOf(file: string): Prefix | undefined {
  const cut = readPromptFile(readFileSync(file, "utf8"));
  return isPrefix(cut) ? cut : undefined;
}
