"""How long it takes to learn that nothing is to be done: wsfix beside an ordinary deploy and a playbook, in one run."""
