"""Load for minutes that ends with a check of the books; run by `make stress`."""
