// The periods of metrics.

const MS = 1000;

/** When the present period of so many seconds ends, in seconds since 1970. */
export const endOfPeriod = (seconds) => Math.ceil(Date.now() / MS / seconds) * seconds;
