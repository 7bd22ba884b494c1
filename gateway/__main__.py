"""`python -m gateway`: the same as the installed `discovery-gateway`."""

from gateway.cli import main

if __name__ == "__main__":
    main()
