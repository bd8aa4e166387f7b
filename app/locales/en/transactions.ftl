# transactions
