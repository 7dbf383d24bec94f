"""Operations on global tables, and what other regions request about replicas.

replica_request       what ReplicaUpdates may ask for, whatever the table is
replica_updates       replicas added, changed and removed
strong_replicas       tables that are strongly consistent over three regions
disassociation        a replica becomes a table by itself; `protection` from that
control               what another region requests; `control_messages` reads its messages
departure             tables that are deleted once their last changes are in the other regions
write_scaling         replicas need write capacity that scales
replica_auto_scaling  DescribeTableReplicaAutoScaling and UpdateTableReplicaAutoScaling
settings_mode         GlobalTableSettingsReplicationMode
version_2017          the operations of version 2017.11.29
"""
