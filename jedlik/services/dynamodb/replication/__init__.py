"""Replicas of tables in other regions.

Every write of a table with replicas is noted in a log, in the same commit (see
`recording.replication_log`). The items that the log names are sent to the other regions as they are
by then, each with its version, and the later version wins (see `recording.versions`). So changes
may be sent repeatedly, or in any order, and all regions converge.

membership      in which regions a table has replicas; `tables.replicas`: these as plain data
senders         the loops that send, one for each other region
sending         the changes of one table to one region; `outgoing`: which are next
receiving       applies the changes of another region
local_link      the link to another region of this server; `peers`: to one on another server
pairs           links that are deliberately delayed or paused
progress        how far changes have come
upkeep          deletes what replication no longer needs
strong_writes   writes of strongly consistent tables: one commit in all regions
membership_work carries changes of replicas and settings to other regions
definition      the request from which a replica is made
parting         how a region and a global table part; `draining`: all changes are sent first
read_units      read capacity of replicas; `scaling`: auto scaling of tables with replicas
table_classes   table classes of replicas
"""
