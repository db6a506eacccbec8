"""`make soak`: rooms, people and troubles for half an hour, and afterwards everything is as it was."""
