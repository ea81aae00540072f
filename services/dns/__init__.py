"""DNS: questions with a deadline, where a name leads, and who may issue for it."""
