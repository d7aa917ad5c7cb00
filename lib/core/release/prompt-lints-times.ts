/** A place in a text that looks as if it were written anew for each request. */
export interface Suspect {
  /** Index in the text, in UTF-16 units. */
  readonly index: number;
  readonly length: number;
  /** Its form, for people: `ISO 8601`, `RFC 2822`. */
  readonly form: string;
}

const YEAR = "(?:19|20)\\d\\d";
const WEEKDAY = "(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)";
const MONTH = "(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)";
const MONTH_NAME =
  "(?:Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?|Sept?(?:ember)?|Oct(?:ober)?|Nov(?:ember)?|Dec(?:ember)?)";
const CLOCK = "(?:[01]?\\d|2[0-3]):[0-5]\\d(?::[0-5]\\d(?:[.,]\\d{1,9})?)?";
const ZONE = "(?:Z| ?[+-]\\d\\d:?\\d\\d| (?:UTC|GMT))?";

/** Date and time together. A date alone is prose more often than a clock: "valid from 2024-06-30". */
const DATE_TIMES: readonly (readonly [form: string, pattern: RegExp])[] = [
  [
    "ISO 8601",
    new RegExp(
      `(?<![\\w.-])${YEAR}[-/](?:0[1-9]|1[0-2])[-/](?:0[1-9]|[12]\\d|3[01])(?:[Tt_]|,? {1,2})${CLOCK}${ZONE}`,
      "g",
    ),
  ],
  // As in the query of a presigned address.
  ["ISO 8601 basic", new RegExp(`(?<!\\w)${YEAR}\\d{4}T\\d{6}(?:[.,]\\d{1,9})?Z?(?!\\w)`, "g")],
  [
    "RFC 2822",
    new RegExp(`\\b${WEEKDAY}, \\d{1,2} ${MONTH} ${YEAR} ${CLOCK}(?: (?:[+-]\\d{4}|[A-Z]{1,4}\\b))?`, "g"),
  ],
  [
    "date and time",
    new RegExp(
      `\\b${WEEKDAY} ${MONTH} {1,2}\\d{1,2} (?:${YEAR} ${CLOCK}(?: GMT[+-]\\d{4})?|${CLOCK}(?: [A-Z]{2,5})? ${YEAR})`,
      "g",
    ),
  ],
  [
    "date and time",
    new RegExp(`(?<![\\w/.])\\d{1,2}[/.]\\d{1,2}[/.]${YEAR},? ${CLOCK}(?:\\s?[AaPp]\\.?[Mm]\\b)?`, "g"),
  ],
];

const DATE = [
  `${YEAR}[-/]\\d\\d[-/]\\d\\d`,
  `\\d{1,2}[/.]\\d{1,2}[/.](?:20)?\\d\\d`,
  `${MONTH_NAME}\\.? \\d{1,2}(?:st|nd|rd|th)?,? ${YEAR}`,
  `\\d{1,2}(?:st|nd|rd|th|\\.)? (?:of )?${MONTH_NAME}\\.?,? ${YEAR}`,
].join("|");

/** A date with a label that says it is today's. "Last updated" and "as of" are left out: they date a policy. */
const LABELLED_DATE = new RegExp(
  [
    "\\b(?:current(?:ly)?[ _-]?(?:date(?:[ _-]?time)?|day|time(?:stamp)?(?![ _-]?zone))",
    "|today(?:['’]s date)?(?= is\\b|\\s*[:=,(])|time now|date now|now(?= is\\b|\\s*[:=])",
    "|(?:generated|rendered|built|compiled) (?:at|on))",
    `(?<gap>[^\\d\\n.;!?]{1,24}?)(?<date>${DATE}|${CLOCK})`,
  ].join(""),
  "gi",
);

/** Seconds or milliseconds of an instant from July 2017 to May 2033, with a word for time right before. */
const LABELLED_EPOCH =
  /(?:(?<![A-Za-z])(?:[Nn]ow|NOW|[Tt]ime(?:stamp)?|TIME(?:STAMP)?|[Dd]ate(?:time)?|DATE|[Ee]poch|[Uu]nix|UNIX|ts|iat)|[a-z](?:Time|Timestamp|Date|At)|_(?:at|ts|AT|TS))[ :="'`()]{1,4}(?:(?:is|was|in (?:ms|s|seconds|milliseconds))[ :="'`()]{1,3})?(?<epoch>1[5-9]\d{8}(?:\d{3})?)(?![\d.,]*\d)/g;

/** A number of JSON under a key that is a word for time. */
const JSON_EPOCH =
  /"(?:[^"\\]{0,40}(?:_at|_ts|_time|At|Time|stamp|epoch)|now|time|ts|iat|date)":(?<epoch>1[5-9]\d{8}(?:\d{3})?)(?=[,}])/g;

const EXAMPLE =
  /(?:\be\.g\.|\bexamples?\b(?!\.)|\bsuch as\b|\bformat(?:ted)?\b|\blike\b|\bfor instance\b)[^\n;]*$/i;
const EXAMPLE_GAP = /\bexample\b|\bsuch as\b|\bformat (?:is|like)\b|\blike\b/i;
const LABEL_OF_NOW = /\b(?:current|today|now|generated|rendered|built)\b[^\n]*$/i;
const LOOK_BEFORE = 40;

/** Whether the words before the index introduce an example of a form, and not the value of this moment. */
export function isExample(text: string, index: number): boolean {
  const before = text.slice(Math.max(0, index - LOOK_BEFORE), index);
  return EXAMPLE.test(before) && !LABEL_OF_NOW.test(before);
}

/** Places in a text that name an instant as a clock would, and not as prose does. */
export function timesIn(text: string): Suspect[] {
  const found = DATE_TIMES.flatMap(([form, pattern]) =>
    [...text.matchAll(pattern)]
      .filter(({ index }) => !isExample(text, index))
      .map((match): Suspect => ({ index: match.index, length: match[0].length, form })),
  );
  for (const match of text.matchAll(LABELLED_DATE)) {
    if (EXAMPLE_GAP.test(match.groups?.["gap"] ?? "")) continue;
    found.push(lastOf(match, match.groups?.["date"], "date of today"));
  }
  for (const match of text.matchAll(LABELLED_EPOCH)) {
    if (isExample(text, match.index)) continue;
    found.push(lastOf(match, match.groups?.["epoch"], "Unix time"));
  }
  return found;
}

/** The same in the numbers of a JSON text. */
export function epochsInJson(json: string): Suspect[] {
  return [...json.matchAll(JSON_EPOCH)].map((match) => lastOf(match, match.groups?.["epoch"], "Unix time"));
}

/** The named group that ends a match, where the label before it does not count. */
function lastOf(match: RegExpExecArray, part: string | undefined, form: string): Suspect {
  const length = part?.length ?? match[0].length;
  return { index: match.index + match[0].length - length, length, form };
}
