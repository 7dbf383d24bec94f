import { testCalls } from "jedlik";
import { beforeAll, expect, test } from "vitest";

import { count, find, place } from "../orders.js";

// In both files, each of which begins with an empty server.
beforeAll(async () => {
  const [made] = await testCalls().seed("orders.json");
  expect(made.tables).toBe(1);
});

test("a test begins with no orders", async () => {
  expect(await count()).toBe(0);
  await place({ id: "1", total: 3 });
  expect(await find("1")).toEqual({ id: "1", total: 3 });
});

test("and so does the next one, whatever the last one wrote", async () => {
  expect(await count()).toBe(0);
  await place({ id: "1" });
  await expect(place({ id: "1" })).rejects.toThrow(/conditional request failed/i);
});

test("an answer that is lost after the commit is tried again by the SDK", async () => {
  await testCalls().fault({ operation: "PutItem", nth: 1, drop: "after" });
  await expect(place({ id: "2" })).rejects.toThrow(/conditional request failed/i);
  expect(await testCalls().requests("PutItem")).toHaveLength(2);
  expect(await find("2")).toEqual({ id: "2" });
});

test("faults and recorded requests of another test are gone", async () => {
  expect(await testCalls().requests("PutItem")).toHaveLength(0);
  await place({ id: "2" });
});

test("a rollback within a test", async () => {
  const before = await testCalls().snapshot();
  await place({ id: "3" });
  await testCalls().restore(before);
  expect(await count()).toBe(0);
});
