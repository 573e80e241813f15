# What every script of a transaction knows: where it writes, what it notes, who may act, what a file is now.
# Expects $base (/var/lib/wsfix) and $txn (its directory of this transaction). Builtins wherever a value is handled:
# an argument of a program is seen by every user of the host, an argument of a builtin by nobody.
usual=$(umask)
umask 077
cd /
set -u
PATH=$PATH:/usr/sbin:/sbin
line_end='
'
return_mark=$(printf '\r')

flush() { # files, or directories: on disk before what follows (coreutils 8.24; an older sync flushes everything)
    sync "$@" 2>/dev/null || sync
}

note() { # a line of the journal
    printf '%s %s\n' "$(date +%s)" "$*" >> "$txn/journal" && flush "$txn/journal"
}

mend_journal() { # a power cut may have torn the last line; the next one must not be glued to it
    [ -z "$(tail -c 1 "$txn/journal" 2>/dev/null)" ] || printf '\n' >> "$txn/journal"
}

step() { # name, ok|failed, detail: one line of the log, as wsfix reads it
    said=$(printf 'step\t%s\t%s\t%s' "$1" "$2" "$(printf '%s' "${3-}" | tr '\n\t' '\036 ')")
    printf '%s\n' "$said" >> "$txn/log"
    [ -z "${loud-}" ] || printf '%s\n' "$said"
}

words_of() { # a file's last words, for a step's detail
    tail -c 3000 "$1" 2>/dev/null
}

state_of() { # sets $state and $by: the last state that the journal in directory $1 names
    state=none by=
    [ -f "$1/journal" ] || return 0
    while read -r _ word rest; do
        case $word in open | confirmed | undone | failed) state=$word by=$rest ;; esac
    done < "$1/journal"
}

find_unsettled() { # sets $unsettled: the transaction that is neither confirmed nor undone
    unsettled=
    for each in "$base"/txn/*/; do
        state_of "${each%/}"
        case $state in open | failed) unsettled=${each%/} ;; esac
    done
}

first_line() { # sets $line
    line=
    [ ! -f "$1" ] || IFS= read -r line < "$1" || :
}

clock() { # sets $up: seconds since the boot, which no one can turn back
    IFS=' .' read -r up _ < /proc/uptime
}

hold() { # waits up to $1 tenths of a second to be the only script that acts; the kernel lets go when a script dies
    waited=0
    exec 9>> "$base/mutex"
    until flock -n 9; do
        [ "$waited" -lt "$1" ] || return 1
        waited=$((waited + 1))
        sleep 0.1
    done
}

let_go() {
    exec 9>&-
}

unlock() { # the lock spans a transaction from its start to its end, over several scripts
    first_line "$base/lock/id"
    [ "$line" != "${txn##*/}" ] || rm -rf "$base/lock"
}

outside() { # seconds, script, file for its words, argument: a command that is not ours, as if it was run by hand
    (
        trap - HUP PIPE INT TERM
        umask "$usual"
        exec timeout -k 5 "$1" sh "$2" "${4-}"
    ) > "$3" 2>&1 < /dev/null 9>&-
}

digest() { # sets $sum: the file's sha256, or - where there is none
    sum=-
    [ -e "$1" ] || return 0
    sum=$(sha256sum 2>/dev/null < "$1") || sum=unreadable
    sum=${sum%% *}
}

load() { # the item that is kept in directory $1
    item=$1
    {
        IFS= read -r kind
        IFS= read -r path
        IFS= read -r real
        IFS= read -r how
        IFS= read -r before
        IFS= read -r mode
        IFS= read -r holder
        IFS= read -r target
    } < "$1/what" || return 1
    first_line "$1/after"
    after=$line
    folder=${real%/*}
    stage=$folder/.wsfix-${txn##*/}-${1##*/}
    fresh=$item/new
}

birth() { # sets $born: when the process was started, in ticks since the boot (proc(5), field 22 of stat)
    born=
    read -r words 2>/dev/null < "/proc/$1/stat" || return 1
    set -- ${words##*) }
    born=${20}
}

bring() { # a copy beside the file; whatever lies there under its name goes, and no link is followed
    rm -f -- "$stage" && cp -a --remove-destination -- "$1" "$stage" && flush "$stage"
}

disarm() { # the guard that puts back by itself
    first_line "$txn/guard"
    case $line in
    unit) systemctl stop "wsfix-guard-${txn##*/}.timer" "wsfix-guard-${txn##*/}.service" > /dev/null 2>&1 ;;
    [0-9]*)
        case $(tr '\0' ' ' 2>/dev/null < "/proc/$line/cmdline") in
        *"$txn/undo.sh guard"*) kill -- "-$line" 2>/dev/null || kill "$line" ;;
        esac
        ;;
    esac
    rm -f "$txn/guard"
}

tidy() { # what only an open transaction needs
    rm -rf "$txn/tree" "$txn/reserve" "$txn/item"/*/new "$txn/item"/*/lines "$txn/item"/*/work
}

prune() { # keeps the last 20 that ended
    set --
    for each in "$base"/txn/*/; do
        state_of "${each%/}"
        case $state in
        confirmed | undone) set -- "$@" "${each%/}" ;;
        none) find "${each%/}" -maxdepth 0 -mtime +0 -exec rm -rf {} + 2>/dev/null ;;
        esac
    done
    while [ $# -gt 20 ]; do
        rm -rf "$1"
        shift
    done
}

settle() { # seconds, moment: waits until the proxy has workers that are younger than the moment
    tries=$(($1 * 10))
    until outside 5 "$txn/proxy/settled" "$txn/out" "$2"; do
        tries=$((tries - 1))
        [ $tries -gt 0 ] || return 1
        sleep 0.1
    done
}

moment() { # sets $ticks: now, as the kernel stamps a process that starts now
    words=$(read -r words < /proc/self/stat && printf '%s' "$words")
    set -- ${words##*) }
    ticks=${20}
}
