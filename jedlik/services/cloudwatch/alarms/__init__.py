"""Alarms: `model` is one, `changes` puts them with their history, `evaluation` decides their
states, `jobs` does so when it is due and carries out their actions.
"""
