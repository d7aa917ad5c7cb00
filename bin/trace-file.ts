import { createReadStream } from "node:fs";
import { basename } from "node:path";
import { createGunzip } from "node:zlib";
import { type Trace, TraceBuilder, TraceError } from "../lib/core/replay/trace.ts";

/** Reads a `.csv` or `.csv.gz`, a chunk at a time. @throws TraceError naming the file, the line and the rule */
export async function readTrace(path: string): Promise<Trace> {
  const file = createReadStream(path);
  const bytes = path.endsWith(".gz") ? file.pipe(createGunzip()) : file;
  if (bytes !== file) file.on("error", (error) => bytes.destroy(error));
  const builder = new TraceBuilder(basename(path).replace(/\.csv(\.gz)?$/, ""));
  let rest = "";
  bytes.setEncoding("utf8");
  try {
    for await (const chunk of bytes) {
      const text: string = rest + chunk;
      let from = 0;
      for (let end = text.indexOf("\n"); end >= 0; end = text.indexOf("\n", from)) {
        builder.line(text.slice(from, end));
        from = end + 1;
      }
      rest = text.slice(from);
    }
  } catch (error) {
    if (error instanceof TraceError) throw error;
    const code = error instanceof Error && "code" in error ? String(error.code) : String(error);
    throw new TraceError(`${path} cannot be read (${code}); give the path of a .csv or .csv.gz file.`);
  }
  if (rest !== "") builder.line(rest);
  return builder.finish();
}
