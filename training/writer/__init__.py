"""The writer's adapter: how its examples are made, and how it is trained and exported."""
