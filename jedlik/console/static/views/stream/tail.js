// Following a stream from now on: all its open shards, and those that come.
import { call } from "../../api/client.js";
import { useEffect, useRef, useState } from "../../ui/view.js";

const LOOK_AGAIN_MS = 1000;
const SHARDS_AGAIN = 10; // every so many turns new shards are looked for
const MOST_KEPT = 2000;

const streams = (operation, input) => call("dynamodbstreams", operation, input).then(({ output }) => output);

/** All shards of a stream. */
async function shardsOf(arn) {
  const found = [];
  let after;
  do {
    const { StreamDescription } = await streams("DescribeStream", { StreamArn: arn, ExclusiveStartShardId: after });
    found.push(...StreamDescription.Shards);
    after = StreamDescription.LastEvaluatedShardId;
  } while (after);
  return found;
}

/** { records, error, shards }: records newest first, each with its shard; `from` is LATEST or
 *  TRIM_HORIZON. Nothing is read while `paused`. */
export function useTail(arn, from, paused) {
  const [state, setState] = useState({ records: [], error: null, shards: 0 });
  const iterators = useRef(new Map());
  useEffect(() => {
    iterators.current = new Map();
    setState({ records: [], error: null, shards: 0 });
  }, [arn, from]);
  useEffect(() => {
    if (!arn || paused) return undefined;
    let over = false;
    let timer;
    let turns = 0;
    const turn = async () => {
      if (document.hidden) {
        timer = setTimeout(turn, LOOK_AGAIN_MS);
        return;
      }
      try {
        const known = iterators.current;
        if (turns % SHARDS_AGAIN === 0) await open(arn, known.size === 0 ? from : "TRIM_HORIZON", known);
        turns += 1;
        const records = await read(known);
        if (over) return;
        setState((old) => ({
          records: records.length ? [...records, ...old.records].slice(0, MOST_KEPT) : old.records,
          error: null,
          shards: [...known.values()].filter(Boolean).length,
        }));
      } catch (error) {
        if (!over) setState((old) => ({ ...old, error }));
      }
      if (!over) timer = setTimeout(turn, LOOK_AGAIN_MS);
    };
    turn();
    return () => {
      over = true;
      clearTimeout(timer);
    };
  }, [arn, from, paused]);
  return state;
}

/** Iterators of shards that have none yet. From now on, a closed shard has nothing more. */
async function open(arn, from, iterators) {
  for (const shard of await shardsOf(arn)) {
    if (iterators.has(shard.ShardId)) continue;
    const isClosed = Boolean(shard.SequenceNumberRange.EndingSequenceNumber);
    if (isClosed && from === "LATEST") {
      iterators.set(shard.ShardId, null);
    } else {
      const { ShardIterator } = await streams("GetShardIterator", { StreamArn: arn, ShardId: shard.ShardId, ShardIteratorType: from });
      iterators.set(shard.ShardId, ShardIterator);
    }
  }
}

async function read(iterators) {
  const found = [];
  for (const [shard, iterator] of iterators) {
    if (!iterator) continue;
    const { Records, NextShardIterator } = await streams("GetRecords", { ShardIterator: iterator });
    iterators.set(shard, NextShardIterator ?? null);
    found.push(...Records.map((record) => ({ ...record, shard })));
  }
  return found.sort((a, b) => (BigInt(a.dynamodb.SequenceNumber) < BigInt(b.dynamodb.SequenceNumber) ? 1 : -1));
}
