// What the server measured of itself, as series over one axis of time.
import { call } from "../../api/client.js";
import { endOfPeriod } from "../../api/metrics.js";

const NAMESPACE = "AWS/DynamoDB";
const OPERATIONS = ["TableName", "Operation"];
const INDEXES = ["TableName", "GlobalSecondaryIndexName"];

/** Seconds that are shown and seconds of a point, by the range's name. Points are of minutes. */
export const RANGES = { "15m": [900, 60], "1h": [3600, 60], "3h": [10_800, 60], "24h": [86_400, 300], "7d": [604_800, 3600] };

/** { times, requests, read, write, latency, refused } of a table, or of all (null): each of the
 *  last five is { label: [a value for each time, null where nothing was measured] }. */
export async function measure(table, range) {
  const [seconds, period] = RANGES[range];
  const end = endOfPeriod(period);
  const start = end - seconds;
  const queries = queriesFor(table, period);
  const times = Array.from({ length: seconds / period }, (_, at) => start + at * period);
  const measured = { times, requests: {}, read: {}, write: {}, latency: {}, refused: {} };
  let after;
  do {
    const { output } = await call("cloudwatch", "GetMetricData", {
      StartTime: start, EndTime: end, MetricDataQueries: queries.map((query) => query.asked), NextToken: after,
    });
    for (const result of output.MetricDataResults) {
      const query = queries.find((each) => each.asked.Id === result.Id);
      add(measured[query.series], query, result, times, period);
    }
    after = output.NextToken;
  } while (after);
  return measured;
}

/** Adds a result's points to the series that has its label; those of one label add up. */
function add(series, { label, perSecond, missing }, result, times, period) {
  const name = label ?? result.Label.split(" ")[1];
  const points = new Map(result.Timestamps.map((time, at) => [time, result.Values[at]]));
  const before = series[name];
  series[name] = times.map((time, at) => {
    const value = points.has(time) ? points.get(time) / (perSecond ? period : 1) : missing;
    return before?.[at] != null && value != null ? before[at] + value : value ?? before?.[at] ?? null;
  });
}

function queriesFor(table, period) {
  const search = (dimensions, metric, statistic) => {
    const of = table ? ` TableName="${table}"` : "";
    return `SEARCH('{${[NAMESPACE, ...dimensions].join(",")}} MetricName="${metric}"${of}','${statistic}',${period})`;
  };
  const sum = (metric) => `SUM(${search(["TableName"], metric, "Sum")})`;
  const slowest = (statistic) => `MAX(${search(OPERATIONS, "SuccessfulRequestLatency", statistic)})`;
  const rate = { perSecond: true, missing: 0 };
  const whole = { missing: 0 };
  const ofTable = table ? [
    { series: "read", ...rate, expression: search(INDEXES, "ConsumedReadCapacityUnits", "Sum") },
    { series: "write", ...rate, expression: search(INDEXES, "ConsumedWriteCapacityUnits", "Sum") },
    { series: "read", label: "provisioned", missing: null, expression: `MAX(${search(["TableName"], "ProvisionedReadCapacityUnits", "Maximum")})` },
    { series: "write", label: "provisioned", missing: null, expression: `MAX(${search(["TableName"], "ProvisionedWriteCapacityUnits", "Maximum")})` },
  ] : [];
  return [
    { series: "requests", ...rate, expression: search(OPERATIONS, "SuccessfulRequestLatency", "SampleCount") },
    { series: "read", label: "consumed", ...rate, expression: sum("ConsumedReadCapacityUnits") },
    { series: "write", label: "consumed", ...rate, expression: sum("ConsumedWriteCapacityUnits") },
    ...ofTable,
    { series: "latency", label: "p99", missing: null, expression: slowest("p99") },
    { series: "latency", label: "p50", missing: null, expression: slowest("p50") },
    { series: "refused", label: "read_throttled", ...whole, expression: sum("ReadThrottleEvents") },
    { series: "refused", label: "write_throttled", ...whole, expression: sum("WriteThrottleEvents") },
    { series: "refused", label: "condition", ...whole, expression: sum("ConditionalCheckFailedRequests") },
    { series: "refused", label: "system", ...whole, expression: `SUM(${search(OPERATIONS, "SystemErrors", "Sum")})` },
  ].map((query, at) => ({ ...query, asked: { Id: `q${at}`, Expression: query.expression } }));
}
