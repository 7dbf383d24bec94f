export interface StartOptions {
  /** Further options of `jedlik serve`. */
  options?: string[];
  /** What runs the server; found by itself unless given. */
  command?: string[];
  /** Further variables of the server. */
  environment?: Record<string, string>;
}

export interface Server {
  /** For clients: `endpoint`. */
  readonly url: string;
  /** Where test calls are. */
  readonly adminUrl: string;
  readonly calls: TestCalls;
  /** The variables by which AWS SDKs find it. */
  environment(): Record<string, string>;
  stop(): Promise<void>;
}

export interface RecordedRequest {
  number: number;
  operation: string;
  parameters: Record<string, unknown> | null;
  status: number;
  answer: Record<string, unknown> | null;
  error: string | null;
}

export interface Seeded {
  tables: number;
  items: number;
  kept: number;
  notes: string[];
}

/** A rule by which requests are struck: `jedlik manual testing`, "Faults on purpose". */
export type FaultRule = Record<string, unknown>;

export class TestCalls {
  constructor(adminUrl: string);
  snapshot(name?: string): Promise<string>;
  restore(name: string): Promise<void>;
  forget(name: string): Promise<void>;
  reset(): Promise<void>;
  seed(...files: string[]): Promise<Seeded[]>;
  advance(seconds: number): Promise<{ now: string; ahead: number; settled: boolean }>;
  requests(operation?: string): Promise<RecordedRequest[]>;
  clearRequests(): Promise<void>;
  fault(rule: FaultRule): Promise<{ id: number; remove(): Promise<unknown> }>;
  clearFaults(): Promise<void>;
}

export class TestCallError extends Error {
  constructor(type: string, message: string);
  readonly type: string;
}

/** Starts a server, in memory, on free ports, and waits until it answers. */
export function startServer(how?: StartOptions): Promise<Server>;

/** The test calls of the server of this worker of jest or vitest. */
export function testCalls(): TestCalls;
