"""`python -m afs.gates check ...`: the same as `gitgates check ...`."""

import sys

from gitgates.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
