"""Operations on global tables, and the requests of other regions about replicas.

replica_request       what ReplicaUpdates may request, for any table
replica_updates       replicas added, changed and removed
replica_classes       table classes that cannot be changed for now
replica_keys          the keys of all replicas, changed together
strong_replicas       tables that are strongly consistent over three regions
disassociation        a replica becomes a table by itself; `protection` from that
control               requests of another region; `control_messages` reads its messages
departure             tables that are deleted once the other regions have their last changes
write_scaling         replicas need write capacity that scales
replica_auto_scaling  DescribeTableReplicaAutoScaling and UpdateTableReplicaAutoScaling
settings_mode         GlobalTableSettingsReplicationMode
version_2017          the operations of version 2017.11.29
"""
