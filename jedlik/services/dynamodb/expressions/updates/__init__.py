"""Updates: from trees to closures that make the new item from the old one.

checks     counts and types of operands
adding     ADD, DELETE and list_append
effects    actions as closures
charge     what an update counts as in the accounting of UpdateItem
update     plans of texts, and updates with their values
legacy     AttributeUpdates
"""
