#!/bin/sh
# SPDX-License-Identifier: MIT
# autogen.sh: makes ./configure, in a checkout. A release has it already.
set -eu
cd "$(dirname "$0")"
for tool in autoreconf automake libtoolize pkg-config; do
    command -v "$tool" >/dev/null || {
        echo "autogen.sh: no $tool here; on Debian: scripts/deps build" >&2
        exit 1
    }
done
exec autoreconf --install --force "$@"
