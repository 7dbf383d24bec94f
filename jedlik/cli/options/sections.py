"""The options of `jedlik serve` by subject, for those who read its help from the top.

The options that most people need come first; the others have headings, so that they can be skipped.
"""

from __future__ import annotations

from typing import Any, Final

import click

SECTIONS: Final = {
    "Options": "host port data memory engine read-engine workers durability log-level help",
    "Access": "access-key secret-key insecure allow-host access-point audit-log audit-data-events",
    "Encryption": "tls tls-cert tls-key tls-client-ca tls-name tls-directory root-key-file "
    "root-key-command",
    "Regions": "region regions accounts peer peer-credentials peer-ca replication-queue",
    "Around the tables": "console no-functions function-python destination bucket "
    "kinesis-endpoint stream-shards stream-shard-lifetime ttl-interval vector-memory",
    "DAX": "dax dax-port dax-tls-port dax-advertise dax-memory",
    "Capacity": "capacity table-quota account-quota",
    "Monitoring": "log-requests explain admin-port admin-host admin-token",
    "Tests": "seed port-file admin-port-file testing faults latency transition-seconds "
    "eventual-delay replication-delay restorable-delay",
}
"""Headings, and the options below each, without their dashes."""


class SectionedCommand(click.Command):
    """A command whose help has its options in SECTIONS."""

    def __init__(self, *arguments: Any, **attributes: Any) -> None:
        super().__init__(*arguments, **attributes)
        for each in self.params:
            if isinstance(each, click.Option):
                each.show_envvar = False  # the names follow a rule, which the help states

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The options of each section, in its order."""
        records = {each.opts[-1]: each.get_help_record(ctx) for each in self.get_params(ctx)}
        for heading, names in SECTIONS.items():
            shown = [records[f"--{name}"] for name in names.split()]
            with formatter.section(heading):
                formatter.write_dl([record for record in shown if record is not None])
