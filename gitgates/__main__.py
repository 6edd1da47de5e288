"""`python -m gitgates`."""

import sys

from gitgates.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
