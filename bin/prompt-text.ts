import { readFileSync } from "node:fs";

/** @throws Error naming the file and what the system said of it */
export function readPrompt(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "unknown error";
    throw new Error(`the prompt file ${file} cannot be read (${code}); give the path of a JSON file`);
  }
}
