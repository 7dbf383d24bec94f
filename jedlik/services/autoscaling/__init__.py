"""Auto scaling (the Application Auto Scaling API) of tables' and indexes' provisioned capacity.

The API: `spec`, `api`, `operations`; `inputs` checks requests by `shapes`, `permissions` are what
they need, `audit` what is recorded, `errors` what they are refused with. `store` keeps scalable
targets with their policies and scheduled actions (`model`), and activities; `names` are theirs.

In the background `scaler` works through all targets: `adjusting` reads what one consumed
(`consumption`), decides (`tracking`, `schedules`) and sets its capacity (`scaling`). `alarms` are
what CloudWatch shows of that; `replica_scaling` is the same in the terms of global tables.
"""
