"""`jedlik completion`: scripts with which shells complete Jedlik's command line."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

SHELLS = ("bash", "zsh", "fish")


@click.command()
@click.argument("shell", type=click.Choice(SHELLS))
@click.pass_context
def completion(ctx: click.Context, shell: str) -> None:
    """Print a completion script for a shell.

    \b
    bash   eval "$(jedlik completion bash)"      in ~/.bashrc
    zsh    eval "$(jedlik completion zsh)"       in ~/.zshrc, after compinit
    fish   jedlik completion fish | source       in ~/.config/fish/config.fish
    """
    complete = get_completion_class(shell)
    assert complete is not None
    root = ctx.find_root().command
    click.echo(complete(root, {}, "jedlik", "_JEDLIK_COMPLETE").source())
