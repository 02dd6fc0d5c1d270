"""The same as the command `callmon`, for `python -m callmon`."""

import sys

from callmon.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
