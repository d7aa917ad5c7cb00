import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { faultOf } from "./commands.ts";
import { anchors, internalLinks, warmerCommands, words } from "./markdown.ts";

const ROOT = join(import.meta.dirname, "../..");

const PAGES = [
  "README.md",
  ...["docs", "docs/runbooks"].flatMap((folder) =>
    readdirSync(join(ROOT, folder))
      .filter((name) => name.endsWith(".md"))
      .map((name) => `${folder}/${name}`),
  ),
];

const page = (path: string) => readFileSync(join(ROOT, path), "utf8");

describe("a page's commands", () => {
  it.each(PAGES)("in %s are commands of the program, with its options and arguments", (path) => {
    for (const command of warmerCommands(page(path))) expect(faultOf(command), command).toBeUndefined();
  });

  it("are found wherever a page has them", () => {
    const found = (path: string) => new Set(warmerCommands(page(path)).map((command) => words(command)[1]));
    for (const name of ["publish", "gate", "flip", "retire", "capture", "status"])
      expect(found("docs/release-pipeline.md")).toContain(name);
    expect(found("docs/runbooks/flip-unproven.md")).toEqual(new Set(["status", "resume", "warm", "flip"]));
    const text =
      'a `warmer gate green` and\n```sh\nif ! npx warmer flip "$next" --wait; then # warmer no\n```\n';
    expect(warmerCommands(text)).toEqual(['warmer flip "$next" --wait', "warmer gate green"]);
  });

  it.each([
    ["warmer flipp green", "unknown command"],
    ["warmer flip green --wiat", "unknown option"],
    ["warmer flip green blue", "too many arguments"],
    ["warmer retire --json", "missing required argument"],
    ["warmer publish --color green prompts/support.json", "required option"],
    ["warmer gate green --min-coverage 2", "must be above 0"],
  ])("would be refused as %s", (command, message) => {
    expect(faultOf(command)).toContain(message);
  });
});

describe("a page's links", () => {
  it.each(PAGES)("in %s lead to files and headings that exist", (path) => {
    for (const link of internalLinks(page(path))) {
      const [target = "", anchor] = link.split("#");
      const file = target === "" ? join(ROOT, path) : join(ROOT, dirname(path), target);
      expect(existsSync(file), link).toBe(true);
      if (anchor !== undefined) expect(anchors(file), link).toContain(anchor);
    }
  });

  it("lead from the README to the release pipeline, and from there to both hooks' examples", () => {
    expect(internalLinks(page("README.md"))).toContain("docs/release-pipeline.md");
    expect(internalLinks(page("docs/release-pipeline.md"))).toEqual(
      expect.arrayContaining(["../examples/codedeploy/README.md", "../examples/ecs-blue-green/README.md"]),
    );
  });
});

it("pins every action of a workflow to a whole commit, beside the version that it is", () => {
  const uses = [...page("docs/release-pipeline.md").matchAll(/uses: (.+)$/gm)].map(([, action]) => action);
  expect(uses).not.toEqual([]);
  for (const action of uses) expect(action).toMatch(/^[\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
});
