"""pyinfra reads this file when it starts here: wrong specifications of sites are refused before any connection is made."""

from wsfix.operations.early import refuse_wrong_specs

refuse_wrong_specs()
