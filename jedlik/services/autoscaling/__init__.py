"""Auto scaling (the Application Auto Scaling API) of tables' and indexes' provisioned capacity.

`spec` and `api` are the API, `operations` what it does, `store` what it keeps: scalable targets
with their policies and scheduled actions (`model`), and activities. `scaler` works in the
background: it reads what was consumed (`consumption`), decides (`tracking`, `schedules`) and sets
capacity (`scaling`).
"""
