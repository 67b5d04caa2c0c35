# SPDX-License-Identifier: MIT
# postgres.sh: the commands of postgres.ini, in the scratch directory: setup, serve, check and
# stop.
set -u
for directory in /usr/lib/postgresql/*/bin; do
    PATH=$directory:$PATH # where Debian has the server, and psql without its wrapper
done

query() {
    psql -X -q -A -t -v ON_ERROR_STOP=1 -h 127.0.0.1 -p "$STRESS_PORT" -U stress template1 -c "$1"
}

# --fsync=on (the default) or --fsync=off.
setup() {
    fsync=on
    for argument; do
        case $argument in
        --fsync=on | --fsync=off)
            fsync=${argument#--fsync=} ;;
        *)
            echo "unknown argument '$argument': allowed are --fsync=on and --fsync=off" >&2
            exit 2 ;;
        esac
    done
    for program in initdb postgres psql python3; do
        if ! command -v "$program" >/dev/null; then
            echo "postgres.ini needs $program" >&2
            exit 77
        fi
    done
    if [ "$(id -u)" = 0 ]; then
        echo "postgres.ini needs an ordinary user: PostgreSQL does not run as root" >&2
        exit 77
    fi
    initdb -D data -U stress -A trust -E SQL_ASCII --no-locale --no-sync --wal-segsize=1 \
        >log 2>&1 || { cat log; exit 1; }
    cat >>data/postgresql.conf <<-EOF
	fsync = $fsync
	listen_addresses = '127.0.0.1'
	unix_socket_directories = ''
	max_connections = 10
	autovacuum = off
	EOF
    # Each state that is judged is a copy of the whole: one database is enough.
    postgres --single -D data template1 >>log 2>&1 <<-EOF || { cat log; exit 1; }
	update pg_database set datistemplate = false where datname = 'template0'
	drop database template0
	drop database postgres
	create table t (key text primary key, value text)
	EOF
    : >"$STRESS_WITNESS/acknowledged"
}

check() {
    rows=$(query "select key || ' ' || value from t") || exit 1
    lost=$(printf '%s\n' "$rows" | grep -vxF -f - "$STRESS_WITNESS/acknowledged") || return 0
    echo "of $(grep -c . "$STRESS_WITNESS/acknowledged") acknowledged rows" \
        "$(echo "$lost" | grep -c .) are lost or changed;" \
        "the first is $(echo "$lost" | head -n 1)" >&2
    exit 1
}

# A server that is killed would leave shared memory behind.
stop() {
    pid=$(head -n 1 data/postmaster.pid) || return 0
    kill -QUIT "$pid" 2>/dev/null && while [ -e data/postmaster.pid ]; do sleep 0.01; done
    return 0
}

verb=$1
shift
case $verb in
setup) setup "$@" ;;
serve) exec postgres -D data -p "$STRESS_PORT" ;;
check) check ;;
stop) stop ;;
esac
