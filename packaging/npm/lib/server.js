"use strict";
// A server in a process of its own, in memory, on free ports.

const { spawn } = require("node:child_process");
const fs = require("node:fs");
const os = require("node:os");
const path = require("node:path");
const { setTimeout: sleep } = require("node:timers/promises");

const { findCommand, VARIABLE } = require("./command.js");
const { TestCalls } = require("./calls.js");

const START_SECONDS = 120; // uvx may have to fetch what it runs
const STOP_SECONDS = 15;
const POLL_MILLISECONDS = 10;

/**
 * Starts a server and waits until it answers.
 * Throws an Error with what the server printed if it ends before.
 * @param {{options?: string[], command?: string[], environment?: Record<string, string>}} how
 */
async function startServer({ options = [], command, environment = {} } = {}) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "jedlik-"));
  const [port, admin] = [path.join(folder, "port"), path.join(folder, "admin")];
  const [program, ...rest] = command ?? findCommand();
  const arguments_ = [
    ...rest, "serve", "--memory", "--port", "0", "--port-file", port,
    "--testing", "--admin-port", "0", "--admin-port-file", admin, ...options,
  ];
  const child = spawn(program, arguments_, {
    env: { ...serverEnvironment(), ...environment },
    stdio: ["ignore", "ignore", "pipe"],
  });
  const printed = collected(child.stderr);
  let ended;
  child.once("error", (error) => (ended = error.message));
  child.once("exit", (code, signal) => (ended ??= signal ?? `exit code ${code}`));
  // A runner that dies must not leave it behind.
  const kill = () => child.kill("SIGTERM");
  process.once("exit", kill);
  const deadline = Date.now() + START_SECONDS * 1000;
  try {
    while (!(written(port) && written(admin))) {
      if (ended) throw new Error(`jedlik: ${program} ended (${ended}): ${printed().trim()}`);
      if (Date.now() > deadline) throw new Error(`jedlik: no answer in ${START_SECONDS} s`);
      await sleep(POLL_MILLISECONDS);
    }
    // It keeps no runner alive that has nothing else to do.
    child.unref();
    child.stderr.unref();
    return new Server(child, Number(written(port)), Number(written(admin)), kill);
  } catch (error) {
    process.removeListener("exit", kill);
    child.kill("SIGKILL");
    throw error;
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

/** A server that answers: `url` for clients, `calls` for test calls. */
class Server {
  #child;
  #kill;

  constructor(child, port, admin, kill) {
    this.#child = child;
    this.#kill = kill;
    this.url = `http://127.0.0.1:${port}`;
    this.adminUrl = `http://127.0.0.1:${admin}`;
    this.calls = new TestCalls(this.adminUrl);
  }

  /** The variables by which AWS SDKs find it. */
  environment() {
    return environmentOf(this.url);
  }

  /** Ends it; what it accepted is answered first. */
  async stop() {
    process.removeListener("exit", this.#kill);
    const child = this.#child;
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.ref();
    const ended = new Promise((resolve) => child.once("exit", resolve));
    child.kill("SIGTERM");
    const late = setTimeout(() => child.kill("SIGKILL"), STOP_SECONDS * 1000);
    await ended;
    clearTimeout(late);
  }
}

/** The variables by which AWS SDKs find a server at this URL, and nothing else at AWS. */
function environmentOf(url) {
  return {
    AWS_ENDPOINT_URL_DYNAMODB: url,
    AWS_ENDPOINT_URL_DYNAMODB_STREAMS: url,
    AWS_ACCESS_KEY_ID: "jedlik",
    AWS_SECRET_ACCESS_KEY: "jedlik",
    AWS_REGION: process.env.AWS_REGION ?? "us-east-1",
    AWS_DEFAULT_REGION: process.env.AWS_REGION ?? "us-east-1",
    AWS_EC2_METADATA_DISABLED: "true",
  };
}

/** This process's variables without those that are this package's, which a server does not know. */
function serverEnvironment() {
  const { [VARIABLE]: _command, JEDLIK_SERVERS: _servers, ...others } = process.env;
  return others;
}

function written(file) {
  try {
    return fs.readFileSync(file, "utf8").trim();
  } catch {
    return "";
  }
}

/** What a stream has given so far, its last 10,000 characters. */
function collected(stream) {
  let text = "";
  stream.setEncoding("utf8");
  stream.on("data", (more) => (text = (text + more).slice(-10_000)));
  return () => text;
}

module.exports = { startServer, environmentOf };
