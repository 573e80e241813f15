# The proof came in time: the change stays, its backup too.
confirm() {
    loud=yes
    if [ ! -d "$txn/item" ]; then
        printf 'step\tconfirm\tfailed\tno transaction %s on this host\n' "${txn##*/}"
        exit 3
    fi
    hold 1200 || { step confirm failed "another wsfix script acts on this host" && exit 3; }
    state_of "$txn"
    case $state in
    confirmed) ;;
    open)
        mend_journal
        note confirmed || { step confirm failed "no room in $base" && exit 5; }
        disarm
        tidy
        unlock
        prune
        ;;
    undone)
        step confirm failed "too late: the host has put itself back, $by"
        exit 4
        ;;
    *)
        step confirm failed "the transaction is $state"
        exit 5
        ;;
    esac
    step confirm ok
    exit 0
}

confirm
