"""Commands that have commands."""

from typing import Any

from typer.core import TyperGroup


class CommandGroup(TyperGroup):
    """A group that is a command too: what begins with no subcommand's name are its own arguments.

    A path with such a name is given as `./name`.
    """

    allow_extra_args = False
    allow_interspersed_args = True

    # Over the head of TyperGroup, which takes the first argument for the name of a subcommand.
    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        if args and args[0] in self.commands:
            ctx.args = list(args)
            return list(args)
        return super(TyperGroup, self).parse_args(ctx, args)

    def invoke(self, ctx: Any) -> Any:
        if not ctx.args:
            return super(TyperGroup, self).invoke(ctx)
        name, *args = ctx.args
        command = self.commands[name]
        with command.make_context(name, args, parent=ctx) as within:
            return command.invoke(within)

    def get_params(self, ctx: Any) -> Any:
        """The parameters; none for the help of a subcommand, which has its own."""
        return super().get_params(ctx) if ctx.command is self else []


class Program(TyperGroup):
    """The whole command line; commands that have commands come first, as they do the most."""

    def list_commands(self, ctx: Any) -> list[str]:
        return sorted(super().list_commands(ctx), key=lambda name: not isinstance(self.commands[name], TyperGroup))
