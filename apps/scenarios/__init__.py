"""Stories that run on Kafka: static data and pure functions, and the run that brings one to life. Plain Python."""
