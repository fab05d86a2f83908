"""The clock of the system: periodic ticks that call flows with `now`. Holds no decision of its own."""
