import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, describe, expect, it } from "vitest";
import { readTrace } from "../../bin/trace-file.ts";
import { warmer } from "./warmer.ts";

const folder = mkdtempSync(join(tmpdir(), "replay-"));
afterAll(() => rmSync(folder, { recursive: true }));

const CSV = `t_seconds,prefix_id,prefix_tokens\n${Array.from({ length: 40 }, (_, i) => `${i * 900},prefix-${i % 3},20000`).join("\n")}`;

function file(name: string, content: string | Buffer): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

describe("a trace file", () => {
  it("is read the same packed and unpacked, with and without an end of line at its end", async () => {
    const plain = await readTrace(file("a.csv", CSV));
    const packed = await readTrace(file("a.csv.gz", gzipSync(`${CSV}\n`)));
    expect(packed).toEqual(plain);
    expect(plain.times).toHaveLength(40);
  });

  it.each([
    ["missing.csv", undefined, "ENOENT"],
    ["text.csv.gz", "not packed", "Z_DATA_ERROR"],
    ["short.csv.gz", gzipSync(CSV).subarray(0, 60), "Z_BUF_ERROR"],
    ["empty.csv", "", "empty, line 1: the file must not be empty"],
  ])("is refused when it is %s", async (name, content, message) => {
    const path = content === undefined ? join(folder, name) : file(name, content);
    await expect(readTrace(path)).rejects.toThrow(message);
  });
});

describe("warmer replay", () => {
  it("prints what each policy costs and writes the picture", async () => {
    const svg = join(folder, "out.svg");
    const { code, stdout } = await warmer(folder, "replay", file("b.csv", CSV), "--svg", svg, "--json");
    expect(code).toBe(0);
    const printed = JSON.parse(stdout);
    expect(printed).toMatchObject({ name: "b", requests: 40, prefixes: 3 });
    expect(printed.policies.map(({ policy }: { policy: string }) => policy)).toContain("adaptive");
    expect(readFileSync(svg, "utf8")).toContain("dollars a day by policy");
  });

  it("names the line of a file that is not in order", async () => {
    const { code, stderr } = await warmer(
      folder,
      "replay",
      file("d.csv", `${CSV}\n1,a,1`),
      "--policies",
      "off",
    );
    expect([code, stderr]).toEqual([2, expect.stringContaining("d, line 42: t_seconds must not fall")]);
  });
});
