"""Auto scaling (the Application Auto Scaling API) of tables' and indexes' provisioned capacity.

The API: `spec`, `api`, `operations`; `inputs` checks requests by `shapes`, `permissions` are those
that they need, `audit` what is recorded, `errors` their errors. `store` keeps scalable targets with
their policies and scheduled actions (`model`), and activities; `names` are theirs.

In the background `scaler` processes all targets: `adjusting` reads a target's consumption
(`consumption`), decides (`tracking`, `schedules`) and sets its capacity (`scaling`). `alarms` are
shown in CloudWatch; `replica_scaling` is the same for global tables.
"""
