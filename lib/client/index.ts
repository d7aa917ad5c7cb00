export { prefixRequest } from "./prefix-request.ts";
