# SPDX-License-Identifier: MIT
# client.sh: an actor of a workload file as a shell script that stays. Copy it beside yours:
#
#     #!/bin/sh
#     put() {                         # $1: the index of the operation, $2: its seed
#         store "$2" || { note="the store refused it"; return 1; }
#         note="put $2"               # a note, or nothing
#     }
#     . ./client.sh                   # [actor writer] program = ./writer.sh, actions = put
#
# The status of the function is the answer: 0 ok, 75 uncounted, 76 reset, another one fail.
exec 3>&1 1>&2 # what is printed goes where errors go, and is not an answer
while read -r index action seed generation; do
    note=
    "$action" "$index" "$seed" </dev/null 3>&-
    case $? in
    0) echo "ok $note" >&3 ;;
    75) echo "uncounted $note" >&3 ;;
    76) echo "reset $note" >&3 ;;
    *) echo "fail ${note:-$action failed}" >&3 ;;
    esac
done
