"use strict";
// Which command runs the server, which is a program in Python.
//
//   JEDLIK_COMMAND    if it is set: "python3 -m jedlik", a path, ...
//   jedlik            if it is installed
//   uvx jedlik        if uv is there: it fetches what is missing, once
//   pipx run jedlik   the same by pipx

const fs = require("node:fs");
const path = require("node:path");

const VARIABLE = "JEDLIK_COMMAND";
const CANDIDATES = [["jedlik"], ["uvx", "jedlik"], ["pipx", "run", "jedlik"]];

/** The command and its first arguments. Throws an Error that says what to install. */
function findCommand(environment = process.env) {
  const given = environment[VARIABLE];
  if (given && given.trim()) return given.trim().split(/\s+/);
  for (const [program, ...rest] of CANDIDATES) {
    const found = whereIs(program, environment.PATH ?? "");
    if (found) return [found, ...rest];
  }
  throw new Error(
    "jedlik: the server is not installed here, nor is uv or pipx, which would fetch it: run " +
      `\`pip install jedlik\`, or set ${VARIABLE} to the command that runs it`,
  );
}

/** The file that a shell would run, or undefined. What npm has put into node_modules/.bin is not asked. */
function whereIs(program, searched) {
  return searched
    .split(path.delimiter)
    .filter((folder) => folder && !folder.includes("node_modules"))
    .map((folder) => path.join(folder, program))
    .find(isExecutable);
}

function isExecutable(file) {
  try {
    fs.accessSync(file, fs.constants.X_OK);
    return fs.statSync(file).isFile();
  } catch {
    return false;
  }
}

module.exports = { findCommand, VARIABLE };
