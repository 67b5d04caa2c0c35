#!/bin/sh
# SPDX-License-Identifier: MIT
# autogen.sh: makes ./configure, in a checkout. A release has it already.
#
#     ./autogen.sh --if-needed     only if it is missing, or older than configure.ac
set -eu
cd "$(dirname "$0")"
if [ "${1-}" = --if-needed ]; then
    [ ! -x configure ] || [ configure.ac -nt configure ] || exit 0
    shift
fi
for tool in autoreconf automake libtoolize pkg-config; do
    command -v "$tool" >/dev/null || {
        echo "autogen.sh: no $tool here; on Debian: scripts/deps build" >&2
        exit 1
    }
done
exec autoreconf --install --force "$@"
