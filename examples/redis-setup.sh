# SPDX-License-Identifier: MIT
# redis-setup.sh: the setup of redis.ini, in the scratch directory. Its arguments follow `--` on the
# command line: --appendonly=yes (the default) or --appendonly=no.

for program in redis-server redis-cli python3; do
    if ! command -v "$program" >/dev/null; then
        echo "redis.ini needs $program" >&2
        exit 77
    fi
done

appendonly=yes
for argument; do
    case $argument in
    --appendonly=yes | --appendonly=no)
        appendonly=${argument#--appendonly=} ;;
    *)
        echo "unknown argument '$argument': allowed are --appendonly=yes and --appendonly=no" >&2
        exit 2 ;;
    esac
done
echo "$appendonly" >appendonly
mkdir -p acknowledged
