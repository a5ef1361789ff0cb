"""``python -m pyten``: the same as the ``pyten`` command."""

import sys

from pyten._cli import main

if __name__ == "__main__":
    sys.exit(main())
