"""Card payment companies, each fitting `bezant.payments.acquirer.Acquirer`."""
