import { readFileSync } from "node:fs";

/** Commands of `warmer` on a page, as they stand there: in blocks of code, and in the text. */
export function warmerCommands(page: string): string[] {
  const [text, blocks] = apart(page);
  const typed = blocks.flatMap((block) =>
    block
      .replaceAll(/\\\n\s*/g, " ")
      .split("\n")
      .flatMap((line) => statements(line)),
  );
  const quoted = [...text.matchAll(/`([^`]+)`/g)].flatMap(([, span = ""]) => statements(span));
  return [...typed, ...quoted].flatMap((statement) => {
    const command = /^(?:npx )?(warmer(?: .*)?)$/s.exec(statement)?.[1];
    return command === undefined ? [] : [command.replaceAll("\n", " ")];
  });
}

/** Words of a simple shell command; what a shell would put in for a variable stays as it is written. */
export function words(command: string): string[] {
  return [...command.matchAll(/(?:"[^"]*"|'[^']*'|[^\s"'])+/g)].map(([word]) => word.replaceAll(/["']/g, ""));
}

/** Targets of a page's links and images, without those that lead out of the repository. */
export function internalLinks(page: string): string[] {
  const [text] = apart(page);
  return [...text.matchAll(/\]\(([^)\s]+)\)|<img[^>]* src="([^"]+)"/g)]
    .map(([, link, image]) => link ?? image ?? "")
    .filter((target) => !/^[a-z]+:/.test(target));
}

/** Anchors of a page's headings, as GitHub makes them. */
export function anchors(file: string): string[] {
  return [...readFileSync(file, "utf8").matchAll(/^#+ (.+)$/gm)].map(([, heading = ""]) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, "")
      .replaceAll(" ", "-"),
  );
}

/** The text of a page, and its blocks of code. */
function apart(page: string): [text: string, blocks: string[]] {
  const parts = page.split(/^```.*$/m);
  return [parts.filter((_, i) => i % 2 === 0).join("\n"), parts.filter((_, i) => i % 2 === 1)];
}

/** The simple commands of a line, without comments and what may stand before a command. */
function statements(line: string): string[] {
  return [...line.matchAll(/(?:"[^"]*"|'[^']*'|[^"'&|;()#]|(?<! )#)+|#.*$/gs)].map(([part]) =>
    part.startsWith("#") ? "" : part.trim().replace(/^(?:\$ |- run: |run: |! |if |then |do )+/, ""),
  );
}
