import { describe, expect, it } from "vitest";
import { demoSvg, WIDTH } from "../../docs/demo-svg.ts";

interface Drawn {
  readonly from: number;
  readonly to: number;
  readonly row: number;
  readonly text: string;
}

function drawnWords(svg: string): Drawn[] {
  return [...svg.matchAll(/<text x="([\d.]+)" y="(\d+)" textLength="([\d.]+)"[^>]*>([^<]*)<\/text>/g)].map(
    ([, x, y, length, text = ""]) => ({
      from: Number(x),
      to: Number(x) + Number(length),
      row: Number(y),
      text,
    }),
  );
}

describe("the picture of the demo", () => {
  it("is an image with a title and a description, and with nothing that runs or is loaded", () => {
    const svg = demoSvg(["one line"]);
    expect(svg).toMatch(/^<svg [^>]*role="img" aria-labelledby="title description">/);
    expect(svg).toMatch(/<title id="title">[^<]+<\/title>\n<desc id="description">[^<]+<\/desc>/);
    expect(svg).not.toMatch(/<script|<style|<image|<foreignObject|@font-face|href|url\(| on\w+=/);
  });

  it("writes markup of the output as text, and no color codes of a terminal", () => {
    const [, word] = drawnWords(demoSvg(['\u001b[31mif a < b && "c" > d\u001b[0m']));
    expect(word?.text).toBe('if a &lt; b &amp;&amp; "c" &gt; d');
  });

  it("keeps columns where they are printed", () => {
    const [, ...words] = drawnWords(demoSvg(["this  ██  100 %", "      █▁   56 %"]));
    const [, one, hundred, other, half] = words;
    expect(one?.from).toBe(other?.from);
    expect(hundred?.to).toBeCloseTo(half?.to ?? 0);
  });

  it.each([110, 111, 400])("has room for a line of %i columns, and loses none of it", (columns) => {
    const line = "word "
      .repeat(100)
      .slice(0, columns - 1)
      .concat("x");
    const svg = demoSvg([`  10:00:00  ${line}`, line, "x".repeat(columns)]);
    const words = drawnWords(svg);
    expect(words.every(({ from, to }) => from >= 20 && to <= WIDTH - 20 + 0.1)).toBe(true);
    expect(
      words
        .map(({ text }) => text)
        .join("")
        .replaceAll(" ", ""),
    ).toBe(`$npmrundemo10:00:00${line}${line}${"x".repeat(columns)}`.replaceAll(" ", ""));
    const height = Number(/height="(\d+)"/.exec(svg)?.[1]);
    expect(Math.max(...words.map(({ row }) => row))).toBeLessThan(height - 20 + 1);
  });

  it("sets the rest of a timeline's row below its text", () => {
    const rows = drawnWords(demoSvg([`  10:00:00  ${"word ".repeat(40)}`])).slice(2);
    expect(new Set(rows.map(({ from }) => from)).size).toBe(1);
    expect(new Set(rows.map(({ row }) => row)).size).toBe(rows.length);
  });
});
