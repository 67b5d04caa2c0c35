#!/bin/sh
# SPDX-License-Identifier: MIT
# flaky.sh: a test that fails now and then. Each run of it is one operation:
#
#     build/stress-supervisor -j 8 -n 1000 examples/flaky.sh
#
# STRESS_SEED alone decides whether it fails, so the same seed of the run shows the same failures.
# `flaky.sh N` fails about one time in N; the default is one time in 100.
set -eu

one_in=${1:-100}
seed=${STRESS_SEED:?run this script by stress-supervisor, or set STRESS_SEED}

# Only the last six digits, because the whole seed may be too large for the shell's arithmetic. With
# a 1 in front, leading zeros do not make them octal.
padded=000000$seed
digits=${padded#"${padded%??????}"}
luck=$(( (1$digits - 1000000) % one_in ))

if [ "$luck" -eq 0 ]; then
    echo "no luck with STRESS_SEED=$seed" >&2
    exit 3
fi
