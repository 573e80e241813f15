"""Take a blank Debian host to sites that pass every check; what is there already stays, and a second run changes nothing."""

from wsfix.operations.provision import make, survey

make(survey())
