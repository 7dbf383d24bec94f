"""Every key in the store, offset by offset. The first byte names the keyspace; numbers are
big-endian, ids are never used twice.

    00 "copy"                    here as long as this is an incomplete copy (see copying)

    01 "v"                       catalog version: 8 bytes, counts every change of the catalog
    01 "w"                       catalog version of the last change of work (see background.survey)
    01 "r"                       the last changes of key rings (see key_ring_changes)
    01 "d"                       the last changes of the identities (see iam.identity_changes)
    01 "i"                       the last id of a table or index: 4 bytes
    01 "t" name                  a table's description: JSON (see tables.model)
    01 "g" table or stream id (4)
                                 a table's or stream's tags: JSON, {key: value}
    01 "p" table id (4) index id (4)
                                 a due purge of a deleted table (index id 0) or index; empty
    01 "l" name                  a lease: JSON (see leases)
    01 "b" table id (4) index id (4)
                                 the last item key that a backfill has processed, of expiry too
    01 "k" table id (4)          a table's key ring: JSON (see sealing.key_ring), kept until
                                 the records of its streams are deleted too
    01 "e" table id (4)          how far a table's re-encryption has come: the last key that is done
    01 "s" table name 00 stream label
                                 a stream's description: JSON (see tables.stream), kept until a day
                                 after the stream was disabled
    01 "h" table name 00 stream label
                                 the same of a stream that only the server itself reads

    02 table id (4) shard (1)    a share of a table's and indexes' counters (see tables.figures)

    04 "t" token hash (16)       a ClientRequestToken that was used (see items.idempotency)
    04 "e" time (8) token hash (16)
                                 when it was used, for the sweep; the value is empty

    03 table id (4) 00000000 partition hash (16) sort key bytes
                                 an item: stored bytes (see values.stored)
    03 table id (4) index id (4) index partition hash (16) closed index sort key bytes
       partition hash (16) sort key bytes
                                 an index entry: the projected item as stored bytes. The item's own
                                 key comes last, so that equal index keys never collide.

    05 "n" stream id (4) shard (4)
                                 the number of an open shard's last record: 8 bytes; else missing
    05 "r" stream id (4) shard (4) number (8)
                                 a stream record (see recording.stream_records)

    06 table id (4) expiry index id (4) expiry time (8) partition hash (16) sort key bytes
                                 an item that expires, by the second; empty (see recording.expiry)

    07 "d" due (8) kind 00 name  a job that is due at a time: its payload (see due_work)
    07 "v"                       the last upgrade that was done: text (see background.upgrade)

    08 "f" name                  a function: JSON (see lambda_.model)
    08 "z" code id               the bytes of a function's deployment package
    08 "m" mapping uuid (36)     an event source mapping: JSON (see lambda_.mapping_model)
    08 "v"                       counts new mappings and changes of their functions: 8 bytes
    08 "c" mapping uuid (36)     a mapping's position in each shard: JSON (see streams.checkpoints)
    08 "r" mapping uuid (36)     a mapping's last processing result: text

    09 "k" key id (16)           a KMS key: JSON (see kms.records)
    09 "a" alias name            an alias of a KMS key (see kms.alias)

    0A "v"                       version of the identities: 8 bytes, counts every change of 0A
    0A "k"                       the key that seals secrets: 32 bytes (see crypto.secret_box)
    0A "n"                       the regions of the store's account besides the home region: JSON,
                                 names in order. Their catalogs' versions move with the identities.
    0A "c"                       exists if requests must be signed by an identity; empty
    0A "u" name                  a user, 0A "g" name a group, 0A "r" name a role, 0A "p" name a
                                 managed policy, names in lower case: JSON (see iam.model)
    0A "a" access key id         an access key: JSON, its secret sealed
    0A "l" access key id         when an access key was last used: JSON (see
                                 iam.access_key_last_used); not counted by the version
    0A "t" table or stream id (4)
                                 a table's or stream's resource policy: JSON

    0B "n"                       how many series of metrics there are: 8 bytes
    0B "s" namespace 00 name 00 series id (16)
                                 a series: JSON (see metrics.points)
    0B "p" resolution (1) series id (16) unit (1) time (4)
                                 a point: an aggregate (see metrics.aggregate), time in seconds
    0B "d" time (4) namespace 00 name 00 series id (16)
                                 when a series has to be trimmed; empty
    0B "w" host 00 parent's process id 00 process id
                                 a process's figures, for the others: JSON (see
                                 app.admin.snapshots)
    0B "i" rule name 00 time (4) a minute of an insight rule: JSON (see
                                 dynamodb.metering.contributors), time in seconds
    0B "a" name                  an alarm: JSON (see cloudwatch.alarms.model)
    0B "h" alarm name 00 time (8) kind (1) number (1)
                                 an item of an alarm's history: JSON, time in milliseconds

    0D "l" table id (4)          how a table's capacity is divided among processes: JSON (see
                                 capacity.ledger)

    0E "t" resource 00 dimension a scalable target of auto scaling, its policies and its scheduled
                                 actions: JSON (see autoscaling.model)
    0E "a" time, inverted (8) id (16)
                                 a scaling activity, the latest first: JSON

    0F "b" backup id (23) table name
                                 a backup: JSON (see backups.model); its items are in keyspace 03
                                 under their own id
    0F "c" table id (4) log id (4) shard (1) time (8) position (2)
                                 a change of an item, for backups and point-in-time recovery: the
                                 item as it was before (see recording.change_records)
    0F "f" data id (4) number (4)
                                 an entry of an export's manifest, for a data file: JSON
    0F "h" table id (4)          who needs the rows under an id that is not, or no longer, a
                                 table's: JSON (see backups.holds)
    0F "j" job id (36)           a backup or restore that is under way: JSON (see backups.model)
    0F "m" import id (23) table name
                                 an import: JSON (see transfers.model)
    0F "o" operation id (23) table name
                                 a bulk operation: JSON (see bulk.model)
    0F "s" table id (4) log id (4) shard (1)
                                 the last change in a shard of a change log (see
                                 recording.change_records); shard FF: the bytes trimmed so far (8)
    0F "w" table id (4) operation id (23) number (8)
                                 a line of a bulk operation's report that is not in a file yet:
                                 JSON, sealed like the table
    0F "x" export id (23) table name
                                 an export: JSON (see transfers.model)

    10 "n" hash of names (16)    an attribute list's number: 8 bytes (see dax.attribute_lists)
    10 "i" number (8)            an attribute list: JSON
    10 "l"                       the last number of an attribute list: 8 bytes
    10 "s"                       the room of all attribute lists: 8 bytes
    10 "s" hash of owner (16)    the room of a caller's attribute lists: 8 bytes
    10 "c"                       DAX's clusters, groups and events: JSON (see dax_control.store)

    11 "a" table id (4) log id (4) region
                                 the position up to which another region's changes of a table were
                                 applied here: JSON (see replication.progress)
    11 "c" table id (4) log id (4) region
                                 the position up to which a table's changes were sent to another
                                 region: JSON (see replication.progress)
    11 "i"                       the incarnation of this store: text (see replication.progress)
    11 "l" table id (4) log id (4) shard (1) number (8)
                                 a change of a table that replicates (see recording.replication_log)
    11 "n" table id (4) log id (4) shard (1)
                                 the number of the last change in a shard: 8 bytes; shard FF: the
                                 name of the table, which is found here without reading all tables
    11 "p" region                how a pair of regions is paused or delayed: JSON (see
                                 replication.pairs)
    11 "t" table id (4) log id (4) time (8) partition hash (16) sort key bytes
                                 a recorded deletion, by its version's time in
                                 microseconds; the value is empty
    11 "v" table id (4) log id (4) partition hash (16) sort key bytes
                                 an item's version, or its deletion's (see recording.versions)

    12 "d" table id (4)          Kinesis destinations of a table: JSON (see kinesis.model)
    12 "c" destination uuid (36) a destination's position in each shard: JSON (see checkpoints)

    13 "n" table id (4) index id (4) shard (1)
                                 changes of a vector index: their number (see recording.vector_log)
    13 "r" table id (4) index id (4) shard (1) place (4)
                                 one of the latest of them
    13 "w" the same ids, hash (16)
                                 a large partition that is searched (see vectors.in_use)

    20 account (12) region 00 key
                                 any of the keys above, of another region or account than those of
                                 the home realm (see realms)
"""

from __future__ import annotations

from typing import Final

from jedlik.values.keybytes import HASH_SIZE

COPY_NOTE: Final = b"\x00copy"
CATALOG_VERSION: Final = b"\x01v"
TABLES_WORK: Final = b"\x01w"
KEY_RING_CHANGES: Final = b"\x01r"
IDENTITY_CHANGES: Final = b"\x01d"
LAST_ID: Final = b"\x01i"
TABLES: Final = b"\x01t"
TAGS: Final = b"\x01g"
PURGES: Final = b"\x01p"
LEASES: Final = b"\x01l"
BACKFILLS: Final = b"\x01b"
KEY_RINGS: Final = b"\x01k"
RE_ENCRYPTIONS: Final = b"\x01e"
STREAMS: Final = b"\x01s"
INTERNAL_STREAMS: Final = b"\x01h"
COUNTERS: Final = b"\x02"
ITEMS: Final = b"\x03"
TOKENS: Final = b"\x04t"
TOKEN_TIMES: Final = b"\x04e"
DUE_WORK: Final = b"\x07d"
UPGRADED: Final = b"\x07v"
LEDGERS: Final = b"\x0dl"
FUNCTIONS: Final = b"\x08f"
FUNCTION_CODE: Final = b"\x08z"
EVENT_SOURCE_MAPPINGS: Final = b"\x08m"
MAPPINGS_VERSION: Final = b"\x08v"
CHECKPOINTS: Final = b"\x08c"
PROCESSING_RESULTS: Final = b"\x08r"
RECORD_NUMBERS: Final = b"\x05n"
RECORDS: Final = b"\x05r"
EXPIRIES: Final = b"\x06"
IDENTITIES: Final = b"\x0a"
IDENTITIES_VERSION: Final = b"\x0av"
SEALING_KEY: Final = b"\x0ak"
REGIONS: Final = b"\x0an"
CLOSED: Final = b"\x0ac"
USERS: Final = b"\x0au"
GROUPS: Final = b"\x0ag"
ROLES: Final = b"\x0ar"
MANAGED_POLICIES: Final = b"\x0ap"
ACCESS_KEYS: Final = b"\x0aa"
KEY_USES: Final = b"\x0al"
RESOURCE_POLICIES: Final = b"\x0at"
SCALABLE_TARGETS: Final = b"\x0et"
SCALING_ACTIVITIES: Final = b"\x0ea"
METRICS: Final = b"\x0b"
METRIC_COUNT: Final = b"\x0bn"
METRIC_SERIES: Final = b"\x0bs"
METRIC_POINTS: Final = b"\x0bp"
METRIC_TRIMS: Final = b"\x0bd"
METRIC_SNAPSHOTS: Final = b"\x0bw"
INSIGHTS: Final = b"\x0bi"
ALARMS: Final = b"\x0ba"
ALARM_HISTORY: Final = b"\x0bh"
BACKUPS: Final = b"\x0fb"
CHANGES: Final = b"\x0fc"
EXPORTED_FILES: Final = b"\x0ff"
HOLDS: Final = b"\x0fh"
BACKUP_JOBS: Final = b"\x0fj"
IMPORTS: Final = b"\x0fm"
LAST_CHANGES: Final = b"\x0fs"
BULK_OPERATIONS: Final = b"\x0fo"
BULK_REPORTS: Final = b"\x0fw"
EXPORTS: Final = b"\x0fx"
ATTRIBUTE_LIST_IDS: Final = b"\x10n"
ATTRIBUTE_LIST_ROOM: Final = b"\x10s"
ATTRIBUTE_LISTS: Final = b"\x10i"
LAST_ATTRIBUTE_LIST: Final = b"\x10l"
CLUSTERS: Final = b"\x10c"
APPLIED: Final = b"\x11a"
SENT: Final = b"\x11c"
INCARNATION: Final = b"\x11i"
REPLICATION_LOG: Final = b"\x11l"
REPLICATION_NUMBERS: Final = b"\x11n"
PAIRS: Final = b"\x11p"
TOMBSTONES: Final = b"\x11t"
VERSIONS: Final = b"\x11v"
DESTINATIONS: Final = b"\x12d"
DESTINATION_CHECKPOINTS: Final = b"\x12c"
VECTOR_NUMBERS: Final = b"\x13n"
VECTOR_CHANGES: Final = b"\x13r"
VECTORS_IN_USE: Final = b"\x13w"
REALMS: Final = b"\x20"
KEYS: Final = b"\x09k"
KEY_ALIASES: Final = b"\x09a"

TABLE_REPLICATION: Final = (
    APPLIED, SENT, REPLICATION_LOG, REPLICATION_NUMBERS, TOMBSTONES, VERSIONS,
)  # fmt: skip
"""The keyspaces of replication that go by a table's id and a log's."""

SECRETS: Final = frozenset(
    (
        *(FUNCTIONS, FUNCTION_CODE, EVENT_SOURCE_MAPPINGS, CHECKPOINTS, PROCESSING_RESULTS),
        *(ATTRIBUTE_LISTS, CLUSTERS, ALARMS, ALARM_HISTORY, INSIGHTS),
        *(KEYS, SEALING_KEY, USERS, GROUPS, ROLES, MANAGED_POLICIES, ACCESS_KEYS),
    )
)
"""The keyspaces, besides those of tables, that are sealed under a root key (see
sealing.open_rings)."""

ID_SIZE: Final = 4
INDEX_PREFIX_SIZE: Final = 1 + ID_SIZE + ID_SIZE
ITEM_SORT_OFFSET: Final = INDEX_PREFIX_SIZE + HASH_SIZE
NUMBER_SIZE: Final = 8
TIME_SIZE: Final = 8


def table_key(name: str) -> bytes:
    """The key of a table's description."""
    return TABLES + name.encode()


def tags_key(resource: int) -> bytes:
    """The key of the tags of a table or stream, by its id."""
    return TAGS + resource.to_bytes(ID_SIZE, "big")


def purge_key(table_id: int, index_id: int) -> bytes:
    """The key of a due purge."""
    return PURGES + table_id.to_bytes(ID_SIZE, "big") + index_id.to_bytes(ID_SIZE, "big")


def lease_key(name: str) -> bytes:
    """The key of a lease."""
    return LEASES + name.encode()


def backfill_key(table_id: int, index_id: int) -> bytes:
    """The key of a backfill's progress."""
    return table_backfills_prefix(table_id) + index_id.to_bytes(ID_SIZE, "big")


def table_backfills_prefix(table_id: int) -> bytes:
    """The prefix of the keys of all backfills of a table."""
    return BACKFILLS + table_id.to_bytes(ID_SIZE, "big")


def access_key_key(access_key: str) -> bytes:
    """The key of an access key."""
    return ACCESS_KEYS + access_key.encode()


def key_use_key(access_key: str) -> bytes:
    """The key of the last use of an access key."""
    return KEY_USES + access_key.encode()


def key_ring_key(table_id: int) -> bytes:
    """The key of a table's key ring."""
    return KEY_RINGS + table_id.to_bytes(ID_SIZE, "big")


def re_encryption_key(table_id: int) -> bytes:
    """The key of a re-encryption's progress."""
    return RE_ENCRYPTIONS + table_id.to_bytes(ID_SIZE, "big")


def resource_policy_key(resource: int) -> bytes:
    """The key of the resource policy of a table or stream, by its id."""
    return RESOURCE_POLICIES + resource.to_bytes(ID_SIZE, "big")


def ids_of(key: bytes) -> tuple[int, int]:
    """Table id and index id at the end of a purge's or backfill's key."""
    table, index = key[-2 * ID_SIZE : -ID_SIZE], key[-ID_SIZE:]
    return int.from_bytes(table, "big"), int.from_bytes(index, "big")


def counters_prefix(table_id: int) -> bytes:
    """The prefix of a table's counters."""
    return COUNTERS + table_id.to_bytes(ID_SIZE, "big")


def ledger_key(table_id: int) -> bytes:
    """The key of a table's capacity ledger."""
    return LEDGERS + table_id.to_bytes(ID_SIZE, "big")


def table_prefix(table_id: int) -> bytes:
    """The prefix of all items and index entries of a table."""
    return ITEMS + table_id.to_bytes(ID_SIZE, "big")


def index_prefix(table_id: int, index_id: int) -> bytes:
    """The prefix of all items (index id 0), or of all entries of an index."""
    return table_prefix(table_id) + index_id.to_bytes(ID_SIZE, "big")


def function_key(name: str) -> bytes:
    """The key of a function."""
    return FUNCTIONS + name.encode()


def function_code_key(code_id: str) -> bytes:
    """The key of a function's deployment package."""
    return FUNCTION_CODE + code_id.encode()


def mapping_key(mapping: str) -> bytes:
    """The key of an event source mapping."""
    return EVENT_SOURCE_MAPPINGS + mapping.encode()


def checkpoints_key(mapping: str) -> bytes:
    """The key of a mapping's positions."""
    return CHECKPOINTS + mapping.encode()


def processing_result_key(mapping: str) -> bytes:
    """The key of a mapping's last processing result."""
    return PROCESSING_RESULTS + mapping.encode()


def stream_key(table_name: str, label: str = "") -> bytes:
    """The key of a stream's description; without a label, the prefix of all of a table's."""
    return b"%b%b\x00%b" % (STREAMS, table_name.encode(), label.encode())


def internal_stream_key(table_name: str, label: str = "") -> bytes:
    """The key of the description of a stream that only the server itself reads."""
    return b"%b%b\x00%b" % (INTERNAL_STREAMS, table_name.encode(), label.encode())


def destinations_key(table_id: int) -> bytes:
    """The key of the Kinesis destinations of a table."""
    return DESTINATIONS + table_id.to_bytes(ID_SIZE, "big")


def destination_checkpoints_key(destination: str) -> bytes:
    """The key of the positions of a delivery to a Kinesis stream."""
    return DESTINATION_CHECKPOINTS + destination.encode()


def record_number_key(stream_id: int, shard: int) -> bytes:
    """The key of the number of a shard's last record."""
    return RECORD_NUMBERS + stream_id.to_bytes(ID_SIZE, "big") + shard.to_bytes(ID_SIZE, "big")


def stream_records_prefix(stream_id: int) -> bytes:
    """The prefix of all records of a stream."""
    return RECORDS + stream_id.to_bytes(ID_SIZE, "big")


def records_prefix(stream_id: int, shard: int) -> bytes:
    """The prefix of all records of a shard."""
    return stream_records_prefix(stream_id) + shard.to_bytes(ID_SIZE, "big")


def expiry_prefix(table_id: int, expiry_id: int) -> bytes:
    """The prefix of all entries of an expiry index."""
    return EXPIRIES + table_id.to_bytes(ID_SIZE, "big") + expiry_id.to_bytes(ID_SIZE, "big")


def table_expiries_prefix(table_id: int) -> bytes:
    """The prefix of the entries of all expiry indexes of a table."""
    return EXPIRIES + table_id.to_bytes(ID_SIZE, "big")


def table_log_prefix(keyspace: bytes, table_id: int, log_id: int | None = None) -> bytes:
    """The prefix of a table's keys of replication or vector indexes, or of one log or index."""
    table = keyspace + table_id.to_bytes(ID_SIZE, "big")
    return table if log_id is None else table + log_id.to_bytes(ID_SIZE, "big")


def replicated_table_key(table_id: int, log_id: int) -> bytes:
    """The key of the note that a table replicates; the value is its name."""
    return table_log_prefix(REPLICATION_NUMBERS, table_id, log_id) + b"\xff"
