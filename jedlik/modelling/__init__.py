"""Data models: entities, the forms of their keys, access patterns, and conclusions from them.

templates   `USER#{id}`: the form of a key, with an entity's attributes
model       the model, as plain data
tables      a table of a model's file: keys, indexes, facets, sample data
reading     a model from its file, NoSQL Workbench's format with a member `Jedlik` of ours
serving     how well an access pattern is served, and by which operation
collections which items share a partition key; keys of entities that collide; sample data
costs       units of an access pattern, and what a month of a model costs
checks      all findings about a model, worst first
traffic     a model compared with the traffic of a server
examples    models that come with Jedlik
workshop    models for the console
code        the tables of a model in the languages of tools
"""
