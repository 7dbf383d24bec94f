"use strict";

const assert = require("node:assert/strict");
const fs = require("node:fs");
const os = require("node:os");
const path = require("node:path");
const { test } = require("node:test");

const { findCommand } = require("../lib/command.js");

/** A folder with programs of these names. */
function folderWith(...names) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "jedlik-test-"));
  for (const name of names) {
    fs.writeFileSync(path.join(folder, name), "#!/bin/sh\n", { mode: 0o755 });
  }
  return folder;
}

test("what the variable says comes first", () => {
  const PATH = folderWith("jedlik");
  const found = findCommand({ PATH, JEDLIK_COMMAND: " python3 -m jedlik" });
  assert.deepEqual(found, ["python3", "-m", "jedlik"]);
});

test("an installed command comes before those that fetch one", () => {
  const PATH = folderWith("uvx", "jedlik", "pipx");
  assert.deepEqual(findCommand({ PATH }), [path.join(PATH, "jedlik")]);
});

test("uvx fetches it, and else pipx", () => {
  const both = folderWith("uvx", "pipx");
  assert.deepEqual(findCommand({ PATH: both }), [path.join(both, "uvx"), "jedlik"]);
  const one = folderWith("pipx");
  assert.deepEqual(findCommand({ PATH: one }), [path.join(one, "pipx"), "run", "jedlik"]);
});

test("what is no program is not taken", () => {
  const folder = folderWith();
  fs.writeFileSync(path.join(folder, "jedlik"), "", { mode: 0o644 });
  fs.mkdirSync(path.join(folder, "uvx"));
  assert.throws(() => findCommand({ PATH: folder }), /pip install jedlik/);
});

test("an empty variable is none", () => {
  assert.throws(() => findCommand({ PATH: "", JEDLIK_COMMAND: " " }), /JEDLIK_COMMAND/);
});
