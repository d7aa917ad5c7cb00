/**
 * TCP sockets of a function's process: they reach this machine and nothing else (a host is refused before its name is
 * looked up), and their idle timeouts run on the virtual clock, from the moment they are set. An agent clears them when it takes a socket back, so a connection
 * outlives the pause between two requests.
 */
"use strict";

const net = require("node:net");
const clock = require("./clock.cjs");

/** Hosts that the program tried to reach during this invocation. */
let refused = [];
/** Queue entries of idle timeouts, by socket. */
const entries = new WeakMap();

const connect = net.Socket.prototype.connect;
net.Socket.prototype.connect = function (...args) {
  const target = targetOf(args);
  if (isLoopback(target)) return connect.apply(this, args);
  refused.push(target);
  process.nextTick(() => this.destroy(new Error(refusal(target))));
  return this;
};

net.Socket.prototype.setTimeout = function (ms, callback) {
  if (this.destroyed) return this;
  this.timeout = ms;
  if (ms === 0 && callback !== undefined) this.removeListener("timeout", callback);
  if (ms !== 0 && callback !== undefined) this.once("timeout", callback);
  const entry = entries.get(this);
  if (entry !== undefined) clock.cancel(entry);
  entries.delete(this);
  if (ms !== 0) {
    const expire = () => this.emit("timeout");
    entries.set(this, clock.schedule(clock.now() + ms, expire, { keepsAlive: false }));
  }
  return this;
};

/** Tells which hosts were refused since the last call. */
function takeRefused() {
  const hosts = refused;
  refused = [];
  return hosts;
}

function refusal(host) {
  const received = JSON.stringify(String(host).slice(0, 40));
  return `A local function may connect to 127.0.0.1 only, got: ${received}. Give its client a loopback endpoint.`;
}

/** The host of any form of `connect` arguments; a path stands for itself. */
function targetOf(args) {
  const [first, second] = Array.isArray(args[0]) ? args[0] : args;
  if (typeof first === "object" && first !== null) return first.path ?? first.host ?? "localhost";
  if (Number.isNaN(Number(first))) return String(first);
  return typeof second === "string" ? second : "localhost";
}

function isLoopback(host) {
  return host === "localhost" || host === "::1" || /^127(\.\d{1,3}){3}$/.test(host);
}

module.exports = { takeRefused, refusal };
