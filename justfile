# The scripts by short names: `just` lists them.

_list:
    @just --list

# Everything that CI runs
test:
    scripts/test

# The real programs; `just live --all` asks everything
live *args:
    scripts/test-live {{args}}

# Both README commands on a bare Debian
fresh *args:
    scripts/fresh {{args}}

# The wheel, with the program in it
wheel folder="target/wheels":
    scripts/wheel {{folder}}

# Speed beside the peers
bench:
    bench/run

# All that is published, in target/release-VERSION; `--twice` compares two builds
release *args:
    scripts/release --dry-run {{args}}

# What was built, on bare Debians
release-install *args:
    scripts/release-install {{args}}
