# Puts back what one transaction changed. It runs by itself: started by the guard, by wsfix, or by a person with
# `sh undo.sh`; again after it was cut; after a reboot; and while the proxy's configuration is broken, since it asks the
# proxy's test only after the files are back. `force` puts back also what somebody edited since, and keeps their bytes.

refuse() {
    step "put back" failed "$1"
    exit 3
}

await_deadline() { # the guard sleeps, and looks again each time it wakes: the deadline may have been moved
    while :; do
        first_line "$txn/deadline"
        clock
        left=$((${line:-0} - up))
        [ "$left" -gt 0 ] || return 0
        state_of "$txn"
        [ "$state" = open ] || exit 0
        sleep "$left"
    done
}

await_turn() {
    if [ "$1" = guard ]; then
        await_deadline
        until hold 9000; do end_stuck_worker; done
        first_line "$txn/deadline"
        clock
        if [ "${line:-0}" -gt "$up" ]; then
            let_go
            await_turn guard
        fi
    else
        hold 1200 || refuse "another wsfix script acts on this host"
    fi
}

end_stuck_worker() { # it had 15 minutes
    [ -f "$txn/worker" ] && read -r worker since < "$txn/worker" || return 0
    birth "$worker" && [ "$since" = "$born" ] && kill -9 "$worker"
}

standing() { # sets $where: how the item in hand stands now: before, after, ours (half way), or foreign
    where=before
    [ -e "$txn/replaced" ] || return 0
    where=foreign
    case $kind in
    link)
        if [ ! -e "$real" ] && [ ! -L "$real" ]; then
            where=before
        elif [ -L "$real" ] && [ "$(readlink -- "$real")" = "$target" ]; then
            where=after
        fi
        return
        ;;
    keep)
        if [ -z "$acted" ]; then
            where=before
            return
        fi
        if [ -z "$after" ] || [ -e "$txn/undoing" ]; then where=ours; fi
        ;;
    esac
    digest "$real"
    if [ "$sum" = "$before" ]; then
        where=before
    elif [ "$sum" = "$after" ]; then
        where=after
    elif [ "$how" = inplace ] && cut_short; then
        where=ours
    fi
}

cut_short() { # writing in place ended half way: the file is the beginning of what was being written
    size=$(stat -c %s "$real") || return 1
    for full in "$item/new" "$item/backup"; do
        [ -f "$full" ] || continue
        begun=$(head -c "$size" "$full" | sha256sum)
        [ "${begun%% *}" != "$sum" ] || return 0
    done
    return 1
}

survey() { # refuses before anything is touched
    foreign=
    for each in "$txn"/item/*/; do
        [ -d "$each" ] && load "${each%/}" || continue
        standing
        if [ "$where" = foreign ]; then
            foreign="$foreign, $path"
            [ -z "$force" ] || [ ! -e "$real" ] || cp -a -- "$real" "$item/edited" || refuse "no room to keep $path"
        fi
    done
    [ -z "$foreign" ] || [ -n "$force" ] ||
        refuse "edited by somebody since: ${foreign#, }; nothing was touched; to put back all the same: force"
}

find_acted() {
    acted=
    for each in "$txn"/action/*/begun; do
        [ ! -e "$each" ] || acted=yes
    done
}

backwards() { # directories, numbered: sets $list with the last first
    list=
    for each in "$1"/*/; do
        [ ! -d "$each" ] || list="${each%/}$line_end$list"
    done
}

rereads() { # an action that is its own undo makes a program read its files again: that is undone after the files
    [ "$(cat "$1/do")" = "$(cat "$1/undo")" ]
}

take_back() { # the action in directory $1
    if [ ! -e "$1/begun" ] || [ -e "$1/undone" ] || [ ! -s "$1/undo" ]; then return; fi
    [ -n "$(cat "$1/undo")" ] || return 0
    first_line "$1/title"
    if outside "$limit" "$1/undo" "$txn/out"; then
        : > "$1/undone"
        step "take back: $line" ok
    else
        step "take back: $line" failed "$(words_of "$txn/out")"
        by_hand="$by_hand; $(cat "$1/undo")"
    fi
}

restore() { # the item in hand
    [ "$how" = inplace ] || rm -f -- "$stage"
    standing
    if [ "$where" = before ]; then
        [ "$how" = rename ] || [ ! -f "$item/backup" ] || touch -r "$item/backup" "$real"
        return
    fi
    if [ "$where$kind$force" = "foreign$kind" ] && [ "$kind" != keep ]; then return 1; fi
    if [ "$before" = - ]; then
        rm -f -- "$real"
    elif [ "$how" = inplace ] && [ -e "$real" ]; then
        read -r bits owners < "$item/stat" && cat "$item/backup" > "$real" && flush "$real" &&
            chown "$owners" "$real" && chmod "$bits" "$real" && touch -r "$item/backup" "$real"
    else
        bring "$item/backup" && mv -f -- "$stage" "$real"
    fi || return 1
    flush "${folder:-/}"
    back="$back, $path"
    verify
}

restore_all() {
    back='' verdict=ok
    backwards "$txn/item"
    while IFS= read -r each && [ -n "$each" ]; do
        load "$each" || continue
        restore || {
            verdict=failed
            by_hand="$by_hand; $([ "$before" = - ] && echo "remove $real" || echo "put $item/backup in the place of $real")"
        }
    done <<LIST
$list
LIST
    [ ! -f "$txn/made" ] || remove_made
    step "put back" "$verdict" "${back#, }"
}

verify() { # bytes, mode and owner are what they were
    if [ "$kind" = link ]; then [ ! -L "$real" ]; return; fi
    digest "$real"
    [ "$sum" = "$before" ] || return 1
    if [ "$before" = - ] || [ "$kind" = keep ] || [ ! -f "$item/stat" ]; then return 0; fi
    first_line "$item/stat"
    [ "$(stat -c '%a %u:%g' "$real")" = "$line" ]
}

remove_made() { # directories that were made, the deepest first, where nobody put anything since
    list=
    while IFS= read -r each; do list=$each$line_end$list; done < "$txn/made"
    while IFS= read -r each && [ -n "$each" ]; do
        rmdir -- "$each" 2>/dev/null
    done <<LIST
$list
LIST
}

reload_back() { # only where the changed configuration was loaded, and only if the old one passes its test
    [ -e "$txn/proxy/reloaded" ] || return 0
    if ! outside 60 "$txn/proxy/test" "$txn/out"; then
        step "reload the old configuration" failed "it does not pass its test; the running proxy was left alone: \
$(words_of "$txn/out")"
        return
    fi
    moment
    if outside 60 "$txn/proxy/reload" "$txn/out" && settle 5 "$ticks"; then
        rm -f "$txn/proxy/reloaded"
        step "reload the old configuration" ok
    else
        step "reload the old configuration" failed "$(words_of "$txn/out")"
        by_hand="$by_hand; $(cat "$txn/proxy/reload")"
    fi
}

undo() {
    by_hand=
    rm -f "$txn/reserve"
    mend_journal
    find_acted
    survey
    note "undo by $1"
    : > "$txn/undoing" # from here on an undo of an action may have rewritten what it keeps
    flush "$txn"
    backwards "$txn/action"
    while IFS= read -r each && [ -n "$each" ]; do
        rereads "$each" || take_back "$each"
    done <<LIST
$list
LIST
    restore_all
    for each in "$txn"/action/*/; do
        if [ -d "$each" ] && rereads "${each%/}"; then take_back "${each%/}"; fi
    done
    reload_back
}

finish() {
    if [ -n "$by_hand" ]; then
        note "failed by $1"
        step "by hand" failed "${by_hand#; }"
        exit 5
    fi
    note "undone by $1"
    [ "$1" = guard ] || disarm
    tidy
    unlock
    prune
    exit 0
}

main() {
    caller=${1:-hand} force='' loud=yes
    case " $* " in *" force "*) force=yes ;; esac
    [ "$caller" != force ] || caller=hand
    await_turn "$caller"
    trap '' HUP PIPE INT TERM
    state_of "$txn"
    case $caller/$state in
    guard/confirmed | guard/failed | */none) exit 0 ;;
    */undone)
        step "put back" ok "already, $by"
        exit 0
        ;;
    esac
    find_unsettled
    if [ -n "$unsettled" ] && [ "$unsettled" != "$txn" ]; then
        refuse "transaction ${unsettled##*/} is open; put that back first: sh $unsettled/undo.sh"
    fi
    undo "$caller"
    finish "$caller"
}

main "$@"
