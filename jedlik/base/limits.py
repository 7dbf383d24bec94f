"""All limits by name, with their sources; asserts state how limits are related.

"Quotas" is the developer guide's page "Quotas in Amazon DynamoDB", "Constraints" its page
"Constraints in Amazon DynamoDB".
"""

from __future__ import annotations

from typing import Final

KIB: Final = 1024
MIB: Final = 1024 * KIB

# --- Items (Constraints: "Item", "Data types", "Naming rules") ------------------------------------

MAX_ITEM_SIZE: Final = 400 * KIB
"""Attribute names and values of one item, in the service's size accounting."""

MAX_NESTING_DEPTH: Final = 32
"""Levels of lists and maps within an attribute."""

MAX_PARTITION_KEY_SIZE: Final = 2048
MAX_SORT_KEY_SIZE: Final = 1024

MAX_NUMBER_DIGITS: Final = 38
MAX_NUMBER_EXPONENT: Final = 125
"""The largest number is 9.99...E+125."""
MIN_NUMBER_EXPONENT: Final = -130
"""The smallest positive number is 1E-130."""

MAX_ATTRIBUTE_NAME_SIZE: Final = 65535

# --- Expressions (Constraints: "Expression parameters") -------------------------------------------

MAX_EXPRESSION_SIZE: Final = 4 * KIB
MAX_EXPRESSION_OPERATORS: Final = 300
MAX_IN_OPERANDS: Final = 100
MAX_PLACEHOLDER_VALUES_SIZE: Final = 2 * MIB
"""All of ExpressionAttributeNames and ExpressionAttributeValues together."""
MAX_PLACEHOLDER_SIZE: Final = 255

CLIENT_TOKEN_SECONDS: Final = 8 * 3600
"""How long the ClientToken of an export, an import or a bulk put is remembered (API reference)."""

MAX_EXAMINED_PARTS: Final = 10_000
"""Parts of a list or map that are checked if it has more than any request can use: it is refused
for its length, so the others need not be checked. The figure is ours, far above the service's
limits."""

# --- Pages and batches (API reference of Query, Scan, BatchGetItem, BatchWriteItem) ---------------

MAX_PAGE_SIZE: Final = 1 * MIB
"""Bytes that one Query or Scan reads before it stops, before filtering."""

MAX_BATCH_GET_KEYS: Final = 100
MAX_BATCH_GET_SIZE: Final = 16 * MIB
MAX_BATCH_WRITE_REQUESTS: Final = 25
MAX_BATCH_WRITE_SIZE: Final = 16 * MIB
MAX_TRANSACTION_SIZE: Final = 4 * MIB

# --- Tables and indexes (Quotas: "Tables", "Secondary indexes"; Constraints: "Naming rules") ------

MIN_TABLE_NAME_SIZE: Final = 3
MAX_TABLE_NAME_SIZE: Final = 255
MAX_LOCAL_INDEXES: Final = 5
MAX_GLOBAL_INDEXES: Final = 20
MAX_PROJECTED_ATTRIBUTES: Final = 100
"""NonKeyAttributes, over all indexes of a table."""
MAX_VECTOR_INDEXES: Final = 5
MAX_VECTOR_DIMENSIONS: Final = 4096
MAX_SEARCH_FILTERS: Final = 18
"""INLINE_FILTER attributes of one vector index (developer guide, "Vector search")."""
MAX_VECTOR_PROJECTED: Final = 20
"""Attributes that one vector index projects besides keys: NonKeyAttributes, the vector, filters."""
MAX_SEARCH_RESULTS: Final = 100
"""TopK of SearchVectors."""
MAX_INDEX_KEY_ATTRIBUTES: Final = 4
"""Partition attributes of one global index; it may have as many sort attributes."""
MAX_TAGS: Final = 50
MAX_TAG_KEY_SIZE: Final = 128
MAX_TAG_VALUE_SIZE: Final = 256
MAX_TAGS_SIZE: Final = 10240
"""Bytes of the keys and values of a resource's tags together, in UTF-8 (text of the service)."""
LIST_TABLES_PAGE: Final = 100
DEFAULT_VECTOR_MEMORY: Final = 1024
"""MiB in which a process holds the vectors of indexes that are searched."""

# --- Streams (API reference of DynamoDB Streams; Quotas: "DynamoDB Streams") ----------------------

MAX_STREAM_RECORDS: Final = 1000
"""Records of one GetRecords, which are also the default."""
MAX_STREAM_PAGE_SIZE: Final = 1 * MIB
MAX_STREAM_LIST: Final = 100
"""Streams of one ListStreams, and shards of one DescribeStream."""

# --- Capacity (developer guide: "Read and write capacity units") ----------------------------------

READ_UNIT_SIZE: Final = 4 * KIB
WRITE_UNIT_SIZE: Final = 1 * KIB

MAX_TABLE_CAPACITY_UNITS: Final = 40_000
"""Read units of a table or index, and likewise write units (Quotas: "Default quotas")."""
MAX_ACCOUNT_CAPACITY_UNITS: Final = 80_000
TABLE_CLASS_CHANGES: Final = 2
SECONDS_OF_CLASS_CHANGES: Final = 30 * 86400
"""Changes of a table's class within that time (guide, "Considerations when choosing a table
class")."""
FREE_DECREASES_A_DAY: Final = 4
SECONDS_BETWEEN_DECREASES: Final = 3600
INITIAL_READ_UNITS: Final = 12_000
"""Warm throughput of a new on-demand table."""
INITIAL_WRITE_UNITS: Final = 4_000
BURST_SECONDS: Final = 300
"""How long unused provisioned capacity is kept ("Burst and adaptive capacity")."""
PARTITION_READ_UNITS: Final = 3_000
"""Read units of one partition a second, whatever its table may consume."""
PARTITION_WRITE_UNITS: Final = 1_000
PARTITION_SIZE: Final = 10 * KIB * MIB
"""Bytes of one partition (developer guide, "Partitions and data distribution")."""

# --- Requests (Constraints; API Gateway's and our own) --------------------------------------------

MAX_REQUEST_SIZE: Final = 16 * MIB
"""The largest body, after decompression."""
MAX_HEADERS_SIZE: Final = 64 * KIB

assert MAX_ITEM_SIZE <= MAX_PAGE_SIZE, "a page holds at least one item"
assert MAX_BATCH_WRITE_REQUESTS * MAX_ITEM_SIZE <= MAX_BATCH_WRITE_SIZE
assert MAX_TRANSACTION_SIZE <= MAX_REQUEST_SIZE
assert MAX_EXPRESSION_SIZE < MAX_PLACEHOLDER_VALUES_SIZE
