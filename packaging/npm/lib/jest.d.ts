/** A globalSetup of jest: starts a server for each of its workers. */
type Setup = (globalConfig: { maxWorkers: number }) => Promise<void>;

declare const setup: Setup & {
  /** The same, with options of `jedlik serve` for all servers. */
  withOptions(...options: string[]): Setup;
};

export = setup;
