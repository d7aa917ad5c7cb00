import type { Replay } from "./report.ts";

const ROW = 34;
const LEFT = 150;
const BAR = 420;
const RIGHT = 190;
const TOP = 70;

/** A bar for each policy, with the optimum as a line: an SVG document. Bars that are much longer are cut. */
export function replayPicture({ name, model, requests, days, optimum, policies }: Replay): string {
  const perDay = optimum.usd / days;
  const longest = Math.min(Math.max(...policies.map(({ usdPerDay }) => usdPerDay)), 4 * perDay);
  const width = (usd: number) => Math.min(BAR, (BAR * usd) / longest);
  const height = TOP + ROW * policies.length + 20;
  const line = LEFT + width(perDay);
  const rows = policies.map(({ policy, usdPerDay, hitRate, ratio }, i) => {
    const y = TOP + ROW * i;
    const cut = usdPerDay > longest ? " ›" : "";
    return [
      `<text x="${LEFT - 8}" y="${y + 17}" text-anchor="end">${escaped(policy)}</text>`,
      `<rect x="${LEFT}" y="${y + 3}" width="${width(usdPerDay).toFixed(1)}" height="20" fill="${colorOf(policy)}"/>`,
      `<text x="${LEFT + BAR + 8}" y="${y + 17}">${cut} $${usdPerDay.toFixed(2)} · ${ratio.toFixed(2)}× · ${(100 * hitRate).toFixed(1)} % hits</text>`,
    ].join("");
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${LEFT + BAR + RIGHT}" height="${height}" font-family="sans-serif" font-size="12" role="img" aria-label="Dollars a day by policy">`,
    '<rect width="100%" height="100%" fill="white"/>',
    `<text x="16" y="26" font-size="16">${escaped(name)}: dollars a day by policy</text>`,
    `<text x="16" y="46" fill="#555">${requests} requests over ${days.toFixed(1)} days, ${escaped(model)}; the line is the optimum with the future known, $${perDay.toFixed(2)}</text>`,
    ...rows,
    `<line x1="${line}" x2="${line}" y1="${TOP - 6}" y2="${height - 16}" stroke="#222" stroke-dasharray="4 3"/>`,
    "</svg>",
    "",
  ].join("\n");
}

function colorOf(policy: string): string {
  if (policy.startsWith("adaptive")) return "#2a7";
  return policy.startsWith("off") ? "#999" : "#c63";
}

function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
}
