# SPDX-License-Identifier: MIT
# redis-setup.sh: the setup of redis.ini, in the scratch directory. Its arguments follow `--` on the
# command line: --appendonly=yes (the default) or no, and --appendfsync=always (the default),
# everysec or no.

for program in redis-server redis-cli redis-check-aof python3; do
    if ! command -v "$program" >/dev/null; then
        echo "redis.ini needs $program" >&2
        exit 77
    fi
done

appendonly=yes appendfsync=always
for argument; do
    case $argument in
    --appendonly=yes | --appendonly=no)
        appendonly=${argument#--appendonly=} ;;
    --appendfsync=always | --appendfsync=everysec | --appendfsync=no)
        appendfsync=${argument#--appendfsync=} ;;
    *)
        echo "unknown argument '$argument': allowed are --appendonly=yes|no and" \
            "--appendfsync=always|everysec|no" >&2
        exit 2 ;;
    esac
done
echo "--appendonly $appendonly --appendfsync $appendfsync" >options
