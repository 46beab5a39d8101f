"""Legal documents: reading, filling, printing, accepting, keeping; and invoices."""
