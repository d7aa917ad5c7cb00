/** Every way to ask what time it is. Made once, before the bundle is loaded. */
"use strict";

const clock = require("./clock.cjs");

const RealDate = Date;

function VirtualDate(...args) {
  if (new.target === undefined) return new RealDate(clock.now()).toString();
  const target = new.target === VirtualDate ? RealDate : new.target;
  return Reflect.construct(RealDate, args.length === 0 ? [clock.now()] : args, target);
}
Object.defineProperty(VirtualDate, "name", { value: "Date" });
Object.defineProperty(VirtualDate, "length", { value: RealDate.length });
// One prototype for both, so that `instanceof` holds for dates that Node itself made.
VirtualDate.prototype = RealDate.prototype;
VirtualDate.now = () => clock.now();
VirtualDate.parse = RealDate.parse;
VirtualDate.UTC = RealDate.UTC;
RealDate.prototype.constructor = VirtualDate;
globalThis.Date = VirtualDate;

Object.defineProperty(performance, "now", { value: clock.elapsed, configurable: true });
Object.defineProperty(performance, "timeOrigin", {
  get: () => clock.now() - clock.elapsed(),
  configurable: true,
});

process.uptime = () => clock.elapsed() / 1000;
process.hrtime = (since) => {
  const ms = clock.elapsed() - (since === undefined ? 0 : since[0] * 1000 + since[1] / 1e6);
  const seconds = Math.floor(ms / 1000);
  return [seconds, Math.round((ms - seconds * 1000) * 1e6)];
};
process.hrtime.bigint = () => BigInt(clock.elapsed()) * 1_000_000n;
