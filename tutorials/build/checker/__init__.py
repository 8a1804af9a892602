"""What check.py is made of. You needn't read it to write the network."""
