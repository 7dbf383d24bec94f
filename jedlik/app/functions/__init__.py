"""Functions, wired.

functions      whether functions are available; loads the rest at first use
parts          the Lambda API and the triggers
alarm_actions  the actions of alarms: functions, and HTTP endpoints
"""
