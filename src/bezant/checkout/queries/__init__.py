"""What checkout reads of several rooms at once."""
