"""Tables to files and back, by any DynamoDB endpoint: `jedlik export` and `jedlik import`.

formats     the formats, and which one a file has
plain       conversion between plain JSON values, which lose some types, and attribute values
json_lines  JSON lines, plain and DynamoDB JSON, and Ion
csv_file    CSV
parquet     Parquet, with pyarrow
masks       masking of attributes: rules, and the values that they make
fakes       values that look like real ones
sampling    a consistent part of a table
resuming    the progress of an interrupted command
exporting   a table to a file
importing   a file to a table
"""
