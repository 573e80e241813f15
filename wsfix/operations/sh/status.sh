# Reads only: the transactions of this host, one line each; $which is `open` or `all`.
running() { # whether a script acts at this moment
    [ -e "$base/mutex" ] && ! flock -n "$base/mutex" true 2>/dev/null
}

outlook() { # sets $state of an open transaction: running, waiting (for its proof), or open (nobody will end it)
    first_line "$base/lock/id"
    if [ "$line" = "${each##*/}" ] && running; then
        state=running
        return
    fi
    first_line "$each/boot"
    boot=$line
    first_line /proc/sys/kernel/random/boot_id
    [ "$boot" = "$line" ] || return 0
    first_line "$each/deadline"
    clock
    [ "${line:-0}" -le "$up" ] || state=waiting
}

tell() {
    first_line "$each/started"
    started=$line
    first_line "$each/owner"
    by=$line
    first_line "$each/title"
    printf 'transaction\t%s\t%s\t%s\t%s\t%s\n' "${each##*/}" "$state" "$started" "$by" "$line"
}

for each in "$base"/txn/*/; do
    each=${each%/}
    state_of "$each"
    case $which/$state in
    */none) ;;
    */open)
        outlook
        tell
        ;;
    */failed | all/*) tell ;;
    esac
done
