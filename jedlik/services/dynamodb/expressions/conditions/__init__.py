"""Conditions: from trees to closures that test items.

checks            counts and types of operands, in the service's order
comparing         what conditions find out about values
texts             texts of one kind, and their plans
condition         conditions of writes, and filters
stepwise          conditions on large items, a test at a time
key_condition     the conditions of a Query on key attributes
legacy            Expected, QueryFilter, ScanFilter and KeyConditions
"""
