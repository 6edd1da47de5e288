"""What a server accepts: pushes that keep every record, and bring only files that have a say (`hooks/pre-receive`)."""
