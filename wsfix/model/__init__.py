"""Values only: what travels between the stages. Nothing here imports anything of wsfix but errors."""
