"""`python -m pregon` is `pregon`."""

import sys

from pregon.cli import main

sys.exit(main())
