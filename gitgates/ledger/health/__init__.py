"""`doctor`: is everything here that gitgates needs, and in order? Each answer with the command that mends it."""
