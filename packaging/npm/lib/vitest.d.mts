/** A globalSetup of vitest: starts a server for each of its workers, and gives what ends them. */
type Setup = (project: { config: { maxWorkers?: number | string } }) => Promise<() => Promise<void>>;

/** The same, with options of `jedlik serve` for all servers. */
export function withOptions(...options: string[]): Setup;

declare const setup: Setup;
export default setup;
