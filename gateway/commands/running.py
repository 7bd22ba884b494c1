"""From arguments to an exit code: errors are lines for a reader, never stack traces."""

import signal
import sys
from collections.abc import Iterable, Sequence
from io import TextIOWrapper

import typer
from typer.main import get_command

from gateway.commands.app import PROGRAM
from gateway.settings import SettingsError
from resolvers.errors import DiscoveryError

FAILED = 1
WRONG_USE = 2
INTERRUPTED = 130


def interrupted_by_signals() -> None:
    """Have whoever ends the process by SIGTERM interrupt the command as Ctrl-C does, so that it cleans up.

    A signal that the process was told to ignore (as `nohup` and a shell's `&` do) stays ignored.
    """
    for wish in (signal.SIGINT, signal.SIGTERM):
        if signal.getsignal(wish) is not signal.SIG_IGN:
            signal.signal(wish, signal.default_int_handler)


def run_cli(cli: typer.Typer, arguments: Sequence[str]) -> int:
    """Run one command. The exit code: 0 done, 1 failed, 2 wrong arguments or settings, 130 interrupted."""
    _survive_any_encoding()
    try:
        code = get_command(cli).main(arguments, PROGRAM, standalone_mode=False)
    except SettingsError as error:
        return _told(error.problems, WRONG_USE)
    except typer.TyperException as error:
        return _told([f"{error.format_message().rstrip('.')} (see {PROGRAM} --help)"], error.exit_code)
    except DiscoveryError as error:
        return _quoting(error.message, FAILED)
    except OSError as error:
        return _told([_os_reason(error)], FAILED)
    except KeyboardInterrupt:
        code = INTERRUPTED
    return _told(["interrupted"], INTERRUPTED) if code == INTERRUPTED else code or 0


def _told(problems: Iterable[str], code: int) -> int:
    for problem in problems:
        typer.echo(f"{PROGRAM}: {' '.join(problem.split())}", err=True)
    return code


def _quoting(message: str, code: int) -> int:
    """Tell a message whose first line says what is the matter, and those behind it quote what that is about."""
    first, *quoted = message.splitlines()
    _told([first], code)
    for line in quoted:
        typer.echo(line, err=True)
    return code


def _os_reason(error: OSError) -> str:
    return ": ".join(str(part) for part in (error.filename, error.strerror) if part) or str(error)


def _survive_any_encoding() -> None:
    """A terminal that cannot show a character gets its escape instead of an error."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
