import { describe, expect, it } from "vitest";
import { isRandom, randomIdsIn, uuidsIn } from "../../../lib/core/release/prompt-lints-ids.ts";

const UUID = "3f2c8a1e-9b4d-4c7a-8e21-5d6f7a8b9c0d";
const HEX = "4bf92f3577b34da6a3ce929d0e0e4736";

/** The ids that are found in a text, as they stand there. */
const idsIn = (text: string, key?: string) =>
  randomIdsIn(text, key).map(({ index, length }) => text.slice(index, index + length));

describe("a UUID in a text", () => {
  it("is found where it stands", () => {
    expect(uuidsIn(`a ${UUID}, ${UUID.toUpperCase()}`)).toEqual([
      { index: 2, length: 36, form: "UUID" },
      { index: 40, length: 36, form: "UUID" },
    ]);
  });

  it.each([
    ["of four digits over and over", "11112222-3333-4444-1111-222233334444"],
    ["of documentation, in capitals too", "123E4567-E89B-12D3-A456-426614174000"],
    ["of documentation", "550e8400-e29b-41d4-a716-446655440000"],
    ["in the path of an address", `https://example.com/a/${UUID}`],
    ["that is an example", `such as ${UUID}`],
  ])("%s stands for no particular thing", (_what, text) => {
    expect(uuidsIn(text)).toEqual([]);
  });

  it("of five digits is one", () => {
    expect(uuidsIn("11112222-3333-4444-5555-222233334444")).toHaveLength(1);
  });
});

describe("a token looks drawn by chance", () => {
  it.each([
    ["hex of 24, with two digits", "deadbeefcafebabefaceda12", true],
    ["hex of 23", "deadbeefcafebabefaced12", false],
    ["hex with one digit, as words have it", "deadbeefcafebabefacedea1", false],
    ["hex in capitals", "DEADBEEFCAFEBABEFACEDA12", true],
    ["hex in both cases", "DEADBEEFCAFEbabefaceda12", false],
    ["hex without a letter, which is a number", "123456789012345678901234", false],
    ["hex of four different characters", "aaaaaaaabbbbbbbb11112222", false],
    ["hex of five different characters", "aaaaaaaabbbbbbbb11112223", true],
    ["hex with another letter", "deadbeefcafebabefaceda1g", false],
    ["a ULID", "01ARZ3NDEKTSV4RRFFQ69G5FAV", true],
    ["a ULID of a time after the year 10889", "81ARZ3NDEKTSV4RRFFQ69G5FAV", false],
    ["a ULID with a letter that none has", "01ARZ3NDEKTSV4RRFFQ69G5FAI", false],
    ["a ULID with one character more before it", "Z01ARZ3NDEKTSV4RRFFQ69G5FAV", false],
    ["a ULID with one character more behind it", "01ARZ3NDEKTSV4RRFFQ69G5FAVZ", false],
    ["capitals that only begin like a ULID", "01ABCDEFGHJKMNPQRSTVWXYZAB", false],
    ["three kinds that change at nine of twenty places", "abCD12efGH34jkMN56pqr", true],
    ["three kinds that change at nine of twenty-one", "abCD12efGH34jkMN56pqrs", false],
    ["three kinds that change at the joint alone, and else seldom", "abCD12ef_GH34jkMN56pqr", false],
    ["the same with another joint", "abCD12ef-GH34jkMN56pqr", false],
    ["two kinds without a digit", "xKpQmZwLrTnVbCdEfGhJ", false],
    ["two kinds without a capital, with a joint", "x7kp2qmz9wl_r4tn8vb3c", false],
    ["two kinds without a small letter", "X7KP2QMZ9WLR4TN8VB3C", false],
    ["eight characters and short words", "aB3dE5gH-jK9-mN1-qR2", true],
    ["short words with joints between", "aB3dE5g-H7jK-mN1-qR2x", false],
    ["three kinds with a stop behind", "x7Kp2QmZ9wLr4Tn8Vb3c!", false],
    ["three kinds with a stop before", "!x7Kp2QmZ9wLr4Tn8Vb3c", false],
    ["small letters with four numbers, of 20", "abc1def2ghi3jkl4mnop", true],
    ["small letters with four numbers, of 19", "abc1def2ghi3jkl4mno", false],
    ["small letters with three numbers", "abc1def2ghi3jklmnopq", false],
    ["small letters with three longer numbers", "abc12def34ghi56jklmn", false],
    ["small letters that change at 28 % of their places", "abcdef1ghijkl2mnopqr3stuv4", true],
    ["small letters that change more seldom", "abcdef1ghijkl2mnopqr3stuvwx4yz", false],
    ["small letters with a joint", "abc1def2ghi3-jkl4mno", false],
    ["joints alone", "--------------------", false],
  ])("%s: %s, %s", (_what, token, random) => {
    expect(isRandom(token)).toBe(random);
  });

  it.each([
    ["a word and hex of 12", "req_8f3a9c2e1b7d", true],
    ["a word and hex of 11", "req_8f3a9c2e1b7", false],
    ["a word and three kinds, of 12", "req_x7Kp2QmZ9wLr", true],
    ["a word and small letters, of 16", "req_k1m2n3p4qrstuvwx", true],
    ["a word and small letters, of 15", "req_k1m2n3p4qrstuvw", false],
    ["three words and hex", "ab_cd_ef_8f3a9c2e1b7d", true],
    ["four words and hex", "ab_cd_ef_gh_8f3a9c2e1b7d", false],
    ["a letter and hex", "a_8f3a9c2e1b7d", false],
    ["a word of twelve letters and hex", "abcdefghijkl_8f3a9c2e1b7d", true],
    ["a word of thirteen letters and hex", "abcdefghijklm_8f3a9c2e1b7d", false],
    ["a word in capitals and hex", "REQ_8f3a9c2e1b7d", false],
    ["a joint, a word and hex", "-req_8f3a9c2e1b7d", false],
    ["a word, hex and a stop", "req_8f3a9c2e1b7d!", false],
    ["two words", "customer_relationships", false],
  ])("behind the words of its kind: %s, %s is %s", (_what, token, random) => {
    expect(isRandom(token)).toBe(random);
  });

  it.each([
    ["8f3a9c2e", true],
    ["8f3a9c2", false],
    ["x7Kp2QmZ9w", true],
    ["x7Kp2QmZ9", false],
    ["k1m2n3p4qrst", true],
    ["k1m2n3p4qrs", false],
    ["production-8f3a9c2e", true],
    ["production_8f3a9c2e", true],
    ["production-8f3a9c2", false],
    ["production", false],
  ])("behind a label, which asks for less: %s is %s", (token, random) => {
    expect(isRandom(token, "labelled")).toBe(random);
    expect(isRandom(token)).toBe(false);
  });
});

describe("a label of an id", () => {
  it.each([
    ...["request", "trace", "span", "session", "correlation", "conversation", "transaction"],
    ...["invocation", "execution", "run", "build", "job", "nonce"],
  ])("may say %s", (word) => {
    expect(idsIn(`The ${word} id: 8f3a9c2e.`)).toEqual(["8f3a9c2e"]);
    expect(idsIn("8f3a9c2e", word)).toEqual(["8f3a9c2e"]);
  });

  it.each([
    "request: 8f3a9c2e",
    "requestid: 8f3a9c2e",
    "request_id: 8f3a9c2e",
    "request-key: 8f3a9c2e",
    "request token: 8f3a9c2e",
    "Request ID  =  8f3a9c2e",
    "request#8f3a9c2e",
    '"request_id":"8f3a9c2e"',
    "'request_id': '8f3a9c2e'",
    "`request_id` = `8f3a9c2e`",
  ])("may be written as in %j", (text) => {
    expect(idsIn(text)).toEqual(["8f3a9c2e"]);
  });

  it.each([
    "order: 8f3a9c2e",
    "mission: 8f3a9c2e",
    "request 8f3a9c2e",
    "request id:   8f3a9c2e",
    "request id   : 8f3a9c2e",
    "request ids: 8f3a9c2e",
    "request id: word1word",
    "a request id, for example request id: 8f3a9c2e",
    "https://example.com/request=8f3a9c2e",
  ])("is none in %j", (text) => {
    expect(idsIn(text)).toEqual([]);
  });

  it("and its id are found once, however long the id is", () => {
    expect(randomIdsIn(`trace: ${HEX}`)).toEqual([{ index: 7, length: 32, form: "id" }]);
  });
});

describe("a key of an id", () => {
  it.each([
    "session",
    "sessionId",
    "session_key",
    "session-token",
    "SESSION_ID",
    "app_session",
    "x-trace-id",
  ])("may be %s", (key) => {
    expect(randomIdsIn("8f3a9c2e", key)).toEqual([{ index: 0, length: 8, form: "id" }]);
  });

  it.each(["sessions", "mysession", "session_ids", "order_id", "id"])("is not %s", (key) => {
    expect(randomIdsIn("8f3a9c2e", key)).toEqual([]);
  });

  it("says nothing of words", () => {
    expect(randomIdsIn("continued", "session")).toEqual([]);
  });
});

describe("a token in a text", () => {
  it("is found where it stands, one by one", () => {
    expect(randomIdsIn(`commit ${HEX} and ${HEX}`)).toEqual([
      { index: 7, length: 32, form: "id" },
      { index: 44, length: 32, form: "id" },
    ]);
  });

  it("is found between slashes and equal signs", () => {
    expect(idsIn(`cache/${HEX}=x`)).toEqual([HEX]);
  });

  it("is no id above 128 characters: that is content", () => {
    expect(idsIn(HEX.repeat(4))).toEqual([HEX.repeat(4)]);
    expect(idsIn(`${HEX.repeat(4)}a`)).toEqual([]);
  });

  it("is no UUID, and stands where it stood beside one", () => {
    expect(randomIdsIn(`${UUID} ${HEX}`)).toEqual([{ index: 37, length: 32, form: "id" }]);
    expect(randomIdsIn(`session: ${UUID}`)).toEqual([]);
  });

  it.each([
    ["in the path of an address", `https://example.com/d/${HEX}`, []],
    ["in one without encryption", `http://example.com/d/${HEX}`, []],
    ["in its query", `https://example.com/d?d=${HEX}`, [HEX]],
    ["in its fragment", `https://example.com/d#${HEX}`, [HEX]],
    ["behind it", `https://example.com/d ${HEX}`, [HEX]],
    ["in brackets behind it", `(https://example.com/d) ${HEX}`, [HEX]],
    ["in what only looks like one", `shttps://example.com/d/${HEX}`, [HEX]],
    ["500 characters into an address", `https://${"a.".repeat(246)}${HEX}`, []],
    ["further into an address than anybody looks back", `https://${"a.".repeat(247)}${HEX}`, [HEX]],
  ])("%s is judged by where it stands", (_what, text, found) => {
    expect(idsIn(text)).toEqual(found);
  });
});
