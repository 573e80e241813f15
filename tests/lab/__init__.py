"""The lab: real Debian hosts on this machine, each with systemd, sshd and an address of its own."""
