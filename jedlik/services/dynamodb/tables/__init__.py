"""Tables as plain data, their definitions and descriptions.

model              tables as plain data; what belongs to one has a model of its own: `key_schema`,
                   `time_to_live`, `stream`, `replicas`, `change_log` and `restore`
definitions        key schemas and indexes, from requests to the model
throughput         their units: provisioned, on demand and warm; `quotas`: of the account
index_changes      GlobalSecondaryIndexUpdates
class_changes      how often the table class may be changed
in_use             what keeps a change waiting, and `waiting`: the error that says so
unavailable        what this server does not have
figures            how many items and bytes a table and its indexes hold
descriptions       from the model to TableDescription; `insights`: of Contributor Insights
"""
