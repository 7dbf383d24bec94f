"use strict";
// The test calls of a server (`jedlik manual testing`, "Other languages"), by its admin listener.

const fs = require("node:fs/promises");
const path = require("node:path");

const PAGE = 1000; // what one answer has at most

/** What a call was refused for; `type` is its error's name. */
class TestCallError extends Error {
  constructor(type, message) {
    super(message);
    this.name = "TestCallError";
    this.type = type;
  }
}

class TestCalls {
  #url;

  constructor(url) {
    this.#url = url;
  }

  /** Keeps everything as it is now; gives the snapshot's name. */
  async snapshot(name) {
    return (await this.#send("POST", "/testing/snapshots", name === undefined ? {} : { name })).name;
  }

  /** Makes everything as it was at a snapshot. The clock goes on. */
  async restore(name) {
    await this.#send("POST", "/testing/restore", { name });
  }

  /** Forgets a snapshot. */
  async forget(name) {
    await this.#send("DELETE", `/testing/snapshots?name=${encodeURIComponent(name)}`);
  }

  /** Removes everything: tables, what was recorded, faults. */
  async reset() {
    await this.#send("POST", "/testing/reset");
  }

  /** Creates tables and puts items as files say. Gives for each file what was made. */
  async seed(...files) {
    const made = [];
    for (const file of files) {
      const name = encodeURIComponent(path.basename(file));
      made.push(await this.#send("POST", `/testing/seed?name=${name}`, await fs.readFile(file)));
    }
    return made;
  }

  /** Sets the server's clock forward; what became due is done when this is over. */
  async advance(seconds) {
    return this.#send("POST", "/testing/clock", { advance: seconds });
  }

  /** The requests that were recorded, of one operation or of all, oldest first. */
  async requests(operation) {
    const which = operation === undefined ? "" : `&operation=${encodeURIComponent(operation)}`;
    const all = [];
    for (let after = 0; ; after = all.at(-1).number) {
      const { requests } = await this.#send("GET", `/testing/requests?after=${after}${which}`);
      all.push(...requests);
      if (requests.length < PAGE) return all;
    }
  }

  /** Has a fault strike requests; gives what takes it away again. */
  async fault(rule) {
    const [id] = (await this.#send("POST", "/testing/faults", rule)).ids;
    return { id, remove: () => this.#send("DELETE", `/testing/faults?id=${id}`) };
  }

  /** Takes all faults away. */
  async clearFaults() {
    await this.#send("DELETE", "/testing/faults");
  }

  /** Forgets what was recorded. */
  async clearRequests() {
    await this.#send("DELETE", "/testing/requests");
  }

  async #send(method, target, body) {
    const raw = body instanceof Uint8Array;
    const answer = await fetch(this.#url + target, {
      method,
      body: body === undefined || raw ? body : JSON.stringify(body),
    });
    const text = await answer.text();
    const members = text ? JSON.parse(text) : {};
    if (answer.ok) return members;
    throw new TestCallError(members.__type ?? String(answer.status), members.message ?? text);
  }
}

module.exports = { TestCalls, TestCallError };
