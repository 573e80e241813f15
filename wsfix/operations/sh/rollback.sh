# Puts a transaction back for an operator: the one that $wanted names, else the open one, else the last that stands.
choose() {
    find_unsettled
    txn=$unsettled
    if [ -n "$wanted" ]; then
        txn=$base/txn/$wanted
    elif [ -z "$txn" ]; then
        for each in "$base"/txn/*/; do
            state_of "${each%/}"
            [ "$state" != confirmed ] || txn=${each%/}
        done
    fi
    [ -n "$txn" ] && [ -f "$txn/undo.sh" ] && return
    printf 'step\tput back\tfailed\t%s\n' "no transaction ${wanted:-that could be put back} on this host"
    exit 3
}

roll_back() { # in a session of its own: a connection that is cut does not end it
    choose
    printf 'transaction\t%s\n' "${txn##*/}"
    (
        umask "$usual"
        exec setsid sh "$txn/undo.sh" operator $force
    ) > "$txn/answer" 2>&1 < /dev/null
    code=$?
    cat "$txn/answer"
    exit $code
}

roll_back
