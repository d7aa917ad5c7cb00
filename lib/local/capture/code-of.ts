/** What may be shown of an error: its code, else its name. A message may quote what it stumbled over. */
export function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return "unknown error";
  return "code" in error && typeof error.code === "string" ? error.code : error.name;
}
