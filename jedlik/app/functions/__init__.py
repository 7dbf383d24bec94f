"""Functions, wired.

functions      as a server sees them: whether they are available, and loaded when they are used
parts          the Lambda API and the triggers
alarm_actions  what alarms set off: functions, and HTTP endpoints
"""
