"""Throughput settings of tables and global secondary indexes: their rules, and how they are kept.

`capacity.limits` reads from them what requests may consume where capacity is enforced.

members      the names of the members of the three structures
provisioned  ProvisionedThroughput: quotas, increases, and decreases a day
on_demand    OnDemandThroughput: maxima
warm         WarmThroughput, which only ever rises
settings     all three as a table or index keeps them
"""
