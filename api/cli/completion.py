"""mnemic completion: the script that teaches a shell to complete mnemic's commands."""

from __future__ import annotations

import click
from click.shell_completion import ShellComplete, get_completion_class

from mnemic.api.cli import options


@click.command(
    epilog=options.examples(
        "mnemic completion bash >> ~/.bashrc",
        "mnemic completion zsh  >> ~/.zshrc",
        "mnemic completion fish > ~/.config/fish/completions/mnemic.fish",
    )
)
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def completion(shell: str) -> None:
    """Print the completion script for SHELL."""
    from mnemic.api.cli.app import cli

    known = get_completion_class(shell)
    assert known is not None
    # bash's own source() starts a bash to ask for its version, which may not be installed.
    click.echo(ShellComplete.source(known(cli, {}, "mnemic", "_MNEMIC_COMPLETE")))
