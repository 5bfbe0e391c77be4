"""What does a user hold? open() and the database, local or remote, behind one interface."""
