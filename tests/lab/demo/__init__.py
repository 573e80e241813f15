"""True stories of broken sockets, told on real hosts: seen, shown, repaired, proved, and put back byte for byte."""
