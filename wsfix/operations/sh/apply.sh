# The transaction itself. Before it stand journal.sh and what the plan consists of: the functions `registry`, `payloads`
# and `texts`, and the variables $id, $owner, $seconds, $limit, $tree, $tests and $reloads.

refuse() { # step, why: nothing has been written
    step "$1" failed "$2"
    [ -z "${locked-}" ] || unlock
    exit 3
}

abandon() { # step, why: nothing more is done, and what was done is put back
    trap : TERM
    step "$1" failed "$2"
    rm -f "$txn/reserve"
    let_go
    sh "$txn/undo.sh" apply > /dev/null 2>&1 && exit 4
    exit 5
}

lock() {
    for tool in base64 cp date dd find flock grep head mv readlink sha256sum stat sync tail timeout tr wc; do
        command -v "$tool" > /dev/null || refuse lock "the host has no $tool"
    done
    hold 10 || refuse lock "$(words_of_lock)"
    find_unsettled
    [ -z "$unsettled" ] || refuse lock "$(words_of_unsettled)"
    over=
    if [ -d "$base/lock" ]; then
        first_line "$base/lock/owner"
        over="taken over from ${line:-nobody}, who left it behind"
        rm -rf "$base/lock"
    fi
    mkdir "$base/lock" || refuse lock "$base/lock cannot be made"
    locked=yes
    clock
    printf '%s\n' "$owner" > "$base/lock/owner"
    printf '%s\n' "$id" > "$base/lock/id"
    {
        printf 'started %s\nboot %s\npid %s\n' "$(date +%s)" "$(cat /proc/sys/kernel/random/boot_id)" "$$"
        printf 'deadline %s\n' "$((up + seconds))"
    } > "$base/lock/since" || refuse lock "$base cannot be written: is the disk full?"
    step lock ok "$over"
}

words_of_lock() {
    first_line "$base/lock/owner"
    by=$line
    since=
    [ ! -f "$base/lock/since" ] || read -r _ since < "$base/lock/since"
    printf 'another wsfix acts on this host now: %s' "${by:-owner unknown}"
    [ -z "$since" ] || printf ', since %s' "$(date -d "@$since" '+%F %T')"
}

words_of_unsettled() {
    first_line "$unsettled/owner"
    by=$line
    first_line "$unsettled/started"
    printf 'transaction %s of %s, begun %s, was neither confirmed nor undone' \
        "${unsettled##*/}" "$by" "$(date -d "@$line" '+%F %T')"
    first_line "$unsettled/boot"
    boot=$line
    first_line "$unsettled/deadline"
    clock
    if [ "$boot" = "$(cat /proc/sys/kernel/random/boot_id)" ] && [ "${line:-0}" -gt "$up" ]; then
        printf '; it waits for its proof for %s s more, then the host puts it back' "$((line - up))"
    else
        printf '; put it back with deploys/rollback.py, or on the host: sh %s/undo.sh' "$unsettled"
    fi
}

place() { # sets $real: where the bytes are; a link is followed where its target is edited, and is itself what is removed
    case $kind$before in
    edit[!-]* | env[!-]* | keep[!-]*) real=$(readlink -f -- "$path") ;;
    *)
        real=$path
        folder=${path%/*}
        [ ! -d "${folder:-/}" ] || real=$(readlink -f -- "${folder:-/}") real=${real%/}/${path##*/}
        ;;
    esac
}

differ() { # number, kind, path, digest: whether the host is still as it was when the plan was made
    kind=$2 path=$3 before=$4
    digest "$path"
    if [ "$sum" != "$before" ] || { [ "$before" = - ] && [ -L "$path" ]; }; then
        differing="$differing, $path"
        return
    fi
    if [ "$before" != - ] && [ ! -f "$path" ]; then
        refuse drift "$path is not a regular file"
    fi
    place
    case $line_end$reals in
    *"$line_end$real$line_end"*) refuse drift "$path and another file of the plan are the same file, $real" ;;
    esac
    reals=$reals$real$line_end
}

compare() {
    differing='' reals=
    visit=differ
    registry
    [ -z "$differing" ] || refuse drift "changed since the look: ${differing#, }"
    step drift ok
}

register() { # number, kind, path, before, after, mode, owner, target
    item=$txn/item/$1 kind=$2 path=$3 before=$4
    mkdir "$item" || return 1
    place
    how=rename
    case $kind$before in
    edit[!-]* | env[!-]*)
        if [ "$(stat -c %h "$real")" -gt 1 ]; then
            how=inplace
            linked="$linked, $path"
        fi
        ;;
    esac
    [ "$5" = '?' ] || printf '%s\n' "$5" > "$item/after" || return 1
    printf '%s\n' "$kind" "$path" "$real" "$how" "$before" "$6" "$7" "$8" > "$item/what"
}

retain() { # number, path: a file that an action rewrites
    item=$txn/item/$1 kind=keep path=$2 before=-
    mkdir "$item" || return 1
    [ ! -e "$path" ] || before=found
    place
    case $line_end$reals in *"$line_end$real$line_end"*) rmdir "$item" && return ;; esac
    digest "$real"
    how=rename
    [ "$sum" = - ] || [ "$(stat -c %h "$real")" -eq 1 ] || how=inplace
    printf '%s\n' keep "$path" "$real" "$how" "$sum" 0 0 - > "$item/what"
}

begin() { # the way back is on disk before the first step on the way there
    linked=
    mkdir "$txn/item" "$txn/action" "$txn/proxy" || refuse undo "$txn cannot be written"
    dd if=/dev/zero of="$txn/reserve" bs=65536 count=1 2>/dev/null || refuse undo "no room in $base"
    visit=register
    registry || refuse undo "no room in $base"
    keeps || refuse undo "no room in $base"
    texts || refuse undo "no room in $base"
    {
        printf '%s\n' "$owner" > "$txn/owner"
        date +%s > "$txn/started"
        cat /proc/sys/kernel/random/boot_id > "$txn/boot"
        birth "$$" && printf '%s %s\n' "$$" "$born" > "$txn/worker"
        clock
        printf '%s\n' "$((up + seconds))" > "$txn/deadline"
    } || refuse undo "no room in $base"
    find "$txn" -type f -exec sync {} + 2>/dev/null || sync
    note open || refuse undo "no room in $base"
    flush "$txn" "$base/txn"
    trap 'abandon "put back" "the script was told to end"' TERM
    step undo ok "$txn/undo.sh"
}

back_up() {
    count=0
    for each in "$txn"/item/*/; do
        [ -d "$each" ] || continue
        load "${each%/}" || abandon backup "$each cannot be read"
        [ "$before" != - ] || continue
        cp -a -- "$real" "$item/backup" && stat -c '%a %u:%g' "$real" > "$item/stat" ||
            abandon backup "$real cannot be copied: is the disk full?"
        if [ ! -L "$item/backup" ]; then
            digest "$item/backup"
            [ "$sum" = "$before" ] || abandon backup "$real changes while it is copied"
        fi
        count=$((count + 1))
    done
    find "$txn/item" -type f -exec sync {} + 2>/dev/null || sync
    step backup ok "$count in $txn/item${linked:+; written in place, since they have several names: ${linked#, }}"
}

# The new bytes are made in the transaction's own directory, and come beside the file in one copy that follows no link:
# the directory of an application may belong to somebody who is not to lead root's pen.
clone() { # with the old file's owner, mode and attributes
    [ "$before" = - ] || cp -a -- "$real" "$fresh" || abandon stage "$path cannot be staged: is the disk full?"
}

dress() { # a file that is made
    [ "$before" != - ] || { chown -- "$holder" "$fresh" && chmod -- "$mode" "$fresh"; } ||
        abandon stage "$path cannot be given to $holder"
}

lay() { # beside the file, under a name that no include pattern matches; nowhere yet where there is no directory
    if [ "$how" = inplace ] || [ ! -d "${folder:-/}" ]; then
        flush "$fresh"
        return
    fi
    bring "$fresh"
}

payload() { # number: the new bytes of a file come as base64 on standard input
    load "$txn/item/$1" || abandon stage "item $1 cannot be read"
    clone
    base64 -d > "$fresh" || abandon stage "$path cannot be staged: is the disk full?"
    dress
    digest "$fresh"
    [ "$sum" = "$after" ] && lay || abandon stage "$path cannot be staged: is the disk full?"
}

settings() { # number: the lines of an env file come as base64 on standard input
    load "$txn/item/$1" || abandon stage "item $1 cannot be read"
    base64 -d > "$item/lines" || abandon stage "$path cannot be staged: is the disk full?"
    source=/dev/null
    if [ "$before" != - ]; then
        source=$real
        bare=$(tr -d '\000' < "$source" | sha256sum)
        [ "${bare%% *}" = "$before" ] || abandon stage "$path holds a zero byte: it is no env file"
    fi
    cat "$source" > "$item/work" || abandon stage "$path cannot be staged: is the disk full?"
    while IFS= read -r wanted; do
        set_line "$item/work" "$wanted" > "$item/next" || abandon stage "$path: $why"
        mv -f "$item/next" "$item/work"
    done < "$item/lines"
    clone
    cat "$item/work" > "$fresh" || abandon stage "$path cannot be staged: is the disk full?"
    dress
    digest "$item/work"
    wanted=$sum
    digest "$fresh"
    [ "$sum" = "$wanted" ] && printf '%s\n' "$sum" > "$item/after" && lay ||
        abandon stage "$path cannot be staged: is the disk full?"
    rm -f "$item/work" "$item/lines"
    flush "$item/after" "$item"
}

set_line() { # file, KEY=value: the file with the key's last line replaced, or with a line more; all else byte for byte
    why="cannot be written: is the disk full?"
    key=${2%%=*}
    at=$(LC_ALL=C grep -n "^[[:space:]]*\(export[[:space:]][[:space:]]*\)\{0,1\}${key}[[:space:]]*=" "$1" | tail -n 1)
    at=${at%%:*}
    if [ -z "$at" ]; then
        add_line "$1" "$2"
        return
    fi
    old=$(head -n "$at" "$1" | tail -n 1)
    tail_of_line=
    case $old in *"$return_mark") tail_of_line=$return_mark old=${old%"$return_mark"} ;; esac
    on_one_line "${old#*=}" || return 1
    head -n "$((at - 1))" "$1" && printf '%s=%s%s' "${old%%=*}" "${2#*=}" "$tail_of_line" || return 1
    [ "$(wc -l < "$1")" -lt "$at" ] || printf '\n' || return 1
    tail -n "+$((at + 1))" "$1"
}

on_one_line() { # a value that goes on in the next line is not guessed at
    value=${1#"${1%%[![:space:]]*}"}
    why="the value of $key goes over several lines; set it by hand"
    case $value in
    *\\) return 1 ;;
    \"*) case ${value#?} in *\"*) ;; *) return 1 ;; esac ;;
    \'*) case ${value#?} in *\'*) ;; *) return 1 ;; esac ;;
    esac
    why="cannot be written: is the disk full?"
}

add_line() { # file, KEY=value
    cat "$1" || return 1
    tail_of_line=
    case $(head -n 1 "$1") in *"$return_mark") tail_of_line=$return_mark ;; esac
    if [ -s "$1" ] && [ -n "$(tail -c 1 "$1")" ]; then printf '%s\n' "$tail_of_line" || return 1; fi
    printf '%s%s\n' "$2" "$tail_of_line"
}

stage_all() {
    payloads
    flush "$txn/item"
    step stage ok
}

# The test of the staged tree. `nginx -t -c STAGED` would follow absolute includes into the live files and pass wrongly;
# in a mount namespace of its own (unshare(1), mount_namespaces(7)) the copy stands where the tree stands.
test_staged() {
    staged=
    [ -n "$tests" ] || return 0
    whole=$(readlink -f -- "$tree")
    mkdir "$txn/tree" && cp -a -- "$whole/." "$txn/tree/" || abandon test "$tree cannot be copied: is the disk full?"
    : > "$txn/binds"
    for each in "$txn"/item/*/; do
        [ -d "$each" ] || continue
        load "${each%/}" && mirror || abandon test "$path cannot be staged: is the disk full?"
    done
    write_room
    rm -f "$txn/bound"
    if outside 60 "$txn/room.sh" "$txn/out"; then
        staged=yes
        step test ok "the staged tree, in a mount namespace of its own"
    elif [ -e "$txn/bound" ]; then
        abandon test "$(words_of "$txn/out")"
    else
        step test ok "not before the change: no mount namespace here ($(words_of "$txn/out")); tested in place instead"
    fi
    rm -rf "$txn/tree"
}

mirror() { # one item in the copy of the tree
    case $real in
    "$whole"/*) copy=$txn/tree/${real#"$whole"/} ;;
    *)
        if [ "$kind" = edit ] && [ "$before" != - ]; then printf '%s\n' "$fresh" "$real" >> "$txn/binds"; fi
        return 0
        ;;
    esac
    case $kind in
    keep) ;;
    remove) rm -f -- "$copy" ;;
    link) mkdir -p -- "${copy%/*}" && ln -s -- "$target" "$copy" ;;
    *)
        mkdir -p -- "${copy%/*}"
        if [ "$how" = inplace ]; then cat "$fresh" > "$copy"; else cp -a --remove-destination -- "$fresh" "$copy"; fi
        ;;
    esac
}

write_room() { # the script that runs in the namespace
    cat > "$txn/room.sh" <<'ROOM'
txn=${0%/*}
[ "${1-}" = inside ] || exec unshare -m sh "$0" inside
mount --make-rprivate / 2>/dev/null
mount --bind "$txn/tree" "$(cat "$txn/whole")" || exit 97
while IFS= read -r work && IFS= read -r real; do
    mount --bind "$work" "$real" || exit 97
done < "$txn/binds"
: > "$txn/bound"
exec sh "$txn/proxy/test"
ROOM
    printf '%s\n' "$whole" > "$txn/whole"
}

arm() { # before the first change: if nobody confirms, the host puts itself back
    if [ -d /run/systemd/system ] && command -v systemd-run > /dev/null; then
        printf 'unit\n' > "$txn/guard"
        if systemd-run --quiet --collect --unit="wsfix-guard-$id" --on-active="$seconds" \
            --timer-property=AccuracySec=100ms --property=KillMode=process \
            /bin/sh "$txn/undo.sh" guard > "$txn/out" 2>&1 < /dev/null 9>&-; then
            arming="a systemd timer"
            return
        fi
    fi
    (
        umask "$usual"
        exec setsid sh "$txn/undo.sh" guard
    ) > /dev/null 2>&1 < /dev/null 9>&- &
    printf '%s\n' "$!" > "$txn/guard" || abandon guard "no room in $base"
    kill -0 "$!" || abandon guard "no guard can be started"
    arming="a sleeping process"
}

guard() {
    arm
    flush "$txn/guard"
    note "guard: $arming" || abandon guard "no room in $base"
    step guard ok "$arming puts back after $seconds s without a proof"
}

parents() { # the directories that a file needs; noted before they are made
    needed=${folder:-/}
    set --
    while [ ! -d "$needed" ]; do
        set -- "$needed" "$@"
        needed=${needed%/*}
        needed=${needed:-/}
    done
    [ $# -gt 0 ] || return 0
    printf '%s\n' "$@" >> "$txn/made" && flush "$txn/made" || return 1
    for needed; do mkdir -m 755 -- "$needed" || return 1; done
    real=$(readlink -f -- "$folder")/${real##*/}
}

exchange() { # one file: from before to after in one system call
    digest "$real"
    case $kind in
    keep) return 0 ;;
    link)
        [ ! -e "$real" ] && [ ! -L "$real" ] || return 1
        parents && ln -s -- "$target" "$real" && flush "${folder:-/}"
        return
        ;;
    esac
    [ "$sum" = "$before" ] || { why="changed just now" && return 1; }
    if [ "$kind" = remove ]; then
        rm -f -- "$real" && flush "${folder:-/}"
    elif [ "$after" = "$before" ]; then
        rm -f -- "$stage"
    elif [ "$how" = inplace ]; then
        cat "$fresh" > "$real" && flush "$real"
    else
        [ -e "$stage" ] || { parents && lay; } || return 1
        digest "$stage"
        [ "$sum" = "$after" ] && mv -f -- "$stage" "$real" && flush "${folder:-/}" || return 1
        digest "$real"
        [ "$sum" = "$after" ]
    fi
}

replace() {
    : > "$txn/replaced" && note replace || abandon replace "no room in $base"
    names=
    for each in "$txn"/item/*/; do
        [ -d "$each" ] || continue
        why="cannot be replaced: is the disk full or the file immutable?"
        load "${each%/}" && exchange || abandon replace "$path: $why"
        [ "$kind" = keep ] || names="$names, $path"
    done
    step replace ok "${names#, }"
    [ -z "$tests" ] || [ -n "$staged" ] || test_live
}

test_live() {
    outside 60 "$txn/proxy/test" "$txn/out" || abandon "test in place" "$(words_of "$txn/out")"
    step "test in place" ok
}

act() {
    for each in "$txn"/action/*/; do
        [ -d "$each" ] || continue
        first_line "${each}title"
        title=$line
        number=${each%/}
        : > "${each}begun" && note "action ${number##*/}: $title" || abandon "$title" "no room in $base"
        flush "$each"
        outside "$limit" "${each}do" "$txn/out"
        code=$?
        [ $code -ne 124 ] || abandon "$title" "not done within $limit s; $(words_of "$txn/out")"
        [ $code -eq 0 ] || abandon "$title" "exit code $code; $(words_of "$txn/out")"
        step "$title" ok "$(tail -c 300 "$txn/out")"
    done
    for each in "$txn"/item/*/; do
        [ -d "$each" ] && load "${each%/}" && [ "$kind" = keep ] || continue
        digest "$real"
        printf '%s\n' "$sum" > "$item/after" || abandon actions "no room in $base"
    done
}

reload() {
    [ -n "$reloads" ] || return 0
    test_live
    : > "$txn/proxy/reloaded" && note reload || abandon reload "no room in $base"
    moment
    outside 60 "$txn/proxy/reload" "$txn/out" || abandon reload "$(words_of "$txn/out")"
    settle 5 "$ticks" || abandon reload "no new worker within 5 s: $(words_of "$txn/out")"
    step reload ok
}

hand_over() { # the time to prove it starts now
    clock
    printf '%s\n' "$((up + seconds))" > "$txn/deadline.new" && mv -f "$txn/deadline.new" "$txn/deadline" ||
        abandon guard "no room in $base"
    flush "$txn/deadline"
    note applied || abandon guard "no room in $base"
    exit 0
}

apply() {
    exec < /dev/null
    lock
    compare
    begin
    back_up
    stage_all
    test_staged
    guard
    replace
    act
    reload
    hand_over
}
