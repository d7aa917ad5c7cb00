import { shown } from "../../core/received.ts";

/**
 * The base URL of a provider.
 *
 * @param option what the person set: an option or a variable, for the error
 * @throws Error that names the option and the rule, and shows nothing of a password in it
 */
export function upstreamUrl(text: string, option: string): URL {
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    throw new Error(
      `${option} must be a URL such as https://api.anthropic.com, got ${text.length} characters`,
    );
  }
  if (url.protocol !== "https:" && url.protocol !== "http:") {
    throw new Error(`${option} must begin with https:// or http://, got ${shown(url.protocol)}`);
  }
  if (url.username !== "" || url.password !== "" || url.search !== "" || url.hash !== "") {
    throw new Error(`${option} must have no user name, password, query or fragment; give the address alone`);
  }
  return url;
}
