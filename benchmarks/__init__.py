"""Load on a real server: `make bench`. See README.md."""

# First, because it silences what Pyramid's own imports complain of.
import portal  # noqa: F401 - imported for that alone
