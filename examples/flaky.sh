#!/bin/sh
# SPDX-License-Identifier: MIT
# flaky.sh: a test that fails now and then. Each run of it is one operation:
#
#     build/stress-supervisor -j 8 -n 1000 examples/flaky.sh
#
# All its luck comes from STRESS_SEED, so the same run seed shows the same failures.
# `flaky.sh N` fails about one time in N; without N, one time in 100.
set -eu

one_in=${1:-100}
seed=${STRESS_SEED:?run me by stress-supervisor, or set STRESS_SEED}

# The last six digits: the whole seed may be too large for the shell's arithmetic. The 1 in front
# keeps leading zeros from making them octal.
padded=000000$seed
digits=${padded#"${padded%??????}"}
luck=$(( (1$digits - 1000000) % one_in ))

if [ "$luck" -eq 0 ]; then
    echo "no luck with STRESS_SEED=$seed" >&2
    exit 3
fi
