"""Alarms: `model` is one alarm, `changes` stores them with their history, `evaluation` determines
their states, `jobs` does so when it is due and carries out their actions.
"""
