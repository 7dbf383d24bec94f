"""Options that commands share, a file for each subject, and checks of their combinations.

`option` makes one that can come from the environment too; `numbers` has the types of numbers;
`sections` has the headings under which the help of `jedlik serve` shows its options.
"""
