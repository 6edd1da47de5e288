"""`python -m gitgates`."""

import sys

from gitgates.cli.script import main

if __name__ == "__main__":
    sys.exit(main())
