"""The program: `python -m gateway`, and the installed `discovery-gateway`."""

import os
import signal


def _end(*_: object) -> None:
    """What `gateway.commands.running` says and returns when it is interrupted: it is still being imported."""
    os.write(2, b"discovery-gateway: interrupted\n")
    os._exit(130)


if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
    signal.signal(signal.SIGINT, _end)

from gateway.cli import main  # noqa: E402  Ctrl-C has to be answered before all of this is imported

if __name__ == "__main__":
    main()
