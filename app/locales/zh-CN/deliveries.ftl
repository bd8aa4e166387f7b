# deliveries
