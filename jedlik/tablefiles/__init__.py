"""Tables to files and back, by any DynamoDB endpoint: `jedlik export` and `jedlik import`.

formats     which there are, and which a file has
plain       plain JSON values, which lose some types, and attribute values
json_lines  JSON lines, plain and DynamoDB JSON, and Ion
csv_file    CSV
parquet     Parquet, with pyarrow
masks       what is hidden of attributes: rules, and what they make
fakes       values that look like real ones
sampling    a part of a table that holds together
resuming    how far an interrupted command came
exporting   a table to a file
importing   a file to a table
"""
