"""``python -m mnemic.api.cli``: the command line where the ``mnemic`` script is not on the path."""

from mnemic.api.cli import main

if __name__ == "__main__":
    main()
